// SPDX-License-Identifier: Apache-2.0
/* How time and memory grow with the work, printed.
 *
 * - table: for people, no line wider than 120 columns. The claim; for each curve what is said of
 *   slope, cliffs, fixed cost and memory, then its sizes; warnings; where the numbers come from.
 * - md: the same sentences as lists, then one table of all sizes.
 * - json: {"scaling": {...}, "curves": [...], "sizes": [...]}, raw; `curve` numbers join them.
 * - csv: the sizes alone. */
#ifndef RB_REPORT_SCALING_H
#define RB_REPORT_SCALING_H
#include <stdio.h>
#include "report/growth.h"
#include "report/table.h"

typedef struct rb_scaling_options {
  rb_format format;
  const char *path; /* of the trace, for the table; NULL: not told */
} rb_scaling_options;

/* Errors: RB_FAILED when memory is out or out cannot be written. */
bool rb_scaling_show(const rb_growth *growth, const rb_scaling_options *options, FILE *out,
                     rb_err *err);

#endif
