// SPDX-License-Identifier: Apache-2.0
#include "report/trials.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/load.h"

const char *const rb_trials_sources[RB_TRIALS_N_SOURCES + 1] = {"multitask", "single", "random",
                                                                "true", "unknown"};

/* What the curves of a group share; the first ones order the groups. */
static const rb_field group_key[] = {
    RB_F_device,   RB_F_part,    RB_F_task, RB_F_r,      RB_F_sampler, RB_F_seed,  RB_F_workload,
    RB_F_backend,  RB_F_variant, RB_F_m,    RB_F_rounds, RB_F_law,     RB_F_tasks, RB_F_inputs,
    RB_F_ablation, RB_F_head,    RB_F_n,    RB_F_target, RB_F_margin};
enum { N_GROUP_KEY = sizeof group_key / sizeof group_key[0] };
/* And what those of one curve share besides. */
static const rb_field curve_key[] = {RB_F_T, RB_F_pretrainings, RB_F_trials, RB_F_precision};
/* What follows from d: cells of one curve and one d are told apart by it. */
static const rb_field rank_key[] = {RB_F_n1,    RB_F_n2,   RB_F_eta_a, RB_F_eta_w,
                                    RB_F_decay, RB_F_tile, RB_F_chunk};

/* A record that has to do with trials. */
typedef struct entry {
  const char *device, *id;
  const rb_record *record;
  size_t place; /* in the trace */
  bool is_cell;
} entry;

/* A cell that was chosen, with its entries of trials. */
typedef struct chosen {
  const rb_record *cell;
  const entry *trials; /* (n_trials) in file order */
  size_t n_trials;
  size_t place, group, rank;
  rb_trials_source source;
  bool neurons;
} chosen;

typedef struct loader {
  rb_trials *out;
  entry *entries;
  size_t n_entries;
  chosen *cells;
  size_t n_cells;
} loader;

static const char *text_of(const rb_record *record, rb_field field) {
  const char *text = rb_record_get_text(record, field);
  return text ? text : "";
}

static rb_trials_source source_of(const rb_record *cell) {
  int i = 0;
  while (i < RB_TRIALS_N_SOURCES && !rb_record_is_text(cell, RB_F_source, rb_trials_sources[i]))
    i++;
  return (rb_trials_source)i;
}

/* ---- trials to cells ---- */

static int by_cell(const void *left, const void *right) {
  const entry *a = left, *b = right;
  int order = strcmp(a->device, b->device);
  order = order ? order : strcmp(a->id, b->id);
  return order ? order : (a->place > b->place) - (a->place < b->place);
}

static void collect_entries(loader *to, const rb_trace *trace) {
  for (size_t i = 0; i < trace->n_records; i++) {
    const rb_record *record = trace->records[i];
    bool is_cell = rb_record_is_text(record, RB_F_type, "cell") &&
                   rb_record_is_text(record, RB_F_mode, "complexity");
    if (is_cell || rb_record_is_text(record, RB_F_type, "trial"))
      to->entries[to->n_entries++] =
          (entry){text_of(record, RB_F_device), text_of(record, is_cell ? RB_F_id : RB_F_cell),
                  record, i, is_cell};
  }
  qsort(to->entries, to->n_entries, sizeof *to->entries, by_cell);
}

static bool is_usable(const rb_record *cell) {
  return rb_load_status(cell) == RB_STATUS_OK && rb_record_get_truth(cell, RB_F_verified);
}

/* The records of one configuration, entries[from] to [to]. In each part of a suite it is a cell of
 * its own, of which the first usable record counts, or the first. */
static void choose_cell(loader *in, size_t from, size_t to) {
  size_t first = from; /* trial that may belong to the next cell record */
  size_t n_before = in->n_cells;
  for (size_t i = from; i < to; i++) {
    const entry *e = &in->entries[i];
    if (!e->is_cell)
      continue;
    size_t n = i - first, at = n_before;
    uint64_t wanted = rb_record_get_integer(e->record, RB_F_n_trials);
    if (n > wanted)
      n = (size_t)wanted;
    chosen cell = {.cell = e->record, .trials = e - n, .n_trials = n, .place = e->place};
    cell.source = source_of(e->record);
    cell.neurons = rb_record_is_text(e->record, RB_F_quantity, "m");
    while (at < in->n_cells && rb_load_compare(in->cells[at].cell, e->record, RB_F_part) != 0)
      at++;
    if (at == in->n_cells)
      in->cells[in->n_cells++] = cell;
    else {
      in->out->n_duplicates++;
      if (!is_usable(in->cells[at].cell) && is_usable(e->record))
        in->cells[at] = cell;
    }
    first = i + 1;
  }
  if (in->n_cells == n_before)
    in->out->n_stray += to - from;
}

