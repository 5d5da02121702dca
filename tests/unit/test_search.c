// SPDX-License-Identifier: Apache-2.0
/* The placement of trials (study/search.h) against simulated devices whose n* is known.
 *
 * Proves: the search finds n* without bias and its interval holds it as often as it says, for steep
 * and for flat curves; it stops at the wanted precision or at its trials; an n* beyond what may be
 * tried is called censored after few trials, one just inside is not; it needs fewer trials than
 * bisection for the same spread; the same seed places the same trials. Fails when: the posterior is
 * updated wrongly, trials are placed to one side, or a stopping rule is lost. */
#include "study/search.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/philox.h"

typedef struct outcome {
  rb_search_found found;
  uint32_t n_trials;
  double mean_ln_n;
} outcome;

/* One search of n* = star with slope s. */
static outcome search(const rb_search_plan *plan, double star, double s) {
  rb_search *search = NULL;
  rb_err err;
  rb_random random = rb_random_make(plan->seed ^ 0x5eed, RB_STREAM_CHECK);
  outcome o = {0};
  cr_assert(rb_search_open(plan, &search, &err), "%s", err.text);
  while (!rb_search_done(search)) {
    uint32_t n = rb_search_next(search);
    cr_assert(n >= plan->least && n <= plan->most, "n = %u", n);
    double p = 1 / (1 + exp(-(log(n) - log(star)) / s));
    rb_search_tell(search, n, rb_random_uniform(&random) < p);
    o.mean_ln_n += log(n);
    o.n_trials++;
  }
  o.found = rb_search_result(search);
  o.mean_ln_n /= o.n_trials;
  rb_search_close(search);
  return o;
}

typedef struct summary {
  double bias, spread, covered, trials;
} summary;

static summary repeat(rb_search_plan plan, double star, double s, int times) {
  summary out = {0};
  for (int i = 0; i < times; i++) {
    plan.seed = (uint64_t)i + 1;
    outcome o = search(&plan, star, s);
    double error = log(o.found.median / star);
    out.bias += error / times;
    out.spread += error * error / times;
    out.covered += (o.found.lo <= star && star <= o.found.hi) / (double)times;
    out.trials += (double)o.n_trials / times;
  }
  out.spread = sqrt(out.spread);
  return out;
}

/* 150 searches: the mean's standard error is spread / sqrt(150), the share's below .04. */
Test(search, finds_without_bias) {
  static const struct { double star, s; } cases[] = {{60, .27}, {300, .1}, {15, .8}};
  enum { TIMES = 150 };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rb_search_plan plan = {.least = 2, .most = 1024, .trials = 200, .precision = 1.01};
    summary r = repeat(plan, cases[i].star, cases[i].s, TIMES);
    printf("n* %g, s %g: bias %.4f, spread %.4f, covered %.3f\n", cases[i].star, cases[i].s, r.bias,
           r.spread, r.covered);
    cr_expect_lt(fabs(r.bias), 4 * r.spread / sqrt(TIMES));
    /* Information of a trial is at most 1 / (4 s^2), here with trials spread over the curve. */
    cr_expect_lt(r.spread, 1.6 * 2 * cases[i].s / sqrt(200));
    cr_expect_gt(r.covered, .86);
    cr_expect_float_eq(r.trials, 200, 1e-6);
  }
}

Test(search, stops_at_the_precision) {
  rb_search_plan plan = {.least = 2, .most = 1024, .trials = 30000, .precision = 1.1, .seed = 3};
  outcome o = search(&plan, 90, .27);
  cr_expect_leq(o.found.hi / o.found.median, 1.1001);
  cr_expect_leq(o.found.median / o.found.lo, 1.1001);
  cr_expect(o.n_trials >= 32 && o.n_trials < 400, "%u trials", o.n_trials);
  plan.precision = 1.03;
  cr_expect_gt(search(&plan, 90, .27).n_trials, 3 * o.n_trials);
}

Test(search, censored_beyond_the_largest) {
  rb_search_plan plan = {.least = 2, .most = 256, .trials = 1000, .precision = 1.1};
  for (uint64_t seed = 1; seed <= 20; seed++) {
    plan.seed = seed;
    outcome far = search(&plan, 1e6, .3), near = search(&plan, 150, .3);
    cr_expect(far.found.censored && far.n_trials < 100, "seed %d: %u trials", (int)seed,
              far.n_trials);
    cr_expect(!near.found.censored, "seed %d", (int)seed);
    cr_expect_gt(near.mean_ln_n, log(50)); /* not wasted at the start */
  }
}

/* A staircase of factors: down after a success, up after a failure. */
static double bisected(uint64_t seed, uint32_t trials, double star, double s) {
  rb_random random = rb_random_make(seed, RB_STREAM_CHECK);
  double low = log(2), high = log(1024);
  uint32_t each = trials / 9; /* nine halvings, a vote of so many trials at each */
  for (int step = 0; step < 9; step++) {
    double at = (low + high) / 2, p = 1 / (1 + exp(-(at - log(star)) / s));
    uint32_t successes = 0;
    for (uint32_t i = 0; i < each; i++)
      successes += rb_random_uniform(&random) < p;
    *(2 * successes > each ? &high : &low) = at;
  }
  return (low + high) / 2;
}

Test(search, better_than_bisection) {
  enum { TIMES = 150, TRIALS = 99 };
  rb_search_plan plan = {.least = 2, .most = 1024, .trials = TRIALS, .precision = 1.0001};
  double square = 0;
  for (uint64_t i = 1; i <= TIMES; i++) {
    double error = bisected(i, TRIALS, 60, .4) - log(60);
    square += error * error / TIMES;
  }
  summary ours = repeat(plan, 60, .4, TIMES);
  printf("error of %d trials: %.4f, of bisection %.4f\n", TRIALS, ours.spread, sqrt(square));
  cr_expect_lt(ours.spread, .85 * sqrt(square));
}

Test(search, same_seed_same_trials) {
  rb_search_plan plan = {.least = 1, .most = 64, .trials = 100, .precision = 1.001, .seed = 9};
  outcome a = search(&plan, 12, .3), b = search(&plan, 12, .3);
  cr_expect(a.found.median == b.found.median && a.mean_ln_n == b.mean_ln_n);
  plan.seed = 10;
  cr_expect_neq(search(&plan, 12, .3).mean_ln_n, a.mean_ln_n);
}

/* Nothing but one value may be tried: no search, but an answer. */
Test(search, single_value) {
  rb_search_plan plan = {.least = 4, .most = 4, .trials = 40, .precision = 1.5, .seed = 1};
  outcome o = search(&plan, 1, .1);
  cr_expect(!o.found.censored);
  o = search(&plan, 100, .1);
  cr_expect(o.found.censored);
}
