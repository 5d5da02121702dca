// SPDX-License-Identifier: Apache-2.0
#include "report/compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stats.h"
#include "report/crossover.h"
#include "report/phrase.h"
#include "report/reasons.h"

const char *const rb_compare_states[] = {"faster", "slower", "unsure", "untimed", "not comparable"};

/* ---- what is refused ---- */

/* What is wrong with a cell, to the text; `number` names its system. */
static bool put_fault(const rb_record *cell, size_t number, FILE *to) {
  rb_status status = rb_load_status(cell);
  double time[3];
  bool is_bad = status != RB_STATUS_OK && status != RB_STATUS_OUTSIDE;
  if (is_bad)
    fprintf(to, "%s in %zu: %s", rb_status_names[status], number, rb_reasons_text(cell));
  else if (!rb_record_get_truth(cell, RB_F_verified))
    fprintf(to, "not verified in %zu", number);
  else if (rb_load_is_above_roof(cell))
    fprintf(to, "above the roof in %zu: implausible", number);
  else if (strcmp(rb_load_mode(cell), "time") == 0 && !rb_quality_time(cell, time))
    fprintf(to, "no time in %zu", number);
  else
    return false;
  return true;
}

static void put_seeds(const rb_match *match, const size_t number[2], FILE *to) {
  fprintf(to, "different seed: %" PRIu64 " in %zu, %" PRIu64 " in %zu",
          rb_record_get_integer(match->cells[0], RB_F_seed), number[0],
          rb_record_get_integer(match->cells[1], RB_F_seed), number[1]);
}

static void put_settings(const rb_match *match, const size_t number[2], FILE *to) {
  rb_load_set differs = rb_match_differs(match->cells[0], match->cells[1]);
  fputs("different setting: ", to);
  for (int i = 0; i < 2; i++) {
    rb_load_write(match->cells[i], differs, true, to);
    fprintf(to, " in %zu%s", number[i], i ? "" : ", ");
  }
}

/* Why a match cannot be compared; NULL if it can be. */
static bool find_reason(const rb_match *match, const size_t number[2], char **out, rb_err *err) {
  rb_phrase t;
  int only = match->cells[0] ? 0 : 1;
  if (!rb_phrase_open(&t, out, err))
    return false;
  switch (match->kind) {
  case RB_MATCH_SAME:
    if (!put_fault(match->cells[0], number[0], t.to))
      put_fault(match->cells[1], number[1], t.to);
    break;
  case RB_MATCH_SEED:
    put_seeds(match, number, t.to);
    break;
  case RB_MATCH_SETTING:
    put_settings(match, number, t.to);
    break;
  case RB_MATCH_REPEATED:
    fprintf(t.to, "repeated in %zu: only as many count as the other has", number[only]);
    break;
  case RB_MATCH_ALONE:
    fprintf(t.to, "only in %zu", number[only]);
    break;
  }
  return rb_phrase_close(&t, err);
}

/* ---- one piece of work ---- */

static void set_range(double of[3], double value) {
  of[0] = of[1] = of[2] = value;
}

static rb_compare_cell make_cell(const rb_match *match) {
  rb_compare_cell cell = {.cells = {match->cells[0], match->cells[1]}, .state = RB_COMPARE_REFUSED};
  set_range(cell.ratio, NAN);
  set_range(cell.quality_ratio, NAN);
  for (int i = 0; i < 2; i++) {
    set_range(cell.time[i], NAN);
    set_range(cell.rate[i], NAN);
    cell.gflops[i] = cell.roof[i] = cell.energy[i] = NAN;
    cell.quality[i] = (rb_quality){.state = RB_QUALITY_UNKNOWN, .time = {NAN, NAN, NAN}};
  }
  return cell;
}

static void fill_side(rb_compare_cell *to, int i, double target) {
  const rb_record *cell = to->cells[i];
  double rate = rb_record_get_real(cell, RB_F_samples_per_s);
  uint64_t rounds = rb_record_get_integer(cell, RB_F_rounds);
  to->rate[i][0] = rate;
  to->rate[i][1] = rate * to->time[i][0] / to->time[i][2];
  to->rate[i][2] = rate * to->time[i][0] / to->time[i][1];
  to->gflops[i] = rb_record_get_real(cell, RB_F_gflops);
  to->roof[i] = rb_record_get_real(cell, RB_F_roof_fraction);
  to->quality[i] = rb_quality_find(cell, target);
  to->energy[i] = rb_record_get_real(cell, RB_F_energy_j) / (double)(rounds ? rounds : 1);
}

/* run_error: standard error of ln ratio beside those of the medians. */
static void fill_cell(rb_compare_cell *cell, double target, double run_error) {
  bool timed = true;
  for (int i = 0; i < 2; i++)
    timed = rb_quality_time(cell->cells[i], cell->time[i]) && timed;
  cell->state = RB_COMPARE_UNTIMED;
  if (!timed)
    return;
  for (int i = 0; i < 2; i++)
    fill_side(cell, i, target);
  rb_stats_ratio(cell->time[0], cell->time[1], run_error, cell->ratio);
  cell->state = cell->ratio[1] > 1   ? RB_COMPARE_FASTER
                : cell->ratio[2] < 1 ? RB_COMPARE_SLOWER
                                     : RB_COMPARE_UNSURE;
  if (cell->quality[0].rounds && cell->quality[1].rounds)
    rb_stats_ratio(cell->quality[0].time, cell->quality[1].time, run_error, cell->quality_ratio);
}

