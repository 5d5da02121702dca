// SPDX-License-Identifier: Apache-2.0
#include "report/pageback.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/columns.h"
#include "report/html.h"
#include "report/reasons.h"
#include "report/sheet.h"

enum { MOST_TROUBLES = 200, MOST_OPEN = 8 /* rows that stand open */ };

/* ---- cells ---- */

static const rb_column trouble_columns[] = {{.name = "outcome", .type = RB_COLUMN_TEXT},
                                            {.name = "cell", .type = RB_COLUMN_TEXT},
                                            {.name = "why", .type = RB_COLUMN_TEXT}};

bool rb_pageback_troubles(const rb_pagedata *page, size_t trace, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  size_t n = 0;
  if (!rb_table_open(trouble_columns, 3, &table, err))
    return false;
  for (size_t i = 0; i < page->stream.n_rows; i++) {
    const rb_stream_row *row = &page->stream.rows[i];
    bool outside = rb_load_status(row->cell) == RB_STATUS_OUTSIDE;
    if (page->stream.runs[row->run].path != page->paths[trace] ||
        (row->outcome == RB_STREAM_PASSED && !outside) || n++ >= MOST_TROUBLES)
      continue;
    rb_table_row(table);
    rb_table_text(table, 0, outside ? "outside" : rb_stream_outcomes[row->outcome]);
    rb_table_text(table, 1, row->name);
    rb_table_text(table, 2, rb_reasons_text(row->cell));
  }
  bool ok = true;
  if (n) {
    char caption[80];
    snprintf(caption, sizeof caption, "%zu cell%s%s", n, n == 1 ? "" : "s",
             n > MOST_TROUBLES ? "; the first ones are listed" : "");
    fputs("<h3>What is not ok</h3>\n", out);
    if (n > MOST_OPEN)
      rb_html_fold(out, caption);
    ok = rb_table_html(table, n > MOST_OPEN ? "Outcome, cell and reason" : caption, out, err);
    if (n > MOST_OPEN)
      rb_html_unfold(out);
  }
  rb_table_free(table);
  return ok;
}

bool rb_pageback_checks(const rb_pagedata *page, size_t trace, FILE *out, rb_err *err) {
  const rb_load *load = &page->loads[trace];
  rb_cases cases;
  rb_table *table = NULL;
  bool ok = rb_cases_make(load, "check", &cases, err);
  if (ok && cases.n_rows) {
    rb_columns_view view = {.people = true, .mode = "check", .cases = &cases};
    ok = rb_columns_fill(load, &view, &table, err);
    if (ok) {
      rb_columns_trim(load, &view, table);
      fputs("<h3>Checks against the reference</h3>\n", out);
      rb_html_fold(out, "Table: every check");
      ok = rb_table_html(table, "An error above 1 is more than its tolerance", out, err);
      rb_html_unfold(out);
    }
  }
  rb_table_free(table);
  rb_cases_free(&cases);
  return ok;
}

bool rb_pageback_cells(const rb_pagedata *page, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  if (page->stream.n_rows == 0)
    return true;
  fputs("<div class=\"wide\">\n<h2 id=\"cells\">Every cell</h2>\n", out);
  bool ok = rb_sheet_fill(&page->stream, RB_FORMAT_CSV, &table, err);
  if (ok && rb_sheet_narrow(table)) {
    char summary[80];
    snprintf(summary, sizeof summary,
             "Table: %zu cells, what tells them apart and what was measured", page->stream.n_rows);
    rb_html_fold(out, summary);
    ok = rb_table_html(table, "What is the same in all of them is among the settings", out, err);
    rb_html_unfold(out);
  } else if (ok)
    fputs("<p>There is one cell; its settings are below.</p>\n", out);
  fputs("</div>\n", out);
  rb_table_free(table);
  return ok;
}

/* ---- settings ---- */

enum { AT_NAME, AT_VALUE };
static const rb_column setting_columns[] = {{.name = "setting", .type = RB_COLUMN_TEXT},
                                            {.name = "value", .type = RB_COLUMN_TEXT}};

