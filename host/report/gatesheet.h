// SPDX-License-Identifier: Apache-2.0
/* The cells of a comparison as a table. */
#ifndef RB_REPORT_GATESHEET_H
#define RB_REPORT_GATESHEET_H
#include "report/gate.h"
#include "report/table.h"

/* people: the columns that they read, and no rows of cells that are right and were never timed;
 * else all of both, raw. Errors: RB_FAILED when memory is out. Free with rb_table_free() in any
 * case. */
bool rb_gatesheet_make(const rb_gate *gate, bool people, rb_table **out, rb_err *err);

#endif