/* ---- pairs ---- */

static bool is_device_clock(const rb_record *cell) {
  const char *clock = rb_record_get_text(cell, RB_F_clock);
  return clock && strcmp(clock, "device") == 0;
}

static void count_cell(rb_compare_pair *pair, const rb_compare_cell *cell) {
  pair->n_state[cell->state]++;
  if (cell->state > RB_COMPARE_UNSURE)
    return;
  pair->mean += log(cell->ratio[0]);
  pair->range[0] = fmin(pair->range[0], cell->ratio[0]);
  pair->range[1] = fmax(pair->range[1], cell->ratio[0]);
  pair->clocks_differ |= is_device_clock(cell->cells[0]) != is_device_clock(cell->cells[1]);
}

static size_t count_compared(const rb_compare_pair *pair) {
  return pair->n_state[RB_COMPARE_FASTER] + pair->n_state[RB_COMPARE_SLOWER] +
         pair->n_state[RB_COMPARE_UNSURE];
}

static bool fill_pair(const rb_compare *compare, rb_compare_pair *pair, rb_err *err) {
  const rb_system *base = &compare->systems.list[pair->base];
  const rb_system *other = &compare->systems.list[pair->other];
  const size_t number[2] = {pair->base + 1, pair->other + 1};
  double run_error = hypot(base->run_error, other->run_error);
  rb_matches matches = {0};
  void *memory = NULL;
  pair->mean = 0, pair->range[0] = INFINITY, pair->range[1] = -INFINITY;
  bool ok = rb_matches_find(base, other, &matches, err) &&
            rb_alloc(&memory, matches.n, sizeof *pair->cells, "cells of a comparison", err);
  pair->cells = memory;
  for (size_t i = 0; ok && i < matches.n; i++) {
    rb_compare_cell *cell = &pair->cells[pair->n_cells++];
    *cell = make_cell(&matches.list[i]);
    ok = find_reason(&matches.list[i], number, &cell->reason, err);
    if (ok && !cell->reason)
      fill_cell(cell, compare->target, run_error);
    count_cell(pair, cell);
  }
  rb_matches_free(&matches);
  pair->mean = exp(pair->mean / (double)count_compared(pair));
  return ok && rb_crossover_find(pair, err);
}

static bool make_pairs(rb_compare *out, rb_err *err) {
  void *memory = NULL;
  if (!rb_alloc(&memory, out->systems.n, sizeof *out->pairs, "pairs of systems", err))
    return false;
  out->pairs = memory;
  for (size_t i = 0; i < out->systems.n; i++) {
    if (out->systems.list[i].partner == RB_SYSTEM_NONE)
      continue;
    rb_compare_pair *pair = &out->pairs[out->n_pairs++];
    *pair = (rb_compare_pair){.base = (size_t)out->systems.list[i].partner, .other = i};
    if (!fill_pair(out, pair, err))
      return false;
    out->n_compared += count_compared(pair);
  }
  return true;
}

static bool suites_differ(const rb_compare *compare) {
  const rb_record *first = compare->loads[0].run;
  for (size_t i = 1; i < compare->n_traces; i++) {
    const rb_record *run = compare->loads[i].run;
    if (!first || !run)
      return first != run;
    if (rb_load_compare(first, run, RB_F_suite) != 0 ||
        rb_load_compare(first, run, RB_F_suite_hash) != 0)
      return true;
  }
  return false;
}

bool rb_compare_traces(const rb_trace *traces, const char *const *paths, size_t n, double target,
                       rb_compare *out, rb_err *err) {
  void *memory = NULL;
  *out = (rb_compare){.paths = paths, .target = target, .code = RB_INCONCLUSIVE};
  if (!rb_alloc(&memory, n, sizeof *out->loads, "traces", err))
    return false;
  out->loads = memory;
  for (; out->n_traces < n; out->n_traces++)
    if (!rb_load_trace(&traces[out->n_traces], false, &out->loads[out->n_traces], err))
      return false;
  if (!rb_systems_find(out->loads, n, &out->systems, err) || !make_pairs(out, err))
    return false;
  out->suites_differ = suites_differ(out);
  out->code = out->n_compared ? RB_DONE : RB_INCONCLUSIVE;
  return true;
}

void rb_compare_free(rb_compare *compare) {
  for (size_t i = 0; i < compare->n_pairs; i++) {
    rb_compare_pair *pair = &compare->pairs[i];
    for (size_t j = 0; j < pair->n_cells; j++)
      free(pair->cells[j].reason);
    free(pair->cells);
    free(pair->crossovers);
  }
  free(compare->pairs);
  rb_systems_free(&compare->systems);
  for (size_t i = 0; i < compare->n_traces; i++)
    rb_load_free(&compare->loads[i]);
  free(compare->loads);
  *compare = (rb_compare){0};
}
