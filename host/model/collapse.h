// SPDX-License-Identifier: Apache-2.0
/* Dimension-collapsed sampling: exact in distribution, at a cost that does not depend on d.
 *
 * For Gaussian inputs one round sees x only through its coordinates in span(rows of W, rows of M):
 * r along M, and k' = min(m, d - r) in an orthonormal basis of the rest of W. The q = d - r - k'
 * coordinates beyond are independent noise that enters the gradient linearly. So weights are kept
 * as (m, r + k'), row-major: columns 0..r-1 are W M^T, the others L with L L^T = W (I - P) W^T,
 * lower trapezoidal (L_ij = 0 for j > i). In these coordinates M is (I_r 0), and inputs are
 * u ~ N(0, I_{r+k'}). What depends on W and M only through Gram matrices (labels, activations,
 * heads, every metric) has the law it has in d dimensions.
 *
 * Neurons nest: the first m' rows, cut to r + min(m', d - r) columns (the rest of them is 0), are
 * a sample of the problem with m' neurons, before and after any number of rounds.
 *
 * problem->d is the true d, any from r to 2^32 - 1; read are seed, d, r, m, decay, eta_w, all of
 * them settled. Gaussian law only. */
#ifndef RB_MODEL_COLLAPSE_H
#define RB_MODEL_COLLAPSE_H
#include "model/problem.h"

/* r + k', the dimension of the inputs that a round draws. */
uint32_t rb_collapse_width(const rb_problem *problem);
/* W0 in collapsed coordinates into W (m, r + k'): N(0, 1/d) along M; the rest a Bartlett factor of
 * Wishart_m(I, d - r) / d (Bartlett 1933: diagonal chi with d - r, d - r - 1, ... degrees of
 * freedom, normals below; when d - r < m the rows beyond are normals throughout). A row depends
 * only on the seed, d, r and its index, so fewer neurons are the same numbers. */
bool rb_collapse_weights(const rb_problem *problem, double *W, rb_err *err);
/* Row i of W0 M^T, times sqrt(d): r normals that depend only on the seed, r and i. u (r). */
void rb_collapse_along(const rb_problem *problem, uint32_t i, double *u);
/* One update, round `round` (0-based; selects the random numbers): W (m, r + k') becomes
 * (1 - decay) W + eta_w (gradient). G (m, r + k') is the mean gradient in collapsed coordinates;
 * S (m,m), upper triangle read, is the covariance of its rows in any one of the q coordinates
 * beyond: the sum over samples of D_i^T D_i, D_i (m) being the sample's share of the mean gradient
 * per unit of x_i, (1/(T n2)) y_i (a_t o 1[W x_i > 0]). The part beyond is S^(1/2) B with
 * B B^T ~ Wishart_m(I, q); an LQ factorization takes all orthogonal columns back to k', with the
 * same Gram matrix. S may be singular. W, G and S must not overlap. Same seed, same bits (with one
 * build of LAPACK). Errors: RB_WRONG if G or S holds a value that is not finite; RB_FAILED from
 * LAPACK or memory. After an error W is as it was. */
bool rb_collapse_fold(const rb_problem *problem, uint32_t round, double *W, const double *G,
                      const double *S, rb_err *err);
/* A planted fault, for tests: from now on every Bartlett factor is this much too large (1 is
 * right). */
void rb_collapse_plant(double scale);

#endif
