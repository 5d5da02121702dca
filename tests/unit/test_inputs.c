// SPDX-License-Identifier: Apache-2.0
/* Proves: Philox gives Random123's known answers; an input coordinate is the function of (seed,
 * stream, round, task, sample, coordinate) that model/inputs.h states, at every d around the 16 and
 * 64 boundaries; the law has the moments, tails and independence of N(0, I) or of signs. Fails if
 * the counter layout, the key, the stream of an ablation or Box-Muller changes. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include "model/inputs.h"

static void known(uint64_t seed, rb_words counter, rb_words answer) {
  rb_words got = rb_philox(seed, counter);
  for (int i = 0; i < 4; i++)
    cr_assert_eq(got.w[i], answer.w[i], "word %d is %08x", i, got.w[i]);
}

Test(inputs, philox_known_answers) {
  known(0, (rb_words){{0, 0, 0, 0}}, (rb_words){{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}});
  known(UINT64_MAX, (rb_words){{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX}},
        (rb_words){{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}});
  known(0x299f31d0a4093822, (rb_words){{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
        (rb_words){{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}});
}

/* One coordinate, straight from the text of model/inputs.h. */
static double coordinate(uint64_t seed, rb_law law, uint32_t stream, uint32_t round, uint32_t task,
                         uint32_t sample, uint32_t k) {
  uint32_t b = k / 64, w = (k % 64) / 16, l = k % 16, q = 16 * b + l;
  rb_words words = rb_philox(seed, (rb_words){{q, sample, task, stream | round << 8}});
  if (law == RB_LAW_RADEMACHER)
    return words.w[w] & 0x80000000u ? 1 : -1;
  double u = (words.w[w / 2 * 2] + 0.5) / 4294967296.0;
  double angle = 2 * 3.14159265358979323846 * (words.w[w / 2 * 2 + 1] / 4294967296.0);
  return sqrt(-2 * log(u)) * (w % 2 ? sin(angle) : cos(angle));
}

static void compare(const rb_problem *p, bool head, uint32_t stream, uint32_t task_word) {
  double *x = calloc(p->d + 1, sizeof *x);
  x[p->d] = 77;
  rb_inputs_draw(p, head, 3, 5, 11, x);
  for (uint32_t k = 0; k < p->d; k++)
    cr_assert_float_eq(x[k], coordinate(p->seed, p->law, stream, 3, task_word, 11, k), 1e-13,
                       "d %u coordinate %u", p->d, k);
  cr_assert_eq(x[p->d], 77, "wrote beyond d = %u", p->d);
  free(x);
}

Test(inputs, layout_streams_and_ablations) {
  rb_problem p = rb_problem_default();
  p.seed = 0x123456789abcdef0;
  static const uint32_t sizes[] = {1,  2,  15, 16, 17, 31, 32,  33, 48,
                                   49, 63, 64, 65, 80, 97, 130, 200};
  for (int law = 0; law < 2; law++)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      p.law = (rb_law)law;
      p.d = sizes[i];
      p.ablation = RB_ABLATION_NONE;
      p.inputs = RB_INPUTS_PER_TASK;
      compare(&p, true, 1, 5);
      compare(&p, false, 2, 5);
      p.ablation = RB_ABLATION_SAME_BATCH;
      compare(&p, false, 1, 5);
      p.inputs = RB_INPUTS_SHARED;
      compare(&p, true, 1, 0);
    }
}

enum { N = 20000, D = 70 };

/* Moments over N samples of D coordinates: each estimate within 5 standard errors. */
Test(inputs, gaussian_moments_and_tails) {
  rb_problem p = rb_problem_default();
  p.d = D;
  double x[D], sum1 = 0, sum2 = 0, sum3 = 0, sum4 = 0, beyond2 = 0, beyond3 = 0, largest = 0;
  for (uint32_t i = 0; i < N; i++) {
    rb_inputs_draw(&p, true, 0, 0, i, x);
    for (int k = 0; k < D; k++) {
      double s = x[k] * x[k];
      sum1 += x[k];
      sum2 += s;
      sum3 += s * x[k];
      sum4 += s * s;
      beyond2 += s > 4;
      beyond3 += s > 9;
      largest = fmax(largest, fabs(x[k]));
    }
  }
  double n = (double)N * D, q2 = erfc(sqrt(2)), q3 = erfc(3 / sqrt(2));
  cr_assert_float_eq(sum1 / n, 0, 5 * sqrt(1 / n));
  cr_assert_float_eq(sum2 / n, 1, 5 * sqrt(2 / n));
  cr_assert_float_eq(sum3 / n, 0, 5 * sqrt(15 / n));
  cr_assert_float_eq(sum4 / n, 3, 5 * sqrt(96 / n));
  cr_assert_float_eq(beyond2 / n, q2, 5 * sqrt(q2 / n));
  cr_assert_float_eq(beyond3 / n, q3, 5 * sqrt(q3 / n));
  cr_assert(largest > 4.5 && largest < 6.7638, "largest %g", largest);
  double extreme[2];
  rb_box_muller(0, 0, extreme);
  cr_assert_float_eq(extreme[0], sqrt(2 * 33 * log(2)), 1e-12);
  cr_assert_float_eq(extreme[0], 6.764, 5e-4);
}

/* Correlations between coordinates of one sample (the lag 16 pair shares a radius), between
 * samples, tasks, rounds, streams and seeds, of the values and of their squares. */
