// SPDX-License-Identifier: Apache-2.0
/* The verdict on "does not depend on d", printed.
 *
 * - table: for people, no line wider than 120 columns. The claim; for each group (part, task, ...)
 *   what is said of multitask, n* over d by source, exponents, controls, cost; where the numbers
 *   come from.
 * - md: the claim and the sentences, then the tables of all curves and values of d.
 * - json: {"verdict": {...}, "curves": [...], "points": [...], "accuracy": [...]}, raw.
 * - csv: the values of d alone. */
#ifndef RB_REPORT_VERDICT_H
#define RB_REPORT_VERDICT_H
#include <stdio.h>
#include "report/judge.h"
#include "report/table.h"

typedef struct rb_verdict_options {
  rb_format format;
  const char *path; /* of the trace, for the table; NULL: not told */
} rb_verdict_options;

/* Errors: RB_FAILED when memory is out or out cannot be written. */
bool rb_verdict_show(const rb_judge *judge, const rb_verdict_options *options, FILE *out,
                     rb_err *err);

#endif
