// SPDX-License-Identifier: Apache-2.0
#include "report/section.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/columns.h"
#include "report/devices.h"
#include "report/figure.h"
#include "report/shares.h"
#include "report/wrap.h"

enum {
  AT_CASE = 1,           /* column of tables with cases */
  LEAST_CASE = 12,       /* what is left of it at least where it must be cut */
  ENOUGH_REPETITIONS = 6 /* below, rb_stats_spread() gives the range */
};

/* ---- lines above a table ---- */

static void put_title(const rb_cases *cases, const char *mode, FILE *out) {
  bool time = strcmp(mode, "time") == 0, complexity = strcmp(mode, "complexity") == 0;
  fputs(mode[0] ? mode : "other", out);
  if (cases->seeds == 1)
    fputs(time         ? ": median of one repetition (its 95 % interval), and its shares by phase"
          : complexity ? ": samples or neurons that a new task needs (95 % interval of the search)"
                       : "",
          out);
  else if (cases->seeds == 0)
    fputs(": median over the seeds (its 95 % interval; below six seeds the range)", out);
  else
    fprintf(out, ": median over %zu seeds (%s)", (size_t)cases->seeds,
            cases->seeds < ENOUGH_REPETITIONS ? "range" : "its 95 % interval");
  fputc('\n', out);
}

static bool put_common(const rb_cases *cases, FILE *out, rb_err *err) {
  return (!cases->common[0] || rb_wrap_put(out, "  all rows   ", cases->common, err)) &&
         (!cases->usual[0] || rb_wrap_put(out, "  most rows  ", cases->usual, err));
}

static bool put_meaning(FILE *out, rb_err *err) {
  return rb_wrap_put(out, "  best is    ",
                     "alignment 1, ratio 0 (bound: METHOD.md, oracle 6), sin-theta 0, "
                     "weakest feature 1",
                     err);
}

static bool put_question(FILE *out, rb_err *err) {
  return rb_wrap_put(
             out, "  columns    ",
             "with n* samples (m* neurons) half of the trials reach the target; > N: with N "
             "fewer do; alignment, sin-theta, time: median of the pretrainings, features "
             "learned: mean",
             err) &&
         rb_wrap_put(out, "  verdict    ",
                     "whether n* or m* depends on d: relubench verdict TRACE, from every trial",
                     err);
}

/* ---- learn, time, complexity and --cells ---- */

/* The table of the view in place of *table, and how wide it is. */
static bool build(const rb_load *load, rb_columns_view *view, size_t phases, rb_table **table,
                  size_t *width, rb_err *err) {
  rb_table_free(*table);
  *table = NULL;
  view->folded = rb_shares_fold(load, view->mode, phases);
  if (!rb_columns_fill(load, view, table, err))
    return false;
  rb_columns_trim(load, view, *table);
  return rb_table_width(*table, width, err);
}

/* The table with as many phases as the width allows, the smallest left out first; then learned
 * features go, at last what is long in a case. */
static bool fit(const rb_load *load, rb_columns_view *view, rb_table **table, rb_err *err) {
  size_t width = RB_SECTION_WIDTH + 1;
  for (size_t left = load->n_phases + 1; left > 0 && width > RB_SECTION_WIDTH; left--)
    if (!build(load, view, left - 1, table, &width, err))
      return false;
  view->narrow = width > RB_SECTION_WIDTH && strcmp(view->mode, "complexity") != 0;
  if (view->narrow && !build(load, view, 0, table, &width, err))
    return false;
  for (size_t cut = RB_WRAP_WIDTH; width > RB_SECTION_WIDTH && cut >= LEAST_CASE; cut--) {
    rb_table_cut(*table, AT_CASE, cut);
    rb_table_cut(*table, AT_CASE - 1, cut);
    if (!rb_table_width(*table, &width, err))
      return false;
  }
  return true;
}

static bool show_rows(const rb_load *load, const rb_cases *cases, const char *mode, bool cells,
                      FILE *out, rb_err *err) {
  rb_columns_view view = {.cells = cells, .people = true, .mode = mode, .cases = cases};
  rb_table *table = NULL;
  bool ok = fit(load, &view, &table, err) && rb_table_write(table, RB_FORMAT_TABLE, out, err);
  rb_table_free(table);
  return ok;
}

/* ---- checks, folded ---- */

enum { AT_PART, AT_BACKEND, AT_SAMPLER, AT_CELLS, AT_ERROR, AT_STATUS, AT_WHICH };
static const rb_column fold_columns[] = {
    {.name = "part", .type = RB_COLUMN_TEXT},
    {.name = "backend", .type = RB_COLUMN_TEXT},
    {.name = "sampler", .type = RB_COLUMN_TEXT},
    {.name = "cells", .type = RB_COLUMN_INTEGER},
    {.name = "verify_error", .title = "worst error/tolerance", .type = RB_COLUMN_PLAIN},
    {.name = "status", .type = RB_COLUMN_TEXT},
    {.name = "case", .type = RB_COLUMN_TEXT},
};

enum { MAX_WORDS = 4 };
/* The different texts of one field. */
typedef struct words {
  const char *list[MAX_WORDS];
  size_t n;
} words;

typedef struct fold {
  words backends, samplers;
  size_t n_cells;
  double worst; /* NAN: no cell has an error */
  rb_status status;
} fold;

static void add_word(words *to, const char *word) {
  for (size_t i = 0; i < to->n; i++)
    if (strcmp(to->list[i], word) == 0)
      return;
  if (to->n < MAX_WORDS)
    to->list[to->n++] = word;
}

static void put_words(const words *from, rb_table *table, size_t column) {
  char text[200] = "";
  for (size_t i = 0, used = 0; i < from->n && used < sizeof text; i++)
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? ", " : "", from->list[i]);
  rb_table_text(table, column, text);
}

