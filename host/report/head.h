// SPDX-License-Identifier: Apache-2.0
/* First and last lines of a summary for people. */
#ifndef RB_REPORT_HEAD_H
#define RB_REPORT_HEAD_H
#include "report/load.h"

/* "quick on NAME, driver X: 24 of 24 cells verified (4 outside)"; with several devices a
 * line for each follows. Errors: RB_FAILED when memory is out. */
bool rb_head_verdict(const rb_load *load, FILE *out, rb_err *err);
/* Only what comes behind the colon. */
void rb_head_counts(const rb_load *load, FILE *out);
/* Where the numbers come from: suite, tool, device, host, command, trace. path NULL: unknown. */
bool rb_head_provenance(const rb_load *load, const char *path, FILE *out, rb_err *err);

#endif
