// SPDX-License-Identifier: Apache-2.0
#include "report/load.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/problem.h"

const rb_field rb_load_key[] = {
    RB_F_part,    RB_F_mode,     RB_F_device,   RB_F_workload, RB_F_backend, RB_F_variant,
    RB_F_source,  RB_F_task,     RB_F_quantity, RB_F_head,     RB_F_n,       RB_F_target,
    RB_F_sampler, RB_F_d,        RB_F_r,        RB_F_T,        RB_F_m,       RB_F_n1,
    RB_F_n2,      RB_F_rounds,   RB_F_law,      RB_F_tasks,    RB_F_inputs,  RB_F_ablation,
    RB_F_eta_a,   RB_F_eta_w,    RB_F_decay,    RB_F_tile,     RB_F_chunk,   RB_F_pretrainings,
    RB_F_trials,  RB_F_precision};
const size_t rb_load_n_key = sizeof rb_load_key / sizeof rb_load_key[0];
_Static_assert(sizeof rb_load_key / sizeof rb_load_key[0] <= 8 * sizeof(rb_load_set),
               "a bit for each field");

const char *rb_load_mode(const rb_record *cell) {
  static const char *const modes[] = {"check", "learn", "time", "complexity"};
  const char *own = rb_record_get_text(cell, RB_F_mode);
  for (int i = 0; own && i < 4; i++)
    if (strcmp(own, modes[i]) == 0)
      return modes[i];
  return "";
}

rb_status rb_load_status(const rb_record *cell) {
  const char *status = rb_record_get_text(cell, RB_F_status);
  for (int i = 0; status && i < RB_N_STATUS; i++)
    if (strcmp(status, rb_status_names[i]) == 0)
      return (rb_status)i;
  return RB_STATUS_FAILED;
}

bool rb_load_has_learned(const rb_record *cell) {
  return rb_load_status(cell) == RB_STATUS_OK || rb_record_get_truth(cell, RB_F_verified);
}

double rb_load_error(const rb_record *cell) {
  return fmax(rb_record_get_real(cell, RB_F_verify_error),
              rb_record_get_real(cell, RB_F_feature_error));
}

double rb_load_done(const rb_record *cell) {
  double operations = rb_record_get_real(cell, RB_F_operations);
  double flop = rb_record_get_real(cell, RB_F_flop);
  return operations > 0 && flop > 0 ? operations / flop : 1;
}

double rb_load_roof_of(const rb_record *cell) {
  double gflops = rb_record_get_real(cell, RB_F_gflops) * rb_load_done(cell);
  double fraction = rb_record_get_real(cell, RB_F_roof_fraction);
  return gflops > 0 && fraction > 0 ? gflops / fraction : NAN;
}

bool rb_load_is_above_roof(const rb_record *cell) {
  return rb_record_has(cell, RB_F_plausible) && !rb_record_get_truth(cell, RB_F_plausible);
}

bool rb_load_is_reference(const rb_record *cell) {
  const char *backend = rb_record_get_text(cell, RB_F_backend);
  return backend && strcmp(backend, "reference") == 0;
}

bool rb_load_is_direct(const rb_record *cell) {
  const char *sampler = rb_record_get_text(cell, RB_F_sampler);
  return !sampler || strcmp(sampler, "direct") == 0;
}

bool rb_load_is_host_clock(const rb_record *cell) {
  const char *clock = rb_record_get_text(cell, RB_F_clock);
  return clock && strncmp(clock, "host", 4) == 0 && !rb_load_is_reference(cell) &&
         strcmp(rb_load_mode(cell), "complexity") != 0;
}

bool rb_load_is_wide(const rb_record *cell) {
  return rb_record_has(cell, RB_F_target_met) && !rb_record_get_truth(cell, RB_F_target_met);
}

bool rb_load_is_small_tile(const rb_record *cell) {
  return rb_record_has(cell, RB_F_tile_refused) && rb_load_status(cell) != RB_STATUS_FAILED;
}

bool rb_load_is_rated(const rb_record *cell) {
  rb_status status = rb_load_status(cell);
  return (status == RB_STATUS_OK || status == RB_STATUS_OUTSIDE) && !rb_load_is_above_roof(cell);
}

/* ---- rows ---- */

int rb_load_compare(const rb_record *a, const rb_record *b, rb_field field) {
  bool has_a = rb_record_has(a, field), has_b = rb_record_has(b, field);
  if (!has_a || !has_b)
    return has_a - has_b;
  if (rb_schema[field].type == RB_TYPE_text) {
    int order = strcmp(rb_record_get_text(a, field), rb_record_get_text(b, field));
    return (order > 0) - (order < 0);
  }
  if (rb_schema[field].type == RB_TYPE_integer) {
    uint64_t left = rb_record_get_integer(a, field), right = rb_record_get_integer(b, field);
    return (left > right) - (left < right);
  }
  double left = rb_record_get_real(a, field), right = rb_record_get_real(b, field);
  return (left > right) - (left < right);
}

