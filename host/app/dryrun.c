// SPDX-License-Identifier: Apache-2.0
#include "app/dryrun.h"

enum {
  AT_PART,
  AT_MODE,
  AT_BACKEND,
  AT_SEED,
  AT_D,
  AT_R,
  AT_T,
  AT_M,
  AT_N1,
  AT_N2,
  AT_ROUNDS,
  AT_LAW,
  AT_TASKS,
  AT_INPUTS,
  AT_ABLATION,
  AT_SAMPLES,
  AT_FLOP,
  AT_REPETITIONS,
  AT_ID
};
static const rb_column columns[] = {
    {.name = "part", .type = RB_COLUMN_TEXT},
    {.name = "mode", .type = RB_COLUMN_TEXT},
    {.name = "backend", .type = RB_COLUMN_TEXT},
    {.name = "seed", .type = RB_COLUMN_INTEGER},
    {.name = "d", .type = RB_COLUMN_INTEGER},
    {.name = "r", .type = RB_COLUMN_INTEGER},
    {.name = "T", .type = RB_COLUMN_INTEGER},
    {.name = "m", .type = RB_COLUMN_INTEGER},
    {.name = "n1", .type = RB_COLUMN_INTEGER},
    {.name = "n2", .type = RB_COLUMN_INTEGER},
    {.name = "rounds", .type = RB_COLUMN_INTEGER},
    {.name = "law", .type = RB_COLUMN_TEXT},
    {.name = "tasks", .type = RB_COLUMN_TEXT},
    {.name = "inputs", .type = RB_COLUMN_TEXT},
    {.name = "ablation", .type = RB_COLUMN_TEXT},
    {.name = "samples", .type = RB_COLUMN_SI, .unit = ""},
    {.name = "flop", .type = RB_COLUMN_SI, .unit = "flop"},
    {.name = "repetitions", .type = RB_COLUMN_INTEGER},
    {.name = "id", .type = RB_COLUMN_TEXT},
};

/* Trainings of a cell: one, and with timing at least the suite's repetitions. */
static uint64_t trainings(const rb_cell *cell) {
  return cell->part->mode == RB_MODE_TIME ? 1 + (uint64_t)cell->part->repetitions : 1;
}

static void add_row(rb_table *table, const rb_cell *cell) {
  const rb_problem *p = &cell->problem;
  rb_table_row(table);
  rb_table_text(table, AT_PART, cell->part->name);
  rb_table_text(table, AT_MODE, rb_mode_names[cell->part->mode]);
  rb_table_text(table, AT_BACKEND, rb_backend_names[cell->backend]);
  rb_table_integer(table, AT_SEED, p->seed);
  rb_table_integer(table, AT_D, p->d);
  rb_table_integer(table, AT_R, p->r);
  rb_table_integer(table, AT_T, p->T);
  rb_table_integer(table, AT_M, p->m);
  rb_table_integer(table, AT_N1, p->n1);
  rb_table_integer(table, AT_N2, p->n2);
  rb_table_integer(table, AT_ROUNDS, p->rounds);
  rb_table_text(table, AT_LAW, rb_law_names[p->law]);
  rb_table_text(table, AT_TASKS, rb_task_law_names[p->tasks]);
  rb_table_text(table, AT_INPUTS, rb_sampling_names[p->inputs]);
  rb_table_text(table, AT_ABLATION, rb_ablation_names[p->ablation]);
  rb_table_real(table, AT_SAMPLES, rb_problem_samples(p) * p->rounds);
  rb_table_real(table, AT_FLOP, rb_problem_flop(p) * p->rounds);
  rb_table_integer(table, AT_REPETITIONS, trainings(cell));
  rb_table_text(table, AT_ID, cell->id);
}

bool rb_dryrun_print(const rb_plan *plan, rb_format format, rb_err *err) {
  rb_table *table = NULL;
  double flop = 0;
  if (!rb_table_open(columns, sizeof columns / sizeof *columns, &table, err))
    return false;
  for (size_t i = 0; i < plan->n_cells; i++) {
    const rb_cell *cell = &plan->cells[i];
    add_row(table, cell);
    flop += rb_problem_flop(&cell->problem) * cell->problem.rounds * (double)trainings(cell);
  }
  if (format == RB_FORMAT_TABLE || format == RB_FORMAT_MD) {
    rb_table_hide(table, AT_ID);
    for (size_t i = AT_ROUNDS; i <= AT_ABLATION; i++) /* mostly the defaults */
      if (rb_table_is_constant(table, i))
        rb_table_hide(table, i);
  }
  bool ok = rb_table_write(table, format, stdout, err);
  rb_table_free(table);
  if (ok)
    fprintf(stderr,
            "%zu cells; %.3g Gflop in products: %.3g s at 100 GFLOP/s, verification not counted\n",
            plan->n_cells, flop * 1e-9, flop * 1e-11);
  return ok;
}
