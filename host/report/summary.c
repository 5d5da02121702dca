// SPDX-License-Identifier: Apache-2.0
#include "report/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/columns.h"
#include "report/escape.h"
#include "report/figure.h"
#include "report/load.h"
#include "report/warning.h"

enum {
  MAX_DEVICES = 64, /* rows of the table of devices and roofs */
  MAX_REASONS = 20, /* reasons below a section; the rest is counted */
  NAME_ROOM = 12    /* hexadecimal digits of a hash that people see */
};

/* ---- devices and roofs ---- */

enum { AT_DEVICE, AT_NAME, AT_PLATFORM, AT_DRIVER, AT_WHEN, AT_GFLOPS, AT_GB };
static const rb_column device_columns[] = {
    {.name = "device", .type = RB_COLUMN_TEXT},
    {.name = "device_name", .title = "name", .type = RB_COLUMN_TEXT},
    {.name = "platform", .type = RB_COLUMN_TEXT},
    {.name = "driver", .type = RB_COLUMN_TEXT},
    {.name = "when", .title = "roofs measured", .type = RB_COLUMN_TEXT},
    {.name = "roof_gflops", .title = "compute", .unit = "GFLOP/s", .type = RB_COLUMN_REAL},
    {.name = "roof_gb_per_s", .title = "copy", .unit = "GB/s", .type = RB_COLUMN_REAL},
};
enum { N_DEVICE_COLUMNS = sizeof device_columns / sizeof device_columns[0] };

static void put_device(const rb_record *record, rb_table *table) {
  rb_table_row(table);
  rb_table_text(table, AT_DEVICE, rb_record_get_text(record, RB_F_device));
  rb_table_text(table, AT_NAME, rb_record_get_text(record, RB_F_device_name));
  rb_table_text(table, AT_PLATFORM, rb_record_get_text(record, RB_F_platform));
  rb_table_text(table, AT_DRIVER, rb_record_get_text(record, RB_F_driver));
  rb_table_text(table, AT_WHEN, rb_record_get_text(record, RB_F_when));
  rb_table_real(table, AT_GFLOPS, rb_record_get_real(record, RB_F_roof_gflops));
  rb_table_real(table, AT_GB, rb_record_get_real(record, RB_F_roof_gb_per_s));
}

static bool is_listed(const rb_record *const *listed, size_t n, const rb_record *record) {
  const char *device = rb_record_get_text(record, RB_F_device);
  for (size_t i = 0; i < n; i++)
    if (strcmp(rb_record_get_text(listed[i], RB_F_device), device) == 0)
      return true;
  return false;
}

/* A row per roof record, then one per device that only cells name. */
static bool list_devices(const rb_load *load, rb_table **out, rb_err *err) {
  const rb_record *listed[MAX_DEVICES];
  size_t n = 0;
  if (!rb_table_open(device_columns, N_DEVICE_COLUMNS, out, err))
    return false;
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < load->trace->n_records && n < MAX_DEVICES; i++) {
      const rb_record *record = load->trace->records[i];
      const char *type = rb_record_get_text(record, RB_F_type);
      bool wanted = type && strcmp(type, pass ? "cell" : "roof") == 0;
      if (!wanted || !rb_record_has(record, RB_F_device) || (pass && is_listed(listed, n, record)))
        continue;
      put_device(record, *out);
      listed[n++] = record;
    }
  return true;
}

/* ---- head ---- */

/* A line "host     cpu X; governor Y" under way. */
typedef struct entries {
  FILE *out;
  const char *before; /* what the next entry begins with */
} entries;

static void put_entry(void *context, const char *key, double value, const char *text) {
  entries *line = context;
  (void)value;
  fputs(line->before, line->out);
  rb_escape_print(line->out, key);
  fputc(' ', line->out);
  rb_escape_print(line->out, text);
  line->before = "; ";
}

static void put_counts(const rb_load *load, FILE *out) {
  fprintf(out, "%zu of %" PRIu64 " planned", load->n_cells, load->n_planned);
  const char *separator = ": ";
  for (int i = 0; i < RB_N_STATUS; i++)
    if (load->n_status[i]) {
      fprintf(out, "%s%zu %s", separator, load->n_status[i], rb_status_names[i]);
      separator = ", ";
    }
}

static void put_hash(FILE *out, const char *what, const char *hash) {
  char digits[NAME_ROOM + 1];
  if (!hash)
    return;
  snprintf(digits, sizeof digits, "%s", hash);
  fprintf(out, "%s", what);
  rb_escape_print(out, digits);
}

