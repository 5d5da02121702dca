// SPDX-License-Identifier: Apache-2.0
#include "report/plotbins.h"
#include <math.h>
#include <stdlib.h>
#include "base/mem.h"

/* A trial by its pretraining. */
typedef struct member {
  uint64_t pretraining;
  double accuracy;
} member;

static int by_pretraining(const void *a, const void *b) {
  uint64_t x = ((const member *)a)->pretraining, y = ((const member *)b)->pretraining;
  return (x > y) - (x < y);
}

/* x is the logarithm of an integer, whose error is far below the gap to the next one. */
static double bin_of(double x) {
  return ceil(x * RB_PLOTBINS_PER_DOUBLING / M_LN2 - 1e-9);
}

/* members (n >= 2), sorted here. */
static rb_plotbin judge(member *members, size_t n, double sum_x) {
  rb_plotbin bin = {.x = sum_x / (double)n, .n_trials = n};
  double sum = 0, squares = 0, group = 0, groups = 0;
  qsort(members, n, sizeof *members, by_pretraining);
  for (size_t i = 0; i < n; i++)
    sum += members[i].accuracy;
  bin.mean = sum / (double)n;
  for (size_t i = 0; i < n; i++) {
    double rest = members[i].accuracy - bin.mean;
    squares += rest * rest;
    group += rest;
    if (i + 1 == n || members[i + 1].pretraining != members[i].pretraining) {
      groups += group * group;
      group = 0;
      bin.n_pretrainings++;
    }
  }
  double k = (double)bin.n_pretrainings, count = (double)n;
  double half = rb_stats_t975(n - 1) * sqrt(squares / (count * (count - 1)));
  if (bin.n_pretrainings >= RB_PLOTBINS_LEAST_GROUPS)
    half = fmax(half, rb_stats_t975(bin.n_pretrainings - 1) * sqrt(groups * k / (k - 1)) / count);
  bin.lo = fmax(0, bin.mean - half);
  bin.hi = fmin(1, bin.mean + half);
  return bin;
}

bool rb_plotbins_make(const rb_trials_point *point, rb_plotbin **out, size_t *n_out,
                      size_t *n_left_out, rb_err *err) {
  member *members = NULL;
  *out = NULL;
  *n_out = *n_left_out = 0;
  /* A bin has at least LEAST trials. */
  if (!rb_alloc((void **)&members, point->n_trials, sizeof *members, "trials of a bin", err) ||
      !rb_alloc((void **)out, point->n_trials / RB_PLOTBINS_LEAST_TRIALS + 1, sizeof **out,
                "bins of accuracy", err)) {
    free(members);
    return false;
  }
  for (size_t first = 0, next = 0; first < point->n_trials; first = next) {
    double bin = bin_of(point->trials[first].x), sum_x = 0;
    size_t n = 0;
    for (next = first; next < point->n_trials && bin_of(point->trials[next].x) == bin; next++) {
      const rb_trial *trial = &point->trials[next];
      if (trial->accuracy >= 0 && trial->accuracy <= 1) {
        members[n++] = (member){trial->pretraining, trial->accuracy};
        sum_x += trial->x;
      }
    }
    if (n >= RB_PLOTBINS_LEAST_TRIALS)
      (*out)[(*n_out)++] = judge(members, n, sum_x);
    else
      *n_left_out += n;
    if (next == first) /* x is no number, and the rest neither */
      break;
  }
  free(members);
  return true;
}
