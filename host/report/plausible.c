// SPDX-License-Identifier: Apache-2.0
#include "report/plausible.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "model/problem.h"
#include "report/cellfaults.h"
#include "report/devices.h"

enum {
  NO_TIMES,
  TOO_FEW,
  NOT_THEIR_MEDIAN,
  NOT_ITS_WORK,
  NOT_THEIR_RATE,
  ABOVE_ROOF,
  NO_CLOCK,
  HOST_CLOCK,
  PHASES,
  WIDE,
  N_KINDS
};
static const rb_cellfaults_kind kinds[] = {
    [NO_TIMES] = {RB_PUBLISH_COMPLETENESS, RB_INCONCLUSIVE},
    [TOO_FEW] = {RB_PUBLISH_PLAUSIBILITY, RB_INCONCLUSIVE},
    [NOT_THEIR_MEDIAN] = {RB_PUBLISH_PLAUSIBILITY, RB_INCONCLUSIVE},
    [NOT_ITS_WORK] = {RB_PUBLISH_PLAUSIBILITY, RB_INCONCLUSIVE},
    [NOT_THEIR_RATE] = {RB_PUBLISH_PLAUSIBILITY, RB_INCONCLUSIVE},
    [ABOVE_ROOF] = {RB_PUBLISH_PLAUSIBILITY, RB_INCONCLUSIVE},
    [NO_CLOCK] = {RB_PUBLISH_PLAUSIBILITY, RB_INCONCLUSIVE},
    [HOST_CLOCK] = {RB_PUBLISH_PLAUSIBILITY, RB_INCONCLUSIVE},
    [PHASES] = {RB_PUBLISH_PLAUSIBILITY, RB_INCONCLUSIVE},
    [WIDE] = {RB_PUBLISH_PLAUSIBILITY, RB_DONE}};

/* What the cells are held against. */
typedef struct scales {
  const rb_load *load;
  double roof[2];            /* GFLOP/s: the lowest and the highest probe of the run; NAN: none */
  size_t n_device, n_host;   /* timed cells by clock */
  double timed_ns;           /* sum of all repetitions */
  double *times;             /* (RB_RECORD_MAX_REALS) work space */
  rb_cellfaults of[N_KINDS]; /* what was found */
} scales;

static bool near(double a, double b) {
  return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b)); /* 17 digits are kept, sums differ less */
}

static int place_of(const rb_record *cell, rb_field field, const char *const *names) {
  const char *text = rb_record_get_text(cell, field);
  for (int i = 0; text && names[i]; i++)
    if (strcmp(text, names[i]) == 0)
      return i;
  return 0; /* a name that is absent has its usual value, which is the first */
}

/* Flop and samples of one repetition, by the configuration that the cell states, and the flop that
 * no way of doing them spares: all but those of D^T X and half of the second X W^T. NAN if that is
 * no problem at all. */
static void work_of(const rb_record *cell, double *flop, double *samples, double *least) {
  rb_problem problem = rb_problem_default();
  rb_err ignored;
  problem.d = (uint32_t)rb_record_get_integer(cell, RB_F_d);
  problem.r = (uint32_t)rb_record_get_integer(cell, RB_F_r);
  problem.T = (uint32_t)rb_record_get_integer(cell, RB_F_T);
  problem.m = (uint32_t)rb_record_get_integer(cell, RB_F_m);
  problem.n1 = (uint32_t)rb_record_get_integer(cell, RB_F_n1);
  problem.n2 = (uint32_t)rb_record_get_integer(cell, RB_F_n2);
  problem.rounds = (uint32_t)rb_record_get_integer(cell, RB_F_rounds);
  problem.inputs = (rb_sampling)place_of(cell, RB_F_inputs, rb_sampling_names);
  problem.ablation = (rb_ablation)place_of(cell, RB_F_ablation, rb_ablation_names);
  problem.sampler = (rb_sampler)place_of(cell, RB_F_sampler, rb_sampler_names);
  *flop = *samples = *least = NAN;
  if (!rb_problem_settle(&problem, &ignored))
    return;
  *flop = rb_problem_flop(&problem) * problem.rounds;
  *samples = rb_problem_samples(&problem) * problem.rounds;
  double per_sample = rb_product_flop(problem.T, problem.d, problem.m) * problem.rounds;
  *least = *flop - (1.75 * problem.n2 + .75 * problem.n1) * per_sample;
}

