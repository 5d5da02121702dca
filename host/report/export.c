// SPDX-License-Identifier: Apache-2.0
#include "report/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/bencher.h"
#include "report/github.h"
#include "report/gobench.h"
#include "report/google.h"
#include "report/junit.h"
#include "report/openmetrics.h"
#include "report/phrase.h"
#include "report/sheet.h"
#include "report/warning.h"
#include "report/wrap.h"

static const struct {
  const char *name;
  const char *lacks; /* what the traces lack if nothing was written */
} formats[RB_EXPORT_N_FORMATS] = {
    [RB_EXPORT_GOOGLE] = {"google", "timed cell"},
    [RB_EXPORT_GITHUB_BIGGER] = {"github-bigger", "verified cell with a rate"},
    [RB_EXPORT_GITHUB_SMALLER] = {"github-smaller", "verified cell with a time or an error"},
    [RB_EXPORT_BENCHER] = {"bencher", "verified cell with a measure"},
    [RB_EXPORT_GO] = {"go", "verified cell with times"},
    [RB_EXPORT_OPENMETRICS] = {"openmetrics", NULL},
    [RB_EXPORT_JUNIT] = {"junit", NULL},
    [RB_EXPORT_CSV] = {"csv", NULL},
    [RB_EXPORT_MD] = {"md", NULL}};

bool rb_export_parse(const char *name, rb_export_format *format, rb_err *err) {
  for (int i = 0; i < RB_EXPORT_N_FORMATS; i++)
    if (strcmp(name, formats[i].name) == 0) {
      *format = (rb_export_format)i;
      return true;
    }
  return rb_fail(err, RB_USAGE,
                 "--to %.40s: unknown format; there are google, github-bigger, github-smaller, "
                 "bencher, go, openmetrics, junit, csv and md",
                 name);
}

static bool write_sheet(const rb_stream *stream, rb_format format, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  bool ok = rb_sheet_fill(stream, format, &table, err) && rb_table_write(table, format, out, err);
  rb_table_free(table);
  return ok;
}

/* *n: what was written, of formats that can be empty; else left alone. */
static bool write_format(const rb_stream *stream, rb_export_format format, FILE *out, size_t *n,
                         rb_err *err) {
  switch (format) {
  case RB_EXPORT_GOOGLE:
    return rb_google_write(stream, out, n, err);
  case RB_EXPORT_GITHUB_BIGGER:
    return rb_github_write(stream, RB_STREAM_HIGHER, out, n, err);
  case RB_EXPORT_GITHUB_SMALLER:
    return rb_github_write(stream, RB_STREAM_LOWER, out, n, err);
  case RB_EXPORT_BENCHER:
    return rb_bencher_write(stream, out, n, err);
  case RB_EXPORT_GO:
    return rb_gobench_write(stream, out, n, err);
  case RB_EXPORT_OPENMETRICS:
    return rb_openmetrics_write(stream, out, err);
  case RB_EXPORT_JUNIT:
    return rb_junit_write(stream, out, err);
  case RB_EXPORT_CSV:
    return write_sheet(stream, RB_FORMAT_CSV, out, err);
  default:
    return write_sheet(stream, RB_FORMAT_MD, out, err);
  }
}

bool rb_export_write(const rb_stream *stream, rb_export_format format, FILE *out, rb_err *err) {
  char *text = NULL;
  size_t n = 1;
  rb_phrase memory; /* nothing half-written leaves */
  if (!rb_phrase_open(&memory, &text, err))
    return false;
  bool ok = write_format(stream, format, memory.to, &n, err);
  if (!rb_phrase_close(&memory, ok ? err : &(rb_err){0}))
    ok = false;
  if (ok && n == 0)
    ok = rb_fail(err, RB_INCONCLUSIVE, "nothing to export to %s: the trace has no %s",
                 formats[format].name, formats[format].lacks);
  if (ok && (fwrite(text, 1, memory.n, out) != memory.n || fflush(out) != 0))
    ok = rb_fail(err, RB_FAILED, "cannot write the export: %s", strerror(errno));
  free(text);
  return ok;
}

bool rb_export_warn(const rb_trace *trace, const char *path, FILE *talk, rb_err *err) {
  rb_load load = {0};
  bool ok = rb_load_trace(trace, false, &load, err);
  for (int i = 0; ok && i < RB_N_WARNINGS; i++) {
    char *text = NULL, *whole = NULL;
    rb_phrase phrase;
    ok = rb_warning_text(&load, (rb_warning)i, &text, err);
    if (ok && text && (ok = rb_phrase_open(&phrase, &whole, err))) {
      fprintf(phrase.to, "%s: %s", path, text);
      ok = rb_phrase_close(&phrase, err) && rb_wrap_put(talk, "warning: ", whole, err);
    }
    free(text);
    free(whole);
  }
  rb_load_free(&load);
  return ok;
}
