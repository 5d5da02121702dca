// SPDX-License-Identifier: Apache-2.0
/* Proves: the reference equals a literal transcription of the two steps at tiny odd sizes, for both
 * laws, both task laws, both samplings, every ablation, later rounds and subsets of rows; its steps
 * are minus the gradients of the hinge loss by finite differences; its slack covers every way of
 * deciding undecided signs and is reached; a right round in floats stays inside the tolerances, and
 * an error of 1e-3 in one sample's share leaves them. Fails if a sum misses a sample, a step size
 * or stream is wrong, a slack is too small or a tolerance too wide. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/half.h"
#include "model/inputs.h"
#include "model/reference.h"
#include "model/tasks.h"
#include "model/tolerance.h"

enum { MAX_T = 40, MAX_M = 9, MAX_DIM = 64 };

/* A round written as the equations read, with freedom to decide signs inside the undecided zone at
 * random (choices not 0), to compute in floats, and to spoil one sample's share. */
typedef struct literal {
  const rb_problem *p;
  const double *W;
  uint32_t round;
  double ambiguity;
  uint64_t choices; /* 0: none */
  rb_words at;      /* which sample is being decided: step, task, sample, sign */
  bool floats;
  rb_precision precision;            /* of the operands of both products */
  double spoil_head, spoil_gradient; /* relative error of the share of task 0, sample 1 */
  double M[MAX_DIM * 16], A[MAX_T][MAX_M], G[MAX_M][MAX_DIM], net_max;
} literal;

static double rounded(const literal *l, double v) {
  return l->floats ? (float)v : v;
}

static double operand(const literal *l, double v) {
  return l->precision == RB_PRECISION_HALF ? rb_half_round((float)v) : v;
}

static double inner(const literal *l, const double *a, const double *b) {
  double sum = 0;
  for (uint32_t k = 0; k < l->p->d; k++)
    sum = rounded(l, sum + rounded(l, rounded(l, a[k]) * rounded(l, b[k])));
  return sum;
}

static double pre_activation(const literal *l, const double *w, const double *x) {
  double a[MAX_DIM], b[MAX_DIM];
  for (uint32_t k = 0; k < l->p->d; k++) {
    a[k] = operand(l, w[k]);
    b[k] = operand(l, x[k]);
  }
  return inner(l, a, b);
}

/* One decision per step, sample and sign, and task unless tasks share inputs: there is one x then.
 */
static bool decide(literal *l, uint32_t sign, double value, double half_width, bool plain) {
  l->at.w[3] = sign;
  if (l->choices && fabs(value) <= half_width)
    return rb_philox(l->choices, l->at).w[0] & 1;
  return plain;
}

static double draw(literal *l, bool head, uint32_t t, uint32_t i, double *x) {
  rb_inputs_draw(l->p, head, l->round, t, i, x);
  l->at = (rb_words){{head, l->p->inputs == RB_INPUTS_SHARED ? 0 : t, i, 0}};
  double square = 0;
  for (uint32_t k = 0; k < l->p->d; k++) {
    square += x[k] * x[k];
    if (l->floats && l->p->law == RB_LAW_GAUSSIAN) /* an error of the size that devices make */
      x[k] = (float)(x[k] + 3e-7 * sin(1e6 * x[k]));
  }
  return sqrt(fmax(square, l->p->d));
}

static double label(literal *l, uint32_t t, const double *x, double x_len) {
  int8_t table[1 << 8];
  uint32_t pattern = 0;
  rb_tasks_tables(l->p, t, 1, table);
  for (uint32_t k = 0; k < l->p->r; k++) {
    double u = inner(l, l->M + k * l->p->d, x);
    pattern |= (uint32_t)decide(l, k, u, l->ambiguity * x_len, u >= 0) << k;
  }
  return table[pattern];
}

static void literal_head(literal *l) {
  const rb_problem *p = l->p;
  double x[MAX_DIM], a[MAX_M];
  rb_tasks_fixed_head(p, a);
  for (uint32_t t = 0; t < p->T; t++)
    for (uint32_t j = 0; j < p->m; j++)
      l->A[t][j] = p->ablation == RB_ABLATION_NO_HEAD ? rounded(l, a[j]) : 0;
  for (uint32_t t = 0; p->ablation != RB_ABLATION_NO_HEAD && t < p->T; t++)
    for (uint32_t i = 0; i < p->n1; i++) {
      double x_len = draw(l, true, t, i, x), y = label(l, t, x, x_len);
      double weight = t == 0 && i == 1 ? 1 + l->spoil_head : 1;
      for (uint32_t j = 0; j < p->m; j++) {
        double relu = fmax(pre_activation(l, l->W + j * p->d, x), 0);
        l->A[t][j] = rounded(l, l->A[t][j] + p->eta_a / p->n1 * weight * y * relu);
      }
    }
}

