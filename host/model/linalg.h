// SPDX-License-Identifier: Apache-2.0
/* LAPACK behind a few calls; everything row-major, in double. */
#ifndef RB_MODEL_LINALG_H
#define RB_MODEL_LINALG_H
#include <stddef.h>
#include "base/err.h"

/* rows of A (k,n), k <= n, replaced by an orthonormal basis of their span with the sign convention
 * that makes the distribution Haar for Gaussian input (R's diagonal positive). RB_FAILED if rank <
 * k. */
bool rb_linalg_orthonormal(double *A, size_t k, size_t n, rb_err *err);
/* Singular values of A (p,q) into s (min(p,q)), descending. A is kept. */
bool rb_linalg_singular(const double *A, size_t p, size_t q, double *s, rb_err *err);
/* The top k eigenpairs of symmetric A (n,n) (destroyed): values (k) descending, vectors (k,n) rows.
 */
bool rb_linalg_top_eigen(double *A, size_t n, size_t k, double *values, double *vectors,
                         rb_err *err);
/* root (n,n) = the symmetric square root of A (n,n), symmetric (upper triangle read; A is
 * destroyed); eigenvalues below 0, which a singular A has by rounding, count as 0. */
bool rb_linalg_root(double *A, size_t n, double *root, rb_err *err);
/* A (p,q) = L Q, Q with orthonormal rows: L (p, min(p,q)) lower trapezoidal with a diagonal >= 0. A
 * is destroyed, Q not formed. */
bool rb_linalg_lq(double *A, size_t p, size_t q, double *L, rb_err *err);
/* Solves A x = b for positive definite A (n,n), by Cholesky: x replaces b (n). The upper triangle
 * of A is read and destroyed. RB_FAILED if A is not positive definite. */
bool rb_linalg_solve(double *A, size_t n, double *b, rb_err *err);
/* C (p,q) = A (p,k) B (k,q). */
void rb_linalg_product(const double *A, const double *B, double *C, size_t p, size_t q, size_t k);
/* C (p,q) = A (p,k) B(q,k)^T, or A^T A for gram: C (q,q) from A (p,q). */
void rb_linalg_product_nt(const double *A, const double *B, double *C, size_t p, size_t q,
                          size_t k);
void rb_linalg_gram(const double *A, double *C, size_t p, size_t q);

#endif
