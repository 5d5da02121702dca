// SPDX-License-Identifier: Apache-2.0
#include "model/problem.h"
#include <math.h>
#include <stddef.h>

const char *const rb_law_names[] = {"gaussian", "rademacher", NULL};
const char *const rb_task_law_names[] = {"balanced", "iid", NULL};
const char *const rb_sampling_names[] = {"per-task", "shared", NULL};
const char *const rb_ablation_names[] = {"none", "no-head", "same-batch", NULL};
const char *const rb_sampler_names[] = {"direct", "collapsed", NULL};

static const double two_pi = 6.28318530717958647693;

rb_problem rb_problem_default(void) {
  return (rb_problem){
      .seed = 1, .d = 50, .r = 3, .m = 64, .T = 1, .n1 = 500, .n2 = 500, .rounds = 1, .decay = 1};
}

static bool check_range(const char *name, uint32_t value, uint32_t last, rb_err *err) {
  if (value >= 1 && value <= last)
    return true;
  return rb_fail(err, RB_USAGE, "%s = %u is outside 1..%u", name, value, last);
}

/* value indexes a NULL-terminated list of names. */
static bool check_choice(const char *name, unsigned value, unsigned count, rb_err *err) {
  if (value < count)
    return true;
  return rb_fail(err, RB_USAGE, "%s = %u is not one of the %u known choices", name, value, count);
}

/* Within these ranges the products of step sizes with single-precision sums stay normal floats, and
 * the default eta_w of every allowed eta_a is itself allowed. */
static bool check_step(const char *name, double value, double limit, rb_err *err) {
  if (value >= 1 / limit && value <= limit) /* false for NaN */
    return true;
  return rb_fail(err, RB_USAGE, "%s = %g is neither 0 (the default) nor in %g..%g", name, value,
                 1 / limit, limit);
}

static bool check_sizes(const rb_problem *p, rb_err *err) {
  uint32_t most = p->sampler == RB_SAMPLER_COLLAPSED ? RB_MAX_D_COLLAPSED : RB_MAX_D;
  if (!check_range("d", p->d, most, err) || !check_range("r", p->r, RB_MAX_R, err) ||
      !check_range("m", p->m, RB_MAX_M, err) || !check_range("T", p->T, UINT32_MAX, err) ||
      !check_range("n1", p->n1, UINT32_MAX, err) || !check_range("n2", p->n2, UINT32_MAX, err) ||
      !check_range("rounds", p->rounds, RB_MAX_ROUNDS, err))
    return false;
  if (p->r > p->d)
    return rb_fail(err, RB_USAGE, "r = %u exceeds d = %u: a subspace has at most d dimensions",
                   p->r, p->d);
  uint64_t width = rb_problem_inner(p).d;
  if (p->m * width >= (uint64_t)1 << 31)
    return rb_fail(err, RB_USAGE, "m * d = %u * %llu is not below 2^31; try a smaller m or d", p->m,
                   (unsigned long long)width);
  uint32_t n = p->n1 > p->n2 ? p->n1 : p->n2;
  if ((uint64_t)p->T * n >= (uint64_t)1 << 63)
    return rb_fail(err, RB_USAGE, "T * max(n1, n2) = %u * %u is not below 2^63; try a smaller T",
                   p->T, n);
  return true;
}

bool rb_problem_settle(rb_problem *p, rb_err *err) {
  if (!check_choice("sampler", p->sampler, 2, err) || !check_sizes(p, err) ||
      !check_choice("law", p->law, 2, err) || !check_choice("tasks", p->tasks, 2, err) ||
      !check_choice("inputs", p->inputs, 2, err) || !check_choice("ablation", p->ablation, 3, err))
    return false;
  if (p->sampler == RB_SAMPLER_COLLAPSED && p->law != RB_LAW_GAUSSIAN)
    return rb_fail(err, RB_USAGE,
                   "sampler collapsed needs law gaussian: it rests on inputs without preferred "
                   "directions");
  if (p->ablation == RB_ABLATION_SAME_BATCH && p->n1 != p->n2)
    return rb_fail(
        err, RB_USAGE,
        "ablation same-batch needs n1 == n2, got n1 = %u and n2 = %u: both steps see the "
        "same samples",
        p->n1, p->n2);
  if (!(p->decay >= 0 && p->decay <= 1e20))
    return rb_fail(err, RB_USAGE, "decay = %g is outside 0..1e20", p->decay);
  if (p->eta_a == 0)
    p->eta_a = 1.0 / p->m;
  if (!check_step("eta_a", p->eta_a, 1e12, err))
    return false;
  if (p->eta_w == 0)
    p->eta_w = two_pi * (ldexp(1, (int)p->r) - 1) / p->eta_a;
  return check_step("eta_w", p->eta_w, 1e20, err);
}

rb_problem rb_problem_inner(const rb_problem *problem) {
  rb_problem inner = *problem;
  if (problem->sampler != RB_SAMPLER_COLLAPSED)
    return inner;
  uint32_t width = problem->d - problem->r;
  inner.sampler = RB_SAMPLER_DIRECT;
  inner.axes = true;
  inner.outside = width > problem->m ? width - problem->m : 0;
  inner.d = problem->r + (width < problem->m ? width : problem->m);
  return inner;
}

double rb_problem_samples(const rb_problem *p) {
  double head = p->ablation == RB_ABLATION_NO_HEAD ? 0 : p->n1;
  return (head + p->n2) * (p->inputs == RB_INPUTS_SHARED ? 1.0 : p->T);
}

double rb_product_flop(double samples, double d, double m) {
  return 2 * samples * d * m;
}

double rb_problem_flop(const rb_problem *problem) {
  rb_problem inner = rb_problem_inner(problem), *p = &inner;
  bool head_step = p->ablation != RB_ABLATION_NO_HEAD;
  double sets = p->inputs == RB_INPUTS_SHARED ? 1.0 : p->T;
  double flop = sets * 2 * rb_product_flop(p->n2, p->d, p->m);
  if (head_step)
    flop += sets * rb_product_flop(p->n1, p->d, p->m);
  if (p->outside > 0)
    flop += sets * rb_product_flop(p->n2, p->m, p->m);
  if (p->inputs == RB_INPUTS_SHARED) /* heads from patterns, and patterns from heads */
    flop += (head_step ? 2 : 1) * rb_product_flop(p->T, ldexp(1, (int)p->r), p->m);
  return flop;
}

double rb_problem_tile_bytes(const rb_problem *problem) {
  rb_problem inner = rb_problem_inner(problem);
  return rb_problem_samples(problem) * 4 * (2.0 * inner.d + 4.0 * inner.m);
}
