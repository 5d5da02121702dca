// SPDX-License-Identifier: Apache-2.0
#include "report/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/columns.h"
#include "report/devices.h"
#include "report/escape.h"
#include "report/figure.h"
#include "report/head.h"
#include "report/jsonout.h"
#include "report/load.h"
#include "report/reasons.h"
#include "report/section.h"
#include "report/shares.h"
#include "report/star.h"
#include "report/warning.h"
#include "report/wrap.h"

/* ---- people ---- */

enum { HEADLINE_WIDTH = 400 }; /* a longer one is cut */

/* One line of untrusted text for people. */
static bool put_line(const char *before, const char *text, rb_format format, FILE *out,
                     rb_err *err) {
  char *clean = NULL;
  rb_escape_style style = format == RB_FORMAT_MD ? RB_ESCAPE_MARKDOWN : RB_ESCAPE_TERMINAL;
  if (!rb_escape_copy(text, style, format == RB_FORMAT_MD ? 0 : HEADLINE_WIDTH, &clean, err))
    return false;
  fprintf(out, "%s%s\n", before, clean);
  free(clean);
  return true;
}

static bool put_warnings(const rb_load *load, rb_format format, FILE *out, rb_err *err) {
  bool ok = true, first = true, md = format == RB_FORMAT_MD;
  for (int i = 0; ok && i < RB_N_WARNINGS; i++) {
    char *text = NULL;
    ok = rb_warning_text(load, (rb_warning)i, &text, err);
    if (ok && text) {
      fputs(first && md ? "\n" : "", out);
      ok = md ? put_line("- warning: ", text, format, out, err)
              : rb_wrap_put(out, "warning: ", text, err);
      first = false;
    }
    free(text);
  }
  fputs(first || md ? "" : "\n", out);
  return ok;
}

static bool show_table(const rb_load *load, const rb_summary_options *options, FILE *out,
                       rb_err *err) {
  static const char *const modes[] = {"time", "complexity", "learn", "check", ""};
  bool ok = rb_head_verdict(load, out, err);
  fputc('\n', out);
  for (int i = 0; ok && i < 5; i++)
    ok = rb_section_show(load, modes[i], options->cells, out, err);
  if (ok && load->n_status[RB_STATUS_OK] < load->n_cells) {
    ok = rb_reasons_put(load, RB_FORMAT_TABLE, out, err);
    fputc('\n', out);
  }
  return ok && put_warnings(load, RB_FORMAT_TABLE, out, err) &&
         rb_head_provenance(load, options->path, out, err);
}

static bool show_md(const rb_load *load, bool cells, FILE *out, rb_err *err) {
  rb_columns_view view = {
      .cells = cells, .people = true, .folded = rb_shares_fold(load, NULL, RB_LOAD_MAX_PHASES)};
  rb_table *table = NULL;
  bool ok = rb_columns_fill(load, &view, &table, err);
  if (ok && rb_table_rows(table)) {
    rb_columns_trim(load, &view, table);
    ok = rb_columns_lift(load, &view, table, out, err);
    fputs("\n", out);
    ok = ok && rb_table_write(table, RB_FORMAT_MD, out, err);
  }
  rb_table_free(table);
  return ok && rb_reasons_put(load, RB_FORMAT_MD, out, err) &&
         put_warnings(load, RB_FORMAT_MD, out, err);
}

/* ---- programs ---- */

static bool show_csv(const rb_load *load, bool cells, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  bool ok = rb_columns_fill(load, &(rb_columns_view){.cells = cells}, &table, err) &&
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
         (!text || json_array_append_new(list, rb_jsonout_text(text)) == 0);
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
  json_t *device_list = NULL, *rows = NULL, *run = NULL;
  bool ok = false;
  if (!rb_devices_table(load, &devices, err) || !rb_table_json(devices, &device_list, err) ||
      !rb_columns_fill(load, &(rb_columns_view){.cells = cells}, &table, err) ||
      !rb_table_json(table, &rows, err))
    goto done;
  run = header_json(load);
  ok = run && extend_run(load, run, json_incref(device_list));
  ok = rb_jsonout_write(ok ? json_pack("{s:O, s:O}", "run", run, "cells", rows) : NULL,
                        "JSON of the summary", out, err);
done:
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
    ok = show_table(&load, options, out, err);
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
    bool timed = strcmp(rb_load_mode(load->cells[i]), "time") == 0;
    if (timed && rb_load_is_rated(load->cells[i]) && rate > best) {
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

/* The first of the cells with the worst status beyond outside; NULL if there is none. */
static const rb_record *worst_of(const rb_load *load) {
  const rb_record *worst = NULL;
  rb_status status = RB_STATUS_OUTSIDE;
  for (size_t i = 0; i < load->n_cells; i++)
    if (rb_load_status(load->cells[i]) > status) {
      worst = load->cells[i];
      status = rb_load_status(worst);
    }
  return worst;
}

static void put_headline(const rb_load *load, FILE *out) {
  const rb_record *worst = worst_of(load), *fastest = fastest_of(load);
  rb_head_counts(load, out);
  if (worst) {
    fprintf(out, "; first %s: ", rb_status_names[rb_load_status(worst)]);
    rb_load_name(load, worst, true, out);
    fprintf(out, ": %s", rb_reasons_text(worst));
  } else if (fastest)
    put_fastest(load, fastest, out);
  else
    rb_star_headline(load, out);
}

bool rb_summary_headline(const rb_trace *trace, FILE *out, rb_err *err) {
  rb_load load = {0};
  char *line = NULL;
  size_t n = 0;
  if (!rb_load_trace(trace, true, &load, err))
    return false;
  bool ok = false;
  FILE *memory = rb_mem_stream(&line, &n);
  if (memory) {
    put_headline(&load, memory);
    ok = fclose(memory) == 0;
  }
  if (!ok)
    rb_fail(err, RB_FAILED, "out of memory while writing the headline");
  ok = ok && put_line("", line, RB_FORMAT_TABLE, out, err);
  free(line);
  rb_load_free(&load);
  return ok && flush(out, err);
}
