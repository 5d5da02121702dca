// SPDX-License-Identifier: Apache-2.0
/* Proves: M has orthonormal rows (coordinate axes under the rademacher law) that differ from seed
 * to seed and fill space evenly; tables are balanced or fair, uniform, and the same in whatever
 * chunks they are drawn; W0 and the fixed head have their stated variances; patterns are the signs
 * of M x, zero counting as positive. Fails if a shuffle is biased, chunks shift the stream, or a
 * scale is off. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "model/tasks.h"

static rb_problem settled(rb_problem p) {
  rb_err err = {0};
  cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
  return p;
}

static void check_orthonormal(const double *M, uint32_t r, uint32_t d) {
  for (uint32_t a = 0; a < r; a++)
    for (uint32_t b = 0; b < r; b++) {
      double sum = 0;
      for (uint32_t k = 0; k < d; k++)
        sum += M[a * d + k] * M[b * d + k];
      cr_assert_float_eq(sum, a == b, 1e-13, "rows %u, %u of (%u,%u): %g", a, b, r, d, sum);
    }
}

Test(tasks, subspace_is_orthonormal) {
  static const uint32_t shapes[][2] = {{1, 1}, {1, 2},   {2, 2},   {3, 50},
                                       {5, 7}, {16, 16}, {16, 300}};
  rb_err err = {0};
  for (int law = 0; law < 2; law++)
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
      rb_problem p = rb_problem_default();
      p.r = shapes[i][0];
      p.d = shapes[i][1];
      p.law = (rb_law)law;
      p = settled(p);
      double *M = calloc((size_t)p.r * p.d, sizeof *M);
      cr_assert(rb_tasks_subspace(&p, M, &err), "%s", err.text);
      check_orthonormal(M, p.r, p.d);
      for (size_t e = 0; law == RB_LAW_RADEMACHER && e < (size_t)p.r * p.d; e++)
        cr_assert(M[e] == 0 || M[e] == 1);
      free(M);
    }
}

/* Over seeds a row is uniform on the sphere: mean 0, E M_k^2 = 1/d, E M_k^4 = 3 / (d (d + 2)). */
Test(tasks, subspace_is_uniform) {
  enum { SEEDS = 4000, D = 5 };
  rb_problem p = settled(rb_problem_default());
  p.d = D;
  p.r = 2;
  double mean[2 * D] = {0}, square[2 * D] = {0}, fourth = 0, M[2 * D];
  rb_err err = {0};
  for (p.seed = 0; p.seed < SEEDS; p.seed++) {
    cr_assert(rb_tasks_subspace(&p, M, &err), "%s", err.text);
    for (int e = 0; e < 2 * D; e++) {
      mean[e] += M[e] / SEEDS;
      square[e] += M[e] * M[e] / SEEDS;
      fourth += pow(M[e], 4) / SEEDS / (2 * D);
    }
  }
  for (int e = 0; e < 2 * D; e++) {
    cr_assert_float_eq(mean[e], 0, 5 * sqrt(1.0 / D / SEEDS), "entry %d: mean %g", e, mean[e]);
    cr_assert_float_eq(square[e], 1.0 / D, 5 * sqrt(0.046 / SEEDS), "entry %d: %g", e, square[e]);
  }
  cr_assert_float_eq(fourth, 3.0 / (D * (D + 2)), 0.005);
}

Test(tasks, axes_are_uniform) {
  enum { SEEDS = 6000, D = 6 };
  rb_problem p = settled(rb_problem_default());
  p.d = D;
  p.r = 2;
  p.law = RB_LAW_RADEMACHER;
  double M[2 * D];
  int counts[D][D] = {{0}};
  rb_err err = {0};
  for (p.seed = 0; p.seed < SEEDS; p.seed++) {
    cr_assert(rb_tasks_subspace(&p, M, &err), "%s", err.text);
    int axis[2] = {0, 0};
    for (int e = 0; e < 2 * D; e++)
      if (M[e] == 1)
        axis[e / D] = e % D;
    counts[axis[0]][axis[1]]++;
  }
  for (int a = 0; a < D; a++)
    for (int b = 0; b < D; b++)
      cr_assert_float_eq(counts[a][b], a == b ? 0 : SEEDS / 30.0, a == b ? 0.5 : 5 * sqrt(200));
}

Test(tasks, tables_do_not_depend_on_chunks) {
  for (int law = 0; law < 2; law++) {
    rb_problem p = settled(rb_problem_default());
    p.tasks = (rb_task_law)law;
    p.r = 4;
    int8_t all[10 * 16], part[10 * 16];
    rb_tasks_tables(&p, 0, 10, all);
    rb_tasks_tables(&p, 7, 3, part + 7 * 16);
    rb_tasks_tables(&p, 0, 2, part);
    rb_tasks_tables(&p, 2, 5, part + 2 * 16);
    cr_assert_eq(memcmp(all, part, sizeof all), 0);
    cr_assert_neq(memcmp(all, all + 16, 16), 0);
    p.seed++;
    rb_tasks_tables(&p, 0, 10, part);
    cr_assert_neq(memcmp(all, part, sizeof all), 0);
  }
}

