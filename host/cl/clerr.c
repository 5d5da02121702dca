// SPDX-License-Identifier: Apache-2.0
#include "cl/internal.h"
#include <stdio.h>

const char *rb_cl_error_name(cl_int code) {
  static const struct {
    cl_int code;
    const char *name;
  } names[] = {
#define N(name) {name, #name}
      N(CL_SUCCESS),
      N(CL_DEVICE_NOT_FOUND),
      N(CL_DEVICE_NOT_AVAILABLE),
      N(CL_COMPILER_NOT_AVAILABLE),
      N(CL_MEM_OBJECT_ALLOCATION_FAILURE),
      N(CL_OUT_OF_RESOURCES),
      N(CL_OUT_OF_HOST_MEMORY),
      N(CL_PROFILING_INFO_NOT_AVAILABLE),
      N(CL_MEM_COPY_OVERLAP),
      N(CL_BUILD_PROGRAM_FAILURE),
      N(CL_MISALIGNED_SUB_BUFFER_OFFSET),
      N(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST),
      N(CL_COMPILE_PROGRAM_FAILURE),
      N(CL_LINKER_NOT_AVAILABLE),
      N(CL_LINK_PROGRAM_FAILURE),
      N(CL_INVALID_VALUE),
      N(CL_INVALID_DEVICE_TYPE),
      N(CL_INVALID_PLATFORM),
      N(CL_INVALID_DEVICE),
      N(CL_INVALID_CONTEXT),
      N(CL_INVALID_QUEUE_PROPERTIES),
      N(CL_INVALID_COMMAND_QUEUE),
      N(CL_INVALID_HOST_PTR),
      N(CL_INVALID_MEM_OBJECT),
      N(CL_INVALID_BINARY),
      N(CL_INVALID_BUILD_OPTIONS),
      N(CL_INVALID_PROGRAM),
      N(CL_INVALID_PROGRAM_EXECUTABLE),
      N(CL_INVALID_KERNEL_NAME),
      N(CL_INVALID_KERNEL_DEFINITION),
      N(CL_INVALID_KERNEL),
      N(CL_INVALID_ARG_INDEX),
      N(CL_INVALID_ARG_VALUE),
      N(CL_INVALID_ARG_SIZE),
      N(CL_INVALID_KERNEL_ARGS),
      N(CL_INVALID_WORK_DIMENSION),
      N(CL_INVALID_WORK_GROUP_SIZE),
      N(CL_INVALID_WORK_ITEM_SIZE),
      N(CL_INVALID_GLOBAL_OFFSET),
      N(CL_INVALID_EVENT_WAIT_LIST),
      N(CL_INVALID_EVENT),
      N(CL_INVALID_OPERATION),
      N(CL_INVALID_BUFFER_SIZE),
      N(CL_INVALID_GLOBAL_WORK_SIZE),
      N(CL_INVALID_PROPERTY),
      N(CL_INVALID_COMPILER_OPTIONS),
#undef N
      {-1001, "CL_PLATFORM_NOT_FOUND_KHR"},
      {-9999, "illegal read or write in a kernel (NVIDIA)"},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].code == code)
      return names[i].name;
  return "unknown OpenCL error";
}

bool rb_cl_fail(const rb_session *session, const char *call, cl_int code, rb_err *err,
                const char *format, ...) {
  char what[512];
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  rb_fail(err, RB_FAILED, "%s: %s answered %s (%d) on device '%s'", what, call,
          rb_cl_error_name(code), code, session ? session->info->name : "?");
  err->memory = code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_INVALID_BUFFER_SIZE;
  return false;
}
