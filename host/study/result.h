// SPDX-License-Identifier: Apache-2.0
/* What is known about one cell, and the judgement. */
#ifndef RB_STUDY_RESULT_H
#define RB_STUDY_RESULT_H
#include "model/metrics.h"
#include "study/complexity.h"
#include "study/measure.h"
#include "study/plan.h"
#include "study/squeeze.h"
#include "trace/schema.h"

/* Exit code that a status asks for. */
int rb_result_exit(rb_status status);

typedef struct rb_result {
  const rb_cell *cell;
  rb_status status;
  char reason[2048];  /* empty if ok */
  rb_squeeze squeeze; /* the tile that layout was made with */
  rb_layout layout;   /* unless the reference ran */
  bool trained_ok;    /* `trained` holds something; its weights are given back after the metrics */
  rb_trained trained;
  bool measured; /* before and after hold something */
  rb_metrics before, after;
  double *sin_theta_rounds; /* (rounds) after each round, owned; NULL where it is not followed */
  double
      ratio_bound; /* square root of oracle 6 for the tables drawn; NAN where it does not apply */
  bool *expect_holds; /* (n_expects of the part) owned */
  double *expect_left;
  double features_learned; /* metrics.h; of a complexity cell the mean over its pretrainings */
  rb_times times;
  rb_complexity complexity; /* of mode complexity */
  rb_builds builds;         /* for this cell */
} rb_result;

void rb_result_free(rb_result *result);
/* Metrics of W0 and W+, and proof of learning (docs/METHOD.md): G is not zero, W moves, the ratio
 * falls where oracle 6 says that it must, |net| < 1, the suite's expectations. Sets status and
 * reason. Errors: RB_FAILED, RB_WRONG (weights that are not finite). */
bool rb_result_judge(rb_result *result, rb_err *err);
/* The same for a cell of mode complexity, whose search is in result->complexity: of its
 * pretrainings the worst gradient, move and |net|, and the medians of the metrics; their times. */
bool rb_result_judge_complexity(rb_result *result, const rb_bench *bench, rb_err *err);

#endif
