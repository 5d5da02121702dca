// SPDX-License-Identifier: Apache-2.0
/* n* and m* against d with the verdict, of a trace that has trials; else nothing is written.
 * Errors: RB_FAILED when memory is out. */
#ifndef RB_REPORT_PAGESTAR_H
#define RB_REPORT_PAGESTAR_H
#include "report/pagedata.h"

bool rb_pagestar_put(rb_pagedata *page, size_t trace, FILE *out, rb_err *err);

#endif
