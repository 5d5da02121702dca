// SPDX-License-Identifier: Apache-2.0
/* The result of `relubench verify`, for people and for programs. */
#ifndef RB_REPORT_REPORT_H
#define RB_REPORT_REPORT_H
#include <stdio.h>
#include "report/table.h"
#include "trace/reader.h"

typedef struct rb_report_verdict {
  const char *path;
  /* A trace that could not be read at all: intact = false and the error's text as problem. */
  rb_verify_report report;
} rb_report_verdict;

/* Writes n verdicts: table as a few lines each, json as an array of objects (one element for one
 * trace), csv and md as a row each. Errors: RB_FAILED when memory is out or out cannot be written.
 */
bool rb_report_verify(const rb_report_verdict *verdicts, size_t n, rb_format format, FILE *out,
                      rb_err *err);

#endif
