// SPDX-License-Identifier: Apache-2.0
/* Proves: axes make a Cartesian product in file order with the last one fastest; ranges of every
 * kind; expressions over other axes in any order; every kind of bad value, cycle and refused
 * problem with its exact text and place; repeated cells are dropped; identities are those of the
 * documented text, change with every axis and not with part, suite or order. Fails if an axis is
 * left out of the identity, if the odometer turns the other way, or if a bound or a place is lost.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/sha256.h"
#include "study/plan.h"
#include "study/range.h"

typedef struct fixture {
  rb_suite suite;
  rb_plan plan;
} fixture;

/* A suite of one part "p" whose lines begin in line 5, column 3. */
static rb_suite suite_of(const char *mode, const char *lines) {
  char text[4096];
  rb_suite suite;
  rb_err err = {0};
  int n =
      snprintf(text, sizeof text, "suite: x\nparts:\n- part: p\n  mode: %s\n  %s\n", mode, lines);
  cr_assert(rb_suite_parse("x.yaml", text, (size_t)n, &suite, &err), "%s", err.text);
  return suite;
}

static fixture planned(const char *lines) {
  fixture f = {.suite = suite_of("learn", lines)};
  rb_err err = {0};
  cr_assert(rb_plan_make(&f.suite, -1, &f.plan, &err), "%s", err.text);
  return f;
}

static void release(fixture *f) {
  rb_plan_free(&f->plan);
  rb_suite_free(&f->suite);
  cr_assert(f->plan.cells == NULL && f->plan.n_cells == 0);
}

static void refuse_suite(rb_suite *suite, const char *wanted) {
  rb_plan plan;
  rb_err err = {0};
  cr_assert(!rb_plan_make(suite, -1, &plan, &err), "planned, wanted: %s", wanted);
  cr_assert_eq(err.kind, RB_USAGE);
  cr_expect_str_eq(err.text, wanted, "\ngot    %s\nwanted %s", err.text, wanted);
  cr_assert(plan.cells == NULL && plan.n_cells == 0);
  rb_suite_free(suite);
}

static void refuse(const char *lines, const char *wanted) {
  rb_suite suite = suite_of("learn", lines);
  refuse_suite(&suite, wanted);
}

Test(plan, defaults_are_those_of_the_problem) {
  fixture f = planned("seed: 1");
  rb_problem p = rb_problem_default();
  rb_err err = {0};
  cr_assert(rb_problem_settle(&p, &err));
  cr_assert_eq(f.plan.n_cells, 1);
  const rb_cell *c = &f.plan.cells[0];
  const rb_problem *q = &c->problem;
  cr_assert(q->seed == p.seed && q->d == p.d && q->r == p.r && q->m == p.m && q->T == p.T);
  cr_assert(q->n1 == p.n1 && q->n2 == p.n2 && q->rounds == p.rounds && q->decay == p.decay);
  cr_assert(q->eta_a == p.eta_a && q->eta_w == p.eta_w && q->law == p.law && q->tasks == p.tasks);
  cr_assert(q->inputs == p.inputs && q->ablation == p.ablation);
  cr_assert(c->backend == RB_BACKEND_NATIVE && c->tile == 0 && c->part == &f.suite.parts[0]);
  release(&f);
}

Test(plan, every_axis_reaches_its_field) {
  fixture f = planned("seed: 9007199254740991\n  d: 41\n  r: 2\n  T: 43\n  m: 44\n  n1: 45\n"
                      "  n2: 45\n  rounds: 47\n  tile: 48\n  eta_a: 0.5\n  eta_w: 0.25\n"
                      "  decay: 0.125\n  law: rademacher\n  tasks: iid\n  inputs: shared\n"
                      "  ablation: same-batch\n  backend: reference");
  const rb_cell *c = &f.plan.cells[0];
  const rb_problem *q = &c->problem;
  cr_assert_eq(f.plan.n_cells, 1);
  cr_assert(q->seed == 9007199254740991 && q->d == 41 && q->r == 2 && q->T == 43 && q->m == 44);
  cr_assert(q->n1 == 45 && q->n2 == 45 && q->rounds == 47 && c->tile == 48);
  cr_assert(q->eta_a == .5 && q->eta_w == .25 && q->decay == .125);
  cr_assert(q->law == RB_LAW_RADEMACHER && q->tasks == RB_TASKS_IID);
  cr_assert(q->inputs == RB_INPUTS_SHARED && q->ablation == RB_ABLATION_SAME_BATCH);
  cr_assert(c->backend == RB_BACKEND_REFERENCE);
  release(&f);
}