static int compare_configuration(const rb_record *a, const rb_record *b) {
  int order = 0;
  for (size_t i = 0; order == 0 && i < rb_load_n_key; i++)
    order = rb_load_compare(a, b, rb_load_key[i]);
  return order;
}

typedef struct placed {
  const rb_record *cell;
  size_t place; /* in the file */
  size_t row;   /* place of the first cell of its row */
} placed;

static int by_configuration(const void *left, const void *right) {
  const placed *a = left, *b = right;
  int order = compare_configuration(a->cell, b->cell);
  return order ? order : (a->place > b->place) - (a->place < b->place);
}

static int by_row(const void *left, const void *right) {
  const placed *a = left, *b = right;
  int order = (a->row > b->row) - (a->row < b->row);
  return order ? order : (a->place > b->place) - (a->place < b->place);
}

static bool make_rows(rb_load *load, bool grouped, rb_err *err) {
  void *memory = NULL;
  if (!rb_alloc(&memory, load->n_cells, sizeof(placed), "rows of the trace", err))
    return false;
  placed *order = memory;
  for (size_t i = 0; i < load->n_cells; i++)
    order[i] = (placed){load->cells[i], i, i};
  if (grouped) {
    qsort(order, load->n_cells, sizeof *order, by_configuration);
    for (size_t i = 1; i < load->n_cells; i++)
      if (compare_configuration(order[i - 1].cell, order[i].cell) == 0)
        order[i].row = order[i - 1].row;
    qsort(order, load->n_cells, sizeof *order, by_row);
  }
  for (size_t i = 0; i < load->n_cells; i++) {
    load->sorted[i] = order[i].cell;
    if (i == 0 || order[i].row != order[i - 1].row)
      load->rows[load->n_rows++] = (rb_load_row){&load->sorted[i], 0};
    load->rows[load->n_rows - 1].n_cells++;
  }
  free(order);
  return true;
}

/* ---- phases ---- */

/* "head/product" -> "product". */
static const char *after_slash(const char *name) {
  const char *slash = strrchr(name, '/');
  return slash ? slash + 1 : name;
}

/* Index in load->phases; n_phases if it is not there. */
static size_t find_phase(const rb_load *load, const char *kind) {
  size_t i = 0;
  while (i < load->n_phases && strcmp(load->phases[i] + RB_LOAD_PHASE_PREFIX, kind) != 0)
    i++;
  return i;
}

static bool is_compile(const char *name) {
  return strcmp(after_slash(name), "compile") == 0;
}

static void collect_phase(void *context, const char *key, double value, const char *text) {
  rb_load *load = context;
  const char *kind = after_slash(key);
  (void)value, (void)text;
  if (is_compile(key) || strcmp(kind, "other") == 0 || kind[0] == '\0' ||
      strlen(kind) >= RB_LOAD_PHASE_ROOM - RB_LOAD_PHASE_PREFIX ||
      load->n_phases == RB_LOAD_MAX_PHASES || find_phase(load, kind) < load->n_phases)
    return;
  snprintf(load->phases[load->n_phases++], RB_LOAD_PHASE_ROOM, "share_%s", kind);
}

/* The kinds that a round has, in the order of docs/METHOD.md. */
static size_t place_of(const char *name) {
  static const char *const known[] = {"generate",  "label",  "product", "activation",
                                      "reduction", "update", "reset"};
  size_t i = 0;
  while (i < sizeof known / sizeof known[0] && strcmp(name + RB_LOAD_PHASE_PREFIX, known[i]) != 0)
    i++;
  return i;
}

/* Insertion: stable, and there are few. */
static void sort_phases(rb_load *load) {
  for (size_t i = 1; i < load->n_phases; i++)
    for (size_t j = i; j > 0 && place_of(load->phases[j]) < place_of(load->phases[j - 1]); j--) {
      char kept[RB_LOAD_PHASE_ROOM];
      memcpy(kept, load->phases[j], sizeof kept);
      memcpy(load->phases[j], load->phases[j - 1], sizeof kept);
      memcpy(load->phases[j - 1], kept, sizeof kept);
    }
}

typedef struct sums {
  const rb_load *load;
  double *of; /* (n_phases + 1), ns */
  double all;
} sums;

