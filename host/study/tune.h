// SPDX-License-Identifier: Apache-2.0
/* The search for the fastest kernels of a device: variants and their parameters (net/variant.h),
 * each verified before it is timed.
 *
 * The declared variants and a few others come first; from the fastest of them one parameter after
 * the other is moved as long as that helps; the best few are then timed again in turns, and the
 * best median wins, so that one lucky launch does not. CLBlast's parameters are a short list, as
 * each set takes CLBlast seconds to compile. */
#ifndef RB_STUDY_TUNE_H
#define RB_STUDY_TUNE_H
#include <stdatomic.h>
#include "base/stats.h"
#include "cl/blas.h"
#include "cl/session.h"
#include "net/backend.h"

enum { RB_TUNE_CANDIDATES = 128 };
#define RB_TUNE_SHIPPED "as shipped" /* CLBlast's own parameters */

typedef struct rb_candidate {
  char variant[RB_BLAS_TEXT]; /* or parameters of CLBlast; "as shipped" */
  const char *status;         /* "ok", "slow" (not timed at full size), "wrong", "failed" */
  double error;               /* of the verification: right if <= 1 */
  char reason[160];           /* of wrong and failed */
  double gflops;              /* fastest round; 0 if it was not timed */
  rb_spread final;            /* GFLOP/s of the last turns; n = 0 if it was not among the best */
} rb_candidate;

typedef struct rb_tune {
  rb_backend backend; /* native; or clblast, whose candidates are a fixed list */
  unsigned d, m;      /* of the rounds that are timed */
  unsigned n;         /* their samples */
  double budget_s;    /* at most, but every search tries the declared variants */
  const atomic_int *stop;
  void (*progress)(void *context, size_t n_tried, double elapsed_s, double budget_s,
                   const char *variant); /* or NULL */
  void *progress_context;
  /* results */
  rb_candidate candidates[RB_TUNE_CANDIDATES]; /* (n_candidates) in the order tried */
  size_t n_candidates;
  size_t best;  /* index of the winner */
  bool in_time; /* the search ended by itself */
} rb_tune;

/* d, m, budget_s, stop and progress are set by the caller; the rest is the result. Errors:
 * RB_FAILED if no candidate works (the text has the first reason), or memory is out; RB_WRONG if
 * some work but none is right. */
bool rb_tune_run(rb_session *session, rb_tune *tune, rb_err *err);

#endif
