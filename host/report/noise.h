// SPDX-License-Identifier: Apache-2.0
/* What gates of a program against itself tell about a machine: how often they alarm, how much pairs
 * differ, and the smallest effect and margin that follow. */
#ifndef RB_REPORT_NOISE_H
#define RB_REPORT_NOISE_H
#include <stdio.h>
#include "report/gate.h"
#include "report/table.h"

typedef struct rb_noise_cell {
  char name[RB_GATE_NAME]; /* untrusted */
  double squares;          /* of the differences of pairs around the mean of their gate */
  size_t n_free;           /* degrees of freedom of that */
  double largest;          /* |shift| of a gate */
  size_t n_suspect;        /* gates whose first stage suspected it */
} rb_noise_cell;

typedef struct rb_noise {
  rb_noise_cell *cells; /* (n_cells) in the order of the suite */
  size_t n_cells;
  size_t n_gates, n_pairs; /* pairs of one gate */
  size_t n_alarms;         /* gates that called it a regression */
  size_t n_unsure;         /* gates that could not tell */
  double margin_used;      /* of the gates */
} rb_noise;

/* One more gate of pairs. Errors: the gate's own code, where its cells were wrong, failed, missing
 * or not comparable: a program that does not agree with itself calibrates nothing; RB_INCONCLUSIVE
 * where no cell is timed; RB_FAILED when memory is out. */
bool rb_noise_add(rb_noise *noise, const rb_gate *gate, rb_err *err);
void rb_noise_free(rb_noise *noise);

double rb_noise_sd(const rb_noise_cell *cell); /* of a pair's difference of ln t */
/* Of the cell that is worst. */
double rb_noise_worst_sd(const rb_noise *noise);
/* The least margin that as many pairs pass with a chance of 80 % where there is no shift:
 * rb_gate_detectable() of the worst cell, as a fraction, and not below RB_GATE_MARGIN. */
double rb_noise_margin(const rb_noise *noise);
/* A larger margin would let real regressions pass unseen: the machine is to be made quieter. */
#define RB_NOISE_MOST 0.1
/* 95 % upper bound of the chance of an alarm (C. J. Clopper, E. S. Pearson, Biometrika 26, 1934).
 */
double rb_noise_alarm_bound(size_t n_alarms, size_t n_gates);

/* table and md: sentences and a row for each cell; json: {"calibration": {...}, "cells": [...]};
 * csv: the cells. kept: the margin was stored. Errors: RB_FAILED when memory is out or out cannot
 * be written. */
bool rb_noise_show(const rb_noise *noise, bool kept, rb_format format, FILE *out, rb_err *err);

#endif
