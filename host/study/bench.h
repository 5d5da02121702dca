// SPDX-License-Identifier: Apache-2.0
/* The pretrained networks that the trials of a complexity cell learn from. Cells that differ only
 * in what is asked of the features share one bench. */
#ifndef RB_STUDY_BENCH_H
#define RB_STUDY_BENCH_H
#include <stdatomic.h>
#include "model/metrics.h"
#include "net/features.h"
#include "net/train.h"
#include "study/plan.h"
#include "study/squeeze.h"

/* What became of one pretraining; of random and true features only `metrics` and the layout. */
typedef struct rb_pretrained {
  uint64_t seed;
  rb_metrics before, metrics;
  double train_ns; /* host time of its rounds; NAN if it was verified as it ran, or not trained */
  double gradient_norm, weights_moved, net_largest;
} rb_pretrained;

typedef struct rb_bench {
  const rb_cell *cell; /* that it was made for */
  rb_squeeze squeeze;  /* with which tile */
  rb_features *features;
  rb_pretrained *all; /* (count) */
  uint32_t count;     /* done so far; less than the cell's if it was stopped */
  /* of the first one, which is compared with the reference as far as is affordable */
  const char *scope, *net_kind;
  double error;
  char where[160], hash[65];
  uint64_t peak_bytes;
  rb_builds builds;
} rb_bench;

/* Called with its context after each pretraining; call NULL: nobody. */
typedef struct rb_bench_tick {
  void (*call)(void *context);
  void *context;
} rb_bench_tick;

/* Trains the pretrainings of the cell on tiles of squeeze->tile samples; ends early, without error,
 * when *stop is set. tick: called after each, or NULL. *out is the caller's, also after an error
 * (NULL then). Errors: RB_FAILED, RB_WRONG. */
bool rb_bench_open(rb_session *session, const rb_cell *cell, const rb_squeeze *squeeze,
                   const atomic_int *stop, rb_bench_tick tick, rb_bench **out, rb_err *err);
void rb_bench_close(rb_bench *bench); /* NULL allowed */
/* Whether the cell asks for the same features. */
bool rb_bench_serves(const rb_bench *bench, const rb_cell *cell);

#endif
