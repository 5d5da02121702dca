// SPDX-License-Identifier: Apache-2.0
#include "cl/launch.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "cl/internal.h"
#include "cl/program.h"

/* The whole build log goes into the error as far as it fits; its tail is what says what failed. */
static bool build_failed(rb_session *session, cl_program program, cl_int code, const char *key,
                         rb_err *err) {
  char *log = NULL;
  size_t n = 0;
  rb_err ignored;
  clGetProgramBuildInfo(program, session->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &n);
  void *room = NULL;
  if (n > 0 && n < (64u << 20) && rb_alloc(&room, n + 1, 1, "build log", &ignored)) {
    log = room;
    clGetProgramBuildInfo(program, session->device, CL_PROGRAM_BUILD_LOG, n, log, NULL);
  }
  const char *shown = log ? log : "(no build log)";
  size_t length = strlen(shown);
  rb_cl_fail(session, code, err, "building kernels/%s", key);
  size_t used = strlen(err->text), space = sizeof err->text - used - 32;
  if (length > space)
    snprintf(err->text + used, sizeof err->text - used, "; end of the log:\n...%s",
             shown + (length - space));
  else
    snprintf(err->text + used, sizeof err->text - used, "; log:\n%s", shown);
  free(log);
  return false;
}

static bool program_get(rb_session *session, const char *file, const char *options, cl_program *out,
                        rb_err *err) {
  char key[512];
  snprintf(key, sizeof key, "%s.cl with '%s'", file, options);
  for (program_entry *entry = session->programs; entry; entry = entry->next)
    if (strcmp(entry->key, key) == 0) {
      *out = entry->program;
      return true;
    }
  char *source = NULL;
  cl_program program = NULL;
  void *entry_room = NULL;
  cl_int code;
  bool ok = false;
  rb_host_time start = rb_clock_now();
  char flags[512];
  snprintf(flags, sizeof flags, "-cl-std=CL1.2 %s", options);
  if (!rb_program_source(file, &source, err))
    goto done;
  program = clCreateProgramWithSource(session->context, 1, (const char **)&source, NULL, &code);
  if (code != CL_SUCCESS) {
    rb_cl_fail(session, code, err, "creating program %s", key);
    goto done;
  }
  code = clBuildProgram(program, 1, &session->device, flags, NULL, NULL);
  if (code != CL_SUCCESS) {
    build_failed(session, program, code, key, err);
    goto done;
  }
  if (!rb_alloc(&entry_room, 1, sizeof(program_entry), "program table", err))
    goto done;
  program_entry *entry = entry_room;
  if (!rb_copy_text(&entry->key, key, err))
    goto done;
  entry->program = *out = program;
  entry->next = session->programs;
  session->programs = entry;
  entry_room = NULL;
  program = NULL;
  ok = true;
done:
  session->compile_ns += rb_clock_between_ns(start, rb_clock_now());
  free(source);
  free(entry_room);
  if (program)
    clReleaseProgram(program);
  return ok;
}

bool rb_kernel_get(rb_session *session, const char *file, const char *entry, const char *options,
                   rb_kernel **out, rb_err *err) {
  char key[512];
  snprintf(key, sizeof key, "%s/%s/%s", file, entry, options);
  for (rb_kernel *kernel = session->kernels; kernel; kernel = kernel->next)
    if (strcmp(kernel->key, key) == 0) {
      *out = kernel;
      return true;
    }
  cl_program program;
  if (!program_get(session, file, options, &program, err))
    return false;
  cl_int code;
  cl_kernel handle = clCreateKernel(program, entry, &code);
  if (code != CL_SUCCESS)
    return rb_cl_fail(session, code, err, "kernel '%s' of kernels/%s.cl", entry, file);
  void *room = NULL;
  rb_kernel *kernel = NULL;
  if (!rb_alloc(&room, 1, sizeof *kernel, "kernel table", err) ||
      !rb_copy_text(&((rb_kernel *)room)->key, key, err)) {
    free(room);
    clReleaseKernel(handle);
    return false;
  }
  kernel = room;
  kernel->kernel = handle;
  kernel->entry = strchr(kernel->key, '/') + 1;
  cl_uint n_args = 0;
  clGetKernelInfo(handle, CL_KERNEL_NUM_ARGS, sizeof n_args, &n_args, NULL);
  kernel->n_args = n_args;
  kernel->next = session->kernels;
  session->kernels = kernel;
  *out = kernel;
  return true;
}

static bool set_args(rb_session *session, rb_kernel *kernel, const rb_arg *args, size_t n_args,
                     rb_err *err) {
  if (n_args != kernel->n_args)
    return rb_fail(err, RB_FAILED, "kernel %s takes %u arguments, given %zu", kernel->key,
                   kernel->n_args, n_args);
  for (size_t i = 0; i < n_args; i++) {
    cl_int code = CL_SUCCESS;
    switch (args[i].kind) {
    case RB_ARG_BUFFER:
      code = clSetKernelArg(kernel->kernel, (cl_uint)i, sizeof(cl_mem), &args[i].value.buffer->mem);
      break;
    case RB_ARG_U32:
      code = clSetKernelArg(kernel->kernel, (cl_uint)i, sizeof(cl_uint), &args[i].value.u32);
      break;
    case RB_ARG_F32:
      code = clSetKernelArg(kernel->kernel, (cl_uint)i, sizeof(cl_float), &args[i].value.f32);
      break;
    }
    if (code != CL_SUCCESS)
      return rb_cl_fail(session, code, err, "argument %zu of kernel %s", i, kernel->key);
  }
  return true;
}

bool rb_kernel_launch(rb_session *session, rb_kernel *kernel, rb_range range, const rb_arg *args,
                      size_t n_args, const char *phase, rb_err *err) {
  if (!set_args(session, kernel, args, n_args, err))
    return false;
  size_t global[2] = {range.global0, range.global1 ? range.global1 : 1};
  size_t local[2] = {range.local0, range.local1};
  if (range.local0)
    for (int i = 0; i < 2; i++)
      global[i] = (global[i] + local[i] - 1) / local[i] * local[i];
  cl_event event = NULL;
  cl_int code = clEnqueueNDRangeKernel(session->queue, kernel->kernel, 2, NULL, global,
                                       range.local0 ? local : NULL, 0, NULL, &event);
  if (code != CL_SUCCESS)
    return rb_cl_fail(session, code, err, "launching kernel %s over %zu x %zu", kernel->key,
                      global[0], global[1]);
  return rb_tape_add(session, event, event, phase, err);
}