static void judge_rates(scales *s, const rb_record *cell, double median_ns) {
  double flop, samples, least, fraction = rb_record_get_real(cell, RB_F_roof_fraction);
  work_of(cell, &flop, &samples, &least);
  double gflops = flop / median_ns, done = gflops * rb_load_done(cell),
         roof = rb_load_roof_of(cell);
  if (!near(flop, rb_record_get_real(cell, RB_F_flop)) ||
      !near(samples, rb_record_get_real(cell, RB_F_samples)))
    rb_cellfaults_add(&s->of[NOT_ITS_WORK], cell,
                      "%.6g flop and %.6g samples are stated, its shape makes %.6g and %.6g",
                      rb_record_get_real(cell, RB_F_flop), rb_record_get_real(cell, RB_F_samples),
                      flop, samples);
  if (!near(gflops, rb_record_get_real(cell, RB_F_gflops)) ||
      !near(samples / median_ns * 1e9, rb_record_get_real(cell, RB_F_samples_per_s)))
    rb_cellfaults_add(&s->of[NOT_THEIR_RATE], cell,
                      "%.6g GFLOP/s are stated, its median makes %.6g",
                      rb_record_get_real(cell, RB_F_gflops), gflops);
  if (rb_load_is_reference(cell))
    return;
  double operations = rb_load_done(cell) * flop;
  if (operations > flop * (1 + 1e-9) || operations < least)
    rb_cellfaults_add(&s->of[NOT_ITS_WORK], cell,
                      "%.6g operations are stated to be done, its shape makes %.6g to %.6g",
                      operations, least, flop);
  if (done > s->roof[1])
    rb_cellfaults_add(&s->of[ABOVE_ROOF], cell,
                      "%.6g GFLOP/s are above the roof of the same run, %.6g", done, s->roof[1]);
  else if (rb_load_is_above_roof(cell))
    rb_cellfaults_add(&s->of[ABOVE_ROOF], cell,
                      "%.6g GFLOP/s are called implausible: above the roofs (%.6g..%.6g) measured "
                      "until then; run it again on a quiet machine",
                      done, s->roof[0], s->roof[1]);
  else if (isfinite(s->roof[1]) &&
           !(roof >= s->roof[0] * (1 - 1e-9) && roof <= s->roof[1] * (1 + 1e-9)))
    rb_cellfaults_add(&s->of[NOT_THEIR_RATE], cell,
                      "its fraction of the roof, %.6g, is of no roof of this run (%.6g..%.6g)",
                      fraction, s->roof[0], s->roof[1]);
}

static void add_phase(void *context, const char *key, double value, const char *text) {
  (void)key, (void)text;
  if (isfinite(value))
    *(double *)context += value;
}

/* Whose clock, and whether its parts fit into the whole. */
static void judge_clock(scales *s, const rb_record *cell, double median_ns) {
  const char *clock = rb_record_get_text(cell, RB_F_clock);
  double phases = 0;
  if (rb_load_is_reference(cell))
    return;
  if (!clock || (strcmp(clock, "device") != 0 && strncmp(clock, "host", 4) != 0)) {
    rb_cellfaults_add(&s->of[NO_CLOCK], cell, "it is not said which clock timed it");
    return;
  }
  s->n_host += clock[0] == 'h';
  s->n_device += clock[0] == 'd';
  if (clock[0] == 'h')
    rb_cellfaults_add(&s->of[HOST_CLOCK], cell,
                      "timed by the host's clock (%.160s) and other cells by the device's; run it "
                      "again",
                      clock);
  rb_record_each(cell, RB_F_phases, add_phase, &phases);
  if (phases > RB_PUBLISH_PHASES * median_ns)
    rb_cellfaults_add(
        &s->of[PHASES], cell,
        "by the device's clock its phases take %.3g ms, the whole %.3g ms: that clock "
        "is wrong",
        phases / 1e6, median_ns / 1e6);
}

static void judge_timed(scales *s, const rb_record *cell) {
  rb_spread stated = {0};
  size_t n = rb_record_get_reals(cell, RB_F_times_ns, s->times, RB_RECORD_MAX_REALS);
  bool positive = true;
  for (size_t i = 0; i < n; i++) {
    positive = positive && s->times[i] > 0 && isfinite(s->times[i]);
    s->timed_ns += s->times[i] > 0 ? s->times[i] : 0;
  }
  if (n == 0 || !positive || !rb_record_get_spread(cell, RB_F_time_ns, &stated)) {
    rb_cellfaults_add(&s->of[NO_TIMES], cell, "%s",
                      n && !positive ? "a repetition took no time" : "it was not timed");
    return;
  }
  if (n < RB_PUBLISH_REPETITIONS)
    rb_cellfaults_add(&s->of[TOO_FEW], cell, "%zu repetition%s, at least %d are wanted", n,
                      n == 1 ? "" : "s", RB_PUBLISH_REPETITIONS);
  rb_spread own = rb_stats_spread(s->times, n);
  if (stated.n != n || !near(stated.median, own.median) || !near(stated.lo, own.lo) ||
      !near(stated.hi, own.hi))
    rb_cellfaults_add(
        &s->of[NOT_THEIR_MEDIAN], cell,
        "a median of %.6g ms (%.6g..%.6g) of %zu is stated, its repetitions make %.6g "
        "(%.6g..%.6g) of %zu",
        stated.median / 1e6, stated.lo / 1e6, stated.hi / 1e6, stated.n, own.median / 1e6,
        own.lo / 1e6, own.hi / 1e6, n);
  judge_rates(s, cell, own.median);
  judge_clock(s, cell, own.median);
  if (rb_load_is_wide(cell))
    rb_cellfaults_add(&s->of[WIDE], cell, "the interval is wider than the suite asks");
}

