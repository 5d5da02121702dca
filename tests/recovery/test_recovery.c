// SPDX-License-Identifier: Apache-2.0
/* Proves, from the trace of suite recovery as a device ran it: the table of reference values of an
 * earlier implementation (one seed) is reproduced within the noise between seeds; the ratio falls
 * with the number of tasks as T^-1/2; one task learns one feature, many tasks all three; and each
 * ablation fails as it should. The suite's own expectations are judged by the run's exit code.
 * Fails if the workload learns something else: a wrong label, a stale batch for the second step, a
 * head step that is skipped. The figures are printed. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/stats.h"
#include "model/linalg.h"
#include "model/oracle.h"
#include "model/tasks.h"
#include "trace/reader.h"

enum { SEEDS = 10, FEATURES = 3, MOST = 100 };

static rb_trace trace;

static void load(void) {
  rb_err err = {0};
  const char *path = getenv("RB_TRACE");
  cr_assert(path != NULL, "RB_TRACE names no trace of suite recovery");
  cr_assert(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err), "%s", err.text);
}

static void drop(void) {
  rb_trace_free(&trace);
}

TestSuite(recovery, .init = load, .fini = drop);

/* Cells of the part (NULL: of the parts that vary T alone) with T tasks (0: any); at most MOST. */
static size_t find(const char *part, uint64_t T, const rb_record **cells) {
  static const char *const over_tasks[] = {"one-task", "few-tasks", "tasks"};
  size_t n = 0;
  for (size_t i = 0; i < trace.n_records && n < MOST; i++) {
    const char *own = rb_record_get_text(trace.records[i], RB_F_part);
    bool wanted = own && part && strcmp(own, part) == 0;
    for (int k = 0; own && !part && k < 3; k++)
      wanted = wanted || strcmp(own, over_tasks[k]) == 0;
    if (wanted && (T == 0 || rb_record_get_integer(trace.records[i], RB_F_T) == T))
      cells[n++] = trace.records[i];
  }
  return n;
}

typedef struct moments {
  double mean, sd;
} moments;

static moments of_logs(const rb_record **cells, size_t n, rb_field field) {
  moments m = {0};
  for (size_t i = 0; i < n; i++)
    m.mean += log(rb_record_get_real(cells[i], field)) / (double)n;
  for (size_t i = 0; i < n; i++)
    m.sd += pow(log(rb_record_get_real(cells[i], field)) - m.mean, 2);
  m.sd = sqrt(m.sd / (double)(n - 1));
  return m;
}

/* How far one more seed, the reference value, lies from the others, in units whose law is
 * Student's t with n - 1 degrees of freedom. */
static double distance(moments m, size_t n, double seen) {
  return (log(seen) - m.mean) / (m.sd * sqrt(1 + 1 / (double)n));
}

Test(recovery, table_of_reference_values) {
  static const struct {
    uint64_t T;
    double ratio, sin_theta;
  } seen[] = {{1, 6.07, .976}, {2, 3.45, .996},   {3, 2.89, .906},   {10, 1.25, .441},
              {30, .56, .274}, {100, .177, .127}, {300, .090, .070}, {1000, .058, .043}};
  /* Two-sided quantile of Student's t, 9 degrees of freedom, at 1 - .05 / 16: one false alarm in
   * 20 over the 16 comparisons. */
  const double most = 3.95;
  for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
    const rb_record *cells[MOST];
    size_t n = find(NULL, seen[i].T, cells);
    cr_assert_eq(n, SEEDS, "%zu cells with T = %d", n, (int)seen[i].T);
    moments ratio = of_logs(cells, n, RB_F_ratio), angle = of_logs(cells, n, RB_F_sin_theta);
    double away[] = {distance(ratio, n, seen[i].ratio), distance(angle, n, seen[i].sin_theta)};
    printf("T = %4d: ratio %.3f, seen before %.3f (t = %+.2f); sin-theta %.4f, %.3f (t = %+.2f)\n",
           (int)seen[i].T, exp(ratio.mean), seen[i].ratio, away[0], exp(angle.mean),
           seen[i].sin_theta, away[1]);
    cr_expect_lt(fabs(away[0]), most);
    cr_expect_lt(fabs(away[1]), most);
    if (seen[i].T >= 100) { /* the noise must be small enough for the test to mean something */
      cr_expect_lt(ratio.sd, 0.3);
      cr_expect_lt(angle.sd, 0.3);
    }
  }
}

/* (2^r - 1) lambda_min(F) of the tables that the cell's seed drew: 1 for infinitely many tasks. */
static double weakest(const rb_record *cell) {
  rb_problem p = rb_problem_default();
  rb_err err = {0};
  double F[FEATURES * FEATURES], s[FEATURES];
  p.seed = rb_record_get_integer(cell, RB_F_seed);
  p.T = (uint32_t)rb_record_get_integer(cell, RB_F_T);
  cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
  int8_t *tables = malloc((size_t)p.T << p.r);
  rb_tasks_tables(&p, 0, p.T, tables);
  rb_oracle_F(tables, p.T, p.r, F);
  free(tables);
  cr_assert(rb_linalg_singular(F, FEATURES, FEATURES, s, &err), "%s", err.text);
  return ((1 << p.r) - 1) * s[FEATURES - 1];
}

