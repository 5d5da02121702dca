// SPDX-License-Identifier: Apache-2.0
/* What the seed fixes of a new task (model/downstream.h).
 *
 * Proves: parity is the product of the signs, random tables are balanced and differ from trial to
 * trial; neurons are drawn without repeats and evenly, biases evenly within their bound; trials,
 * pretrainings and master seeds have seeds of their own, pretrainings the same ones for every d;
 * one task gets as many inputs as all tasks together; bad settings are refused with their bounds.
 * Fails when: a table is biased, two trials share a seed, or a bound is lost. */
#include "model/downstream.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/philox.h"
#include "model/linalg.h"
#include "model/tasks.h"

Test(downstream, tables) {
  int8_t table[16], other[16];
  uint32_t differ = 0;
  rb_downstream_table(RB_NEW_TASK_PARITY, 3, 5, table);
  for (uint32_t p = 0; p < 8; p++) {
    int product = (p & 1 ? 1 : -1) * (p & 2 ? 1 : -1) * (p & 4 ? 1 : -1);
    cr_expect_eq(table[p], product, "pattern %u", p);
  }
  for (uint64_t seed = 1; seed <= 50; seed++) {
    int sum = 0;
    rb_downstream_table(RB_NEW_TASK_RANDOM, 4, seed, table);
    rb_downstream_table(RB_NEW_TASK_RANDOM, 4, seed + 1, other);
    for (uint32_t p = 0; p < 16; p++)
      sum += table[p];
    cr_expect_eq(sum, 0);
    differ += memcmp(table, other, 16) != 0;
  }
  cr_expect_geq(differ, 49);
}

Test(downstream, neurons) {
  enum { ALL = 20, SOME = 7, TIMES = 20000 };
  uint32_t neurons[ALL], counts[ALL] = {0};
  float biases[ALL];
  double mean = 0, square = 0;
  for (uint64_t seed = 0; seed < TIMES; seed++) {
    rb_downstream_neurons(seed, ALL, SOME, neurons, biases);
    for (uint32_t j = 0; j < SOME; j++) {
      cr_assert(neurons[j] < ALL && (j == 0 || neurons[j] > neurons[j - 1]));
      cr_assert(fabs(biases[j]) <= RB_DOWNSTREAM_BIAS);
      counts[neurons[j]]++;
      mean += biases[j] / (SOME * (double)TIMES);
      square += biases[j] * biases[j] / (SOME * (double)TIMES);
    }
  }
  double share = (double)SOME / ALL, deviation = sqrt(TIMES * share * (1 - share));
  for (uint32_t j = 0; j < ALL; j++)
    cr_expect_lt(fabs(counts[j] - TIMES * share), 5 * deviation, "neuron %u: %u", j, counts[j]);
  double variance = RB_DOWNSTREAM_BIAS * RB_DOWNSTREAM_BIAS / 3;
  cr_expect_lt(fabs(mean), 5 * sqrt(variance / (SOME * (double)TIMES)));
  cr_expect_float_eq(square, variance, .02);
  rb_downstream_neurons(1, ALL, ALL, neurons, biases);
  for (uint32_t j = 0; j < ALL; j++)
    cr_expect_eq(neurons[j], j);
}

