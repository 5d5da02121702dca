// SPDX-License-Identifier: Apache-2.0
/* The timed cells of a trace: bars of the rate against the roof, shares of the phases, roofline.
 * Nothing is written where there are none. Errors: RB_FAILED when memory is out. */
#ifndef RB_REPORT_PAGERATES_H
#define RB_REPORT_PAGERATES_H
#include "report/pagedata.h"

bool rb_pagerates_put(rb_pagedata *page, size_t trace, FILE *out, rb_err *err);

#endif
