// SPDX-License-Identifier: Apache-2.0
/* Proves: from the records of trials with a planted n*(d) the exponent comes out, with intervals
 * that cover it; a planted 0.2 is never taken for independence, a planted 0 is in at least 80 of
 * 100; a d whose target is not reached contributes its failures and is never replaced by the cap,
 * so that a planted 1 stays 1 in the joint fit; few or narrow d, and data that say nothing, are
 * refused with a reason. Fails if the cap takes the place of n*, if the errors of the regression
 * are not stretched, if the interval or the margin is the wrong one, or a sign is wrong. */
#include "base/clock.h"
#include "report/psychometric.h"
#include "report/slope.h"
#include "trials_fixture.h"

/* One curve through records, as a trace has it. */
static rb_exponent_state judged(const world *w, rb_random *random, rb_exponent *out) {
  rb_trials trials;
  write_curve(w, &multitask, random);
  rb_trace trace = built();
  cr_assert(rb_trials_load(&trace, &trials, &err), "%s", err.text);
  cr_assert_eq(trials.n_curves, 1);
  cr_assert_eq(trials.n_used, w->n_d * w->n_trials);
  cr_assert(rb_exponent_fit(&trials.curves[0], out, &err), "%s", err.text);
  rb_exponent_state state = out->state;
  rb_trials_free(&trials);
  clear();
  return state;
}

static size_t count(const world *w, size_t n, rb_exponent_state wanted, uint64_t seed) {
  rb_random random = rb_random_make(seed, RB_STREAM_CHECK);
  size_t n_wanted = 0;
  for (size_t i = 0; i < n; i++) {
    rb_exponent e;
    n_wanted += judged(w, &random, &e) == wanted;
    rb_exponent_free(&e);
  }
  return n_wanted;
}

/* ---- the rule, on records ---- */

Test(exponent, planted_zero_is_accepted) {
  world w = usual();
  size_t n = count(&w, 100, RB_EXPONENT_INDEPENDENT, 1);
  printf("exponent 0, 6 d over 1.5 decades, 350 trials each: %zu of 100 independent\n", n);
  cr_expect_geq(n, 80);
}

Test(exponent, planted_two_tenths_is_refused) {
  world w = usual();
  w.exponent = 0.2;
  cr_expect_eq(count(&w, 50, RB_EXPONENT_GROWS, 2), 50);
  w.exponent = -0.2;
  cr_expect_eq(count(&w, 20, RB_EXPONENT_FALLS, 3), 20);
}

Test(exponent, planted_one_beyond_the_cap) {
  /* n* 441 at d = 128, and above the cap of 1024 from d = 512 on. */
  world w = usual();
  w.exponent = 1, w.level = 2500;
  rb_random random = rb_random_make(4, RB_STREAM_CHECK);
  double sum = 0, covered = 0;
  enum { N = 30 };
  for (int i = 0; i < N; i++) {
    rb_exponent e;
    cr_expect_eq(judged(&w, &random, &e), RB_EXPONENT_REFUSED);
    cr_expect(strstr(e.reason, "not reached") != NULL, "%s", e.reason);
    cr_expect(isnan(e.slope.value), "a slope from the d that are not censored alone is biased");
    size_t n_above = 0;
    for (size_t j = 0; j < e.n_points; j++) {
      n_above += e.points[j].censored == RB_EXPONENT_ABOVE;
      cr_expect(isnan(e.points[j].log_star) == (e.points[j].censored != RB_EXPONENT_SEEN));
    }
    cr_expect_geq(n_above, 3);
    sum += e.joint.value / N;
    covered += (e.joint.lo95 <= 1 && 1 <= e.joint.hi95) / (double)N;
    rb_exponent_free(&e);
  }
  printf("exponent 1, most d beyond the cap: joint %.3f, its 95 %% interval covers %.2f\n", sum,
         covered);
  cr_expect_float_eq(sum, 1, 0.05);
  cr_expect_geq(covered, 0.85);
}

