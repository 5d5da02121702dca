// SPDX-License-Identifier: Apache-2.0
/* The event tape: every command leaves its profiling events, read after the fence and summed by
 * phase. */
#ifndef RB_CL_SPANS_H
#define RB_CL_SPANS_H
#include "cl/session.h"

typedef struct rb_span {
  const char *phase; /* as given to the launch */
  double ns;         /* summed device time */
  uint64_t launches;
} rb_span;

typedef struct rb_spans {
  rb_span spans[32];
  size_t n_spans;
  uint64_t device_ns; /* first start to last end */
  bool trusted;       /* every end >= start, and the whole agrees with the host's time */
  char reason[160];   /* why not */
} rb_spans;

/* Forgets what was taped. */
void rb_spans_begin(rb_session *session);
/* After rb_session_finish(): sums; host_ns is the same interval on the host's clock. The device's
 * is trusted if it is not longer than that by more than 2 % and 50 us, nor (beyond 200 us) shorter
 * than half of it. */
bool rb_spans_collect(rb_session *session, uint64_t host_ns, rb_spans *out, rb_err *err);

#endif
