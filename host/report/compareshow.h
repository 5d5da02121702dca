// SPDX-License-Identifier: Apache-2.0
/* A comparison, printed.
 *
 * - table: for people, no line wider than 120 columns. What was compared, the systems with their
 *   numbers; for each pair rates, time to the target, energy, crossovers and what is not
 * comparable; notes and warnings.
 * - md: the same as lists and tables.
 * - json: {"compare": {...}, "systems": [...], "cells": [...], "crossovers": [...]}, raw.
 * - csv: the cells alone. */
#ifndef RB_REPORT_COMPARESHOW_H
#define RB_REPORT_COMPARESHOW_H
#include <stdio.h>
#include "report/compare.h"
#include "report/table.h"

/* Errors: RB_FAILED when memory is out or out cannot be written. */
bool rb_compareshow(const rb_compare *compare, rb_format format, FILE *out, rb_err *err);

#endif