/* ---- the run ---- */

static bool judge_roofs(scales *s, rb_publish *out, rb_err *err) {
  bool before = false, after = false, ok = true;
  s->roof[0] = s->roof[1] = NAN;
  for (size_t i = 0; ok && i < s->load->trace->n_records; i++) {
    const rb_record *record = s->load->trace->records[i];
    if (!rb_record_is_text(record, RB_F_type, "roof"))
      continue;
    const char *when = rb_record_get_text(record, RB_F_when);
    const char *reason = rb_record_get_text(record, RB_F_reason);
    double gflops = rb_record_get_real(record, RB_F_roof_gflops);
    when = when ? when : "at a time not said";
    if (!(gflops > 0 && rb_record_get_real(record, RB_F_roof_gb_per_s) > 0) || reason) {
      ok = rb_publish_say(out, RB_PUBLISH_COMPLETENESS, RB_INCONCLUSIVE, err,
                          "the roofs measured %.40s the timed cells failed: %.300s", when,
                          reason ? reason : "no rate, or one that is not positive");
      continue;
    }
    before |= strcmp(when, "before") == 0;
    after |= strcmp(when, "after") == 0;
    s->roof[0] = fmin(s->roof[0], gflops); /* of a NAN the other one */
    s->roof[1] = fmax(s->roof[1], gflops);
  }
  if (ok && !(before && after))
    ok = rb_publish_say(out, RB_PUBLISH_COMPLETENESS, RB_INCONCLUSIVE, err,
                        "no roofs were measured %s the timed cells, so rates cannot be judged",
                        before  ? "after"
                        : after ? "before"
                                : "before and after");
  return ok;
}

/* Seconds since 1970 of "2026-01-31T12:34:56Z"; NAN for anything else. */
static double seconds_of(const rb_record *record, rb_field field) {
  const char *text = record ? rb_record_get_text(record, field) : NULL;
  int year, month, day, hour, minute, second, read = 0;
  if (!text || strlen(text) != 20 ||
      sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &year, &month, &day, &hour, &minute, &second,
             &read) != 6 ||
      read != 20)
    return NAN;
  struct tm utc = {.tm_year = year - 1900,
                   .tm_mon = month - 1,
                   .tm_mday = day,
                   .tm_hour = hour,
                   .tm_min = minute,
                   .tm_sec = second};
  return (double)timegm(&utc);
}

static bool judge_length(const scales *s, rb_publish *out, rb_err *err) {
  double started = seconds_of(s->load->run, RB_F_started);
  double finished = seconds_of(s->load->end, RB_F_finished);
  if (!isfinite(started) || !isfinite(finished))
    return rb_publish_say(out, RB_PUBLISH_COMPLETENESS, RB_INCONCLUSIVE, err,
                          "it is not said when the run began and ended");
  if (finished < started)
    return rb_publish_say(out, RB_PUBLISH_PLAUSIBILITY, RB_INCONCLUSIVE, err,
                          "the run ended %.0f s before it began", started - finished);
  if (s->timed_ns / 1e9 > finished - started + 1) /* both are whole seconds */
    return rb_publish_say(out, RB_PUBLISH_PLAUSIBILITY, RB_INCONCLUSIVE, err,
                          "the repetitions take %.3g s, but the run lasted %.0f s: the clock that "
                          "timed them is wrong",
                          s->timed_ns / 1e9, finished - started);
  return true;
}

bool rb_plausible_judge(const rb_load *load, rb_publish *out, rb_err *err) {
  void *memory = NULL;
  scales s = {.load = load};
  size_t n_timed = 0;
  for (size_t i = 0; i < load->n_cells; i++)
    n_timed += strcmp(rb_load_mode(load->cells[i]), "time") == 0;
  if (n_timed && !judge_roofs(&s, out, err))
    return false;
  if (!rb_alloc(&memory, RB_RECORD_MAX_REALS, sizeof(double), "repetitions", err))
    return false;
  s.times = memory;
  for (size_t i = 0; i < load->n_cells; i++)
    if (strcmp(rb_load_mode(load->cells[i]), "time") == 0 &&
        rb_load_status(load->cells[i]) == RB_STATUS_OK)
      judge_timed(&s, load->cells[i]);
  free(memory);
  if (s.n_device == 0 && s.n_host > 0) {
    rb_cellfaults note = s.of[HOST_CLOCK]; /* one clock for all: rates compare */
    s.of[HOST_CLOCK].n = 0;
    if (!rb_publish_say(out, RB_PUBLISH_PLAUSIBILITY, RB_DONE, err,
                        "all %zu timed cells by the host's clock: %.200s", note.n,
                        rb_record_get_text(note.first, RB_F_clock)))
      return false;
  }
  return rb_cellfaults_say(load, s.of, kinds, N_KINDS, out, err) && judge_length(&s, out, err);
}
