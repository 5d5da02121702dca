// SPDX-License-Identifier: Apache-2.0
/* Proves: features of a new task, their sums and a head's answers agree with plain double loops in
 * every variant and both backends, for both samplers, at odd sizes, for few neurons of many and one
 * sample to many tiles of them; a trial's accuracy is that of the same trial in double, up to
 * samples that rounding decides; the same trial gives the same accuracy, whatever ran before; both
 * heads learn the true features equally well, and random ones in many dimensions teach nothing.
 * Fails if a kernel takes a wrong row, neuron, bias or scale, if a tile is lost, if a trial leaves
 * something behind, or if labels, samples or tests are not those of their seeds. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cl/blas.h"
#include "downstream.h"
#include "model/collapse.h"
#include "model/downstream.h"
#include "model/heads.h"
#include "model/inputs.h"
#include "model/linalg.h"
#include "model/tasks.h"
#include "model/tolerance.h"

/* ---- operations ---- */

static rb_problem random_problem(rb_random *random, uint32_t most) {
  rb_problem p = fixture_problem(random, most);
  rb_err err = {0};
  p.law = RB_LAW_GAUSSIAN;
  p.sampler = (rb_sampler)rb_random_below(random, 2);
  if (p.sampler == RB_SAMPLER_COLLAPSED && rb_random_below(random, 2))
    p.d = RB_MAX_D_COLLAPSED;
  cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
  return p;
}

static const char *describe(const rb_problem *p, const downstream_trial *t) {
  static char text[200];
  snprintf(text, sizeof text, "%s d=%u r=%u m=%u seed=%llu, trial n=%u m=%u, tile=%u, %u tests",
           rb_sampler_names[p->sampler], p->d, p->r, p->m, (unsigned long long)p->seed, t->n, t->m,
           t->tile, t->n_tests);
  return text;
}

static void operations(const char *name, rb_backend backend, const rb_variant *wanted) {
  enum { PROBLEMS = 8, LAUNCHES = 8 };
  fixture f = fixture_open(name, true);
  const rb_variant chosen = rb_variant_choose(f.device), *variant = wanted ? wanted : &chosen;
  double worst = 0;
  bool runs = fixture_runs(&f, variant);
  for (unsigned i = 0; i < LAUNCHES && runs; i++) {
    rb_check check;
    downstream_kernels(f.session, variant, &f.random, &check);
    cr_assert_leq(check.error, 1, "%s: %s", name, check.where);
    worst = fmax(worst, check.error);
  }
  for (unsigned i = 0; i < PROBLEMS && runs; i++) {
    rb_check check;
    downstream_trial trial;
    rb_problem p = random_problem(&f.random, 140);
    downstream_check(f.session, &p, backend, variant, &f.random, &check, &trial);
    cr_assert_leq(check.error, 1, "%s: %s: %s", name, describe(&p, &trial), check.where);
    worst = fmax(worst, check.error);
  }
  printf("%s: worst error %.3f of what is allowed\n", name, worst);
  fflush(stdout);
  fixture_close(&f);
  fixture_no_leaks();
}

Test(features, vector16) {
  operations("features vector16", RB_BACKEND_NATIVE, rb_variant_find("vector16"));
}

Test(features, vector8) {
  operations("features vector8", RB_BACKEND_NATIVE, rb_variant_find("vector8"));
}

Test(features, vector4) {
  operations("features vector4", RB_BACKEND_NATIVE, rb_variant_find("vector4"));
}

Test(features, tiles) {
  operations("features tiles", RB_BACKEND_NATIVE, rb_variant_find("tiles"));
}

Test(features, clblast) {
  operations("features clblast", RB_BACKEND_CLBLAST, NULL);
}

/* ---- a whole trial in double ---- */

typedef struct host_trial {
  rb_problem p;       /* the inner one, with the seed of what is drawn */
  const float *W;     /* of the pretraining */
  const double *axes; /* M (r, d) */
  int8_t table[1 << RB_MAX_R];
  uint32_t m, *neurons;
  float *biases;
  double scale, *x, *phi, *error;   /* (d), (m), (m): by how much a device's features may differ */
  double *gram, *rhs;               /* (m,m), (m) */
  double *gram_error, *rhs_error;   /* the same of the sums */
  double penalty;                   /* added to the diagonal */
  double *system, *head, *response; /* (m,m), (m), (m) */
} host_trial;

