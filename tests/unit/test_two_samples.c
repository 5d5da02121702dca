// SPDX-License-Identifier: Apache-2.0
/* Proves: the p-values that other tests go by are right: Kolmogorov and Smirnov's equals a count of
 * all arrangements, Welch's takes its value at the tabulated quantiles of Student's t, equal laws
 * get small ones as seldom as they should, and shifted or stretched ones are seen. Fails if a
 * p-value is too small, so that right code fails, or too large, so that wrong code passes. */
#include <criterion/criterion.h>
#include "../two_samples.h"
#include "base/philox.h"
#include "base/stats.h"

enum { N = 60, TIMES = 4000 };

/* Of the arrangements of n of each, the share with a distance of k / n or more. */
static double share(int n, int k) {
  int all = 0, far = 0;
  for (unsigned set = 0; set < 1u << 2 * n; set++) {
    int height = 0, most = 0, ones = 0;
    for (int i = 0; i < 2 * n; i++) {
      height += set >> i & 1 ? 1 : -1;
      ones += set >> i & 1;
      most = abs(height) > most ? abs(height) : most;
    }
    all += ones == n;
    far += ones == n && most >= k;
  }
  return (double)far / all;
}

Test(two_samples, kolmogorov_smirnov_counts_arrangements) {
  for (int n = 1; n <= 8; n++)
    for (int k = 1; k <= n; k++) {
      double x[8], y[8]; /* y is k places behind: a distance of k / n */
      for (int i = 0; i < n; i++) {
        x[n - 1 - i] = i;
        y[i] = i + k - 0.5;
      }
      cr_assert_float_eq(two_samples_ks(x, y, (size_t)n), share(n, k), 1e-12, "n %d k %d", n, k);
    }
  double x[] = {1, 2, 2, 3}, y[] = {2, 3, 1, 2};
  cr_assert_eq(two_samples_ks(x, y, 4), 1);
}

/* Two numbers each side of the mean and the rest in it: t and the degrees of freedom are known. */
Test(two_samples, welch_at_known_quantiles) {
  static const size_t sizes[] = {6, 26, 101, 301};
  for (size_t s = 0; s < 4; s++) {
    size_t n = sizes[s];
    double x[301] = {0}, y[301] = {0}, sd = sqrt(2 / (double)(n - 1));
    double shift = rb_stats_t975(2 * n - 2) * sd * sqrt(2 / (double)n);
    for (size_t i = 0; i < n; i++)
      y[i] = x[i] = i == 0 ? 1 : i == 1 ? -1 : 0;
    for (size_t i = 0; i < n; i++)
      y[i] += shift;
    cr_assert_float_eq(two_samples_welch(x, y, n), 0.05, 0.0002, "n %zu: %g", n,
                       two_samples_welch(x, y, n));
  }
  double same[] = {1, 1, 1}, other[] = {2, 2, 2};
  cr_assert_eq(two_samples_welch(same, same, 3), 1);
  cr_assert_eq(two_samples_welch(same, other, 3), 0);
}

static void draw(rb_random *random, double shift, double scale, double *x) {
  for (int i = 0; i < N; i++)
    x[i] = shift + scale * rb_random_normal(random);
}

/* How often of TIMES each p-value is below level. */
static void often(double level, double shift, double scale, int found[2]) {
  rb_random random = rb_random_make(1, RB_STREAM_CHECK);
  double x[N], y[N];
  found[0] = found[1] = 0;
  for (int i = 0; i < TIMES; i++) {
    draw(&random, 0, 1, x);
    draw(&random, shift, scale, y);
    found[0] += two_samples_welch(x, y, N) < level;
    found[1] += two_samples_ks(x, y, N) < level;
  }
}

/* Four standard deviations of a count; Kolmogorov and Smirnov's comes in steps and may be below. */
Test(two_samples, levels_and_power) {
  int found[2];
  for (double level = 0.2; level > 0.002; level /= 10) {
    double want = level * TIMES, room = 4 * sqrt(want);
    often(level, 0, 1, found);
    cr_assert_float_eq(found[0], want, room, "level %g: Welch %d", level, found[0]);
    cr_assert(found[1] < want + room && found[1] > want / 3 - room, "level %g: KS %d", level,
              found[1]);
  }
  often(1e-3, 1.2, 1, found);
  cr_assert(found[0] > 0.99 * TIMES && found[1] > 0.95 * TIMES, "shift: %d %d", found[0], found[1]);
  often(1e-3, 0, 8, found);
  cr_assert(found[1] > 0.95 * TIMES, "scale: %d %d", found[0], found[1]);
}
