// SPDX-License-Identifier: Apache-2.0
/* Proves: dimension-collapsed sampling has the law of direct sampling. Gram matrices of W0, of the
 * gradient beyond the span and of whole trainings of two rounds are compared with those of plain
 * d-dimensional draws by two-sample Kolmogorov-Smirnov tests and by known moments, below, at and
 * above d - r = m; a Bartlett factor 5 % too large is caught. Each test fails by chance with
 * probability 0.001 (Bonferroni), and its seeds are fixed. Fails if a degree of freedom, the root
 * of S, a scale, a step size, the factorization or the nesting of neurons is wrong. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../two_samples.h"
#include "base/clock.h"
#include "base/philox.h"
#include "model/collapse.h"
#include "model/tasks.h"

enum { MAX_M = 8, MAX_Q = 256, FEATURES = 9, SEEDS = 4000 };

static rb_problem shape(uint32_t d, uint32_t m, uint32_t r, uint64_t seed) {
  rb_problem p = rb_problem_default();
  p.seed = seed;
  p.d = d;
  p.m = m;
  p.r = r;
  p.eta_a = 1.0 / m;
  p.eta_w = 1;
  return p;
}

/* C (m,m) = A A^T of A (m, columns) with rows `stride` apart. */
static void gram(const double *A, size_t m, size_t columns, size_t stride, double *C) {
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < m; j++) {
      C[i * m + j] = 0;
      for (size_t k = 0; k < columns; k++)
        C[i * m + j] += A[i * stride + k] * A[j * stride + k];
    }
}

/* What is compared of a Gram matrix, m >= 3: single entries and joint functions of them. */
static void features(const double *C, size_t m, double out[FEATURES]) {
  size_t e = m - 1;
  double trace = 0, square = 0;
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < m; j++) {
      trace += i == j ? C[i * m + i] : 0;
      square += C[i * m + j] * C[i * m + j];
    }
  const double all[FEATURES] = {C[0],
                                C[m + 1],
                                C[e * m + e],
                                C[m],
                                C[e * m],
                                C[e * m + e - 1],
                                C[m] * C[e * m + 1] * C[e * m],
                                square,
                                trace};
  memcpy(out, all, sizeof all);
}

/* Smallest p-value over the columns of two tables (n, columns), times `columns`. */
static double least_p(const double *x, const double *y, size_t n, size_t columns) {
  double *a = calloc(n, sizeof *a), *b = calloc(n, sizeof *b), least = 1;
  for (size_t c = 0; c < columns; c++) {
    for (size_t i = 0; i < n; i++) {
      a[i] = x[i * columns + c];
      b[i] = y[i * columns + c];
    }
    least = fmin(least, two_samples_ks(a, b, n) * (double)columns);
  }
  free(a);
  free(b);
  return least;
}

static double p_of_z(double z) {
  return erfc(fabs(z) / sqrt(2));
}

static void collapsed_weights(const rb_problem *p, double *W) {
  rb_err err = {0};
  cr_assert(rb_collapse_weights(p, W, &err), "%s", err.text);
}

/* Corrected p-value of W0 against direct draws. The direct rest is (m, d - r) normals / sqrt(d). */
static double compare_weights(uint32_t d, uint32_t m, uint32_t r, size_t n) {
  uint32_t width = rb_collapse_width(&(rb_problem){.d = d, .m = m, .r = r});
  double W[MAX_M * 2 * MAX_M], rest[MAX_M * MAX_Q], C[MAX_M * MAX_M];
  double *x = calloc(n * (FEATURES + 1), sizeof *x), *y = calloc(n * (FEATURES + 1), sizeof *y);
  rb_random random = rb_random_make(d, RB_STREAM_WEIGHTS);
  for (size_t s = 0; s < n; s++) {
    rb_problem p = shape(d, m, r, s + 1);
    collapsed_weights(&p, W);
    gram(W + r, m, width - r, width, C);
    features(C, m, x + s * (FEATURES + 1));
    x[s * (FEATURES + 1) + FEATURES] = W[(m - 1) * width + r - 1];
    for (size_t i = 0; i < (size_t)m * (d - r); i++)
      rest[i] = rb_random_normal(&random) / sqrt(d);
    gram(rest, m, d - r, d - r, C);
    features(C, m, y + s * (FEATURES + 1));
    y[s * (FEATURES + 1) + FEATURES] = rb_random_normal(&random) / sqrt(d);
  }
  double p = least_p(x, y, n, FEATURES + 1);
  free(x);
  free(y);
  return p;
}

