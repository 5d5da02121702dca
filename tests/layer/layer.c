// SPDX-License-Identifier: Apache-2.0
// clang-format off
/* An OpenCL layer for tests: the program runs unchanged on a real driver, and a call goes wrong.
 * The loader takes it from OPENCL_LAYERS (an absolute path; a wrong one is ignored in silence,
 * which is why a test must look for the witness). What it does comes from the environment:
 *
 *   RB_LAYER_MARKER=PATH      the witness: is there when the layer was loaded, and has the number
 *                             of calls, of faults, and of objects made and released (plan.h); a
 *                             test removes it first, as processes that find it go on counting there
 *   RB_LAYER_LOG=PATH         the name of every call is appended, one a line
 *   RB_LAYER_DEVICE=TEXT      only processes that use a device with this in its name have faults
 *   RB_LAYER_ANY=K:WHAT       the K-th call, from 1, goes wrong
 *   RB_LAYER_ENQUEUE=K:WHAT   the K-th enqueue of a kernel, fill, copy, read or write, the same
 *   RB_LAYER_BUFFER=K:WHAT    the K-th clCreateBuffer
 *   RB_LAYER_WAIT=K:WHAT      the K-th clFinish or clWaitForEvents
 *   RB_LAYER_CALL=NAME:K:WHAT the K-th call of that name
 *     K+ instead of K         and all later ones
 *     WHAT: CODE              the call answers this code (negative) and does nothing; what
 *                             releases, retains or waits does its work all the same
 *       status=CODE           of an enqueue: it answers success, and its event ends with this code
 *       flip                  of a read: one bit in the middle of the bytes is another one
 *       hang, crash, kill     the call never returns; ends in SIGSEGV; SIGKILL comes before it
 *   RB_LAYER_CLOCK=zero       times of events are 0; back: they end before they start; jump: from
 *                             the 100th that is asked for on they are an hour later; once:K: the
 *                             K-th alone
 *   RB_LAYER_NO_DEVICES=1     clGetDeviceIDs finds none
 *   RB_LAYER_NAME=TEXT        the name of every device
 *   RB_LAYER_BUILD_LOG=PATH   every clBuildProgram fails; the log is what is in the file
 *
 * One thread only: the program's OpenCL calls come from one, and the driver's threads make none. */
// clang-format on
#include <CL/cl_layer.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plan.h"

static const cl_icd_dispatch *real; /* the driver's calls, or the next layer's */
static cl_icd_dispatch mine;

/* ---- calls that only answer ---- */

#define ANSWERS(name, parameters, arguments)                                                       \
  static cl_int CL_API_CALL my_##name parameters {                                                 \
    layer_fault fault = layer_plan_call(SITE_##name);                                              \
    return fault.code ? fault.code : real->name arguments;                                         \
  }
#define INFO(name, object)                                                                         \
  ANSWERS(name, (object of, cl_uint what, size_t room, void *out, size_t *n_out),                  \
          (of, what, room, out, n_out))
INFO(clGetPlatformInfo, cl_platform_id)
INFO(clGetContextInfo, cl_context)
INFO(clGetCommandQueueInfo, cl_command_queue)
INFO(clGetMemObjectInfo, cl_mem)
INFO(clGetProgramInfo, cl_program)
INFO(clGetKernelInfo, cl_kernel)
ANSWERS(clGetPlatformIDs, (cl_uint room, cl_platform_id *out, cl_uint *n), (room, out, n))
ANSWERS(clGetKernelWorkGroupInfo,
        (cl_kernel kernel, cl_device_id device, cl_uint what, size_t room, void *out,
         size_t *n_out),
        (kernel, device, what, room, out, n_out))
ANSWERS(clSetKernelArg, (cl_kernel kernel, cl_uint i, size_t n, const void *value),
        (kernel, i, n, value))
ANSWERS(clFlush, (cl_command_queue queue), (queue))

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