/* phi and error of x. */
static void host_features(host_trial *h) {
  size_t d = h->p.d;
  double x2 = 0;
  for (size_t i = 0; i < d; i++)
    x2 += h->x[i] * h->x[i];
  for (uint32_t j = 0; j < h->m; j++) {
    const float *row = h->W + h->neurons[j] * d;
    double z = 0, w2 = 0;
    for (size_t i = 0; i < d; i++) {
      z += row[i] * h->x[i];
      w2 += (double)row[i] * row[i];
    }
    double active = h->scale * z + h->biases[j];
    double error = h->scale * rb_tolerance_sign((double)d) * sqrt(w2 * fmax(x2, (double)d)) +
                   rb_tolerance_product(2) * (fabs(h->scale * z) + fabs(h->biases[j]));
    h->phi[j] = fmax(active, 0);
    h->error[j] = active < -error ? 0 : error;
  }
}

/* The label of x; 0 if rounding decides it. */
static int host_label(const host_trial *h) {
  uint32_t pattern = 0, d = h->p.d;
  bool sure = true;
  double x2 = 0;
  for (uint32_t i = 0; i < d; i++)
    x2 += h->x[i] * h->x[i];
  for (uint32_t k = 0; k < h->p.r; k++) {
    double u = 0;
    for (uint32_t i = 0; i < d; i++)
      u += h->axes[(size_t)k * d + i] * h->x[i];
    pattern |= (uint32_t)(u >= 0) << k;
    sure = sure && fabs(u) > rb_tolerance_sign(d) * sqrt(fmax(x2, d));
  }
  return sure ? h->table[pattern] : 0;
}

static void host_train(host_trial *h, const rb_trial *trial) {
  size_t m = h->m;
  double tolerance = rb_tolerance_product(trial->n);
  h->p.seed = trial->seed;
  for (uint32_t s = 0; s < trial->n; s++) {
    rb_inputs_draw(&h->p, true, 0, 0, s, h->x);
    host_features(h);
    int y = host_label(h);
    for (size_t j = 0; j < m; j++) {
      h->rhs[j] += y * h->phi[j];
      h->rhs_error[j] += h->error[j] + (tolerance + (y == 0)) * h->phi[j];
      for (size_t k = 0; k < m; k++) {
        h->gram[j * m + k] += h->phi[j] * h->phi[k];
        h->gram_error[j * m + k] += h->phi[j] * h->error[k] + h->phi[k] * h->error[j] +
                                    h->error[j] * h->error[k] + tolerance * h->phi[j] * h->phi[k];
      }
    }
  }
}

/* By how much the device's answer to phi may differ: the head's share is, to first order, that of
 * the response (gram + penalty)^-1 phi. A factor 2 for the second. */
static double answer_error(host_trial *h) {
  size_t m = h->m;
  rb_err err = {0};
  double out = 0, trace_error = 0, along = 0;
  for (size_t j = 0; j < m; j++)
    trace_error += h->gram_error[j * m + j];
  if (!(h->penalty > 0)) /* every neuron was dead, so the head is 0 */
    return trace_error > 0 ? INFINITY : 0;
  memcpy(h->system, h->gram, m * m * sizeof *h->system);
  memcpy(h->response, h->phi, m * sizeof *h->phi);
  for (size_t j = 0; j < m; j++)
    h->system[j * m + j] += h->penalty;
  cr_assert(rb_linalg_solve(h->system, m, h->response, &err), "%s", err.text);
  for (size_t j = 0; j < m; j++) {
    double row = h->rhs_error[j];
    for (size_t k = 0; k < m; k++)
      row += h->gram_error[j * m + k] * fabs(h->head[k]);
    out += fabs(h->response[j]) * row;
    out += fabs(h->head[j]) * (h->error[j] + rb_tolerance_product(m + 3.0) * h->phi[j]);
    along += fabs(h->response[j] * h->head[j]);
  }
  return 2 * (out + along * RB_DOWNSTREAM_PENALTY * trace_error / (double)m);
}

