// SPDX-License-Identifier: Apache-2.0
/* How the time of a round and the memory of a device grow with the work: samples n (n1 = n2), tasks
 * T, neurons m, dimension d. The flop of a round are proportional to each of them
 * (model/problem.h), so a device that is filled should take a time proportional to each.
 *
 * A curve is made of timed cells that differ in exactly one of the four, and in what follows from
 * it by default (step sizes, tile, chunk, variant); it has at least RB_GROWTH_LEAST sizes. Of its
 * verified, plausible cells (docs/METHOD.md):
 *
 * - filled: the sizes from the smallest one on whose rate, size over time, is at least
 *   RB_GROWTH_FILLED of the best rate at any size, each by the slow end of its interval. Where a
 *   fixed cost is all there is beside the work, that share of the rate is also the local slope of
 *   ln time, so it is as near to 1.
 * - error of a time: that of its median, and of what a median does not see, how the machine
 *   differs from one cell to another. The latter is the scatter of the roofs that were measured in
 *   the same run, and at least RB_GROWTH_RUN_ERROR.
 * - slope of ln time on ln size over the filled sizes, weighted by these errors.
 * - step: time per unit at a size over that at the next smaller one. It is 1 where time is
 *   proportional to the size, below 1 under a fixed cost; a step whose lower end
 *   (95 %, two-sided) exceeds RB_GROWTH_CLIFF is a cliff.
 * - fixed cost: time = fixed + each * size over all sizes, by relative errors. */
#ifndef RB_REPORT_GROWTH_H
#define RB_REPORT_GROWTH_H
#include "report/load.h"

enum { RB_GROWTH_LEAST = 3, RB_GROWTH_REASON_ROOM = 240 };
#define RB_GROWTH_FILLED 0.95    /* of the best rate */
#define RB_GROWTH_TOLERANCE 0.03 /* a slope of 1 within this is proportional to the work */
#define RB_GROWTH_CLIFF 1.1
#define RB_GROWTH_RUN_ERROR 0.01 /* a run of its own differs from the next by 1 % */
#define RB_GROWTH_QUIET 0.05     /* a larger scatter of the roofs is a machine that does more */
#define RB_GROWTH_FLAT 1.05      /* memory within this factor is the same */

typedef enum rb_growth_axis {
  RB_GROWTH_N,
  RB_GROWTH_T,
  RB_GROWTH_M,
  RB_GROWTH_D,
  RB_GROWTH_N_AXES
} rb_growth_axis;
extern const char *const rb_growth_axes[]; /* "n", "T", "m", "d"; index = enum value */
extern const rb_field rb_growth_fields[];  /* the size; of n it is n1, which n2 equals */

/* What is to be said of a curve's filled sizes. */
typedef enum rb_growth_state {
  RB_GROWTH_PROPORTIONAL, /* no cliff, the 95 % interval of the slope inside 1 +- tolerance */
  RB_GROWTH_CLIFF_FOUND,
  RB_GROWTH_ABOVE, /* no cliff, the interval wholly above: time grows faster than the work */
  RB_GROWTH_BELOW, /* wholly below */
  RB_GROWTH_INCONCLUSIVE,
  RB_GROWTH_REFUSED, /* the data allow no statement */
  RB_GROWTH_N_STATES
} rb_growth_state;
extern const char *const rb_growth_states[]; /* index = enum value */

/* One size. Numbers are NAN where there are none. */
typedef struct rb_growth_point {
  uint64_t size;
  const rb_load_row *row;
  bool used;      /* verified, plausible and timed */
  double time[3]; /* ns of one repetition: median, 95 % interval */
  double se;      /* of ln time, run_error of the curve included */
  double roof;    /* fraction of the roof */
  double of_best; /* rate over the best of the curve, 1 at most */
  double slope;   /* of ln time from the next smaller used size; NAN where sizes are so near each
                     other that it would be noise */
  double step[2]; /* time per unit over that at the next smaller used size; the lower end of it */
  bool filled, cliff;
  double peak_bytes;
} rb_growth_point;

typedef struct rb_growth_curve {
  rb_growth_axis axis;
  const rb_record *cell;                       /* the one of the smallest size */
  rb_growth_point *points;                     /* (n_points) by size */
  size_t n_points, n_used, n_filled, n_cliffs; /* cliffs among the filled */
  size_t first_filled, first_flat; /* in points: memory is flat from there up; n_points: nowhere */
  double run_error;                /* of ln time, beside those of the medians */
  double slope[3];                 /* value, 95 % interval */
  double fixed[3], each[3];        /* ns, ns per unit: value, 95 % interval */
  double
      misfit; /* of them: how far the line misses an interval of a time at most, over that time */
  rb_growth_state state;
  char reason[RB_GROWTH_REASON_ROOM]; /* why it is refused, in words; else "" */
} rb_growth_curve;

typedef struct rb_growth {
  rb_load load;
  rb_growth_curve *curves; /* (n_curves) axis by axis, in the order of the configuration */
  size_t n_curves, n_state[RB_GROWTH_N_STATES];
  int code; /* RB_DONE: something is said of at least one curve; RB_INCONCLUSIVE */
} rb_growth;

/* Errors: RB_INCONCLUSIVE when the trace has no curve, RB_FAILED when memory is out. The trace must
 * outlive *out; free with rb_growth_free() in every case. */
bool rb_growth_read(const rb_trace *trace, rb_growth *out, rb_err *err);
void rb_growth_free(rb_growth *growth);
/* The fields that differ along a curve of this axis. */
rb_load_set rb_growth_along(rb_growth_axis axis);

#endif