static rb_status worst_of(const rb_load_row *row) {
  rb_status worst = RB_STATUS_OK;
  for (size_t i = 0; i < row->n_cells; i++) {
    rb_status status = rb_load_status(row->cells[i]);
    worst = status > worst ? status : worst;
  }
  return worst;
}

static void add_row(fold *to, const rb_load_row *row) {
  const char *backend = rb_record_get_text(row->cells[0], RB_F_backend);
  const char *sampler = rb_record_get_text(row->cells[0], RB_F_sampler);
  if (backend)
    add_word(&to->backends, backend);
  add_word(&to->samplers, sampler ? sampler : "direct");
  for (size_t i = 0; i < row->n_cells; i++)
    to->worst = fmax(to->worst, rb_load_error(row->cells[i]));
  to->n_cells += row->n_cells;
}

static void put_fold(const fold *from, const char *part, const char *which, rb_table *table) {
  rb_table_row(table);
  rb_table_text(table, AT_PART, part);
  put_words(&from->backends, table, AT_BACKEND);
  put_words(&from->samplers, table, AT_SAMPLER);
  rb_table_integer(table, AT_CELLS, from->n_cells);
  rb_table_real(table, AT_ERROR, from->worst);
  rb_table_text(table, AT_STATUS, rb_status_names[from->status]);
  rb_table_text(table, AT_WHICH, which);
}

/* What was verified is one row per part and status; every other row stands for itself. */
static void fold_group(const rb_cases *cases, const rb_case_group *group, rb_table *table) {
  for (rb_status status = RB_STATUS_OK; status <= RB_STATUS_OUTSIDE; status++) {
    fold all = {.worst = NAN, .status = status};
    for (size_t i = group->first; i < group->first + group->n; i++)
      if (worst_of(cases->rows[i].row) == status)
        add_row(&all, cases->rows[i].row);
    if (all.n_cells)
      put_fold(&all, group->name, NULL, table);
  }
  for (size_t i = group->first; i < group->first + group->n; i++) {
    fold one = {.worst = NAN, .status = worst_of(cases->rows[i].row)};
    if (one.status <= RB_STATUS_OUTSIDE)
      continue;
    add_row(&one, cases->rows[i].row);
    put_fold(&one, group->name, cases->rows[i].name[0] ? cases->rows[i].name : NULL, table);
  }
}

static bool all_direct(const rb_cases *cases) {
  for (size_t i = 0; i < cases->n_rows; i++)
    if (!rb_load_is_direct(cases->rows[i].row->cells[0]))
      return false;
  return true;
}

static bool show_fold(const rb_cases *cases, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  size_t width = RB_SECTION_WIDTH + 1;
  bool ok = rb_table_open(fold_columns, sizeof fold_columns / sizeof fold_columns[0], &table, err);
  for (size_t i = 0; ok && i < cases->n_groups; i++)
    fold_group(cases, &cases->groups[i], table);
  if (ok && rb_table_is_empty(table, AT_WHICH))
    rb_table_hide(table, AT_WHICH);
  if (ok && all_direct(cases))
    rb_table_hide(table, AT_SAMPLER);
  for (size_t cut = RB_WRAP_WIDTH; ok && width > RB_SECTION_WIDTH && cut >= LEAST_CASE; cut--) {
    rb_table_cut(table, AT_PART, cut);
    rb_table_cut(table, AT_BACKEND, cut);
    rb_table_cut(table, AT_WHICH, cut);
    ok = rb_table_width(table, &width, err);
  }
  ok = ok && rb_table_write(table, RB_FORMAT_TABLE, out, err);
  rb_table_free(table);
  return ok;
}

/* "check: 20 of 20 cells agree with the reference, worst error/tolerance 0.393" */
static void put_check_title(const rb_cases *cases, FILE *out) {
  char figure[RB_FIGURE_ROOM];
  size_t n = 0, n_agree = 0;
  double worst = NAN;
  for (size_t i = 0; i < cases->n_rows; i++) {
    const rb_load_row *row = cases->rows[i].row;
    for (size_t j = 0; j < row->n_cells; j++) {
      const rb_record *cell = row->cells[j];
      n_agree +=
          rb_load_status(cell) <= RB_STATUS_OUTSIDE && rb_record_get_truth(cell, RB_F_verified);
      worst = fmax(worst, rb_load_error(cell));
    }
    n += row->n_cells;
  }
  fprintf(out, "check: %zu of %zu cells agree with the reference", n_agree, n);
  rb_figure_one(figure, RB_FIGURE_PLAIN, worst, "");
  if (isfinite(worst))
    fprintf(out, ", worst error/tolerance %s", figure);
  fputc('\n', out);
}

bool rb_section_show(const rb_load *load, const char *mode, bool cells, FILE *out, rb_err *err) {
  bool check = strcmp(mode, "check") == 0, ok = false;
  rb_cases cases;
  if (!rb_cases_make(load, mode, &cases, err))
    return false;
  if (cases.n_rows == 0) {
    ok = true;
    goto done;
  }
  if (check)
    put_check_title(&cases, out);
  else
    put_title(&cases, mode, out);
  if (check && !cells)
    ok = show_fold(&cases, out, err);
  else
    ok = put_common(&cases, out, err) && (strcmp(mode, "learn") != 0 || put_meaning(out, err)) &&
         (strcmp(mode, "complexity") != 0 || put_question(out, err)) &&
         (strcmp(mode, "time") != 0 || rb_devices_roofs(load, out, err)) &&
         show_rows(load, &cases, mode, cells, out, err);
  fputc('\n', out);
done:
  rb_cases_free(&cases);
  return ok;
}
