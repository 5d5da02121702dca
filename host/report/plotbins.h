// SPDX-License-Identifier: Apache-2.0
/* Mean accuracy of trials against n (or m) for a figure, in geometric bins. */
#ifndef RB_REPORT_PLOTBINS_H
#define RB_REPORT_PLOTBINS_H
#include "report/trials.h"

/* A bin has n in (2^(k/3), 2^((k+1)/3)], the same for every cell. Trials fewer than
 * LEAST_TRIALS make no bin, pretrainings fewer than LEAST_GROUPS no interval over them. */
enum { RB_PLOTBINS_PER_DOUBLING = 3, RB_PLOTBINS_LEAST_TRIALS = 10, RB_PLOTBINS_LEAST_GROUPS = 4 };

typedef struct rb_plotbin {
  double x;            /* mean of ln n of its trials */
  double mean, lo, hi; /* with its 95 % interval, within 0..1 */
  size_t n_trials, n_pretrainings;
} rb_plotbin;

/* *out: (*n_out) bins by x, owned by the caller; *n_left_out counts trials in no bin. The interval
 * is Student's over trials; with pretrainings enough it is the wider of that and of the one that
 * takes them as the independent units (cluster-robust, n_pretrainings - 1 degrees of freedom).
 * Errors: RB_FAILED when memory is out. */
bool rb_plotbins_make(const rb_trials_point *point, rb_plotbin **out, size_t *n_out,
                      size_t *n_left_out, rb_err *err);

#endif
