// SPDX-License-Identifier: Apache-2.0
/* Proves: the metrics, which go through one Gram matrix, equal those from full singular value
 * decompositions of W, W M^T and W (I - P) at all orders of m, d and r, and take their known values
 * on constructed weights, principal angles on either side of 45 degrees among them; degenerate
 * weights have stated answers and a value that is not finite is named. Fails if a projection, a
 * square root or the choice of the Gram matrix's side is wrong. */
#include <criterion/criterion.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "model/linalg.h"
#include "model/metrics.h"
#include "model/tasks.h"

/* Singular values of A (p,q) and, if Vt is not NULL, all right singular vectors (q,q). */
static void full_svd(const double *A, int p, int q, double *s, double *Vt) {
  double *copy = malloc(sizeof *copy * (size_t)(p * q)), *super = calloc((size_t)(p + q), 8),
         none = 0;
  memcpy(copy, A, sizeof *copy * (size_t)(p * q));
  int info = LAPACKE_dgesvd(LAPACK_ROW_MAJOR, 'N', Vt ? 'A' : 'N', p, q, copy, q, s, &none, 1,
                            Vt ? Vt : &none, q, super);
  cr_assert_eq(info, 0);
  free(copy);
  free(super);
}

static double *zeros(size_t n) {
  return calloc(n, sizeof(double));
}

/* The definitions, with nothing shared with metrics.c. */
static rb_metrics direct(int m, int d, int r, const double *W, const double *M) {
  rb_metrics out = {0};
  double *U = zeros((size_t)(m * r)), *rest = zeros((size_t)(m * d)), *Vt = zeros((size_t)(d * d));
  double *s = zeros((size_t)(m + d)), *gap = zeros((size_t)(r * d)), inside = 0, square = 0;
  memcpy(rest, W, sizeof *rest * (size_t)(m * d));
  for (int j = 0; j < m; j++)
    for (int k = 0; k < r; k++) {
      for (int i = 0; i < d; i++)
        U[j * r + k] += W[j * d + i] * M[k * d + i];
      for (int i = 0; i < d; i++)
        rest[j * d + i] -= U[j * r + k] * M[k * d + i];
      inside += U[j * r + k] * U[j * r + k];
    }
  for (int e = 0; e < m * d; e++)
    square += W[e] * W[e];
  out.alignment = inside / square;
  out.norm = sqrt(square);
  full_svd(U, m, r, s, NULL);
  double least = s[r - 1], most = s[0];
  for (int k = 0; k < r; k++)
    out.singular[k] = s[k] / most;
  full_svd(rest, m, d, s, NULL);
  out.ratio = s[0] / least;
  full_svd(W, m, d, s, Vt);
  memcpy(gap, M, sizeof *gap * (size_t)(r * d));
  for (int k = 0; k < r; k++)
    for (int l = 0; l < r; l++) {
      double c = 0;
      for (int i = 0; i < d; i++)
        c += M[k * d + i] * Vt[l * d + i];
      for (int i = 0; i < d; i++)
        gap[k * d + i] -= c * Vt[l * d + i];
    }
  int strong = 0; /* s is still that of W */
  for (int k = 0; k < r && k < m; k++)
    strong += s[k] >= 0.1 * s[0];
  double *cosines = zeros((size_t)(r * strong));
  for (int k = 0; k < r; k++)
    for (int l = 0; l < strong; l++)
      for (int i = 0; i < d; i++)
        cosines[k * strong + l] += M[k * d + i] * Vt[l * d + i];
  full_svd(gap, r, d, s, NULL);
  out.sin_theta = s[0];
  full_svd(cosines, r, strong, s, NULL);
  for (int k = 0; k < strong; k++)
    out.learned += s[k] > sqrt(0.5);
  free(cosines);
  free(U);
  free(rest);
  free(Vt);
  free(s);
  free(gap);
  return out;
}

static rb_problem shape(uint32_t m, uint32_t d, uint32_t r) {
  rb_problem p = rb_problem_default();
  rb_err err = {0};
  p.m = m;
  p.d = d;
  p.r = r;
  cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
  return p;
}

static rb_metrics measure(const rb_problem *p, const double *W, const double *M) {
  rb_metrics out;
  rb_err err = {0};
  cr_assert(rb_metrics_measure(p, W, M, &out, &err), "%s", err.text);
  return out;
}

