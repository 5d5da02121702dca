// SPDX-License-Identifier: Apache-2.0
/* What shall go wrong, and what was called: the part of the test layer that knows no OpenCL object.
 *
 * Every call has a site, and sites have counters in the witness: a file that processes share and
 * that is written as the calls are made, so that it is there after a kill -9, and a fault that is
 * to happen once happens once, whichever process makes the K-th call. layer.c documents the
 * environment, tests/faults/bed.py reads the file. */
#ifndef RB_LAYER_PLAN_H
#define RB_LAYER_PLAN_H
#include <stdbool.h>

/* Calls by what they do: ENQUEUE puts a command on a queue, WAIT waits for commands, OTHER does
 * neither. Those that create, retain or release objects name the object. */
#define RB_LAYER_SITES(X)                                                                          \
  X(clGetPlatformIDs, OTHER)                                                                       \
  X(clGetPlatformInfo, OTHER)                                                                      \
  X(clGetDeviceIDs, OTHER)                                                                         \
  X(clGetDeviceInfo, OTHER)                                                                        \
  X(clCreateContext, OTHER)                                                                        \
  X(clRetainContext, OTHER)                                                                        \
  X(clReleaseContext, OTHER)                                                                       \
  X(clGetContextInfo, OTHER)                                                                       \
  X(clCreateCommandQueue, OTHER)                                                                   \
  X(clRetainCommandQueue, OTHER)                                                                   \
  X(clReleaseCommandQueue, OTHER)                                                                  \
  X(clGetCommandQueueInfo, OTHER)                                                                  \
  X(clCreateBuffer, BUFFER)                                                                        \
  X(clCreateSubBuffer, OTHER)                                                                      \
  X(clRetainMemObject, OTHER)                                                                      \
  X(clReleaseMemObject, OTHER)                                                                     \
  X(clGetMemObjectInfo, OTHER)                                                                     \
  X(clCreateProgramWithSource, OTHER)                                                              \
  X(clCreateProgramWithBinary, OTHER)                                                              \
  X(clRetainProgram, OTHER)                                                                        \
  X(clReleaseProgram, OTHER)                                                                       \
  X(clBuildProgram, OTHER)                                                                         \
  X(clGetProgramInfo, OTHER)                                                                       \
  X(clGetProgramBuildInfo, OTHER)                                                                  \
  X(clCreateKernel, OTHER)                                                                         \
  X(clRetainKernel, OTHER)                                                                         \
  X(clReleaseKernel, OTHER)                                                                        \
  X(clSetKernelArg, OTHER)                                                                         \
  X(clGetKernelInfo, OTHER)                                                                        \
  X(clGetKernelWorkGroupInfo, OTHER)                                                               \
  X(clRetainEvent, OTHER)                                                                          \
  X(clReleaseEvent, OTHER)                                                                         \
  X(clGetEventInfo, OTHER)                                                                         \
  X(clGetEventProfilingInfo, OTHER)                                                                \
  X(clWaitForEvents, WAIT)                                                                         \
  X(clFlush, OTHER)                                                                                \
  X(clFinish, WAIT)                                                                                \
  X(clEnqueueNDRangeKernel, ENQUEUE)                                                               \
  X(clEnqueueFillBuffer, ENQUEUE)                                                                  \
  X(clEnqueueCopyBuffer, ENQUEUE)                                                                  \
  X(clEnqueueReadBuffer, ENQUEUE)                                                                  \
  X(clEnqueueWriteBuffer, ENQUEUE)                                                                 \
  X(clEnqueueMarkerWithWaitList, OTHER)

typedef enum layer_site {
#define X(name, group) SITE_##name,
  RB_LAYER_SITES(X)
#undef X
      N_SITES
} layer_site;

/* Objects that are counted. */
#define RB_LAYER_OBJECTS(X)                                                                        \
  X(context, Context, cl_context)                                                                  \
  X(queue, CommandQueue, cl_command_queue)                                                         \
  X(buffer, MemObject, cl_mem)                                                                     \
  X(program, Program, cl_program)                                                                  \
  X(kernel, Kernel, cl_kernel)                                                                     \
  X(event, Event, cl_event)

typedef enum layer_object {
#define X(name, suffix, type) OBJECT_##name,
  RB_LAYER_OBJECTS(X)
#undef X
      N_OBJECTS
} layer_object;

/* What is to go wrong with one call; all zero if nothing is. */
typedef struct layer_fault {
  int code;   /* the call answers this and does nothing; a release or wait does its work before */
  int status; /* the call answers success, and its event ends with this */
  bool flip;  /* one bit of what a read brings */
} layer_fault;

/* Reads the environment, once a process; aborts with one line if it cannot be understood. */
void layer_plan_read(void);
/* Counts the call, and hangs or kills the process if that is what it is to do. */
layer_fault layer_plan_call(layer_site site);
/* This process uses the device of that name from now on. */
void layer_plan_device(const char *name);
void layer_plan_made(layer_object object);
void layer_plan_released(layer_object object);

#endif
