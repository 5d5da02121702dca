// SPDX-License-Identifier: Apache-2.0
/* Proves: trainings sampled in collapsed coordinates have the law of direct ones, from the weights
 * to the accuracy of a new task: metrics, singular values and accuracy over 600 seeds of each (200
 * where launches are slow) are not told apart below, above and far above d = m + r, with shared and
 * per-task inputs and in two rounds, while the same procedure sees a Bartlett factor 5 % too large
 * in each of these. A right program fails here with probability 0.001 (Bonferroni over all
 * comparisons). Collapsed trainings agree with the reference, which sees one sample lost in the
 * covariance of what lies outside. Fails if a scale or a coordinate of the collapsed round is wrong
 * (single degrees of freedom are left to tests/unit/test_collapse.c), or if features of either kind
 * meet other inputs. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../two_samples.h"
#include "cl/program.h"
#include "fixture.h"
#include "model/collapse.h"
#include "model/metrics.h"
#include "model/tasks.h"
#include "net/features.h"
#include "net/train.h"

/* ---- two samples ---- */

enum { SEEDS = 600, FEWER = 200, M = 20, R = 2, N_TRAINING = 40 };

/* What is compared of a seed: singular values of W+ M^T, those past the largest as shares of it,
 * and ||W+ (I - P)|| of Frobenius beside the metrics. */
enum { ALIGNMENT, SIN_THETA, LARGEST, SHARE, OUTSIDE = SHARE + R - 1, ACCURACY, N_MEASURED };
static const char *const measured[N_MEASURED] = {
    "alignment", "sin_theta", "largest singular", "second singular", "norm outside", "accuracy"};

static const struct shape {
  uint32_t d, T, n, rounds;
  rb_sampling inputs;
  double decay;
} shapes[] = {
    {16, 64, 150, 1, RB_INPUTS_SHARED, 0.25}, /* m + r = 22 */
    {26, 64, 150, 1, RB_INPUTS_SHARED, 0.5},  {200, 64, 150, 1, RB_INPUTS_SHARED, 1},
    {40, 12, 30, 1, RB_INPUTS_PER_TASK, 1},   {120, 64, 300, 2, RB_INPUTS_SHARED, 0.25},
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes, N_COMPARED = N_SHAPES * N_MEASURED * 2 };

/* The device and how much it can bear. */
typedef struct bench {
  fixture f;
  const rb_variant *variant;
  size_t seeds;
  uint32_t n_tests;
} bench;

static bool on_llvmpipe(const fixture *f) {
  return strstr(f->device->name, "llvmpipe") != NULL;
}

/* llvmpipe takes ten times as long for each launch, and longer for groups of work-items. */
static bench bench_open(const char *test) {
  bench b = {.f = fixture_open(test, false), .seeds = SEEDS, .n_tests = 512};
  static rb_variant chosen;
  chosen = rb_variant_choose(b.f.device);
  b.variant = &chosen;
  if (on_llvmpipe(&b.f)) {
    b.variant = rb_variant_find("vector4");
    b.seeds = FEWER;
    b.n_tests = 256;
  }
  return b;
}

static rb_problem problem_of(const struct shape *shape, rb_sampler sampler) {
  rb_problem p = rb_problem_default();
  rb_err err = {0};
  p.d = shape->d;
  p.m = M;
  p.r = R;
  p.T = shape->T;
  p.n1 = p.n2 = shape->n;
  p.rounds = shape->rounds;
  p.inputs = shape->inputs;
  p.decay = shape->decay;
  p.sampler = sampler;
  cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
  return p;
}

/* W+ of p's seed, without a comparison with the reference. */
static void train(fixture *f, const rb_problem *p, const rb_layout *layout, float *W) {
  rb_net *net = NULL;
  rb_err err = {0};
  bool ok = rb_net_open(f->session, p, layout, NULL, &net, &err);
  for (uint32_t round = 0; ok && round < p->rounds; round++)
    ok = rb_net_round(net, round, &err);
  cr_assert(ok && rb_net_weights(net, W, &err), "%s", err.text);
  rb_net_close(net);
}

static void measure(const rb_problem *p, const float *W, double out[N_MEASURED]) {
  rb_problem inner = rb_problem_inner(p);
  size_t size = (size_t)inner.m * inner.d;
  double *wide = calloc(size, sizeof *wide), *axes = calloc((size_t)R * inner.d, sizeof *axes);
  double squares = 0;
  rb_metrics found;
  rb_err err = {0};
  cr_assert(wide && axes);
  for (size_t i = 0; i < size; i++)
    wide[i] = W[i];
  cr_assert(rb_tasks_subspace(&inner, axes, &err) &&
                rb_metrics_measure(&inner, wide, axes, &found, &err),
            "%s", err.text);
  for (int k = 0; k < R; k++)
    squares += found.singular[k] * found.singular[k];
  out[ALIGNMENT] = found.alignment;
  out[SIN_THETA] = found.sin_theta;
  out[LARGEST] =
      found.norm * sqrt(found.alignment / squares); /* ||W M^T|| = norm sqrt(alignment) */
  for (int k = 1; k < R; k++)
    out[SHARE + k - 1] = found.singular[k];
  out[OUTSIDE] = found.norm * sqrt(1 - found.alignment);
  free(wide);
  free(axes);
}

