// SPDX-License-Identifier: Apache-2.0
#include "report/comparesheet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const rb_column sheet_columns[RB_COMPARESHEET_N][RB_COMPARESHEET_TITLES] = {
    {{.name = "case", .type = RB_COLUMN_TEXT},
     {.name = "%zu: samples/s", .type = RB_COLUMN_SI, .ranged = true},
     {.name = "%zu: samples/s", .type = RB_COLUMN_SI, .ranged = true},
     {.name = "%zu/%zu", .type = RB_COLUMN_REAL, .ranged = true},
     {.name = "roof %zu", .type = RB_COLUMN_PERCENT},
     {.name = "roof %zu", .type = RB_COLUMN_PERCENT},
     {.name = "state", .type = RB_COLUMN_TEXT}},
    {{.name = "case", .type = RB_COLUMN_TEXT},
     {.name = "%zu: rounds", .type = RB_COLUMN_INTEGER},
     {.name = "%zu: rounds", .type = RB_COLUMN_INTEGER},
     {.name = "%zu: time", .type = RB_COLUMN_TIME, .ranged = true},
     {.name = "%zu: time", .type = RB_COLUMN_TIME, .ranged = true},
     {.name = "speed %zu/%zu", .type = RB_COLUMN_REAL, .ranged = true}},
    {{.name = "case", .type = RB_COLUMN_TEXT},
     {.name = "%zu: J/round", .type = RB_COLUMN_REAL},
     {.name = "%zu: J/round", .type = RB_COLUMN_REAL},
     {.name = "%zu/%zu", .type = RB_COLUMN_REAL}},
};
static const size_t sheet_widths[RB_COMPARESHEET_N] = {7, 6, 4};

static bool is_shown(const rb_compare_cell *cell, rb_comparesheet_kind which) {
  bool reached = cell->quality[0].rounds || cell->quality[1].rounds;
  return cell->state <= RB_COMPARE_UNSURE &&
         (which == RB_COMPARESHEET_RATES || (which == RB_COMPARESHEET_TARGET && reached) ||
          (which == RB_COMPARESHEET_ENERGY &&
           (isfinite(cell->energy[0]) || isfinite(cell->energy[1]))));
}

static void put_row(const rb_compare_cell *cell, rb_comparesheet_kind which, const char *name,
                    rb_table *table) {
  rb_table_row(table);
  rb_table_text(table, 0, name);
  for (size_t i = 0; i < 2; i++) {
    if (which == RB_COMPARESHEET_RATES) {
      rb_table_range(table, 1 + i, cell->rate[i]);
      rb_table_real(table, 4 + i, cell->roof[i]);
    } else if (which == RB_COMPARESHEET_TARGET) {
      if (cell->quality[i].rounds)
        rb_table_integer(table, 1 + i, cell->quality[i].rounds);
      rb_table_range(table, 3 + i, cell->quality[i].time);
    } else
      rb_table_real(table, 1 + i, cell->energy[i]);
  }
  if (which == RB_COMPARESHEET_RATES) {
    rb_table_range(table, 3, cell->ratio);
    rb_table_text(table, 6, rb_compare_states[cell->state]);
  } else if (which == RB_COMPARESHEET_TARGET)
    rb_table_range(table, 5, cell->quality_ratio);
  else
    rb_table_real(table, 3, cell->energy[1] / cell->energy[0]);
}

/* Titles name systems: base first, then the other; a ratio is the other over base. */
static void make_titles(const rb_compare_pair *pair, rb_comparesheet_kind which,
                        char titles[RB_COMPARESHEET_TITLES][RB_COMPARESHEET_ROOM],
                        rb_table *table) {
  const size_t base = pair->base + 1, other = pair->other + 1;
  size_t next = base;
  for (size_t i = 0; i < sheet_widths[which]; i++) {
    const char *pattern = sheet_columns[which][i].name, *mark = strstr(pattern, "%zu");
    if (!mark)
      continue;
    bool both = strstr(mark + 1, "%zu") != NULL;
    size_t before = (size_t)(mark - pattern);
    if (both)
      snprintf(titles[i], RB_COMPARESHEET_ROOM, "%.*s%zu/%zu", (int)before, pattern, other, base);
    else {
      snprintf(titles[i], RB_COMPARESHEET_ROOM, "%.*s%zu%s", (int)before, pattern, next, mark + 3);
      next = next == base ? other : base;
    }
    rb_table_rename(table, i, titles[i]);
  }
}

bool rb_comparesheet_make(const rb_compare_pair *pair, const rb_comparenames *by,
                          rb_comparesheet_kind which, bool parts, rb_comparesheet *out,
                          rb_err *err) {
  const char *title = NULL; /* of the part, until a row of it is shown */
  *out = (rb_comparesheet){0};
  if (!rb_table_open(sheet_columns[which], sheet_widths[which], &out->table, err))
    return false;
  for (size_t i = 0; i < pair->n_cells; i++) {
    title = by->titles[i] ? by->titles[i] : title;
    if (!is_shown(&pair->cells[i], which))
      continue;
    if (title && parts)
      rb_table_heading(out->table, title);
    title = NULL;
    put_row(&pair->cells[i], which, parts ? by->names[i] : by->fulls[i], out->table);
  }
  make_titles(pair, which, out->titles, out->table);
  if (rb_table_rows(out->table) && rb_table_is_empty(out->table, 0))
    rb_table_hide(out->table, 0);
  return true;
}

void rb_comparesheet_free(rb_comparesheet *sheet) {
  rb_table_free(sheet->table);
  *sheet = (rb_comparesheet){0};
}
