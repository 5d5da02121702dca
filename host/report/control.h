// SPDX-License-Identifier: Apache-2.0
/* The controls of a group: what the other sources of features have to show beside multitask. */
#ifndef RB_REPORT_CONTROL_H
#define RB_REPORT_CONTROL_H
#include "report/exponent.h"

typedef enum rb_control_state {
  RB_CONTROL_HOLDS,
  RB_CONTROL_FAILS,
  RB_CONTROL_OPEN /* the data do not tell */
} rb_control_state;
extern const char *const rb_control_states[]; /* index = enum value */

typedef struct rb_control {
  rb_control_state state;
  char text[400]; /* why, in words of this program */
} rb_control;

/* A curve with its fit. */
typedef struct rb_control_side {
  const rb_trials_curve *curve;
  const rb_exponent *exponent;
} rb_control_side;

/* The control that curve is, against the multitask curves (n) of its group:
 * - random must not be independent of d: else the rule would accept anything;
 * - true must reach the target for every d, its n* not above that of multitask (by the one-sided 95
 * % bound of the mean of ln n* over the shared d);
 * - single must have learned fewer than r features and not be better than multitask (the same). */
rb_control rb_control_judge(const rb_control_side *control, const rb_control_side *multitask,
                            size_t n);

#endif
