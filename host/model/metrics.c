// SPDX-License-Identifier: Apache-2.0
#include "model/metrics.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "model/linalg.h"

typedef struct space {
  size_t m, d, r, small; /* small = min(m,d): the side of the Gram matrix */
  const double *W, *M;
  double *U;     /* (m,r) = W M^T */
  double *gram;  /* (small,small): W W^T, or W^T W if d < m */
  double *outer; /* (small,small): the same of W (I - P) */
  double *V;     /* (r,d) right singular vectors of W; the rows below its rank */
  double *B;     /* (r, small) scratch */
} space;

static bool check_finite(const space *s, rb_err *err) {
  for (size_t j = 0; j < s->m; j++)
    for (size_t k = 0; k < s->d; k++)
      if (!isfinite(s->W[j * s->d + k]))
        return rb_fail(err, RB_WRONG, "weight %zu of neuron %zu is %g", k, j, s->W[j * s->d + k]);
  return true;
}

/* outer = Gram matrix of W (I - P), from the one of W: for m <= d, W W^T - U U^T; else
 * (I - P) W^T W (I - P) with B = M W^T W. */
static void project_out(space *s) {
  size_t n = s->small, r = s->r;
  memcpy(s->outer, s->gram, n * n * sizeof *s->outer);
  if (s->m <= s->d) {
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < r; k++)
          s->outer[i * n + j] -= s->U[i * r + k] * s->U[j * r + k];
    return;
  }
  double core[RB_MAX_R * RB_MAX_R];
  rb_linalg_product_nt(s->M, s->gram, s->B, r, n, n);
  rb_linalg_product_nt(s->B, s->M, core, r, r, n);
  for (size_t k = 0; k < r; k++) /* V, not needed yet, holds (M W^T W M^T) M - B */
    for (size_t j = 0; j < n; j++) {
      s->V[k * n + j] = -s->B[k * n + j];
      for (size_t l = 0; l < r; l++)
        s->V[k * n + j] += core[k * r + l] * s->M[l * n + j];
    }
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < r; k++)
      for (size_t j = 0; j < n; j++)
        s->outer[i * n + j] +=
            s->M[k * n + i] * s->V[k * n + j] - s->B[k * n + i] * s->M[k * n + j];
}

/* V (rank,d) from the top eigenvectors of the Gram matrix (destroyed); *rank = min(r, rank of W),
 * *strong of them with a singular value of at least RB_METRICS_WEAK of the largest. */
static bool right_vectors(space *s, size_t *rank, size_t *strong, rb_err *err) {
  double values[RB_MAX_R];
  size_t n = s->small, most = n < s->r ? n : s->r;
  if (!rb_linalg_top_eigen(s->gram, n, most, values, s->B, err))
    return false;
  /* Eigenvalues of the Gram matrix are good to n eps of the largest. */
  *rank = *strong = 0;
  while (*strong < most && values[0] > 0 &&
         values[*strong] >= RB_METRICS_WEAK * RB_METRICS_WEAK * values[0])
    ++*strong;
  while (*rank < most && values[*rank] > (double)n * DBL_EPSILON * values[0])
    ++*rank;
  if (*rank == 0) /* squares have underflowed */
    return true;
  if (s->m > s->d) {
    memcpy(s->V, s->B, *rank * n * sizeof *s->V);
    return true;
  }
  /* Rows of U^T W are sigma_k v_k; QR instead of dividing by sigma_k also restores orthogonality.
   */
  memset(s->V, 0, s->r * s->d * sizeof *s->V);
  for (size_t k = 0; k < *rank; k++)
    for (size_t j = 0; j < s->m; j++)
      for (size_t c = 0; c < s->d; c++)
        s->V[k * s->d + c] += s->B[k * n + j] * s->W[j * s->d + c] / sqrt(values[k]);
  return rb_linalg_orthonormal(s->V, *rank, s->d, err);
}

/* Cosines of the principal angles, the singular values of M V^T, above sqrt(1/2); of the first
 * `rank` vectors. */