typedef struct settings {
  rb_table *table;
  const char *before; /* of the names of a map */
} settings;

static void put_setting(rb_table *table, const char *before, const char *name, const char *value) {
  char whole[120];
  snprintf(whole, sizeof whole, "%s%s%s", before, before[0] ? ": " : "", name);
  rb_table_row(table);
  rb_table_text(table, AT_NAME, whole);
  rb_table_text(table, AT_VALUE, value);
}

static void put_entry(void *context, const char *key, double value, const char *text) {
  const settings *to = context;
  (void)value;
  put_setting(to->table, to->before, key, text);
}

static void put_field(rb_table *table, const rb_record *record, rb_field field) {
  char number[40];
  const rb_field_info *info = &rb_schema[field];
  if (!rb_record_has(record, field))
    return;
  if (info->type == RB_TYPE_texts) {
    rb_record_each(record, field, put_entry, &(settings){table, info->name});
    return;
  }
  if (info->type == RB_TYPE_text) {
    put_setting(table, "", info->name, rb_record_get_text(record, field));
    return;
  }
  if (info->type == RB_TYPE_integer)
    snprintf(number, sizeof number, "%" PRIu64, rb_record_get_integer(record, field));
  else if (info->type == RB_TYPE_real)
    snprintf(number, sizeof number, "%.12g", rb_record_get_real(record, field));
  else if (info->type == RB_TYPE_truth)
    snprintf(number, sizeof number, "%s", rb_record_get_truth(record, field) ? "yes" : "no");
  else
    return;
  put_setting(table, "", info->name, number);
}

/* The first cell that has the field; NULL: none. */
static const rb_record *first_with(const rb_load *load, rb_field field) {
  for (size_t i = 0; i < load->n_cells; i++)
    if (rb_record_has(load->cells[i], field))
      return load->cells[i];
  return NULL;
}

/* Of all cells of the trace, where it is the same. */
static void put_configuration(const rb_load *load, rb_table *table) {
  const rb_field further[] = {RB_F_seed, RB_F_margin, RB_F_clock, RB_F_blas};
  for (size_t i = 0; i < rb_load_n_key && load->n_cells; i++)
    if (!rb_load_varies(load, rb_load_key[i]))
      put_field(table, load->cells[0], rb_load_key[i]);
  for (size_t i = 0; i < sizeof further / sizeof further[0] && load->n_cells; i++)
    if (!rb_load_varies(load, further[i]))
      put_field(table, load->cells[0], further[i]);
}

static bool fill_settings(const rb_pagedata *page, size_t run, rb_table *table) {
  const rb_stream_run *of = &page->stream.runs[run];
  const rb_load *load = NULL;
  for (size_t i = 0; i < page->n_traces; i++)
    load = page->paths[i] == of->path ? &page->loads[i] : load;
  put_setting(table, "", "trace", of->path);
  for (int field = 0; of->header && field < RB_N_FIELDS; field++)
    if (field != RB_F_type)
      put_field(table, of->header, (rb_field)field);
  for (int field = RB_F_device; of->device && field <= RB_F_device_facts; field++)
    put_field(table, of->device, (rb_field)field);
  if (!load)
    return rb_table_rows(table) > 0;
  put_configuration(load, table);
  const rb_record *built = first_with(load, RB_F_build_options);
  if (built)
    put_field(table, built, RB_F_build_options);
  return true;
}

bool rb_pageback_settings(const rb_pagedata *page, FILE *out, rb_err *err) {
  bool ok = true;
  fputs("<h2 id=\"settings\">Settings</h2>\n", out);
  for (size_t i = 0; ok && i < page->stream.n_runs; i++) {
    rb_table *table = NULL;
    char summary[80];
    snprintf(summary, sizeof summary, "Table: settings of run %zu of %zu", i + 1,
             page->stream.n_runs);
    ok = rb_table_open(setting_columns, 2, &table, err) && fill_settings(page, i, table);
    rb_html_fold(out, summary);
    ok = ok && rb_table_html(table, "Build options are those of the first cell that names them",
                             out, err);
    rb_html_unfold(out);
    rb_table_free(table);
  }
  return ok;
}