/* Test samples that are surely labelled right, and those that rounding decides. */
static void host_test(host_trial *h, uint64_t seed, uint32_t n_tests, uint32_t *right,
                      uint32_t *open) {
  size_t m = h->m;
  rb_err err = {0};
  cr_assert(rb_heads_ridge(h->gram, h->rhs, m, RB_DOWNSTREAM_PENALTY, h->head, &err), "%s",
            err.text);
  for (size_t j = 0; j < m; j++)
    h->penalty += RB_DOWNSTREAM_PENALTY * h->gram[j * m + j] / (double)m;
  h->p.seed = seed;
  *right = *open = 0;
  for (uint32_t s = 0; s < n_tests; s++) {
    double net = 0;
    rb_inputs_draw(&h->p, false, RB_MAX_ROUNDS, 0, s, h->x);
    host_features(h);
    int y = host_label(h);
    for (size_t j = 0; j < m; j++)
      net += h->head[j] * h->phi[j];
    if (y == 0 || fabs(net) < answer_error(h))
      ++*open;
    else
      *right += (net >= 0 ? 1 : -1) == y;
  }
}

/* The accuracy of a trial on p with weights W lies in low..high, in test samples. */
static void host_accuracy(const rb_problem *p, const float *W, const rb_trial *trial,
                          uint32_t n_tests, uint32_t *low, uint32_t *high) {
  host_trial h = {.p = rb_problem_inner(p), .W = W, .m = trial->m};
  size_t m = trial->m, d = h.p.d, r = h.p.r;
  double *room = calloc(r * d + d + 6 * m + 3 * m * m, sizeof *room), squares = 0;
  rb_err err = {0};
  uint32_t open;
  h.neurons = calloc(m, sizeof *h.neurons);
  h.biases = calloc(m, sizeof *h.biases);
  cr_assert(room && h.neurons && h.biases);
  h.p.inputs = RB_INPUTS_PER_TASK;
  h.p.ablation = RB_ABLATION_NONE;
  cr_assert(rb_tasks_subspace(&h.p, room, &err), "%s", err.text);
  h.axes = room;
  h.x = room + r * d;
  h.phi = h.x + d;
  h.error = h.phi + m;
  h.rhs = h.error + m;
  h.rhs_error = h.rhs + m;
  h.gram = h.rhs_error + m;
  h.gram_error = h.gram + m * m;
  h.system = h.gram_error + m * m;
  h.head = h.system + m * m;
  h.response = h.head + m;
  rb_downstream_table(trial->task, h.p.r, trial->seed, h.table);
  rb_downstream_neurons(trial->seed, h.p.m, trial->m, h.neurons, h.biases);
  for (size_t j = 0; j < m; j++)
    for (size_t i = 0; i < d; i++)
      squares += (double)W[h.neurons[j] * d + i] * W[h.neurons[j] * d + i];
  h.scale = squares > 0 ? sqrt((double)m / squares) : 1;
  host_train(&h, trial);
  host_test(&h, p->seed, n_tests, low, &open);
  *high = *low + open;
  free(room);
  free(h.neurons);
  free(h.biases);
}

static double tried(rb_features *features, uint32_t k, const rb_trial *trial) {
  double accuracy;
  rb_err err = {0};
  cr_assert(rb_features_trial(features, k, trial, &accuracy, &err), "%s", err.text);
  return accuracy;
}

static rb_features *opened(fixture *f, const rb_problem *p, rb_backend backend, uint32_t tile,
                           const rb_variant *variant, uint32_t count, uint32_t n_tests) {
  rb_features *features = NULL;
  rb_err err = {0};
  cr_assert(
      rb_features_open(f->session, p, backend, tile, variant, count, n_tests, &features, &err),
      "%s", err.text);
  return features;
}

static void set(rb_features *features, uint32_t k, const rb_problem *p, const float *W) {
  rb_err err = {0};
  cr_assert(rb_features_set(features, k, p, W, &err), "%s", err.text);
}

/* Tiles of 17 samples and many of these; few neurons, as a solution per test sample is asked of the
 * host. */
