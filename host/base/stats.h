// SPDX-License-Identifier: Apache-2.0
/* The few statistics everything shares. */
#ifndef RB_BASE_STATS_H
#define RB_BASE_STATS_H
#include <stddef.h>
#include "base/err.h"

/* Median and distribution-free 95 % interval of it from order statistics (binomial ranks); for n <
 * RB_STATS_LEAST no such interval reaches 95 % and lo..hi is the whole range. */
typedef struct rb_spread {
  double median, lo, hi;
  size_t n;
} rb_spread;

enum { RB_STATS_LEAST = 6 };

/* samples (n) is sorted in place; n >= 1. */
rb_spread rb_stats_spread(double *samples, size_t n);

/* Least squares y = intercept + slope x over n >= 3 points; half = half-width of the 95 % t
 * interval of the slope. false when all x are equal or n < 3. */
typedef struct rb_line {
  double slope, intercept, half;
} rb_line;
bool rb_stats_line(const double *x, const double *y, size_t n, rb_line *line);

/* Weighted least squares y = level + slope (x - mean) over n >= 2 points, mean the weighted one of
 * x. w (n), positive: 1 / variance of each y. Then 1 / sum is the variance of level, 1 / sxx that
 * of slope, and chi2 (the weighted sum of squared residuals) follows chi^2 with n - 2 degrees where
 * the line is the truth. */
typedef struct rb_weighted {
  double mean, level, slope, sum, sxx, chi2;
} rb_weighted;
rb_weighted rb_stats_weighted(const double *x, const double *y, const double *w, size_t n);
/* Half of an interval that leaves out 1 - probability at each end, of an estimate with `variance`
 * from the known errors of the points: the wider of what those say (normal) and of what the
 * scatter around the fit says, which is estimated (t with the `degrees` >= 1 that are left). */
double rb_stats_half(double variance, double chi2, size_t degrees, double probability);

/* The ratio a / b of two positive numbers, each {value, lo, hi} with its 95 % interval, into ratio
 * with one of about 95 %: the method of variance estimates recovery on logarithms (G. Y. Zou and A.
 * Donner, "Construction of confidence limits about effect measures: a general approach", Statistics
 * in Medicine 27 (2008)), which takes the intervals as they are, lopsided or not. error: standard
 * error of the logarithm of the ratio beside what the intervals know. An interval that is not known
 * (NAN) leaves that of the ratio unknown. */
void rb_stats_ratio(const double a[3], const double b[3], double error, double ratio[3]);

/* Two-sided 95 % quantile of Student's t with `degrees` >= 1, to 9 digits, from the
 * integrated density. */
double rb_stats_t975(size_t degrees);
/* The quantile of Student's t at probability in [1/2, 1 - 1e-5], the same way. RB_STATS_NORMAL
 * degrees give that of the normal law. */
double rb_stats_t(double probability, size_t degrees);
#define RB_STATS_NORMAL ((size_t)1 << 40)
/* P(T > t) of Student's t, the same way: to about 1e-12, so that nothing below that is told. */
double rb_stats_t_above(double t, size_t degrees);

#endif
