// SPDX-License-Identifier: Apache-2.0
/* Variants: kernel versions with their parameters. A device's own, found by `relubench tune` or
 * given by --variant, is in rb_device; else the choice follows from facts that the device reports,
 * so that the same device always runs the same code. */
#ifndef RB_NET_VARIANT_H
#define RB_NET_VARIANT_H
#include "base/err.h"
#include "cl/device.h"

/* VARIANT of kernels/forward.cl and backward.cl. */
typedef enum rb_version { RB_VERSION_PANELS, RB_VERSION_TILES, RB_VERSION_PIPELINE } rb_version;

typedef struct rb_variant {
  char name[RB_VARIANT_TEXT]; /* "vector16" or what rb_variant_parse() takes */
  rb_version version;
  unsigned width;         /* VW: floats per vector */
  unsigned lanes_per_row; /* work-items that share a row in labels and activation */
  /* panels: what a work-item computes, `rows` samples x `vectors` of neurons of Z and `neurons` x
   * `vectors` of columns of G. neurons divides vectors * width. subset: samples whose sums over
   * every subset are tabulated for G, where D has two values (kernels/backward.cl); 1 = none;
   * divides rows.
   * pipeline: what the only work-item has in work, `rows` x `neurons` sums of vectors; no vectors.
   */
  unsigned vectors, rows, neurons, subset;
  /* tiles: work-items and results per side of a work-group, the inner length staged at once, and
   * the most registers that a work-item may have, so that more groups run at a time; 0 = as many
   * as the compiler takes. Only compilers with cl_nv_compiler_options can be told. tf32x3: a
   * product is three of TF32, by tensor cores where the device has them (kernels/tf32x3.h). */
  unsigned group, per, depth, registers;
  bool tf32x3;
} rb_variant;

/* The device's own variant, if it has one that rb_variant_parse() takes. Else a device whose
 * compiler wants explicit vectors (native width > 1: CPUs) gets the panels of that width, an
 * accelerator (FPGA) the pipeline, any other the local-memory version. */
rb_variant rb_variant_choose(const rb_device *device);
/* Whether the device can launch the variant's work-groups and has the local memory that they want.
 */
bool rb_variant_fits(const rb_variant *variant, const rb_device *device);
/* Whether its compiler makes products of tensor cores of kernels/tf32x3.h. */
bool rb_variant_tensor_cores(const rb_device *device);
/* By name, for tests; NULL if there is none. */
const rb_variant *rb_variant_find(const char *name);
/* The declared ones, ended by a variant without a name. */
extern const rb_variant rb_variants[];

/* A declared name, "panels-VW-vectors-rows-neurons" with or without "-subset",
 * "tiles-group-per-depth-lanes" with or without "-registers", the same with "tf32x3" for "tiles",
 * or "pipeline-VW-rows-neurons".
 * Errors: RB_USAGE with what is allowed. */
bool rb_variant_parse(const char *text, rb_variant *out, rb_err *err);
/* Tables of sums over subsets that a work-item of kernels/backward.cl has at once. */
unsigned rb_variant_tables(const rb_variant *variant);
/* Results along a side of a work-group of the tiles. */
unsigned rb_variant_block(const rb_variant *variant);
/* Columns in a panel of X and Z; 0 = rows as they are (kernels/vector.h). */
unsigned rb_variant_panel(const rb_variant *variant);

#endif
