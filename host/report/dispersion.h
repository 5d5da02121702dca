// SPDX-License-Identifier: Apache-2.0
/* How much more the trials of a curve scatter by pretraining than independent ones would. */
#ifndef RB_REPORT_DISPERSION_H
#define RB_REPORT_DISPERSION_H
#include "report/exponent.h"

/* Sets dispersion and contrast of out, whose scale, guess, lapse and seen points (log_star) are
 * known: ratios of the variance of score sums by pretraining to that of independent trials, pooled
 * over d, as a single d has too few pretrainings to tell. For the contrast what a pretraining has
 * in common over the values of d is taken out first. Errors: RB_FAILED when memory is out. */
bool rb_dispersion_find(const rb_trials_curve *curve, rb_exponent *out, rb_err *err);

#endif
