// SPDX-License-Identifier: Apache-2.0
/* What is known about one cell, and the record that says it. */
#ifndef RB_STUDY_RESULT_H
#define RB_STUDY_RESULT_H
#include "model/metrics.h"
#include "study/measure.h"
#include "study/plan.h"
#include "study/roof.h"
#include "trace/record.h"

/* Exit code that a status asks for. */
int rb_result_exit(rb_status status);

typedef struct rb_result {
  const rb_cell *cell;
  rb_status status;
  char reason[2048]; /* empty if ok */
  rb_layout layout;  /* unless the reference ran */
  bool trained_ok;   /* `trained` holds something; its weights are given back after the metrics */
  rb_trained trained;
  bool measured; /* before and after hold something */
  rb_metrics before, after;
  double
      ratio_bound; /* square root of oracle 6 for the tables drawn; NAN where it does not apply */
  bool *expect_holds; /* (n_expects of the part) owned */
  double *expect_left;
  rb_times times;
  uint64_t compile_ns;
} rb_result;

void rb_result_free(rb_result *result);
/* Metrics of W0 and W+, and proof of learning (docs/METHOD.md): G is not zero, W moves, the ratio
 * falls where oracle 6 says that it must, |net| < 1, the suite's expectations. Sets status and
 * reason. Errors: RB_FAILED, RB_WRONG (weights that are not finite). */
bool rb_result_judge(rb_result *result, rb_err *err);
/* A record of type cell, owned by the caller. session: NULL for a cell of the reference. roof NULL:
 * not measured. */
rb_record *rb_result_record(const rb_result *result, rb_session *session, const rb_roof *roof);
/* A record of type roof; reason: why it could not be measured, or NULL. */
rb_record *rb_result_roof_record(const rb_roof *roof, const rb_device *device, const char *when,
                                 const char *reason);

#endif
