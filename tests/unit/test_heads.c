// SPDX-License-Identifier: Apache-2.0
/* Proves: the ridge head zeroes the gradient of its loss, summed over the samples themselves, at
 * odd sizes, n below and above m; the hinge head's loss and its reported gap agree with the least
 * loss found by another algorithm, the head itself is as near as strong convexity says, and
 * separable data are separated; dead features and values that are not finite have stated answers.
 * Fails if a penalty, a triangle, a box constraint, the stopping rule or the order's seed is wrong.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/philox.h"
#include "model/heads.h"

enum { MAX_N = 400, MAX_M = 67 };

typedef struct sample {
  size_t n, m;
  float phi[MAX_N * MAX_M];
  int8_t y[MAX_N];
} sample;

/* relu features of a hidden Gaussian; labels from a direction, `flips` of them wrong at random;
 * feature m/2 dead. */
static void draw(sample *s, size_t n, size_t m, double flips, uint64_t seed) {
  rb_random random = rb_random_make(seed, RB_STREAM_CHECK);
  s->n = n;
  s->m = m;
  for (size_t i = 0; i < n; i++) {
    double first = 0;
    for (size_t j = 0; j < m; j++) {
      double x = rb_random_normal(&random);
      s->phi[i * m + j] = j == m / 2 && m > 2 ? 0 : (float)fmax(x + 0.3, 0);
      first += (j % 2 ? 1 : -1) * s->phi[i * m + j];
    }
    s->y[i] = (first > 0) != (rb_random_uniform(&random) < flips) ? 1 : -1;
  }
}

static double mean_square(const sample *s) {
  double sum = 0;
  for (size_t e = 0; e < s->n * s->m; e++)
    sum += (double)s->phi[e] * (double)s->phi[e];
  return sum / (double)(s->n * s->m);
}

static double net(const sample *s, const double *a, size_t i) {
  double sum = 0;
  for (size_t j = 0; j < s->m; j++)
    sum += a[j] * (double)s->phi[i * s->m + j];
  return sum;
}

Test(heads, ridge_zeroes_the_gradient) {
  static const size_t sizes[][2] = {{1, 1},  {1, 5},   {3, 2},   {7, 13},
                                    {31, 8}, {20, 67}, {67, 67}, {400, 67}};
  static sample s;
  double gram[MAX_M * MAX_M], rhs[MAX_M], a[MAX_M];
  rb_err err = {0};
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
    draw(&s, sizes[k][0], sizes[k][1], 0.1, k);
    double lambda = 1e-2 * mean_square(&s) * (double)s.n;
    for (size_t i = 0; i < s.m; i++) {
      rhs[i] = 0;
      for (size_t j = 0; j < s.m; j++)
        gram[i * s.m + j] = j < i ? NAN : 0;
    }
    for (size_t e = 0; e < s.n; e++)
      for (size_t i = 0; i < s.m; i++) {
        double phi = s.phi[e * s.m + i];
        rhs[i] += s.y[e] * phi;
        for (size_t j = i; j < s.m; j++)
          gram[i * s.m + j] += phi * (double)s.phi[e * s.m + j];
      }
    cr_assert(rb_heads_ridge(gram, rhs, s.m, 1e-2, a, &err), "%s", err.text);
    for (size_t j = 0; j < s.m; j++) {
      double slope = lambda * a[j], scale = fabs(lambda * a[j]);
      for (size_t e = 0; e < s.n; e++) {
        double term = (net(&s, a, e) - s.y[e]) * (double)s.phi[e * s.m + j];
        slope += term;
        scale += fabs(term);
      }
      cr_assert_leq(fabs(slope), 1e-12 * scale, "n %zu m %zu: %g", s.n, s.m, slope / scale);
    }
  }
}

Test(heads, ridge_degenerate) {
  double zero[9] = {0}, rhs[3] = {0}, a[3] = {7, 7, 7}, one[] = {1, 1, 1, 1};
  rb_err err = {0};
  cr_assert(rb_heads_ridge(zero, rhs, 3, 1e-2, a, &err));
  cr_assert(a[0] == 0 && a[1] == 0 && a[2] == 0);
  cr_assert(!rb_heads_ridge(one, rhs, 2, 0, a, &err));
  cr_assert_not_null(strstr(err.text, "try a larger one"), "%s", err.text);
  zero[5] = INFINITY;
  cr_assert(!rb_heads_ridge(zero, rhs, 3, 1e-2, a, &err));
  cr_assert_eq(err.kind, RB_WRONG);
  cr_assert_not_null(strstr(err.text, "features 1 and 2 is inf"), "%s", err.text);
  zero[5] = 0;
  rhs[1] = NAN;
  cr_assert(!rb_heads_ridge(zero, rhs, 3, 1e-2, a, &err));
}

static double primal(const sample *s, double lambda, const double *a) {
  double loss = 0, norm = 0;
  for (size_t i = 0; i < s->n; i++)
    loss += fmax(0, 1 - s->y[i] * net(s, a, i));
  for (size_t j = 0; j < s->m; j++)
    norm += a[j] * a[j];
  return loss / (double)s->n + lambda / 2 * norm;
}

/* The least loss within 1e-6 of itself, by accelerated projected gradient ascent (Beck and Teboulle
 * 2009) on the dual, all variables at once; `best` (m) gets its head, the answer is the dual. */
