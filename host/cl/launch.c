// SPDX-License-Identifier: Apache-2.0
#include "cl/launch.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "cl/internal.h"

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
  if (!rb_build_get(session, file, options, &program, err))
    return false;
  cl_int code;
  cl_kernel handle = clCreateKernel(program, entry, &code);
  if (code != CL_SUCCESS)
    return rb_cl_fail(session, "clCreateKernel", code, err, "kernel '%s' of kernels/%s.cl", entry,
                      file);
  void *room = NULL;
  rb_kernel *kernel = NULL;
  cl_uint n_args = 0;
  code = clGetKernelInfo(handle, CL_KERNEL_NUM_ARGS, sizeof n_args, &n_args, NULL);
  if (code != CL_SUCCESS) {
    clReleaseKernel(handle);
    return rb_cl_fail(session, "clGetKernelInfo", code, err, "kernel '%s' of kernels/%s.cl", entry,
                      file);
  }
  if (!rb_alloc(&room, 1, sizeof *kernel, "kernel table", err) ||
      !rb_copy_text(&((rb_kernel *)room)->key, key, err)) {
    free(room);
    clReleaseKernel(handle);
    return false;
  }
  kernel = room;
  kernel->kernel = handle;
  kernel->entry = strchr(kernel->key, '/') + 1;
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
      return rb_cl_fail(session, "clSetKernelArg", code, err, "argument %zu of kernel %s", i,
                        kernel->key);
  }
  return true;
}

bool rb_kernel_launch(rb_session *session, rb_kernel *kernel, rb_ndrange range, const rb_arg *args,
                      size_t n_args, const char *phase, rb_err *err) {
  return rb_kernel_launch_from(session, kernel, 0, range, args, n_args, phase, err);
}

bool rb_kernel_launch_from(rb_session *session, rb_kernel *kernel, size_t first0, rb_ndrange range,
                           const rb_arg *args, size_t n_args, const char *phase, rb_err *err) {
  if (!set_args(session, kernel, args, n_args, err))
    return false;
  size_t global[2] = {range.global0, range.global1 ? range.global1 : 1};
  size_t local[2] = {range.local0, range.local1}, first[2] = {first0, 0};
  if (range.local0)
    for (int i = 0; i < 2; i++)
      global[i] = (global[i] + local[i] - 1) / local[i] * local[i];
  cl_event event = NULL;
  cl_int code = clEnqueueNDRangeKernel(session->queue, kernel->kernel, 2, first0 ? first : NULL,
                                       global, range.local0 ? local : NULL, 0, NULL, &event);
  if (code != CL_SUCCESS)
    return rb_cl_fail(session, "clEnqueueNDRangeKernel", code, err,
                      "launching kernel %s over %zu x %zu", kernel->key, global[0], global[1]);
  return rb_tape_add(session, &event, 1, phase, err);
}
