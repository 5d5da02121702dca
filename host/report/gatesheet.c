// SPDX-License-Identifier: Apache-2.0
#include "report/gatesheet.h"

#include <math.h>
#include <stdio.h>

#include "report/gatephrases.h"

enum { NAME_WIDTH = 44 }; /* of a case on a terminal */

enum {
  AT_CASE,
  AT_PART,
  AT_ID,
  AT_STATE,
  AT_CHANGE,
  AT_RUNS,
  AT_BASE,
  AT_NEW,
  AT_BASE_ROOF,
  AT_NEW_ROOF,
  AT_N_BASE,
  AT_N_NEW,
  AT_SUSPECT,
  AT_FIRST,
  AT_FIRST_P,
  AT_SECOND,
  AT_SECOND_P,
  AT_SD,
  AT_DETECTABLE,
  AT_DIFFERS,
  AT_EXACT,
  AT_REASON
};
static const rb_column columns[] = {
    [AT_CASE] = {.name = "case", .type = RB_COLUMN_TEXT},
    [AT_PART] = {.name = "part", .type = RB_COLUMN_TEXT},
    [AT_ID] = {.name = "id", .type = RB_COLUMN_TEXT},
    [AT_STATE] = {.name = "state", .type = RB_COLUMN_TEXT},
    [AT_CHANGE] = {.name = "change_text", .title = "change of time", .type = RB_COLUMN_TEXT},
    [AT_RUNS] = {.name = "runs_text",
                 .title = "runs",
                 .type = RB_COLUMN_TEXT,
                 .align = RB_ALIGN_RIGHT},
    [AT_BASE] = {.name = "base_ns", .title = "baseline", .type = RB_COLUMN_TIME},
    [AT_NEW] = {.name = "new_ns", .title = "new", .type = RB_COLUMN_TIME},
    [AT_BASE_ROOF] = {.name = "base_roof_fraction", .title = "roof", .type = RB_COLUMN_PERCENT},
    [AT_NEW_ROOF] = {.name = "new_roof_fraction", .title = "new", .type = RB_COLUMN_PERCENT},
    [AT_N_BASE] = {.name = "n_base", .type = RB_COLUMN_INTEGER},
    [AT_N_NEW] = {.name = "n_new", .type = RB_COLUMN_INTEGER},
    [AT_SUSPECT] = {.name = "suspect", .type = RB_COLUMN_TRUTH},
    [AT_FIRST] = {.name = "change", .type = RB_COLUMN_REAL, .ranged = true},
    [AT_FIRST_P] = {.name = "p_slower", .type = RB_COLUMN_REAL},
    [AT_SECOND] = {.name = "confirmed_change", .type = RB_COLUMN_REAL, .ranged = true},
    [AT_SECOND_P] = {.name = "confirmed_p_slower", .type = RB_COLUMN_REAL},
    [AT_SD] = {.name = "sd", .type = RB_COLUMN_REAL},
    [AT_DETECTABLE] = {.name = "detectable", .type = RB_COLUMN_REAL},
    [AT_DIFFERS] = {.name = "counts_differ", .type = RB_COLUMN_TRUTH},
    [AT_EXACT] = {.name = "counts", .type = RB_COLUMN_TEXT},
    [AT_REASON] = {.name = "reason", .type = RB_COLUMN_TEXT},
};
enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

static void put_shift(rb_table *table, const rb_gate_shift *shift, size_t at, size_t at_p) {
  if (shift->n_base == 0)
    return;
  rb_table_range(table, at,
                 (const double[3]){expm1(shift->value), expm1(shift->lo), expm1(shift->hi)});
  rb_table_real(table, at_p, shift->p_slower);
}

static void put_times(rb_table *table, const rb_gate *gate, const rb_gate_cell *cell) {
  const rb_gate_shift *shift = rb_gate_deciding(cell);
  char runs[64], change[RB_GATEPHRASES_ROOM];
  snprintf(runs, sizeof runs, gate->paired ? "%zu pairs" : "%zu, %zu", shift->n_base,
           shift->n_fresh);
  rb_gatephrases_change(shift, change);
  rb_table_text(table, AT_CHANGE, change[0] ? change : NULL);
  rb_table_text(table, AT_RUNS, runs);
  rb_table_real(table, AT_BASE, cell->base_ns);
  rb_table_real(table, AT_NEW, cell->fresh_ns);
  rb_table_real(table, AT_BASE_ROOF, cell->base_roof);
  rb_table_real(table, AT_NEW_ROOF, cell->fresh_roof);
  rb_table_integer(table, AT_N_BASE, shift->n_base);
  rb_table_integer(table, AT_N_NEW, shift->n_fresh);
  rb_table_truth(table, AT_SUSPECT, cell->suspect);
  put_shift(table, &cell->first, AT_FIRST, AT_FIRST_P);
  put_shift(table, &cell->second, AT_SECOND, AT_SECOND_P);
  rb_table_real(table, AT_SD, shift->sd);
  if (gate->paired)
    rb_table_real(table, AT_DETECTABLE, rb_gate_detectable(shift->sd, shift->n_base));
}

/* A cell that is right and was never timed: a row of it tells people nothing. */
static bool is_plain(const rb_gate_cell *cell) {
  return cell->state == RB_GATE_SAME && !cell->timed && !cell->differs;
}

static void put_cell(rb_table *table, const rb_gate *gate, const rb_gate_cell *cell) {
  rb_table_row(table);
  rb_table_text(table, AT_CASE, cell->name);
  rb_table_text(table, AT_PART, cell->part[0] ? cell->part : NULL);
  rb_table_text(table, AT_ID, cell->id[0] ? cell->id : NULL);
  rb_table_text(table, AT_STATE, rb_gate_states[cell->state]);
  if (cell->timed)
    put_times(table, gate, cell);
  rb_table_truth(table, AT_DIFFERS, cell->differs);
  rb_table_text(table, AT_EXACT, cell->exact[0] ? cell->exact : NULL);
  rb_table_text(table, AT_REASON, cell->reason[0] ? cell->reason : NULL);
}

/* People get the change as one text, programs as numbers. */
static void choose(rb_table *table, bool people) {
  for (size_t i = 0; i < N_COLUMNS; i++) {
    bool text = i == AT_CHANGE || i == AT_RUNS;
    bool shown = i == AT_CASE || i == AT_STATE || text || (i >= AT_BASE && i <= AT_NEW_ROOF);
    if (people ? !shown || rb_table_is_empty(table, i) : text)
      rb_table_hide(table, i);
  }
  if (people)
    rb_table_cut(table, AT_CASE, NAME_WIDTH);
}

bool rb_gatesheet_make(const rb_gate *gate, bool people, rb_table **out, rb_err *err) {
  if (!rb_table_open(columns, N_COLUMNS, out, err))
    return false;
  for (size_t i = 0; i < gate->n_cells; i++)
    if (!people || !is_plain(&gate->cells[i]))
      put_cell(*out, gate, &gate->cells[i]);
  choose(*out, people);
  return true;
}
