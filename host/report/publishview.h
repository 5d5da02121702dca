// SPDX-License-Identifier: Apache-2.0
/* The result of `relubench verify --publishable`, for people and for programs. */
#ifndef RB_REPORT_PUBLISHVIEW_H
#define RB_REPORT_PUBLISHVIEW_H
#include "report/publish.h"
#include "report/table.h"

/* Writes n judged traces. table: a line for each trace and one for each fault; json, csv and md: a
 * row for each fault or note, and one without for a trace that has none. Errors: RB_FAILED when
 * memory is out or out cannot be written. */
bool rb_publishview_show(const rb_publish *traces, size_t n, rb_format format, FILE *out,
                         rb_err *err);

#endif
