// SPDX-License-Identifier: Apache-2.0
/* What a verdict rests on, as tables for programs: raw numbers, null where there is none. A curve
 * is known in all of them by its number. Errors: RB_FAILED when memory is out. */
#ifndef RB_REPORT_EVIDENCE_H
#define RB_REPORT_EVIDENCE_H
#include "report/judge.h"
#include "report/table.h"

/* A row per curve: configuration, state, exponents, control. */
bool rb_evidence_curves(const rb_judge *judge, rb_table **out, rb_err *err);
/* A row per curve and d: n* or m* with its interval, trials, what the features are like. */
bool rb_evidence_points(const rb_judge *judge, rb_table **out, rb_err *err);
/* A row per curve, d and bin of n (or m) with trials: their mean accuracy and successes. */
bool rb_evidence_accuracy(const rb_judge *judge, rb_table **out, rb_err *err);

/* "seen", "above", "below", "none": where n* lies (rb_exponent_censored). */
extern const char *const rb_evidence_censored[];

#endif
