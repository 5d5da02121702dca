// SPDX-License-Identifier: Apache-2.0
/* A session: one device, one context, one in-order profiling queue, its programs and its buffers.
 */
#ifndef RB_CL_SESSION_H
#define RB_CL_SESSION_H
#include "base/cache.h"
#include "base/err.h"
#include "cl/device.h"

typedef struct rb_session rb_session;

/* checking: guard words around every buffer, compared by rb_session_check_guards(). device must
 * outlive the session. Errors: RB_FAILED with the OpenCL call and code, also where the
 * device has a fault. */
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

/* Host time spent on programs. Products of CLBlast count as compiled with the first call of their
 * shape (cl/blas.h); they are no programs of ours, so n_compiled leaves them out. */
typedef struct rb_builds {
  unsigned n_compiled, n_loaded; /* programs built from source, and from cached binaries */
  uint64_t compile_ns, load_ns;
} rb_builds;
rb_builds rb_session_builds(const rb_session *session); /* so far */
rb_builds rb_session_builds_since(const rb_session *session, rb_builds before);
/* From now on programs are looked for in the cache, and those compiled are put there when the
 * session is closed; until then cache (NULL: none) must be open. */
void rb_session_use_cache(rb_session *session, rb_cache *cache);

/* Loader and layers for the run's record, into text. */
void rb_session_loader(char *text, size_t room);

#endif