/* One training a seed, from `first` on: table (seeds, N_MEASURED). */
static void sample(bench *b, const rb_problem *problem, uint64_t first, double *table) {
  rb_problem inner = rb_problem_inner(problem);
  float *W = calloc((size_t)inner.m * inner.d, sizeof *W);
  rb_layout layout = fixture_layout(&b->f, problem, RB_BACKEND_NATIVE, 0, b->variant);
  rb_features *features = NULL;
  rb_err err = {0};
  cr_assert(W && rb_features_open(b->f.session, problem, RB_BACKEND_NATIVE, 0, b->variant, 1,
                                  b->n_tests, &features, &err),
            "%s", err.text);
  for (uint64_t i = 0; i < b->seeds; i++) {
    double *row = table + i * N_MEASURED;
    rb_problem p = *problem;
    p.seed = first + i;
    rb_trial trial = {.seed = ~p.seed, .n = N_TRAINING, .m = M, .task = RB_NEW_TASK_RANDOM};
    train(&b->f, &p, &layout, W);
    measure(&p, W, row);
    cr_assert(rb_features_set(features, 0, &p, W, &err) &&
                  rb_features_trial(features, 0, &trial, &row[ACCURACY], &err),
              "%s", err.text);
  }
  rb_features_close(features);
  free(W);
}

/* Least p-value of all comparisons of two tables, times N_COMPARED; of which, in *where. */
static double compare(size_t n, const double *x, const double *y, const char **where) {
  double a[SEEDS], b[SEEDS], least = 1;
  for (size_t c = 0; c < N_MEASURED; c++) {
    for (size_t i = 0; i < n; i++) {
      a[i] = x[i * N_MEASURED + c];
      b[i] = y[i * N_MEASURED + c];
    }
    double p = fmin(two_samples_welch(a, b, n), two_samples_ks(a, b, n));
    if (p <= least) {
      least = p;
      *where = measured[c];
    }
  }
  return fmin(least * N_COMPARED, 1);
}

Test(collapse, samplers_are_not_told_apart_and_a_planted_scale_is) {
  static double direct[SEEDS * N_MEASURED], other[SEEDS * N_MEASURED];
  bench b = bench_open("collapse samplers");
  uint64_t first = (uint64_t)rb_random_u32(&b.f.random) << 31; /* every sample has its own seeds */
  size_t caught = 0;
  for (size_t s = 0; s < N_SHAPES; s++) {
    const char *where = "", *where_planted = "";
    rb_problem p = problem_of(&shapes[s], RB_SAMPLER_DIRECT);
    rb_problem q = problem_of(&shapes[s], RB_SAMPLER_COLLAPSED);
    sample(&b, &p, first += b.seeds, direct);
    sample(&b, &q, first += b.seeds, other);
    double same = compare(b.seeds, direct, other, &where);
    rb_collapse_plant(1.05);
    sample(&b, &q, first += b.seeds, other);
    rb_collapse_plant(1);
    double planted = compare(b.seeds, direct, other, &where_planted);
    printf("d=%u %s rounds=%u: corrected p %.2g (%s); 5 %% planted %.2g (%s)\n", p.d,
           rb_sampling_names[p.inputs], p.rounds, same, where, planted, where_planted);
    fflush(stdout);
    cr_expect_gt(same, 0.001, "d %u, %s: p %.2g", p.d, where, same);
    caught += planted < 0.001;
  }
  cr_expect_geq(caught, b.seeds < SEEDS ? N_SHAPES - 1 : N_SHAPES, "planted, caught in %zu",
                caught);
  fixture_close(&b.f);
}

/* ---- against the reference ---- */

enum { KINDS = 16 };

/* d on either side of m + r, at it and far above; both samplings; one round and two. Few values of
 * what a launch's size depends on, as PoCL compiles a kernel again for each of these. */
static rb_problem odd_problem(rb_random *random, unsigned kind) {
  static const uint32_t ms[] = {7, 33, 65, 79}, ns[] = {23, 40};
  rb_problem p = rb_problem_default();
  rb_err err = {0};
  p.seed = rb_random_u32(random);
  p.r = fixture_between(random, 1, 4);
  p.m = ms[rb_random_below(random, 4)];
  const uint32_t widths[] = {fixture_between(random, p.r, p.m + p.r - 1), p.m + p.r,
                             p.m + p.r + fixture_between(random, 1, 60), RB_MAX_D_COLLAPSED};
  p.d = widths[kind % 4];
  p.inputs = kind / 4 % 2 ? RB_INPUTS_SHARED : RB_INPUTS_PER_TASK;
  p.rounds = 1 + kind / 8 % 2;
  p.T = fixture_between(random, 1, 3);
  p.n1 = ns[rb_random_below(random, 2)];
  p.n2 = ns[rb_random_below(random, 2)];
  p.decay = rb_random_below(random, 2) ? 1 : 0.25;
  p.sampler = RB_SAMPLER_COLLAPSED;
  cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
  return p;
}