/* d, m, r: d - r below m, just below, at, just above, far above. */
static const uint32_t shapes[][3] = {{4, 5, 3}, {6, 6, 3},  {8, 6, 3},
                                     {9, 6, 3}, {10, 6, 3}, {200, 6, 3}};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

Test(collapse, weights_are_those_of_direct_sampling) {
  for (size_t s = 0; s < N_SHAPES; s++) {
    double p = compare_weights(shapes[s][0], shapes[s][1], shapes[s][2], SEEDS);
    cr_assert_gt(p * N_SHAPES, 0.001, "d %u m %u: p %.2g", shapes[s][0], shapes[s][1], p);
  }
}

Test(collapse, a_planted_scale_is_caught) {
  rb_collapse_plant(1.05);
  for (size_t s = 1; s < N_SHAPES; s++) { /* one column (s = 0) is too few to see 5 % in */
    double p = compare_weights(shapes[s][0], shapes[s][1], shapes[s][2], SEEDS);
    cr_assert_lt(p * N_SHAPES, 0.001, "d %u m %u: p %.2g", shapes[s][0], shapes[s][1], p);
  }
  rb_collapse_plant(1);
}

/* Means and variances of Gram entries: mean (d-r)/d, variances 2 (d-r)/d^2 and (d-r)/d^2; a billion
 * dimensions too. */
Test(collapse, moments_of_weights) {
  static const uint32_t sizes[] = {6, 9, 12, 50, 1000, 1000000, 1000000000};
  enum { N = 4000, M = 6, R = 3, SIZES = 7 };
  double W[M * (M + R)], C[M * M];
  for (size_t k = 0; k < SIZES; k++) {
    double d = sizes[k], mean = (d - R) / d, sd = sqrt(d - R) / d, sum[6] = {0};
    for (size_t s = 0; s < N; s++) {
      rb_problem p = shape(sizes[k], M, R, 77 + s);
      size_t width = rb_collapse_width(&p);
      collapsed_weights(&p, W);
      gram(W + R, M, width - R, width, C);
      double z[3] = {(C[0] - mean) / (sqrt(2) * sd), (C[M * M - 1] - mean) / (sqrt(2) * sd),
                     C[(M - 1) * M + 1] / sd};
      for (int e = 0; e < 3; e++) {
        sum[e] += z[e];
        sum[3 + e] += z[e] * z[e] - 1;
      }
    }
    /* Var of z^2: 2 + 12 / dof for a chi-square, 2 + 6 / dof for a product sum. */
    for (int e = 0; e < 6; e++) {
      double var = e < 3 ? 1 : 2 + (e < 5 ? 12 : 6) / (d - R);
      double z = sum[e] / sqrt(N * var);
      cr_assert_gt(p_of_z(z) * 6 * SIZES, 0.001, "d %g moment %d: z %.2f", d, e, z);
    }
  }
}

