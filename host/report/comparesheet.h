// SPDX-License-Identifier: Apache-2.0
/* The cells of a pair as tables for people. */
#ifndef RB_REPORT_COMPARESHEET_H
#define RB_REPORT_COMPARESHEET_H
#include "report/comparenames.h"
#include "report/table.h"

typedef enum rb_comparesheet_kind {
  RB_COMPARESHEET_RATES,
  RB_COMPARESHEET_TARGET, /* time to a trained result */
  RB_COMPARESHEET_ENERGY,
  RB_COMPARESHEET_N
} rb_comparesheet_kind;

enum { RB_COMPARESHEET_ROOM = 48, RB_COMPARESHEET_TITLES = 7 };
typedef struct rb_comparesheet {
  rb_table *table;                                           /* maybe without rows */
  char titles[RB_COMPARESHEET_TITLES][RB_COMPARESHEET_ROOM]; /* of its columns */
} rb_comparesheet;

/* Of the cells that are compared. parts: a line above those of each part; else the part is in the
 * name. *out must stay where it is while the table is used. Errors: RB_FAILED when memory is out.
 * Free with rb_comparesheet_free() in any case. */
bool rb_comparesheet_make(const rb_compare_pair *pair, const rb_comparenames *by,
                          rb_comparesheet_kind which, bool parts, rb_comparesheet *out,
                          rb_err *err);
void rb_comparesheet_free(rb_comparesheet *sheet);

#endif
