// SPDX-License-Identifier: Apache-2.0
/* What a trace says, for `show` and the end of `run`.
 *
 * - table: where and with what it was measured, then a section per mode (check, learn, time) with
 * the columns that mean something there; what is the same in all rows stands once above them; then
 * what is not ok with its reason, then warnings.
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
  bool cells; /* every cell is a row; else cells equal in everything but the seed share one */
} rb_summary_options;

/* Errors: RB_FAILED when memory is out or out cannot be written. An empty trace is no error. */
bool rb_summary_show(const rb_trace *trace, const rb_summary_options *options, FILE *out,
                     rb_err *err);
/* One or two lines without markup: "31 of 31 cells verified; fastest: native d=1024 m=1024 92.1
 * GFLOP/s (48 % of the roof)", then what is not ok, if anything. Same errors. */
bool rb_summary_headline(const rb_trace *trace, FILE *out, rb_err *err);

#endif
