// SPDX-License-Identifier: Apache-2.0
#include "report/sides.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/devices.h"
#include "report/fingerprint.h"
#include "report/reasons.h"

typedef enum side { BASE, FRESH, BASE_AGAIN, FRESH_AGAIN, N_SIDES } side;

/* One cell record. */
typedef struct entry {
  const rb_record *cell;
  side side;
  size_t trace, place;
  bool loose;  /* matched by what is computed, not by id */
  bool device; /* the device belongs to the key */
} entry;

/* All records of one configuration. */
typedef struct group {
  const entry *entries; /* (n) by side, trace and place */
  size_t n, n_of[N_SIDES];
  const entry *of[N_SIDES];
  const char *elsewhere; /* another device that the new side has this cell on, or NULL */
} group;

typedef struct work {
  const rb_sides *sides;
  entry *entries;
  size_t n_entries, n_new; /* configurations that only the new side has */
  size_t n_partly;         /* that it has, but not in every run */
  rb_load load;            /* of the first trace of the baseline, for names */
  bool related;            /* the sides have a cell in common, whatever the device */
  rb_gate *gate;
} work;

/* ---- matching ---- */

static int compare_loosely(const rb_record *a, const rb_record *b) {
  const rb_load_set left_out = rb_load_bit(RB_F_device) | rb_load_bit(RB_F_backend) |
                               rb_load_bit(RB_F_variant) | rb_load_bit(RB_F_tile) |
                               rb_load_bit(RB_F_chunk);
  int order = 0;
  for (size_t i = 0; order == 0 && i < rb_load_n_key; i++)
    if (!(left_out >> i & 1))
      order = rb_load_compare(a, b, rb_load_key[i]);
  return order ? order : rb_load_compare(a, b, RB_F_seed);
}

static int by_configuration(const entry *a, const entry *b) {
  if (a->loose)
    return compare_loosely(a->cell, b->cell);
  int order = rb_load_compare(a->cell, b->cell, RB_F_part);
  return order ? order : rb_load_compare(a->cell, b->cell, RB_F_id);
}

static int by_key(const entry *a, const entry *b) {
  int order = by_configuration(a, b);
  return order || !a->device ? order : rb_load_compare(a->cell, b->cell, RB_F_device);
}

static int in_order(const void *left, const void *right) {
  const entry *a = left, *b = right;
  int order = by_key(a, b);
  order = order ? order : (int)a->side - (int)b->side;
  order = order ? order : (a->trace > b->trace) - (a->trace < b->trace);
  return order ? order : (a->place > b->place) - (a->place < b->place);
}

static bool is_cell(const rb_record *record) {
  const char *type = rb_record_get_text(record, RB_F_type);
  return type && strcmp(type, "cell") == 0;
}

static bool collect(work *w, const rb_trace *traces, size_t n, side of, size_t *room, rb_err *err) {
  void *grown = w->entries;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < traces[i].n_records; j++) {
      if (!is_cell(traces[i].records[j]))
        continue;
      if (!rb_grow(&grown, room, w->n_entries + 1, sizeof *w->entries, "cells", err))
        return false;
      w->entries = grown;
      w->entries[w->n_entries++] = (entry){.cell = traces[i].records[j],
                                           .side = of,
                                           .trace = i,
                                           .place = j,
                                           .device = !w->sides->paired};
    }
  return true;
}

static bool collect_all(work *w, rb_err *err) {
  const rb_sides_stage *first = &w->sides->first, *second = &w->sides->second;
  size_t room = 0;
  return collect(w, first->base, first->n_base, BASE, &room, err) &&
         collect(w, first->fresh, first->n_fresh, FRESH, &room, err) &&
         collect(w, second->base, second->n_base, BASE_AGAIN, &room, err) &&
         collect(w, second->fresh, second->n_fresh, FRESH_AGAIN, &room, err);
}

/* The configurations [from, to) of the sorted entries that are equal by `same`. */
static size_t end_of(const work *w, size_t from, int (*same)(const entry *, const entry *)) {
  size_t to = from + 1;
  while (to < w->n_entries && same(&w->entries[to], &w->entries[from]) == 0)
    to++;
  return to;
}

/* Whether some configuration is on both sides. */
static bool are_related(const work *w) {
  size_t n_fresh = 0;
  for (size_t i = 0, end; i < w->n_entries; i = end) {
    bool on[N_SIDES] = {false};
    end = end_of(w, i, by_configuration);
    for (size_t j = i; j < end; j++)
      on[w->entries[j].side] = true;
    if (on[BASE] && on[FRESH])
      return true;
    n_fresh += on[FRESH];
  }
  return n_fresh == 0; /* a run without cells is one that was cut short */
}

