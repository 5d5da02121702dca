// SPDX-License-Identifier: Apache-2.0
/* What the regression gate found, printed.
 *
 * - table: for people, no line wider than 120 columns. The claim; a row for each cell; why, where
 *   there is something to say; notes; what to do next.
 * - md: the same as one table and lists.
 * - json: {"gate": {...}, "cells": [...]}, raw.
 * - csv: the cells alone. */
#ifndef RB_REPORT_GATEVIEW_H
#define RB_REPORT_GATEVIEW_H
#include <stdio.h>
#include "report/gate.h"
#include "report/table.h"

/* Errors: RB_FAILED when memory is out or out cannot be written. */
bool rb_gateview_show(const rb_gate *gate, rb_format format, FILE *out, rb_err *err);

#endif
