// SPDX-License-Identifier: Apache-2.0
/* The systems of the traces against each other; nothing is written unless page->is_compared.
 * Errors: RB_FAILED when memory is out. */
#ifndef RB_REPORT_PAGECOMPARE_H
#define RB_REPORT_PAGECOMPARE_H
#include "report/pagedata.h"

bool rb_pagecompare_put(rb_pagedata *page, FILE *out, rb_err *err);

#endif