static void add_phase(void *context, const char *key, double value, const char *text) {
  sums *to = context;
  (void)text;
  if (is_compile(key) || !(value >= 0))
    return;
  to->of[find_phase(to->load, after_slash(key))] += value;
  to->all += value;
}

void rb_load_shares(const rb_load *load, const rb_record *cell,
                    double shares[RB_LOAD_MAX_PHASES + 1]) {
  sums sum = {load, shares, 0};
  rb_spread time = {0};
  for (size_t i = 0; i <= RB_LOAD_MAX_PHASES; i++)
    shares[i] = 0;
  rb_record_each(cell, RB_F_phases, add_phase, &sum);
  double whole = sum.all;
  if (rb_record_get_spread(cell, RB_F_time_ns, &time) && time.median > whole) {
    shares[load->n_phases] += time.median - whole;
    whole = time.median;
  }
  for (size_t i = 0; i <= load->n_phases; i++)
    shares[i] = sum.all > 0 ? shares[i] / whole : NAN;
}

/* ---- the whole ---- */

static void count_cell(rb_load *load, const rb_record *cell) {
  rb_status status = rb_load_status(cell);
  load->cells[load->n_cells++] = cell;
  load->n_status[status]++;
  load->n_verified += status <= RB_STATUS_OUTSIDE && rb_record_get_truth(cell, RB_F_verified);
  load->interrupted |= status == RB_STATUS_INTERRUPTED;
  rb_record_each(cell, RB_F_phases, collect_phase, load);
}

static void count_record(rb_load *load, const rb_record *record) {
  if (rb_record_is_text(record, RB_F_type, "cell"))
    count_cell(load, record);
  if (rb_record_is_text(record, RB_F_type, "run")) {
    load->run = load->run ? load->run : record;
    load->n_planned += rb_record_get_integer(record, RB_F_n_cells);
    load->n_runs++;
  }
  if (rb_record_is_text(record, RB_F_type, "end")) {
    uint64_t code = rb_record_get_integer(record, RB_F_exit_code);
    load->end = record;
    load->exit_code = rb_worse(load->exit_code, code <= 255 ? (int)code : RB_FAILED);
    load->interrupted |= code == 130 || code == 143;
    load->n_ends++;
  }
}

bool rb_load_trace(const rb_trace *trace, bool grouped, rb_load *out, rb_err *err) {
  void *memory = NULL;
  bool ok = false;
  *out = (rb_load){.trace = trace, .sealed = trace->end_marker};
  if (!rb_alloc(&memory, trace->n_records, sizeof *out->cells, "cells of the trace", err))
    goto done;
  out->cells = memory;
  if (!rb_alloc(&memory, trace->n_records, sizeof *out->sorted, "cells of the trace", err))
    goto done;
  out->sorted = memory;
  if (!rb_alloc(&memory, trace->n_records, sizeof *out->rows, "rows of the trace", err))
    goto done;
  out->rows = memory;
  for (size_t i = 0; i < trace->n_records; i++)
    count_record(out, trace->records[i]);
  /* A merge may drop inner headers, so fewer are planned than there are. */
  if (out->n_planned < out->n_cells)
    out->n_planned = out->n_cells;
  out->interrupted |= out->n_ends < out->n_runs;
  sort_phases(out);
  snprintf(out->phases[out->n_phases], RB_LOAD_PHASE_ROOM, "share_other");
  ok = make_rows(out, grouped, err);
done:
  if (!ok)
    rb_load_free(out);
  return ok;
}

void rb_load_free(rb_load *load) {
  free(load->cells);
  free(load->sorted);
  free(load->rows);
  *load = (rb_load){0};
}

/* ---- names ---- */

bool rb_load_varies(const rb_load *load, rb_field field) {
  for (size_t i = 1; i < load->n_cells; i++)
    if (rb_load_compare(load->cells[i], load->cells[0], field) != 0)
      return true;
  return false;
}

bool rb_load_has_default_steps(const rb_record *cell) {
  rb_problem problem = rb_problem_default();
  rb_err ignored = {0};
  problem.d = (uint32_t)rb_record_get_integer(cell, RB_F_d);
  problem.r = (uint32_t)rb_record_get_integer(cell, RB_F_r);
  problem.m = (uint32_t)rb_record_get_integer(cell, RB_F_m);
  problem.sampler = rb_load_is_direct(cell) ? RB_SAMPLER_DIRECT : RB_SAMPLER_COLLAPSED;
  return rb_problem_settle(&problem, &ignored) &&
         rb_record_get_real(cell, RB_F_eta_a) == problem.eta_a &&
         rb_record_get_real(cell, RB_F_eta_w) == problem.eta_w;
}

