// SPDX-License-Identifier: Apache-2.0
/* What a page ends with: cells that did not pass, every cell, every setting. Errors: RB_FAILED when
 * memory is out. */
#ifndef RB_REPORT_PAGEBACK_H
#define RB_REPORT_PAGEBACK_H
#include "report/pagedata.h"

/* Of one trace; nothing if all passed. */
bool rb_pageback_troubles(const rb_pagedata *page, size_t trace, FILE *out, rb_err *err);
bool rb_pageback_checks(const rb_pagedata *page, size_t trace, FILE *out, rb_err *err);
bool rb_pageback_cells(const rb_pagedata *page, FILE *out, rb_err *err);
bool rb_pageback_settings(const rb_pagedata *page, FILE *out, rb_err *err);

#endif
