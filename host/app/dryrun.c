// SPDX-License-Identifier: Apache-2.0
#include "app/dryrun.h"
#include "study/bench.h"

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
  AT_SAMPLER,
  AT_SOURCE, /* from here on of mode complexity alone */
  AT_TASK,
  AT_QUANTITY,
  AT_HEAD,
  AT_N,
  AT_TARGET,
  AT_PRETRAININGS,
  AT_TRIALS,
  AT_PRECISION,
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
    {.name = "sampler", .type = RB_COLUMN_TEXT},
    {.name = "source", .type = RB_COLUMN_TEXT},
    {.name = "task", .type = RB_COLUMN_TEXT},
    {.name = "quantity", .type = RB_COLUMN_TEXT},
    {.name = "head", .type = RB_COLUMN_TEXT},
    {.name = "n", .type = RB_COLUMN_INTEGER},
    {.name = "target", .type = RB_COLUMN_SETTING},
    {.name = "pretrainings", .type = RB_COLUMN_INTEGER},
    {.name = "trials", .type = RB_COLUMN_INTEGER},
    {.name = "precision", .type = RB_COLUMN_SETTING},
    {.name = "samples", .type = RB_COLUMN_SI, .unit = ""},
    {.name = "flop", .type = RB_COLUMN_SI, .unit = "flop"},
    {.name = "repetitions", .type = RB_COLUMN_INTEGER},
    {.name = "id", .type = RB_COLUMN_TEXT},
};

/* What a cell costs: `repetitions` trainings of `problem`. */
typedef struct cost {
  rb_problem problem;
  double samples, flop; /* of one */
  uint64_t repetitions;
} cost;

static bool is_searched(const rb_cell *cell) {
  return cell->part->mode == RB_MODE_COMPLEXITY;
}

/* before: the last complexity cell before this one, whose pretrainings may serve it too; or NULL.
 * Random and true features are not trained. */
static cost cost_of(const rb_cell *cell, const rb_cell *before) {
  cost c = {.problem = cell->problem, .repetitions = 1};
  rb_source source = cell->downstream.source;
  if (cell->part->mode == RB_MODE_TIME)
    c.repetitions += cell->part->repetitions;
  if (is_searched(cell)) {
    rb_bench bench = {.cell = before};
    c.problem = rb_downstream_pretraining(&cell->problem, source, 0);
    c.repetitions = before && rb_bench_serves(&bench, cell) ? 0 : cell->downstream.pretrainings;
    if (source == RB_SOURCE_RANDOM || source == RB_SOURCE_TRUE) {
      c.repetitions = 0;
      return c;
    }
  }
  c.samples = rb_problem_samples(&c.problem) * c.problem.rounds;
  c.flop = rb_problem_flop(&c.problem) * c.problem.rounds;
  return c;
}

static void add_downstream(rb_table *table, const rb_downstream *o) {
  rb_table_text(table, AT_SOURCE, rb_source_names[o->source]);
  rb_table_text(table, AT_TASK, rb_new_task_names[o->task]);
  rb_table_text(table, AT_QUANTITY, rb_quantity_names[o->quantity]);
  rb_table_text(table, AT_HEAD, rb_head_names[o->head]);
  rb_table_integer(table, AT_N, o->n);
  rb_table_real(table, AT_TARGET, o->target);
  rb_table_integer(table, AT_PRETRAININGS, o->pretrainings);
  rb_table_integer(table, AT_TRIALS, o->trials);
  rb_table_real(table, AT_PRECISION, o->precision);
}

static void add_row(rb_table *table, const rb_cell *cell, const cost *c) {
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
  rb_table_text(table, AT_SAMPLER, rb_sampler_names[p->sampler]);
  if (is_searched(cell))
    add_downstream(table, &cell->downstream);
  rb_table_real(table, AT_SAMPLES, c->samples);
  rb_table_real(table, AT_FLOP, c->flop);
  rb_table_integer(table, AT_REPETITIONS, c->repetitions);
  rb_table_text(table, AT_ID, cell->id);
}

/* Sets told[column] where the cells differ; first: the first complexity cell. */
static void note_told(const rb_cell *cell, const rb_cell *first, bool told[AT_PRECISION + 1]) {
  const rb_downstream *o = &cell->downstream, *other = &first->downstream;
  told[AT_SOURCE] |= o->source != other->source;
  told[AT_TASK] |= o->task != other->task;
  told[AT_QUANTITY] |= o->quantity != other->quantity;
  told[AT_HEAD] |= o->head != other->head;
  told[AT_N] |= o->n != other->n;
  told[AT_TARGET] |= o->target != other->target;
  told[AT_PRETRAININGS] |= o->pretrainings != other->pretrainings;
  told[AT_TRIALS] |= o->trials != other->trials;
  told[AT_PRECISION] |= o->precision != other->precision;
}

/* Leaves out what people need not see: mostly the defaults. */
static void trim(const rb_plan *plan, rb_table *table) {
  bool told[AT_PRECISION + 1] = {false};
  const rb_cell *first = NULL;
  for (size_t i = 0; i < plan->n_cells; i++) {
    const rb_cell *cell = &plan->cells[i];
    told[AT_SAMPLER] |= cell->problem.sampler != RB_SAMPLER_DIRECT;
    if (!is_searched(cell))
      continue;
    first = first ? first : cell;
    note_told(cell, first, told);
  }
  for (size_t i = AT_ROUNDS; i <= AT_ABLATION; i++)
    told[i] = !rb_table_is_constant(table, i);
  for (size_t i = AT_ROUNDS; i <= AT_PRECISION; i++)
    if (!told[i])
      rb_table_hide(table, i);
  rb_table_hide(table, AT_ID);
}

bool rb_dryrun_print(const rb_plan *plan, rb_format format, rb_err *err) {
  rb_table *table = NULL;
  const rb_cell *searched = NULL;
  double flop = 0;
  if (!rb_table_open(columns, sizeof columns / sizeof *columns, &table, err))
    return false;
  for (size_t i = 0; i < plan->n_cells; i++) {
    const rb_cell *cell = &plan->cells[i];
    cost c = cost_of(cell, searched);
    add_row(table, cell, &c);
    flop += c.flop * (double)c.repetitions;
    searched = is_searched(cell) ? cell : searched;
  }
  if (format == RB_FORMAT_TABLE || format == RB_FORMAT_MD)
    trim(plan, table);
  bool ok = rb_table_write(table, format, stdout, err);
  rb_table_free(table);
  if (ok)
    fprintf(stderr, "%zu cells; %.3g Gflop in products: %.3g s at 100 GFLOP/s, %s not counted\n",
            plan->n_cells, flop * 1e-9, flop * 1e-11,
            searched ? "verification and trials" : "verification");
  return ok;
}