static void put_run(const rb_record *run, FILE *out) {
  entries host = {out, "\nhost     "}, overrides = {out, "; "};
  fputs("suite    ", out);
  rb_escape_print(out, rb_record_get_text(run, RB_F_suite));
  put_hash(out, ", hash ", rb_record_get_text(run, RB_F_suite_hash));
  rb_record_each(run, RB_F_overrides, put_entry, &overrides);
  fputs("\ntool     relubench ", out);
  rb_escape_print(out, rb_record_get_text(run, RB_F_tool_version));
  put_hash(out, ", revision ", rb_record_get_text(run, RB_F_git_revision));
  put_hash(out, ", run ", rb_record_get_text(run, RB_F_run_id));
  fputs(", ", out);
  rb_escape_print(out, rb_record_get_text(run, RB_F_started));
  fputs("\ncommand  ", out);
  rb_escape_print(out, rb_record_get_text(run, RB_F_command));
  rb_record_each(run, RB_F_host, put_entry, &host);
  fputc('\n', out);
}

static bool put_head(const rb_load *load, FILE *out, rb_err *err) {
  rb_table *devices = NULL;
  bool ok = list_devices(load, &devices, err);
  if (load->run)
    put_run(load->run, out);
  fputs("cells    ", out);
  put_counts(load, out);
  fputs("\n\n", out);
  for (size_t i = 0; ok && i < N_DEVICE_COLUMNS; i++)
    if (rb_table_is_empty(devices, i))
      rb_table_hide(devices, i);
  if (ok && rb_table_rows(devices)) {
    ok = rb_table_write(devices, RB_FORMAT_TABLE, out, err);
    fputc('\n', out);
  }
  rb_table_free(devices);
  return ok;
}

/* ---- reasons and warnings ---- */

/* One line of untrusted text for people. */
static bool put_line(const char *before, const char *text, rb_format format, FILE *out,
                     rb_err *err) {
  char *clean = NULL;
  rb_escape_style style = format == RB_FORMAT_MD ? RB_ESCAPE_MARKDOWN : RB_ESCAPE_TERMINAL;
  if (!rb_escape_copy(text, style, 0, &clean, err))
    return false;
  fprintf(out, "%s%s\n", before, clean);
  free(clean);
  return true;
}

/* "wrong: native T=3 seed=4: reason", owned by the caller. */
static bool describe(const rb_load *load, const rb_record *cell, char **out, rb_err *err) {
  size_t n = 0;
  const char *reason = rb_record_get_text(cell, RB_F_reason);
  *out = NULL;
  FILE *memory = open_memstream(out, &n);
  if (!memory)
    return rb_fail(err, RB_FAILED, "out of memory while writing reasons");
  fprintf(memory, "%s: ", rb_status_names[rb_load_status(cell)]);
  rb_load_name(load, cell, true, memory);
  fprintf(memory, ": %s", reason ? reason : "no reason is recorded");
  if (fclose(memory) == 0)
    return true;
  free(*out);
  *out = NULL;
  return rb_fail(err, RB_FAILED, "out of memory while writing reasons");
}

/* Every cell that is not ok, up to a limit. mode NULL: of every mode. */
static bool put_reasons(const rb_load *load, const char *mode, rb_format format, FILE *out,
                        rb_err *err) {
  const char *before = format == RB_FORMAT_MD ? "- " : "  ";
  size_t n = 0;
  bool ok = true;
  for (size_t i = 0; ok && i < load->n_cells; i++) {
    const char *own = rb_load_mode(load->cells[i]);
    char *text = NULL;
    if (rb_load_status(load->cells[i]) == RB_STATUS_OK || (mode && strcmp(own, mode) != 0) ||
        n++ >= MAX_REASONS)
      continue;
    fputs(n == 1 && format == RB_FORMAT_MD ? "\n" : "", out);
    ok = describe(load, load->cells[i], &text, err) && put_line(before, text, format, out, err);
    free(text);
  }
  if (n > MAX_REASONS)
    fprintf(out, "%sand %zu more that are not ok; --cells --format csv lists all\n", before,
            n - MAX_REASONS);
  return ok;
}

static bool put_warnings(const rb_load *load, rb_format format, FILE *out, rb_err *err) {
  bool ok = true, first = true;
  for (int i = 0; ok && i < RB_N_WARNINGS; i++) {
    char *text = NULL;
    ok = rb_warning_text(load, (rb_warning)i, &text, err);
    if (ok && text) {
      fputs(first && format == RB_FORMAT_MD ? "\n" : "", out);
      ok = put_line(format == RB_FORMAT_MD ? "- warning: " : "warning: ", text, format, out, err);
      first = false;
    }
    free(text);
  }
  return ok;
}

/* ---- formats ---- */

