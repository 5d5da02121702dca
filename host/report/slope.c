// SPDX-License-Identifier: Apache-2.0
#include "report/slope.h"

#include <math.h>

#include "base/stats.h"

/* The coefficient of (ln d)^2: the part of the square that no line explains. */
static void fit_curvature(rb_exponent *out, const double *x, const double *y, const double *w,
                          const rb_weighted *line) {
  double square[RB_TRIALS_MAX_POINTS], rest[RB_TRIALS_MAX_POINTS], sqq = 0, sqy = 0;
  size_t n = out->n_points;
  if (n < 4)
    return;
  for (size_t i = 0; i < n; i++)
    square[i] = (x[i] - line->mean) * (x[i] - line->mean);
  rb_weighted of_square = rb_stats_weighted(x, square, w, n);
  for (size_t i = 0; i < n; i++) {
    rest[i] = square[i] - of_square.level - of_square.slope * (x[i] - of_square.mean);
    sqq += w[i] * rest[i] * rest[i];
    sqy += w[i] * rest[i] * y[i];
  }
  double value = sqy / sqq, chi2 = fmax(line->chi2 - value * value * sqq, 0);
  double half = rb_stats_half(1 / sqq, chi2, n - 3, 0.975);
  out->curvature[0] = value, out->curvature[1] = value - half, out->curvature[2] = value + half;
}

/* Every pair at once, after Bonferroni: the largest true ratio is that of some pair. What the
 * pretrainings have in common cancels in it. */
static void find_ratio(rb_exponent *out) {
  size_t n = out->n_points;
  double value = 0, lo = 0, hi = 0,
         z = rb_stats_t(1 - 0.025 / (0.5 * (double)(n * (n - 1))), RB_STATS_NORMAL);
  double share = sqrt(out->contrast / out->dispersion);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < i; j++) {
      const rb_exponent_point *a = &out->points[i], *b = &out->points[j];
      double apart = fabs(a->log_star - b->log_star), half = z * share * hypot(a->se, b->se);
      value = fmax(value, apart);
      lo = fmax(lo, apart - half);
      hi = fmax(hi, apart + half);
    }
  out->ratio[0] = exp(value), out->ratio[1] = exp(lo), out->ratio[2] = exp(hi);
}

/* The errors that weigh the points leave out the spread between pretrainings: whatever makes points
 * scatter more than independent trials do is in chi2. */
void rb_slope_fit(rb_exponent *out) {
  double x[RB_TRIALS_MAX_POINTS], y[RB_TRIALS_MAX_POINTS], w[RB_TRIALS_MAX_POINTS];
  size_t n = out->n_points;
  if (n < 3)
    return;
  for (size_t i = 0; i < n; i++) {
    const rb_exponent_point *point = &out->points[i];
    if (point->censored != RB_EXPONENT_SEEN || !(point->se > 0))
      return;
    x[i] = log((double)point->d), y[i] = point->log_star;
    w[i] = out->dispersion / (point->se * point->se);
  }
  rb_weighted line = rb_stats_weighted(x, y, w, n);
  double variance = 1 / line.sxx, stretch = fmax(1, line.chi2 / (double)(n - 2));
  double half90 = rb_stats_half(variance, line.chi2, n - 2, 0.95);
  double half95 = rb_stats_half(variance, line.chi2, n - 2, 0.975);
  out->slope =
      (rb_exponent_slope){line.slope,          sqrt(variance * stretch), line.slope - half90,
                          line.slope + half90, line.slope - half95,      line.slope + half95};
  out->intercept = line.level - line.slope * line.mean;
  out->chi2 = line.chi2;
  fit_curvature(out, x, y, w, &line);
  find_ratio(out);
}