static void trials(const char *name, rb_backend backend, const rb_variant *wanted) {
  enum { PROBLEMS = 6, TILE = 17, TESTS = 300 };
  static const uint32_t ns[] = {1, 16, 17, 35, 104, 170};
  fixture f = fixture_open(name, true);
  const rb_variant chosen = rb_variant_choose(f.device), *variant = wanted ? wanted : &chosen;
  uint32_t open = 0;
  for (unsigned i = 0; i < PROBLEMS && fixture_runs(&f, variant); i++) {
    rb_problem p = random_problem(&f.random, 40);
    rb_features *features = opened(&f, &p, backend, TILE, variant, 1, TESTS);
    float *W = downstream_weights(&p, &f.random);
    rb_trial trial = {.seed = rb_random_u32(&f.random),
                      .n = ns[i],
                      .m = fixture_between(&f.random, 1, p.m),
                      .task = (rb_new_task)(i % 2)};
    uint32_t low, high;
    set(features, 0, &p, W);
    host_accuracy(&p, W, &trial, TESTS, &low, &high);
    double accuracy = tried(features, 0, &trial) * TESTS;
    downstream_trial what = {trial.n, trial.m, TILE, TESTS};
    cr_assert(accuracy > low - 0.1 && accuracy < high + 0.1, "%s: %s: %g right, host %u to %u",
              name, describe(&p, &what), accuracy, low, high);
    open += high - low;
    rb_features_close(features);
    free(W);
  }
  printf("%s: rounding decides %.2f %% of test samples\n", name, 100.0 * open / PROBLEMS / TESTS);
  cr_assert_leq(open, PROBLEMS * TESTS / 20, "too many are open for the test to say anything");
  fflush(stdout);
  fixture_close(&f);
}

Test(features, trial_in_double_native) {
  trials("trials chosen", RB_BACKEND_NATIVE, NULL);
}

Test(features, trial_in_double_tiles) {
  trials("trials tiles", RB_BACKEND_NATIVE, rb_variant_find("tiles"));
}

Test(features, trial_in_double_clblast) {
  trials("trials clblast", RB_BACKEND_CLBLAST, NULL);
}

/* ---- what is learned ---- */

enum { M = 128, TESTS = 2048 };

/* d, r = 2, m = 128. */
static rb_problem plain_problem(fixture *f, uint32_t d, rb_sampler sampler) {
  rb_problem p = rb_problem_default();
  rb_err err = {0};
  p.seed = rb_random_u32(&f->random);
  p.d = d;
  p.r = 2;
  p.m = M;
  p.sampler = sampler;
  cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
  return p;
}

static void set_true(rb_features *features, const rb_problem *p) {
  rb_problem inner = rb_problem_inner(p);
  size_t size = (size_t)inner.m * inner.d;
  double *axes = calloc((size_t)inner.r * inner.d, sizeof *axes),
         *wide = calloc(size, sizeof *wide);
  float *W = calloc(size, sizeof *W);
  rb_err err = {0};
  cr_assert(axes && wide && W && rb_tasks_subspace(&inner, axes, &err), "%s", err.text);
  rb_downstream_true_weights(&inner, axes, wide);
  for (size_t i = 0; i < size; i++)
    W[i] = (float)wide[i];
  set(features, 0, p, W);
  free(axes);
  free(wide);
  free(W);
}

static void set_random(rb_features *features, const rb_problem *p) {
  rb_problem inner = rb_problem_inner(p);
  size_t size = (size_t)inner.m * inner.d;
  double *wide = calloc(size, sizeof *wide);
  float *W = calloc(size, sizeof *W);
  rb_err err = {0};
  cr_assert(wide && W);
  if (p->sampler == RB_SAMPLER_COLLAPSED)
    cr_assert(rb_collapse_weights(p, wide, &err), "%s", err.text);
  else
    rb_tasks_weights(p, wide);
  for (size_t i = 0; i < size; i++)
    W[i] = (float)wide[i];
  set(features, 0, p, W);
  free(wide);
  free(W);
}

static double mean_accuracy(rb_features *features, rb_head head, rb_new_task task, uint32_t n) {
  enum { TRIALS = 6 };
  double sum = 0;
  for (uint64_t i = 0; i < TRIALS; i++) {
    rb_trial trial = {.seed = 1000 + i, .n = n, .m = M, .task = task, .head = head};
    sum += tried(features, 0, &trial);
  }
  return sum / TRIALS;
}

/* Parity of two signs has no linear part: random features learn it in few dimensions, and guess in
 * many. Bounds on guessing: five deviations of 2048 tests. */
