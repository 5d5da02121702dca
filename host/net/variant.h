// SPDX-License-Identifier: Apache-2.0
/* Variants: named sets of kernel version and parameters. The choice follows from facts that the
 * device reports, so that the same device always runs the same code. */
#ifndef RB_NET_VARIANT_H
#define RB_NET_VARIANT_H
#include "cl/device.h"

/* VARIANT of kernels/forward.cl and backward.cl. */
typedef enum rb_version { RB_VERSION_PANELS, RB_VERSION_TILES } rb_version;

typedef struct rb_variant {
  const char *name; /* "vector16" */
  rb_version version;
  unsigned width;         /* VW: floats per vector */
  unsigned lanes_per_row; /* work-items that share a row in labels and activation */
  /* panels: what a work-item computes, `rows` samples x PV vectors of neurons of Z and `neurons` x
   * PV vectors of columns of G. neurons divides vectors * width. */
  unsigned vectors, rows, neurons;
  /* tiles: work-items and results per side of a work-group, and the inner length staged at once. */
  unsigned group, per, depth;
} rb_variant;

/* Never NULL. A device whose compiler wants explicit vectors (native width > 1: CPUs) gets the
 * panels of that width, any other the local-memory version. */
const rb_variant *rb_variant_choose(const rb_device *device);
/* By name, for tests and tuning; NULL if there is none. */
const rb_variant *rb_variant_find(const char *name);
/* All of them, ended by a variant without a name. */
extern const rb_variant rb_variants[];

/* Columns in a panel of X and Z; 0 = rows as they are (kernels/vector.h). */
unsigned rb_variant_panel(const rb_variant *variant);

#endif
