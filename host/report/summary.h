// SPDX-License-Identifier: Apache-2.0
/* What a trace says, for `show` and the end of `run`.
 *
 * - table: for people, no line of a table wider than 120 columns and no other than 100 (a hash or
 * path without a space is broken). What ran, where, and the verdict; the cells by mode (time,
 * complexity, learn, check), what they have in common once above them, checks that agree folded by
 * part; what is not ok, equal reasons once; warnings; where the numbers come from.
 * - md: the same values as one GitHub table, what is constant above it, reasons and warnings below.
 * - json: {"run": {...}, "cells": [...]}; run is the header record with counts, devices, roofs and
 *   warnings.
 * - csv: the cells alone.
 *
 * Rates above the roof are left out of every format (plausible is false, a warning names the rate).
 */
#ifndef RB_REPORT_SUMMARY_H
#define RB_REPORT_SUMMARY_H
#include <stdio.h>
#include "report/table.h"
#include "trace/reader.h"

typedef struct rb_summary_options {
  rb_format format;
  const char *path; /* of the trace, for the table; NULL: not told */
  bool cells;       /* every cell is a row; else cells equal in everything but the seed share one */
} rb_summary_options;

/* Errors: RB_FAILED when memory is out or out cannot be written. An empty trace is no error. */
bool rb_summary_show(const rb_trace *trace, const rb_summary_options *options, FILE *out,
                     rb_err *err);
/* One line without markup: "31 of 31 cells verified; fastest: shapes native d=1024 m=1024 92.1
 * GFLOP/s (48 % of the roof)", where nothing was timed "48 of 48 cells verified; n* 96.3
 * (92.1..101.4) at d=4096 multitask parity", or the first cell that is wrong or failed, with its
 * reason. Same errors. */
bool rb_summary_headline(const rb_trace *trace, FILE *out, rb_err *err);

#endif