static bool count_learned(space *s, size_t rank, unsigned *learned, rb_err *err) {
  double cosines[RB_MAX_R * RB_MAX_R], values[RB_MAX_R];
  if (rank == 0)
    return true;
  rb_linalg_product_nt(s->M, s->V, cosines, s->r, rank, s->d);
  if (!rb_linalg_singular(cosines, s->r, rank, values, err))
    return false;
  for (size_t k = 0; k < rank; k++)
    *learned += values[k] > sqrt(0.5);
  return true;
}

/* ||M - (M V^T) V||_2; V is replaced by that difference. */
static bool measure_angle(space *s, double *sin_theta, rb_err *err) {
  double cosines[RB_MAX_R * RB_MAX_R], column[RB_MAX_R], values[RB_MAX_R];
  rb_linalg_product_nt(s->M, s->V, cosines, s->r, s->r, s->d);
  for (size_t c = 0; c < s->d; c++) {
    for (size_t k = 0; k < s->r; k++) {
      column[k] = s->M[k * s->d + c];
      for (size_t l = 0; l < s->r; l++)
        column[k] -= cosines[k * s->r + l] * s->V[l * s->d + c];
    }
    for (size_t k = 0; k < s->r; k++)
      s->V[k * s->d + c] = column[k];
  }
  if (!rb_linalg_singular(s->V, s->r, s->d, values, err))
    return false;
  *sin_theta = fmin(values[0], 1);
  return true;
}

static bool measure_all(space *s, rb_metrics *out, rb_err *err) {
  size_t n = s->small, have = s->m < s->r ? s->m : s->r;
  double square = 0, inside = 0, outside, *direction = s->B, values[RB_MAX_R] = {0};
  for (size_t i = 0; i < s->m * s->d; i++)
    square += s->W[i] * s->W[i];
  rb_linalg_product_nt(s->W, s->M, s->U, s->m, s->r, s->d);
  for (size_t i = 0; i < s->m * s->r; i++)
    inside += s->U[i] * s->U[i];
  *out = (rb_metrics){.ratio = INFINITY, .sin_theta = 1, .norm = sqrt(square)};
  if (!(square > 0))
    return true;
  out->alignment = fmin(inside / square, 1);
  if (!rb_linalg_singular(s->U, s->m, s->r, values, err))
    return false;
  for (size_t k = 0; k < have && values[0] > 0; k++)
    out->singular[k] = values[k] / values[0];
  if (s->m > s->d)
    rb_linalg_gram(s->W, s->gram, s->m, s->d);
  else
    rb_linalg_product_nt(s->W, s->W, s->gram, s->m, s->m, s->d);
  project_out(s);
  if (!rb_linalg_top_eigen(s->outer, n, 1, &outside, direction, err))
    return false;
  if (values[s->r - 1] > 0)
    out->ratio = sqrt(fmax(outside, 0)) / values[s->r - 1];
  size_t rank, strong;
  if (!right_vectors(s, &rank, &strong, err) ||
      !count_learned(s, strong < rank ? strong : rank, &out->learned, err))
    return false;
  return rank < s->r || measure_angle(s, &out->sin_theta, err);
}

bool rb_metrics_measure(const rb_problem *problem, const double *W, const double *M,
                        rb_metrics *out, rb_err *err) {
  space s = {.m = problem->m, .d = problem->d, .r = problem->r, .W = W, .M = M};
  s.small = s.m < s.d ? s.m : s.d;
  size_t D = sizeof(double);
  bool done = check_finite(&s, err) && rb_alloc((void **)&s.U, s.m * s.r, D, "W M^T", err) &&
              rb_alloc((void **)&s.gram, s.small * s.small, D, "Gram matrix of W", err) &&
              rb_alloc((void **)&s.outer, s.small * s.small, D, "Gram matrix of W", err) &&
              rb_alloc((void **)&s.V, s.r * s.d, D, "singular vectors", err) &&
              rb_alloc((void **)&s.B, s.r * s.small, D, "eigenvectors", err) &&
              measure_all(&s, out, err);
  free(s.U);
  free(s.gram);
  free(s.outer);
  free(s.V);
  free(s.B);
  return done;
}