static cl_int CL_API_CALL my_clGetDeviceIDs(cl_platform_id platform, cl_device_type type,
                                            cl_uint room, cl_device_id *devices, cl_uint *n) {
  layer_fault fault = layer_plan_call(SITE_clGetDeviceIDs);
  if (fault.code)
    return fault.code;
  if (getenv("RB_LAYER_NO_DEVICES") == NULL)
    return real->clGetDeviceIDs(platform, type, room, devices, n);
  if (n)
    *n = 0;
  return CL_DEVICE_NOT_FOUND;
}

static cl_int CL_API_CALL my_clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t room,
                                             void *out, size_t *n_out) {
  layer_fault fault = layer_plan_call(SITE_clGetDeviceInfo);
  const char *name = getenv("RB_LAYER_NAME");
  if (fault.code)
    return fault.code;
  if (what == CL_DEVICE_NAME && name)
    return answer(name, strlen(name) + 1, room, out, n_out);
  return real->clGetDeviceInfo(device, what, room, out, n_out);
}

/* ---- objects ---- */

#define CREATES(name, type, object, parameters, arguments)                                         \
  static type CL_API_CALL my_##name parameters {                                                   \
    layer_fault fault = layer_plan_call(SITE_##name);                                              \
    type made = fault.code ? NULL : real->name arguments;                                          \
    if (made)                                                                                      \
      layer_plan_made(OBJECT_##object);                                                            \
    else if (fault.code && code)                                                                   \
      *code = fault.code;                                                                          \
    return made;                                                                                   \
  }
static cl_context CL_API_CALL
my_clCreateContext(const cl_context_properties *properties, cl_uint n, const cl_device_id *devices,
                   void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *),
                   void *user, cl_int *code) {
  char name[256] = "";
  real->clGetDeviceInfo(devices[0], CL_DEVICE_NAME, sizeof name, name, NULL);
  layer_plan_device(name);
  layer_fault fault = layer_plan_call(SITE_clCreateContext);
  cl_context made =
      fault.code ? NULL : real->clCreateContext(properties, n, devices, notify, user, code);
  if (made)
    layer_plan_made(OBJECT_context);
  else if (fault.code && code)
    *code = fault.code;
  return made;
}
CREATES(clCreateCommandQueue, cl_command_queue, queue,
        (cl_context context, cl_device_id device, cl_command_queue_properties properties,
         cl_int *code),
        (context, device, properties, code))
CREATES(clCreateBuffer, cl_mem, buffer,
        (cl_context context, cl_mem_flags flags, size_t n, void *host, cl_int *code),
        (context, flags, n, host, code))
CREATES(clCreateSubBuffer, cl_mem, buffer,
        (cl_mem whole, cl_mem_flags flags, cl_buffer_create_type type, const void *region,
         cl_int *code),
        (whole, flags, type, region, code))
CREATES(clCreateProgramWithSource, cl_program, program,
        (cl_context context, cl_uint n, const char **texts, const size_t *lengths, cl_int *code),
        (context, n, texts, lengths, code))
CREATES(clCreateProgramWithBinary, cl_program, program,
        (cl_context context, cl_uint n, const cl_device_id *devices, const size_t *lengths,
         const unsigned char **binaries, cl_int *status, cl_int *code),
        (context, n, devices, lengths, binaries, status, code))
CREATES(clCreateKernel, cl_kernel, kernel, (cl_program program, const char *name, cl_int *code),
        (program, name, code))

