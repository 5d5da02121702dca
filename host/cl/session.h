// SPDX-License-Identifier: Apache-2.0
/* A session: one device, one context, one in-order profiling queue, its programs and its buffers.
 */
#ifndef RB_CL_SESSION_H
#define RB_CL_SESSION_H
#include "base/err.h"
#include "cl/device.h"

typedef struct rb_session rb_session;

/* checking: guard words around every buffer, compared by rb_session_check_guards(). device must
 * outlive the session. Errors: RB_FAILED with the OpenCL call and code. */
bool rb_session_open(const rb_device *device, bool checking, rb_session **out, rb_err *err);
void rb_session_close(rb_session *session); /* NULL allowed; buffers must be freed before */
/* Waits for the queue. */
bool rb_session_finish(rb_session *session, rb_err *err);
/* With checking: every guard word of every live buffer is as it was set; else RB_WRONG naming the
 * buffer and the byte. Without checking: true. */
bool rb_session_check_guards(rb_session *session, rb_err *err);

const rb_device *rb_session_device(const rb_session *session);
uint64_t rb_session_live_bytes(const rb_session *session);
uint64_t
rb_session_peak_bytes(const rb_session *session); /* largest sum of live buffers since reset */
void rb_session_reset_peak(rb_session *session);
uint64_t rb_session_compile_ns(const rb_session *session); /* spent building programs so far */

/* Loader and layers for the run's record, into text. */
void rb_session_loader(char *text, size_t room);

#endif
