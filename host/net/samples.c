// SPDX-License-Identifier: Apache-2.0
/* Operations that make a tile's inputs, their labels and their integers. */
#include <string.h>
#include "model/inputs.h"
#include "net/internal.h"

/* Of the tiles: side by side in a row, and rows in a group. */
enum { LANES_IN_BLOCK = 16, ROWS_BESIDE = 4 };
enum { INPUTS_ARGS = 12, LABELS_ARGS = 6, SAMPLES_ARGS = INPUTS_ARGS + LABELS_ARGS };
enum { INTEGERS_ARGS = 5 };

static void inputs_args(rb_net *net, rb_step step, rb_tile tile, rb_arg *args) {
  const rb_problem *p = &net->problem;
  uint32_t stream = (uint32_t)rb_inputs_stream(p, step.head) | step.round << 8;
  const rb_arg made[INPUTS_ARGS] = {B(X),
                                    N(net->layout.ldx),
                                    N(net->layout.stride),
                                    N(p->d),
                                    N(tile.rows),
                                    N((uint32_t)p->seed),
                                    N((uint32_t)(p->seed >> 32)),
                                    N(stream),
                                    N(tile.task_first),
                                    N(tile.sample_first),
                                    N(step.n),
                                    N(p->inputs == RB_INPUTS_PER_TASK)};
  memcpy(args, made, sizeof made);
}

/* Where a kernel puts X as integers; how many arguments that takes. */
static unsigned integers_args(const rb_net *net, rb_arg *args) {
  const rb_layout *l = &net->layout;
  const rb_arg made[INTEGERS_ARGS] = {B(input_words), N(l->ldq), B(input_pairs), N(l->ldr),
                                      B(scales)};
  unsigned n = l->integers == 4 ? INTEGERS_ARGS : 2;
  memcpy(args, made, n * sizeof *made);
  return n;
}

static bool wants_integers(const rb_net *net, rb_step step) {
  return step.head ? net->layout.signed_heads : net->layout.signs;
}

bool rb_ops_samples(rb_net *net, rb_step step, rb_tile tile, rb_err *err) {
  if (!net->layout.fused_labels)
    return rb_ops_inputs(net, step, tile, err) && rb_ops_labels(net, step, tile, err) &&
           (!wants_integers(net, step) || rb_ops_integers(net, step, tile, err));
  const rb_arg labels[LABELS_ARGS] = {
      B(M),        B(tables), N(tile.task_local), N(net->problem.inputs == RB_INPUTS_PER_TASK),
      B(patterns), B(Y)};
  rb_arg args[SAMPLES_ARGS + INTEGERS_ARGS];
  inputs_args(net, step, tile, args);
  memcpy(args + INPUTS_ARGS, labels, sizeof labels);
  rb_ndrange range = rb_ops_by_rows(net, tile.rows);
  if (net->layout.label_rows)
    range = (rb_ndrange){1, ceil_div(tile.rows, net->layout.label_rows), 1, 1};
  const char *phase = phase_of(step, "head/generate", "representation/generate");
  bool integers = wants_integers(net, step);
  if (!integers || !net->kernels[RB_KERNEL_inputs_labels_integers])
    return rb_kernel_launch(net->session, net->kernels[RB_KERNEL_inputs_labels], range, args,
                            SAMPLES_ARGS, phase, err) &&
           (!integers || rb_ops_integers(net, step, tile, err));
  unsigned n = integers_args(net, args + SAMPLES_ARGS);
  return rb_kernel_launch(net->session, net->kernels[RB_KERNEL_inputs_labels_integers], range, args,
                          SAMPLES_ARGS + n, phase, err);
}

bool rb_ops_integers(rb_net *net, rb_step step, rb_tile tile, rb_err *err) {
  const rb_layout *l = &net->layout;
  rb_arg args[4 + INTEGERS_ARGS] = {B(X), N(l->ldx), N(l->stride), N(tile.rows)};
  unsigned n = integers_args(net, args + 4);
  return rb_kernel_launch(net->session, net->kernels[RB_KERNEL_signs_inputs],
                          (rb_ndrange){1, tile.rows, 1, ROWS_IN_GROUP}, args, 4 + n,
                          phase_of(step, "head/generate", "representation/generate"), err);
}

bool rb_ops_inputs(rb_net *net, rb_step step, rb_tile tile, rb_err *err) {
  rb_arg args[INPUTS_ARGS];
  inputs_args(net, step, tile, args);
  size_t lanes = ceil_div(net->layout.ldx, 64) * LANES_IN_BLOCK / net->layout.variant.width;
  rb_ndrange range = {lanes, tile.rows, 1, ROWS_IN_GROUP};
  if (by_lanes(net))
    range = (rb_ndrange){lanes, tile.rows, LANES_IN_BLOCK, ROWS_BESIDE};
  return LAUNCH(inputs, range, args, phase_of(step, "head/generate", "representation/generate"));
}

bool rb_ops_labels(rb_net *net, rb_step step, rb_tile tile, rb_err *err) {
  const rb_problem *p = &net->problem;
  const rb_arg args[] = {B(X),
                         N(net->layout.ldx),
                         N(net->layout.stride),
                         B(M),
                         N(p->r),
                         N(tile.rows),
                         B(tables),
                         N(tile.task_local),
                         N(tile.sample_first),
                         N(step.n),
                         N(p->inputs == RB_INPUTS_PER_TASK),
                         B(patterns),
                         B(Y)};
  return LAUNCH(labels, rb_ops_by_rows(net, tile.rows), args,
                phase_of(step, "head/label", "representation/label"));
}
