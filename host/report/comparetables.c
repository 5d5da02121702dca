// SPDX-License-Identifier: Apache-2.0
#include "report/comparetables.h"

#include <math.h>
#include <string.h>

#include "report/devices.h"
#include "report/growth.h"

/* ---- systems ---- */

enum {
  AT_SYSTEM,
  AT_AGAINST,
  AT_TRACE,
  AT_TEXTS, /* of the first cell, then of the header */
  AT_RUN_ERROR = AT_TEXTS + 11,
  AT_CELLS,
  AT_ENERGY
};
static const rb_field cell_texts[] = {RB_F_device, RB_F_device_name, RB_F_platform, RB_F_driver,
                                      RB_F_backend};
static const rb_field run_texts[] = {RB_F_suite,        RB_F_suite_hash, RB_F_tool_version,
                                     RB_F_git_revision, RB_F_run_id,     RB_F_started};
static const rb_column system_columns[] = {
    {.name = "system", .type = RB_COLUMN_INTEGER},
    {.name = "compared_with", .type = RB_COLUMN_INTEGER},
    {.name = "trace", .type = RB_COLUMN_TEXT},
    {.name = "device", .type = RB_COLUMN_TEXT},
    {.name = "device_name", .type = RB_COLUMN_TEXT},
    {.name = "platform", .type = RB_COLUMN_TEXT},
    {.name = "driver", .type = RB_COLUMN_TEXT},
    {.name = "backend", .type = RB_COLUMN_TEXT},
    {.name = "suite", .type = RB_COLUMN_TEXT},
    {.name = "suite_hash", .type = RB_COLUMN_TEXT},
    {.name = "tool_version", .type = RB_COLUMN_TEXT},
    {.name = "git_revision", .type = RB_COLUMN_TEXT},
    {.name = "run_id", .type = RB_COLUMN_TEXT},
    {.name = "started", .type = RB_COLUMN_TEXT},
    {.name = "run_error", .type = RB_COLUMN_REAL},
    {.name = "n_cells", .type = RB_COLUMN_INTEGER},
    {.name = "energy", .type = RB_COLUMN_TEXT},
};

bool rb_comparetables_systems(const rb_compare *compare, rb_table **out, rb_err *err) {
  enum { N_CELL = sizeof cell_texts / sizeof cell_texts[0] };
  if (!rb_table_open(system_columns, sizeof system_columns / sizeof system_columns[0], out, err))
    return false;
  for (size_t i = 0; i < compare->systems.n; i++) {
    const rb_system *one = &compare->systems.list[i];
    rb_table_row(*out);
    rb_table_integer(*out, AT_SYSTEM, i + 1);
    if (one->partner != RB_SYSTEM_NONE)
      rb_table_integer(*out, AT_AGAINST, (uint64_t)one->partner + 1);
    rb_table_text(*out, AT_TRACE, compare->paths ? compare->paths[one->trace] : NULL);
    for (size_t j = 0; j < N_CELL; j++)
      rb_table_text(*out, AT_TEXTS + j, rb_record_get_text(one->first, cell_texts[j]));
    for (size_t j = 0; one->run && j < sizeof run_texts / sizeof run_texts[0]; j++)
      rb_table_text(*out, AT_TEXTS + N_CELL + j, rb_record_get_text(one->run, run_texts[j]));
    rb_table_real(*out, AT_RUN_ERROR, one->run_error);
    rb_table_integer(*out, AT_CELLS, one->n_cells);
    rb_table_text(*out, AT_ENERGY, rb_system_energy(one));
  }
  return true;
}

/* ---- configuration ---- */

/* rb_load_key holds fewer than bits of a set; behind it the seed. */
enum { MOST_KEYS = 8 * sizeof(rb_load_set) + 1, MOST_COLUMNS = MOST_KEYS + 32 };

/* The fields of a configuration into fields; returns how many. */
static size_t list_fields(rb_field fields[MOST_KEYS]) {
  const rb_load_set apart = rb_match_apart() & ~rb_load_bit(RB_F_part);
  size_t n = 0;
  for (size_t i = 0; i < rb_load_n_key; i++)
    if (!(apart >> i & 1))
      fields[n++] = rb_load_key[i];
  fields[n++] = RB_F_seed;
  return n;
}

