// SPDX-License-Identifier: Apache-2.0
/* The rooflines of a trace: the rates of its timed cells under what the device computes and moves
 * at most, over the flop for each byte. Flop and bytes are those that model/problem.h counts. */
#ifndef RB_REPORT_PAGEROOFLINE_H
#define RB_REPORT_PAGEROOFLINE_H
#include "report/pagedata.h"

/* A figure for each device that has both roofs and a rate. Errors: RB_FAILED when memory is out. */
bool rb_pageroofline_put(rb_pagedata *page, size_t trace, FILE *out, rb_err *err);
/* Flop for each byte of a round of this cell; NAN if the record does not say what it is. */
double rb_pageroofline_intensity(const rb_record *cell);

#endif
