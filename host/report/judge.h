// SPDX-License-Identifier: Apache-2.0
/* The verdict on "does not depend on d" of a whole trace. The claim holds iff every multitask curve
 * is independent of d, every control holds, random features are among them, and no planned cell is
 * missing. Groups with a single value of d ask nothing: they are shown and do not count. */
#ifndef RB_REPORT_JUDGE_H
#define RB_REPORT_JUDGE_H
#include "base/stats.h"
#include "report/control.h"
#include "report/exponent.h"
#include "report/load.h"

/* What is known of one curve. */
typedef struct rb_judge_curve {
  const rb_trials_curve *curve;
  rb_exponent exponent;
  rb_control control; /* of sources other than multitask */
  bool asked;         /* its group has several values of d */
  rb_line cost;       /* ln(ns per sample of the pretraining) over ln d; NAN below 3 values */
} rb_judge_curve;

typedef struct rb_judge {
  rb_load load;
  rb_trials trials;
  rb_judge_curve *curves; /* (trials.n_curves) as those of trials */
  size_t n_curves;
  /* Of groups with several values of d: */
  size_t n_multitask, n_state[RB_EXPONENT_REFUSED + 1]; /* multitask curves, by state */
  size_t n_controls, n_control[RB_CONTROL_OPEN + 1];    /* other curves, by state */
  bool has[RB_TRIALS_N_SOURCES];                        /* the source is there */
  uint64_t n_missing;                                   /* cells that were planned */
  int code; /* RB_DONE: the claim holds; RB_WRONG: a control fails; RB_INCONCLUSIVE */
} rb_judge;

/* Errors: RB_INCONCLUSIVE when the trace has no complexity cells, RB_FAILED when memory is out. The
 * trace must outlive *out; free with rb_judge_free(). */
bool rb_judge_trace(const rb_trace *trace, rb_judge *out, rb_err *err);
void rb_judge_free(rb_judge *judge);

#endif