Test(features, true_ones_are_learned_by_either_head_and_random_ones_are_not) {
  static const uint32_t ds[] = {4, 400, 2000, RB_MAX_D_COLLAPSED};
  enum { N_DS = 4, N = 600, TILE = 100 };
  fixture f = fixture_open("features learned", false);
  for (int i = 0; i < N_DS; i++) {
    bool far = i == N_DS - 1;
    rb_problem p = plain_problem(&f, ds[i], far ? RB_SAMPLER_COLLAPSED : RB_SAMPLER_DIRECT);
    rb_features *features = opened(&f, &p, RB_BACKEND_NATIVE, TILE, NULL, 1, TESTS);
    set_true(features, &p);
    double ridge = mean_accuracy(features, RB_HEAD_RIDGE, RB_NEW_TASK_PARITY, N);
    double hinge = mean_accuracy(features, RB_HEAD_HINGE, RB_NEW_TASK_PARITY, N);
    double table = mean_accuracy(features, RB_HEAD_RIDGE, RB_NEW_TASK_RANDOM, N);
    set_random(features, &p);
    double random = mean_accuracy(features, RB_HEAD_RIDGE, RB_NEW_TASK_PARITY, N);
    printf("d=%u: true features, parity %.3f ridge, %.3f hinge; table %.3f; random features %.3f\n",
           p.d, ridge, hinge, table, random);
    fflush(stdout);
    cr_expect(ridge > 0.9 && hinge > 0.9 && table > 0.9);
    cr_expect_float_eq(ridge, hinge, 0.03);
    if (i == 0)
      cr_expect_gt(random, 0.75);
    else
      cr_expect_float_eq(random, 0.5, 0.055);
    rb_features_close(features);
  }
  fixture_close(&f);
}

/* ---- nothing is left behind ---- */

enum { REPEATED = 6 };

static void repeated(rb_features *features, uint32_t k, rb_head head, double out[REPEATED]) {
  for (uint32_t i = 0; i < REPEATED; i++) {
    rb_trial trial = {.seed = i, .n = 20 + 31 * i, .m = M - 11 * i, .head = head};
    out[i] = tried(features, k, &trial);
  }
}

/* The same in another order, in another place beside others, and in another session. */
Test(features, same_trial_same_accuracy) {
  fixture f = fixture_open("features repeated", true), g = fixture_open("features other", true);
  rb_problem p = plain_problem(&f, 60, RB_SAMPLER_COLLAPSED), q = p;
  q.seed++;
  for (rb_head head = RB_HEAD_RIDGE; head <= RB_HEAD_HINGE; head++) {
    double first[REPEATED], again[REPEATED], other[REPEATED], elsewhere[REPEATED];
    rb_features *features = opened(&f, &p, RB_BACKEND_NATIVE, 33, NULL, 2, TESTS);
    rb_features *fresh = opened(&g, &p, RB_BACKEND_NATIVE, 33, NULL, 3, TESTS);
    float *W = downstream_weights(&p, &f.random);
    set(features, 0, &p, W);
    repeated(features, 0, head, first);
    set(features, 1, &q, W);
    repeated(features, 1, head, other);
    repeated(features, 0, head, again);
    set(fresh, 2, &p, W);
    repeated(fresh, 2, head, elsewhere);
    cr_assert_arr_eq(first, again, sizeof first);
    cr_assert_arr_eq(first, elsewhere, sizeof first);
    cr_assert_arr_neq(first, other, sizeof first, "tests do not follow the pretraining's seed");
    rb_features_close(features);
    rb_features_close(fresh);
    free(W);
  }
  fixture_close(&f);
  fixture_close(&g);
  fixture_no_leaks();
}

Test(features, useless_weights_are_named) {
  static float W[M * 60];
  fixture f = fixture_open("features useless", true);
  rb_problem p = plain_problem(&f, 60, RB_SAMPLER_DIRECT);
  rb_features *features = opened(&f, &p, RB_BACKEND_NATIVE, 0, NULL, 4, 64);
  rb_err err = {0};
  cr_assert_not(rb_features_set(features, 3, &p, W, &err));
  cr_assert_eq(err.kind, RB_WRONG);
  cr_assert(strstr(err.text, "pretraining 3"), "%s", err.text);
  W[77] = NAN;
  cr_assert_not(rb_features_set(features, 3, &p, W, &err));
  cr_assert_eq(err.kind, RB_WRONG);
  W[77] = 1; /* one neuron lives; trials mostly choose dead ones, whose features are constants */
  set(features, 3, &p, W);
  for (uint32_t i = 0; i < 8; i++) {
    rb_check check;
    rb_trial trial = {.seed = i, .n = 9, .m = 1 + i, .head = (rb_head)(i % 2)};
    double accuracy = tried(features, 3, &trial);
    cr_assert(accuracy >= 0 && accuracy <= 1);
    cr_assert(rb_features_check(features, 3, &trial, &check, &err), "%s", err.text);
    cr_assert_leq(check.error, 1, "%s", check.where);
  }
  rb_features_close(features);
  fixture_close(&f);
  fixture_no_leaks();
}

