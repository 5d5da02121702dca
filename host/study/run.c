// SPDX-License-Identifier: Apache-2.0
#include "study/run.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/philox.h"
#include "cl/buffer.h"
#include "study/bench.h"
#include "study/recording.h"
#include "study/result.h"

enum { PASSES = 5 };        /* visits that share a cell's repetitions and time */
enum { SEARCH_STEPS = 10 }; /* of progress: a search of trials */
static const double visit_most_s = 0.5;

/* A run under way. */
typedef struct run_state {
  const rb_run *run;
  rb_result **results; /* (n_cells) owned; NULL before and after a cell's life */
  size_t *order;       /* (n_timed) cells of mode time, shuffled in each pass */
  size_t n_timed;
  rb_bench *bench; /* of the last complexity cell, or NULL */
  size_t steps_done, steps;
  rb_roof roof; /* best so far; 0 until measured */
  rb_host_time started;
} run_state;

bool rb_run_preflight(const rb_plan *plan, rb_session *session, rb_err *err) {
  for (size_t i = 0; i < plan->n_cells; i++) {
    const rb_cell *cell = &plan->cells[i];
    bool searched = cell->part->mode == RB_MODE_COMPLEXITY;
    rb_layout layout;
    if (cell->backend != RB_BACKEND_REFERENCE &&
        !(rb_layout_make(session, &cell->problem, cell->backend, cell->tile, NULL, &layout, err) &&
          (!searched || rb_features_fits(session, &cell->problem, cell->backend, cell->tile,
                                         cell->downstream.pretrainings, err)))) {
      rb_prefix(err, "part '%s'", cell->part->name);
      return rb_suite_locate(&cell->part->place, err);
    }
  }
  return true;
}

static void report_progress(run_state *s, const rb_cell *cell, const char *doing,
                            const char *when) {
  if (s->run->progress == NULL)
    return;
  rb_progress progress = {s->steps_done, s->steps, rb_clock_since_s(s->started), cell, doing, when};
  s->run->progress(s->run->progress_context, &progress);
}

static bool stopped(const run_state *s) {
  return *s->run->stop != 0;
}

/* Takes the record over. */
static bool put(run_state *s, rb_record *record, size_t cell, int code, rb_err *err) {
  bool ok = s->run->put(s->run->put_context, record, cell, code, err);
  rb_record_free(record);
  return ok;
}

static void free_cell(run_state *s, size_t i) {
  if (s->results[i])
    rb_result_free(s->results[i]);
  free(s->results[i]);
  s->results[i] = NULL;
}

/* Whether the device still works, asked after a failure. */
static bool is_lost(const run_state *s, rb_status status, rb_err *err) {
  if (!s->run->ends_lost || status != RB_STATUS_FAILED || s->run->session == NULL ||
      rb_buffer_works(s->run->session, err))
    return false;
  rb_prefix(err, "the device no longer works");
  return true;
}

static bool finish_cell(run_state *s, size_t i, rb_err *err) {
  rb_result *r = s->results[i];
  const rb_roof *roof = s->roof.gflops > 0 ? &s->roof : NULL;
  rb_status status = r->status;
  bool ok = true;
  for (size_t k = 0; ok && k < r->complexity.n_trials; k++)
    ok = put(s, rb_recording_trial(r, k, rb_session_device(s->run->session)), RB_RUN_NO_CELL,
             RB_DONE, err);
  ok = ok && put(s, rb_recording_cell(r, s->run->session, roof), i, rb_result_exit(status), err);
  free_cell(s, i);
  return ok && !is_lost(s, status, err);
}

/* A failed step becomes the cell's status. A Ctrl-C also ends the linkers that some drivers start,
 * which says nothing about the cell. */
static void fail_cell(const run_state *s, rb_result *r, rb_err *err) {
  bool by_signal = stopped(s) && err->kind != RB_WRONG;
  r->status = by_signal               ? RB_STATUS_INTERRUPTED
              : err->kind == RB_WRONG ? RB_STATUS_WRONG
                                      : RB_STATUS_FAILED;
  if (by_signal)
    rb_prefix(err, "interrupted");
  snprintf(r->reason, sizeof r->reason, "%s", err->text);
}