static group group_of(const work *w, size_t from, size_t to) {
  group g = {.entries = &w->entries[from], .n = to - from};
  for (size_t i = from; i < to; i++) {
    side of = w->entries[i].side;
    g.of[of] = g.n_of[of] ? g.of[of] : &w->entries[i];
    g.n_of[of]++;
  }
  return g;
}

/* ---- what decides before any statistics ---- */

static bool is_bad(const rb_record *cell) {
  return rb_load_status(cell) > RB_STATUS_OUTSIDE;
}

static const entry *first_bad(const group *g, side of, rb_status wanted) {
  for (size_t i = 0; i < g->n_of[of]; i++)
    if (rb_load_status(g->of[of][i].cell) == wanted)
      return &g->of[of][i];
  return NULL;
}

static void say(rb_gate_cell *out, rb_gate_state state, const char *before, const char *text) {
  out->state = state;
  snprintf(out->reason, sizeof out->reason, "%s%.*s", before, RB_GATE_TEXT - 64, text);
}

/* A status of one side that ends the matter. */
static bool has_bad_side(const group *g, side of, bool base, rb_gate_cell *out) {
  const entry *wrong = first_bad(g, of, RB_STATUS_WRONG);
  const entry *failed = first_bad(g, of, RB_STATUS_FAILED);
  const entry *stopped = first_bad(g, of, RB_STATUS_INTERRUPTED);
  if (wrong)
    say(out, base ? RB_GATE_NOT_COMPARABLE : RB_GATE_WRONG,
        base ? "wrong in the baseline: " : "wrong: ", rb_reasons_text(wrong->cell));
  else if (failed)
    say(out, base ? RB_GATE_NOT_COMPARABLE : RB_GATE_MISSING,
        base ? "failed in the baseline: " : "failed: ", rb_reasons_text(failed->cell));
  else if (stopped && (base || g->n_of[of] == 1))
    say(out, base ? RB_GATE_NOT_COMPARABLE : RB_GATE_MISSING,
        base ? "interrupted in the baseline: " : "interrupted: ", rb_reasons_text(stopped->cell));
  out->failed = !base && !wrong && failed;
  return wrong || failed || (stopped && (base || g->n_of[of] == 1));
}

static bool is_absent(const work *w, const group *g, rb_gate_cell *out) {
  if (g->n_of[FRESH])
    return false;
  if (g->elsewhere)
    say(out, RB_GATE_NOT_COMPARABLE, "the new run is of another device: ", g->elsewhere);
  else if (!w->related)
    say(out, RB_GATE_NOT_COMPARABLE, "", "the new run is of another suite: no cell in common");
  else
    say(out, RB_GATE_MISSING, "", "not in the new run");
  return true;
}

/* ---- the exact side gate ---- */

typedef struct counted {
  const rb_record *other;
  const char *key;
  double value, found;
  FILE *to;
  const char *separator;
} counted;

static void take_count(void *context, const char *key, double value, const char *text) {
  counted *c = context;
  (void)text;
  if (strcmp(key, c->key) == 0)
    c->found = value;
}

static void match_count(void *context, const char *key, double value, const char *text) {
  counted *c = context;
  (void)text;
  c->key = key;
  c->found = 0;
  rb_record_each(c->other, RB_F_launches, take_count, c);
  if (c->found != value) {
    fprintf(c->to, "%slaunches of %s: %.0f, were %.0f", c->separator, key, c->found, value);
    c->separator = "; ";
  }
}

/* Only phases that the baseline lacks: the others were matched from its side. */
static void match_new(void *context, const char *key, double value, const char *text) {
  counted *c = context;
  (void)text;
  c->key = key;
  c->found = NAN;
  rb_record_each(c->other, RB_F_launches, take_count, c);
  if (isnan(c->found)) {
    fprintf(c->to, "%slaunches of %s: %.0f, were 0", c->separator, key, value);
    c->separator = "; ";
  }
}

static bool same_kernels(const rb_record *a, const rb_record *b) {
  static const rb_field fields[] = {RB_F_backend, RB_F_variant, RB_F_tile, RB_F_chunk};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (rb_load_compare(a, b, fields[i]) != 0)
      return false;
  return true;
}

