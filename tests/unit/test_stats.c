// SPDX-License-Identifier: Apache-2.0
/* Proves: the median's interval takes the binomial ranks and covers the true median at least 95 %
 * of the time, not much more; t quantiles equal table values and tails are what they leave; the
 * line's slope and its interval are those of a worked example and cover the truth at the stated
 * rate; the interval of a ratio does too, with runs that differ. Fails if a rank is off by one, on
 * either side, or if an interval of a ratio takes the wrong end of its parts. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/philox.h"
#include "base/stats.h"

Test(stats, medians_and_small_ranges) {
  double one[] = {3}, two[] = {5, 1}, five[] = {5, 1, 4, 2, 3};
  rb_spread s = rb_stats_spread(one, 1);
  cr_assert(s.median == 3 && s.lo == 3 && s.hi == 3 && s.n == 1);
  s = rb_stats_spread(two, 2);
  cr_assert(s.median == 3 && s.lo == 1 && s.hi == 5);
  s = rb_stats_spread(five, 5);
  cr_assert(s.median == 3 && s.lo == 1 && s.hi == 5 && five[0] == 1 && five[4] == 5);
}

/* Ranks of the 95 % interval as tables give them (e.g. Conover, Practical Nonparametric
 * Statistics). */
Test(stats, ranks_from_tables) {
  static const int table[][2] = {{6, 1},  {8, 1},  {9, 2},  {10, 2},  {11, 2},  {12, 3},
                                 {15, 4}, {20, 6}, {25, 8}, {30, 10}, {50, 18}, {100, 40}};
  double x[100];
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    int n = table[i][0], k = table[i][1];
    for (int j = 0; j < n; j++)
      x[j] = n - j; /* 1..n */
    rb_spread s = rb_stats_spread(x, (size_t)n);
    cr_assert(s.lo == k && s.hi == n + 1 - k, "n = %d: ranks %g and %g", n, s.lo, s.hi);
  }
}

/* The rank itself, for every n around and far beyond the switch to the normal approximation, from
 * binomial sums carried from n to n + 1 (Pascal's rule, scaled by 2^-n): never above the exact
 * rank, which would cover too little, and at most one below it. */
Test(stats, ranks_of_every_size) {
  enum { FIRST = 6, LAST = 3000 };
  static double x[LAST];
  size_t k = 0;                    /* exact rank of n */
  long double below = 0, mass = 1; /* P(Binomial(n, 1/2) < k), P(.. = k) */
  for (size_t n = 1; n <= LAST; n++) {
    /* P_n(< k) = P_{n-1}(< k) - P_{n-1}(k - 1) / 2, P_n(k) = P_{n-1}(k) n / (2 (n - k)) */
    if (k > 0)
      below -= mass * (long double)k / (long double)(n - 1 - k + 1) / 2;
    mass *= (long double)n / (2 * (long double)(n - k));
    while (below + mass <= 0.025L) {
      below += mass;
      mass *= (long double)(n - k) / (long double)(k + 1);
      k++;
    }
    x[n - 1] = (double)n;
    if (n < FIRST)
      continue;
    rb_spread s = rb_stats_spread(x, n);
    cr_assert_leq(s.lo, (double)k, "n = %zu: rank %g, exact %zu", n, s.lo, k);
    cr_assert_geq(s.lo, (double)k - (n > 1000), "n = %zu: rank %g, exact %zu", n, s.lo, k);
    cr_assert_eq(s.lo + s.hi, (double)n + 1);
  }
}

/* P(lo rank <= #below median ...) from the binomial law in logarithms, on both sides of the switch
 * to the normal approximation: at least 95 %, and one rank further in would be less (or nearly so).
 */
