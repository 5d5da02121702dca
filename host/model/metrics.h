// SPDX-License-Identifier: Apache-2.0
/* What is measured on W+ (spec: alignment, ratio, sin-theta, singular values). P = M^T M. */
#ifndef RB_MODEL_METRICS_H
#define RB_MODEL_METRICS_H
#include "model/problem.h"

/* A direction of W this much weaker than the strongest has 1e-2 of its power in a Gram matrix of
 * features, which is the penalty of a downstream head (model/downstream.h): no head gains from it.
 */
#define RB_METRICS_WEAK 0.1

typedef struct rb_metrics {
  double alignment; /* ||W M^T||_F^2 / ||W||_F^2, in [0,1]; 0 if W is 0 */
  double ratio;     /* ||W (I - P)||_2 / sigma_r(W M^T); infinity if sigma_r is 0 or m < r */
  double sin_theta; /* ||(I - V V^T) M^T||_2, V the top-r right singular vectors of W; 1 if W has
                       rank below r to working precision */
  double singular[RB_MAX_R]; /* the r singular values of W M^T over the largest, descending; 0
                                beyond m, and all 0 if W is 0 */
  double norm;               /* ||W||_F */
  unsigned learned; /* features learned, 0..r: principal angles below 45 degrees between span(M) and
                       those of the top r right singular vectors whose singular value is not weak */
} rb_metrics;

/* W (m,d), M (r,d). Cost ~ 2 min(m,d)^2 max(m,d) flop through one Gram matrix in double, so ratio
 * and sin_theta below about 1e-7 are rounding, as they are in a W of floats. Errors: RB_WRONG if W
 * holds a value that is not finite, naming where; RB_FAILED from LAPACK or memory. */
bool rb_metrics_measure(const rb_problem *problem, const double *W, const double *M,
                        rb_metrics *out, rb_err *err);

#endif
