// SPDX-License-Identifier: Apache-2.0
/* One verified training of a problem: on a device, or on the host by the reference. */
#ifndef RB_NET_TRAIN_H
#define RB_NET_TRAIN_H
#include "net/round.h"

typedef struct rb_trained {
  float *W;             /* (m,d) W+, owned; d of the inner problem (rb_problem_inner) */
  float *W0;            /* (m,d) initial weights, owned */
  char hash[65];        /* SHA-256 of W+ */
  double gradient_norm; /* ||G||_F of the last round, G the mean over the batch (collapsed: what of
                           it lies in the coordinates) */
  double weights_moved; /* ||W+ - W||_F / ||W||_F of the last round; collapsed: of W M^T */
  double net_largest;   /* largest |net|, or a bound on it; NAN if not known */
  const char *net_kind; /* "exact" or "bound" */
  const char *scope; /* of the comparison with the reference; "reference" if it is the reference */
  double error;      /* worst difference over what is allowed; right if <= 1 */
  char where[160];   /* of it */
  double train_ns;   /* host time of the rounds; NAN where they were compared as they ran */
  uint64_t peak_bytes; /* largest sum of live device buffers */
} rb_trained;

/* Errors: RB_FAILED from the device; RB_WRONG if guard words were overwritten. A difference from
 * the reference is no error: see error. */
bool rb_train_device(rb_session *session, const rb_problem *problem, const rb_layout *layout,
                     rb_trained *out, rb_err *err);
/* The same from given weights (m,d of the inner problem), compared with the reference or not (scope
 * "none", error 0). */
bool rb_train_from(rb_session *session, const rb_problem *problem, const rb_layout *layout,
                   const double *weights, bool compare, rb_trained *out, rb_err *err);
bool rb_train_reference(const rb_problem *problem, rb_trained *out, rb_err *err);
void rb_train_free(rb_trained *trained);

/* sin-theta (model/metrics.h) after each round into sin_theta (rounds), from a training of its own,
 * as every round's weights must be fetched: what is timed stays as it is. At most
 * RB_TRAIN_FOLLOWED rounds, by the caller. Errors: RB_FAILED; RB_WRONG for weights that are not
 * finite. */
enum { RB_TRAIN_FOLLOWED = 1024 };
bool rb_train_follow(rb_session *session, const rb_problem *problem, const rb_layout *layout,
                     double *sin_theta, rb_err *err);
bool rb_train_follow_reference(const rb_problem *problem, double *sin_theta, rb_err *err);

/* SHA-256 of W (n floats) as they lie in memory, in hexadecimal. */
void rb_train_hash(const float *W, size_t n, char hash[65]);

#endif
