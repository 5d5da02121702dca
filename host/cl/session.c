// SPDX-License-Identifier: Apache-2.0
#include "cl/session.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "cl/internal.h"
#include "cl/spans.h"

bool rb_session_open(const rb_device *device, bool checking, rb_session **out, rb_err *err) {
  void *room = NULL;
  cl_int code;
  *out = NULL;
  if (device->fault[0])
    return rb_fail(err, RB_FAILED,
                   "device %u:%u '%s' is not used, as it does not say what it is: %s",
                   device->platform_index, device->device_index, device->name, device->fault);
  if (!rb_alloc(&room, 1, sizeof(rb_session), "session", err))
    return false;
  rb_session *s = room;
  s->device = device->handle;
  s->info = device;
  s->checking = checking;
  s->context = clCreateContext(NULL, 1, &s->device, NULL, NULL, &code);
  if (code != CL_SUCCESS) {
    rb_cl_fail(s, "clCreateContext", code, err, "creating a context");
    s->context = NULL;
    goto failed;
  }
  s->queue = clCreateCommandQueue(s->context, s->device, CL_QUEUE_PROFILING_ENABLE, &code);
  if (code != CL_SUCCESS) {
    rb_cl_fail(s, "clCreateCommandQueue", code, err, "creating a profiling queue");
    s->queue = NULL;
    goto failed;
  }
  *out = s;
  return true;
failed:
  rb_session_close(s);
  return false;
}

void rb_session_close(rb_session *s) {
  if (s == NULL)
    return;
  if (s->queue)
    clFinish(s->queue);
  rb_spans_begin(s); /* releases events */
  free(s->tape);
  rb_build_close(s);
  while (s->kernels) {
    rb_kernel *next = s->kernels->next;
    clReleaseKernel(s->kernels->kernel);
    free(s->kernels->key);
    free(s->kernels);
    s->kernels = next;
  }
  if (s->queue)
    clReleaseCommandQueue(s->queue);
  if (s->context)
    clReleaseContext(s->context);
  free(s);
}

bool rb_session_finish(rb_session *s, rb_err *err) {
  cl_int code = clFinish(s->queue);
  if (code != CL_SUCCESS)
    return rb_cl_fail(s, "clFinish", code, err, "waiting for the queue");
  /* A command may fail after a good enqueue: its event then carries the code. Each is asked once,
   * so that one that failed is not told again of the next cell. */
  while (s->n_ended < s->n_tape) {
    const tape_entry *entry = &s->tape[s->n_ended++];
    cl_int status = CL_COMPLETE;
    code = clGetEventInfo(entry->events[entry->n - 1], CL_EVENT_COMMAND_EXECUTION_STATUS,
                          sizeof status, &status, NULL);
    if (code != CL_SUCCESS)
      return rb_cl_fail(s, "clGetEventInfo", code, err, "asking how %s ended", entry->phase);
    if (status < 0)
      return rb_cl_fail(s, "the command", status, err, "executing %s", entry->phase);
  }
  return true;
}

const rb_device *rb_session_device(const rb_session *s) {
  return s->info;
}
uint64_t rb_session_live_bytes(const rb_session *s) {
  return s->live_bytes;
}
uint64_t rb_session_peak_bytes(const rb_session *s) {
  return s->peak_bytes;
}
void rb_session_reset_peak(rb_session *s) {
  s->peak_bytes = s->live_bytes;
}
void rb_session_use_cache(rb_session *s, rb_cache *cache) {
  s->cache = cache;
}
rb_builds rb_session_builds(const rb_session *s) {
  return s->builds;
}
rb_builds rb_session_builds_since(const rb_session *s, rb_builds before) {
  rb_builds b = s->builds;
  b.n_compiled -= before.n_compiled;
  b.n_loaded -= before.n_loaded;
  b.compile_ns -= before.compile_ns;
  b.load_ns -= before.load_ns;
  return b;
}

void rb_session_loader(char *text, size_t room) {
  /* ocl-icd answers these through the extension function clGetICDLoaderInfoOCLICD. */
  typedef cl_int loader_info(cl_uint, size_t, void *, size_t *);
  union { /* the standard's way to turn an object pointer into a function pointer */
    void *object;
    loader_info *call;
  } loader = {clGetExtensionFunctionAddress("clGetICDLoaderInfoOCLICD")};
  char name[128] = "", version[128] = "";
  enum { LOADER_VERSION = 1, LOADER_NAME = 2 };
  if (loader.object) {
    loader.call(LOADER_NAME, sizeof name - 1, name, NULL);
    loader.call(LOADER_VERSION, sizeof version - 1, version, NULL);
    snprintf(text, room, "%s %s", name, version);
  } else {
    snprintf(text, room, "unknown");
  }
}
