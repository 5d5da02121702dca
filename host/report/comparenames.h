// SPDX-License-Identifier: Apache-2.0
/* What the cells of a pair are called, by part as in a summary (cases.h). Texts are unescaped. */
#ifndef RB_REPORT_COMPARENAMES_H
#define RB_REPORT_COMPARENAMES_H
#include "report/compare.h"

typedef struct rb_comparenames {
  char **names;  /* (n_cells) "n1=n2=64": what tells it apart in its part; NULL: nothing */
  char **fulls;  /* (n_cells) "samples d=64 n1=n2=64": among all of them; NULL: nothing */
  char **titles; /* (n_cells) "samples: d=64", above the first of each part where there are several;
                    else NULL */
  char *common;  /* "r=2 law=gaussian seed=1": the same in all of them; NULL: nothing */
  size_t n_cells;
} rb_comparenames;

/* Of the cells that are compared, or of all: the others have no names. Errors: RB_FAILED when
 * memory is out. Free with rb_comparenames_free() in any case. */
bool rb_comparenames_find(const rb_compare_pair *pair, bool all, rb_comparenames *out, rb_err *err);
void rb_comparenames_free(rb_comparenames *names);
/* The cell of the base, or of the other where the base has none. */
const rb_record *rb_comparenames_cell(const rb_compare_cell *cell);

#endif
