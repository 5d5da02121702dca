// SPDX-License-Identifier: Apache-2.0
#include "model/downstream.h"
#include <math.h>
#include <stddef.h>
#include "base/philox.h"
#include "model/collapse.h"
#include "model/tasks.h"

const char *const rb_source_names[] = {"multitask", "single", "random", "true", NULL};
const char *const rb_new_task_names[] = {"random", "parity", NULL};
const char *const rb_quantity_names[] = {"n", "m", NULL};
const char *const rb_head_names[] = {"ridge", "hinge", NULL};

rb_downstream rb_downstream_default(void) {
  return (rb_downstream){
      .n = 1024, .pretrainings = 8, .trials = 400, .target = 0.8, .precision = 1.05};
}

static bool check_whole(const char *name, uint32_t value, uint32_t low, uint32_t high,
                        rb_err *err) {
  return (value >= low && value <= high) ||
         rb_fail(err, RB_USAGE, "%s = %u is outside %u..%u", name, value, low, high);
}

bool rb_downstream_check(const rb_downstream *o, const rb_problem *p, rb_err *err) {
  if (!check_whole("n", o->n, 2, RB_MAX_N, err) ||
      !check_whole("pretrainings", o->pretrainings, 1, RB_MAX_PRETRAININGS, err) ||
      !check_whole("trials", o->trials, 8, 32768, err))
    return false;
  if (!(o->target > 0.5 && o->target < 1))
    return rb_fail(err, RB_USAGE, "target = %g is not between .5 (guessing) and 1", o->target);
  if (!(o->precision > 1 && o->precision <= 100))
    return rb_fail(err, RB_USAGE, "precision = %g is outside 1..100, 1 excluded", o->precision);
  if (p->law != RB_LAW_GAUSSIAN)
    return rb_fail(err, RB_USAGE, "law rademacher is not known to mode complexity; use gaussian");
  uint32_t n = p->n1 > p->n2 ? p->n1 : p->n2;
  if (o->source == RB_SOURCE_SINGLE && p->inputs == RB_INPUTS_PER_TASK &&
      (uint64_t)p->T * n > UINT32_MAX)
    return rb_fail(err, RB_USAGE,
                   "T = %u tasks of %u samples are more than 2^32 for a single task; try a smaller "
                   "n1 or n2",
                   p->T, n);
  return true;
}

static uint64_t derived_seed(uint64_t seed, uint64_t index) {
  rb_words words = rb_philox_at(seed, RB_STREAM_SEEDS, index);
  return ((uint64_t)words.w[1] << 32 | words.w[0]) >> 11;
}

rb_problem rb_downstream_pretraining(const rb_problem *problem, rb_source source, uint32_t k) {
  rb_problem p = *problem;
  p.seed = derived_seed(problem->seed, k);
  if (source == RB_SOURCE_SINGLE) {
    uint32_t times = p.inputs == RB_INPUTS_PER_TASK ? p.T : 1;
    p.T = 1;
    p.n1 *= times;
    p.n2 *= times;
  }
  return p;
}

/* A Gaussian row is its part along M and, independent of that, the rest: the part is exchanged. */
bool rb_downstream_weights(const rb_problem *p, const double *M, double *W, rb_err *err) {
  if (p->sampler == RB_SAMPLER_COLLAPSED)
    return rb_collapse_weights(p, W, err);
  size_t d = p->d;
  double scale = 1 / sqrt(p->d), along[RB_MAX_R];
  rb_tasks_weights(p, W);
  for (uint32_t j = 0; j < p->m; j++) {
    double *w = W + j * d;
    rb_collapse_along(p, j, along);
    for (uint32_t k = 0; k < p->r; k++) {
      const double *axis = M + k * d;
      double change = scale * along[k];
      for (size_t i = 0; i < d; i++)
        change -= w[i] * axis[i];
      for (size_t i = 0; i < d; i++)
        w[i] += change * axis[i];
    }
  }
  return true;
}

void rb_downstream_true_weights(const rb_problem *p, const double *M, double *W) {
  rb_random random = rb_random_make(p->seed, RB_STREAM_WEIGHTS);
  size_t d = p->d;
  for (size_t j = 0; j < p->m; j++) {
    for (size_t i = 0; i < d; i++)
      W[j * d + i] = 0;
    for (size_t k = 0; k < p->r; k++) {
      double c = rb_random_normal(&random);
      for (size_t i = 0; i < d; i++)
        W[j * d + i] += c * M[k * d + i];
    }
  }
}

void rb_downstream_table(rb_new_task task, uint32_t r, uint64_t seed, int8_t *table) {
  uint32_t n_patterns = (uint32_t)1 << r;
  if (task == RB_NEW_TASK_RANDOM) {
    rb_problem p = {.seed = seed, .r = r, .tasks = RB_TASKS_BALANCED};
    rb_tasks_tables(&p, 0, 1, table);
    return;
  }
  for (uint32_t pattern = 0; pattern < n_patterns; pattern++) {
    int sign = 1;
    for (uint32_t k = 0; k < r; k++)
      sign = pattern >> k & 1 ? sign : -sign;
    table[pattern] = (int8_t)sign;
  }
}

uint64_t rb_downstream_seed(uint64_t seed, uint32_t pretraining, uint64_t i) {
  return derived_seed(seed, (uint64_t)(pretraining + 1) << 32 | i);
}

void rb_downstream_neurons(uint64_t seed, uint32_t n_all, uint32_t m, uint32_t *neurons,
                           float *biases) {
  rb_random random = rb_random_make(seed, RB_STREAM_NEURONS);
  uint32_t n = 0;
  for (uint32_t j = 0; j < n_all && n < m; j++) /* Knuth 3.4.2, algorithm S */
    if (rb_random_below(&random, n_all - j) < m - n)
      neurons[n++] = j;
  for (uint32_t j = 0; j < m; j++)
    biases[j] = (float)((2 * rb_random_uniform(&random) - 1) * RB_DOWNSTREAM_BIAS);
}
