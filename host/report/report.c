// SPDX-License-Identifier: Apache-2.0
#include "report/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "report/escape.h"
#include "report/figure.h"

enum {
  AT_TRACE,
  AT_INTACT,
  AT_SEALED,
  AT_RECORDS,
  AT_CELLS,
  AT_WRONG,
  AT_FAILED,
  AT_BLOCKS,
  AT_BYTES,
  AT_RUN,
  AT_SHA256,
  AT_PROBLEM
};
static const rb_column columns[] = {
    {.name = "trace", .type = RB_COLUMN_TEXT},
    {.name = "intact", .type = RB_COLUMN_TRUTH},
    {.name = "sealed", .type = RB_COLUMN_TRUTH},
    {.name = "n_records", .title = "records", .type = RB_COLUMN_INTEGER},
    {.name = "n_cells", .title = "cells", .type = RB_COLUMN_INTEGER},
    {.name = "n_wrong", .title = "wrong", .type = RB_COLUMN_INTEGER},
    {.name = "n_failed", .title = "failed", .type = RB_COLUMN_INTEGER},
    {.name = "n_blocks", .title = "blocks", .type = RB_COLUMN_INTEGER},
    {.name = "n_bytes", .title = "bytes", .type = RB_COLUMN_INTEGER},
    {.name = "run_id", .title = "run", .type = RB_COLUMN_TEXT},
    {.name = "sha256", .title = "SHA-256", .type = RB_COLUMN_TEXT},
    {.name = "problem", .type = RB_COLUMN_TEXT},
};

static const char *text_or_null(const char *text) {
  return text[0] ? text : NULL;
}

static void put_row(const rb_report_verdict *verdict, rb_table *table) {
  const rb_verify_report *report = &verdict->report;
  rb_table_row(table);
  rb_table_text(table, AT_TRACE, verdict->path);
  rb_table_truth(table, AT_INTACT, report->intact);
  rb_table_truth(table, AT_SEALED, report->sealed);
  rb_table_integer(table, AT_RECORDS, report->n_records);
  rb_table_integer(table, AT_CELLS, report->n_cells);
  rb_table_integer(table, AT_WRONG, report->n_wrong);
  rb_table_integer(table, AT_FAILED, report->n_failed);
  rb_table_integer(table, AT_BLOCKS, report->n_blocks);
  rb_table_integer(table, AT_BYTES, report->n_bytes);
  rb_table_text(table, AT_RUN, text_or_null(report->run_id));
  rb_table_text(table, AT_SHA256, text_or_null(report->sha256));
  rb_table_text(table, AT_PROBLEM, text_or_null(report->problem));
}

static void put_lines(const rb_report_verdict *verdict, FILE *out) {
  const rb_verify_report *report = &verdict->report;
  char size[RB_FIGURE_ROOM];
  rb_figure_one(size, RB_FIGURE_BYTES, (double)report->n_bytes, "");
  rb_escape_print(out, verdict->path);
  fprintf(out, ": %s, %s\n", report->intact ? "intact" : "DAMAGED",
          report->sealed ? "sealed" : "not sealed");
  if (report->problem[0]) {
    fputs("  ", out);
    rb_escape_print(out, report->problem);
    fputc('\n', out);
  }
  fprintf(out,
          "  %" PRIu64 " cells (%" PRIu64 " wrong, %" PRIu64 " failed) in %" PRIu64
          " records, %" PRIu64 " blocks, %s\n",
          report->n_cells, report->n_wrong, report->n_failed, report->n_records, report->n_blocks,
          size);
  if (report->run_id[0]) {
    fputs("  run ", out);
    rb_escape_print(out, report->run_id);
    fputc('\n', out);
  }
  if (report->sha256[0]) {
    fputs("  SHA-256 ", out);
    rb_escape_print(out, report->sha256);
    fputc('\n', out);
  }
}

bool rb_report_verify(const rb_report_verdict *verdicts, size_t n, rb_format format, FILE *out,
                      rb_err *err) {
  rb_table *table = NULL;
  if (format == RB_FORMAT_TABLE) {
    for (size_t i = 0; i < n; i++)
      put_lines(&verdicts[i], out);
    if (fflush(out) != 0 || ferror(out))
      return rb_fail(err, RB_FAILED, "cannot write the verdict: %s", strerror(errno));
    return true;
  }
  if (!rb_table_open(columns, sizeof columns / sizeof columns[0], &table, err))
    return false;
  for (size_t i = 0; i < n; i++)
    put_row(&verdicts[i], table);
  bool ok = rb_table_write(table, format, out, err);
  rb_table_free(table);
  return ok;
}
