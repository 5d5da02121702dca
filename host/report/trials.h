// SPDX-License-Identifier: Apache-2.0
/* The complexity cells of a trace in curves, with the trials of each.
 *
 * A curve is the cells that are equal in their whole configuration but d and what follows from it
 * (samples, step sizes, tile and chunk): n* or m* over d. Curves that differ in nothing but the
 * source of the features, and the tasks of the pretraining, form a group.
 *
 * A trial belongs to the next cell record behind it with the same device and id; of more trials
 * than that cell says it has (`n_trials`) the last ones count, as those before them are of a run
 * that was cut and begun again. Of several records of one cell the first usable one counts.
 *
 * Holds pointers into the trace, which must outlive it. */
#ifndef RB_REPORT_TRIALS_H
#define RB_REPORT_TRIALS_H
#include "trace/reader.h"

enum { RB_TRIALS_MAX_POINTS = 64, RB_TRIALS_PROBLEM_ROOM = 160 };

typedef enum rb_trials_source {
  RB_TRIALS_MULTITASK,
  RB_TRIALS_SINGLE,
  RB_TRIALS_RANDOM,
  RB_TRIALS_TRUE,
  RB_TRIALS_N_SOURCES /* a source that this program does not know */
} rb_trials_source;
extern const char *const rb_trials_sources[RB_TRIALS_N_SOURCES + 1]; /* the last is "unknown" */

typedef struct rb_trial {
  double x; /* ln n, or ln m */
  double accuracy;
  uint64_t pretraining;
  bool success;
} rb_trial;

/* One cell: a value of d of its curve. */
typedef struct rb_trials_point {
  const rb_record *cell;
  uint64_t d;
  double log_cap;         /* ln of the largest n or m that trials may have; NAN if it is not said */
  const rb_trial *trials; /* (n_trials) by x */
  size_t n_trials, n_successes;
  char problem[RB_TRIALS_PROBLEM_ROOM]; /* why nothing may be concluded from it, in words of this
                                           program, or "" */
} rb_trials_point;

typedef struct rb_trials_curve {
  const rb_record *cell; /* of its first point, for the configuration */
  rb_trials_source source;
  bool neurons;            /* m* instead of n* */
  double margin;           /* NAN if it is not said */
  size_t group;            /* 0.. below n_groups */
  rb_trials_point *points; /* (n_points) by d, each d once */
  size_t n_points;
  uint64_t missing[RB_TRIALS_MAX_POINTS]; /* (n_missing) values of d of its group that it lacks */
  size_t n_missing;
  char problem[RB_TRIALS_PROBLEM_ROOM]; /* of the curve as a whole, or "" */
} rb_trials_curve;

typedef struct rb_trials {
  rb_trials_curve *curves; /* (n_curves) by group, source, tasks; groups as they appear */
  size_t n_curves, n_groups;
  size_t n_cells;      /* complexity cells that are in curves */
  size_t n_used;       /* trials of those */
  size_t n_duplicates; /* further records of a cell that is there */
  size_t n_stray;      /* trials of no cell that is there */
  uint32_t told[2];    /* which fields of their configuration tell groups of n*, of m*, apart */
  /* Memory behind the pointers. */
  rb_trials_point *all_points;
  rb_trial *all_trials;
} rb_trials;

/* A trace without complexity cells gives no curves. Errors: RB_FAILED when memory is out. */
bool rb_trials_load(const rb_trace *trace, rb_trials *out, rb_err *err);
void rb_trials_free(rb_trials *trials);

/* What tells the group of a curve from others, as "samples parity r=2": the part and what else
 * varies between groups. Untrusted text, unescaped, owned by the caller. */
bool rb_trials_name(const rb_trials *trials, const rb_trials_curve *curve, char **out, rb_err *err);

#endif
