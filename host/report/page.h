// SPDX-License-Identifier: Apache-2.0
/* What traces say, as one page for people: a single HTML file without scripts that asks nothing of
 * any network. Devices, headline numbers, rates against the roof, phases, what was learned, n*
 * against d with the verdict, a comparison of systems and one with a baseline, every cell and every
 * setting; each figure has its numbers in a table. Light and dark, for a telephone and for paper.
 */
#ifndef RB_REPORT_PAGE_H
#define RB_REPORT_PAGE_H
#include <stdio.h>
#include "report/gate.h"
#include "trace/reader.h"

/* What the traces of a page are compared with, and what came of it (report/sides.h). */
typedef struct rb_page_baseline {
  const rb_gate *gate;
  const rb_trace *base; /* (n_base) with their names */
  const char *const *base_paths;
  size_t n_base;
  const rb_trace *confirm; /* (n_confirm) the second stage, the same way */
  const char *const *confirm_paths;
  size_t n_confirm;
} rb_page_baseline;

/* Writes the page of n traces, read in any mode, and sets *code: RB_DONE, or RB_INCONCLUSIVE if
 * none has a cell, which the page says too. paths (n): not NULL. baseline: NULL if there is none.
 Errors: RB_USAGE if a trace is
 * named twice, RB_FAILED when memory is out or out cannot be written. */
bool rb_page_write(const rb_trace *traces, const char *const *paths, size_t n,
                   const rb_page_baseline *baseline, FILE *out, int *code, rb_err *err);

#endif
