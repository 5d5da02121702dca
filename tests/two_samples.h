// SPDX-License-Identifier: Apache-2.0
/* Two-sample tests of equal laws, for tests of what is random: p-values for n numbers each. */
#ifndef TEST_TWO_SAMPLES_H
#define TEST_TWO_SAMPLES_H
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

static inline int two_samples_ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Kolmogorov-Smirnov; x and y are sorted in place. Exact where there are no ties (Gnedenko and
 * Korolyuk 1951: P(D >= k/n) = 2 sum_i (-1)^(i+1) C(2n, n - i k) / C(2n, n)), else too large. */
static inline double two_samples_ks(double *x, double *y, size_t n) {
  size_t most = 0;
  double p = 0, N = (double)n;
  qsort(x, n, sizeof *x, two_samples_ascending);
  qsort(y, n, sizeof *y, two_samples_ascending);
  for (size_t i = 0, j = 0; i < n && j < n;) {
    double at = fmin(x[i], y[j]);
    while (i < n && x[i] <= at)
      i++;
    while (j < n && y[j] <= at)
      j++;
    size_t apart = i > j ? i - j : j - i;
    most = apart > most ? apart : most;
  }
  for (size_t i = 1; most > 0 && i * most <= n; i++) {
    double k = (double)(i * most);
    p += (i % 2 ? 2 : -2) * exp(2 * lgamma(N + 1) - lgamma(N - k + 1) - lgamma(N + k + 1));
  }
  return most > 0 ? fmin(fmax(p, 0), 1) : 1;
}

/* Welch's test of equal means. Student's t becomes normal by Wallace's formula (Ann. Math. Stat.
 * 30, 1959), right to a hundredth of the p-value at the degrees of freedom that occur here. */
static inline double two_samples_welch(const double *x, const double *y, size_t n) {
  double N = (double)n, mean[2] = {0}, var[2] = {0};
  for (size_t i = 0; i < n; i++) {
    mean[0] += x[i] / N;
    mean[1] += y[i] / N;
  }
  for (size_t i = 0; i < n; i++) {
    var[0] += (x[i] - mean[0]) * (x[i] - mean[0]) / (N - 1) / N;
    var[1] += (y[i] - mean[1]) * (y[i] - mean[1]) / (N - 1) / N;
  }
  double both = var[0] + var[1], difference = mean[0] - mean[1];
  if (!(both > 0))
    return difference == 0;
  double degrees = (N - 1) * both * both / (var[0] * var[0] + var[1] * var[1]);
  double z = (8 * degrees + 1) / (8 * degrees + 3) *
             sqrt(degrees * log1p(difference * difference / both / degrees));
  return erfc(z / sqrt(2));
}

#endif