/* Slope of log ratio against log T over the tasks from T0 on; corrected: times weakest(). */
static rb_line slope(uint64_t T0, bool corrected, size_t *n) {
  const rb_record *cells[MOST];
  double x[MOST], y[MOST];
  size_t all = find(NULL, 0, cells);
  rb_line line = {0};
  *n = 0;
  for (size_t i = 0; i < all; i++) {
    uint64_t T = rb_record_get_integer(cells[i], RB_F_T);
    if (T < T0)
      continue;
    x[*n] = log((double)T);
    y[*n] = log(rb_record_get_real(cells[i], RB_F_ratio));
    y[*n] += corrected ? log(weakest(cells[i])) : 0;
    (*n)++;
  }
  cr_assert(rb_stats_line(x, y, *n, &line));
  return line;
}

/* The noise across the subspace falls as T^-1/2 from the start; what it is measured against, the
 * weakest direction of W+ M^T, still grows while few tables leave F far from isotropic, which the
 * correction by the tables drawn takes out. */
Test(recovery, ratio_falls_as_the_root_of_tasks) {
  size_t n;
  rb_line raw = slope(300, false, &n);
  printf("slope of log ratio against log T, T >= 300: %.3f +- %.3f (%zu cells)\n", raw.slope,
         raw.half, n);
  cr_expect_geq(n, 30);
  cr_expect_leq(fabs(raw.slope + 0.5), raw.half);
  cr_expect_lt(raw.half, 0.1);
  rb_line early = slope(30, false, &n), corrected = slope(30, true, &n);
  printf("T >= 30: %.3f +- %.3f; times (2^r - 1) lambda_min(F) of the drawn tables: %.3f +- %.3f\n",
         early.slope, early.half, corrected.slope, corrected.half);
  cr_expect_leq(fabs(corrected.slope + 0.5), corrected.half);
  cr_expect_lt(corrected.half, 0.1);
}

static void medians(const rb_record **cells, size_t n, double singular[FEATURES]) {
  double values[FEATURES][MOST];
  for (size_t i = 0; i < n; i++) {
    double s[FEATURES];
    cr_assert_eq(rb_record_get_reals(cells[i], RB_F_singular_values, s, FEATURES), FEATURES);
    for (int k = 0; k < FEATURES; k++)
      values[k][i] = s[k];
  }
  for (int k = 0; k < FEATURES; k++)
    singular[k] = rb_stats_spread(values[k], n).median;
}

Test(recovery, one_task_learns_one_feature) {
  const rb_record *one[MOST], *many[MOST];
  size_t n_one = find(NULL, 1, one), n_many = find(NULL, 100, many);
  double a[FEATURES], b[FEATURES];
  cr_assert(n_one == SEEDS && n_many == SEEDS);
  medians(one, n_one, a);
  medians(many, n_many, b);
  printf("singular values of W+ M^T, medians: T = 1: 1 : %.3f : %.3f; T = 100: 1 : %.3f : %.3f\n",
         a[1], a[2], b[1], b[2]);
  cr_expect_lt(a[1], 0.2);
  cr_expect_gt(b[2], 0.4);
}

Test(recovery, ablations_fail) {
  static const char *const parts[] = {"no-head", "iid", "iid-tuned", "same-batch", "fresh-batch"};
  double ratios[5];
  for (int i = 0; i < 5; i++) {
    const rb_record *cells[MOST];
    size_t n = find(parts[i], 0, cells);
    cr_assert_geq(n, 3, "%s", parts[i]);
    ratios[i] = exp(of_logs(cells, n, RB_F_ratio).mean);
    printf("%-11s ratio %.3f, sin-theta %.3f\n", parts[i], ratios[i],
           exp(of_logs(cells, n, RB_F_sin_theta).mean));
  }
  const rb_record *cells[MOST];
  double whole = exp(of_logs(cells, find(NULL, 1000, cells), RB_F_ratio).mean);
  printf("%-11s ratio %.3f\n", "whole", whole);
  cr_expect_gt(ratios[0], 20 * whole);      /* no head step: nothing is found */
  cr_expect_gt(ratios[1], 10 * whole);      /* iid tables, untuned decay */
  cr_expect_lt(ratios[2], ratios[1] / 2);   /* tuned: found again */
  cr_expect_gt(ratios[3], 1.5 * ratios[4]); /* the same batch for both steps */
}

/* Oracle 6 follows what is measured over every quantity: .38 to .57 of it was seen before, without
 * the correction by the tables drawn. */
Test(recovery, ratio_and_its_bound) {
  enum { ROOM = 1000 };
  double shares[ROOM];
  size_t n = 0;
  for (size_t i = 0; i < trace.n_records && n < ROOM; i++) {
    double share = rb_record_get_real(trace.records[i], RB_F_ratio) /
                   rb_record_get_real(trace.records[i], RB_F_ratio_bound);
    if (isfinite(share))
      shares[n++] = share;
  }
  cr_assert_gt(n, 100);
  double median = rb_stats_spread(shares, n).median; /* sorts them */
  printf("ratio over its bound (oracle 6): median %.2f, %.2f to %.2f in %zu cells\n", median,
         shares[0], shares[n - 1], n);
  cr_expect_gt(median, 0.3);
  cr_expect_lt(median, 0.6);
  cr_expect_lt(shares[n - 1], 1);
}
