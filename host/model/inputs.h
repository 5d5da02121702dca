// SPDX-License-Identifier: Apache-2.0
/* Inputs on the host, in double: the law that kernels/inputs.cl implements on the device.
 *
 * Coordinate k of sample i of task t in round rho of a step: block b = k / 64, word w = (k % 64) /
 * 16, lane l = k % 16, quad q = 16 b + l; words = philox(seed, {q, i, t, stream | rho << 8}).
 * gaussian: words (0,1) and (2,3) each give a Box-Muller pair (base/philox.h) for word slots (0,1),
 * (2,3). rademacher: +1 if the top bit of the word is set, else -1. Shared inputs: t = 0 for every
 * task. Same-batch ablation: stream HEAD in both steps. */
#ifndef RB_MODEL_INPUTS_H
#define RB_MODEL_INPUTS_H
#include "base/philox.h"
#include "model/problem.h"

/* The stream that a step draws from, ablation considered. head: true for the head step. */
rb_stream rb_inputs_stream(const rb_problem *problem, bool head);
/* One sample into x (d). */
void rb_inputs_draw(const rb_problem *problem, bool head, uint32_t round, uint32_t task,
                    uint32_t sample, double *x);

#endif