/* r = 2 has 6 balanced and 16 free tables: all equally frequent; at r = 16 the count still
 * balances. */
Test(tasks, tables_are_uniform) {
  enum { TASKS = 12000 };
  int8_t *tables = calloc(TASKS, 4);
  for (int law = 0; law < 2; law++) {
    rb_problem p = settled(rb_problem_default());
    p.r = 2;
    p.tasks = (rb_task_law)law;
    int counts[16] = {0};
    rb_tasks_tables(&p, 0, TASKS, tables);
    for (int t = 0; t < TASKS; t++) {
      int code = 0;
      for (int q = 0; q < 4; q++) {
        cr_assert(tables[4 * t + q] == 1 || tables[4 * t + q] == -1);
        code |= (tables[4 * t + q] == 1) << q;
      }
      counts[code]++;
    }
    for (int code = 0; code < 16; code++) {
      bool balanced = __builtin_popcount((unsigned)code) == 2;
      double expected = law == RB_TASKS_IID ? TASKS / 16.0 : balanced ? TASKS / 6.0 : 0;
      cr_assert_float_eq(counts[code], expected, 5 * sqrt(expected) + 0.5, "table %d: %d", code,
                         counts[code]);
    }
  }
  free(tables);
  rb_problem p = settled(rb_problem_default());
  p.r = 16;
  int8_t *big = calloc(65536, 1);
  int sum = 0;
  rb_tasks_tables(&p, UINT32_MAX - 1, 1, big);
  for (int q = 0; q < 65536; q++)
    sum += big[q];
  cr_assert_eq(sum, 0);
  free(big);
}

/* Streams of neighbouring tasks must not overlap: no shift of one table resembles the next. */
Test(tasks, tables_are_independent_between_tasks) {
  enum { TASKS = 400, P = 64 };
  static int8_t tables[TASKS][P];
  rb_problem p = settled(rb_problem_default());
  p.r = 6;
  p.tasks = RB_TASKS_IID;
  rb_tasks_tables(&p, 0, TASKS, tables[0]);
  for (int shift = 0; shift < P; shift++) {
    int sum = 0;
    for (int t = 0; t + 1 < TASKS; t++)
      for (int q = 0; q < P; q++)
        sum += tables[t][(q + shift) % P] * tables[t + 1][q];
    cr_assert_lt(abs(sum), 5 * sqrt((TASKS - 1) * P), "shift %d: %d", shift, sum);
  }
}

Test(tasks, weights_and_fixed_head) {
  rb_problem p = rb_problem_default();
  p.d = 100;
  p.m = 2000;
  p.eta_a = 0.25;
  p = settled(p);
  size_t n = (size_t)p.m * p.d;
  double *W = calloc(n, sizeof *W), *a = calloc(p.m, sizeof *a), mean = 0, square = 0, fourth = 0;
  rb_tasks_weights(&p, W);
  for (size_t i = 0; i < n; i++) {
    mean += W[i] / n;
    square += W[i] * W[i] * p.d / n;
    fourth += pow(W[i], 4) * p.d * p.d / n;
  }
  cr_assert_float_eq(mean, 0, 5 * 0.1 / sqrt(n));
  cr_assert_float_eq(square, 1, 5 * sqrt(2.0 / n));
  cr_assert_float_eq(fourth, 3, 5 * sqrt(96.0 / n));
  mean = square = 0;
  rb_tasks_fixed_head(&p, a);
  for (uint32_t j = 0; j < p.m; j++) {
    mean += a[j] / p.m;
    square += a[j] * a[j] / p.m;
  }
  cr_assert_float_eq(mean, 0, 5 * 0.25 / sqrt(p.m));
  cr_assert_float_eq(square, 0.0625, 5 * 0.0625 * sqrt(2.0 / p.m));
  free(W);
  free(a);
}

Test(tasks, pattern_bits) {
  rb_problem p = rb_problem_default();
  p.d = 3;
  p.r = 3;
  const double M[] = {0, 1, 0, 0, 0, -1, 1, 0, 0};
  cr_assert_eq(rb_tasks_pattern(&p, M, (double[]){1, 1, 1}), 5);
  cr_assert_eq(rb_tasks_pattern(&p, M, (double[]){-1, 1, -1}), 3);
  cr_assert_eq(rb_tasks_pattern(&p, M, (double[]){-1, -1, 1}), 0);
  cr_assert_eq(rb_tasks_pattern(&p, M, (double[]){0, -1, 0}), 6, "zero counts as positive");
}
