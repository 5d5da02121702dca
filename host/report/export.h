// SPDX-License-Identifier: Apache-2.0
/* The formats of other tools (docs/EXPORT.md), all written from the rows of report/stream.h. */
#ifndef RB_REPORT_EXPORT_H
#define RB_REPORT_EXPORT_H
#include "report/stream.h"

typedef enum rb_export_format {
  RB_EXPORT_GOOGLE,
  RB_EXPORT_GITHUB_BIGGER,
  RB_EXPORT_GITHUB_SMALLER,
  RB_EXPORT_BENCHER,
  RB_EXPORT_GO,
  RB_EXPORT_OPENMETRICS,
  RB_EXPORT_JUNIT,
  RB_EXPORT_CSV,
  RB_EXPORT_MD,
  RB_EXPORT_N_FORMATS
} rb_export_format;

/* Errors: RB_USAGE naming the formats. */
bool rb_export_parse(const char *name, rb_export_format *format, rb_err *err);
/* Data alone. Errors: RB_INCONCLUSIVE if the traces have nothing for the format, so that no empty
 * file passes for a result (junit, openmetrics, csv and md say of every cell what became of it, and
 * of a run without cells that they are missing), RB_FAILED when memory is out or out cannot be
 * written. */
bool rb_export_write(const rb_stream *stream, rb_export_format format, FILE *out, rb_err *err);
/* A line on talk for each thing that a reader of the trace must not overlook. Errors: RB_FAILED
 * when memory is out. */
bool rb_export_warn(const rb_trace *trace, const char *path, FILE *talk, rb_err *err);

#endif
