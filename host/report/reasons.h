// SPDX-License-Identifier: Apache-2.0
/* What is not ok and why: equal reasons once, with the cells that they hold for. */
#ifndef RB_REPORT_REASONS_H
#define RB_REPORT_REASONS_H
#include "report/load.h"
#include "report/table.h"

/* For table and md; the worst status first, at most 20 reasons, the rest counted. Nothing if every
 * cell is ok. Errors: RB_FAILED when memory is out. */
bool rb_reasons_put(const rb_load *load, rb_format format, FILE *out, rb_err *err);
/* The reason of a cell that is not ok; never NULL. Untrusted. */
const char *rb_reasons_text(const rb_record *cell);

#endif