rb_load_set rb_load_bit(rb_field field) {
  for (size_t i = 0; i < rb_load_n_key; i++)
    if (rb_load_key[i] == field)
      return (rb_load_set)1 << i;
  return 0;
}

rb_load_set rb_load_told(const rb_record *const *cells, size_t n) {
  const rb_load_set shape = rb_load_bit(RB_F_d) | rb_load_bit(RB_F_r) | rb_load_bit(RB_F_T) |
                            rb_load_bit(RB_F_m) | rb_load_bit(RB_F_n1) | rb_load_bit(RB_F_n2) |
                            rb_load_bit(RB_F_inputs) | rb_load_bit(RB_F_sampler);
  const rb_load_set steps = rb_load_bit(RB_F_eta_a) | rb_load_bit(RB_F_eta_w);
  const rb_load_set blocks = rb_load_bit(RB_F_tile) | rb_load_bit(RB_F_chunk);
  bool default_steps = true;
  rb_load_set set = 0;
  for (size_t i = 0; i < rb_load_n_key; i++)
    for (size_t j = 1; j < n; j++)
      if (rb_load_compare(cells[j], cells[0], rb_load_key[i]) != 0) {
        set |= (rb_load_set)1 << i;
        break;
      }
  set &= ~(rb_load_bit(RB_F_part) | rb_load_bit(RB_F_mode));
  for (size_t i = 0; i < n; i++)
    default_steps = default_steps && rb_load_has_default_steps(cells[i]);
  set &= default_steps ? ~steps : set;
  return set & shape ? set & ~blocks : set;
}

static void put_value(const rb_record *cell, rb_field field, bool named, FILE *out) {
  const char *name = rb_schema[field].name;
  if (rb_schema[field].type == RB_TYPE_text)
    fprintf(out, "%s%s%s%s", named ? name : "", named ? "=" : "", rb_record_get_text(cell, field),
            !named && field == RB_F_quantity ? "*" : "");
  else if (rb_schema[field].type == RB_TYPE_integer)
    fprintf(out, "%s=%" PRIu64, name, rb_record_get_integer(cell, field));
  else
    fprintf(out, "%s=%.6g", name, rb_record_get_real(cell, field));
}

void rb_load_write(const rb_record *cell, rb_load_set set, bool named, FILE *out) {
  const rb_load_set n1 = rb_load_bit(RB_F_n1), n2 = rb_load_bit(RB_F_n2);
  bool twin = (set & n1) && (set & n2) && rb_record_has(cell, RB_F_n1) &&
              rb_record_has(cell, RB_F_n2) &&
              rb_record_get_integer(cell, RB_F_n1) == rb_record_get_integer(cell, RB_F_n2);
  const char *space = "";
  for (size_t i = 0; i < rb_load_n_key; i++) {
    rb_field field = rb_load_key[i];
    if (!(set >> i & 1) || !rb_record_has(cell, field) || (twin && field == RB_F_n2))
      continue;
    fprintf(out, "%s%s", space, twin && field == RB_F_n1 ? "n1=" : "");
    put_value(cell, twin && field == RB_F_n1 ? RB_F_n2 : field, named, out);
    space = " ";
  }
}

/* The cells of the part of cell into mates (n_cells); returns how many. */
static size_t find_part(const rb_load *load, const rb_record *cell, const rb_record **mates) {
  size_t n = 0;
  for (size_t i = 0; i < load->n_cells; i++)
    if (rb_load_compare(load->cells[i], cell, RB_F_part) == 0)
      mates[n++] = load->cells[i];
  return n;
}

void rb_load_name(const rb_load *load, const rb_record *cell, bool with_seed, FILE *out) {
  void *memory = NULL;
  rb_err ignored = {0};
  rb_load_set set = 0;
  if (rb_alloc(&memory, load->n_cells, sizeof cell, "cells of a part", &ignored))
    set = rb_load_told(memory, find_part(load, cell, memory));
  free(memory);
  bool parts = rb_load_varies(load, RB_F_part) && rb_record_has(cell, RB_F_part);
  if (parts)
    fprintf(out, "%s ", rb_record_get_text(cell, RB_F_part));
  set |= rb_load_bit(RB_F_backend);
  if (!rb_record_has(cell, RB_F_backend))
    fputs("cell ", out);
  rb_load_write(cell, set, false, out);
  if (with_seed && rb_load_varies(load, RB_F_seed) && rb_record_has(cell, RB_F_seed))
    fprintf(out, " seed=%" PRIu64, rb_record_get_integer(cell, RB_F_seed));
}
