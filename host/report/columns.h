// SPDX-License-Identifier: Apache-2.0
/* The columns of a summary: which fields of cell records are shown, how they are drawn together
 * over seeds, and which of them a person needs to see. */
#ifndef RB_REPORT_COLUMNS_H
#define RB_REPORT_COLUMNS_H
#include "report/cases.h"
#include "report/load.h"
#include "report/table.h"

typedef struct rb_columns_view {
  bool cells;       /* a row is one cell (load was made with grouped = false) */
  bool people;      /* table or md: counts in words, short notes, tiny phases counted as other */
  bool narrow;      /* learned features are left out, but for mode complexity */
  const char *mode; /* only rows of this mode ("" for none that is known); NULL: all */
  const rb_cases *cases; /* of that mode: part and case in place of the configuration; NULL: rows
                            of load with a column for each field */
  unsigned folded;       /* bit i: phase i counts as other */
} rb_columns_view;

/* A table of the rows of load, a column for everything. Over seeds: median with its 95 % interval
 * (the range below six seeds) for what is learned and for times, the median for rates and shares,
 * the largest for errors and memory. What was learned counts where the result was verified or the
 * status is ok; rates and times count where the status is ok or outside and no rate is above the
 * roof. load must outlive the table. */
bool rb_columns_fill(const rb_load *load, const rb_columns_view *view, rb_table **out, rb_err *err);

/* Hides what says nothing to people: other modes' columns, empty ones, status where all is ok. */
void rb_columns_trim(const rb_load *load, const rb_columns_view *view, rb_table *table);

/* For md, after trimming: what is the same in every row goes to `out` as wrapped lines "d=50 r=3
 * n1=n2=500" with two spaces before each, and its columns are hidden. */
bool rb_columns_lift(const rb_load *load, const rb_columns_view *view, rb_table *table, FILE *out,
                     rb_err *err);

#endif
