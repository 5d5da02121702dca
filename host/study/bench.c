// SPDX-License-Identifier: Apache-2.0
#include "study/bench.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "model/tasks.h"

static bool is_trained(rb_source source) {
  return source == RB_SOURCE_MULTITASK || source == RB_SOURCE_SINGLE;
}

/* A pretraining of the cell: W as floats, and what is measured on it. */
typedef struct work {
  rb_session *session;
  rb_bench *bench;
  rb_problem problem, inner;
  double *W, *M;
  float *weights;
} work;

static bool measure(work *w, const float *weights, rb_metrics *out, rb_err *err) {
  size_t size = (size_t)w->inner.m * w->inner.d;
  for (size_t i = 0; i < size; i++)
    w->W[i] = weights[i];
  return rb_metrics_measure(&w->inner, w->W, w->M, out, err);
}

static bool train(work *w, uint32_t k, rb_pretrained *one, rb_err *err) {
  const rb_cell *cell = w->bench->cell;
  rb_bench *bench = w->bench;
  rb_layout layout;
  rb_trained trained;
  if (!rb_layout_make(w->session, &w->problem, cell->backend, bench->squeeze.tile, NULL, &layout,
                      err) ||
      !rb_train_from(w->session, &w->problem, &layout, w->W, k == 0, &trained, err))
    return false;
  one->train_ns = trained.train_ns;
  one->gradient_norm = trained.gradient_norm;
  one->weights_moved = trained.weights_moved;
  one->net_largest = trained.net_largest;
  bench->net_kind = trained.net_kind;
  if (k == 0) {
    bench->scope = trained.scope;
    bench->error = trained.error;
    memcpy(bench->where, trained.where, sizeof bench->where);
    memcpy(bench->hash, trained.hash, sizeof bench->hash);
    bench->peak_bytes = trained.peak_bytes;
  }
  bool ok = measure(w, trained.W0, &one->before, err) && measure(w, trained.W, &one->metrics, err);
  memcpy(w->weights, trained.W, (size_t)w->inner.m * w->inner.d * sizeof(float));
  rb_train_free(&trained);
  return ok;
}

/* Of features that are not trained. */
static bool keep(work *w, rb_pretrained *one, rb_err *err) {
  size_t size = (size_t)w->inner.m * w->inner.d;
  for (size_t i = 0; i < size; i++)
    w->weights[i] = (float)w->W[i];
  return measure(w, w->weights, &one->metrics, err);
}

static bool add_pretraining(work *w, uint32_t k, rb_err *err) {
  rb_bench *bench = w->bench;
  rb_source source = bench->cell->downstream.source;
  rb_pretrained *one = &bench->all[k];
  w->problem = rb_downstream_pretraining(&bench->cell->problem, source, k);
  w->inner = rb_problem_inner(&w->problem);
  *one = (rb_pretrained){.seed = w->problem.seed,
                         .train_ns = NAN,
                         .gradient_norm = NAN,
                         .weights_moved = NAN,
                         .net_largest = NAN};
  one->before.alignment = one->before.ratio = NAN;
  if (!rb_tasks_subspace(&w->inner, w->M, err))
    return false;
  if (source == RB_SOURCE_TRUE)
    rb_downstream_true_weights(&w->inner, w->M, w->W);
  else if (!rb_downstream_weights(&w->problem, w->M, w->W, err))
    return false;
  return (is_trained(source) ? train(w, k, one, err) : keep(w, one, err)) &&
         rb_features_set(bench->features, k, &w->problem, w->weights, err);
}

bool rb_bench_open(rb_session *session, const rb_cell *cell, const rb_squeeze *squeeze,
                   const atomic_int *stop, rb_bench_tick tick, rb_bench **out, rb_err *err) {
  rb_bench *bench = NULL;
  uint32_t count = cell->downstream.pretrainings;
  *out = NULL;
  if (!rb_alloc((void **)&bench, 1, sizeof *bench, "bench", err))
    return false;
  *bench = (rb_bench){.cell = cell, .squeeze = *squeeze, .scope = "features", .net_kind = "exact"};
  work w = {.session = session, .bench = bench, .inner = rb_problem_inner(&cell->problem)};
  size_t size = (size_t)w.inner.m * w.inner.d;
  rb_builds before = rb_session_builds(session);
  bool ok =
      rb_alloc((void **)&bench->all, count, sizeof *bench->all, "pretrainings", err) &&
      rb_alloc((void **)&w.W, size, sizeof(double), "weights", err) &&
      rb_alloc((void **)&w.weights, size, sizeof(float), "weights", err) &&
      rb_alloc((void **)&w.M, (size_t)w.inner.r * w.inner.d, sizeof(double), "subspace", err) &&
      rb_features_open(session, &cell->problem, cell->backend, squeeze->tile, NULL, count,
                       RB_DOWNSTREAM_TESTS, &bench->features, err);
  for (uint32_t k = 0; ok && k < count && !*stop; k++) {
    ok = add_pretraining(&w, k, err);
    if (!ok)
      rb_prefix(err, "pretraining %u", k);
    bench->count += ok;
    if (tick.call)
      tick.call(tick.context);
  }
  bench->builds = rb_session_builds_since(session, before);
  free(w.W);
  free(w.weights);
  free(w.M);
  if (!ok) {
    rb_bench_close(bench);
    return false;
  }
  *out = bench;
  return true;
}

void rb_bench_close(rb_bench *bench) {
  if (bench == NULL)
    return;
  rb_features_close(bench->features);
  free(bench->all);
  free(bench);
}

static bool same_problem(const rb_problem *a, const rb_problem *b) {
  return a->seed == b->seed && a->d == b->d && a->r == b->r && a->m == b->m && a->T == b->T &&
         a->n1 == b->n1 && a->n2 == b->n2 && a->rounds == b->rounds && a->law == b->law &&
         a->tasks == b->tasks && a->inputs == b->inputs && a->ablation == b->ablation &&
         a->sampler == b->sampler && a->eta_a == b->eta_a && a->eta_w == b->eta_w &&
         a->decay == b->decay;
}

bool rb_bench_serves(const rb_bench *bench, const rb_cell *cell) {
  const rb_cell *own = bench->cell;
  return own->backend == cell->backend && own->tile == cell->tile &&
         own->downstream.source == cell->downstream.source &&
         own->downstream.pretrainings == cell->downstream.pretrainings &&
         same_problem(&own->problem, &cell->problem);
}
