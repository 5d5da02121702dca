// SPDX-License-Identifier: Apache-2.0
#include "report/accuracy.h"

#include <math.h>

rb_accuracy rb_accuracy_of(const rb_trials_point *point) {
  rb_accuracy out = {0};
  for (size_t i = 0; i < point->n_trials; i++) {
    /* x is the logarithm of an integer: its error is far below the gap to the next one. */
    double place = ceil(point->trials[i].x / M_LN2 - 1e-9);
    size_t bin = place < 0 ? 0 : place > 64 ? 64 : (size_t)place;
    out.n[bin]++;
    out.n_successes[bin] += point->trials[i].success;
    out.mean[bin] += point->trials[i].accuracy;
  }
  for (size_t i = 0; i < RB_ACCURACY_BINS; i++)
    out.mean[i] = out.n[i] ? out.mean[i] / (double)out.n[i] : NAN;
  return out;
}

void rb_accuracy_range(size_t bin, uint64_t *least, uint64_t *most) {
  *least = bin == 0 ? 1 : ((uint64_t)1 << (bin - 1)) + 1;
  *most = bin < 64 ? (uint64_t)1 << bin : UINT64_MAX;
}

double rb_accuracy_failed(const rb_trials_point *point) {
  size_t n = 0, n_failed = 0;
  for (size_t i = 0; i < point->n_trials; i++)
    if (point->trials[i].x > point->log_cap - M_LN2 + 1e-9) {
      n++;
      n_failed += !point->trials[i].success;
    }
  return n ? (double)n_failed / (double)n : NAN;
}
