// SPDX-License-Identifier: Apache-2.0
/* Proves: every bound of rb_problem_settle refuses what lies just outside it, with a text that
 * names the field, and accepts what lies just inside; default step sizes; flop and sample counts
 * against written-out numbers. Fails if a bound is dropped or shifted by one, or if a product is
 * counted twice. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "model/problem.h"

static void refuse(rb_problem problem, const char *field) {
  rb_err err = {0};
  cr_assert(!rb_problem_settle(&problem, &err), "%s was accepted", field);
  cr_assert_eq(err.kind, RB_USAGE);
  cr_assert_not_null(strstr(err.text, field), "'%s' does not name %s", err.text, field);
}

static void accept(rb_problem problem) {
  rb_err err = {0};
  cr_assert(rb_problem_settle(&problem, &err), "%s", err.text);
}

Test(problem, default_is_settled_by_documented_steps) {
  rb_problem p = rb_problem_default();
  rb_err err = {0};
  cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
  cr_assert_eq(p.seed, 1);
  cr_assert(p.d == 50 && p.r == 3 && p.m == 64 && p.T == 1 && p.n1 == 500 && p.n2 == 500);
  cr_assert(p.rounds == 1 && p.decay == 1);
  cr_assert(p.law == RB_LAW_GAUSSIAN && p.tasks == RB_TASKS_BALANCED);
  cr_assert(p.inputs == RB_INPUTS_PER_TASK && p.ablation == RB_ABLATION_NONE);
  cr_assert_float_eq(p.eta_a, 1.0 / 64, 1e-15);
  cr_assert_float_eq(p.eta_w, 2 * 3.14159265358979323846 * 7 * 64, 1e-10);
  rb_problem again = p;
  cr_assert(rb_problem_settle(&again, &err), "%s", err.text);
  cr_assert(again.eta_w == p.eta_w && again.eta_a == p.eta_a);
}

Test(problem, zero_sizes) {
  rb_problem p = rb_problem_default(), q;
  refuse((q = p, q.d = 0, q), "d = 0");
  refuse((q = p, q.r = 0, q), "r = 0");
  refuse((q = p, q.m = 0, q), "m = 0");
  refuse((q = p, q.T = 0, q), "T = 0");
  refuse((q = p, q.n1 = 0, q), "n1 = 0");
  refuse((q = p, q.n2 = 0, q), "n2 = 0");
  refuse((q = p, q.rounds = 0, q), "rounds = 0");
}

Test(problem, upper_bounds) {
  rb_problem p = rb_problem_default(), q;
  p.m = 1;
  accept((q = p, q.d = RB_MAX_D, q));
  refuse((q = p, q.d = RB_MAX_D + 1, q), "d = 16777217");
  accept((q = p, q.r = RB_MAX_R, q));
  refuse((q = p, q.r = RB_MAX_R + 1, q), "r = 17");
  accept((q = p, q.d = 5, q.r = 5, q));
  refuse((q = p, q.d = 4, q.r = 5, q), "r = 5 exceeds d = 4");
  accept((q = p, q.m = RB_MAX_M, q));
  refuse((q = p, q.m = RB_MAX_M + 1, q), "m = 1048577");
  accept((q = p, q.rounds = RB_MAX_ROUNDS, q));
  refuse((q = p, q.rounds = RB_MAX_ROUNDS + 1, q), "rounds = 65537");
}

Test(problem, products_of_sizes) {
  rb_problem p = rb_problem_default(), q;
  refuse((q = p, q.m = 1 << 15, q.d = 1 << 16, q), "m * d");
  accept((q = p, q.m = 1 << 15, q.d = (1 << 16) - 1, q));
  accept((q = p, q.T = UINT32_MAX, q.n1 = (uint32_t)1 << 31, q));
  refuse((q = p, q.T = UINT32_MAX, q.n1 = ((uint32_t)1 << 31) + 1, q), "T * max(n1, n2)");
  refuse((q = p, q.T = UINT32_MAX, q.n2 = UINT32_MAX, q), "T * max(n1, n2)");
}

Test(problem, choices) {
  rb_problem p = rb_problem_default(), q;
  accept(
      (q = p, q.law = RB_LAW_RADEMACHER, q.tasks = RB_TASKS_IID, q.inputs = RB_INPUTS_SHARED, q));
  refuse((q = p, q.law = (rb_law)2, q), "law");
  refuse((q = p, q.tasks = (rb_task_law)2, q), "tasks");
  refuse((q = p, q.inputs = (rb_sampling)2, q), "inputs");
  refuse((q = p, q.ablation = (rb_ablation)3, q), "ablation");
  p.ablation = RB_ABLATION_SAME_BATCH;
  accept(p);
  refuse((q = p, q.n1 = 501, q), "n1 == n2");
}

Test(problem, steps) {
  rb_problem p = rb_problem_default(), q;
  refuse((q = p, q.eta_a = NAN, q), "eta_a");
  refuse((q = p, q.eta_a = INFINITY, q), "eta_a");
  refuse((q = p, q.eta_a = -1, q), "eta_a");
  refuse((q = p, q.eta_a = 0.9e-12, q), "eta_a");
  refuse((q = p, q.eta_a = 1.1e12, q), "eta_a");
  accept((q = p, q.r = RB_MAX_R, q.eta_a = 1.1e-12, q));
  accept((q = p, q.r = 1, q.eta_a = 0.9e12, q));
  refuse((q = p, q.eta_w = NAN, q), "eta_w");
  refuse((q = p, q.eta_w = -INFINITY, q), "eta_w");
  refuse((q = p, q.eta_w = 1.1e20, q), "eta_w");
  refuse((q = p, q.eta_w = 0.9e-20, q), "eta_w");
  accept((q = p, q.eta_w = 0.9e20, q));
  refuse((q = p, q.decay = NAN, q), "decay");
  refuse((q = p, q.decay = -0.1, q), "decay");
  refuse((q = p, q.decay = INFINITY, q), "decay");
  accept((q = p, q.decay = 0, q));
  accept((q = p, q.decay = 1.5, q));
}

Test(problem, names_match_enums) {
  cr_assert_str_eq(rb_law_names[RB_LAW_RADEMACHER], "rademacher");
  cr_assert_str_eq(rb_task_law_names[RB_TASKS_IID], "iid");
  cr_assert_str_eq(rb_sampling_names[RB_INPUTS_SHARED], "shared");
  cr_assert_str_eq(rb_ablation_names[RB_ABLATION_NO_HEAD], "no-head");
  cr_assert_str_eq(rb_ablation_names[RB_ABLATION_SAME_BATCH], "same-batch");
  cr_assert(!rb_law_names[2] && !rb_task_law_names[2] && !rb_sampling_names[2]);
  cr_assert_null(rb_ablation_names[3]);
}

Test(problem, counts) {
  rb_problem p = rb_problem_default(); /* d m = 3200 */
  p.T = 10;
  cr_assert_eq(rb_problem_samples(&p), 10000);
  cr_assert_eq(rb_problem_flop(&p), 6.0 * 10 * 500 * 3200);
  p.n1 = 300;
  cr_assert_eq(rb_problem_samples(&p), 8000);
  cr_assert_eq(rb_problem_flop(&p), 10 * (2.0 * 300 + 4.0 * 500) * 3200);
  p.inputs = RB_INPUTS_SHARED;
  cr_assert_eq(rb_problem_samples(&p), 800);
  cr_assert_eq(rb_problem_flop(&p), (2.0 * 300 + 4.0 * 500) * 3200 + 4.0 * 10 * 8 * 64);
  p.ablation = RB_ABLATION_NO_HEAD;
  cr_assert_eq(rb_problem_samples(&p), 500);
  cr_assert_eq(rb_problem_flop(&p), 4.0 * 500 * 3200 + 2.0 * 10 * 8 * 64);
  p.inputs = RB_INPUTS_PER_TASK;
  cr_assert_eq(rb_problem_flop(&p), 10 * 4.0 * 500 * 3200);
  cr_assert_eq(rb_product_flop(3, 5, 7), 210);
}
