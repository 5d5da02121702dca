// SPDX-License-Identifier: Apache-2.0
/* Cells: the points of a suite, with an identity that depends on the effective configuration alone.
 */
#ifndef RB_STUDY_PLAN_H
#define RB_STUDY_PLAN_H
#include <stdint.h>
#include "model/downstream.h"
#include "model/problem.h"
#include "net/backend.h"
#include "study/suite.h"

enum { RB_PLAN_CELLS = 1000000 };

typedef struct rb_cell {
  rb_problem problem;       /* settled */
  rb_downstream downstream; /* of mode complexity */
  rb_backend backend;
  uint32_t tile;       /* samples in a tile; 0 = chosen for the device */
  const rb_part *part; /* of the suite, which must outlive the plan */
  const char *suite;   /* its name */
  char id[65];
  /* SHA-256 of the effective configuration: one line "key=value" per axis that applies and for the
   * mode, in a fixed order, numbers as %.17g, step sizes as settled; the names of part and suite
   * and the verdict's margin are left out, and so is sampler where it is direct */
} rb_cell;

typedef struct rb_plan {
  rb_cell *cells; /* (n_cells) in suite order */
  size_t n_cells;
} rb_plan;

/* Expands every part's axes: the Cartesian product in the order they are written, the last varying
 * fastest; expressions are resolved over the other axes of the cell, in any order. Settles the
 * problems and drops cells that repeat one of the same part. backend_override >= 0 replaces the
 * backend axis.
 *
 * Whole-number axes want a whole number in 0..2^32-1 (seed: 0..2^53-1, which every tool reads
 * exactly). An expression may name any number axis, written or not, but not one whose value is
 * chosen later (eta_a, eta_w or tile at 0).
 *
 * *out is the caller's, freed by rb_plan_free(); after an error it is empty. Errors: RB_USAGE,
 * "file:line:column: " first, for an expression, word or range that is none, an unknown name or a
 * cycle, a value outside its axis, a problem that rb_problem_settle() refuses (with the values of
 * the cell), more than RB_PLAN_CELLS cells (before any is made); RB_FAILED when memory is out. */
bool rb_plan_make(const rb_suite *suite, int backend_override, rb_plan *out, rb_err *err);
void rb_plan_free(rb_plan *plan);

#endif
