// SPDX-License-Identifier: Apache-2.0
/* Device buffers. */
#ifndef RB_CL_BUFFER_H
#define RB_CL_BUFFER_H
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "cl/session.h"

typedef struct rb_buffer rb_buffer;

/* count elements of size bytes, zero-filled. name is kept by pointer (string literal). Errors:
 * RB_FAILED naming the buffer, the bytes wanted and what the device offers; with err->memory if it
 * refused them, also where it does so only when memory is first used. */
bool rb_buffer_create(rb_session *session, const char *name, size_t count, size_t size,
                      rb_buffer **out, rb_err *err);
void rb_buffer_free(rb_buffer *buffer); /* NULL allowed */
size_t rb_buffer_bytes(const rb_buffer *buffer);

/* Host to device and back, blocking; offset and bytes inside the buffer (asserted). phase: tape
 * label. */
bool rb_buffer_write(rb_buffer *buffer, size_t offset, size_t bytes, const void *data,
                     const char *phase, rb_err *err);
bool rb_buffer_read(rb_buffer *buffer, size_t offset, size_t bytes, void *data, const char *phase,
                    rb_err *err);
/* On the device, enqueued: zeros, and a copy of `bytes` from one offset to another. */
bool rb_buffer_zero(rb_buffer *buffer, const char *phase, rb_err *err);
bool rb_buffer_copy(rb_buffer *from, size_t from_offset, rb_buffer *to, size_t to_offset,
                    size_t bytes, const char *phase, rb_err *err);

/* Whether the device still does what it is asked: a small buffer is written and read back. Errors:
 * RB_FAILED with the call that failed, or saying that something else came back. The tape is
 * emptied.
 */
bool rb_buffer_works(rb_session *session, rb_err *err);

#endif
