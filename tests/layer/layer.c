// SPDX-License-Identifier: Apache-2.0
/* An OpenCL layer for tests: the program runs unchanged on a real driver, and one call goes wrong.
 * The loader takes it from OPENCL_LAYERS (an absolute path; a wrong one is ignored in silence,
 * which is why a test must look for the marker). What it does comes from the environment:
 *
 *   RB_LAYER_MARKER=PATH      PATH is created when the layer is loaded
 *   RB_LAYER_NO_DEVICES=1     clGetDeviceIDs finds none
 *   RB_LAYER_NAME=TEXT        the name of every device
 *   RB_LAYER_BUILD_LOG=PATH   every clBuildProgram fails; the log is what is in the file
 *   RB_LAYER_BUFFER=K:CODE    the K-th clCreateBuffer, from 1, answers CODE
 *   RB_LAYER_ENQUEUE=K:CODE   the K-th enqueue of a kernel, fill, copy, read or write, the same
 *   RB_LAYER_BUFFER=K+:CODE   the K-th and all later ones; RB_LAYER_ENQUEUE too
 *
 * One thread only: the program's OpenCL calls come from one, and the driver's threads make none. */
#include <CL/cl_layer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const cl_icd_dispatch *real; /* the driver's calls, or the next layer's */
static cl_icd_dispatch mine;

/* "K:CODE" of a variable, and the calls so far. */
typedef struct site {
  const char *variable;
  unsigned long seen;
} site;
static site buffers = {"RB_LAYER_BUFFER", 0}, enqueues = {"RB_LAYER_ENQUEUE", 0};

/* CL_SUCCESS if this call may pass. */
static cl_int strike(site *f) {
  const char *text = getenv(f->variable);
  f->seen++;
  if (text == NULL)
    return CL_SUCCESS;
  char *rest;
  unsigned long k = strtoul(text, &rest, 10);
  int later = *rest == '+';
  if (rest[later] != ':') {
    fprintf(stderr, "layer: %s=%s is not K:CODE\n", f->variable, text);
    abort();
  }
  return f->seen == k || (later && f->seen > k) ? (cl_int)strtol(rest + later + 1, NULL, 10)
                                                : CL_SUCCESS;
}

/* Answers an info query with n bytes. */
static cl_int answer(const void *value, size_t n, size_t room, void *out, size_t *n_out) {
  if (out && room < n)
    return CL_INVALID_VALUE;
  if (out)
    memcpy(out, value, n);
  if (n_out)
    *n_out = n;
  return CL_SUCCESS;
}

static cl_int CL_API_CALL get_device_ids(cl_platform_id platform, cl_device_type type, cl_uint room,
                                         cl_device_id *devices, cl_uint *n) {
  if (getenv("RB_LAYER_NO_DEVICES") == NULL)
    return real->clGetDeviceIDs(platform, type, room, devices, n);
  if (n)
    *n = 0;
  return CL_DEVICE_NOT_FOUND;
}

static cl_int CL_API_CALL get_device_info(cl_device_id device, cl_device_info what, size_t room,
                                          void *out, size_t *n_out) {
  const char *name = getenv("RB_LAYER_NAME");
  if (what != CL_DEVICE_NAME || name == NULL)
    return real->clGetDeviceInfo(device, what, room, out, n_out);
  return answer(name, strlen(name) + 1, room, out, n_out);
}

static cl_int CL_API_CALL build_program(cl_program program, cl_uint n, const cl_device_id *devices,
                                        const char *options,
                                        void(CL_CALLBACK *notify)(cl_program, void *),
                                        void *context) {
  if (getenv("RB_LAYER_BUILD_LOG"))
    return CL_BUILD_PROGRAM_FAILURE;
  return real->clBuildProgram(program, n, devices, options, notify, context);
}

