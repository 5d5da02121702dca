// SPDX-License-Identifier: Apache-2.0
/* What training found, as curves: ratio, sin-theta and alignment over what a part of the suite
 * varies. Nothing is written where no cell is of mode learn. Errors: RB_FAILED when memory is out.
 */
#ifndef RB_REPORT_PAGELEARNED_H
#define RB_REPORT_PAGELEARNED_H
#include "report/pagedata.h"

bool rb_pagelearned_put(rb_pagedata *page, size_t trace, FILE *out, rb_err *err);

#endif