static void choose_cells(loader *in) {
  for (size_t from = 0, to = 0; from < in->n_entries; from = to) {
    while (to < in->n_entries && strcmp(in->entries[to].device, in->entries[from].device) == 0 &&
           strcmp(in->entries[to].id, in->entries[from].id) == 0)
      to++;
    choose_cell(in, from, to);
  }
}

/* ---- cells to curves ---- */

static int compare_fields(const rb_record *a, const rb_record *b, const rb_field *fields,
                          size_t n) {
  int order = 0;
  for (size_t i = 0; order == 0 && i < n; i++)
    order = rb_load_compare(a, b, fields[i]);
  return order;
}

/* n* before m*. */
static int compare_groups(const chosen *a, const chosen *b) {
  int order = rb_load_compare(a->cell, b->cell, RB_F_device);
  order = order ? order : a->neurons - b->neurons;
  order = order ? order : rb_load_compare(a->cell, b->cell, RB_F_quantity);
  return order ? order : compare_fields(a->cell, b->cell, group_key, N_GROUP_KEY);
}

static int compare_curves(const chosen *a, const chosen *b) {
  int order = (a->source > b->source) - (a->source < b->source);
  order = order ? order : rb_load_compare(a->cell, b->cell, RB_F_source);
  return order ? order
               : compare_fields(a->cell, b->cell, curve_key, sizeof curve_key / sizeof *curve_key);
}

static int by_d(const chosen *a, const chosen *b) {
  int order = rb_load_compare(a->cell, b->cell, RB_F_d);
  order = order ? order
                : compare_fields(a->cell, b->cell, rank_key, sizeof rank_key / sizeof *rank_key);
  return order ? order : (a->place > b->place) - (a->place < b->place);
}

static int by_key(const void *left, const void *right) {
  int order = compare_groups(left, right);
  order = order ? order : compare_curves(left, right);
  return order ? order : by_d(left, right);
}

static int by_rank(const void *left, const void *right) {
  const chosen *a = left, *b = right;
  int order = (a->group > b->group) - (a->group < b->group);
  order = order ? order : compare_curves(a, b);
  order = order ? order : (a->rank > b->rank) - (a->rank < b->rank);
  return order ? order : by_d(a, b);
}

/* Groups, and for each cell which one it is of those with its d in its curve. */
static void number_cells(loader *in) {
  qsort(in->cells, in->n_cells, sizeof *in->cells, by_key);
  for (size_t i = 1; i < in->n_cells; i++) {
    chosen *last = &in->cells[i - 1], *cell = &in->cells[i];
    bool same = compare_groups(last, cell) == 0;
    cell->group = last->group + !same;
    if (same && compare_curves(last, cell) == 0 &&
        rb_load_compare(last->cell, cell->cell, RB_F_d) == 0)
      cell->rank = last->rank + 1;
  }
  in->out->n_groups = in->n_cells ? in->cells[in->n_cells - 1].group + 1 : 0;
  qsort(in->cells, in->n_cells, sizeof *in->cells, by_rank);
}

/* ---- one cell ---- */

static bool agrees(const rb_record *trial, const rb_record *cell, rb_field field) {
  return !rb_record_has(trial, field) || rb_load_compare(trial, cell, field) == 0;
}

/* False if the trial lacks something or contradicts its cell. */
static bool read_trial(const rb_record *record, const chosen *of, const rb_trials_point *point,
                       rb_trial *trial) {
  uint64_t size = rb_record_get_integer(record, of->neurons ? RB_F_m : RB_F_n);
  if (size == 0)
    return false;
  trial->x = log((double)size);
  trial->accuracy = rb_record_get_real(record, RB_F_accuracy);
  trial->pretraining = rb_record_get_integer(record, RB_F_pretraining);
  trial->success = rb_record_get_truth(record, RB_F_success);
  return trial->x <= point->log_cap && trial->accuracy >= 0 && trial->accuracy <= 1 &&
         rb_record_has(record, RB_F_success) &&
         trial->success == (trial->accuracy >= rb_record_get_real(of->cell, RB_F_target)) &&
         agrees(record, of->cell, RB_F_d) && agrees(record, of->cell, RB_F_r) &&
         agrees(record, of->cell, RB_F_source) && agrees(record, of->cell, RB_F_task) &&
         agrees(record, of->cell, RB_F_quantity) && agrees(record, of->cell, RB_F_sampler) &&
         agrees(record, of->cell, of->neurons ? RB_F_n : RB_F_m);
}

static int by_x(const void *left, const void *right) {
  const rb_trial *a = left, *b = right;
  return (a->x > b->x) - (a->x < b->x);
}

