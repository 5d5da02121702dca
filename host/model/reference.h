// SPDX-License-Identifier: Apache-2.0
/* The arbiter: one round in plain double loops on the host, for all neurons or a subset of them (a
 * round couples neurons only through W -> W+ row by row, so any subset of rows is exact on its
 * own).
 *
 * Labels and ReLU masks are discontinuous: where a single-precision device may fall on either side
 * of zero the reference adds what the flip could change to a slack array. A right device satisfies
 *
 *   |A - A_device| <= A_slack + rb_tolerance_head(n1, d, precision) * A_scale
 *   |G - G_device| <= G_slack + rb_tolerance_gradient(samples, precision) * G_scale
 *   |S - S_device| <= S_slack
 *                     + (rb_tolerance_product(samples) + rb_tolerance_operands(precision)) *
 * S_scale
 *
 * A sign counts as undecided where |w.x| <= ambiguity |w| x_len, with x_len = max(|x|, sqrt(d)):
 * errors of x are absolute, and |x| alone would not bound them at small d. Where products have
 * operands of half precision that is wider for masks, by rb_tolerance_sign_operands(); labels come
 * of single precision. */
#ifndef RB_MODEL_REFERENCE_H
#define RB_MODEL_REFERENCE_H
#include "model/problem.h"
#include "model/tolerance.h"

typedef struct rb_reference {
  uint32_t n_rows; /* neurons computed */
  uint32_t *rows;  /* (n_rows) which ones, ascending */
  double *A;       /* (T, n_rows) heads after the head step */
  double *A_slack; /* (T, n_rows) largest change by undecided labels */
  double *A_scale; /* (T, n_rows) eta_a/n1 sum_i max(|w x_i|, |w| x_len / sqrt(d)) over samples that
                      may be active: what rounding errors scale with; |a| without a head step */
  double *G;       /* (n_rows, d) the mean gradient, before step sizes */
  double *G_slack; /* (n_rows, d) by undecided labels and masks, and by the heads' own errors */
  double *G_scale; /* (n_rows, d) 1/(T n2) sum |a_j| max(|x_ik|, 1) over samples that may be active;
                      shared inputs: |mean_t y_t a_tj| in place of the mean of |a_j| */
  double *S; /* (n_rows, n_rows) sum of D^T D over the batch times the square of its share, D =
                y (a o 1[w x > 0]): covariance of what lies outside the coordinates of a
                collapsed problem; NULL where nothing does */
  double
      *S_slack; /* (n_rows, n_rows) by undecided labels and masks, and by the heads' own errors */
  double *S_scale;  /* (n_rows, n_rows) the same sum of magnitudes */
  double *W_next;   /* (n_rows, d) = (1 - decay) W + eta_w G */
  double net_max;   /* largest |net_t(x_i)| of the representation batch; only when rows are all m,
                       else -1 */
  double net_slack; /* by how much a right device's net_max may differ */
} rb_reference;

/* One round `round` (0-based) from W (m,d), of a settled problem. rows (n_rows, ascending): the
 * neurons wanted; NULL: all m. ambiguity: rb_tolerance_sign(d) for a float device; precision: the
 * device's, single where nothing else is said. Progress is not shown; cost ~ T (n1 + n2) d (20 ns +
 * 6 n_rows flop), without the T when shared. Shared inputs, ablations and both laws are all
 * followed. out is the caller's, freed by rb_reference_free(); after an error it is empty.
 * RB_FAILED when memory is out (shared inputs hold all tables and 2^r n_rows sums). */
bool rb_reference_round(const rb_problem *problem, uint32_t round, const double *W,
                        const uint32_t *rows, uint32_t n_rows, double ambiguity,
                        rb_precision precision, rb_reference *out, rb_err *err);
void rb_reference_free(rb_reference *reference);

#endif