/* One fold with fixed W, G and D (n0,m), against sum_i D_i xi_i^T drawn as it stands. */
static double compare_fold(uint32_t m, uint32_t q, uint32_t n0, size_t n) {
  uint32_t r = 2, width = r + m, wide = width - r + q;
  rb_random random = rb_random_make(1000 * m + q, RB_STREAM_CHECK);
  double W0[MAX_M * 2 * MAX_M], G[MAX_M * 2 * MAX_M], D[4 * MAX_M * MAX_M], S[MAX_M * MAX_M];
  double W[MAX_M * 2 * MAX_M], direct[MAX_M * MAX_Q], C[MAX_M * MAX_M];
  double *x = calloc(n * FEATURES, sizeof *x), *y = calloc(n * FEATURES, sizeof *y);
  rb_problem p = shape(width + q, m, r, 1);
  p.decay = 0.75;
  p.eta_w = 3;
  for (size_t i = 0; i < (size_t)m * width; i++) {
    W0[i] = 0.5 * rb_random_normal(&random);
    G[i] = 0.3 * rb_random_normal(&random);
  }
  for (size_t i = 0; i < (size_t)n0 * m; i++)
    D[i] = (double)(i % m + 1) / m * rb_random_normal(&random) / sqrt(n0);
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < m; j++) {
      S[i * m + j] = j < i ? NAN : 0; /* the upper triangle is all that may be read */
      for (size_t k = 0; k < n0; k++)
        S[i * m + j] += D[k * m + i] * D[k * m + j];
    }
  for (size_t s = 0; s < n; s++) {
    rb_err err = {0};
    p.seed = 5 + s / 2;
    memcpy(W, W0, sizeof W);
    cr_assert(rb_collapse_fold(&p, s % 2, W, G, S, &err), "%s", err.text);
    for (size_t i = 0; i < m; i++)
      for (size_t k = 0; k < width; k++) {
        double parallel = 0.25 * W0[i * width + k] + 3 * G[i * width + k];
        cr_assert(k >= r || fabs(W[i * width + k] - parallel) < 1e-14);
        cr_assert(k <= r + i || W[i * width + k] == 0);
        if (k >= r)
          direct[i * wide + k - r] = parallel;
      }
    gram(W + r, m, m, width, C);
    features(C, m, x + s * FEATURES);
    for (size_t i = 0; i < m; i++)
      memset(direct + i * wide + m, 0, q * sizeof *direct);
    for (size_t k = 0; k < n0; k++)
      for (size_t c = 0; c < q; c++) {
        double xi = rb_random_normal(&random);
        for (size_t i = 0; i < m; i++)
          direct[i * wide + m + c] += 3 * D[k * m + i] * xi;
      }
    gram(direct, m, wide, wide, C);
    features(C, m, y + s * FEATURES);
  }
  double least = least_p(x, y, n, FEATURES);
  free(x);
  free(y);
  return least;
}

Test(collapse, gradient_beyond_the_span) {
  static const uint32_t cases[][3] = {{5, 1, 9}, {5, 4, 9},  {5, 5, 9},
                                      {5, 6, 9}, {5, 40, 9}, {5, 7, 2}}; /* the last: S singular */
  for (size_t s = 0; s < 6; s++) {
    double p = compare_fold(cases[s][0], cases[s][1], cases[s][2], SEEDS);
    cr_assert_gt(p * 6, 0.001, "m %u q %u: p %.2g", cases[s][0], cases[s][1], p);
  }
  rb_collapse_plant(1.05);
  for (size_t s = 1; s < 6; s++) { /* q = 1 is too few columns to see 5 % in */
    double p = compare_fold(cases[s][0], cases[s][1], cases[s][2], SEEDS);
    cr_assert_lt(p * 6, 0.001, "planted, m %u q %u: p %.2g", cases[s][0], cases[s][1], p);
  }
  rb_collapse_plant(1);
}

/* Nothing beyond the span: the Gram matrix is (1 - decay) W + eta_w G's, to rounding, and S is not
 * needed. */
Test(collapse, fold_without_a_rest) {
  static const uint32_t sizes[] = {3, 4, 7, 8}; /* d - r = 0, 1, 4, 5; m = 5 */
  for (size_t s = 0; s < 4; s++) {
    rb_problem p = shape(sizes[s], 5, 3, 1);
    size_t width = rb_collapse_width(&p);
    double W[40], next[40], G[40], S[25] = {0}, C[25], expected[25];
    rb_err err = {0};
    p.decay = 0.5;
    p.eta_w = 2;
    cr_assert_eq(width, sizes[s]);
    for (size_t i = 0; i < 5 * width; i++) {
      W[i] = sin((double)i * (double)i);
      G[i] = cos(3.0 * (double)i * (double)i);
      next[i] = 0.5 * W[i] + 2 * G[i];
    }
    cr_assert(rb_collapse_fold(&p, 0, W, G, S, &err), "%s", err.text);
    gram(W, 5, width, width, C);
    gram(next, 5, width, width, expected);
    for (int e = 0; e < 25; e++)
      cr_assert_float_eq(C[e], expected[e], 1e-12);
  }
}