Test(exponent, one_censored_d_is_refused) {
  world w = usual();
  planted_curve p;
  rb_random random = rb_random_make(5, RB_STREAM_CHECK);
  plant(&p, &w, &random);
  rb_exponent e = fitted(&p);
  cr_assert_eq(e.state, RB_EXPONENT_INDEPENDENT);
  rb_exponent_free(&e);
  /* Every trial of one d at the cap, all but two of them failures. */
  rb_trial *trials = p.trials + 3 * w.n_trials;
  for (size_t j = 0; j < w.n_trials; j++)
    trials[j].x = log(w.cap), trials[j].success = j < 2;
  p.points[3].n_successes = 2;
  e = fitted(&p);
  cr_expect_eq(e.state, RB_EXPONENT_REFUSED);
  cr_expect_str_eq(e.reason, "the target is not reached at the largest n for d=1024");
  cr_expect(isnan(e.slope.value) && isnan(e.points[3].log_star));
  cr_expect(e.points[3].lo > log(w.cap) && e.points[3].hi == INFINITY);
  cr_expect_eq(e.points[2].censored, RB_EXPONENT_SEEN);
  rb_exponent_free(&e);
  /* The target is reached wherever it was tried. */
  for (size_t j = 0; j < w.n_trials; j++)
    trials[j].success = true;
  p.points[3].n_successes = w.n_trials;
  e = fitted(&p);
  cr_expect_str_eq(e.reason, "the target is reached at the least n already for d=1024");
  cr_expect(e.points[3].hi < log(w.cap) && e.points[3].lo == -INFINITY);
  rb_exponent_free(&e);
  free(p.trials);
}

Test(exponent, nothing_but_failures_is_refused) {
  world w = usual();
  w.level = 1e9;
  rb_random random = rb_random_make(6, RB_STREAM_CHECK);
  rb_exponent e;
  cr_expect_eq(judged(&w, &random, &e), RB_EXPONENT_REFUSED);
  cr_expect_str_eq(e.reason, "the target is not reached at the largest n for d=128 and 5 more");
  cr_expect(isnan(e.joint.value) && isnan(e.slope.value) && isnan(e.scale));
  cr_expect(isnan(rb_exponent_success(&e, 1, 1)));
  rb_exponent_free(&e);
}

Test(exponent, few_or_narrow_d_are_refused) {
  world w = usual();
  rb_random random = rb_random_make(7, RB_STREAM_CHECK);
  rb_exponent e;
  w.n_d = 4;
  cr_expect_eq(judged(&w, &random, &e), RB_EXPONENT_REFUSED);
  cr_expect_str_eq(e.reason, "4 values of d, at least 5 are needed");
  rb_exponent_free(&e);
  w = usual();
  w.d_max = 128 * 31;
  cr_expect_eq(judged(&w, &random, &e), RB_EXPONENT_REFUSED);
  cr_expect_str_eq(e.reason, "d spans 1.49 decades, at least 1.5 are needed");
  cr_expect(isfinite(e.slope.value), "it is shown all the same");
  rb_exponent_free(&e);
  w.n_d = 1;
  cr_expect_eq(judged(&w, &random, &e), RB_EXPONENT_REFUSED);
  rb_exponent_free(&e);
  planted_curve p;
  w = usual();
  plant(&p, &w, &random);
  p.curve.margin = 1;
  e = fitted(&p);
  cr_expect_str_eq(e.reason, "the suite fixed no margin above 1");
  rb_exponent_free(&e);
  free(p.trials);
}

/* ---- intervals ---- */

typedef struct tally {
  double slope95, slope90, joint95, star95, ratio, independent, wrong; /* shares */
  double se, sd, mean;
} tally;