static double solve_slowly(const sample *s, double lambda, double *best) {
  double alpha[MAX_N] = {0}, ahead[MAX_N] = {0}, momentum = 1, norm = 0, dual = 0;
  for (size_t e = 0; e < s->n * s->m; e++)
    norm += (double)s->phi[e] * (double)s->phi[e]; /* at least the largest eigenvalue */
  double unit = lambda * (double)s->n;
  for (int step = 0; step < 400000; step++) {
    bool look = step % 100 == 99;
    memset(best, 0, s->m * sizeof *best);
    for (size_t i = 0; i < s->n; i++)
      for (size_t j = 0; j < s->m; j++)
        best[j] += (look ? alpha : ahead)[i] * s->y[i] * (double)s->phi[i * s->m + j] / unit;
    if (look) {
      dual = 0;
      for (size_t i = 0; i < s->n; i++)
        dual += alpha[i] / (double)s->n;
      for (size_t j = 0; j < s->m; j++)
        dual -= lambda / 2 * best[j] * best[j];
      if (primal(s, lambda, best) - dual <= 1e-6 * dual)
        return dual;
      continue;
    }
    double next = (1 + sqrt(1 + 4 * momentum * momentum)) / 2;
    for (size_t i = 0; i < s->n; i++) {
      double old = alpha[i], slack = 1 - s->y[i] * net(s, best, i);
      alpha[i] = fmin(fmax(ahead[i] + slack * unit / norm, 0), 1);
      ahead[i] = alpha[i] + (momentum - 1) / next * (alpha[i] - old);
    }
    momentum = next;
  }
  cr_assert_fail("n %zu m %zu: the slow solver did not converge", s->n, s->m);
  return dual;
}

Test(heads, hinge_reaches_the_least_loss) {
  static const size_t sizes[][2] = {{1, 1}, {12, 3}, {5, 9}, {40, 7}, {60, 21}};
  static sample s;
  double a[MAX_M], best[MAX_M], gap;
  rb_err err = {0};
  for (size_t k = 0; k < 3 * sizeof sizes / sizeof *sizes; k++) {
    double penalty = k % 3 == 0 ? 1 : k % 3 == 1 ? 0.1 : 0.01;
    draw(&s, sizes[k / 3][0], sizes[k / 3][1], 0.15, 100 + k);
    double lambda = penalty * mean_square(&s), least = solve_slowly(&s, lambda, best), far = 0;
    cr_assert(rb_heads_hinge(s.phi, s.y, s.n, s.m, penalty, k, a, &gap, &err), "%s", err.text);
    double reached = primal(&s, lambda, a);
    cr_assert(gap <= 1e-3 && gap >= 0, "n %zu m %zu: gap %g", s.n, s.m, gap);
    cr_assert_geq(reached, least * (1 - 1e-9));
    cr_assert_leq(reached - least, (gap + 2e-6) * reached, "n %zu m %zu penalty %g: %g over %g",
                  s.n, s.m, penalty, reached, least);
    for (size_t j = 0; j < s.m; j++)
      far += (a[j] - best[j]) * (a[j] - best[j]);
    double allowed = sqrt(2 * gap * reached / lambda) + sqrt(2e-6 * least / lambda);
    cr_assert_leq(sqrt(far), allowed + 1e-9, "n %zu m %zu: off by %g", s.n, s.m, sqrt(far));
  }
}

Test(heads, hinge_separates_the_separable) {
  static sample s;
  double a[MAX_M], again[MAX_M], other[MAX_M], gap;
  rb_err err = {0};
  draw(&s, 60, 40, 0, 3);
  cr_assert(rb_heads_hinge(s.phi, s.y, s.n, s.m, 1e-4, 5, a, &gap, &err), "%s", err.text);
  for (size_t i = 0; i < s.n; i++)
    cr_assert_gt(s.y[i] * net(&s, a, i), 0, "sample %zu, gap %g", i, gap);
  cr_assert(rb_heads_hinge(s.phi, s.y, s.n, s.m, 1e-4, 5, again, &gap, &err));
  cr_assert_eq(memcmp(a, again, s.m * sizeof *a), 0, "same seed, other bits");
  cr_assert(rb_heads_hinge(s.phi, s.y, s.n, s.m, 1e-4, 6, other, &gap, &err));
  cr_assert_neq(memcmp(a, other, s.m * sizeof *a), 0, "the seed has no effect");
}

/* The size of a downstream trial, with the default penalty. */
Test(heads, hinge_at_the_size_of_a_trial) {
  static sample s;
  double a[MAX_M], gap;
  rb_err err = {0};
  draw(&s, 400, 67, 0.1, 8);
  cr_assert(rb_heads_hinge(s.phi, s.y, s.n, s.m, 1e-2, 1, a, &gap, &err), "%s", err.text);
  cr_assert_leq(gap, 1e-3, "gap %g", gap);
  cr_assert_eq(a[s.m / 2], 0, "a dead feature has weight %g", a[s.m / 2]);
}

Test(heads, hinge_degenerate) {
  float phi[6] = {0};
  int8_t y[] = {1, -1, 1};
  double a[] = {7, 7}, gap = 7;
  rb_err err = {0};
  cr_assert(rb_heads_hinge(phi, y, 3, 2, 1e-2, 1, a, &gap, &err), "%s", err.text);
  cr_assert(a[0] == 0 && a[1] == 0 && gap == 0);
  phi[0] = 1; /* samples without features beside one with */
  cr_assert(rb_heads_hinge(phi, y, 3, 2, 1e-2, 1, a, &gap, &err), "%s", err.text);
  cr_assert(gap <= 1e-3 && a[0] > 0.9 && a[1] == 0, "gap %g, a %g %g", gap, a[0], a[1]);
  phi[3] = NAN;
  cr_assert(!rb_heads_hinge(phi, y, 3, 2, 1e-2, 1, a, &gap, &err));
  cr_assert_eq(err.kind, RB_WRONG);
  cr_assert_not_null(strstr(err.text, "feature 1 of sample 1 is nan"), "%s", err.text);
}
