// SPDX-License-Identifier: Apache-2.0
#include "model/heads.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/philox.h"
#include "model/linalg.h"

static const double GAP_WANTED = 1e-3;
enum { MAX_PASSES = 2000, PASSES_PER_CHECK = 5 };

bool rb_heads_ridge(const double *gram, const double *rhs, size_t m, double penalty, double *a,
                    rb_err *err) {
  double trace = 0, *system = NULL;
  for (size_t i = 0; i < m; i++) {
    trace += gram[i * m + i];
    for (size_t j = i; j < m; j++)
      if (!isfinite(gram[i * m + j]))
        return rb_fail(err, RB_WRONG, "sum of features %zu and %zu is %g", i, j, gram[i * m + j]);
    if (!isfinite(rhs[i]))
      return rb_fail(err, RB_WRONG, "sum of feature %zu and the labels is %g", i, rhs[i]);
  }
  memset(a, 0, m * sizeof *a);
  if (!(trace > 0))
    return true;
  if (!rb_alloc((void **)&system, m * m, sizeof *system, "ridge system", err))
    return false;
  memcpy(system, gram, m * m * sizeof *system);
  memcpy(a, rhs, m * sizeof *a);
  for (size_t i = 0; i < m; i++)
    system[i * m + i] += penalty * trace / (double)m;
  bool done = rb_linalg_solve(system, m, a, err);
  free(system);
  return done || rb_prefix(err, "ridge head with penalty %g, try a larger one", penalty);
}

typedef struct machine {
  const float *phi;
  const int8_t *y;
  size_t n, m;
  double lambda;
  double *square; /* (n) |phi_i|^2 */
  double *alpha;  /* (n) dual variables, in 0..1: a = 1/(lambda n) sum alpha_i y_i phi_i */
  size_t *order;  /* (n) */
  double *a;
} machine;

/* In a fixed order of 8 partial sums, so that it runs in vectors. */
static double dot(const double *a, const float *phi, size_t m) {
  double part[8] = {0}, sum = 0;
  size_t j = 0;
  for (; j + 8 <= m; j += 8)
    for (size_t l = 0; l < 8; l++)
      part[l] += a[j + l] * (double)phi[j + l];
  for (; j < m; j++)
    sum += a[j] * (double)phi[j];
  for (size_t l = 0; l < 8; l++)
    sum += part[l];
  return sum;
}

/* One exact maximization of the dual in each alpha_i, in an order drawn anew. */
static void pass(machine *s, rb_random *random) {
  double unit = s->lambda * (double)s->n;
  for (size_t i = s->n - 1; i > 0; i--) { /* Fisher and Yates */
    size_t other = rb_random_below(random, (uint32_t)(i + 1)), kept = s->order[i];
    s->order[i] = s->order[other];
    s->order[other] = kept;
  }
  for (size_t k = 0; k < s->n; k++) {
    size_t i = s->order[k];
    const float *phi = s->phi + i * s->m;
    if (!(s->square[i] > 0))
      continue;
    double slack = 1 - s->y[i] * dot(s->a, phi, s->m);
    double next = fmin(fmax(s->alpha[i] + slack * unit / s->square[i], 0), 1);
    double change = (next - s->alpha[i]) * s->y[i] / unit;
    s->alpha[i] = next;
    if (change != 0)
      for (size_t j = 0; j < s->m; j++)
        s->a[j] += change * (double)phi[j];
  }
}

/* (primal - dual) / primal, at least 0. */
static double relative_gap(const machine *s) {
  double norm = 0, loss = 0, dual = 0;
  for (size_t j = 0; j < s->m; j++)
    norm += s->a[j] * s->a[j];
  for (size_t i = 0; i < s->n; i++) {
    loss += fmax(0, 1 - s->y[i] * dot(s->a, s->phi + i * s->m, s->m));
    dual += s->alpha[i];
  }
  double primal = loss / (double)s->n + s->lambda / 2 * norm;
  dual = dual / (double)s->n - s->lambda / 2 * norm;
  return primal > dual ? (primal - dual) / primal : 0;
}

static bool measure_features(machine *s, double penalty, rb_err *err) {
  double total = 0;
  for (size_t i = 0; i < s->n; i++) {
    const float *phi = s->phi + i * s->m;
    for (size_t j = 0; j < s->m; j++)
      s->square[i] += (double)phi[j] * (double)phi[j];
    if (!isfinite(s->square[i])) {
      size_t j = 0;
      while (isfinite(phi[j]))
        j++;
      return rb_fail(err, RB_WRONG, "feature %zu of sample %zu is %g", j, i, (double)phi[j]);
    }
    total += s->square[i];
    s->order[i] = i;
    s->alpha[i] = s->square[i] > 0 ? 0 : 1; /* a sample without features: its best, at once */
  }
  s->lambda = penalty * total / ((double)s->n * (double)s->m);
  return true;
}

bool rb_heads_hinge(const float *phi, const int8_t *y, size_t n, size_t m, double penalty,
                    uint64_t seed, double *a, double *gap, rb_err *err) {
  assert(n >= 1 && n < UINT32_MAX && penalty > 0);
  machine s = {.phi = phi, .y = y, .n = n, .m = m, .a = a};
  rb_random random = rb_random_make(seed, RB_STREAM_ORDER);
  memset(a, 0, m * sizeof *a);
  *gap = 0;
  bool done = rb_alloc((void **)&s.square, n, sizeof *s.square, "feature norms", err) &&
              rb_alloc((void **)&s.alpha, n, sizeof *s.alpha, "dual variables", err) &&
              rb_alloc((void **)&s.order, n, sizeof *s.order, "order of samples", err) &&
              measure_features(&s, penalty, err);
  if (done && s.lambda > 0) {
    *gap = 1;
    for (int passes = 1; passes <= MAX_PASSES && *gap > GAP_WANTED; passes++) {
      pass(&s, &random);
      if (passes % PASSES_PER_CHECK == 0)
        *gap = relative_gap(&s);
    }
  }
  free(s.square);
  free(s.alpha);
  free(s.order);
  return done;
}