/* sin-theta after each round, of cells that have several and are more than checked. */
static bool follow_rounds(run_state *s, rb_result *r, rb_err *err) {
  const rb_problem *p = &r->cell->problem;
  bool reference = r->cell->backend == RB_BACKEND_REFERENCE;
  if (r->cell->part->mode == RB_MODE_CHECK || p->rounds < 2 || p->rounds > RB_TRAIN_FOLLOWED)
    return true;
  return rb_alloc((void **)&r->sin_theta_rounds, p->rounds, sizeof(double), "metrics", err) &&
         (reference ? rb_train_follow_reference(p, r->sin_theta_rounds, err)
                    : rb_train_follow(s->run->session, p, &r->layout, r->sin_theta_rounds, err));
}

static bool lay_out(const run_state *s, rb_result *r, rb_err *err) {
  return rb_layout_make(s->run->session, &r->cell->problem, r->cell->backend, r->squeeze.tile, NULL,
                        &r->layout, err);
}

/* Prepare and verify: trains the cell once and judges the result. */
static void train_cell(run_state *s, rb_result *r) {
  const rb_cell *cell = r->cell;
  rb_session *session = s->run->session;
  rb_err err;
  bool ok;
  if (cell->backend == RB_BACKEND_REFERENCE) {
    ok = rb_train_reference(&cell->problem, &r->trained, &err);
  } else {
    assert(session != NULL);
    rb_builds before = rb_session_builds(session);
    do
      ok = lay_out(s, r, &err) &&
           rb_train_device(session, &cell->problem, &r->layout, &r->trained, &err);
    while (!ok && !stopped(s) && rb_squeeze_again(&r->squeeze, session, r->layout.tile, &err));
    r->builds = rb_session_builds_since(session, before);
  }
  ok = ok && rb_result_judge(r, &err) && follow_rounds(s, r, &err);
  if (!ok)
    fail_cell(s, r, &err);
  /* Only hash and figures are needed from here on, and there may be many cells. */
  free(r->trained.W);
  free(r->trained.W0);
  r->trained.W = r->trained.W0 = NULL;
}

/* ---- complexity ---- */

typedef struct ticking {
  run_state *s;
  const rb_cell *cell;
  size_t begun; /* steps done when the search began */
} ticking;

static void tick_pretraining(void *context) {
  ticking *t = context;
  t->s->steps_done++;
  report_progress(t->s, t->cell, "pretraining", NULL);
}

static void tick_trial(void *context, double share) {
  ticking *t = context;
  t->s->steps_done = t->begun + (size_t)(share * SEARCH_STEPS);
  report_progress(t->s, t->cell, "running trials", NULL);
}

static size_t complexity_steps(const rb_cell *cell) {
  return (size_t)cell->downstream.pretrainings + SEARCH_STEPS;
}

/* The bench of the last cell if it serves this one too. */
static bool open_bench(run_state *s, rb_result *r, ticking *t, rb_err *err) {
  const rb_cell *cell = r->cell;
  rb_bench_tick tick = {tick_pretraining, t};
  bool ok;
  if (s->bench && rb_bench_serves(s->bench, cell)) {
    r->squeeze = s->bench->squeeze;
    return lay_out(s, r, err);
  }
  rb_bench_close(s->bench);
  s->bench = NULL;
  do {
    s->steps_done = t->begun;
    ok = lay_out(s, r, err) &&
         rb_bench_open(s->run->session, cell, &r->squeeze, s->run->stop, tick, &s->bench, err);
  } while (!ok && !stopped(s) &&
           rb_squeeze_again(&r->squeeze, s->run->session, r->layout.tile, err));
  if (ok)
    r->builds = s->bench->builds;
  return ok;
}

/* Pretrains, searches and judges. */
static void search_cell(run_state *s, rb_result *r) {
  ticking t = {.s = s, .cell = r->cell, .begun = s->steps_done};
  rb_err err;
  bool ok = open_bench(s, r, &t, &err);
  t.begun += r->cell->downstream.pretrainings;
  ok =
      ok &&
      rb_complexity_search(s->bench, r->cell, s->run->stop, tick_trial, &t, &r->complexity, &err) &&
      rb_session_check_guards(s->run->session, &err) &&
      rb_result_judge_complexity(r, s->bench, &err);
  if (!ok) {
    fail_cell(s, r, &err);
  } else if (stopped(s)) {
    r->status = RB_STATUS_INTERRUPTED;
    snprintf(r->reason, sizeof r->reason, "interrupted after %u pretrainings and %zu trials",
             s->bench->count, r->complexity.n_trials);
  }
  if (s->bench && (!ok || stopped(s))) { /* it may not be whole */
    rb_bench_close(s->bench);
    s->bench = NULL;
  }
  s->steps_done = t.begun + SEARCH_STEPS;
}