static double length(const double *x, uint32_t d) {
  double square = 0;
  for (uint32_t k = 0; k < d; k++)
    square += x[k] * x[k];
  return sqrt(square);
}

static void literal_round(literal *l) {
  const rb_problem *p = l->p;
  rb_err err = {0};
  double x[MAX_DIM];
  cr_assert(p->T <= MAX_T && p->m <= MAX_M && p->d <= MAX_DIM && p->r <= 8);
  cr_assert(rb_tasks_subspace(p, l->M, &err), "%s", err.text);
  literal_head(l);
  for (uint32_t j = 0; j < p->m; j++)
    for (uint32_t k = 0; k < p->d; k++)
      l->G[j][k] = 0;
  for (uint32_t t = 0; t < p->T; t++)
    for (uint32_t i = 0; i < p->n2; i++) {
      double x_len = draw(l, false, t, i, x), y = label(l, t, x, x_len);
      double weight = t == 0 && i == 1 ? 1 + l->spoil_gradient : 1, net = 0;
      for (uint32_t j = 0; j < p->m; j++) {
        const double *w = l->W + j * p->d;
        double z = pre_activation(l, w, x);
        net += l->A[t][j] * fmax(z, 0);
        if (decide(l, 16 + j, z, l->ambiguity * length(w, p->d) * x_len, z > 0))
          for (uint32_t k = 0; k < p->d; k++)
            l->G[j][k] = rounded(l, l->G[j][k] + weight * operand(l, y * l->A[t][j]) *
                                                     operand(l, x[k]) / ((double)p->T * p->n2));
      }
      l->net_max = fmax(l->net_max, fabs(net));
    }
}

static rb_problem small(void) {
  rb_problem p = rb_problem_default();
  p.d = 5;
  p.r = 2;
  p.m = 3;
  p.T = 3;
  p.n1 = 7;
  p.n2 = 5;
  return p;
}

/* Every combination of laws, sampling and ablation; body sees it settled. */
static void for_all(rb_problem base, void (*body)(rb_problem)) {
  rb_err err = {0};
  for (int code = 0; code < 24; code++) {
    rb_problem p = base;
    p.law = (rb_law)(code & 1);
    p.tasks = (rb_task_law)(code >> 1 & 1);
    p.inputs = (rb_sampling)(code >> 2 & 1);
    p.ablation = (rb_ablation)(code >> 3);
    if (p.ablation == RB_ABLATION_SAME_BATCH)
      p.n1 = p.n2;
    cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
    body(p);
  }
}

static void float_weights(const rb_problem *p, double *W) {
  rb_tasks_weights(p, W);
  for (uint32_t e = 0; e < p->m * p->d; e++)
    W[e] = (float)W[e];
}

static void compare_exactly(rb_problem p) {
  double W[MAX_M * MAX_DIM];
  rb_err err = {0};
  float_weights(&p, W);
  for (uint32_t round = 0; round < 3; round++) {
    static literal l;
    rb_reference all, some;
    const uint32_t rows[] = {0, p.m - 1};
    l = (literal){.p = &p, .W = W, .round = round};
    literal_round(&l);
    cr_assert(rb_reference_round(&p, round, W, NULL, 0, 0, RB_PRECISION_SINGLE, &all, &err), "%s",
              err.text);
    cr_assert(rb_reference_round(&p, round, W, rows, 2, 0, RB_PRECISION_SINGLE, &some, &err), "%s",
              err.text);
    cr_assert(all.n_rows == p.m && some.n_rows == 2 && some.rows[1] == p.m - 1);
    for (uint32_t t = 0; t < p.T; t++)
      for (uint32_t j = 0; j < p.m; j++) {
        cr_assert_float_eq(all.A[t * p.m + j], l.A[t][j], 1e-13 * all.A_scale[t * p.m + j] + 1e-18);
        cr_assert_eq(all.A_slack[t * p.m + j], 0);
      }
    for (uint32_t j = 0; j < p.m; j++)
      for (uint32_t k = 0; k < p.d; k++) {
        size_t e = j * p.d + k;
        cr_assert_float_eq(all.G[e], l.G[j][k], 1e-13 * all.G_scale[e] + 1e-18,
                           "round %u G[%u,%u] %g %g", round, j, k, all.G[e], l.G[j][k]);
        cr_assert_float_eq(all.W_next[e], (1 - p.decay) * W[e] + p.eta_w * l.G[j][k], 1e-12);
      }
    for (uint32_t k = 0; k < p.d; k++) {
      cr_assert_eq(some.G[k], all.G[k]);
      cr_assert_eq(some.G[p.d + k], all.G[(p.m - 1) * p.d + k]);
      cr_assert_eq(some.G_slack[p.d + k], all.G_slack[(p.m - 1) * p.d + k]);
    }
    cr_assert_float_eq(all.net_max, l.net_max, 1e-12 * l.net_max);
    cr_assert(p.m == 2 || some.net_max == -1);
    for (uint32_t e = 0; e < p.m * p.d; e++)
      W[e] = (float)all.W_next[e];
    rb_reference_free(&all);
    rb_reference_free(&some);
    cr_assert_null(all.A);
  }
}

