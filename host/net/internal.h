// SPDX-License-Identifier: Apache-2.0
/* What the operations of samples.c and ops.c have in common; for these files alone. */
#ifndef RB_NET_INTERNAL_H
#define RB_NET_INTERNAL_H

#include "net/ops.h"

#define B(name) rb_arg_buffer(net->buffers[RB_BUFFER_##name])
#define N(value) rb_arg_u32(value)
#define LAUNCH(k, range, args, phase)                                                              \
  rb_kernel_launch(net->session, net->kernels[RB_KERNEL_##k], range, args,                         \
                   sizeof(args) / sizeof *(args), phase, err)

static inline const char *phase_of(rb_step step, const char *head, const char *representation) {
  return step.head ? head : representation;
}

static inline size_t ceil_div(size_t a, size_t b) {
  return (a + b - 1) / b;
}

/* Rows in a group where the kernel asks for none. Left to PoCL 3.1 the choice follows the number of
 * rows, and every new one is compiled anew: .1 s and more for each size of a search. */
enum { ROWS_IN_GROUP = 16, NEURONS_IN_GROUP = 16 };
/* Where a work-item is a lane: neighbours in a group are neighbours in memory. */
static inline bool by_lanes(const rb_net *net) {
  return net->layout.variant.version == RB_VERSION_TILES;
}

#endif