static bool may_be_timed(const rb_result *r) {
  return r->status == RB_STATUS_OK || r->status == RB_STATUS_OUTSIDE;
}

static bool train_all(run_state *s, rb_err *err) {
  const rb_plan *plan = s->run->plan;
  for (size_t i = 0; i < plan->n_cells && !stopped(s); i++) {
    rb_mode mode = plan->cells[i].part->mode;
    if (s->run->done && s->run->done[i])
      continue;
    report_progress(s, &plan->cells[i], mode == RB_MODE_COMPLEXITY ? "pretraining" : "verifying",
                    NULL);
    if (!rb_alloc((void **)&s->results[i], 1, sizeof(rb_result), "result", err))
      return false;
    s->results[i]->cell = &plan->cells[i];
    s->results[i]->squeeze.tile = plan->cells[i].tile;
    if (mode == RB_MODE_COMPLEXITY) {
      search_cell(s, s->results[i]);
    } else {
      train_cell(s, s->results[i]);
      s->steps_done++;
    }
    bool timed = mode == RB_MODE_TIME;
    if (timed && may_be_timed(s->results[i])) {
      s->order[s->n_timed++] = i;
    } else {
      s->steps_done += timed ? PASSES : 0;
      if (!finish_cell(s, i, err))
        return false;
    }
  }
  return true;
}

static bool measure_roof(run_state *s, const char *when, rb_err *err) {
  rb_roof roof;
  rb_err why;
  if (s->run->session == NULL || s->run->no_roofs)
    return true;
  report_progress(s, NULL, "measuring roofs", when);
  bool ok = rb_roof_measure(s->run->session, RB_ROOF_LAUNCHES, false, &roof, &why);
  if (ok) {
    s->roof.gflops = fmax(s->roof.gflops, roof.gflops);
    s->roof.gb_per_s = fmax(s->roof.gb_per_s, roof.gb_per_s);
  }
  return put(s,
             rb_recording_roof(&roof, rb_session_device(s->run->session), when,
                               ok ? NULL : why.text),
             RB_RUN_NO_CELL, ok ? RB_DONE : why.kind, err) &&
         (ok || !is_lost(s, RB_STATUS_FAILED, err));
}

static bool roofs_of_pass(run_state *s, unsigned pass, rb_err *err) {
  bool before = pass == 0 && s->roof.gflops == 0, between = pass == PASSES / 2;
  return !(before || between) || measure_roof(s, before ? "before" : "between", err);
}

/* The interval is narrow enough or the time spent. */
static bool is_settled(const rb_result *r) {
  const rb_part *part = r->cell->part;
  rb_spread spread;
  rb_err ignored;
  return r->times.spent_s >= part->budget_s || !rb_times_spread(&r->times, &spread, &ignored) ||
         spread.hi - spread.lo <= part->width * spread.median;
}

static bool is_measured(const rb_result *r) {
  return r->times.n >= r->cell->part->repetitions && is_settled(r);
}

/* Of the next visit: shares for each pass of the least number and, unless it is settled, of what
 * time is left. So cells that take a microsecond and those that take a second are timed over the
 * same minutes, and what the machine does meanwhile looks like neither's size. */
static size_t count_repetitions(const rb_result *r, unsigned pass) {
  const rb_part *part = r->cell->part;
  const rb_times *t = &r->times;
  size_t least = (part->repetitions + PASSES - 1) / PASSES;
  if (t->n == 0 || is_settled(r))
    return least;
  double share_s = (part->budget_s - t->spent_s) / (pass < PASSES ? PASSES - pass : 1);
  double more = fmin(share_s, visit_most_s) * (double)t->n / t->spent_s;
  return more > (double)least ? (size_t)more : least;
}

