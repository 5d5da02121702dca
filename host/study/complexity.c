// SPDX-License-Identifier: Apache-2.0
#include "study/complexity.h"
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

/* At least two samples, so that a random table may show two labels; one neuron. */
enum { LEAST_N = 2, LEAST_M = 1 };

static rb_trial make_trial(const rb_cell *cell, uint32_t pretraining, uint64_t i, uint32_t value) {
  const rb_downstream *o = &cell->downstream;
  bool samples = o->quantity == RB_QUANTITY_N;
  return (rb_trial){.seed = rb_downstream_seed(cell->problem.seed, pretraining, i),
                    .n = samples ? value : o->n,
                    .m = samples ? cell->problem.m : value,
                    .task = o->task,
                    .head = o->head};
}

static uint32_t largest(const rb_cell *cell) {
  return cell->downstream.quantity == RB_QUANTITY_N ? cell->downstream.n : cell->problem.m;
}

static bool verify(rb_bench *bench, const rb_cell *cell, rb_complexity *out, rb_err *err) {
  rb_trial trial = make_trial(cell, 0, UINT32_MAX, largest(cell));
  rb_check check = {0};
  if (!rb_features_check(bench->features, 0, &trial, &check, err))
    return false;
  out->feature_error = check.error;
  memcpy(out->where, check.where, sizeof out->where);
  return true;
}

static bool run_trial(rb_bench *bench, const rb_cell *cell, uint64_t i, rb_search *search,
                      rb_outcome *out, rb_err *err) {
  uint32_t k = (uint32_t)(i % bench->count), value = rb_search_next(search);
  rb_trial trial = make_trial(cell, k, i, value);
  double accuracy;
  if (!rb_features_trial(bench->features, k, &trial, &accuracy, err))
    return rb_prefix(err, "trial %llu", (unsigned long long)i);
  *out = (rb_outcome){.seed = trial.seed,
                      .n = trial.n,
                      .m = trial.m,
                      .pretraining = k,
                      .accuracy = (float)accuracy,
                      .success = accuracy >= cell->downstream.target};
  rb_search_tell(search, value, out->success);
  return true;
}

bool rb_complexity_search(rb_bench *bench, const rb_cell *cell, const atomic_int *stop,
                          void (*tick)(void *context, double share), void *context,
                          rb_complexity *out, rb_err *err) {
  const rb_downstream *o = &cell->downstream;
  uint32_t least = o->quantity == RB_QUANTITY_N ? LEAST_N : LEAST_M, most = largest(cell);
  rb_search_plan plan = {.least = least < most ? least : most,
                         .most = most,
                         .trials = o->trials,
                         .precision = o->precision,
                         .seed = cell->problem.seed};
  rb_search *search = NULL;
  *out = (rb_complexity){0};
  bool ok = rb_alloc((void **)&out->trials, o->trials, sizeof *out->trials, "trials", err) &&
            rb_search_open(&plan, &search, err) && verify(bench, cell, out, err);
  while (ok && bench->count > 0 && out->feature_error <= 1 && !rb_search_done(search) && !*stop) {
    ok = run_trial(bench, cell, out->n_trials, search, &out->trials[out->n_trials], err);
    out->n_trials += ok;
    if (tick)
      tick(context, (double)out->n_trials / o->trials);
  }
  if (search)
    out->found = rb_search_result(search);
  rb_search_close(search);
  return ok;
}

void rb_complexity_free(rb_complexity *complexity) {
  free(complexity->trials);
  *complexity = (rb_complexity){0};
}