static cl_int CL_API_CALL get_build_info(cl_program program, cl_device_id device,
                                         cl_program_build_info what, size_t room, void *out,
                                         size_t *n_out) {
  const char *path = getenv("RB_LAYER_BUILD_LOG");
  if (path == NULL || what != CL_PROGRAM_BUILD_LOG)
    return real->clGetProgramBuildInfo(program, device, what, room, out, n_out);
  static char log[2 << 20];
  FILE *file = fopen(path, "rb");
  size_t n = file ? fread(log, 1, sizeof log - 1, file) : 0;
  if (file)
    fclose(file);
  log[n] = 0;
  return answer(log, n + 1, room, out, n_out);
}

static cl_mem CL_API_CALL create_buffer(cl_context context, cl_mem_flags flags, size_t n,
                                        void *host, cl_int *code) {
  cl_int fault = strike(&buffers);
  if (fault == CL_SUCCESS)
    return real->clCreateBuffer(context, flags, n, host, code);
  if (code)
    *code = fault;
  return NULL;
}

static cl_int CL_API_CALL enqueue_kernel(cl_command_queue queue, cl_kernel kernel, cl_uint n,
                                         const size_t *offset, const size_t *global,
                                         const size_t *local, cl_uint n_waits,
                                         const cl_event *waits, cl_event *event) {
  cl_int fault = strike(&enqueues);
  return fault ? fault
               : real->clEnqueueNDRangeKernel(queue, kernel, n, offset, global, local, n_waits,
                                              waits, event);
}

static cl_int CL_API_CALL enqueue_fill(cl_command_queue queue, cl_mem buffer, const void *pattern,
                                       size_t n_pattern, size_t offset, size_t n, cl_uint n_waits,
                                       const cl_event *waits, cl_event *event) {
  cl_int fault = strike(&enqueues);
  return fault ? fault
               : real->clEnqueueFillBuffer(queue, buffer, pattern, n_pattern, offset, n, n_waits,
                                           waits, event);
}

static cl_int CL_API_CALL enqueue_copy(cl_command_queue queue, cl_mem from, cl_mem to,
                                       size_t from_offset, size_t to_offset, size_t n,
                                       cl_uint n_waits, const cl_event *waits, cl_event *event) {
  cl_int fault = strike(&enqueues);
  return fault ? fault
               : real->clEnqueueCopyBuffer(queue, from, to, from_offset, to_offset, n, n_waits,
                                           waits, event);
}

static cl_int CL_API_CALL enqueue_read(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
                                       size_t offset, size_t n, void *to, cl_uint n_waits,
                                       const cl_event *waits, cl_event *event) {
  cl_int fault = strike(&enqueues);
  return fault ? fault
               : real->clEnqueueReadBuffer(queue, buffer, blocking, offset, n, to, n_waits, waits,
                                           event);
}

static cl_int CL_API_CALL enqueue_write(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
                                        size_t offset, size_t n, const void *from, cl_uint n_waits,
                                        const cl_event *waits, cl_event *event) {
  cl_int fault = strike(&enqueues);
  return fault ? fault
               : real->clEnqueueWriteBuffer(queue, buffer, blocking, offset, n, from, n_waits,
                                            waits, event);
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
  memcpy(&mine, target, n * sizeof(void *)); /* whatever is not below goes straight through */
  mine.clGetDeviceIDs = get_device_ids;
  mine.clGetDeviceInfo = get_device_info;
  mine.clBuildProgram = build_program;
  mine.clGetProgramBuildInfo = get_build_info;
  mine.clCreateBuffer = create_buffer;
  mine.clEnqueueNDRangeKernel = enqueue_kernel;
  mine.clEnqueueFillBuffer = enqueue_fill;
  mine.clEnqueueCopyBuffer = enqueue_copy;
  mine.clEnqueueReadBuffer = enqueue_read;
  mine.clEnqueueWriteBuffer = enqueue_write;
  *n_out = n;
  *out = &mine;
  const char *marker = getenv("RB_LAYER_MARKER");
  FILE *file = marker ? fopen(marker, "w") : NULL;
  if (file)
    fclose(file);
  return CL_SUCCESS;
}
