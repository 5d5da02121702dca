// SPDX-License-Identifier: Apache-2.0
/* A device's training against the reference (model/reference.h), round by round from the device's
 * own weights. */
#ifndef RB_NET_VERIFY_H
#define RB_NET_VERIFY_H
#include "net/round.h"

/* The worst comparison so far. */
typedef struct rb_check {
  double error;    /* |difference| over what is allowed; right while <= 1, infinity for NaN */
  char where[160]; /* "head of task 3, neuron 17, round 0: device 0.25, reference 0.5, allowed 1e-6"
                    */
} rb_check;

/* One comparison: the worst so far is kept, with "<what> of <unit_i> <i>, <unit_j> <j>". */
void rb_verify_compare(rb_check *check, double device, double reference, double allowed,
                       const char *what, uint32_t i, const char *unit_i, uint32_t j,
                       const char *unit_j);

/* What is affordable. `full`: all neurons, samples and rounds. `neurons`: some neurons (a round
 * couples neurons only row by row, so these are exact). `neurons+samples`: fewer tasks, samples and
 * rounds as well, on the same d, m, r, tile and kernels. */
typedef struct rb_verify_plan {
  const char *scope;
  rb_problem problem; /* what is compared: the cell's, or the smaller one */
  bool smaller;       /* problem is not the cell's */
  uint32_t n_rows;    /* neurons compared */
} rb_verify_plan;
rb_verify_plan rb_verify_make_plan(const rb_problem *problem);

/* Trains net, which was just reset, for all its rounds, comparing n_rows of its neurons (first,
 * last, and random ones) with the reference: heads, gradient, the update of all neurons, and where
 * all neurons are compared the largest |net|. W_last (m,d) receives the weights before the last
 * round, or NULL. Errors: RB_FAILED. A difference is no error: see check. */
bool rb_verify_train(rb_net *net, uint32_t n_rows, float *W_last, rb_check *check, rb_err *err);

/* The two products on one whole tile of round 0, all neurons, by two random vectors of signs each:
 * Z t against X (W^T t), (D^T X) v against D^T (X v), in double, of operands in the products' own
 * precision: what is allowed is that of their sums, which are of single precision. Leaves the
 * network reset. Same errors.
 */
bool rb_verify_products(rb_net *net, rb_check *check, rb_err *err);

#endif
