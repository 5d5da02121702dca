// SPDX-License-Identifier: Apache-2.0
#include "report/publishview.h"

#include <errno.h>
#include <string.h>

#include "report/escape.h"

enum { AT_TRACE, AT_PUBLISHABLE, AT_AREA, AT_CODE, AT_TEXT };
static const rb_column columns[] = {
    {.name = "trace", .type = RB_COLUMN_TEXT},
    {.name = "publishable", .type = RB_COLUMN_TRUTH},
    {.name = "area", .type = RB_COLUMN_TEXT},
    {.name = "exit_code", .title = "code", .type = RB_COLUMN_INTEGER},
    {.name = "fault", .type = RB_COLUMN_TEXT},
};

static void put_row(const rb_publish *trace, const rb_publish_fault *fault, rb_table *table) {
  rb_table_row(table);
  rb_table_text(table, AT_TRACE, trace->path);
  rb_table_truth(table, AT_PUBLISHABLE, trace->code == RB_DONE);
  if (fault) {
    rb_table_text(table, AT_AREA, rb_publish_areas[fault->area]);
    rb_table_text(table, AT_TEXT, fault->text);
  }
  rb_table_integer(table, AT_CODE, fault ? (uint64_t)fault->code : RB_DONE);
}

static void put_lines(const rb_publish *trace, FILE *out) {
  rb_escape_print(out, trace->path);
  if (trace->n_wrong == 0)
    fputs(": publishable\n", out);
  else
    fprintf(out, ": NOT publishable, %zu fault%s\n", trace->n_wrong, trace->n_wrong > 1 ? "s" : "");
  for (size_t i = 0; i < trace->n_faults; i++) {
    fprintf(out, "  %s: %s", rb_publish_areas[trace->faults[i].area],
            trace->faults[i].code == RB_DONE ? "note: " : "");
    rb_escape_print(out, trace->faults[i].text);
    fputc('\n', out);
  }
}

bool rb_publishview_show(const rb_publish *traces, size_t n, rb_format format, FILE *out,
                         rb_err *err) {
  rb_table *table = NULL;
  if (format == RB_FORMAT_TABLE) {
    for (size_t i = 0; i < n; i++)
      put_lines(&traces[i], out);
    return (fflush(out) == 0 && !ferror(out)) ||
           rb_fail(err, RB_FAILED, "cannot write the verdict: %s", strerror(errno));
  }
  if (!rb_table_open(columns, sizeof columns / sizeof columns[0], &table, err))
    return false;
  for (size_t i = 0; i < n; i++) {
    if (traces[i].n_faults == 0)
      put_row(&traces[i], NULL, table);
    for (size_t k = 0; k < traces[i].n_faults; k++)
      put_row(&traces[i], &traces[i].faults[k], table);
  }
  bool ok = rb_table_write(table, format, out, err);
  rb_table_free(table);
  return ok;
}
