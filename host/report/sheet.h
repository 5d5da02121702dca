// SPDX-License-Identifier: Apache-2.0
/* The rows of an export as one table. */
#ifndef RB_REPORT_SHEET_H
#define RB_REPORT_SHEET_H
#include "report/stream.h"

/* csv: every column, so that files of several runs can be put together: what names and judges the
 * cell, its run and device, its configuration, its measures with their intervals. md: the name, the
 * outcome, the measures that any row has, and why a row did not pass. *out: to be freed with
 * rb_table_free(); stream must outlive it. Errors: RB_FAILED when memory is out. */
bool rb_sheet_fill(const rb_stream *stream, rb_format format, rb_table **out, rb_err *err);
/* Of a table for csv: hides what a page tells elsewhere, as the name of a cell by its
 * configuration, and what is empty or the same in every row. Returns how many columns are left. */
size_t rb_sheet_narrow(rb_table *table);

#endif
