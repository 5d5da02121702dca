// SPDX-License-Identifier: Apache-2.0
/* Accuracy over n (or m) as the trials of a cell show it, in bins that double. */
#ifndef RB_REPORT_ACCURACY_H
#define RB_REPORT_ACCURACY_H
#include "report/trials.h"

enum { RB_ACCURACY_BINS = 65 };

/* Bin b has the trials with n in (2^(b-1), 2^b], bin 0 those with n = 1. */
typedef struct rb_accuracy {
  size_t n[RB_ACCURACY_BINS], n_successes[RB_ACCURACY_BINS];
  double mean[RB_ACCURACY_BINS]; /* NAN where there is no trial */
} rb_accuracy;

rb_accuracy rb_accuracy_of(const rb_trials_point *point);
/* Least and largest n of a bin. */
void rb_accuracy_range(size_t bin, uint64_t *least, uint64_t *most);
/* Share of the trials that failed among those with more than half of the largest n that trials may
 * have; NAN if there is none. */
double rb_accuracy_failed(const rb_trials_point *point);

#endif
