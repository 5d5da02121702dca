// SPDX-License-Identifier: Apache-2.0
/* Shares of the time by phase, as columns of a summary. */
#ifndef RB_REPORT_SHARES_H
#define RB_REPORT_SHARES_H
#include "report/load.h"
#include "report/table.h"

/* Phases that nobody needs to see: those whose share is below one percent in every rated cell of
 * the mode, and as many of the smallest that at most `most` are left. */
unsigned rb_shares_fold(const rb_load *load, const char *mode, size_t most);

/* Fills a column for each phase and one for the rest, from `column` on, in the last row of table:
 * the median over the rated cells of row of the share; phases whose bit is in folded count as the
 * rest. values: room for a number per cell. */
void rb_shares_put(const rb_load *load, const rb_load_row *row, unsigned folded, double *values,
                   rb_table *table, size_t column);

#endif