/* A table of base, other, the configuration and own (n); *at: where own begins. */
static bool open_rows(const rb_column *own, size_t n, size_t *at, rb_table **out, rb_err *err) {
  rb_field fields[MOST_KEYS];
  rb_column columns[MOST_COLUMNS] = {{.name = "base", .type = RB_COLUMN_INTEGER},
                                     {.name = "other", .type = RB_COLUMN_INTEGER}};
  size_t n_fields = list_fields(fields);
  for (size_t i = 0; i < n_fields; i++) {
    rb_field_type type = rb_schema[fields[i]].type;
    columns[2 + i] = (rb_column){.name = rb_schema[fields[i]].name,
                                 .type = type == RB_TYPE_text      ? RB_COLUMN_TEXT
                                         : type == RB_TYPE_integer ? RB_COLUMN_INTEGER
                                                                   : RB_COLUMN_SETTING};
  }
  *at = 2 + n_fields;
  memcpy(&columns[*at], own, n * sizeof *own);
  return rb_table_open(columns, *at + n, out, err);
}

/* Begins a row; the fields of `without` stay null. */
static void begin_row(rb_table *table, const rb_compare_pair *pair, const rb_record *cell,
                      rb_load_set without) {
  rb_field fields[MOST_KEYS];
  size_t n = list_fields(fields);
  rb_table_row(table);
  rb_table_integer(table, 0, pair->base + 1);
  rb_table_integer(table, 1, pair->other + 1);
  for (size_t i = 0; i < n; i++) {
    if ((without & rb_load_bit(fields[i])) || !rb_record_has(cell, fields[i]))
      continue;
    if (rb_schema[fields[i]].type == RB_TYPE_text)
      rb_table_text(table, 2 + i, rb_record_get_text(cell, fields[i]));
    else if (rb_schema[fields[i]].type == RB_TYPE_integer)
      rb_table_integer(table, 2 + i, rb_record_get_integer(cell, fields[i]));
    else
      rb_table_real(table, 2 + i, rb_record_get_real(cell, fields[i]));
  }
}

/* ---- cells ---- */

enum {
  AT_STATE,
  AT_REASON,
  AT_RATE, /* base, other; so of all that follow but ratios */
  AT_RATIO = AT_RATE + 2,
  AT_TIME,
  AT_GFLOPS = AT_TIME + 2,
  AT_ROOF = AT_GFLOPS + 2,
  AT_QUALITY = AT_ROOF + 2,
  AT_ROUNDS = AT_QUALITY + 2,
  AT_TARGET = AT_ROUNDS + 2,
  AT_TARGET_RATIO = AT_TARGET + 2,
  AT_JOULE,
  AT_JOULE_RATIO = AT_JOULE + 2
};
static const rb_column cell_columns[] = {
    {.name = "state", .type = RB_COLUMN_TEXT},
    {.name = "reason", .type = RB_COLUMN_TEXT},
    {.name = "samples_per_s_base", .type = RB_COLUMN_SI, .ranged = true},
    {.name = "samples_per_s_other", .type = RB_COLUMN_SI, .ranged = true},
    {.name = "ratio", .type = RB_COLUMN_REAL, .ranged = true},
    {.name = "time_ns_base", .type = RB_COLUMN_TIME, .ranged = true},
    {.name = "time_ns_other", .type = RB_COLUMN_TIME, .ranged = true},
    {.name = "gflops_base", .type = RB_COLUMN_REAL},
    {.name = "gflops_other", .type = RB_COLUMN_REAL},
    {.name = "roof_fraction_base", .type = RB_COLUMN_PERCENT},
    {.name = "roof_fraction_other", .type = RB_COLUMN_PERCENT},
    {.name = "target_base", .type = RB_COLUMN_TEXT},
    {.name = "target_other", .type = RB_COLUMN_TEXT},
    {.name = "target_rounds_base", .type = RB_COLUMN_INTEGER},
    {.name = "target_rounds_other", .type = RB_COLUMN_INTEGER},
    {.name = "target_ns_base", .type = RB_COLUMN_TIME, .ranged = true},
    {.name = "target_ns_other", .type = RB_COLUMN_TIME, .ranged = true},
    {.name = "target_ratio", .type = RB_COLUMN_REAL, .ranged = true},
    {.name = "round_energy_j_base", .type = RB_COLUMN_REAL},
    {.name = "round_energy_j_other", .type = RB_COLUMN_REAL},
    {.name = "energy_ratio", .type = RB_COLUMN_REAL},
};