Test(plan, last_axis_varies_fastest) {
  fixture f = planned("T: [3, 1..2]\n  law: [rademacher, gaussian]\n  d: [10, 20]");
  const uint32_t T[] = {3, 3, 3, 3, 1, 1, 1, 1, 2, 2, 2, 2};
  cr_assert_eq(f.plan.n_cells, 12);
  for (int i = 0; i < 12; i++) {
    const rb_problem *q = &f.plan.cells[i].problem;
    cr_assert(q->T == T[i] && q->d == (i % 2 ? 20 : 10), "cell %d", i);
    cr_assert_eq(q->law, i / 2 % 2 ? RB_LAW_GAUSSIAN : RB_LAW_RADEMACHER, "cell %d", i);
  }
  release(&f);
}

Test(plan, parts_follow_each_other) {
  static const char text[] = "suite: x\nparts:\n- {part: a, mode: check, d: [4, 5]}\n"
                             "- {part: b, mode: time, d: 4}\n";
  rb_suite s;
  rb_plan plan;
  rb_err err = {0};
  cr_assert(rb_suite_parse("x", text, strlen(text), &s, &err), "%s", err.text);
  cr_assert(rb_plan_make(&s, RB_BACKEND_CLBLAST, &plan, &err), "%s", err.text);
  cr_assert_eq(plan.n_cells, 3);
  cr_assert(plan.cells[1].part == &s.parts[0] && plan.cells[2].part == &s.parts[1]);
  cr_assert_str_neq(plan.cells[0].id, plan.cells[2].id, "the mode is left out of the identity");
  cr_assert_eq(plan.cells[2].backend, RB_BACKEND_CLBLAST);
  rb_plan_free(&plan);
  rb_suite_free(&s);
}

Test(plan, expressions_are_resolved_in_any_order) {
  fixture f = planned("n1: min(2*m, 100)\n  m: T+d\n  T: [1, 2]\n  d: [10, 100]\n  n2: n1");
  const uint32_t n1[] = {22, 100, 24, 100};
  cr_assert_eq(f.plan.n_cells, 4);
  for (int i = 0; i < 4; i++) {
    const rb_problem *q = &f.plan.cells[i].problem;
    cr_assert(q->m == q->T + q->d && q->n1 == n1[i] && q->n2 == n1[i], "cell %d", i);
  }
  release(&f);
}

Test(plan, expressions_may_name_axes_that_are_not_written) {
  fixture f = planned("n1: 8*d\n  decay: 1+(2^r-1)/2^r");
  cr_assert_eq(f.plan.cells[0].problem.n1, 400);
  cr_assert_eq(f.plan.cells[0].problem.decay, 1.875);
  release(&f);
}

Test(plan, repeated_cells_are_dropped_inside_a_part) {
  static const char text[] = "suite: x\nparts:\n- {part: a, mode: check, d: [50, 5, 25*2, 3..6]}\n"
                             "- {part: b, mode: check, eta_a: [0, 1/64], d: 5}\n";
  const uint32_t d[] = {50, 5, 3, 4, 6, 5};
  rb_suite s;
  rb_plan plan;
  rb_err err = {0};
  cr_assert(rb_suite_parse("x", text, strlen(text), &s, &err), "%s", err.text);
  cr_assert(rb_plan_make(&s, -1, &plan, &err), "%s", err.text);
  cr_assert_eq(plan.n_cells, 6);
  for (int i = 0; i < 6; i++)
    cr_assert_eq(plan.cells[i].problem.d, d[i], "cell %d", i);
  cr_assert_str_eq(plan.cells[1].id, plan.cells[5].id);
  rb_plan_free(&plan);
  rb_suite_free(&s);
}

