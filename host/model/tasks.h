// SPDX-License-Identifier: Apache-2.0
/* What the seed fixes before training: subspace, tables, initial weights. Drawn on the host in
 * double. */
#ifndef RB_MODEL_TASKS_H
#define RB_MODEL_TASKS_H
#include "model/problem.h"

/* M (r,d) with orthonormal rows: the first axes of a collapsed problem's inner one; else QR of a
 * Gaussian (gaussian law), or r distinct coordinate axes chosen by the seed (rademacher law). M is
 * the caller's array of r*d doubles. */
bool rb_tasks_subspace(const rb_problem *problem, double *M, rb_err *err);
/* Tables of tasks t0 .. t0+count-1 into tables (count, 2^r), entries -1 or +1. Depends only on
 * (seed, task), so chunks may be drawn in any order. balanced: uniform over tables with 2^(r-1) of
 * each sign. */
void rb_tasks_tables(const rb_problem *problem, uint32_t t0, uint32_t count, int8_t *tables);
/* W0 (m,d), rows N(0, I/d). */
void rb_tasks_weights(const rb_problem *problem, double *W);
/* The fixed shared head of the no-head ablation: a (m), a_j = eta_a * N(0,1). */
void rb_tasks_fixed_head(const rb_problem *problem, double *a);
/* Pattern of x (d): bit k set iff (M x)_k >= 0; M (r,d). */
uint32_t rb_tasks_pattern(const rb_problem *problem, const double *M, const double *x);

#endif
