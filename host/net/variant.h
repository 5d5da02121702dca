// SPDX-License-Identifier: Apache-2.0
/* Variants: named sets of kernel version and parameters. The choice follows from facts that the
 * device reports, so that the same device always runs the same code. */
#ifndef RB_NET_VARIANT_H
#define RB_NET_VARIANT_H
#include "cl/device.h"

typedef struct rb_variant {
  const char *name;       /* "vector16", "vector8", "vector4", "tiles" */
  unsigned width;         /* VW: floats per vector */
  unsigned lanes_per_row; /* work-items that share a row in labels and activation */
  /* How a launch covers the products: what one work-item (vector) or one group (tiles) computes. */
  unsigned group;                              /* work-items per side of a group; 0 = no groups */
  unsigned forward_rows, forward_neurons;      /* of Z */
  unsigned backward_neurons, backward_columns; /* of G */
  const char *options;                         /* of every kernel */
  const char *forward_options;                 /* further ones of the products */
  const char *backward_options;
} rb_variant;

/* Never NULL. A device whose compiler wants explicit vectors (native width > 1: CPUs) gets the
 * vector version of that width, any other the local-memory version. */
const rb_variant *rb_variant_choose(const rb_device *device);
/* By name, for tests and tuning; NULL if there is none. */
const rb_variant *rb_variant_find(const char *name);
/* All of them, ended by a variant without a name. */
extern const rb_variant rb_variants[];

#endif