#define X(object, suffix, type)                                                                    \
  static cl_int CL_API_CALL my_clRetain##suffix(type one) {                                        \
    layer_fault fault = layer_plan_call(SITE_clRetain##suffix);                                    \
    cl_int code = real->clRetain##suffix(one);                                                     \
    if (code == CL_SUCCESS)                                                                        \
      layer_plan_made(OBJECT_##object);                                                            \
    return fault.code ? fault.code : code;                                                         \
  }                                                                                                \
  static cl_int CL_API_CALL my_clRelease##suffix(type one) {                                       \
    layer_fault fault = layer_plan_call(SITE_clRelease##suffix);                                   \
    forget(one);                                                                                   \
    cl_int code = real->clRelease##suffix(one);                                                    \
    if (code == CL_SUCCESS)                                                                        \
      layer_plan_released(OBJECT_##object);                                                        \
    return fault.code ? fault.code : code;                                                         \
  }

/* The events whose commands are to end with another status, until they are released. */
enum { MOST_FAILED = 8192 };
static struct {
  const void *event;
  cl_int status;
} failed[MOST_FAILED];
static size_t n_failed;

static size_t find_failed(const void *event) {
  size_t i = 0;
  while (i < n_failed && failed[i].event != event)
    i++;
  return i;
}
static bool has_failed(const void *event) {
  return find_failed(event) < n_failed;
}
static void forget(const void *object) {
  size_t i = find_failed(object);
  if (i < n_failed)
    failed[i] = failed[--n_failed];
}
RB_LAYER_OBJECTS(X)
#undef X

/* ---- programs ---- */

static cl_int CL_API_CALL my_clBuildProgram(cl_program program, cl_uint n,
                                            const cl_device_id *devices, const char *options,
                                            void(CL_CALLBACK *notify)(cl_program, void *),
                                            void *context) {
  layer_fault fault = layer_plan_call(SITE_clBuildProgram);
  if (fault.code)
    return fault.code;
  if (getenv("RB_LAYER_BUILD_LOG"))
    return CL_BUILD_PROGRAM_FAILURE;
  return real->clBuildProgram(program, n, devices, options, notify, context);
}

static cl_int CL_API_CALL my_clGetProgramBuildInfo(cl_program program, cl_device_id device,
                                                   cl_program_build_info what, size_t room,
                                                   void *out, size_t *n_out) {
  layer_fault fault = layer_plan_call(SITE_clGetProgramBuildInfo);
  const char *path = getenv("RB_LAYER_BUILD_LOG");
  if (fault.code)
    return fault.code;
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

/* ---- commands ---- */

/* A command ends badly if it is to, or if one does that it waits for. */
static cl_int enqueued(layer_fault fault, cl_int code, cl_uint n_waits, const cl_event *waits,
                       const cl_event *event) {
  if (code != CL_SUCCESS || event == NULL)
    return code;
  layer_plan_made(OBJECT_event);
  for (cl_uint i = 0; i < n_waits && !fault.status; i++)
    if (has_failed(waits[i]))
      fault.status = CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST;
  if (fault.status && n_failed < MOST_FAILED) {
    failed[n_failed].event = *event;
    failed[n_failed++].status = fault.status;
  }
  return code;
}

#define ENQUEUES(name, parameters, arguments)                                                      \
  static cl_int CL_API_CALL my_##name parameters {                                                 \
    layer_fault fault = layer_plan_call(SITE_##name);                                              \
    return fault.code ? fault.code : enqueued(fault, real->name arguments, n_waits, waits, event); \
  }
ENQUEUES(clEnqueueNDRangeKernel,
         (cl_command_queue queue, cl_kernel kernel, cl_uint n, const size_t *offset,
          const size_t *global, const size_t *local, cl_uint n_waits, const cl_event *waits,
          cl_event *event),
         (queue, kernel, n, offset, global, local, n_waits, waits, event))
ENQUEUES(clEnqueueFillBuffer,
         (cl_command_queue queue, cl_mem buffer, const void *pattern, size_t n_pattern,
          size_t offset, size_t n, cl_uint n_waits, const cl_event *waits, cl_event *event),
         (queue, buffer, pattern, n_pattern, offset, n, n_waits, waits, event))
ENQUEUES(clEnqueueCopyBuffer,
         (cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset,
          size_t n, cl_uint n_waits, const cl_event *waits, cl_event *event),
         (queue, from, to, from_offset, to_offset, n, n_waits, waits, event))
ENQUEUES(clEnqueueWriteBuffer,
         (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t n,
          const void *from, cl_uint n_waits, const cl_event *waits, cl_event *event),
         (queue, buffer, blocking, offset, n, from, n_waits, waits, event))
ENQUEUES(clEnqueueMarkerWithWaitList,
         (cl_command_queue queue, cl_uint n_waits, const cl_event *waits, cl_event *event),
         (queue, n_waits, waits, event))

static cl_int CL_API_CALL my_clEnqueueReadBuffer(cl_command_queue queue, cl_mem buffer,
                                                 cl_bool blocking, size_t offset, size_t n,
                                                 void *to, cl_uint n_waits, const cl_event *waits,
                                                 cl_event *event) {
  layer_fault fault = layer_plan_call(SITE_clEnqueueReadBuffer);
  if (fault.code)
    return fault.code;
  cl_int code = real->clEnqueueReadBuffer(queue, buffer, fault.flip || blocking, offset, n, to,
                                          n_waits, waits, event);
  /* The sixth bit of a last byte is the second highest of a float's exponent. */
  if (fault.flip && code == CL_SUCCESS && n > 0)
    ((unsigned char *)to)[n < 4 ? n / 2 : n / 8 * 4 + 3] ^= 0x20;
  return enqueued(fault, code, n_waits, waits, event);
}

/* Waiting, and what events say afterwards. */

static cl_int CL_API_CALL my_clFinish(cl_command_queue queue) {
  layer_fault fault = layer_plan_call(SITE_clFinish);
  cl_int code = real->clFinish(queue);
  return fault.code ? fault.code : code;
}

static cl_int CL_API_CALL my_clWaitForEvents(cl_uint n, const cl_event *events) {
  layer_fault fault = layer_plan_call(SITE_clWaitForEvents);
  cl_int code = real->clWaitForEvents(n, events);
  for (cl_uint i = 0; i < n && !fault.code; i++)
    if (has_failed(events[i]))
      fault.code = CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST;
  return fault.code ? fault.code : code;
}

static cl_int CL_API_CALL my_clGetEventInfo(cl_event event, cl_event_info what, size_t room,
                                            void *out, size_t *n_out) {
  layer_fault fault = layer_plan_call(SITE_clGetEventInfo);
  if (fault.code)
    return fault.code;
  if (what == CL_EVENT_COMMAND_EXECUTION_STATUS && has_failed(event))
    return answer(&failed[find_failed(event)].status, sizeof(cl_int), room, out, n_out);
  return real->clGetEventInfo(event, what, room, out, n_out);
}

static cl_int CL_API_CALL my_clGetEventProfilingInfo(cl_event event, cl_profiling_info what,
                                                     size_t room, void *out, size_t *n_out) {
  enum { JUMP_AT = 100 };
  static const cl_ulong hour_ns = 3600ull * 1000000000;
  static unsigned seen;
  layer_fault fault = layer_plan_call(SITE_clGetEventProfilingInfo);
  const char *clock = getenv("RB_LAYER_CLOCK");
  cl_int code =
      fault.code ? fault.code : real->clGetEventProfilingInfo(event, what, room, out, n_out);
  if (code != CL_SUCCESS || clock == NULL || room != sizeof(cl_ulong) || out == NULL)
    return code;
  cl_ulong *ns = out;
  if (strcmp(clock, "zero") == 0)
    *ns = 0;
  else if (strcmp(clock, "back") == 0)
    *ns = what == CL_PROFILING_COMMAND_END ? 1000 : 2000;
  else if (strcmp(clock, "jump") == 0)
    *ns += ++seen >= JUMP_AT ? hour_ns : 0;
  else if (strncmp(clock, "once:", 5) == 0)
    *ns += ++seen == strtoul(clock + 5, NULL, 10) ? hour_ns : 0;
  return code;
}

/* ---- what the loader calls ---- */

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
  memcpy(&mine, target, n * sizeof(void *)); /* whatever has no site goes straight through */
#define X(name, group) mine.name = my_##name;
  RB_LAYER_SITES(X)
#undef X
  *n_out = n;
  *out = &mine;
  layer_plan_read();
  return CL_SUCCESS;
}