static void find_problem(rb_trials_point *point, const chosen *of, size_t n_bad) {
  const rb_record *cell = of->cell;
  uint64_t said = rb_record_get_integer(cell, RB_F_n_trials);
  char *text = point->problem;
  size_t room = sizeof point->problem;
  if (rb_load_status(cell) != RB_STATUS_OK)
    snprintf(text, room, "its status is %s", rb_status_names[rb_load_status(cell)]);
  else if (!rb_record_get_truth(cell, RB_F_verified))
    snprintf(text, room, "it was not verified");
  else if (point->d == 0 || !isfinite(point->log_cap) || of->source == RB_TRIALS_N_SOURCES ||
           !(of->neurons || rb_record_is_text(cell, RB_F_quantity, "n")))
    snprintf(text, room, "its source, its quantity, d, n or m is missing or not known");
  else if (n_bad)
    snprintf(text, room, "%zu of its trials lack a number or contradict the cell", n_bad);
  else if (of->n_trials < said)
    snprintf(text, room, "%zu of its %" PRIu64 " trials are in the trace", of->n_trials, said);
  else if (of->n_trials == 0)
    snprintf(text, room, "it has no trials");
}

/* Takes room for its trials from *next. */
static void fill_point(rb_trials_point *point, const chosen *of, rb_trial **next) {
  uint64_t cap = rb_record_get_integer(of->cell, of->neurons ? RB_F_m : RB_F_n);
  rb_trial *trials = *next;
  size_t n_bad = 0;
  *point = (rb_trials_point){.cell = of->cell, .trials = trials};
  point->d = rb_record_get_integer(of->cell, RB_F_d);
  point->log_cap = cap ? log((double)cap) : NAN;
  for (size_t i = 0; i < of->n_trials; i++) {
    rb_trial *trial = &trials[point->n_trials];
    bool ok = read_trial(of->trials[i].record, of, point, trial);
    point->n_trials += ok;
    point->n_successes += ok && trial->success;
    n_bad += !ok;
  }
  qsort(trials, point->n_trials, sizeof *trials, by_x);
  *next += point->n_trials;
  find_problem(point, of, n_bad);
}

/* ---- curves ---- */

/* Values of d of the group (n, ascending) that the curve lacks. */
static void find_missing(rb_trials_curve *curve, const uint64_t *all, size_t n) {
  for (size_t i = 0, j = 0; i < n && curve->n_missing < RB_TRIALS_MAX_POINTS; i++) {
    while (j < curve->n_points && curve->points[j].d < all[i])
      j++;
    if (j == curve->n_points || curve->points[j].d != all[i])
      curve->missing[curve->n_missing++] = all[i];
  }
}

static int by_number(const void *left, const void *right) {
  const uint64_t *a = left, *b = right;
  return (*a > *b) - (*a < *b);
}

/* The curves of one group; all: room for the d of its points. */
static void finish_group(rb_trials_curve *curves, size_t n_curves, uint64_t *all) {
  size_t n = 0, n_unique = 0;
  for (size_t i = 0; i < n_curves; i++)
    for (size_t j = 0; j < curves[i].n_points; j++)
      all[n++] = curves[i].points[j].d;
  qsort(all, n, sizeof *all, by_number);
  for (size_t i = 0; i < n; i++)
    if (i == 0 || all[i] != all[i - 1])
      all[n_unique++] = all[i];
  for (size_t i = 0; i < n_curves; i++)
    find_missing(&curves[i], all, n_unique);
}

/* Cells of one curve in which not every d stands as often as the others: what belongs together is
 * a guess. n cells that compare_curves() takes for equal. */
static bool is_mixed(const chosen *cells, size_t n) {
  size_t n_ranks = cells[n - 1].rank + 1, n_first = 0;
  for (size_t i = 0; i < n; i++)
    n_first += cells[i].rank == 0;
  return n_first * n_ranks != n;
}

static bool begins_curve(const chosen *last, const chosen *cell) {
  return last->group != cell->group || compare_curves(last, cell) != 0;
}

/* Cells from..to, which differ in d and rank, into curves. */
static void make_curves(loader *in, size_t from, size_t to) {
  rb_trials *out = in->out;
  bool mixed = is_mixed(in->cells + from, to - from);
  for (size_t i = from; i < to; i++) {
    rb_trials_curve *curve = &out->curves[out->n_curves - (i > from)];
    const chosen *of = &in->cells[i];
    if (i == from || of->rank != in->cells[i - 1].rank) {
      curve = &out->curves[out->n_curves++];
      *curve = (rb_trials_curve){.cell = of->cell, .source = of->source, .neurons = of->neurons};
      curve->margin = rb_record_get_real(of->cell, RB_F_margin);
      curve->group = of->group;
      curve->points = &out->all_points[i];
      if (mixed)
        snprintf(curve->problem, sizeof curve->problem,
                 "a d has several cells and another has not as many");
    }
    curve->n_points++;
    if (curve->n_points > RB_TRIALS_MAX_POINTS)
      snprintf(curve->problem, sizeof curve->problem, "it has more than %d values of d",
               RB_TRIALS_MAX_POINTS);
  }
}

