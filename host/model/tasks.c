// SPDX-License-Identifier: Apache-2.0
#include "model/tasks.h"
#include <math.h>
#include "base/philox.h"
#include "model/linalg.h"

/* r distinct axes, uniform over ordered choices. */
static void draw_axes(const rb_problem *problem, rb_random *random, double *M) {
  uint32_t axes[RB_MAX_R];
  for (uint32_t k = 0; k < problem->r;) {
    uint32_t axis = rb_random_below(random, problem->d);
    bool taken = false;
    for (uint32_t i = 0; i < k; i++)
      taken = taken || axes[i] == axis;
    if (!taken)
      axes[k++] = axis;
  }
  size_t count = (size_t)problem->r * problem->d;
  for (size_t i = 0; i < count; i++)
    M[i] = 0;
  for (uint32_t k = 0; k < problem->r; k++)
    M[(size_t)k * problem->d + axes[k]] = 1;
}

bool rb_tasks_subspace(const rb_problem *problem, double *M, rb_err *err) {
  if (problem->axes) {
    for (uint32_t k = 0; k < problem->r; k++)
      for (uint32_t i = 0; i < problem->d; i++)
        M[(size_t)k * problem->d + i] = i == k;
    return true;
  }
  rb_random random = rb_random_make(problem->seed, RB_STREAM_SUBSPACE);
  if (problem->law == RB_LAW_RADEMACHER) {
    draw_axes(problem, &random, M);
    return true;
  }
  size_t count = (size_t)problem->r * problem->d;
  for (size_t i = 0; i < count; i++)
    M[i] = rb_random_normal(&random);
  if (!rb_linalg_orthonormal(M, problem->r, problem->d, err))
    return rb_prefix(err, "subspace of seed %llu", (unsigned long long)problem->seed);
  return true;
}

void rb_tasks_tables(const rb_problem *problem, uint32_t t0, uint32_t count, int8_t *tables) {
  uint32_t n_patterns = (uint32_t)1 << problem->r;
  for (uint32_t t = 0; t < count; t++) {
    int8_t *table = tables + (size_t)t * n_patterns;
    rb_random random = rb_random_make(problem->seed, RB_STREAM_TABLE);
    random.index = (uint64_t)(t0 + t)
                   << 32; /* 2^32 blocks a task: rejections cannot reach the next */
    if (problem->tasks == RB_TASKS_IID) {
      for (uint32_t p = 0; p < n_patterns; p++)
        table[p] = rb_random_u32(&random) >> 31 ? 1 : -1;
      continue;
    }
    for (uint32_t p = 0; p < n_patterns; p++)
      table[p] = p < n_patterns / 2 ? 1 : -1;
    for (uint32_t p = n_patterns - 1; p > 0; p--) { /* Fisher and Yates */
      uint32_t other = rb_random_below(&random, p + 1);
      int8_t kept = table[p];
      table[p] = table[other];
      table[other] = kept;
    }
  }
}

void rb_tasks_weights(const rb_problem *problem, double *W) {
  rb_random random = rb_random_make(problem->seed, RB_STREAM_WEIGHTS);
  size_t count = (size_t)problem->m * problem->d;
  double scale = 1 / sqrt(problem->d);
  for (size_t i = 0; i < count; i++)
    W[i] = scale * rb_random_normal(&random);
}

void rb_tasks_fixed_head(const rb_problem *problem, double *a) {
  rb_random random = rb_random_make(problem->seed, RB_STREAM_FIXED_HEAD);
  for (uint32_t j = 0; j < problem->m; j++)
    a[j] = problem->eta_a * rb_random_normal(&random);
}

uint32_t rb_tasks_pattern(const rb_problem *problem, const double *M, const double *x) {
  uint32_t pattern = 0;
  for (uint32_t k = 0; k < problem->r; k++) {
    const double *row = M + (size_t)k * problem->d;
    double u = 0;
    for (uint32_t i = 0; i < problem->d; i++)
      u += row[i] * x[i];
    pattern |= (uint32_t)(u >= 0) << k;
  }
  return pattern;
}
