// SPDX-License-Identifier: Apache-2.0
/* Cells: the points of a suite, with an identity that depends on the effective configuration alone. */
#ifndef RB_STUDY_PLAN_H
#define RB_STUDY_PLAN_H
#include <stdint.h>
#include "model/problem.h"
#include "study/suite.h"

typedef enum rb_backend { RB_BACKEND_NATIVE, RB_BACKEND_CLBLAST, RB_BACKEND_REFERENCE } rb_backend;
extern const char *const rb_backend_names[];

typedef struct rb_cell {
  rb_problem problem; /* settled */
  rb_backend backend;
  uint32_t tile;      /* samples in a tile; 0 = chosen for the device */
  const rb_part *part;
  char id[65];        /* SHA-256 of the effective configuration: sorted key=value lines of problem, backend,
                         mode and tile; the part's name and the suite are left out */
} rb_cell;

typedef struct rb_plan {
  rb_cell *cells; /* (n_cells) in suite order */
  size_t n_cells;
} rb_plan;

/* Expands every part's axes (Cartesian product in file order, expressions resolved over the other axes;
 * a cycle or unknown name is an error with its place), settles the problems, drops exact duplicates inside a
 * part, refuses more than 1,000,000 cells. backend_override >= 0 replaces the backend axis. Errors: RB_USAGE
 * with file:line:column, key and value. */
bool rb_plan_make(const rb_suite *suite, int backend_override, rb_plan *out, rb_err *err);
void rb_plan_free(rb_plan *plan);

#endif