static rb_trained trained(fixture *f, const rb_problem *p, rb_backend backend,
                          const rb_variant *variant) {
  uint32_t tile = rb_random_below(&f->random, 2) ? 17 : 0;
  rb_layout layout = fixture_layout(f, p, backend, tile, variant);
  rb_trained out;
  rb_err err = {0};
  cr_assert(rb_train_device(f->session, p, &layout, &out, &err), "%s: %s",
            fixture_describe(p, &layout), err.text);
  cr_assert_str_eq(out.scope, "full");
  return out;
}

/* Kinds first, first + step, .. */
static void agree(const char *name, rb_backend backend, const rb_variant *wanted, unsigned first,
                  unsigned step) {
  fixture f = fixture_open(name, true);
  const rb_variant chosen = rb_variant_choose(f.device), *variant = wanted ? wanted : &chosen;
  double worst = 0;
  for (unsigned kind = first; kind < KINDS && fixture_runs(&f, variant); kind += step) {
    rb_problem p = odd_problem(&f.random, kind);
    rb_trained t = trained(&f, &p, backend, variant);
    cr_assert_leq(t.error, 1, "%s: d=%u m=%u r=%u rounds=%u seed=%llu: %s", name, p.d, p.m, p.r,
                  p.rounds, (unsigned long long)p.seed, t.where);
    worst = fmax(worst, t.error);
    rb_train_free(&t);
  }
  printf("%s: worst error %.3f of what is allowed\n", name, worst);
  fflush(stdout);
  fixture_close(&f);
  fixture_no_leaks();
}

/* On llvmpipe, whose compiler takes ten seconds for one kernel of wide vectors, only the narrow
 * ones; single operations run with all of them there too. */
Test(collapse, agrees_with_the_reference_vectors) {
  fixture f = fixture_open("collapse vectors", false);
  bool narrow = on_llvmpipe(&f);
  fixture_close(&f);
  if (!narrow) {
    agree("collapse vector16", RB_BACKEND_NATIVE, rb_variant_find("vector16"), 0, 3);
    agree("collapse vector8", RB_BACKEND_NATIVE, rb_variant_find("vector8"), 1, 3);
  }
  agree("collapse vector4", RB_BACKEND_NATIVE, rb_variant_find("vector4"), narrow ? 0 : 2,
        narrow ? 1 : 3);
}

Test(collapse, agrees_with_the_reference_tiles) {
  agree("collapse tiles", RB_BACKEND_NATIVE, rb_variant_find("tiles"), 0, 1);
}

Test(collapse, agrees_with_the_reference_clblast) {
  agree("collapse clblast", RB_BACKEND_CLBLAST, NULL, 0, 1);
}

/* D is X only where the kernel sums the covariance. */
static const struct mutant {
  const char *variant, *from, *to;
} mutants[] = {
    {"vector8", "s < end; s++", "s + (D == X) < end; s++"},
    {"vector8", "STOREV(LOADV(to) + sum[b][c], to)",
     "STOREV(LOADV(to) + sum[b][c] * (D == X ? 1.001f : 1.0f), to)"},
    {"vector8", "(floatv)(d[b])", "(floatv)(d[D == X && b == TJ - 1 ? b - 1 : b])"},
    {"tiles", "+= SPANV(sum[a], b)", "+= SPANV(sum[a], b) * (D == X ? 0.99f : 1.0f)"},
};

Test(collapse, a_wrong_covariance_is_seen) {
  for (size_t i = 0; i < sizeof mutants / sizeof *mutants; i++) {
    fixture f = fixture_open(mutants[i].to, true);
    const rb_variant *variant = rb_variant_find(mutants[i].variant);
    char *text = fixture_mutate("backward.cl", mutants[i].from, mutants[i].to);
    rb_program_plant("backward.cl", text);
    for (unsigned kind = 2; kind < KINDS && fixture_runs(&f, variant); kind += 4) {
      rb_problem p = odd_problem(&f.random, kind);
      rb_trained t = trained(&f, &p, RB_BACKEND_NATIVE, variant);
      cr_expect(t.error > 1 && strstr(t.where, "covariance"), "SURVIVED: '%s', error %.3g, %s",
                mutants[i].to, t.error, t.where);
      rb_train_free(&t);
    }
    rb_program_plant("backward.cl", NULL);
    free(text);
    fixture_close(&f);
  }
}
