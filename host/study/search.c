// SPDX-License-Identifier: Apache-2.0
#include "study/search.h"
#include <math.h>
#include <stdlib.h>
#include "base/mem.h"
#include "base/philox.h"

static const double slopes[] = {.05, .08, .12, .17, .24, .34, .48, .68, .96, 1.3, 1.6};
enum { N_SLOPES = sizeof slopes / sizeof *slopes, LEAST_TRIALS = 32 };
static const double step = .01; /* of ln n*: a fifth of the narrowest interval asked for */
static const double below = 1, above = 1.5; /* how far n* may lie outside of what is tried */
static const double guess = .01, lapse = .02;

struct rb_search {
  rb_search_plan plan;
  rb_random random;
  uint32_t n_trials;
  size_t n_grid;   /* of ln n* */
  double *weights; /* (n_grid, N_SLOPES) posterior, sums to 1 */
  double *column;  /* (n_grid) posterior of ln n* alone */
};

static double at(const rb_search *s, size_t i) {
  return log(s->plan.least) - below + step * (double)i;
}

static void sum_slopes(rb_search *s) {
  for (size_t i = 0; i < s->n_grid; i++) {
    s->column[i] = 0;
    for (int k = 0; k < N_SLOPES; k++)
      s->column[i] += s->weights[i * N_SLOPES + (size_t)k];
  }
}

bool rb_search_open(const rb_search_plan *plan, rb_search **out, rb_err *err) {
  rb_search *s = NULL;
  *out = NULL;
  if (!rb_alloc((void **)&s, 1, sizeof *s, "search", err))
    return false;
  s->plan = *plan;
  s->random = rb_random_make(plan->seed, RB_STREAM_SEARCH);
  s->n_grid = (size_t)((log(plan->most) - log(plan->least) + below + above) / step) + 1;
  if (!rb_alloc((void **)&s->weights, s->n_grid * N_SLOPES, sizeof(double), "posterior", err) ||
      !rb_alloc((void **)&s->column, s->n_grid, sizeof(double), "posterior", err)) {
    rb_search_close(s);
    return false;
  }
  for (size_t e = 0; e < s->n_grid * N_SLOPES; e++)
    s->weights[e] = 1.0 / (double)(s->n_grid * N_SLOPES);
  sum_slopes(s);
  *out = s;
  return true;
}

void rb_search_close(rb_search *s) {
  if (s == NULL)
    return;
  free(s->weights);
  free(s->column);
  free(s);
}

/* ln n* of which a share q of the posterior lies below. */
static double quantile(const rb_search *s, double q) {
  double sum = 0;
  for (size_t i = 0; i < s->n_grid; i++) {
    sum += s->column[i];
    if (sum >= q)
      return at(s, i);
  }
  return at(s, s->n_grid - 1);
}

static double above_most(const rb_search *s) {
  double sum = 0;
  for (size_t i = 0; i < s->n_grid; i++)
    if (at(s, i) > log(s->plan.most))
      sum += s->column[i];
  return sum;
}

rb_search_found rb_search_result(const rb_search *s) {
  return (rb_search_found){.median = exp(quantile(s, .5)),
                           .lo = exp(quantile(s, .025)),
                           .hi = exp(quantile(s, .975)),
                           .censored = above_most(s) > .5};
}

bool rb_search_done(const rb_search *s) {
  if (s->n_trials >= s->plan.trials)
    return true;
  if (s->n_trials < LEAST_TRIALS)
    return false;
  double median = quantile(s, .5), reach = log(s->plan.precision);
  return above_most(s) > .99 ||
         (quantile(s, .975) - median <= reach && median - quantile(s, .025) <= reach);
}

uint32_t rb_search_next(rb_search *s) {
  double left = rb_random_uniform(&s->random);
  size_t e = 0, last = s->n_grid * N_SLOPES - 1;
  for (; e < last && left >= s->weights[e]; e++)
    left -= s->weights[e];
  double q = .15 + .7 * rb_random_uniform(&s->random);
  double n = exp(at(s, e / N_SLOPES) + slopes[e % N_SLOPES] * log(q / (1 - q)));
  return n <= s->plan.least  ? s->plan.least
         : n >= s->plan.most ? s->plan.most
                             : (uint32_t)lround(n);
}

void rb_search_tell(rb_search *s, uint32_t n, bool success) {
  double sum = 0, x = log(n);
  for (size_t k = 0; k < N_SLOPES; k++) {
    /* exp(-(x - at) / slope) along the grid, by its constant factor. */
    double e = exp(-(x - at(s, 0)) / slopes[k]), factor = exp(step / slopes[k]);
    for (size_t i = 0; i < s->n_grid; i++, e *= factor) {
      double p = guess + (1 - guess - lapse) / (1 + e);
      s->weights[i * N_SLOPES + k] *= success ? p : 1 - p;
      sum += s->weights[i * N_SLOPES + k];
    }
  }
  for (size_t e = 0; e < s->n_grid * N_SLOPES; e++)
    s->weights[e] /= sum;
  sum_slopes(s);
  s->n_trials++;
}