/* The counters of the host's processors say nothing about other devices. */
static bool runs_on_host(const run_state *s, const rb_cell *cell) {
  return cell->backend == RB_BACKEND_REFERENCE ||
         rb_session_device(s->run->session)->kind == RB_KIND_CPU;
}

static void visit_cell(run_state *s, rb_result *r, size_t n) {
  const rb_cell *cell = r->cell;
  rb_err err;
  if (runs_on_host(s, cell))
    r->times.energy = s->run->energy;
  bool ok =
      cell->backend == RB_BACKEND_REFERENCE
          ? rb_measure_reference(&cell->problem, r->trained.hash, n, s->run->stop, &r->times, &err)
          : rb_measure_device(s->run->session, &cell->problem, &r->layout, r->trained.hash, n,
                              s->run->stop, &r->times, &err);
  if (!ok)
    fail_cell(s, r, &err);
}

static void shuffle(size_t *order, size_t n, rb_random *random) {
  for (size_t i = n; i > 1; i--) {
    size_t j = rb_random_below(random, (uint32_t)i), kept = order[i - 1];
    order[i - 1] = order[j];
    order[j] = kept;
  }
}

/* One pass over the open cells; *left counts those that stay open. */
static bool measure_pass(run_state *s, rb_random *random, unsigned pass, size_t *left,
                         rb_err *err) {
  *left = 0;
  shuffle(s->order, s->n_timed, random);
  for (size_t k = 0; k < s->n_timed && !stopped(s); k++) {
    size_t i = s->order[k];
    if (s->results[i] == NULL)
      continue;
    report_progress(s, &s->run->plan->cells[i], "timing", NULL);
    visit_cell(s, s->results[i], count_repetitions(s->results[i], pass));
    if (pass < PASSES)
      s->steps_done++;
    if (!may_be_timed(s->results[i]) || is_measured(s->results[i])) {
      s->steps_done += pass + 1 < PASSES ? PASSES - pass - 1 : 0;
      if (!finish_cell(s, i, err))
        return false;
    } else {
      (*left)++;
    }
  }
  return true;
}

static bool measure_all(run_state *s, rb_err *err) {
  rb_random random = rb_random_make(s->run->order_seed, RB_STREAM_ORDER);
  size_t left = s->n_timed;
  for (unsigned pass = 0; left > 0 && !stopped(s); pass++)
    if (!roofs_of_pass(s, pass, err) || !measure_pass(s, &random, pass, &left, err))
      return false;
  return s->n_timed == 0 || stopped(s) || measure_roof(s, "after", err);
}

/* Cells that were verified but not timed to the end. */
static bool record_interrupted(run_state *s, rb_err *err) {
  for (size_t i = 0; i < s->run->plan->n_cells; i++)
    if (s->results[i]) {
      rb_result *r = s->results[i];
      if (may_be_timed(r)) {
        r->status = RB_STATUS_INTERRUPTED;
        snprintf(r->reason, sizeof r->reason, "interrupted after %zu of at least %u repetitions",
                 r->times.n, r->cell->part->repetitions);
      }
      if (!finish_cell(s, i, err))
        return false;
    }
  return true;
}

static size_t cell_steps(const rb_cell *cell) {
  switch (cell->part->mode) {
  case RB_MODE_TIME:
    return 1 + PASSES;
  case RB_MODE_COMPLEXITY:
    return complexity_steps(cell);
  default:
    return 1;
  }
}

bool rb_run_cells(const rb_run *run, rb_err *err) {
  size_t n = run->plan->n_cells;
  run_state s = {.run = run, .roof = run->roof, .started = rb_clock_now()};
  bool ok = rb_alloc((void **)&s.results, n, sizeof *s.results, "results", err) &&
            rb_alloc((void **)&s.order, n, sizeof *s.order, "results", err);
  for (size_t i = 0; ok && i < n; i++)
    s.steps += run->done && run->done[i] ? 0 : cell_steps(&run->plan->cells[i]);
  ok = ok && train_all(&s, err) && measure_all(&s, err) && record_interrupted(&s, err);
  for (size_t i = 0; s.results && i < n; i++)
    free_cell(&s, i);
  rb_bench_close(s.bench);
  free(s.results);
  free(s.order);
  return ok;
}