static bool show_section(const rb_load *load, const rb_columns_view *view, rb_format format,
                         FILE *out, rb_err *err) {
  rb_table *table = NULL;
  bool ok = rb_columns_fill(load, view, &table, err);
  if (ok && rb_table_rows(table)) {
    if (view->mode) {
      size_t n = rb_table_rows(table);
      fprintf(out, "%s (%zu row%s)\n", view->mode[0] ? view->mode : "other", n, n == 1 ? "" : "s");
    }
    ok = rb_columns_lift(load, view, table, format, out, err);
    fputs(ok && format == RB_FORMAT_MD ? "\n" : "", out);
    ok = ok && rb_table_write(table, format, out, err) &&
         put_reasons(load, view->mode, format, out, err);
    fputs(format == RB_FORMAT_TABLE ? "\n" : "", out);
  }
  rb_table_free(table);
  return ok;
}

static bool show_table(const rb_load *load, bool cells, FILE *out, rb_err *err) {
  static const char *const modes[] = {"check", "learn", "time", ""};
  bool ok = put_head(load, out, err);
  for (int i = 0; ok && i < 4; i++)
    ok = show_section(load, &(rb_columns_view){cells, true, modes[i]}, RB_FORMAT_TABLE, out, err);
  return ok && put_warnings(load, RB_FORMAT_TABLE, out, err);
}

static bool show_md(const rb_load *load, bool cells, FILE *out, rb_err *err) {
  return show_section(load, &(rb_columns_view){cells, true, NULL}, RB_FORMAT_MD, out, err) &&
         put_warnings(load, RB_FORMAT_MD, out, err);
}

static bool show_csv(const rb_load *load, bool cells, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  bool ok = rb_columns_fill(load, &(rb_columns_view){cells, false, NULL}, &table, err) &&
            rb_table_write(table, RB_FORMAT_CSV, out, err);
  rb_table_free(table);
  return ok;
}

/* The header record as JSON, an empty object if there is none; NULL when memory is out. */
static json_t *header_json(const rb_load *load) {
  char *line = load->run ? rb_record_line(load->run) : NULL;
  json_t *run = line ? json_loads(line, 0, NULL) : json_object();
  free(line);
  if (run)
    json_object_del(run, "type");
  return run;
}

static json_t *warnings_json(const rb_load *load) {
  json_t *list = json_array();
  bool ok = list != NULL;
  for (int i = 0; ok && i < RB_N_WARNINGS; i++) {
    char *text = NULL;
    rb_err ignored = {0};
    ok = rb_warning_text(load, (rb_warning)i, &text, &ignored) &&
         (!text || json_array_append_new(list, json_string(text)) == 0);
    free(text);
  }
  if (!ok)
    json_decref(list);
  return ok ? list : NULL;
}

static json_t *counts_json(const rb_load *load) {
  json_t *counts = json_object();
  bool ok = counts != NULL;
  for (int i = 0; ok && i < RB_N_STATUS; i++)
    ok = json_object_set_new(counts, rb_status_names[i],
                             json_integer((json_int_t)load->n_status[i])) == 0;
  if (!ok)
    json_decref(counts);
  return ok ? counts : NULL;
}

/* Adds what the header does not know; takes the reference to devices. */
static bool extend_run(const rb_load *load, json_t *run, json_t *devices) {
  const char *finished = load->end ? rb_record_get_text(load->end, RB_F_finished) : NULL;
  json_t *more = json_pack("{s:I, s:I, s:I, s:o, s:b, s:b, s:s?, s:o, s:o}", "n_cells",
                           (json_int_t)load->n_planned, "n_done", (json_int_t)load->n_cells,
                           "n_verified", (json_int_t)load->n_verified, "status", counts_json(load),
                           "sealed", load->sealed, "interrupted", load->interrupted, "finished",
                           finished, "devices", devices, "warnings", warnings_json(load));
  bool ok = more && json_object_update(run, more) == 0;
  json_t *code = load->end ? json_integer(load->exit_code) : json_null();
  ok = ok && json_object_set(run, "exit_code", code) == 0;
  json_decref(code);
  json_decref(more);
  return ok;
}

static bool show_json(const rb_load *load, bool cells, FILE *out, rb_err *err) {
  rb_table *devices = NULL, *table = NULL;
  json_t *device_list = NULL, *rows = NULL, *run = NULL, *whole = NULL;
  bool ok = false;
  if (!list_devices(load, &devices, err) || !rb_table_json(devices, &device_list, err) ||
      !rb_columns_fill(load, &(rb_columns_view){cells, false, NULL}, &table, err) ||
      !rb_table_json(table, &rows, err))
    goto done;
  run = header_json(load);
  ok = run && extend_run(load, run, json_incref(device_list));
  whole = ok ? json_pack("{s:O, s:O}", "run", run, "cells", rows) : NULL;
  ok = whole &&
       json_dumpf(whole, out, JSON_INDENT(1) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(17)) == 0;
  fputc('\n', out);
  if (!ok && ferror(out))
    rb_fail(err, RB_FAILED, "cannot write the summary: %s", strerror(errno));
  else if (!ok)
    rb_fail(err, RB_FAILED, "out of memory while making JSON of the summary");
done:
  json_decref(whole);
  json_decref(run);
  json_decref(rows);
  json_decref(device_list);
  rb_table_free(table);
  rb_table_free(devices);
  return ok;
}