static int by_value(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

Test(downstream, seeds_are_distinct) {
  enum { MASTERS = 3, PRETRAININGS = 8, TRIALS = 500 };
  static uint64_t seeds[MASTERS * PRETRAININGS * (TRIALS + 1)];
  size_t n = 0;
  for (uint64_t master = 1; master <= MASTERS; master++) {
    rb_problem p = rb_problem_default(), wide = p;
    p.seed = wide.seed = master;
    wide.d = 5000;
    for (uint32_t k = 0; k < PRETRAININGS; k++) {
      seeds[n++] = rb_downstream_pretraining(&p, RB_SOURCE_MULTITASK, k).seed;
      cr_expect_eq(seeds[n - 1], rb_downstream_pretraining(&wide, RB_SOURCE_SINGLE, k).seed);
      for (uint64_t i = 0; i < TRIALS; i++)
        seeds[n++] = rb_downstream_seed(master, k, i);
    }
  }
  qsort(seeds, n, sizeof *seeds, by_value);
  for (size_t i = 0; i < n; i++) {
    cr_assert(seeds[i] < UINT64_C(1) << 53);
    cr_assert(i == 0 || seeds[i] != seeds[i - 1], "seed %llu twice", (unsigned long long)seeds[i]);
  }
}

Test(downstream, one_task_sees_as_many_inputs) {
  rb_problem p = rb_problem_default();
  p.T = 64;
  p.n1 = 100;
  p.n2 = 200;
  rb_problem one = rb_downstream_pretraining(&p, RB_SOURCE_SINGLE, 0);
  cr_expect(one.T == 1 && one.n1 == 6400 && one.n2 == 12800);
  cr_expect_eq(rb_problem_samples(&one), rb_problem_samples(&p));
  p.inputs = RB_INPUTS_SHARED;
  one = rb_downstream_pretraining(&p, RB_SOURCE_SINGLE, 0);
  cr_expect(one.T == 1 && one.n1 == 100 && one.n2 == 200);
  cr_expect_eq(rb_problem_samples(&one), rb_problem_samples(&p));
}

Test(downstream, true_features_lie_in_the_subspace) {
  rb_problem p = rb_problem_default();
  p.d = 23, p.r = 3, p.m = 11;
  rb_err err;
  double M[3 * 23], W[11 * 23], along[11 * 3];
  cr_assert(rb_problem_settle(&p, &err) && rb_tasks_subspace(&p, M, &err), "%s", err.text);
  rb_downstream_true_weights(&p, M, W);
  rb_linalg_product_nt(W, M, along, 11, 3, 23);
  double outside = 0, inside = 0;
  for (int j = 0; j < 11; j++) {
    double w2 = 0, u2 = 0;
    for (int i = 0; i < 23; i++)
      w2 += W[j * 23 + i] * W[j * 23 + i];
    for (int k = 0; k < 3; k++)
      u2 += along[j * 3 + k] * along[j * 3 + k];
    outside += fabs(w2 - u2);
    inside += u2;
  }
  cr_expect_lt(outside, 1e-12 * inside);
}

/* Per row: along M the same for every d and sampler, up to sqrt(d); of the rest the length is that
 * of a Gaussian in d - r dimensions. */
Test(downstream, weights_along_the_subspace_do_not_depend_on_d) {
  enum { SMALL = 40, LARGE = 90, ROWS = 200, R = 2 };
  static double M[R * LARGE], W[ROWS * LARGE], along[3][ROWS * R];
  rb_err err;
  for (int i = 0; i < 3; i++) {
    rb_problem p = rb_problem_default();
    p.d = i == 0 ? SMALL : LARGE, p.r = R, p.m = ROWS, p.seed = 5;
    p.sampler = i == 2 ? RB_SAMPLER_COLLAPSED : RB_SAMPLER_DIRECT;
    rb_problem inner = rb_problem_inner(&p);
    cr_assert(rb_tasks_subspace(&inner, M, &err) && rb_downstream_weights(&p, M, W, &err), "%s",
              err.text);
    rb_linalg_product_nt(W, M, along[i], ROWS, R, inner.d);
    double rest = 0;
    for (size_t e = 0; e < ROWS * (size_t)inner.d; e++)
      rest += W[e] * W[e];
    for (int e = 0; e < ROWS * R; e++) {
      rest -= along[i][e] * along[i][e];
      along[i][e] *= sqrt(p.d);
      cr_expect_float_eq(along[i][e], along[0][e], 1e-12);
    }
    double wanted = ROWS * (1 - R / (double)p.d), deviation = sqrt(2.0 * ROWS / p.d);
    cr_expect_lt(fabs(rest - wanted), 5 * deviation, "%g, not %g", rest, wanted);
  }
  double square = 0;
  for (int e = 0; e < ROWS * R; e++)
    square += along[0][e] * along[0][e];
  cr_expect_lt(fabs(square - ROWS * R), 5 * sqrt(2.0 * ROWS * R));
}

Test(downstream, bounds) {
  rb_problem p = rb_problem_default();
  rb_err err;
  cr_assert(rb_problem_settle(&p, &err));
  rb_downstream good = rb_downstream_default(), bad = good;
  cr_expect(rb_downstream_check(&good, &p, &err), "%s", err.text);
  bad.n = 1;
  cr_expect(!rb_downstream_check(&bad, &p, &err));
  cr_expect_str_eq(err.text, "n = 1 is outside 2..1048576");
  bad = good, bad.pretrainings = 65;
  cr_expect(!rb_downstream_check(&bad, &p, &err));
  cr_expect_str_eq(err.text, "pretrainings = 65 is outside 1..64");
  bad = good, bad.trials = 7;
  cr_expect(!rb_downstream_check(&bad, &p, &err));
  cr_expect_str_eq(err.text, "trials = 7 is outside 8..32768");
  bad = good, bad.target = .5;
  cr_expect(!rb_downstream_check(&bad, &p, &err));
  cr_expect_str_eq(err.text, "target = 0.5 is not between .5 (guessing) and 1");
  bad = good, bad.precision = NAN;
  cr_expect(!rb_downstream_check(&bad, &p, &err));
  p.law = RB_LAW_RADEMACHER;
  cr_expect(!rb_downstream_check(&good, &p, &err));
  p.law = RB_LAW_GAUSSIAN;
  p.T = 1 << 20;
  p.n1 = 1 << 20;
  bad = good, bad.source = RB_SOURCE_SINGLE;
  cr_expect(!rb_downstream_check(&bad, &p, &err));
  cr_expect(strstr(err.text, "T = 1048576 tasks of 1048576 samples"), "%s", err.text);
}