static void put_cell(rb_table *table, size_t at, const rb_compare_cell *cell) {
  rb_table_text(table, at + AT_STATE, rb_compare_states[cell->state]);
  rb_table_text(table, at + AT_REASON, cell->reason);
  if (cell->state > RB_COMPARE_UNSURE)
    return;
  rb_table_range(table, at + AT_RATIO, cell->ratio);
  rb_table_range(table, at + AT_TARGET_RATIO, cell->quality_ratio);
  rb_table_real(table, at + AT_JOULE_RATIO, cell->energy[1] / cell->energy[0]);
  for (size_t i = 0; i < 2; i++) {
    const rb_quality *quality = &cell->quality[i];
    rb_table_range(table, at + AT_RATE + i, cell->rate[i]);
    rb_table_range(table, at + AT_TIME + i, cell->time[i]);
    rb_table_real(table, at + AT_GFLOPS + i, cell->gflops[i]);
    rb_table_real(table, at + AT_ROOF + i, cell->roof[i]);
    rb_table_text(table, at + AT_QUALITY + i, rb_quality_states[quality->state]);
    if (quality->rounds)
      rb_table_integer(table, at + AT_ROUNDS + i, quality->rounds);
    rb_table_range(table, at + AT_TARGET + i, quality->time);
    rb_table_real(table, at + AT_JOULE + i, cell->energy[i]);
  }
}

bool rb_comparetables_cells(const rb_compare *compare, rb_table **out, rb_err *err) {
  size_t at = 0;
  if (!open_rows(cell_columns, sizeof cell_columns / sizeof cell_columns[0], &at, out, err))
    return false;
  for (size_t i = 0; i < compare->n_pairs; i++)
    for (size_t j = 0; j < compare->pairs[i].n_cells; j++) {
      const rb_compare_cell *cell = &compare->pairs[i].cells[j];
      begin_row(*out, &compare->pairs[i], cell->cells[cell->cells[0] ? 0 : 1], 0);
      put_cell(*out, at, cell);
    }
  return true;
}

/* ---- crossovers ---- */

enum {
  AT_CURVE,
  AT_AXIS,
  AT_CROSSING,
  AT_SIZE,
  AT_BELOW,
  AT_ABOVE,
  AT_SIZES,
  AT_TOLD,
  AT_LEAST,
  AT_MOST
};
static const rb_column crossover_columns[] = {
    {.name = "curve", .type = RB_COLUMN_INTEGER},
    {.name = "axis", .type = RB_COLUMN_TEXT},
    {.name = "state", .type = RB_COLUMN_TEXT},
    {.name = "size", .type = RB_COLUMN_REAL},
    {.name = "size_below", .type = RB_COLUMN_INTEGER},
    {.name = "size_above", .type = RB_COLUMN_INTEGER},
    {.name = "n_sizes", .type = RB_COLUMN_INTEGER},
    {.name = "n_told_apart", .type = RB_COLUMN_INTEGER},
    {.name = "size_least", .type = RB_COLUMN_INTEGER},
    {.name = "size_most", .type = RB_COLUMN_INTEGER},
};

bool rb_comparetables_crossovers(const rb_compare *compare, rb_table **out, rb_err *err) {
  size_t at = 0;
  if (!open_rows(crossover_columns, sizeof crossover_columns / sizeof crossover_columns[0], &at,
                 out, err))
    return false;
  for (size_t i = 0; i < compare->n_pairs; i++)
    for (size_t j = 0; j < compare->pairs[i].n_crossovers; j++) {
      const rb_crossover *one = &compare->pairs[i].crossovers[j];
      rb_growth_axis axis = (rb_growth_axis)one->axis;
      begin_row(*out, &compare->pairs[i], one->cell,
                rb_growth_along(axis) | rb_load_bit(RB_F_part) | rb_load_bit(RB_F_eta_a) |
                    rb_load_bit(RB_F_eta_w));
      rb_table_integer(*out, at + AT_CURVE, one->curve);
      rb_table_text(*out, at + AT_AXIS, rb_growth_axes[axis]);
      rb_table_text(*out, at + AT_CROSSING, rb_crossover_states[one->state]);
      rb_table_real(*out, at + AT_SIZE, one->size);
      if (one->between[0]) {
        rb_table_integer(*out, at + AT_BELOW, one->between[0]);
        rb_table_integer(*out, at + AT_ABOVE, one->between[1]);
      }
      rb_table_integer(*out, at + AT_SIZES, one->n_sizes);
      rb_table_integer(*out, at + AT_TOLD, one->n_told);
      rb_table_integer(*out, at + AT_LEAST, one->range[0]);
      rb_table_integer(*out, at + AT_MOST, one->range[1]);
    }
  return true;
}
