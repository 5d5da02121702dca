// SPDX-License-Identifier: Apache-2.0
#include "report/sidetime.h"

#include <math.h>
#include <string.h>

#include "report/load.h"

/* ---- a run ---- */

bool rb_sidetime_is_timed(const rb_record *cell) {
  rb_spread time;
  return strcmp(rb_load_mode(cell), "time") == 0 && rb_load_status(cell) <= RB_STATUS_OUTSIDE &&
         rb_record_get_spread(cell, RB_F_time_ns, &time) && time.median > 0;
}

/* Lower quartile of the repetitions; the median's lower end where they are not there. */
static double early_of(const rb_record *cell, const rb_spread *time) {
  static double times[RB_RECORD_MAX_REALS];
  size_t n = rb_record_get_reals(cell, RB_F_times_ns, times, RB_RECORD_MAX_REALS);
  if (n < 4)
    return time->lo > 0 ? time->lo : time->median;
  rb_stats_spread(times, n); /* sorts */
  return times[n / 4] > 0 ? times[n / 4] : time->median;
}

static rb_gate_run run_of(const rb_record *cell) {
  rb_spread time = {0};
  rb_record_get_spread(cell, RB_F_time_ns, &time);
  /* Half of a 95 % interval over 1.96; ranges of less than 6 repetitions are wider, not narrower.
   */
  double error = time.lo > 0 && time.hi > 0 ? (log(time.hi) - log(time.lo)) / (2 * 1.96) : 0;
  return (rb_gate_run){.ln_time = log(time.median),
                       .ln_early = log(early_of(cell, &time)),
                       .ln_roof = log(rb_load_roof_of(cell)),
                       .error = error};
}

/* ---- pairs ---- */

/* Differences of the pairs whose runs have the cell on either side, by one clock. */
static bool shift_of_pairs(const rb_sides *sides, const rb_sidegroup *g, rb_side base,
                           rb_side fresh, rb_gate_shift *out, rb_err *err) {
  double d[RB_GATE_PAIRS];
  size_t n = 0, j = 0;
  for (size_t i = 0; i < g->n_of[base]; i++) {
    const rb_sidegroup_cell *left = &g->of[base][i];
    while (j < g->n_of[fresh] && g->of[fresh][j].trace < left->trace)
      j++;
    if (j == g->n_of[fresh])
      break;
    const rb_sidegroup_cell *right = &g->of[fresh][j];
    if (right->trace == left->trace && rb_sidetime_is_timed(left->cell) &&
        rb_sidetime_is_timed(right->cell) &&
        rb_load_is_host_clock(left->cell) == rb_load_is_host_clock(right->cell))
      d[n++] = run_of(right->cell).ln_time - run_of(left->cell).ln_time;
  }
  return rb_gate_paired(d, n, log1p(sides->margin), out, err);
}

/* ---- separate runs ---- */

/* Whether more runs of the baseline are timed by the host than by the device. */
static bool uses_host_clock(const rb_sidegroup *g) {
  size_t n_host = 0;
  for (size_t i = 0; i < g->n_of[RB_SIDE_BASE]; i++)
    n_host += rb_load_is_host_clock(g->of[RB_SIDE_BASE][i].cell);
  return 2 * n_host > g->n_of[RB_SIDE_BASE];
}

/* A rate above its roof is implausible, and its roof is what is not to be believed. */
static size_t runs_of(const rb_sidegroup *g, rb_side side, rb_gate_run *runs) {
  bool host = uses_host_clock(g);
  size_t n = 0;
  for (size_t i = 0; i < g->n_of[side] && n < RB_GATE_RUNS; i++) {
    const rb_record *cell = g->of[side][i].cell;
    if (rb_sidetime_is_timed(cell) && !rb_load_is_above_roof(cell) &&
        rb_load_is_host_clock(cell) == host)
      runs[n++] = run_of(cell);
  }
  return n;
}

static bool shift_of_runs(const rb_sides *sides, const rb_sidegroup *g, rb_side base, rb_side fresh,
                          rb_gate_shift *out, rb_err *err) {
  rb_gate_run left[RB_GATE_RUNS], right[RB_GATE_RUNS];
  size_t n_left = runs_of(g, base, left), n_right = runs_of(g, fresh, right);
  *out = (rb_gate_shift){.value = NAN,
                         .lo = NAN,
                         .hi = NAN,
                         .sd = NAN,
                         .p_slower = 1,
                         .p_same = 1,
                         .p_faster = 1,
                         .n_base = n_left,
                         .n_fresh = n_right};
  return n_left == 0 || n_right == 0 ||
         rb_gate_runs(left, n_left, right, n_right, sides->run_sd, log1p(sides->margin), out, err);
}

/* ---- a cell ---- */

/* Median over the runs of a side, NAN of none. */
static double middle_of(const rb_sidegroup *g, rb_side side, bool roof) {
  double values[RB_GATE_PAIRS];
  size_t n = 0;
  for (size_t i = 0; i < g->n_of[side] && n < RB_GATE_PAIRS; i++) {
    const rb_record *cell = g->of[side][i].cell;
    rb_spread time = {.median = NAN};
    rb_record_get_spread(cell, RB_F_time_ns, &time);
    double value = roof ? rb_record_get_real(cell, RB_F_roof_fraction) : time.median;
    if (isfinite(value))
      values[n++] = value;
  }
  return n ? rb_stats_spread(values, n).median : NAN;
}

bool rb_sidetime_has_common_clock(const rb_sidegroup *g) {
  bool on[2][2] = {{false}}; /* side, clock */
  for (int side = RB_SIDE_BASE; side <= RB_SIDE_FRESH; side++)
    for (size_t i = 0; i < g->n_of[side]; i++)
      on[side][rb_load_is_host_clock(g->of[side][i].cell)] = true;
  return (on[RB_SIDE_BASE][0] && on[RB_SIDE_FRESH][0]) ||
         (on[RB_SIDE_BASE][1] && on[RB_SIDE_FRESH][1]);
}

bool rb_sidetime_judge(const rb_sides *sides, const rb_sidegroup *g, rb_gate_cell *out,
                       rb_err *err) {
  bool (*shift)(const rb_sides *, const rb_sidegroup *, rb_side, rb_side, rb_gate_shift *,
                rb_err *) = sides->paired ? shift_of_pairs : shift_of_runs;
  out->base_ns = middle_of(g, RB_SIDE_BASE, false);
  out->fresh_ns = middle_of(g, RB_SIDE_FRESH, false);
  out->base_roof = middle_of(g, RB_SIDE_BASE, true);
  out->fresh_roof = middle_of(g, RB_SIDE_FRESH, true);
  if (!shift(sides, g, RB_SIDE_BASE, RB_SIDE_FRESH, &out->first, err))
    return false;
  return g->n_of[RB_SIDE_FRESH_AGAIN] == 0 || g->n_of[RB_SIDE_BASE_AGAIN] == 0 ||
         shift(sides, g, RB_SIDE_BASE_AGAIN, RB_SIDE_FRESH_AGAIN, &out->second, err);
}