Test(plan, backend_override_replaces_the_axis) {
  rb_suite s = suite_of("check", "backend: [native, clblast]\n  d: [10, 20]");
  rb_plan plan;
  rb_err err = {0};
  cr_assert(rb_plan_make(&s, RB_BACKEND_REFERENCE, &plan, &err), "%s", err.text);
  cr_assert_eq(plan.n_cells, 2);
  for (int i = 0; i < 2; i++)
    cr_assert_eq(plan.cells[i].backend, RB_BACKEND_REFERENCE);
  rb_plan_free(&plan);
  rb_suite_free(&s);
}

/* Ranges */

Test(plan, ranges) {
  static const struct {
    const char *text;
    size_t n;
    double values[6];
  } cases[] = {
      {"1..4", 4, {1, 2, 3, 4}},
      {"4..4", 1, {4}},
      {"1.5..4", 3, {1.5, 2.5, 3.5}},
      {"10..30 step 10", 3, {10, 20, 30}},
      {"10..39 step 10", 3, {10, 20, 30}},
      {"0.1..0.5 step 0.1", 5, {.1, .2, .1 + 2 * .1, .4, .5}},
      {"0..0.3 step .1", 4, {0, .1, .2, .3}},
      {"-2..2 step 2", 3, {-2, 0, 2}},
      {"1..1000 x10", 4, {1, 10, 100, 1000}},
      {"64..1024 x4", 3, {64, 256, 1024}},
      {"3..100 x2", 6, {3, 6, 12, 24, 48, 96}},
      {"2^3 .. max(2,40) x(1+1)", 3, {8, 16, 32}},
      {"1e-3..1 x10", 4, {1e-3, 1e-3 * 10, 1e-3 * 100, 1}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rb_range range;
    rb_err err = {0};
    cr_assert(rb_range_is(cases[i].text));
    cr_assert(rb_range_read(cases[i].text, 6, &range, &err), "'%s': %s", cases[i].text, err.text);
    cr_assert_eq(range.count, cases[i].n, "'%s' has %d values", cases[i].text, (int)range.count);
    for (size_t k = 0; k < cases[i].n; k++)
      cr_assert_eq(rb_range_at(&range, k), cases[i].values[k], "'%s' value %zu is %.17g",
                   cases[i].text, k, rb_range_at(&range, k));
  }
  cr_assert(!rb_range_is("1.5") && !rb_range_is("8*d"));
}

Test(plan, whole_geometric_ranges_stay_whole) {
  fixture f = planned("n1: 1..3^19 x3\n  n2: n1");
  uint32_t power = 1;
  cr_assert_eq(f.plan.n_cells, 20);
  for (int i = 0; i < 20; i++, power *= 3)
    cr_assert_eq(f.plan.cells[i].problem.n1, power, "3^%d", i);
  release(&f);
}

/* Bad values */

typedef struct bad {
  const char *lines, *error;
} bad;

Test(plan, bad_values) {
  static const bad cases[] = {
      {"d: ten", "x.yaml:5:6: d 'ten': unknown name 'ten'; known: seed, d, r, T, m, n1, n2, "
                 "rounds, tile, n, pretrainings, trials, eta_a, eta_w, decay, target, precision"},
      {"n1: lw*2", "x.yaml:5:7: n1 'lw*2': unknown name 'lw'; known: seed, d, r, T, m, n1, n2, "
                   "rounds, tile, n, pretrainings, trials, eta_a, eta_w, decay, target, precision"},
      {"n1: [8*d, rund]", "x.yaml:5:13: n1 'rund': unknown name 'rund'; did you mean 'rounds'?"},
      {"n1: 2*law", "x.yaml:5:7: n1 '2*law': axis 'law' holds words and cannot be computed with"},
      {"n1: 8d", "x.yaml:5:7: n1 '8d': column 2: wanted an operator or the end, found 'd'"},
      {"T: 10\n  n1: d/(T-10)", "x.yaml:6:7: n1 'd/(T-10)': column 2: division by 0"},
      {"d: 1/0", "x.yaml:5:6: d '1/0': column 2: division by 0"},
      {"d: 2.5", "x.yaml:5:6: d = 2.5, from '2.5', is no whole number in 0..4294967295"},
      {"n1: d/3", "x.yaml:5:7: n1 = 16.666666666666668, from 'd/3', is no whole number in "
                  "0..4294967295"},
      {"d: 4\n  n1: 3-d", "x.yaml:6:7: n1 = -1, from '3-d', is no whole number in 0..4294967295"},
      {"d: -5", "x.yaml:5:6: d = -5, from '-5', is no whole number in 0..4294967295"},
      {"n2: 2^32", "x.yaml:5:7: n2 = 4294967296, from '2^32', is no whole number in "
                   "0..4294967295"},
      {"tile: 0.5", "x.yaml:5:9: tile = 0.5, from '0.5', is no whole number in 0..4294967295"},
      {"seed: 2^53", "x.yaml:5:9: seed = 9007199254740992, from '2^53', is no whole number in "
                     "0..9007199254740991"},
      {"T: 1..3 step .5", "x.yaml:5:6: T = 1.5, from '1..3 step .5', is no whole number in "
                          "0..4294967295"},
      {"law: gausian", "x.yaml:5:8: law 'gausian' is none of: gaussian, rademacher"},
      {"tasks: [iid, even]", "x.yaml:5:16: tasks 'even' is none of: balanced, iid"},
      {"inputs: Shared", "x.yaml:5:11: inputs 'Shared' is none of: per-task, shared"},
      {"ablation: 1", "x.yaml:5:13: ablation '1' is none of: none, no-head, same-batch"},
      {"backend: cuda", "x.yaml:5:12: backend 'cuda' is none of: native, clblast, reference"},
      {"n1: n1", "x.yaml:5:7: n1 depends on itself: n1 -> n1"},
      {"m: T\n  d: n1\n  n1: n2+1\n  n2: 2*d",
       "x.yaml:6:6: d depends on itself: d -> n1 -> n2 -> d"},
      {"d: T\n  T: n1\n  n1: max(n2,4)\n  n2: n1",
       "x.yaml:7:7: n1 depends on itself: n1 -> n2 -> n1"},
      {"eta_w: 44/eta_a",
       "x.yaml:5:10: eta_a is chosen later here; write the axis eta_a to compute "
       "with it"},
      {"n1: d+tile\n  tile: 0", "x.yaml:5:7: tile is chosen later here; write the axis tile to "
                                "compute with it"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    refuse(cases[i].lines, cases[i].error);
}

Test(plan, bad_ranges) {
  static const bad cases[] = {
      {"T: 5..1", "x.yaml:5:6: T '5..1': range is empty: 5 exceeds 1; ranges ascend"},
      {"T: 1..5 step 0", "x.yaml:5:6: T '1..5 step 0': step 0 of the range must be above 0"},
      {"T: 1..5 step -1", "x.yaml:5:6: T '1..5 step -1': step -1 of the range must be above 0"},
      {"T: 1..5 x1", "x.yaml:5:6: T '1..5 x1': factor x1 of the range must be above 1"},
      {"T: 0..5 x2", "x.yaml:5:6: T '0..5 x2': a geometric range must start above 0, not at 0"},
      {"T: 1..",
       "x.yaml:5:6: T '1..': last value of the range: column 1: wanted a number, a name or "
       "'(', found the end"},
      {"T: ..5", "x.yaml:5:6: T '..5': first value of the range: column 1: wanted a number, a name "
                 "or '(', found the end"},
      {"T: 1..5 step", "x.yaml:5:6: T '1..5 step': step of the range: column 1: wanted a number, a "
                       "name or '(', found the end"},
      {"T: 1..5 xd", "x.yaml:5:6: T '1..5 xd': factor of the range: column 1: name 'd' where only "
                     "numbers are allowed"},
      {"T: d..5", "x.yaml:5:6: T 'd..5': first value of the range: column 1: name 'd' where only "
                  "numbers are allowed"},
      {"T: 1..5..9",
       "x.yaml:5:6: T '1..5..9': last value of the range: column 3: wanted an operator "
       "or the end, found '.'"},
      {"seed: 1..1000001",
       "x.yaml:5:9: seed '1..1000001': range has 1000001 values, more than 1000000"},
      {"eta_a: 1..1e300 step 1e-300", "x.yaml:5:10: eta_a '1..1e300 step 1e-300': range has inf "
                                      "values, more than 1000000"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    refuse(cases[i].lines, cases[i].error);
}

Test(plan, refused_problems_carry_place_part_and_values) {
  static const bad cases[] = {
      {"d: [9, 2]\n  T: 4",
       "x.yaml:3:3: part 'p' (d=2 T=4): r = 3 exceeds d = 2: a subspace has at "
       "most d dimensions"},
      {"d: 2\n  r: [1, 3]",
       "x.yaml:6:10: part 'p' (d=2 r=3): r = 3 exceeds d = 2: a subspace has at "
       "most d dimensions"},
      {"d: 0", "x.yaml:5:6: part 'p' (d=0): d = 0 is outside 1..16777216"},
      {"r: [1, 0]", "x.yaml:5:10: part 'p' (r=0): r = 0 is outside 1..16"},
      {"T: 0..2", "x.yaml:5:6: part 'p' (T=0): T = 0 is outside 1..4294967295"},
      {"n1: 10\n  law: rademacher\n  ablation: same-batch",
       "x.yaml:7:13: part 'p' (n1=10 law=rademacher ablation=same-batch): ablation same-batch "
       "needs "
       "n1 == n2, got n1 = 10 and n2 = 500: both steps see the same samples"},
      {"decay: -1", "x.yaml:5:10: part 'p' (decay=-1): decay = -1 is outside 0..1e20"},
      {"eta_a: -1", "x.yaml:5:10: part 'p' (eta_a=-1): eta_a = -1 is neither 0 (the default) nor "
                    "in 1e-12..1e+12"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    refuse(cases[i].lines, cases[i].error);
}

Test(plan, overrides_keep_their_origin) {
  static const bad cases[] = {
      {"d=0", "-a d=0: part 'p' (T=4 d=0): d = 0 is outside 1..16777216"},
      {"d=ten", "-a d=ten: d 'ten': unknown name 'ten'; known: seed, d, r, T, m, n1, n2, rounds, "
                "tile, n, pretrainings, trials, eta_a, eta_w, decay, target, precision"},
      {"T=1.5", "-a T=1.5: T = 1.5, from '1.5', is no whole number in 0..4294967295"},
      {"law=gausian", "-a law=gausian: law 'gausian' is none of: gaussian, rademacher"},
      {"n1=n1", "-a n1=n1: n1 depends on itself: n1 -> n1"},
      {"d=2", "x.yaml:3:3: part 'p' (T=4 d=2): r = 3 exceeds d = 2: a subspace has at most d "
              "dimensions"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rb_suite s = suite_of("learn", "T: 4");
    rb_err err = {0};
    cr_assert(rb_suite_override(&s, cases[i].lines, &err), "%s", err.text);
    refuse_suite(&s, cases[i].error);
  }
}

Test(plan, cells_are_bounded_before_they_are_made, .timeout = 10) {
  refuse("seed: 1..1e6\n  T: [1, 2]",
         "x.yaml:3:3: part 'p' has 2000000 cells, more than 1000000; write fewer values");
  refuse("seed: 1..1e6\n  T: 1..1e6\n  n1: 1..1e6\n  n2: 1..1e6\n  d: 9",
         "x.yaml:3:3: part 'p' has more than 2^64 cells, 1000000 are allowed");
  static const char text[] = "suite: x\nparts:\n- {part: a, mode: check, seed: 1..6e5}\n"
                             "- {part: b, mode: check, seed: 1..6e5}\n";
  rb_suite s;
  rb_err err = {0};
  cr_assert(rb_suite_parse("x.yaml", text, strlen(text), &s, &err), "%s", err.text);
  refuse_suite(&s, "x.yaml: the suite has 1200000 cells, more than 1000000; write fewer values");
}

/* Identity */

Test(plan, identity_of_the_default_is_golden) {
  fixture f = planned("seed: 1");
  static const char text[] = "T=1\nablation=none\nbackend=native\nd=50\ndecay=1\neta_a=0.015625\n"
                             "eta_w=2814.8670176164546\ninputs=per-task\nlaw=gaussian\nm=64\n"
                             "mode=learn\nn1=500\nn2=500\nr=3\nrounds=1\nseed=1\ntasks=balanced\n"
                             "tile=0\n";
  char hash[RB_SHA256_ROOM];
  rb_sha256_hex(text, strlen(text), hash);
  cr_assert_str_eq(f.plan.cells[0].id, hash);
  cr_assert_str_eq(hash, "04563cadf666748dd4684c1f5a616636fadc611cb8e23644a645d36f88990474");
  release(&f);
}

Test(plan, identity_changes_with_every_axis) {
  static const char *const lines[] = {"d: 50",
                                      "d: 51",
                                      "r: 2",
                                      "T: 2",
                                      "m: 63",
                                      "n1: 501",
                                      "n2: 501",
                                      "rounds: 2",
                                      "seed: 2",
                                      "tile: 64",
                                      "eta_a: 0.5",
                                      "eta_w: 0.5",
                                      "decay: 0.5",
                                      "tasks: iid",
                                      "inputs: shared",
                                      "law: rademacher",
                                      "ablation: no-head",
                                      "ablation: same-batch",
                                      "backend: clblast",
                                      "backend: reference"};
  enum { N = sizeof lines / sizeof *lines };
  char ids[N][65];
  for (int i = 0; i < N; i++) {
    fixture f = planned(lines[i]);
    memcpy(ids[i], f.plan.cells[0].id, sizeof ids[i]);
    release(&f);
    for (int k = 0; k < i; k++)
      cr_assert_str_neq(ids[i], ids[k], "'%s' and '%s'", lines[i], lines[k]);
  }
}

static void only_id(const char *path, const char *text, char id[65]) {
  rb_suite s;
  rb_plan plan;
  rb_err err = {0};
  cr_assert(rb_suite_parse(path, text, strlen(text), &s, &err), "%s", err.text);
  cr_assert(rb_plan_make(&s, -1, &plan, &err), "%s", err.text);
  memcpy(id, plan.cells[0].id, 65);
  rb_plan_free(&plan);
  rb_suite_free(&s);
}

Test(plan, identity_ignores_names_order_and_spelling) {
  char a[65], b[65];
  only_id("x", "suite: x\nparts: [{part: p, mode: time, T: 10, n1: 400, eta_a: 0.015625}]\n", a);
  only_id("y",
          "suite: y\nabout: z\nparts: [{part: q, mode: time, repetitions: 20, n1: 8*d, T: 1e1}]",
          b);
  cr_assert_str_eq(a, b);
  only_id("x", "suite: x\nparts: [{part: p, mode: learn, T: 10, n1: 400}]\n", b);
  cr_assert_str_neq(a, b);
}
