// SPDX-License-Identifier: Apache-2.0
/* Time to a trained result, as MLPerf Training asks for it: until sin-theta is at most a target. */
#ifndef RB_REPORT_QUALITY_H
#define RB_REPORT_QUALITY_H
#include "report/load.h"

/* 30 degrees between the subspace that was found and the hidden one. */
#define RB_QUALITY_TARGET 0.5

typedef enum rb_quality_state {
  RB_QUALITY_REACHED,
  RB_QUALITY_MISSED, /* not within the rounds of the cell */
  RB_QUALITY_UNKNOWN /* the trace does not tell: no metrics, or none for each of several rounds */
} rb_quality_state;
extern const char *const rb_quality_states[]; /* index = enum value */

typedef struct rb_quality {
  rb_quality_state state;
  uint64_t rounds; /* that it takes; 0 unless reached */
  double
      time[3]; /* ns: of that many rounds, with the 95 % interval; NAN unless reached and timed */
} rb_quality;

/* The rounds of a cell do equal work, so that k of them take k / rounds of the time of one
 * repetition. Where the target is reached and lost again, the first time counts. */
rb_quality rb_quality_find(const rb_record *cell, double target);
/* time_ns of a cell: median, 95 % interval; NAN where there is none, an interval also where it is
 * of fewer than RB_STATS_LEAST repetitions. */
bool rb_quality_time(const rb_record *cell, double time[3]);

#endif