static bool match_exactly(const group *g, bool paired, rb_gate_cell *out, rb_err *err) {
  const rb_record *base = g->of[BASE]->cell, *fresh = g->of[FRESH]->cell;
  char *text = NULL;
  size_t n = 0;
  FILE *to = open_memstream(&text, &n);
  counted c = {.other = fresh, .to = to, .separator = ""};
  if (!to)
    return rb_fail(err, RB_FAILED, "out of memory while counts are compared");
  if (same_kernels(base, fresh)) {
    if (rb_record_has(base, RB_F_launches) && rb_record_has(fresh, RB_F_launches)) {
      rb_record_each(base, RB_F_launches, match_count, &c);
      c.other = base;
      rb_record_each(fresh, RB_F_launches, match_new, &c);
    }
    static const rb_field fields[] = {RB_F_flop, RB_F_peak_device_bytes};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
      if (rb_record_has(base, fields[i]) && rb_record_has(fresh, fields[i]) &&
          rb_load_compare(base, fresh, fields[i]) != 0) {
        fprintf(to, "%s%s: %.17g, were %.17g", c.separator, rb_schema[fields[i]].name,
                rb_record_get_real(fresh, fields[i]), rb_record_get_real(base, fields[i]));
        c.separator = "; ";
      }
    out->differs = *c.separator && !paired; /* what `ab` compares may differ on purpose */
  } else if (!paired) {
    const char *was = rb_record_get_text(base, RB_F_variant);
    const char *is = rb_record_get_text(fresh, RB_F_variant);
    fprintf(to, "other kernels, so counts are not compared: %s, were %s", is ? is : "none",
            was ? was : "none");
  }
  bool ok = fclose(to) == 0 || rb_fail(err, RB_FAILED, "out of memory while counts are compared");
  snprintf(out->exact, sizeof out->exact, "%s", ok ? text : "");
  free(text);
  return ok;
}

/* ---- times ---- */

static bool is_timed(const rb_record *cell) {
  rb_spread time;
  return strcmp(rb_load_mode(cell), "time") == 0 && !is_bad(cell) &&
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
  double gflops = rb_record_get_real(cell, RB_F_gflops);
  double fraction = rb_record_get_real(cell, RB_F_roof_fraction);
  /* Half of a 95 % interval over 1.96; ranges of less than 6 repetitions are wider, not narrower.
   */
  double error = time.lo > 0 && time.hi > 0 ? (log(time.hi) - log(time.lo)) / (2 * 1.96) : 0;
  return (rb_gate_run){.ln_time = log(time.median),
                       .ln_early = log(early_of(cell, &time)),
                       .ln_roof = gflops > 0 && fraction > 0 ? log(gflops / fraction) : NAN,
                       .error = error};
}

/* Median of a field's values, NAN of none. */
static double middle_of(const group *g, side of, bool roof) {
  double values[RB_GATE_PAIRS];
  size_t n = 0;
  for (size_t i = 0; i < g->n_of[of] && n < RB_GATE_PAIRS; i++) {
    rb_spread time = {.median = NAN};
    rb_record_get_spread(g->of[of][i].cell, RB_F_time_ns, &time);
    double value = roof ? rb_record_get_real(g->of[of][i].cell, RB_F_roof_fraction) : time.median;
    if (isfinite(value))
      values[n++] = value;
  }
  return n ? rb_stats_spread(values, n).median : NAN;
}

/* Whether a driver's times can be trusted may change from run to run; host times of the same work
 * are longer. */
static bool same_clock(const rb_record *a, const rb_record *b) {
  return rb_load_is_host_clock(a) == rb_load_is_host_clock(b);
}

/* Whether more runs of the baseline are timed by the host than by the device. */
static const rb_record *usual_clock(const group *g) {
  size_t n_host = 0;
  const rb_record *host = NULL, *device = NULL;
  for (size_t i = 0; i < g->n_of[BASE]; i++) {
    const rb_record *cell = g->of[BASE][i].cell;
    bool is_host = rb_load_is_host_clock(cell);
    n_host += is_host;
    host = is_host ? cell : host;
    device = is_host ? device : cell;
  }
  return 2 * n_host > g->n_of[BASE] ? host : device;
}

static bool has_common_clock(const group *g) {
  bool on[2][2] = {{false}}; /* side, clock */
  for (size_t i = 0; i < g->n; i++)
    if (g->entries[i].side <= FRESH)
      on[g->entries[i].side][rb_load_is_host_clock(g->entries[i].cell)] = true;
  return (on[BASE][0] && on[FRESH][0]) || (on[BASE][1] && on[FRESH][1]);
}

