// SPDX-License-Identifier: Apache-2.0
#include "cl/buffer.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "cl/internal.h"
#include "cl/spans.h"

/* Guards lie before and after the payload; before must keep the sub-buffer's alignment. */
enum { GUARD_LEAST = 256, GUARD_BYTE = 0xA5 };

static size_t guard_size(const rb_session *session) {
  size_t align = session->info->align_bits / 8;
  return align > GUARD_LEAST ? align : GUARD_LEAST;
}

/* Memory that the device does not give. Resources and host memory are also what other calls lack,
 * and a lost device answers so too: here they are taken for the buffer's. */
static bool refused(const rb_buffer *buffer, const char *call, cl_int code, const char *what,
                    size_t bytes, rb_err *err) {
  const rb_session *session = buffer->session;
  rb_cl_fail(session, call, code, err, "%s buffer '%s', %zu bytes (%llu in use)", what,
             buffer->name, bytes, (unsigned long long)session->live_bytes);
  err->memory = err->memory || code == CL_OUT_OF_RESOURCES || code == CL_OUT_OF_HOST_MEMORY;
  return false;
}

/* bytes of device memory, all set to `byte` and waited for: drivers that give memory when it is
 * first used refuse it here, and not in the midst of a kernel. NULL after an error. */
static cl_mem allocate(rb_buffer *buffer, size_t bytes, unsigned char byte, rb_err *err) {
  rb_session *session = buffer->session;
  cl_int code, status = CL_COMPLETE;
  cl_event event = NULL;
  cl_mem mem = clCreateBuffer(session->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
  if (code != CL_SUCCESS) {
    refused(buffer, "clCreateBuffer", code, "allocating", bytes, err);
    return NULL;
  }
  const char *call = "clEnqueueFillBuffer";
  code = clEnqueueFillBuffer(session->queue, mem, &byte, 1, 0, bytes, 0, NULL, &event);
  if (code == CL_SUCCESS) {
    call = "clWaitForEvents";
    code = clWaitForEvents(1, &event);
    cl_int asked =
        clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL);
    if ((code == CL_SUCCESS && asked != CL_SUCCESS) || status < 0) {
      call = asked != CL_SUCCESS ? "clGetEventInfo" : "the command";
      code = asked != CL_SUCCESS ? asked : status;
    }
    clReleaseEvent(event);
  }
  if (code == CL_SUCCESS)
    return mem;
  clReleaseMemObject(mem);
  refused(buffer, call, code, "filling", bytes, err);
  return NULL;
}

static bool with_guards(rb_session *session, rb_buffer *buffer, rb_err *err) {
  size_t guard = buffer->guard_bytes, whole = buffer->bytes + 2 * guard;
  cl_int code;
  buffer->parent = allocate(buffer, whole, GUARD_BYTE, err);
  if (buffer->parent == NULL)
    return false;
  cl_buffer_region region = {guard, buffer->bytes};
  buffer->mem = clCreateSubBuffer(buffer->parent, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION,
                                  &region, &code);
  if (code != CL_SUCCESS)
    return rb_cl_fail(session, "clCreateSubBuffer", code, err, "buffer '%s' inside its guards",
                      buffer->name);
  return rb_buffer_zero(buffer, "setup", err);
}

bool rb_buffer_create(rb_session *session, const char *name, size_t count, size_t size,
                      rb_buffer **out, rb_err *err) {
  uint64_t bytes;
  void *room = NULL;
  *out = NULL;
  if (!rb_mul_u64(count, size, &bytes) || bytes > session->info->allocation_bytes)
    return rb_fail(
        err, RB_FAILED,
        "buffer '%s' wants %zu x %zu bytes, device '%s' allows %llu in one buffer; try a "
        "smaller d, m, r or tile",
        name, count, size, session->info->name,
        (unsigned long long)session->info->allocation_bytes);
  if (!rb_alloc(&room, 1, sizeof(rb_buffer), "buffer record", err))
    return false;
  rb_buffer *b = room;
  b->session = session;
  b->name = name;
  b->bytes = bytes ? bytes : 4;
  if (session->checking) {
    b->guard_bytes = guard_size(session);
    if (!with_guards(session, b, err))
      goto failed;
  } else {
    b->mem = allocate(b, b->bytes, 0, err);
    if (b->mem == NULL)
      goto failed;
  }
  b->next = session->buffers;
  if (b->next)
    b->next->previous = b;
  session->buffers = b;
  session->live_bytes += b->bytes + 2 * b->guard_bytes;
  if (session->live_bytes > session->peak_bytes)
    session->peak_bytes = session->live_bytes;
  *out = b;
  return true;
failed:
  if (b->mem)
    clReleaseMemObject(b->mem);
  if (b->parent)
    clReleaseMemObject(b->parent);
  free(b);
  return false;
}

void rb_buffer_free(rb_buffer *b) {
  if (b == NULL)
    return;
  if (b->next)
    b->next->previous = b->previous;
  if (b->previous)
    b->previous->next = b->next;
  else
    b->session->buffers = b->next;
  b->session->live_bytes -= b->bytes + 2 * b->guard_bytes;
  clReleaseMemObject(b->mem);
  if (b->parent)
    clReleaseMemObject(b->parent);
  free(b);
}