Test(reference, equals_the_literal_round) {
  rb_problem p = small();
  for_all(p, compare_exactly);
  p.d = 17;
  p.r = 3;
  p.decay = 0.25;
  p.eta_a = 0.3;
  p.eta_w = 2;
  for_all(p, compare_exactly);
  p.d = p.r = p.m = p.T = p.n1 = p.n2 = 1;
  p.m = 2; /* rows {0, m - 1} must differ */
  for_all(p, compare_exactly);
}

/* Mean hinge loss of one batch with heads A: the linear region is asserted. */
static double hinge(const rb_problem *p, bool head, const double *W, const double *A) {
  static literal l;
  rb_err err = {0};
  double x[MAX_DIM], sum = 0;
  uint32_t n = head ? p->n1 : p->n2;
  l = (literal){.p = p};
  cr_assert(rb_tasks_subspace(p, l.M, &err), "%s", err.text);
  for (uint32_t t = 0; t < p->T; t++)
    for (uint32_t i = 0; i < n; i++) {
      double x_len = draw(&l, head, t, i, x), y = label(&l, t, x, x_len), net = 0;
      for (uint32_t j = 0; j < p->m; j++)
        net += A[t * p->m + j] * fmax(inner(&l, W + j * p->d, x), 0);
      cr_assert_lt(fabs(net), 1);
      sum += fmax(0, 1 - y * net) / n;
    }
  return sum;
}

static void differentiate(rb_problem p) {
  double W[MAX_M * MAX_DIM], A[MAX_T * MAX_M] = {0}, h = 1e-6;
  rb_err err = {0};
  rb_reference ref;
  float_weights(&p, W);
  cr_assert(rb_reference_round(&p, 0, W, NULL, 0, 0, RB_PRECISION_SINGLE, &ref, &err), "%s",
            err.text);
  for (uint32_t e = 0; p.ablation != RB_ABLATION_NO_HEAD && e < p.T * p.m; e++) {
    A[e] = h;
    double up = hinge(&p, true, W, A);
    A[e] = -h;
    double down = hinge(&p, true, W, A);
    A[e] = 0;
    cr_assert_float_eq(ref.A[e], -p.eta_a * (up - down) / (2 * h), 1e-8);
  }
  for (uint32_t e = 0; e < p.m * p.d; e++) {
    double w = W[e];
    W[e] = w + h;
    double up = hinge(&p, false, W, ref.A);
    W[e] = w - h;
    double down = hinge(&p, false, W, ref.A);
    W[e] = w;
    cr_assert_float_eq(ref.G[e], -(up - down) / (2 * h) / p.T, 1e-8, "G %g, difference %g",
                       ref.G[e], -(up - down) / (2 * h) / p.T);
    cr_assert_float_eq(ref.W_next[e], w + p.eta_w * ref.G[e] - p.decay * w, 1e-12);
  }
  cr_assert(ref.net_max > 0 && ref.net_max < 1);
  rb_reference_free(&ref);
}

Test(reference, steps_are_gradients_of_the_hinge_loss) {
  rb_problem p = small();
  p.decay = 0.5;
  for_all(p, differentiate);
}

static double slack_reached; /* largest |change| / slack seen */