Test(metrics, equal_full_decompositions) {
  static const uint32_t shapes[][3] = {{7, 5, 2},   {5, 7, 2},   {6, 6, 3},  {64, 50, 3},
                                       {50, 64, 3}, {3, 20, 3},  {20, 4, 3}, {1, 4, 1},
                                       {9, 2, 1},   {30, 40, 16}};
  rb_err err = {0};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    rb_problem p = shape(shapes[i][0], shapes[i][1], shapes[i][2]);
    double *W = zeros((size_t)p.m * p.d), *M = zeros((size_t)p.r * p.d);
    rb_tasks_weights(&p, W);
    cr_assert(rb_tasks_subspace(&p, M, &err), "%s", err.text);
    for (uint32_t j = 0; j < p.m; j++) /* pulled towards the subspace, unevenly */
      for (uint32_t c = 0; c < p.d; c++)
        W[j * p.d + c] += sin(j) * M[j % p.r * p.d + c] * (j % p.r + 1);
    rb_metrics a = measure(&p, W, M), b = direct((int)p.m, (int)p.d, (int)p.r, W, M);
    cr_assert_float_eq(a.alignment, b.alignment, 1e-12);
    cr_assert_float_eq(a.ratio, b.ratio, 1e-9 * b.ratio, "%zu: ratio %g %g", i, a.ratio, b.ratio);
    cr_assert_float_eq(a.sin_theta, b.sin_theta, 1e-9, "%zu: %g %g", i, a.sin_theta, b.sin_theta);
    cr_assert_float_eq(a.norm, b.norm, 1e-12 * b.norm);
    cr_assert(p.m < p.r || a.learned == b.learned, "%zu: learned %u %u", i, a.learned, b.learned);
    for (uint32_t k = 0; k < p.r; k++)
      cr_assert_float_eq(a.singular[k], b.singular[k], 1e-12);
    free(W);
    free(M);
  }
}

/* 2 r orthonormal rows: the first r span the subspace, the rest N is orthogonal to it. */
static void frame(const rb_problem *p, double *both) {
  rb_problem wide = *p;
  rb_err err = {0};
  wide.r = 2 * p->r;
  cr_assert(rb_tasks_subspace(&wide, both, &err), "%s", err.text);
}

Test(metrics, known_constructions) {
  enum { D = 11, R = 3 };
  static const double s[R] = {4, 2, 1}, e[R] = {0.5, 0.25, 0.125};
  double both[2 * R * D], W[2 * R * D] = {0};
  rb_problem p = shape(2 * R, D, R);
  frame(&p, both);
  for (int k = 0; k < R; k++)
    for (int c = 0; c < D; c++) {
      W[k * D + c] = s[k] * both[k * D + c];
      W[(R + k) * D + c] = e[k] * both[(R + k) * D + c];
    }
  rb_metrics got = measure(&p, W, both);
  cr_assert_float_eq(got.alignment, 21 / (21 + 0.328125), 1e-12);
  cr_assert_float_eq(got.ratio, 0.5, 1e-7);
  cr_assert_float_eq(got.sin_theta, 0, 1e-7);
  cr_assert_float_eq(got.singular[0], 1, 1e-15);
  cr_assert_float_eq(got.singular[1], 0.5, 1e-12);
  cr_assert_float_eq(got.singular[2], 0.25, 1e-12);

  p = shape(R, D, R); /* each row turned out of the subspace by the same angle */
  double angle = 0.3;
  for (int e2 = 0; e2 < R * D; e2++)
    W[e2] = 7 * (cos(angle) * both[e2] + sin(angle) * both[R * D + e2]);
  got = measure(&p, W, both);
  cr_assert_float_eq(got.alignment, cos(angle) * cos(angle), 1e-12);
  cr_assert_float_eq(got.ratio, tan(angle), 1e-9);
  cr_assert_float_eq(got.sin_theta, sin(angle), 1e-9);
  cr_assert_float_eq(got.singular[2], 1, 1e-12);
  cr_assert_float_eq(got.norm, 7 * sqrt(R), 1e-12);

  got = measure(&p, both, both);
  cr_assert_float_eq(got.alignment, 1, 1e-13);
  cr_assert_lt(got.ratio, 1e-6);
  cr_assert_lt(got.sin_theta, 1e-7);
  cr_assert_eq(got.learned, R);
  got = measure(&p, both + R * D, both);
  cr_assert_lt(got.alignment, 1e-28);
  cr_assert_gt(got.ratio, 1e12);
  cr_assert_float_eq(got.sin_theta, 1, 1e-12);
  cr_assert_eq(got.learned, 0);
}