size_t rb_buffer_bytes(const rb_buffer *b) {
  return b->bytes;
}

bool rb_buffer_write(rb_buffer *b, size_t offset, size_t bytes, const void *data, const char *phase,
                     rb_err *err) {
  assert(offset <= b->bytes && bytes <= b->bytes - offset);
  cl_event event = NULL;
  cl_int code = clEnqueueWriteBuffer(b->session->queue, b->mem, CL_TRUE, offset, bytes, data, 0,
                                     NULL, &event);
  if (code != CL_SUCCESS)
    return rb_cl_fail(b->session, "clEnqueueWriteBuffer", code, err,
                      "writing %zu bytes to buffer '%s'", bytes, b->name);
  return rb_tape_add(b->session, &event, 1, phase, err);
}

bool rb_buffer_read(rb_buffer *b, size_t offset, size_t bytes, void *data, const char *phase,
                    rb_err *err) {
  assert(offset <= b->bytes && bytes <= b->bytes - offset);
  cl_event event = NULL;
  cl_int code =
      clEnqueueReadBuffer(b->session->queue, b->mem, CL_TRUE, offset, bytes, data, 0, NULL, &event);
  if (code != CL_SUCCESS)
    return rb_cl_fail(b->session, "clEnqueueReadBuffer", code, err,
                      "reading %zu bytes from buffer '%s'", bytes, b->name);
  return rb_tape_add(b->session, &event, 1, phase, err);
}

bool rb_buffer_zero(rb_buffer *b, const char *phase, rb_err *err) {
  const unsigned char zero = 0;
  cl_event event = NULL;
  cl_int code =
      clEnqueueFillBuffer(b->session->queue, b->mem, &zero, 1, 0, b->bytes, 0, NULL, &event);
  if (code != CL_SUCCESS)
    return rb_cl_fail(b->session, "clEnqueueFillBuffer", code, err,
                      "filling buffer '%s' (%zu bytes)", b->name, b->bytes);
  return rb_tape_add(b->session, &event, 1, phase, err);
}

bool rb_buffer_copy(rb_buffer *from, size_t from_offset, rb_buffer *to, size_t to_offset,
                    size_t bytes, const char *phase, rb_err *err) {
  assert(from_offset <= from->bytes && bytes <= from->bytes - from_offset);
  assert(to_offset <= to->bytes && bytes <= to->bytes - to_offset);
  cl_event event = NULL;
  cl_int code = clEnqueueCopyBuffer(from->session->queue, from->mem, to->mem, from_offset,
                                    to_offset, bytes, 0, NULL, &event);
  if (code != CL_SUCCESS)
    return rb_cl_fail(from->session, "clEnqueueCopyBuffer", code, err,
                      "copying buffer '%s' to '%s'", from->name, to->name);
  return rb_tape_add(from->session, &event, 1, phase, err);
}

static bool guards_intact(rb_buffer *b, unsigned char *bytes, rb_err *err) {
  static const char *const side[] = {"before", "after"};
  for (int i = 0; i < 2; i++) {
    size_t offset = i == 0 ? 0 : b->guard_bytes + b->bytes;
    cl_int code = clEnqueueReadBuffer(b->session->queue, b->parent, CL_TRUE, offset, b->guard_bytes,
                                      bytes, 0, NULL, NULL);
    if (code != CL_SUCCESS)
      return rb_cl_fail(b->session, "clEnqueueReadBuffer", code, err,
                        "reading the guards of buffer '%s'", b->name);
    for (size_t k = 0; k < b->guard_bytes; k++)
      if (bytes[k] != GUARD_BYTE)
        return rb_fail(err, RB_WRONG,
                       "a kernel wrote outside buffer '%s': guard byte %zu %s it is 0x%02x",
                       b->name, i == 0 ? b->guard_bytes - k : k + 1, side[i], bytes[k]);
  }
  return true;
}

bool rb_session_check_guards(rb_session *session, rb_err *err) {
  if (!session->checking)
    return true;
  void *bytes = NULL;
  if (!rb_alloc(&bytes, guard_size(session), 1, "guard words", err))
    return false;
  bool ok = true;
  for (rb_buffer *b = session->buffers; b && ok; b = b->next)
    ok = guards_intact(b, bytes, err);
  free(bytes);
  return ok;
}

bool rb_buffer_works(rb_session *session, rb_err *err) {
  static const char sent[] = "is anybody there?";
  char found[sizeof sent] = "";
  rb_buffer *buffer = NULL;
  rb_spans_begin(session); /* the events of what failed are on the tape */
  bool ok = rb_buffer_create(session, "question", sizeof sent, 1, &buffer, err) &&
            rb_buffer_write(buffer, 0, sizeof sent, sent, "question", err) &&
            rb_buffer_read(buffer, 0, sizeof sent, found, "question", err) &&
            rb_session_finish(session, err) &&
            (memcmp(sent, found, sizeof sent) == 0 ||
             rb_fail(err, RB_FAILED, "what was written to a buffer comes back as something else"));
  rb_spans_begin(session);
  rb_buffer_free(buffer);
  return ok;
}
