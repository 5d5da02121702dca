// SPDX-License-Identifier: Apache-2.0
/* Closed forms that a right device must approach. Derived for this project (docs/METHOD.md), not
 * taken from the paper. Balanced tasks and Gaussian inputs unless said otherwise; all G are per
 * unit eta_a. */
#ifndef RB_MODEL_ORACLE_H
#define RB_MODEL_ORACLE_H
#include "model/problem.h"

/* K (2^r,2^r) = (1/T) sum_t f_t f_t^T and F (r,r) = (1/T) sum_t fhat_t fhat_t^T from tables
 * (T,2^r). */
void rb_oracle_kernel(const int8_t *tables, uint32_t T, uint32_t r, double *K);
void rb_oracle_F(const int8_t *tables, uint32_t T, uint32_t r, double *F);
/* Oracle 1: population G of neuron w (d) by quadrature over the orthants of R^r, r <= 6, exact for
 * any finite T: G (d). M (r,d), K (2^r,2^r). Up to a second at r = 6. RB_USAGE for a larger r, or
 * when the part of w orthogonal to M is shorter than a quarter of M w: the quadrature would not be
 * accurate. */
bool rb_oracle_population(uint32_t d, uint32_t r, const double *M, const double *K, const double *w,
                          double *G, rb_err *err);
/* Oracle 2: leading order G M^T ~ W M^T F / (2 pi): out (m,r). */
bool rb_oracle_leading(uint32_t m, uint32_t d, uint32_t r, const double *W, const double *M,
                       const double *F, double *out, rb_err *err);
/* Oracle 3: iid tasks, T large: parallel coefficient 2^-r / pi and orthogonal 2^-r / (2 pi). */
void rb_oracle_iid(uint32_t r, double *parallel, double *orthogonal);
/* Oracle 5: the same batch for both steps adds w / (2 n) to G. */
double rb_oracle_same_batch(double n); /* 1 / (2 n) */
/* Oracle 6: upper bound on ratio^2:
 * [2 pi (2^r-1)]^2 d^2/(2 n2 T) (r/(2 pi d (2^r-1)) + 1/(2 n1)). */
double rb_oracle_ratio2_bound(const rb_problem *problem);
/* Oracle 6 for the tables that the seed drew: it was derived with E F = I / (2^r-1); with few tasks
 * the weakest direction of F (oracle 2) is far below that, and the bound grows by [1 / ((2^r-1)
 * lambda_min(F))]^2, to infinity where a direction carries no label. Errors: RB_FAILED when memory
 * is out. */
bool rb_oracle_ratio2_bound_drawn(const rb_problem *problem, double *bound, rb_err *err);

#endif