Test(stats, coverage_of_the_ranks) {
  static const size_t sizes[] = {6, 7, 17, 100, 999, 1000, 1001, 1002, 2000, 5001, 20000};
  double *x = calloc(20000, sizeof *x);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    size_t n = sizes[i];
    for (size_t j = 0; j < n; j++)
      x[j] = (double)j + 1;
    rb_spread s = rb_stats_spread(x, n);
    double outside = 0, next = 0;
    for (size_t j = 0; j <= (size_t)s.lo; j++) {
      double mass = exp(lgamma(n + 1.0) - lgamma(j + 1.0) - lgamma(n - j + 1.0) - n * log(2));
      outside += j < (size_t)s.lo ? mass : 0;
      next += mass;
    }
    cr_assert_float_eq(s.lo + s.hi, n + 1.0, 1e-9);
    cr_assert_leq(outside, 0.025, "n = %zu covers %g", n, 1 - 2 * outside);
    cr_assert_gt(next, n <= 1000 ? 0.025 : 0.0245, "n = %zu is wider than needed", n);
  }
  free(x);
}

Test(stats, coverage_by_simulation) {
  enum { TRIALS = 4000 };
  static const size_t sizes[] = {6, 10, 25, 60};
  rb_random random = rb_random_make(3, RB_STREAM_CHECK);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    int covered = 0;
    double x[60];
    for (int trial = 0; trial < TRIALS; trial++) {
      for (size_t j = 0; j < sizes[i]; j++)
        x[j] = exp(rb_random_normal(&random)); /* skewed; the true median is 1 */
      rb_spread s = rb_stats_spread(x, sizes[i]);
      covered += s.lo <= 1 && 1 <= s.hi;
    }
    double rate = (double)covered / TRIALS, error = sqrt(0.05 * 0.95 / TRIALS);
    printf("n = %zu: interval of the median covers %.4f\n", sizes[i], rate);
    cr_assert_gt(rate, 0.95 - 4 * error);
    cr_assert_lt(rate, 0.98 + 4 * error);
  }
}

