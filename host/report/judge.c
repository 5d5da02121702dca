// SPDX-License-Identifier: Apache-2.0
#include "report/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Cells that cannot be used give no cost either. */
static rb_line find_cost(const rb_trials_curve *curve) {
  double x[RB_TRIALS_MAX_POINTS], y[RB_TRIALS_MAX_POINTS];
  size_t n = 0;
  rb_line line = {NAN, NAN, NAN};
  for (size_t i = 0; i < curve->n_points && n < RB_TRIALS_MAX_POINTS; i++) {
    const rb_trials_point *point = &curve->points[i];
    rb_spread time = {0};
    double samples = rb_record_get_real(point->cell, RB_F_samples);
    if (point->problem[0] || !rb_record_get_spread(point->cell, RB_F_time_ns, &time) ||
        !(time.median > 0) || !(samples > 0))
      continue;
    x[n] = log((double)point->d);
    y[n++] = log(time.median / samples);
  }
  return rb_stats_line(x, y, n, &line) ? line : (rb_line){NAN, NAN, NAN};
}

static rb_control_side side_of(const rb_judge_curve *curve) {
  return (rb_control_side){curve->curve, &curve->exponent};
}

/* The curves of a group have more than one d between them. */
static bool is_asked(const rb_judge *judge, size_t from, size_t to) {
  for (size_t i = from; i < to; i++) {
    const rb_trials_curve *curve = judge->curves[i].curve;
    if (curve->n_points + curve->n_missing > 1)
      return true;
  }
  return false;
}

static void count_curve(rb_judge *judge, const rb_judge_curve *curve) {
  bool multitask = curve->curve->source == RB_TRIALS_MULTITASK;
  judge->n_multitask += multitask;
  judge->n_controls += !multitask;
  if (multitask)
    judge->n_state[curve->exponent.state]++;
  else
    judge->n_control[curve->control.state]++;
  if (curve->curve->source < RB_TRIALS_N_SOURCES)
    judge->has[curve->curve->source] = true;
}

/* The controls of curves[from..to), one group, whose multitask curves come first. */
static bool judge_group(rb_judge *judge, size_t from, size_t to, rb_err *err) {
  void *memory = NULL;
  size_t n = 0;
  bool asked = is_asked(judge, from, to);
  if (!rb_alloc(&memory, to - from, sizeof(rb_control_side), "curves of a group", err))
    return false;
  rb_control_side *multitask = memory;
  for (size_t i = from; i < to; i++) {
    rb_judge_curve *curve = &judge->curves[i];
    if (curve->curve->source == RB_TRIALS_MULTITASK) {
      multitask[n++] = side_of(curve);
    } else {
      rb_control_side side = side_of(curve);
      curve->control = rb_control_judge(&side, multitask, n);
    }
    curve->asked = asked;
    if (asked)
      count_curve(judge, curve);
  }
  free(memory);
  return true;
}

static int find_code(const rb_judge *judge) {
  bool holds = judge->n_multitask > 0 && judge->n_missing == 0 && judge->trials.n_stray == 0 &&
               judge->n_state[RB_EXPONENT_INDEPENDENT] == judge->n_multitask &&
               judge->n_control[RB_CONTROL_HOLDS] == judge->n_controls &&
               judge->has[RB_TRIALS_RANDOM];
  return judge->n_control[RB_CONTROL_FAILS] ? RB_WRONG : holds ? RB_DONE : RB_INCONCLUSIVE;
}

/* Cells that the runs of the trace planned; a run that is there twice counts once. Few headers are
 * usual, so each is compared with those before it; of very many the rest counts. */
static uint64_t count_planned(const rb_trace *trace) {
  enum { MOST = 256 };
  const char *seen[MOST];
  size_t n = 0;
  uint64_t planned = 0;
  for (size_t i = 0; i < trace->n_records; i++) {
    const char *id = rb_record_get_text(trace->records[i], RB_F_run_id);
    bool known = false;
    if (!rb_record_is_text(trace->records[i], RB_F_type, "run"))
      continue;
    for (size_t j = 0; id && j < n; j++)
      known = known || strcmp(seen[j], id) == 0;
    if (id && !known && n < MOST)
      seen[n++] = id;
    planned += known ? 0 : rb_record_get_integer(trace->records[i], RB_F_n_cells);
  }
  return planned;
}

static bool judge_curves(rb_judge *out, rb_err *err) {
  void *memory = NULL;
  const rb_trials *trials = &out->trials;
  if (!rb_alloc(&memory, trials->n_curves, sizeof *out->curves, "curves of the trace", err))
    return false;
  out->curves = memory;
  for (size_t i = 0; i < trials->n_curves; i++) {
    rb_judge_curve *curve = &out->curves[i];
    curve->curve = &trials->curves[i];
    if (!rb_exponent_fit(curve->curve, &curve->exponent, err))
      return false;
    out->n_curves++;
    curve->cost = find_cost(curve->curve);
  }
  for (size_t from = 0, to = 0; from < out->n_curves; from = to) {
    while (to < out->n_curves && trials->curves[to].group == trials->curves[from].group)
      to++;
    if (!judge_group(out, from, to, err))
      return false;
  }
  uint64_t planned = count_planned(out->load.trace);
  uint64_t found = out->load.n_cells - trials->n_duplicates;
  out->n_missing = planned > found ? planned - found : 0;
  out->code = find_code(out);
  return true;
}

bool rb_judge_trace(const rb_trace *trace, rb_judge *out, rb_err *err) {
  *out = (rb_judge){0};
  bool ok =
      rb_load_trace(trace, false, &out->load, err) && rb_trials_load(trace, &out->trials, err);
  if (ok && out->trials.n_curves == 0)
    ok =
        rb_fail(err, RB_INCONCLUSIVE,
                "the trace has no complexity cells, so there is nothing to judge; run a suite with "
                "'mode: complexity'");
  ok = ok && judge_curves(out, err);
  if (!ok)
    rb_judge_free(out);
  return ok;
}

void rb_judge_free(rb_judge *judge) {
  for (size_t i = 0; i < judge->n_curves; i++)
    rb_exponent_free(&judge->curves[i].exponent);
  free(judge->curves);
  rb_trials_free(&judge->trials);
  rb_load_free(&judge->load);
  *judge = (rb_judge){0};
}