/* A training of p->rounds rounds in `dims` dimensions with M = (I_r 0): the equations in loops. S
 * (may be NULL) as the fold wants it. */
static void gradient(const rb_problem *p, rb_random *random, uint32_t dims, const double *W,
                     double *G, double *S) {
  double x[MAX_Q], A[16 * MAX_M], D[MAX_M];
  int8_t tables[16 * 4];
  uint32_t m = p->m, n_patterns = 1u << p->r;
  double share = 1.0 / ((double)p->T * p->n2);
  rb_tasks_tables(p, 0, p->T, tables);
  memset(A, 0, sizeof A);
  memset(G, 0, sizeof *G * m * dims);
  memset(S, 0, sizeof *S * m * m);
  for (int head = 1; head >= 0; head--)
    for (uint32_t i = 0; i < p->T * (head ? p->n1 : p->n2); i++) {
      uint32_t t = i % p->T, pattern = 0;
      for (uint32_t c = 0; c < dims; c++)
        x[c] = rb_random_normal(random);
      for (uint32_t k = 0; k < p->r; k++)
        pattern |= (uint32_t)(x[k] >= 0) << k;
      double y = tables[t * n_patterns + pattern];
      for (uint32_t j = 0; j < m; j++) {
        double h = 0;
        for (uint32_t c = 0; c < dims; c++)
          h += W[j * dims + c] * x[c];
        if (head)
          A[t * m + j] += p->eta_a / p->n1 * y * fmax(h, 0);
        D[j] = h > 0 ? share * y * A[t * m + j] : 0;
      }
      for (uint32_t j = 0; j < m && !head; j++) {
        for (uint32_t c = 0; c < dims; c++)
          G[j * dims + c] += D[j] * x[c];
        for (uint32_t k = 0; k < m; k++)
          S[j * m + k] += D[j] * D[k];
      }
    }
}

/* Alignment; log of the squared norm; |W1|^2 over all; cosine of rows 0 and 1. */
static void outcome(const rb_problem *p, uint32_t dims, const double *W, double out[4]) {
  double C[MAX_M * MAX_M], trace = 0, inside = 0;
  gram(W, p->m, dims, dims, C);
  for (uint32_t j = 0; j < p->m; j++) {
    trace += C[j * p->m + j];
    for (uint32_t k = 0; k < p->r; k++)
      inside += W[j * dims + k] * W[j * dims + k];
  }
  out[0] = inside / trace;
  out[1] = log(trace);
  out[2] = C[p->m + 1] / trace;
  out[3] = C[1] / sqrt(C[0] * C[p->m + 1]);
}

Test(collapse, whole_trainings) {
  static const uint32_t sizes[] = {6, 8, 12, 40};
  enum { N = 3000, M = 5, R = 2 };
  static double x[N * 4], y[N * 4];
  for (size_t e = 0; e < 4; e++) {
    for (uint64_t s = 0; s < N; s++) {
      rb_problem p = shape(sizes[e], M, R, s + 1);
      rb_random random = rb_random_make(s, RB_STREAM_CHECK);
      uint32_t width = rb_collapse_width(&p);
      double W[M * 40], G[M * 40], S[M * M];
      rb_err err = {0};
      p.T = 3;
      p.n1 = 12;
      p.n2 = 10;
      p.decay = 0.8;
      p.eta_w = 2 * 3.14159 * 3 / p.eta_a;
      collapsed_weights(&p, W);
      for (uint32_t round = 0; round < 2; round++) {
        gradient(&p, &random, width, W, G, S);
        cr_assert(rb_collapse_fold(&p, round, W, G, S, &err), "%s", err.text);
      }
      outcome(&p, width, W, x + 4 * s);
      rb_tasks_weights(&p, W);
      for (uint32_t round = 0; round < 2; round++) {
        gradient(&p, &random, p.d, W, G, S);
        for (uint32_t k = 0; k < M * p.d; k++)
          W[k] = (1 - p.decay) * W[k] + p.eta_w * G[k];
      }
      outcome(&p, p.d, W, y + 4 * s);
    }
    double least = least_p(x, y, N, 4);
    cr_assert_gt(least * 4, 0.001, "d %u: p %.2g", sizes[e], least);
  }
}

