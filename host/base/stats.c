// SPDX-License-Identifier: Apache-2.0
#include "base/stats.h"
#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

rb_spread rb_stats_spread(double *samples, size_t n) {
  qsort(samples, n, sizeof *samples, by_value);
  rb_spread s = {.n = n};
  s.median = n % 2 ? samples[n / 2] : 0.5 * (samples[n / 2 - 1] + samples[n / 2]);
  /* Largest k with P(Binomial(n, 1/2) < k) <= .025: the interval [x_(k), x_(n+1-k)] covers >= 95 %.
   */
  double p = pow(0.5, (double)n), cumulative = 0;
  size_t k = 0;
  if (n >
      1000) { /* 2^-n underflows; the normal approximation is the exact rank or, rarely, one less */
    double rank = floor(0.5 * ((double)n + 1) - 0.98 * sqrt((double)n));
    k = (size_t)rank;
  }
  for (size_t i = 0; n <= 1000 && i < n / 2; i++) {
    cumulative += p;
    if (cumulative > 0.025)
      break;
    k = i + 1;
    p *= (double)(n - i) / (double)(i + 1);
  }
  s.lo = samples[k ? k - 1 : 0];
  s.hi = samples[k ? n - k : n - 1];
  return s;
}

/* Density of Student's t over its value at 0. */
static double t_shape(double t, double degrees) {
  return exp(-0.5 * (degrees + 1) * log1p(t * t / degrees));
}

/* The density at 0. Of the gamma functions' ratio only sqrt(n / 2) is left in double beyond 1e6
 * degrees. */
static double t_peak(double n) {
  double ratio = n > 1e6 ? sqrt(n / 2) : exp(lgamma((n + 1) / 2) - lgamma(n / 2));
  return ratio / sqrt(n * M_PI);
}

/* Beyond it nothing is left of the tails of more degrees than that. */
static const size_t far = 64;

/* With t = sqrt(n) tan(angle) the long tails of few degrees are finite, and smooth. */
static double cos_power(double angle, double n) {
  return pow(cos(angle), n - 1);
}

/* Simpson's: smooth integrands, and cheap at the sizes that occur. */
static double integral(double (*of)(double x, double n), double from, double to, double n) {
  enum { INTERVALS = 2000 };
  double h = (to - from) / INTERVALS, sum = 0;
  for (int i = 0; i <= INTERVALS; i++)
    sum += (i == 0 || i == INTERVALS ? 1 : i % 2 ? 4 : 2) * of(from + h * i, n);
  return sum * h / 3;
}

/* Of the shape from 0 to t >= 0. */
static double t_integral(double t, size_t degrees) {
  double n = (double)degrees;
  return degrees <= far ? sqrt(n) * integral(cos_power, 0, atan(t / sqrt(n)), n)
                        : integral(t_shape, 0, t, n);
}

/* Newton's method from below: the distribution is concave above 0, so that every step stays below
 * the quantile. */
double rb_stats_t(double probability, size_t degrees) {
  enum { ROUNDS = 100 };
  double n = (double)degrees, step = 1;
  /* The normal quantile, a little less, is below that of t (Abramowitz and Stegun 26.2.23, good to
   * 4.5e-4). */
  double u = sqrt(-2 * log(1 - probability)), t = u - 0.001;
  t -= (2.515517 + 0.802853 * u + 0.010328 * u * u) /
       (1 + 1.432788 * u + 0.189269 * u * u + 0.001308 * u * u * u);
  t = t > 0 ? t : 0;
  double peak = t_peak(n);
  for (int round = 0; round < ROUNDS && step > 1e-10 * t; round++) {
    step = ((probability - 0.5) / peak - t_integral(t, degrees)) / t_shape(t, n);
    t += step;
  }
  return t;
}

double rb_stats_t_above(double t, size_t degrees) {
  double n = (double)degrees, size = fabs(t), above = 0;
  if (degrees <= far)
    above = t_peak(n) * sqrt(n) * integral(cos_power, atan(size / sqrt(n)), M_PI / 2, n);
  else if (size < (double)far)
    above = fmax(0, 0.5 - t_peak(n) * t_integral(size, degrees));
  return t >= 0 ? above : 1 - above;
}

double rb_stats_t975(size_t degrees) {
  return rb_stats_t(0.975, degrees);
}

bool rb_stats_line(const double *x, const double *y, size_t n, rb_line *line) {
  if (n < 3)
    return false;
  double mean_x = 0, mean_y = 0, sxx = 0, sxy = 0, residual = 0;
  for (size_t i = 0; i < n; i++) {
    mean_x += x[i] / (double)n;
    mean_y += y[i] / (double)n;
  }
  for (size_t i = 0; i < n; i++) {
    sxx += (x[i] - mean_x) * (x[i] - mean_x);
    sxy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  if (!(sxx > 0))
    return false;
  line->slope = sxy / sxx;
  line->intercept = mean_y - line->slope * mean_x;
  for (size_t i = 0; i < n; i++) {
    double e = y[i] - line->intercept - line->slope * x[i];
    residual += e * e;
  }
  line->half = rb_stats_t975(n - 2) * sqrt(residual / (double)(n - 2) / sxx);
  return true;
}

rb_weighted rb_stats_weighted(const double *x, const double *y, const double *w, size_t n) {
  rb_weighted out = {0};
  double sxy = 0;
  for (size_t i = 0; i < n; i++)
    out.sum += w[i];
  for (size_t i = 0; i < n; i++) {
    out.mean += w[i] * x[i] / out.sum;
    out.level += w[i] * y[i] / out.sum;
  }
  for (size_t i = 0; i < n; i++) {
    out.sxx += w[i] * (x[i] - out.mean) * (x[i] - out.mean);
    sxy += w[i] * (x[i] - out.mean) * (y[i] - out.level);
  }
  out.slope = sxy / out.sxx;
  for (size_t i = 0; i < n; i++) {
    double e = y[i] - out.level - out.slope * (x[i] - out.mean);
    out.chi2 += w[i] * e * e;
  }
  return out;
}

double rb_stats_half(double variance, double chi2, size_t degrees, double probability) {
  double known = rb_stats_t(probability, RB_STATS_NORMAL);
  double estimated = rb_stats_t(probability, degrees) * sqrt(chi2 / (double)degrees);
  return sqrt(variance) * fmax(known, estimated);
}

void rb_stats_ratio(const double a[3], const double b[3], double error, double ratio[3]) {
  double beside = rb_stats_t(0.975, RB_STATS_NORMAL) * error;
  double down = hypot(hypot(log(a[0] / a[1]), log(b[2] / b[0])), beside);
  double up = hypot(hypot(log(a[2] / a[0]), log(b[0] / b[1])), beside);
  ratio[0] = a[0] / b[0];
  ratio[1] = ratio[0] * exp(-down);
  ratio[2] = ratio[0] * exp(up);
}