Test(stats, t_quantiles_from_tables) {
  static const double table[][2] = {{1, 12.7062}, {2, 4.3027},  {3, 3.1824},   {4, 2.7764},
                                    {5, 2.5706},  {8, 2.3060},  {10, 2.2281},  {20, 2.0860},
                                    {30, 2.0423}, {60, 2.0003}, {120, 1.9799}, {1000000, 1.9600}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    cr_assert_float_eq(rb_stats_t975((size_t)table[i][0]), table[i][1], 6e-5, "%g degrees: %g",
                       table[i][0], rb_stats_t975((size_t)table[i][0]));
}

/* Where the distribution has a closed form: 1 degree is Cauchy's law, 2 degrees have
 * P(t < x) = 1/2 + x / (2 sqrt(2 + x^2)), and 4 degrees a cubic in 1 / sqrt(1 + x^2 / 4). */
Test(stats, t_quantiles_in_closed_form) {
  const double pi = acos(-1);
  cr_assert_float_eq(rb_stats_t975(1), tan(0.475 * pi), 1e-8);
  cr_assert_float_eq(rb_stats_t975(2), 0.95 * sqrt(2 / (1 - 0.95 * 0.95)), 1e-8);
  double x = rb_stats_t975(4), s = x / sqrt(4 + x * x);
  cr_assert_float_eq(0.5 + 0.75 * (s - s * s * s / 3), 0.975, 1e-9);
  for (size_t n = 2; n < 300; n++)
    cr_assert(rb_stats_t975(n) < rb_stats_t975(n - 1) && rb_stats_t975(n) > 1.959963);
}

/* 95 % to one side, and the normal law, to the tails that many pairs at once take. */
Test(stats, t_quantiles_at_any_probability) {
  const double pi = acos(-1);
  for (double p = 0.5; p < 0.9999; p += 0.0099) {
    double two = 2 * p - 1;
    cr_assert_float_eq(rb_stats_t(p, 1), tan((p - 0.5) * pi), 1e-7 * (1 + tan((p - 0.5) * pi)));
    cr_assert_float_eq(rb_stats_t(p, 2), two * sqrt(2 / (1 - two * two)), 1e-7);
    double z = rb_stats_t(p, RB_STATS_NORMAL);
    cr_assert_float_eq(0.5 * erfc(-z / sqrt(2)), p, 1e-9);
  }
  cr_assert_float_eq(rb_stats_t(0.95, 4), 2.131846786, 1e-8);
  cr_assert_float_eq(rb_stats_t(0.95, 3), 2.353363435, 1e-8);
  cr_assert_float_eq(rb_stats_t(1 - 1e-5, RB_STATS_NORMAL), 4.264890794, 1e-7);
}

Test(stats, line_of_a_worked_example) {
  const double x[] = {1, 2, 3, 4, 5}, y[] = {2, 4, 5, 4, 5};
  rb_line line;
  cr_assert(rb_stats_line(x, y, 5, &line));
  cr_assert_float_eq(line.slope, 0.6, 1e-12); /* sxy 6 over sxx 10 */
  cr_assert_float_eq(line.intercept, 2.2, 1e-12);
  /* residual sum 2.4, error sqrt(2.4 / 3 / 10), t 3.1824 */
  cr_assert_float_eq(line.half, 3.182446 * sqrt(0.08), 1e-5);
  cr_assert(!rb_stats_line(x, y, 2, &line));
  cr_assert(!rb_stats_line((double[]){2, 2, 2}, y, 3, &line));
  cr_assert(rb_stats_line((double[]){1e6 + 1, 1e6 + 2, 1e6 + 3}, (double[]){1, 3, 5}, 3, &line));
  cr_assert_float_eq(line.slope, 2, 1e-9);
  cr_assert_float_eq(line.half, 0, 1e-6);
}

/* Equal weights are the example above; a weight of 2 is the same point twice. */
Test(stats, weighted_line) {
  const double x[] = {1, 2, 3, 4, 5}, y[] = {2, 4, 5, 4, 5}, ones[] = {1, 1, 1, 1, 1};
  rb_weighted line = rb_stats_weighted(x, y, ones, 5);
  cr_expect_float_eq(line.slope, 0.6, 1e-12);
  cr_expect_float_eq(line.level, 4, 1e-12);
  cr_expect_float_eq(line.mean, 3, 1e-12);
  cr_expect_float_eq(line.sxx, 10, 1e-12);
  cr_expect_float_eq(line.chi2, 2.4, 1e-12);
  cr_expect_float_eq(line.sum, 5, 1e-12);
  const double twice_x[] = {1, 2, 3, 4, 5, 5}, twice_y[] = {2, 4, 5, 4, 5, 5};
  rb_weighted weighted = rb_stats_weighted(x, y, (double[]){1, 1, 1, 1, 2}, 5);
  rb_weighted twice = rb_stats_weighted(twice_x, twice_y, (double[]){1, 1, 1, 1, 1, 1}, 6);
  cr_expect_float_eq(weighted.slope, twice.slope, 1e-12);
  cr_expect_float_eq(weighted.level, twice.level, 1e-12);
  cr_expect_float_eq(weighted.chi2, twice.chi2, 1e-12);
  /* Points on the line: their own errors decide; far off it: the scatter. */
  cr_expect_float_eq(rb_stats_half(0.04, 0, 3, 0.975), 0.2 * 1.959964, 1e-6);
  cr_expect_float_eq(rb_stats_half(0.04, 12, 3, 0.975), 0.2 * 3.182446 * 2, 1e-5);
}

Test(stats, slope_interval_covers) {
  enum { TRIALS = 2000 };
  rb_random random = rb_random_make(4, RB_STREAM_CHECK);
  int covered = 0;
  for (int trial = 0; trial < TRIALS; trial++) {
    double x[6], y[6];
    rb_line line;
    for (int i = 0; i < 6; i++) {
      x[i] = i * i;
      y[i] = 3 - 0.5 * x[i] + rb_random_normal(&random);
    }
    cr_assert(rb_stats_line(x, y, 6, &line));
    covered += fabs(line.slope + 0.5) <= line.half;
  }
  double rate = (double)covered / TRIALS;
  printf("interval of the slope covers %.4f\n", rate);
  cr_assert_float_eq(rate, 0.95, 4 * sqrt(0.05 * 0.95 / TRIALS));
}

/* ---- ratios ---- */

Test(stats, ratio_of_a_worked_example) {
  const double a[] = {2, 1.8, 2.6}, b[] = {1, 0.9, 1.05}, point[] = {1, 1, 1};
  const double unknown[] = {1, NAN, NAN};
  double ratio[3];
  rb_stats_ratio(a, b, 0, ratio);
  cr_expect_eq(ratio[0], 2);
  cr_expect_float_eq(ratio[1], 2 * exp(-hypot(log(2 / 1.8), log(1.05))), 1e-12);
  cr_expect_float_eq(ratio[2], 2 * exp(hypot(log(2.6 / 2), log(1 / 0.9))), 1e-12);
  rb_stats_ratio(point, point, 0.01, ratio);
  cr_expect_float_eq(ratio[1], exp(-0.01959964), 1e-6);
  cr_expect_float_eq(ratio[2], exp(0.01959964), 1e-6);
  rb_stats_ratio(a, unknown, 0, ratio);
  cr_expect(ratio[0] == 2 && isnan(ratio[1]) && isnan(ratio[2]));
}

/* Times of two runs of n repetitions, with a share of slow ones; each run has an effect of its own
 * of 1 %, which the medians do not know. */
static double covered(rb_random *random, size_t n, double error, bool with_runs) {
  enum { TRIALS = 4000 };
  double x[100], sides[2][3], ratio[3];
  int n_inside = 0;
  for (int trial = 0; trial < TRIALS; trial++) {
    for (int side = 0; side < 2; side++) {
      double run = with_runs ? 0.01 * rb_random_normal(random) : 0;
      for (size_t i = 0; i < n; i++) {
        double slow = rb_random_uniform(random) < 0.05 ? 0.3 * rb_random_uniform(random) : 0;
        x[i] = exp(run + slow + 0.02 * rb_random_normal(random));
      }
      rb_spread s = rb_stats_spread(x, n);
      sides[side][0] = s.median, sides[side][1] = s.lo, sides[side][2] = s.hi;
    }
    rb_stats_ratio(sides[0], sides[1], error, ratio);
    n_inside += ratio[1] <= 1 && 1 <= ratio[2];
  }
  return (double)n_inside / TRIALS;
}

Test(stats, interval_of_a_ratio_covers) {
  rb_random random = rb_random_make(5, RB_STREAM_CHECK);
  static const size_t sizes[] = {6, 10, 20, 60};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    double alone = covered(&random, sizes[i], 0, false);
    double runs = covered(&random, sizes[i], hypot(0.01, 0.01), true);
    double blind = covered(&random, sizes[i], 0, true);
    printf(
        "%zu repetitions: the interval of a ratio covers it in %.1f %%, with runs that differ in "
        "%.1f %%, and in %.1f %% where these are not known of\n",
        sizes[i], 100 * alone, 100 * runs, 100 * blind);
    cr_expect(alone >= 0.95, "%zu: %g", sizes[i], alone);
    cr_expect(runs >= 0.945 && runs <= 0.995, "%zu: %g", sizes[i], runs);
    cr_expect(sizes[i] < 20 || blind < 0.9, "%zu: %g", sizes[i], blind);
  }
}

/* The tail is what the quantile leaves, at every number of degrees, and one of the other side. */
Test(stats, tails_of_t) {
  const size_t degrees[] = {1, 2, 3, 8, 30, 64, 65, 200, RB_STATS_NORMAL};
  const double tails[] = {0.4, 0.1, 0.05, 0.01, 0.001, 1e-4};
  for (size_t i = 0; i < sizeof degrees / sizeof *degrees; i++)
    for (size_t j = 0; j < sizeof tails / sizeof *tails; j++) {
      double t = rb_stats_t(1 - tails[j], degrees[i]);
      cr_expect_float_eq(rb_stats_t_above(t, degrees[i]) / tails[j], 1, 1e-5, "%zu degrees, %g",
                         degrees[i], tails[j]);
      cr_expect_float_eq(rb_stats_t_above(-t, degrees[i]), 1 - tails[j], 1e-9);
    }
  cr_expect_float_eq(rb_stats_t_above(1, 1), 0.25, 1e-12);
  cr_expect_float_eq(rb_stats_t_above(0, 7), 0.5, 1e-12);
  cr_expect_eq(rb_stats_t_above(1e9, RB_STATS_NORMAL), 0);
}