/* Row k turned out of the subspace by its own angle (degrees); rows of angle -1 are left out. */
Test(metrics, learned_counts_angles_below_45_degrees) {
  enum { D = 11, R = 3, COPIES = 5 };
  static const struct {
    double angles[R];
    unsigned learned;
  } cases[] = {{{0, 10, 44.9}, 3}, {{44.9, 45.1, 80}, 1}, {{45.1, 89, 60}, 0}, {{20, 90, 3}, 2},
               {{20, -1, 50}, 1},  {{-1, -1, 30}, 1},     {{-1, 46, -1}, 0},   {{10, -1, 44}, 2}};
  double both[2 * R * D], W[COPIES * R * D];
  rb_problem p = shape(R, D, R);
  frame(&p, both);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    for (int e = 0; e < COPIES * R * D; e++) { /* more neurons than d, and fewer */
      int k = e / D % R, c = e % D;
      double angle = cases[i].angles[k], turn = angle * 3.14159265358979 / 180;
      W[e] = angle < 0 ? 0 : cos(turn) * both[k * D + c] + sin(turn) * both[(R + k) * D + c];
      W[e] *= (1 + e / D) * (k + 1);
    }
    for (uint32_t copies = 1; copies <= COPIES; copies += COPIES - 1) {
      p = shape(copies * R, D, R);
      unsigned learned = measure(&p, W, both).learned;
      cr_assert_eq(learned, cases[i].learned, "case %zu, m %u: %u", i, p.m, learned);
    }
  }
}

/* A direction in the subspace counts from a tenth of the strongest on. */
Test(metrics, weak_directions_are_not_learned) {
  enum { D = 9, R = 3 };
  double both[2 * R * D], W[R * D];
  rb_problem p = shape(R, D, R);
  frame(&p, both);
  for (int weak = 0; weak < 2; weak++) {
    const double strength[R] = {7, 3, weak ? 0.69 : 0.71};
    for (int e = 0; e < R * D; e++)
      W[e] = strength[e / D] * both[e];
    cr_assert_eq(measure(&p, W, both).learned, weak ? 2 : 3);
  }
}

Test(metrics, degenerate_weights) {
  enum { D = 6 };
  double M[3 * D] = {0}, W[9 * D] = {0};
  rb_problem p = shape(9, D, 3);
  for (int k = 0; k < 3; k++)
    M[k * D + k] = 1;
  rb_metrics zero = measure(&p, W, M);
  cr_assert(zero.alignment == 0 && isinf(zero.ratio) && zero.sin_theta == 1 && zero.norm == 0);
  cr_assert(zero.singular[0] == 0 && zero.singular[2] == 0);
  cr_assert_eq(zero.learned, 0);
  for (int j = 0; j < 9; j++)
    W[j * D] = j + 1; /* rank one, inside the subspace */
  for (int m = 9; m > 0; m -= 5) {
    p = shape((uint32_t)m, D, 3);
    rb_metrics one = measure(&p, W, M);
    cr_assert_float_eq(one.alignment, 1, 1e-14);
    cr_assert(one.singular[0] == 1 && one.singular[1] < 1e-14 && one.sin_theta == 1);
    cr_assert_eq(one.learned, 1);
  }
  for (int e = 0; e < 9 * D; e++) /* squares that underflow, some or all */
    for (double tiny = 1e-158; tiny > 1e-170; tiny /= 10) {
      double faint[9 * D] = {0};
      faint[e] = tiny;
      p = shape(e % 2 ? 9 : 3, D, 3);
      rb_metrics got = measure(&p, faint, M);
      cr_assert(got.learned <= 1 && got.sin_theta == 1);
    }
  p = shape(2, D, 3); /* fewer neurons than features */
  W[D + 1] = 1;
  rb_metrics few = measure(&p, W, M);
  cr_assert(isinf(few.ratio) && few.sin_theta == 1 && few.singular[2] == 0 && few.singular[1] > 0);
  cr_assert_eq(few.learned, 2);
}

Test(metrics, a_value_that_is_not_finite_is_named) {
  rb_problem p = shape(4, 5, 2);
  double W[20] = {1}, M[10] = {1, 0, 0, 0, 0, 0, 1};
  rb_metrics out;
  rb_err err = {0};
  W[2 * 5 + 3] = NAN;
  cr_assert(!rb_metrics_measure(&p, W, M, &out, &err));
  cr_assert_eq(err.kind, RB_WRONG);
  cr_assert_not_null(strstr(err.text, "weight 3 of neuron 2 is"), "%s", err.text);
  W[2 * 5 + 3] = -INFINITY;
  cr_assert(!rb_metrics_measure(&p, W, M, &out, &err));
}