/* CLBlast pads what is no multiple of its tiles in scratch memory: a trial with such numbers of
 * neurons and samples, of a problem that needs none. The size is the least for which CLBlast 1.5.3
 * pads on CPUs. */
Test(features, clblast_scratch_suits_a_trial) {
  enum { SIZE = 1024 };
  fixture f = fixture_open("features scratch", true);
  rb_problem p = plain_problem(&f, 64, RB_SAMPLER_DIRECT);
  rb_err err = {0};
  double accuracy[2];
  p.m = SIZE;
  float *W = downstream_weights(&p, &f.random);
  rb_trial trial = {.seed = rb_random_u32(&f.random), .n = SIZE - 1, .m = SIZE - 1};
  for (rb_backend backend = RB_BACKEND_NATIVE; backend <= RB_BACKEND_CLBLAST; backend++) {
    rb_features *features = opened(&f, &p, backend, SIZE, NULL, 1, SIZE);
    set(features, 0, &p, W);
    accuracy[backend] = tried(features, 0, &trial);
    cr_assert(rb_session_check_guards(f.session, &err), "%s", err.text);
    rb_features_close(features);
  }
  cr_assert_float_eq(accuracy[0], accuracy[1], 0.01);
  free(W);
  fixture_close(&f);
}

/* Nothing is run: what CLBlast says it wants, against what there is. */
Test(features, clblast_scratch_suits_every_size) {
  enum { PROBLEMS = 24, SIZES = 200 };
  fixture f = fixture_open("features scratches", false);
  rb_err err = {0};
  size_t most = 0;
  for (int i = 0; i < PROBLEMS; i++) { /* every second number of neurons, or of rows, is round */
    uint32_t even = 256 * fixture_between(&f.random, 1, 16);
    uint32_t tile = 256 * fixture_between(&f.random, 1, 16) + i / 2 % 2;
    rb_problem p = plain_problem(&f, i % 3 ? 64 : even, RB_SAMPLER_DIRECT);
    p.m = even + i % 2;
    p.outside = 1; /* so that there is a Gram matrix, as in a trial */
    rb_layout l = fixture_layout(&f, &p, RB_BACKEND_CLBLAST, tile, NULL);
    cr_assert(rb_layout_widen(f.session, &p, &l, &err), "%s", err.text);
    for (int k = 0; k < SIZES; k++) {
      size_t bytes[3], there = l.counts[RB_BUFFER_scratch] * rb_layout_sizes[RB_BUFFER_scratch];
      size_t m = fixture_between(&f.random, k % 2 ? p.m - p.m / 8 : 1, p.m);
      size_t rows = fixture_between(&f.random, k % 3 ? tile - tile / 8 : 1, tile), d = p.d;
      rb_gemm forward = {.transpose_b = true, .m = rows, .n = m, .k = d};
      rb_gemm backward = {.transpose_a = true, .m = m, .n = d, .k = rows}, gram = backward;
      gram.n = m;
      forward.lda = forward.ldb = backward.ldb = backward.ldc = l.ldx;
      forward.ldc = backward.lda = gram.lda = gram.ldb = gram.ldc = l.ldm;
      cr_assert(rb_blas_scratch_bytes(f.session, &forward, &bytes[0], &err) &&
                    rb_blas_scratch_bytes(f.session, &backward, &bytes[1], &err) &&
                    rb_blas_scratch_bytes(f.session, &gram, &bytes[2], &err),
                "%s", err.text);
      for (int product = 0; product < 3; product++) {
        cr_assert_leq(bytes[product], there, "m %zu of %u, %zu rows of %u, product %d", m, p.m,
                      rows, tile, product);
        most = bytes[product] > most ? bytes[product] : most;
      }
    }
  }
  cr_assert_gt(most, 0, "no size wanted any scratch");
  fixture_close(&f);
}
