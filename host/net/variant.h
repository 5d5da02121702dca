// SPDX-License-Identifier: Apache-2.0
/* Variants: kernel versions with their parameters. A device's own, found by `relubench tune` or
 * given by --variant, is in rb_device; else the choice follows from facts that the device reports,
 * so that the same device always runs the same code. */
#ifndef RB_NET_VARIANT_H
#define RB_NET_VARIANT_H
#include "base/err.h"
#include "cl/device.h"
#include "model/tolerance.h"

/* VARIANT of kernels/forward.cl and backward.cl. */
typedef enum rb_version { RB_VERSION_PANELS, RB_VERSION_TILES, RB_VERSION_PIPELINE } rb_version;

/* What the tiles multiply by: multiply-adds; tensor cores, three products of TF32 for one of single
 * precision (kernels/tf32x3.h); or tensor cores and operands of half precision (kernels/half.h).
 * Where there are no tensor cores multiply-adds do what they would. */
typedef enum rb_arithmetic {
  RB_ARITHMETIC_MULTIPLY_ADD,
  RB_ARITHMETIC_TF32X3,
  RB_ARITHMETIC_HALF,
  RB_N_ARITHMETICS
} rb_arithmetic;
/* As names of variants begin: "tiles", "tf32x3", "half". */
extern const char *const rb_arithmetic_names[RB_N_ARITHMETICS];

typedef struct rb_variant {
  char name[RB_VARIANT_TEXT]; /* "vector16" or what rb_variant_parse() takes */
  rb_version version;
  unsigned width;         /* VW: floats per vector */
  unsigned lanes_per_row; /* work-items that share a row in labels and activation */
  /* panels: what a work-item computes, `rows` samples x `vectors` of neurons of Z and `neurons` x
   * `vectors` of columns of G. neurons divides vectors * width. subset: samples whose sums over
   * every subset are tabulated, at most, where D has two values (kernels/subsets.cl); 1 = none;
   * divides rows. signs: which samples are active comes from products of integers
   * (kernels/signs.cl) there, of `integers` in a word: 2, 4 or 0, what suits the device. pipeline:
   * what the only work-item has in work, `rows` x `neurons` sums of vectors; no vectors.
   */
  unsigned vectors, rows, neurons, subset;
  bool signs;
  unsigned integers;
  /* tiles: work-items and results per side of a work-group, the inner length staged at once, and
   * the most registers that a work-item may have, so that more groups run at a time; 0 = as many
   * as the compiler takes. Only compilers with cl_nv_compiler_options can be told. */
  unsigned group, per, depth, registers;
  rb_arithmetic arithmetic;
} rb_variant;

/* The device's own variant, if it has one that rb_variant_parse() takes. Else a device whose
 * compiler wants explicit vectors (native width > 1: CPUs) gets the panels of that width, an
 * accelerator (FPGA) the pipeline, any other the local-memory version. */
rb_variant rb_variant_choose(const rb_device *device);
/* Whether the device can launch the variant's work-groups and has the local memory that they want,
 * and its compiler takes it. Errors: RB_USAGE with what is missing. */
bool rb_variant_check(const rb_variant *variant, const rb_device *device, rb_err *err);
bool rb_variant_fits(const rb_variant *variant, const rb_device *device); /* the same */
/* Whether its compiler makes products of tensor cores of kernels/tf32x3.h and half.h. */
bool rb_variant_tensor_cores(const rb_device *device);
/* By name, for tests; NULL if there is none. */
const rb_variant *rb_variant_find(const char *name);
/* The declared ones, ended by a variant without a name. */
extern const rb_variant rb_variants[];

/* A declared name, "panels-VW-vectors-rows-neurons" with or without "-subset",
 * "signs-VW-vectors-rows-neurons-subset" (integers of 16 bits), "bytes-" with the same (8 bits),
 * "tiles-group-per-depth-lanes" with or without "-registers", the same with "tf32x3" or "half" for
 * "tiles", or "pipeline-VW-rows-neurons". Errors: RB_USAGE with what is allowed. */
bool rb_variant_parse(const char *text, rb_variant *out, rb_err *err);
/* The build option that kernels/tensor.h takes, with a space before it; or "". */
const char *rb_variant_arithmetic_option(rb_arithmetic arithmetic);
/* To what the operands of its products are rounded. */
rb_precision rb_variant_precision(const rb_variant *variant);
/* Samples whose activity is a word of kernels/subsets.cl. */
enum { RB_WORD_ROWS = 32 };
/* N_TABLES, ROWS_FROM and ENTRIES of kernels/subsets.cl: tables of sums over subsets of a word's
 * rows, 0 without subsets; the first row of table i; the entries of all. */
unsigned rb_variant_tables(const rb_variant *variant);
unsigned rb_variant_table_from(const rb_variant *variant, unsigned i);
unsigned rb_variant_entries(const rb_variant *variant);
/* Results along a side of a work-group of the tiles. */
unsigned rb_variant_block(const rb_variant *variant);
/* Columns in a panel of X and Z; 0 = rows as they are (kernels/vector.h). */
unsigned rb_variant_panel(const rb_variant *variant);

#endif