static bool shift_of_pairs(const work *w, const group *g, side base, side fresh, rb_gate_shift *out,
                           rb_err *err) {
  double d[RB_GATE_PAIRS];
  size_t n = 0, j = 0;
  for (size_t i = 0; i < g->n_of[base]; i++) {
    const entry *left = &g->of[base][i];
    while (j < g->n_of[fresh] && g->of[fresh][j].trace < left->trace)
      j++;
    if (j < g->n_of[fresh] && g->of[fresh][j].trace == left->trace && is_timed(left->cell) &&
        is_timed(g->of[fresh][j].cell) && same_clock(left->cell, g->of[fresh][j].cell))
      d[n++] = run_of(g->of[fresh][j].cell).ln_time - run_of(left->cell).ln_time;
  }
  return rb_gate_paired(d, n, log1p(w->sides->margin), out, err);
}

/* A rate above its roof is implausible, and its roof is what is not to be believed. */
static size_t runs_of(const group *g, side of, rb_gate_run *runs) {
  size_t n = 0;
  for (size_t i = 0; i < g->n_of[of] && n < RB_GATE_RUNS; i++)
    if (is_timed(g->of[of][i].cell) && !rb_load_is_above_roof(g->of[of][i].cell) &&
        same_clock(g->of[of][i].cell, usual_clock(g)))
      runs[n++] = run_of(g->of[of][i].cell);
  return n;
}

static bool shift_of_runs(const work *w, const group *g, side base, side fresh, rb_gate_shift *out,
                          rb_err *err) {
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
         rb_gate_runs(left, n_left, right, n_right, w->sides->run_sd, log1p(w->sides->margin), out,
                      err);
}

static bool time_cell(const work *w, const group *g, rb_gate_cell *out, rb_err *err) {
  bool (*shift)(const work *, const group *, side, side, rb_gate_shift *, rb_err *) =
      w->sides->paired ? shift_of_pairs : shift_of_runs;
  out->timed = true;
  out->base_ns = middle_of(g, BASE, false);
  out->fresh_ns = middle_of(g, FRESH, false);
  out->base_roof = middle_of(g, BASE, true);
  out->fresh_roof = middle_of(g, FRESH, true);
  if (!shift(w, g, BASE, FRESH, &out->first, err) ||
      (g->n_of[FRESH_AGAIN] && g->n_of[BASE_AGAIN] &&
       !shift(w, g, BASE_AGAIN, FRESH_AGAIN, &out->second, err)))
    return false;
  if (!has_common_clock(g)) {
    out->timed = false;
    say(out, RB_GATE_NOT_COMPARABLE, "", "one side is timed by the device, the other by the host");
  }
  return true;
}

/* ---- a cell ---- */

static bool name_cell(const work *w, const rb_record *cell, rb_gate_cell *out, rb_err *err) {
  char *text = NULL;
  size_t n = 0;
  FILE *to = open_memstream(&text, &n);
  const char *part = rb_record_get_text(cell, RB_F_part), *id = rb_record_get_text(cell, RB_F_id);
  if (to)
    rb_load_name(&w->load, cell, true, to);
  if (!to || fclose(to) != 0) {
    free(text);
    return rb_fail(err, RB_FAILED, "out of memory while a cell is named");
  }
  snprintf(out->name, sizeof out->name, "%s", text);
  snprintf(out->part, sizeof out->part, "%s", part ? part : "");
  snprintf(out->id, sizeof out->id, "%s", id ? id : "");
  free(text);
  return true;
}

/* In `ab` a configuration must be one cell of each run. */
static bool is_ambiguous(const group *g) {
  for (size_t i = 1; i < g->n; i++)
    if (g->entries[i].side == g->entries[i - 1].side &&
        g->entries[i].trace == g->entries[i - 1].trace)
      return true;
  return false;
}

static bool judge_group(const work *w, const group *g, rb_gate_cell *out, rb_err *err) {
  bool paired = w->sides->paired;
  if (!name_cell(w, g->of[BASE]->cell, out, err))
    return false;
  if (is_absent(w, g, out) || has_bad_side(g, FRESH, false, out) ||
      has_bad_side(g, BASE, !paired, out) || has_bad_side(g, FRESH_AGAIN, false, out))
    return true;
  if (paired && is_ambiguous(g)) {
    say(out, RB_GATE_NOT_COMPARABLE, "", "several cells of a run match it");
    return true;
  }
  if (!match_exactly(g, paired, out, err))
    return false;
  if (is_timed(g->of[BASE]->cell) && is_timed(g->of[FRESH]->cell))
    return time_cell(w, g, out, err);
  return true;
}

/* Groups of one configuration differ in the device; the new side may be on another one. */
static const char *find_elsewhere(const work *w, size_t from, size_t to) {
  for (size_t i = from; i < to; i++)
    if (w->entries[i].side == FRESH)
      return rb_devices_name(w->entries[i].cell);
  return NULL;
}

