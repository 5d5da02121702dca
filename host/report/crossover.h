// SPDX-License-Identifier: Apache-2.0
/* The size at which one system overtakes the other.
 *
 * A curve is made of compared cells that differ in exactly one of n (n1 = n2), T, m and d, and in
 * what follows from it by default; it has two sizes or more. Between two sizes whose ratios are
 * told apart from 1, with opposite signs and none such between them, there is one crossover: where
 * the line through the logarithms of size and ratio, point by point, first meets 1. So noise around
 * equal rates makes none, and nothing is said beyond the sizes that were run. */
#ifndef RB_REPORT_CROSSOVER_H
#define RB_REPORT_CROSSOVER_H
#include "report/compare.h"

/* Fills pair->crossovers from its cells: for each curve its crossovers, or one entry that says
 * there is none. Errors: RB_FAILED when memory is out. */
bool rb_crossover_find(rb_compare_pair *pair, rb_err *err);

#endif