static void cover_flips(rb_problem p) {
  static literal l;
  double W[MAX_M * MAX_DIM], ambiguity = 0.04;
  rb_err err = {0};
  rb_reference ref;
  float_weights(&p, W);
  cr_assert(rb_reference_round(&p, 0, W, NULL, 0, ambiguity, RB_PRECISION_SINGLE, &ref, &err), "%s",
            err.text);
  double head_rounding = rb_tolerance_head(p.n1, p.d, RB_PRECISION_SINGLE);
  for (uint64_t trial = 1; trial <= 60; trial++) {
    l = (literal){.p = &p, .W = W, .ambiguity = ambiguity, .choices = trial};
    literal_round(&l);
    for (uint32_t t = 0; t < p.T; t++)
      for (uint32_t j = 0; j < p.m; j++) {
        double slack = ref.A_slack[t * p.m + j], change = fabs(l.A[t][j] - ref.A[t * p.m + j]);
        cr_assert_leq(change, slack * (1 + 1e-12) + 1e-16);
        slack_reached = slack > 0 ? fmax(slack_reached, change / slack) : slack_reached;
      }
    for (uint32_t j = 0; j < p.m; j++)
      for (uint32_t k = 0; k < p.d; k++) {
        double slack = ref.G_slack[j * p.d + k], change = fabs(l.G[j][k] - ref.G[j * p.d + k]);
        cr_assert_leq(change, slack * (1 + 1e-12) + 1e-16, "law %d inputs %d ablation %d", p.law,
                      p.inputs, p.ablation);
        /* Beyond what rounding of the heads accounts for, slack comes from flips only. */
        if (slack > 1e3 * head_rounding * ref.G_scale[j * p.d + k])
          slack_reached = fmax(slack_reached, change / slack);
      }
    cr_assert_leq(fabs(l.net_max - ref.net_max), ref.net_slack);
  }
  rb_reference_free(&ref);
}

/* When both steps share a batch a sample's flips go together; here they are decided step by step,
 * which the slack must cover all the same. */
Test(reference, slack_covers_every_decision_and_is_reached) {
  for (uint64_t seed = 1; seed <= 12; seed++) {
    rb_problem p = small();
    p.seed = seed;
    for_all(p, cover_flips);
  }
  printf("largest change / slack: %.3f\n", slack_reached);
  cr_assert_gt(slack_reached, 0.999);
}

/* The largest |error| / (slack + tolerance) of a round in floats, for A and for G. */
static void use_of_tolerance(const rb_problem *p, rb_precision precision, rb_precision expected,
                             double spoil_head, double spoil_gradient, double *use_A,
                             double *use_G) {
  static literal l;
  double W[MAX_M * MAX_DIM];
  double samples = p->inputs == RB_INPUTS_SHARED ? p->n2 : (double)p->T * p->n2;
  rb_err err = {0};
  rb_reference ref;
  float_weights(p, W);
  l = (literal){.p = p,
                .W = W,
                .floats = true,
                .precision = precision,
                .spoil_head = spoil_head,
                .spoil_gradient = spoil_gradient};
  literal_round(&l);
  cr_assert(rb_reference_round(p, 0, W, NULL, 0, rb_tolerance_sign(p->d), expected, &ref, &err),
            "%s", err.text);
  *use_A = *use_G = 0;
  for (uint32_t t = 0; t < p->T; t++)
    for (uint32_t j = 0; j < p->m; j++) {
      size_t e = t * p->m + j;
      double allowed = ref.A_slack[e] + rb_tolerance_head(p->n1, p->d, expected) * ref.A_scale[e];
      double error = fabs(l.A[t][j] - ref.A[e]);
      *use_A = error > 0 ? fmax(*use_A, error / allowed) : *use_A;
    }
  for (uint32_t j = 0; j < p->m; j++)
    for (uint32_t k = 0; k < p->d; k++) {
      size_t e = j * p->d + k;
      double allowed = ref.G_slack[e] + rb_tolerance_gradient(samples, expected) * ref.G_scale[e];
      double error = fabs(l.G[j][k] - ref.G[e]);
      *use_G = error > 0 ? fmax(*use_G, error / allowed) : *use_G;
    }
  rb_reference_free(&ref);
}

static void stay_inside(rb_problem p) {
  double use_A, use_G;
  use_of_tolerance(&p, RB_PRECISION_SINGLE, RB_PRECISION_SINGLE, 0, 0, &use_A, &use_G);
  printf("d %2u n %3u T %2u law %d inputs %d ablation %d: use of tolerance A %.3f G %.3f\n", p.d,
         p.n1, p.T, p.law, p.inputs, p.ablation, use_A, use_G);
  cr_assert_lt(use_A, 1);
  cr_assert_lt(use_G, 1);
}