static tally tallied(const world *w, size_t n, uint64_t seed, const char *what) {
  rb_random random = rb_random_make(seed, RB_STREAM_CHECK);
  tally t = {0};
  double sum = 0, squares = 0, n_all = (double)n;
  rb_host_time start = rb_clock_now();
  for (size_t i = 0; i < n; i++) {
    planted_curve p;
    plant(&p, w, &random);
    rb_exponent e = fitted(&p);
    double least = INFINITY, most = -INFINITY;
    t.slope95 += (e.slope.lo95 <= w->exponent && w->exponent <= e.slope.hi95) / n_all;
    t.slope90 += (e.slope.lo90 <= w->exponent && w->exponent <= e.slope.hi90) / n_all;
    t.joint95 += (e.joint.lo95 <= w->exponent && w->exponent <= e.joint.hi95) / n_all;
    for (size_t j = 0; j < w->n_d; j++) {
      t.star95 +=
          (e.points[j].lo <= p.stars[j] && p.stars[j] <= e.points[j].hi) / n_all / (double)w->n_d;
      least = fmin(least, p.stars[j]), most = fmax(most, p.stars[j]);
    }
    t.ratio += (e.ratio[1] <= exp(most - least) && exp(most - least) <= e.ratio[2]) / n_all;
    t.independent += (e.state == RB_EXPONENT_INDEPENDENT) / n_all;
    t.se += e.slope.se / n_all;
    sum += e.slope.value / n_all, squares += e.slope.value * e.slope.value / n_all;
    rb_exponent_free(&e);
    free(p.trials);
  }
  t.mean = sum, t.sd = sqrt(squares - sum * sum);
  printf("%s: slope %.4f +- %.4f (se %.4f); covered: slope 95 %%: %.3f, 90 %%: %.3f, joint 95 %%: "
         "%.3f, n* 95 %%: %.3f, ratio: %.3f; independent %.3f; %.1f ms each\n",
         what, t.mean, t.sd, t.se, t.slope95, t.slope90, t.joint95, t.star95, t.ratio,
         t.independent, 1e3 * rb_clock_since_s(start) / n_all);
  return t;
}

/* The wider of a normal and a t interval covers 97.9 % in place of 95 where trials explain the
 * scatter (4 degrees of freedom), and comes down to 95 where the scatter is larger. */
Test(exponent, intervals_cover) {
  world w = usual();
  tally t = tallied(&w, 500, 8, "trials alone");
  cr_expect_float_eq(t.mean, 0, 0.002);
  cr_expect(t.slope95 >= 0.90 && t.slope95 <= 0.98);
  cr_expect_geq(t.slope90, 0.88);
  cr_expect(t.star95 > 0.93 && t.star95 < 0.975);
  cr_expect(t.joint95 > 0.92);
  cr_expect(t.ratio > 0.93);
  cr_expect_geq(t.independent, 0.8);
  /* No wider than they must be: t over z, and what the mean of max(1, .) adds. */
  cr_expect_leq(t.se, 1.3 * t.sd);
  w.scatter = 0.03;
  t = tallied(&w, 500, 9, "scatter .03 between d");
  cr_expect(t.slope95 >= 0.90 && t.slope95 <= 0.98);
  cr_expect(t.slope90 > 0.87 && t.slope90 < 0.97);
  cr_expect(t.joint95 > 0.87, "a fit without scatter, stretched by what the line leaves");
  cr_expect_geq(t.independent, 0.8);
}

Test(exponent, spread_between_pretrainings_is_seen) {
  world w = usual();
  w.spread = 0.2;
  tally t = tallied(&w, 100, 10, "spread .2 between pretrainings");
  cr_expect(t.slope95 > 0.90 && t.slope95 < 0.99);
  cr_expect_geq(t.star95, 0.88, "the errors of trials alone would cover 63 %%");
  cr_expect_geq(t.ratio, 0.88);
  cr_expect_geq(t.joint95, 0.88, "the trials alone would cover as little");
}

/* Seeds are common to all d, and so is most of what makes a pretraining good or bad: it widens the
 * intervals of n*, not those of what differs between d. */
Test(exponent, what_pretrainings_have_in_common_cancels) {
  world w = usual();
  w.spread = 0.08, w.common = 0.18;
  tally t = tallied(&w, 100, 15, "spread .18 in common, .08 between d");
  cr_expect(t.slope95 > 0.93);
  cr_expect(t.joint95 > 0.90);
  cr_expect(t.ratio > 0.90);
  cr_expect_geq(t.star95, 0.88);
  cr_expect_geq(t.independent, 0.75);
}