static void uncorrelated(const rb_problem *p, const rb_problem *q, bool other_step,
                         const uint32_t shift[3], uint32_t lag) {
  double x[D], y[D], plain = 0, squares = 0;
  for (uint32_t i = 0; i < N; i++) {
    rb_inputs_draw(p, true, 0, 0, i, x);
    rb_inputs_draw(q, !other_step, shift[0], shift[1], i + shift[2], y);
    for (uint32_t k = 0; k + lag < D; k++) {
      plain += x[k] * y[k + lag];
      squares += (x[k] * x[k] - 1) * (y[k + lag] * y[k + lag] - 1);
    }
  }
  double n = (double)N * (D - lag);
  cr_assert_float_eq(plain / n, 0, 5 / sqrt(n), "correlation %g", plain / n);
  cr_assert_float_eq(squares / n, 0, 5 * 2 / sqrt(n), "of squares %g", squares / n);
}

Test(inputs, independence) {
  rb_problem p = rb_problem_default(), q;
  p.d = D;
  q = p;
  uncorrelated(&p, &p, false, (uint32_t[]){0, 0, 0}, 1);
  uncorrelated(&p, &p, false, (uint32_t[]){0, 0, 0}, 16);
  uncorrelated(&p, &p, false, (uint32_t[]){0, 0, 0}, 64);
  uncorrelated(&p, &p, false, (uint32_t[]){0, 0, 1}, 0);
  uncorrelated(&p, &p, false, (uint32_t[]){0, 1, 0}, 0);
  uncorrelated(&p, &p, false, (uint32_t[]){1, 0, 0}, 0);
  uncorrelated(&p, &p, true, (uint32_t[]){0, 0, 0}, 0);
  q.seed = p.seed + 1;
  uncorrelated(&p, &q, false, (uint32_t[]){0, 0, 0}, 0);
}

Test(inputs, rademacher_signs) {
  rb_problem p = rb_problem_default();
  p.d = D;
  p.law = RB_LAW_RADEMACHER;
  double x[D], sum = 0, neighbours = 0, pairs = 0;
  for (uint32_t i = 0; i < N; i++) {
    rb_inputs_draw(&p, false, 0, 0, i, x);
    for (int k = 0; k < D; k++) {
      cr_assert(x[k] == 1 || x[k] == -1);
      sum += x[k];
      neighbours += k + 1 < D ? x[k] * x[k + 1] : 0;
      pairs += k + 16 < D ? x[k] * x[k + 16] : 0;
    }
  }
  double n = (double)N * D;
  cr_assert_float_eq(sum / n, 0, 5 / sqrt(n));
  cr_assert_float_eq(neighbours / n, 0, 5 / sqrt(n));
  cr_assert_float_eq(pairs / n, 0, 5 / sqrt(n));
}

Test(inputs, sequential_source) {
  rb_random random = rb_random_make(9, RB_STREAM_ORDER);
  uint32_t counts[7] = {0};
  for (int i = 0; i < 70000; i++)
    counts[rb_random_below(&random, 7)]++;
  for (int i = 0; i < 7; i++)
    cr_assert_float_eq((double)counts[i], 10000, 5 * sqrt(10000 * 6.0 / 7));
  cr_assert_eq(rb_random_below(&random, 1), 0);
  random = rb_random_make(9, RB_STREAM_ORDER);
  rb_words first = rb_philox_at(9, RB_STREAM_ORDER, 0),
           second = rb_philox_at(9, RB_STREAM_ORDER, 1);
  for (int i = 0; i < 8; i++)
    cr_assert_eq(rb_random_u32(&random), i < 4 ? first.w[i] : second.w[i - 4]);
}

/* Mean, variance and third central moment (8 k) of chi-square draws, and P(x < 1) where the law is
 * elementary. */
Test(inputs, chi_square) {
  static const uint32_t degrees[] = {1, 2, 3, 10, 1000, 1000000000};
  enum { DRAWS = 100000 };
  for (int e = 0; e < 6; e++) {
    double k = degrees[e], sum[3] = {0};
    int below = 0;
    rb_random random = rb_random_make(11, RB_STREAM_CHECK);
    for (int i = 0; i < DRAWS; i++) {
      double x = rb_random_chi_square(&random, degrees[e]), z = (x - k) / sqrt(2 * k);
      cr_assert(x > 0);
      sum[0] += z;
      sum[1] += z * z - 1;
      sum[2] += z * z * z - sqrt(8 / k);
      below += x < 1;
    }
    /* Bounds: 5 standard deviations; of z^2, 2 + 12/k; of z^3, 15 at large k and below 15 (1 + 12/k
     * + ...) < 6000 at k = 1. */
    cr_assert_lt(fabs(sum[0]), 5 * sqrt(DRAWS), "k %g: mean off by %g", k, sum[0] / DRAWS);
    cr_assert_lt(fabs(sum[1]), 5 * sqrt(DRAWS * (2 + 12 / k)), "k %g: %g", k, sum[1] / DRAWS);
    cr_assert_lt(fabs(sum[2]), 5 * sqrt(DRAWS * (15 + 6000 / k)), "k %g: %g", k, sum[2] / DRAWS);
    double p = k == 1 ? erf(sqrt(0.5)) : 1 - exp(-0.5);
    if (k <= 2)
      cr_assert_lt(fabs(below - DRAWS * p), 5 * sqrt(DRAWS * p * (1 - p)), "k %g: %d below 1", k,
                   below);
  }
}
