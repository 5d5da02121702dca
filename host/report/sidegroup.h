// SPDX-License-Identifier: Apache-2.0
/* The cells of two sides of traces, a group for each configuration: which cells the gate compares
 * (report/sides.h says which these are). Holds pointers into the traces. */
#ifndef RB_REPORT_SIDEGROUP_H
#define RB_REPORT_SIDEGROUP_H
#include "report/sides.h"

typedef enum rb_side {
  RB_SIDE_BASE,
  RB_SIDE_FRESH,
  RB_SIDE_BASE_AGAIN, /* the second stage */
  RB_SIDE_FRESH_AGAIN,
  RB_N_SIDES
} rb_side;

typedef struct rb_sidegroup_cell {
  const rb_record *cell;
  rb_side side;
  size_t trace, place; /* number of the trace of its side, and of the record in it */
} rb_sidegroup_cell;

/* All cells of one configuration that the baseline has. */
typedef struct rb_sidegroup {
  const rb_sidegroup_cell *cells; /* (n) by side, trace and place */
  size_t n, n_of[RB_N_SIDES];
  const rb_sidegroup_cell *of[RB_N_SIDES]; /* (n_of), NULL where there is none */
  const char *elsewhere; /* another device that the new side has this cell on, or NULL */
} rb_sidegroup;

typedef struct rb_sidegroups {
  rb_sidegroup_cell *cells; /* (n_cells) */
  size_t n_cells;
  rb_sidegroup *list; /* (n) in the order of the baseline */
  size_t n;
  size_t n_new; /* configurations that only the new side has */
  bool related; /* the sides have a configuration in common, on whatever device; or the new one has
                   no cells, as a run that was cut short */
} rb_sidegroups;

/* Errors: RB_FAILED when memory is out. Free with rb_sidegroups_free() in any case. */
bool rb_sidegroups_find(const rb_sides *sides, rb_sidegroups *out, rb_err *err);
void rb_sidegroups_free(rb_sidegroups *groups);

#endif
