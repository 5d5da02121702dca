// SPDX-License-Identifier: Apache-2.0
/* What the comparison with a baseline found; nothing is written unless there is one. Errors:
 * RB_FAILED when memory is out. */
#ifndef RB_REPORT_PAGEGATE_H
#define RB_REPORT_PAGEGATE_H
#include "report/pagedata.h"

bool rb_pagegate_put(const rb_pagedata *page, FILE *out, rb_err *err);

#endif