/* m = 3 alone against the first three rows of m = 6. */
Test(collapse, neurons_nest) {
  for (uint32_t d = 4; d < 14; d++) {
    rb_problem few = shape(d, 3, 2, 9), many = shape(d, 6, 2, 9);
    double A[3 * 5], B[6 * 8], G[6 * 8], S[36];
    uint32_t a = rb_collapse_width(&few), b = rb_collapse_width(&many);
    rb_err err = {0};
    collapsed_weights(&few, A);
    collapsed_weights(&many, B);
    for (uint32_t i = 0; i < 3; i++)
      for (uint32_t k = 0; k < b; k++)
        cr_assert(B[i * b + k] == (k < a ? A[i * a + k] : 0), "d %u row %u column %u", d, i, k);
    for (uint32_t i = 0; i < 6 * b; i++)
      G[i] = sin(1.0 + i);
    for (uint32_t i = 0; i < 36; i++)
      S[i] = i % 7 == 0;
    cr_assert(rb_collapse_fold(&many, 0, B, G, S, &err), "%s", err.text);
    for (uint32_t i = 0; i < 3; i++)
      for (uint32_t k = a; k < b; k++)
        cr_assert_eq(B[i * b + k], 0, "after a fold, d %u row %u column %u", d, i, k);
  }
}

Test(collapse, same_seed_same_bits_other_round_other_bits) {
  rb_problem p = shape(1000000000, 6, 3, 42);
  double W[4][6 * 9], S[36], G[6 * 9] = {0};
  rb_err err = {0};
  for (int i = 0; i < 36; i++)
    S[i] = i % 7 == 0 ? 1e-9 : 0;
  for (int k = 0; k < 4; k++) {
    p.seed = k == 3 ? 43 : 42;
    collapsed_weights(&p, W[k]);
    cr_assert_eq(memcmp(W[k], W[0], sizeof W[0]) == 0, k != 3);
  }
  for (int k = 0; k < 4; k++) {
    p.seed = k == 3 ? 43 : 42;
    cr_assert(rb_collapse_fold(&p, k == 2, W[k], G, S, &err), "%s", err.text);
    cr_assert_eq(memcmp(W[k], W[0], sizeof W[0]) == 0, k < 2);
  }
}

Test(collapse, a_billion_dimensions_in_the_time_of_few) {
  enum { M = 128 };
  rb_problem p = shape(1000000000, M, 3, 1);
  size_t width = rb_collapse_width(&p);
  double *W = calloc(M * width, sizeof *W), *G = calloc(M * width, sizeof *G);
  double *S = calloc(M * M, sizeof *S);
  rb_err err = {0};
  for (size_t i = 0; i < M; i++)
    S[i * M + i] = 1e-9;
  rb_host_time start = rb_clock_now();
  collapsed_weights(&p, W);
  cr_assert(rb_collapse_fold(&p, 0, W, G, S, &err), "%s", err.text);
  cr_assert_lt(rb_clock_since_s(start), 5);
  for (size_t i = 0; i < M; i++) { /* decay 1, G 0: the Gram matrix is nearly the identity */
    double square = 0;
    for (size_t k = 3; k < width; k++)
      square += W[i * width + k] * W[i * width + k];
    cr_assert_float_eq(square, 1, 6 * sqrt(2e-9), "row %zu: %.9f", i, square);
  }
  G[5] = NAN;
  cr_assert(!rb_collapse_fold(&p, 0, W, G, S, &err));
  cr_assert_eq(err.kind, RB_WRONG);
  cr_assert_not_null(strstr(err.text, "row 0, column 5"), "%s", err.text);
  free(W);
  free(G);
  free(S);
}
