// SPDX-License-Identifier: Apache-2.0
/* Plans of suites that a fuzzer made: only small ones and those beyond the limit, as a legal plan
 * of a million cells takes seconds. */
#ifndef SMALL_PLAN_H
#define SMALL_PLAN_H
#include "fuzz.h"
#include "study/plan.h"
#include "study/range.h"

/* Cells before repeated ones are dropped; 1 for an item that is no range. */
static inline double count_cells(const rb_suite *suite) {
  double total = 0;
  for (size_t i = 0; i < suite->n_parts; i++) {
    const rb_part *part = &suite->parts[i];
    double cells = 1;
    for (size_t k = 0; k < part->n_axes; k++) {
      double values = 0;
      for (size_t j = 0; j < part->axes[k].n_items; j++) {
        const char *text = part->axes[k].items[j].text;
        rb_range range;
        rb_err err;
        bool is_range = part->axes[k].key < RB_AXIS_FIRST_WORD && rb_range_is(text) &&
                        rb_range_read(text, RB_PLAN_CELLS, &range, &err);
        values += is_range ? (double)range.count : 1;
      }
      cells *= values;
    }
    total += cells;
  }
  return total;
}

static inline void make_small_plan(const rb_suite *suite, int backend) {
  double n_cells = count_cells(suite);
  rb_plan plan;
  rb_err err = {0};
  if (n_cells > 200 && n_cells <= RB_PLAN_CELLS)
    return;
  if (!rb_plan_make(suite, backend, &plan, &err)) {
    REQUIRE(err.kind == RB_USAGE && err.text[0] && !plan.cells && plan.n_cells == 0);
    return;
  }
  REQUIRE(plan.n_cells >= suite->n_parts && (double)plan.n_cells <= n_cells);
  for (size_t i = 0; i < plan.n_cells; i++) {
    rb_cell *cell = &plan.cells[i];
    rb_problem settled = cell->problem;
    REQUIRE(strlen(cell->id) == 64 && cell->part >= suite->parts);
    REQUIRE(cell->part < suite->parts + suite->n_parts);
    REQUIRE(backend < 0 || (int)cell->backend == backend);
    REQUIRE(rb_problem_settle(&settled, &err));
    REQUIRE(memcmp(&settled, &cell->problem, sizeof settled) == 0);
  }
  rb_plan_free(&plan);
}

#endif