/* Near a maximum the profile is a parabola: its ends are at normal quantiles of the same error. */
Test(exponent, ends_of_the_profile) {
  world w = usual();
  planted_curve p;
  rb_random random = rb_random_make(14, RB_STREAM_CHECK);
  w.exponent = 0.3;
  plant(&p, &w, &random);
  rb_exponent e = fitted(&p);
  double lo = e.joint.value - e.joint.lo95, hi = e.joint.hi95 - e.joint.value;
  cr_expect_float_eq(lo / (e.joint.value - e.joint.lo90), 1.959964 / 1.644854, 0.02);
  cr_expect_float_eq(hi / (e.joint.hi90 - e.joint.value), 1.959964 / 1.644854, 0.02);
  cr_expect_float_eq(lo / hi, 1, 0.1);
  cr_expect_float_eq(e.joint.value, e.slope.value, e.slope.se);
  cr_expect_float_eq(e.joint_intercept, e.intercept, 7 * e.slope.se);
  rb_exponent_free(&e);
  free(p.trials);
}

/* At the margin itself at most 5 % may pass. */
Test(exponent, the_margin_is_the_margin) {
  world w = usual();
  w.exponent = log(1.25) / log(w.d_max / w.d_min);
  tally t = tallied(&w, 100, 11, "exponent at the margin");
  cr_expect_leq(t.independent, 0.05 + 2 * sqrt(0.05 * 0.95 / 100));
}

/* ---- the model ---- */

Test(exponent, half_succeed_at_star) {
  for (double g = 0; g <= 0.1; g += 0.05)
    for (double l = 0; l <= 0.1; l += 0.05) {
      rb_psychometric_shape shape = rb_psychometric_shape_make(0.3, g, l);
      cr_expect_float_eq(rb_psychometric_success(&shape, 0), 0.5, 1e-12);
      cr_expect_float_eq(rb_psychometric_success(&shape, 50), 1 - l, 1e-12);
      cr_expect_float_eq(rb_psychometric_success(&shape, -50), g, 1e-12);
      /* The score is the derivative of the logarithm. */
      double p = rb_psychometric_success(&shape, 0.2), h = 1e-6;
      double up = rb_psychometric_success(&shape, 0.2 - h); /* a larger star */
      cr_expect_float_eq(rb_psychometric_score(&shape, 0.2, true), (log(up) - log(p)) / h, 1e-5);
      cr_expect_float_eq(rb_psychometric_score(&shape, 0.2, false), (log(1 - up) - log(1 - p)) / h,
                         1e-4);
    }
}

/* No small move in any direction raises the likelihood, and the errors are those of its curvature.
 */
Test(exponent, the_fit_is_the_top) {
  world w = usual();
  planted_curve p;
  rb_random random = rb_random_make(12, RB_STREAM_CHECK);
  w.guess = 0.03, w.lapse = 0.04, w.n_trials = 2000;
  plant(&p, &w, &random);
  rb_exponent e = fitted(&p);
  cr_expect_float_eq(e.scale, w.scale, 0.04);
  rb_psychometric_shape shape = rb_psychometric_shape_make(e.scale, e.guess, e.lapse);
  for (size_t i = 0; i < w.n_d; i++) {
    const rb_trials_point *point = &p.points[i];
    rb_psychometric_bin bins[MOST_TRIALS];
    for (size_t j = 0; j < point->n_trials; j++)
      bins[j] = (rb_psychometric_bin){point->trials[j].x, 0, 1, point->trials[j].success};
    double star = e.points[i].log_star, h = 0.5 * e.points[i].se;
    double top = rb_psychometric_likelihood(&shape, bins, point->n_trials, star);
    double left = rb_psychometric_likelihood(&shape, bins, point->n_trials, star - h);
    double right = rb_psychometric_likelihood(&shape, bins, point->n_trials, star + h);
    cr_expect(left < top && right < top);
    double curvature = (2 * top - left - right) / (h * h);
    cr_expect_float_eq(e.points[i].se * sqrt(curvature / e.dispersion), 1, 0.1);
    cr_expect_float_eq(star, p.stars[i], 5 * e.points[i].se);
  }
  rb_exponent_free(&e);
  free(p.trials);
}