Test(metrics, linalg_pieces) {
  rb_err err = {0};
  double dependent[] = {1, 2, 3, 2, 4, 6};
  cr_assert(!rb_linalg_orthonormal(dependent, 2, 3, &err));
  cr_assert_eq(err.kind, RB_FAILED);
  double basis[] = {-3, 0,  4,
                    0,  -2, 0}; /* Gram and Schmidt keep directions: R's diagonal is positive */
  cr_assert(rb_linalg_orthonormal(basis, 2, 3, &err));
  static const double expected[] = {-0.6, 0, 0.8, 0, -1, 0};
  for (int e = 0; e < 6; e++)
    cr_assert_float_eq(basis[e], expected[e], 1e-14);
  double A[] = {2, 1, 0, 1, 2, 0, 0, 0, 5}, values[2], vectors[6];
  cr_assert(rb_linalg_top_eigen(A, 3, 2, values, vectors, &err), "%s", err.text);
  cr_assert_float_eq(values[0], 5, 1e-13);
  cr_assert_float_eq(values[1], 3, 1e-13);
  cr_assert_float_eq(fabs(vectors[2]), 1, 1e-13);
  cr_assert_float_eq(vectors[3] * vectors[4], 0.5, 1e-13);
  const double B[] = {1, 2, 3, 4, 5, 6}, C[] = {1, 0, 1, 0, 1, 0, 2, 2, 2};
  double nt[6], gram[9];
  rb_linalg_product_nt(B, C, nt, 2, 3, 3);
  static const double nt_expected[] = {4, 2, 12, 10, 5, 30};
  rb_linalg_gram(B, gram, 2, 3);
  static const double gram_expected[] = {17, 22, 27, 22, 29, 36, 27, 36, 45};
  for (int e = 0; e < 6; e++)
    cr_assert_float_eq(nt[e], nt_expected[e], 1e-13);
  for (int e = 0; e < 9; e++)
    cr_assert_float_eq(gram[e], gram_expected[e], 1e-13);
}

Test(metrics, linalg_root_lq_and_solve) {
  rb_err err = {0};
  double A[] = {2, 1, 0, NAN, 2, 0, NAN, NAN, 0}, root[9], square[9]; /* rank 2; upper only */
  cr_assert(rb_linalg_root(A, 3, root, &err), "%s", err.text);
  rb_linalg_product(root, root, square, 3, 3, 3);
  static const double whole[] = {2, 1, 0, 1, 2, 0, 0, 0, 0};
  for (int e = 0; e < 9; e++) {
    cr_assert_float_eq(square[e], whole[e], 1e-14);
    cr_assert_eq(root[e], root[e % 3 * 3 + e / 3]);
  }
  for (size_t q = 1; q < 8; q++) { /* (4,q): L L^T = B B^T */
    double B[28], kept[28], L[16], want[16], got[16];
    size_t small = q < 4 ? q : 4;
    for (size_t e = 0; e < 4 * q; e++)
      kept[e] = B[e] = sin((double)(e * e + q));
    cr_assert(rb_linalg_lq(B, 4, q, L, &err), "%s", err.text);
    rb_linalg_product_nt(kept, kept, want, 4, 4, q);
    rb_linalg_product_nt(L, L, got, 4, 4, small);
    for (size_t e = 0; e < 16; e++)
      cr_assert_float_eq(got[e], want[e], 1e-13, "q %zu", q);
    for (size_t i = 0; i < small; i++)
      for (size_t j = i; j < small; j++)
        cr_assert(j == i ? L[i * small + j] >= 0 : L[i * small + j] == 0);
  }
  double positive[] = {4, 2, NAN, 5}, b[] = {8, 8};
  cr_assert(rb_linalg_solve(positive, 2, b, &err), "%s", err.text);
  cr_assert_float_eq(b[0], 1.5, 1e-14);
  cr_assert_float_eq(b[1], 1, 1e-14);
  double indefinite[] = {1, 2, 2, 1};
  cr_assert(!rb_linalg_solve(indefinite, 2, b, &err));
  cr_assert_not_null(strstr(err.text, "not positive definite (minor 2)"), "%s", err.text);
  const double C[] = {1, 2, 3, 4, 5, 6}, E[] = {1, 0, 2, 1, 0, 3};
  double nn[4];
  rb_linalg_product(C, E, nn, 2, 2, 3); /* (2,3) (3,2) */
  cr_assert(nn[0] == 5 && nn[1] == 11 && nn[2] == 14 && nn[3] == 23);
}