Test(reference, a_right_round_in_floats_is_inside_the_tolerances) {
  rb_problem p = small();
  for_all(p, stay_inside);
  p.d = 50;
  p.r = 3;
  p.m = 8;
  p.T = 30;
  p.n1 = p.n2 = 300;
  for_all(p, stay_inside);
}

/* With operands of half precision a round is inside what that is allowed and outside of what single
 * precision is; and without one sample it is outside of both. */
Test(reference, half_precision_has_its_own_tolerance) {
  rb_err err = {0};
  int seen = 0;
  for (uint64_t seed = 1; seed <= 20; seed++) {
    const rb_precision half = RB_PRECISION_HALF;
    rb_problem p = small();
    double use_A, use_G;
    p.seed = seed;
    p.d = seed % 2 ? 50 : 5;
    p.m = 8;
    p.n1 = p.n2 = seed % 2 ? 60 : 7;
    cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
    use_of_tolerance(&p, half, half, 0, 0, &use_A, &use_G);
    printf("half: use of tolerance A %.3f G %.3f\n", use_A, use_G);
    cr_assert(use_A < 1 && use_A > 1e-2 && use_G < 1 && use_G > 1e-2);
    use_of_tolerance(&p, half, RB_PRECISION_SINGLE, 0, 0, &use_A, &use_G);
    cr_assert(use_A > 3 && use_G > 3, "A %.3f G %.3f", use_A, use_G);
    use_of_tolerance(&p, half, half, -1, 0, &use_A, &use_G);
    seen += use_A > 1;
    use_of_tolerance(&p, half, half, 0, -1, &use_A, &use_G);
    seen += use_G > 1;
  }
  printf("half: one sample missing is seen %d times of 40\n", seen);
  cr_assert_geq(seen, 36); /* no neuron may be active on it */
}

/* 1e-3 of one sample's share: of 7 or 5 samples in all. */
Test(reference, a_slightly_wrong_round_is_outside) {
  rb_err err = {0};
  for (int shared = 0; shared < 2; shared++) {
    rb_problem p = small();
    double use_A, use_G;
    p.m = MAX_M; /* so that some neuron is active on the sample */
    p.inputs = (rb_sampling)shared;
    cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
    use_of_tolerance(&p, RB_PRECISION_SINGLE, RB_PRECISION_SINGLE, 1e-3, 0, &use_A, &use_G);
    printf("1e-3 of one head sample: A %.1f G %.1f times the tolerance\n", use_A, use_G);
    cr_assert_gt(use_A, 3);
    use_of_tolerance(&p, RB_PRECISION_SINGLE, RB_PRECISION_SINGLE, 0, 1e-3, &use_A, &use_G);
    printf("1e-3 of one gradient sample: A %.1f G %.1f times the tolerance\n", use_A, use_G);
    cr_assert_lt(use_A, 1);
    cr_assert_gt(use_G, 3);
  }
}

/* One sample missing of 300 x 30: still seen at sizes where verification runs in full. */
Test(reference, a_missing_sample_is_seen_at_moderate_size) {
  rb_err err = {0};
  for (int shared = 0; shared < 2; shared++) {
    rb_problem p = small();
    double use_A, use_G;
    p.d = 50;
    p.r = 3;
    p.m = 8;
    p.T = 30;
    p.n1 = p.n2 = 300;
    p.inputs = (rb_sampling)shared;
    cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
    use_of_tolerance(&p, RB_PRECISION_SINGLE, RB_PRECISION_SINGLE, 0, -1, &use_A, &use_G);
    printf("one of %u samples missing: G %.1f times the tolerance\n", p.T * p.n2, use_G);
    cr_assert_gt(use_G, 3);
    use_of_tolerance(&p, RB_PRECISION_SINGLE, RB_PRECISION_SINGLE, -1, 0, &use_A, &use_G);
    cr_assert_gt(use_A, 3);
  }
}

#ifdef __SANITIZE_ADDRESS__
/* Without this the sanitizer ends the program where calloc should return NULL. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
  return "allocator_may_return_null=1";
}
#endif

Test(reference, memory_that_is_not_there_is_an_error) {
  rb_problem p = rb_problem_default();
  rb_reference ref;
  rb_err err = {0};
  p.r = 16;
  p.T = UINT32_MAX;
  p.inputs = RB_INPUTS_SHARED; /* 2.8e14 bytes of tables */
  cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
  cr_assert(!rb_reference_round(&p, 0, (double[3200]){0}, (uint32_t[]){0}, 1, 0,
                                RB_PRECISION_SINGLE, &ref, &err));
  cr_assert_eq(err.kind, RB_FAILED);
  cr_assert_null(ref.A);
}