/* Six points with known errors; the numbers are numpy's (polyfit with weights) and scipy's t. */
Test(exponent, regression_of_a_worked_example) {
  static const double y[] = {4.50, 4.62, 4.47, 4.58, 4.66, 4.52};
  static const double se[] = {0.03, 0.04, 0.03, 0.05, 0.04, 0.03};
  rb_exponent_point points[6];
  rb_exponent e = {.points = points, .n_points = 6, .dispersion = 1, .contrast = 1};
  for (int i = 0; i < 6; i++)
    points[i] = (rb_exponent_point){
        .d = (uint64_t)128 << i, .log_star = y[i], .se = se[i], .censored = RB_EXPONENT_SEEN};
  rb_slope_fit(&e);
  cr_expect_float_eq(e.slope.value, 0.0118180479, 1e-9);
  cr_expect_float_eq(e.intercept, 4.4620726301, 1e-9);
  cr_expect_float_eq(e.chi2, 20.1599236226, 1e-8);
  cr_expect_float_eq(e.slope.se, 0.0248015273, 1e-9); /* stretched by sqrt(20.16 / 4) */
  cr_expect_float_eq(e.slope.lo90, -0.0410550083, 1e-8);
  cr_expect_float_eq(e.slope.hi90, 0.0646911041, 1e-8);
  cr_expect_float_eq(e.slope.lo95, -0.0570420311, 1e-8);
  cr_expect_float_eq(e.curvature[0], -0.0089168320, 1e-9);
  cr_expect_float_eq(e.curvature[1], -0.0997376317, 1e-8);
  cr_expect_float_eq(e.curvature[2], 0.0819039676, 1e-8);
  cr_expect_float_eq(e.ratio[0], 1.2092495977, 1e-9);
  cr_expect_float_eq(e.ratio[1], 1.0441884977, 1e-7);
  cr_expect_float_eq(e.ratio[2], 1.4004028895, 1e-7);
  /* With errors four times as large they explain the scatter: the interval is theirs. */
  for (int i = 0; i < 6; i++)
    points[i].se *= 4;
  rb_slope_fit(&e);
  cr_expect_float_eq(e.chi2, 20.1599236226 / 16, 1e-8);
  cr_expect_float_eq((e.slope.hi95 - e.slope.value) / e.slope.se, 1.959963985, 1e-8);
  for (int i = 0; i < 6; i++)
    points[i].se /= 4;
  /* Spread between pretrainings in the errors: the line is the same, as its scatter has it already;
   * the ratio, which knows the errors alone, is less sure. */
  for (int i = 0; i < 6; i++)
    points[i].se *= sqrt(2);
  e.dispersion = e.contrast = 2;
  rb_slope_fit(&e);
  cr_expect_float_eq(e.slope.se, 0.0248015273, 1e-9);
  cr_expect_float_eq(e.slope.value, 0.0118180479, 1e-9);
  cr_expect_gt(e.ratio[2], 1.45);
  e.contrast = 1; /* unless it is common to all d */
  rb_slope_fit(&e);
  cr_expect_float_eq(e.ratio[2], 1.4004028895, 1e-7);
}

/* ---- odd data ---- */

Test(exponent, odd_data) {
  rb_random random = rb_random_make(13, RB_STREAM_CHECK);
  for (int kind = 0; kind < 6; kind++) {
    world w = usual();
    planted_curve p;
    w.n_trials = kind == 0 ? 1 : 60;
    w.n_d = kind == 1 ? RB_TRIALS_MAX_POINTS : kind == 2 ? RB_TRIALS_MAX_POINTS + 1 : 6;
    plant(&p, &w, &random);
    for (size_t i = 0; i < w.n_d; i++) {
      rb_trial *trials = p.trials + i * w.n_trials;
      for (size_t j = 0; j < w.n_trials; j++) {
        if (kind == 3) /* a clean step: no errors could be had from it */
          trials[j].success = trials[j].x > log(90);
        if (kind == 4) /* the same n always */
          trials[j].x = log(95);
        if (kind == 5) /* the wrong way round */
          trials[j].success = trials[j].x < log(95);
      }
      p.points[i].n_successes = 0;
      for (size_t j = 0; j < w.n_trials; j++)
        p.points[i].n_successes += trials[j].success;
    }
    rb_exponent e = fitted(&p);
    printf("odd data %d: %s %s, slope %g, joint %g\n", kind, rb_exponent_states[e.state], e.reason,
           e.slope.value, e.joint.value);
    cr_expect(kind == 1 || kind == 3 || kind == 4 || e.state != RB_EXPONENT_INDEPENDENT);
    cr_expect((e.state == RB_EXPONENT_REFUSED) == (e.reason[0] != '\0'));
    rb_exponent_free(&e);
    free(p.trials);
  }
}