/* Task and r always, and what else is not the same in all groups; the part begins the name. */
static void find_told(rb_trials *out) {
  const rb_record *first[2] = {NULL, NULL};
  for (size_t i = 0; i < out->n_curves; i++) {
    const rb_trials_curve *curve = &out->curves[i];
    const rb_record **with = &first[curve->neurons];
    *with = *with ? *with : curve->cell;
    for (size_t j = 0; j < N_GROUP_KEY; j++)
      if (group_key[j] != RB_F_part && (group_key[j] == RB_F_task || group_key[j] == RB_F_r ||
                                        rb_load_compare(curve->cell, *with, group_key[j]) != 0))
        out->told[curve->neurons] |= (uint32_t)1 << j;
  }
}

static bool fill_curves(loader *in, rb_err *err) {
  rb_trials *out = in->out;
  void *all = NULL, *memory = NULL;
  rb_trial *next = out->all_trials;
  if (!rb_alloc(&all, in->n_cells, sizeof(uint64_t), "values of d", err))
    return false;
  if (!rb_alloc(&memory, in->n_cells, sizeof *out->curves, "curves of the trace", err)) {
    free(all);
    return false;
  }
  out->curves = memory;
  for (size_t i = 0; i < in->n_cells; i++)
    fill_point(&out->all_points[i], &in->cells[i], &next);
  for (size_t from = 0, to = 0; from < in->n_cells; from = to) {
    to++;
    while (to < in->n_cells && !begins_curve(&in->cells[to - 1], &in->cells[to]))
      to++;
    make_curves(in, from, to);
  }
  for (size_t from = 0, to = 0; from < out->n_curves; from = to) {
    while (to < out->n_curves && out->curves[to].group == out->curves[from].group)
      to++;
    finish_group(out->curves + from, to - from, all);
  }
  find_told(out);
  out->n_cells = in->n_cells;
  out->n_used = (size_t)(next - out->all_trials);
  free(all);
  return true;
}

bool rb_trials_load(const rb_trace *trace, rb_trials *out, rb_err *err) {
  loader in = {.out = out};
  void *memory = NULL;
  bool ok = false;
  *out = (rb_trials){0};
  if (!rb_alloc(&memory, trace->n_records, sizeof *in.entries, "trials of the trace", err))
    goto done;
  in.entries = memory;
  collect_entries(&in, trace);
  size_t n_cells = 0;
  for (size_t i = 0; i < in.n_entries; i++)
    n_cells += in.entries[i].is_cell;
  if (!rb_alloc(&memory, n_cells, sizeof *in.cells, "cells of the trace", err))
    goto done;
  in.cells = memory;
  if (!rb_alloc(&memory, n_cells, sizeof *out->all_points, "cells of the trace", err))
    goto done;
  out->all_points = memory;
  if (!rb_alloc(&memory, in.n_entries, sizeof *out->all_trials, "trials of the trace", err))
    goto done;
  out->all_trials = memory;
  choose_cells(&in);
  number_cells(&in);
  ok = fill_curves(&in, err);
done:
  free(in.entries);
  free(in.cells);
  if (!ok)
    rb_trials_free(out);
  return ok;
}

void rb_trials_free(rb_trials *trials) {
  free(trials->curves);
  free(trials->all_points);
  free(trials->all_trials);
  *trials = (rb_trials){0};
}

/* ---- names ---- */

static void put_field(FILE *out, const rb_record *cell, rb_field field) {
  if (!rb_record_has(cell, field))
    return;
  if (rb_schema[field].type == RB_TYPE_text)
    fprintf(out, " %s", rb_record_get_text(cell, field));
  else if (rb_schema[field].type == RB_TYPE_integer)
    fprintf(out, " %s=%" PRIu64, rb_schema[field].name, rb_record_get_integer(cell, field));
  else
    fprintf(out, " %s=%.6g", rb_schema[field].name, rb_record_get_real(cell, field));
}

bool rb_trials_name(const rb_trials *trials, const rb_trials_curve *curve, char **out,
                    rb_err *err) {
  size_t n = 0;
  FILE *memory = rb_mem_stream(out, &n);
  if (!memory)
    return rb_fail(err, RB_FAILED, "out of memory while naming a curve");
  fputs(rb_record_has(curve->cell, RB_F_part) ? text_of(curve->cell, RB_F_part) : "cells", memory);
  for (size_t i = 0; i < N_GROUP_KEY; i++)
    if (trials->told[curve->neurons] >> i & 1)
      put_field(memory, curve->cell, group_key[i]);
  if (fclose(memory) != 0)
    return rb_fail(err, RB_FAILED, "out of memory while naming a curve");
  return true;
}
