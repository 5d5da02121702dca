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
/* C (p,q) = A (p,k) B(q,k)^T, or A^T A for gram: C (q,q) from A (p,q). */
void rb_linalg_product_nt(const double *A, const double *B, double *C, size_t p, size_t q,
                          size_t k);
void rb_linalg_gram(const double *A, double *C, size_t p, size_t q);

#endif
