// SPDX-License-Identifier: Apache-2.0
/* An OpenCL layer for tests, as layer.c: a device that lacks something.
 *
 *   RB_LAYER_MARKER=PATH             PATH is created when the layer is loaded
 *   RB_LAYER_ALLOC_LIMIT=BYTES:CODE  a buffer of more bytes is refused with CODE when it is made
 *   RB_LAYER_USE_LIMIT=BYTES:CODE    it is made, and the first command that fills it is refused
 *   RB_LAYER_NO_COMPILER=1           the device says that it has no compiler, and nothing is built
 *                                    from source */
#include <CL/cl_layer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const cl_icd_dispatch *real; /* the driver's calls, or the next layer's */
static cl_icd_dispatch mine;

static cl_int answer(const void *value, size_t n, size_t room, void *out, size_t *n_out) {
  if (out && room < n)
    return CL_INVALID_VALUE;
  if (out)
    memcpy(out, value, n);
  if (n_out)
    *n_out = n;
  return CL_SUCCESS;
}

/* What a limit "BYTES:CODE" says to n bytes. */
static cl_int refuse(const char *variable, size_t n) {
  const char *text = getenv(variable);
  if (text == NULL)
    return CL_SUCCESS;
  char *rest;
  unsigned long long most = strtoull(text, &rest, 10);
  if (*rest != ':') {
    fprintf(stderr, "layer: %s=%s is not BYTES:CODE\n", variable, text);
    abort();
  }
  return n > most ? (cl_int)strtol(rest + 1, NULL, 10) : CL_SUCCESS;
}

static cl_mem CL_API_CALL create_buffer(cl_context context, cl_mem_flags flags, size_t n,
                                        void *host, cl_int *code) {
  cl_int fault = refuse("RB_LAYER_ALLOC_LIMIT", n);
  if (fault == CL_SUCCESS)
    return real->clCreateBuffer(context, flags, n, host, code);
  if (code)
    *code = fault;
  return NULL;
}

static cl_int CL_API_CALL enqueue_fill(cl_command_queue queue, cl_mem buffer, const void *pattern,
                                       size_t n_pattern, size_t offset, size_t n, cl_uint n_waits,
                                       const cl_event *waits, cl_event *event) {
  cl_int fault = refuse("RB_LAYER_USE_LIMIT", n);
  return fault ? fault
               : real->clEnqueueFillBuffer(queue, buffer, pattern, n_pattern, offset, n, n_waits,
                                           waits, event);
}

static cl_int CL_API_CALL get_device_info(cl_device_id device, cl_device_info what, size_t room,
                                          void *out, size_t *n_out) {
  const cl_bool none = CL_FALSE;
  if (what != CL_DEVICE_COMPILER_AVAILABLE || getenv("RB_LAYER_NO_COMPILER") == NULL)
    return real->clGetDeviceInfo(device, what, room, out, n_out);
  return answer(&none, sizeof none, room, out, n_out);
}

static cl_int CL_API_CALL build_program(cl_program program, cl_uint n, const cl_device_id *devices,
                                        const char *options,
                                        void(CL_CALLBACK *notify)(cl_program, void *),
                                        void *context) {
  size_t n_source = 0;
  real->clGetProgramInfo(program, CL_PROGRAM_SOURCE, 0, NULL, &n_source);
  if (getenv("RB_LAYER_NO_COMPILER") && n_source > 1) /* of a binary it is an empty text */
    return CL_COMPILER_NOT_AVAILABLE;
  return real->clBuildProgram(program, n, devices, options, notify, context);
}

CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what, size_t room, void *out,
                                               size_t *n_out) {
  const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
  return what == CL_LAYER_API_VERSION ? answer(&version, sizeof version, room, out, n_out)
                                      : CL_INVALID_VALUE;
}

CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint n, const cl_icd_dispatch *target,
                                            cl_uint *n_out, const cl_icd_dispatch **out) {
  if (n > sizeof mine / sizeof(void *) || !target || !n_out || !out)
    return CL_INVALID_VALUE;
  real = target;
  memcpy(&mine, target, n * sizeof(void *));
  mine.clCreateBuffer = create_buffer;
  mine.clEnqueueFillBuffer = enqueue_fill;
  mine.clGetDeviceInfo = get_device_info;
  mine.clBuildProgram = build_program;
  *n_out = n;
  *out = &mine;
  const char *marker = getenv("RB_LAYER_MARKER");
  FILE *file = marker ? fopen(marker, "w") : NULL;
  if (file)
    fclose(file);
  return CL_SUCCESS;
}
