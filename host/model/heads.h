// SPDX-License-Identifier: Apache-2.0
/* Training the head of a downstream task on fixed features, on the host in double. Phi (n,m) are
 * the features of n samples, y (n) their labels, a (m) the head. */
#ifndef RB_MODEL_HEADS_H
#define RB_MODEL_HEADS_H
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/* Ridge from sums: (gram + penalty tr(gram)/m I) a = rhs, with gram (m,m) = Phi^T Phi, of which
 * only the upper triangle (row i, column j >= i) is read, and rhs (m) = Phi^T y; by Cholesky. It
 * minimizes 1/(2n) sum (y_i - a.phi_i)^2 + lambda/2 |a|^2 with lambda = penalty mean(phi^2).
 * penalty >= 0; it must be > 0 where n < m or features are dead. A gram of zeros gives a = 0.
 * Errors: RB_WRONG if a sum is not finite; RB_FAILED if the matrix is not positive definite, or
 * from memory. */
bool rb_heads_ridge(const double *gram, const double *rhs, size_t m, double penalty, double *a,
                    rb_err *err);
/* Hinge: minimizes (1/n) sum max(0, 1 - y_i a.phi_i) + lambda/2 |a|^2 with ridge's lambda = penalty
 * mean(phi^2), the mean over all n m entries, by dual coordinate descent (Hsieh, Chang, Lin,
 * Keerthi, Sundararajan, "A dual coordinate descent method for large-scale linear SVM", ICML 2008),
 * in an order drawn from seed anew for every pass. phi (n,m) row-major, y (n) entries -1 or +1,
 * n >= 1, penalty > 0. It ends when the relative duality gap, (primal - dual) / primal, is 1e-3, or
 * after 2000 passes; *gap is the one reached, so the loss is within that share of the least. phi of
 * zeros gives a = 0 and gap 0. A pass costs about 4 n m flop. Errors: RB_WRONG if a feature is not
 * finite; RB_FAILED from memory. */
bool rb_heads_hinge(const float *phi, const int8_t *y, size_t n, size_t m, double penalty,
                    uint64_t seed, double *a, double *gap, rb_err *err);

#endif