typedef struct placed {
  size_t from, to;     /* of the sorted entries */
  size_t trace, place; /* where the baseline has it first */
  const char *elsewhere;
} placed;

static int by_place(const void *left, const void *right) {
  const placed *a = left, *b = right;
  int order = (a->trace > b->trace) - (a->trace < b->trace);
  return order ? order : (a->place > b->place) - (a->place < b->place);
}

/* The groups that the baseline has, in its order, into *out (n). */
static bool find_groups(work *w, placed **out, size_t *n, rb_err *err) {
  if (!rb_alloc((void **)out, w->n_entries, sizeof **out, "cells", err))
    return false;
  for (size_t i = 0, end; i < w->n_entries; i = end) {
    end = end_of(w, i, by_configuration);
    size_t before = *n;
    for (size_t j = i, to; j < end; j = to) {
      to = end_of(w, j, by_key);
      if (w->entries[j].side == BASE)
        (*out)[(*n)++] =
            (placed){j, to, w->entries[j].trace, w->entries[j].place, find_elsewhere(w, i, end)};
    }
    w->n_new += *n == before && find_elsewhere(w, i, end) != NULL;
  }
  qsort(*out, *n, sizeof **out, by_place);
  return true;
}

static bool judge_all(work *w, rb_err *err) {
  placed *groups = NULL;
  size_t n = 0;
  bool ok = find_groups(w, &groups, &n, err) &&
            rb_alloc((void **)&w->gate->cells, n, sizeof *w->gate->cells, "cells", err);
  for (size_t i = 0; ok && i < n; i++) {
    group g = group_of(w, groups[i].from, groups[i].to);
    g.elsewhere = groups[i].elsewhere;
    w->gate->n_cells = i + 1;
    ok = judge_group(w, &g, &w->gate->cells[i], err);
    w->n_partly += g.n_of[FRESH] > 0 && g.n_of[FRESH] < w->gate->n_fresh;
    if (ok && w->gate->device[0] == 0 && !rb_load_is_reference(g.of[BASE]->cell))
      snprintf(w->gate->device, sizeof w->gate->device, "%.*s", RB_GATE_NAME - 1,
               rb_devices_name(g.of[BASE]->cell));
  }
  free(groups);
  if (ok && w->n_partly)
    ok = rb_gate_note(w->gate, err, "%zu cell%s not in every run of the new side", w->n_partly,
                      w->n_partly == 1 ? " is" : "s are");
  if (ok && w->n_new)
    ok = rb_gate_note(w->gate, err, "%zu cell%s of the new side %s not in the baseline", w->n_new,
                      w->n_new == 1 ? "" : "s", w->n_new == 1 ? "is" : "are");
  return ok;
}

static bool check_sizes(const rb_sides *c, rb_err *err) {
  const size_t sizes[] = {c->first.n_base, c->first.n_fresh, c->second.n_base, c->second.n_fresh};
  size_t most = c->paired ? RB_GATE_PAIRS : RB_GATE_RUNS;
  for (int i = 0; i < 4; i++)
    if (sizes[i] > most)
      return rb_fail(err, RB_USAGE, "%zu traces on one side; at most %zu can be compared", sizes[i],
                     most);
  return true;
}

bool rb_sides_gate(const rb_sides *sides, rb_gate *out, rb_err *err) {
  work w = {.sides = sides, .gate = out};
  *out = (rb_gate){.paired = sides->paired,
                   .margin = sides->margin,
                   .n_base = sides->first.n_base,
                   .n_fresh = sides->first.n_fresh,
                   .n_confirm = sides->second.n_fresh};
  bool ok = check_sizes(sides, err) && collect_all(&w, err) &&
            rb_load_trace(&sides->first.base[0], false, &w.load, err);
  if (ok && w.load.n_cells == 0)
    ok = rb_fail(err, RB_INCONCLUSIVE,
                 "the baseline has no cells, so there is nothing to compare with");
  if (ok) {
    qsort(w.entries, w.n_entries, sizeof *w.entries, in_order);
    w.related = are_related(&w);
    if (!w.related && sides->paired) {
      for (size_t i = 0; i < w.n_entries; i++)
        w.entries[i].loose = true;
      qsort(w.entries, w.n_entries, sizeof *w.entries, in_order);
      w.related = are_related(&w);
    }
    ok = judge_all(&w, err) && rb_fingerprint_note(sides, out, err) && rb_gate_decide(out, err);
  }
  rb_load_free(&w.load);
  free(w.entries);
  return ok;
}
