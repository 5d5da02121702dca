// SPDX-License-Identifier: Apache-2.0
/* `run --dry-run`: the cells of a plan and what they cost. */
#ifndef RB_APP_DRYRUN_H
#define RB_APP_DRYRUN_H
#include "report/table.h"
#include "study/plan.h"

/* A row for each cell on standard output, the totals on standard error. samples and flop are those
 * of one training, repetitions how many the cell adds: none where those of the complexity cell
 * before it serve, or features are not trained. Errors: RB_FAILED. */
bool rb_dryrun_print(const rb_plan *plan, rb_format format, rb_err *err);

#endif
