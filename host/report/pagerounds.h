// SPDX-License-Identifier: Apache-2.0
/* How training came closer to the hidden subspace, round by round, of the cells that were followed.
 * Nothing is written where none was. Errors: RB_FAILED when memory is out. */
#ifndef RB_REPORT_PAGEROUNDS_H
#define RB_REPORT_PAGEROUNDS_H
#include "report/pagedata.h"

bool rb_pagerounds_put(rb_pagedata *page, size_t trace, FILE *out, rb_err *err);

#endif
