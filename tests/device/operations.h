// SPDX-License-Identifier: Apache-2.0
/* Every operation of a round, one at a time, on random data against plain double loops on the host.
 */
#ifndef TEST_OPERATIONS_H
#define TEST_OPERATIONS_H
#include "fixture.h"

/* What one operation did to one buffer was wrong by error (right while <= 1); infinity where an
 * element that is not the operation's was changed. */
typedef struct operations_check {
  double error;
  char where[200];
} operations_check;

/* Runs each operation that the net's problem and backend use on one random tile, and compares every
 * element of every buffer that it may write; guard words as well if the session checks. Leaves the
 * net's buffers overwritten. Tolerances: the rounding of a float sum of k terms, from
 * model/tolerance.h. */
void operations_run(rb_net *net, rb_random *random, operations_check *check);

/* The words behind the inputs, drawn by the device as the variant would; wrong words in *n_wrong.
 */
void operations_words(rb_session *session, const rb_problem *problem, const rb_variant *variant,
                      rb_random *random, uint32_t *n_wrong);

#endif
