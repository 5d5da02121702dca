// SPDX-License-Identifier: Apache-2.0
/* The trials of a complexity cell: how many samples, or neurons, a new task needs (docs/METHOD.md).
 */
#ifndef RB_STUDY_COMPLEXITY_H
#define RB_STUDY_COMPLEXITY_H
#include "study/bench.h"
#include "study/search.h"

typedef struct rb_outcome {
  uint64_t seed;
  uint32_t n, m, pretraining;
  float accuracy;
  bool success;
} rb_outcome;

typedef struct rb_complexity {
  rb_outcome *trials; /* (n_trials) owned, in the order they ran */
  size_t n_trials;
  rb_search_found found;
  double feature_error; /* worst of the checks before the search, over its tolerance */
  char where[160];
} rb_complexity;

/* Checks a trial of the bench's first pretraining against the host, then searches: trials go round
 * the pretrainings. Ends early, without error, when *stop is set. tick: called after each trial
 * with the share of the most that may come. Errors: RB_FAILED. After an error what was found so far
 * is there. */
bool rb_complexity_search(rb_bench *bench, const rb_cell *cell, const atomic_int *stop,
                          void (*tick)(void *context, double share), void *context,
                          rb_complexity *out, rb_err *err);
void rb_complexity_free(rb_complexity *complexity);

#endif
