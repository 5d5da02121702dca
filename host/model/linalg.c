// SPDX-License-Identifier: Apache-2.0
/* LAPACK is called in column-major order throughout: a row-major (p,q) array is a column-major
 * (q,p) one, so nothing is transposed or copied on the way in. */
#include "model/linalg.h"
#include <cblas.h>
#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

static lapack_int as_int(size_t n) {
  return (lapack_int)n; /* rb_problem_settle keeps every dimension far below 2^31 */
}

static bool check(const char *routine, lapack_int info, size_t p, size_t q, rb_err *err) {
  if (info == 0)
    return true;
  return rb_fail(err, RB_FAILED, "LAPACK %s on a matrix of %zu x %zu failed with info %d", routine,
                 p, q, (int)info);
}

bool rb_linalg_orthonormal(double *A, size_t k, size_t n, rb_err *err) {
  double *tau = NULL, *diagonal = NULL;
  double largest = 0, smallest = INFINITY;
  bool done = false;
  if (!rb_alloc((void **)&tau, k, sizeof *tau, "reflectors", err) ||
      !rb_alloc((void **)&diagonal, k, sizeof *diagonal, "diagonal of R", err))
    goto done;
  if (!check("dgeqrf", LAPACKE_dgeqrf(LAPACK_COL_MAJOR, as_int(n), as_int(k), A, as_int(n), tau), k,
             n, err))
    goto done;
  for (size_t i = 0; i < k; i++) {
    diagonal[i] = A[i * n + i];
    largest = fmax(largest, fabs(diagonal[i]));
    smallest = fmin(smallest, fabs(diagonal[i]));
  }
  if (!(smallest > (double)n * DBL_EPSILON * largest)) {
    rb_fail(err, RB_FAILED, "%zu rows of length %zu are linearly dependent", k, n);
    goto done;
  }
  if (!check("dorgqr",
             LAPACKE_dorgqr(LAPACK_COL_MAJOR, as_int(n), as_int(k), as_int(k), A, as_int(n), tau),
             k, n, err))
    goto done;
  for (size_t i = 0; i < k; i++)
    if (diagonal[i] < 0)
      for (size_t c = 0; c < n; c++)
        A[i * n + c] = -A[i * n + c];
  done = true;
done:
  free(tau);
  free(diagonal);
  return done;
}

bool rb_linalg_singular(const double *A, size_t p, size_t q, double *s, rb_err *err) {
  double *copy = NULL, none = 0;
  if (!rb_alloc((void **)&copy, p * q, sizeof *copy, "copy of a matrix", err))
    return false;
  memcpy(copy, A, p * q * sizeof *copy);
  lapack_int info = LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', as_int(q), as_int(p), copy, as_int(q), s,
                                   &none, 1, &none, 1);
  free(copy);
  return check("dgesdd", info, p, q, err);
}

bool rb_linalg_top_eigen(double *A, size_t n, size_t k, double *values, double *vectors,
                         rb_err *err) {
  double *all = NULL, *columns = NULL;
  lapack_int *support = NULL, found = 0;
  bool done = false;
  if (!rb_alloc((void **)&all, n, sizeof *all, "eigenvalues", err) ||
      !rb_alloc((void **)&columns, n * k, sizeof *columns, "eigenvectors", err) ||
      !rb_alloc((void **)&support, 2 * k, sizeof *support, "eigenvector supports", err))
    goto done;
  lapack_int info =
      LAPACKE_dsyevr(LAPACK_COL_MAJOR, 'V', 'I', 'U', as_int(n), A, as_int(n), 0, 0,
                     as_int(n - k + 1), as_int(n), 0, &found, all, columns, as_int(n), support);
  if (!check("dsyevr", info, n, n, err))
    goto done;
  for (size_t i = 0; i < k; i++) { /* LAPACK's order is ascending */
    values[i] = all[k - 1 - i];
    memcpy(vectors + i * n, columns + (k - 1 - i) * n, n * sizeof *vectors);
  }
  done = true;
done:
  free(all);
  free(columns);
  free(support);
  return done;
}

bool rb_linalg_root(double *A, size_t n, double *root, rb_err *err) {
  double *values = NULL;
  bool done = false;
  if (!rb_alloc((void **)&values, n, sizeof *values, "eigenvalues", err))
    goto done;
  /* Row-major upper is column-major lower. */
  if (!check("dsyevd", LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', as_int(n), A, as_int(n), values),
             n, n, err))
    goto done;
  for (size_t k = 0; k < n; k++) { /* eigenvectors (rows, here) times the fourth root */
    double scale = sqrt(sqrt(fmax(values[k], 0)));
    for (size_t i = 0; i < n; i++)
      A[k * n + i] *= scale;
  }
  rb_linalg_gram(A, root, n, n);
  done = true;
done:
  free(values);
  return done;
}

bool rb_linalg_lq(double *A, size_t p, size_t q, double *L, rb_err *err) {
  size_t small = p < q ? p : q;
  double *tau = NULL;
  if (!rb_alloc((void **)&tau, small, sizeof *tau, "reflectors", err))
    return false;
  /* Q R of the column-major A^T: L = R^T. */
  lapack_int info = LAPACKE_dgeqrf(LAPACK_COL_MAJOR, as_int(q), as_int(p), A, as_int(q), tau);
  free(tau);
  if (!check("dgeqrf", info, p, q, err))
    return false;
  for (size_t i = 0; i < p; i++)
    for (size_t j = 0; j < small; j++)
      L[i * small + j] = j > i ? 0 : A[j * q + j] < 0 ? -A[i * q + j] : A[i * q + j];
  return true;
}

bool rb_linalg_solve(double *A, size_t n, double *b, rb_err *err) {
  lapack_int info = LAPACKE_dposv(LAPACK_COL_MAJOR, 'L', as_int(n), 1, A, as_int(n), b, as_int(n));
  if (info > 0)
    return rb_fail(err, RB_FAILED, "a matrix of %zu x %zu is not positive definite (minor %d)", n,
                   n, (int)info);
  return check("dposv", info, n, n, err);
}

void rb_linalg_product(const double *A, const double *B, double *C, size_t p, size_t q, size_t k) {
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, as_int(p), as_int(q), as_int(k), 1, A,
              as_int(k), B, as_int(q), 0, C, as_int(q));
}

void rb_linalg_product_nt(const double *A, const double *B, double *C, size_t p, size_t q,
                          size_t k) {
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, as_int(p), as_int(q), as_int(k), 1, A,
              as_int(k), B, as_int(k), 0, C, as_int(q));
}

void rb_linalg_gram(const double *A, double *C, size_t p, size_t q) {
  cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, as_int(q), as_int(p), 1, A, as_int(q), 0, C,
              as_int(q));
  for (size_t i = 0; i < q; i++)
    for (size_t j = 0; j < i; j++)
      C[i * q + j] = C[j * q + i];
}