static bool flush(FILE *out, rb_err *err) {
  if (fflush(out) == 0 && !ferror(out))
    return true;
  return rb_fail(err, RB_FAILED, "cannot write the summary: %s", strerror(errno));
}

bool rb_summary_show(const rb_trace *trace, const rb_summary_options *options, FILE *out,
                     rb_err *err) {
  rb_load load = {0};
  bool ok = false;
  if (!rb_load_trace(trace, !options->cells, &load, err))
    return false;
  switch (options->format) {
  case RB_FORMAT_TABLE:
    ok = show_table(&load, options->cells, out, err);
    break;
  case RB_FORMAT_JSON:
    ok = show_json(&load, options->cells, out, err);
    break;
  case RB_FORMAT_CSV:
    ok = show_csv(&load, options->cells, out, err);
    break;
  case RB_FORMAT_MD:
    ok = show_md(&load, options->cells, out, err);
    break;
  }
  rb_load_free(&load);
  return ok && flush(out, err);
}

/* ---- headline ---- */

static const rb_record *fastest_of(const rb_load *load) {
  const rb_record *fastest = NULL;
  double best = 0;
  for (size_t i = 0; i < load->n_cells; i++) {
    double rate = rb_record_get_real(load->cells[i], RB_F_gflops);
    if (rb_load_is_rated(load->cells[i]) && rate > best) {
      best = rate;
      fastest = load->cells[i];
    }
  }
  return fastest;
}

static void put_fastest(const rb_load *load, const rb_record *cell, FILE *out) {
  char rate[RB_FIGURE_ROOM], fraction[RB_FIGURE_ROOM];
  rb_figure_one(rate, RB_FIGURE_REAL, rb_record_get_real(cell, RB_F_gflops), "GFLOP/s");
  rb_figure_one(fraction, RB_FIGURE_PERCENT, rb_record_get_real(cell, RB_F_roof_fraction), "");
  fputs("; fastest: ", out);
  rb_load_name(load, cell, false, out);
  fprintf(out, " %s", rate);
  if (rb_record_has(cell, RB_F_roof_fraction))
    fprintf(out, " (%s of the roof)", fraction);
}

static bool put_not_ok(const rb_load *load, FILE *out, rb_err *err) {
  const char *separator = "";
  const rb_record *worst = NULL;
  char *text = NULL;
  for (size_t i = 0; i < load->n_cells; i++)
    if (!worst || rb_load_status(load->cells[i]) > rb_load_status(worst))
      worst = load->cells[i];
  for (int i = RB_N_STATUS - 1; i > RB_STATUS_OK; i--)
    if (load->n_status[i]) {
      fprintf(out, "%s%zu %s", separator, load->n_status[i], rb_status_names[i]);
      separator = ", ";
    }
  if (load->n_cells < load->n_planned)
    fprintf(out, "%s%" PRIu64 " not run", separator, load->n_planned - load->n_cells);
  if (!worst || rb_load_status(worst) == RB_STATUS_OK) {
    fputc('\n', out);
    return true;
  }
  bool ok =
      describe(load, worst, &text, err) && put_line("; first ", text, RB_FORMAT_TABLE, out, err);
  free(text);
  return ok;
}

bool rb_summary_headline(const rb_trace *trace, FILE *out, rb_err *err) {
  rb_load load = {0};
  char *line = NULL;
  size_t n = 0;
  if (!rb_load_trace(trace, true, &load, err))
    return false;
  bool ok = false;
  FILE *memory = open_memstream(&line, &n);
  if (memory) {
    const rb_record *fastest = fastest_of(&load);
    fprintf(memory, "%zu of %" PRIu64 " cells verified", load.n_verified, load.n_planned);
    if (fastest)
      put_fastest(&load, fastest, memory);
    ok = fclose(memory) == 0;
  }
  if (!ok)
    rb_fail(err, RB_FAILED, "out of memory while writing the headline");
  ok = ok && put_line("", line, RB_FORMAT_TABLE, out, err);
  if (ok && load.n_status[RB_STATUS_OK] < load.n_planned)
    ok = put_not_ok(&load, out, err);
  free(line);
  rb_load_free(&load);
  return ok && flush(out, err);
}
