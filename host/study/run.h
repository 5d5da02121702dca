// SPDX-License-Identifier: Apache-2.0
/* Runs the cells of a plan on one device and writes their records.
 *
 * Life of a cell: prepare -> verify -> warm -> measure -> drain -> record. Cells of mode time are
 * visited several times, all of them in each pass, in an order drawn anew from the seed, so that
 * drift of the machine does not look like an effect; the roofs are measured before them, halfway
 * and after. Cells of mode complexity are searched one after the other: trials do not drift. */
#ifndef RB_STUDY_RUN_H
#define RB_STUDY_RUN_H
#include <stdatomic.h>
#include "base/energy.h"
#include "cl/session.h"
#include "study/plan.h"
#include "study/roof.h"
#include "trace/record.h"

typedef struct rb_progress {
  size_t done, all; /* steps: a training, or a visit for timing */
  double elapsed_s;
  const rb_cell *cell; /* the one that begins; NULL: none, as of the roofs */
  const char *doing; /* "verifying", "pretraining", "running trials", "timing", "measuring roofs" */
  const char *when;  /* of the roofs: "before", "between", "after"; else NULL */
} rb_progress;

#define RB_RUN_NO_CELL SIZE_MAX

typedef struct rb_run {
  const rb_plan *plan;
  rb_session *session;     /* NULL: only cells of the reference may be in the plan */
  const bool *done;        /* (n_cells) cells that need not run, as the trace has them; or NULL */
  rb_roof roof;            /* of this run so far, measured before it broke off; 0: not yet */
  bool no_roofs;           /* measuring them is what it broke off at */
  bool ends_lost;          /* end with an error when the device no longer works after a failure */
  uint64_t order_seed;     /* of the visits */
  const rb_energy *energy; /* of the host, read around what is timed on it; NULL: not read */
  const atomic_int *stop;  /* set to the signal's number: end after the current step */
  /* Takes record, which it may change but not keep. cell: its index in the plan, or RB_RUN_NO_CELL;
   * a cell's trials come right before it. code: the exit code that it asks for. */
  bool (*put)(void *context, rb_record *record, size_t cell, int code, rb_err *err);
  void *put_context;
  /* What begins; of a search, each trial. Or NULL. */
  void (*progress)(void *context, const rb_progress *progress);
  void *progress_context;
} rb_run;

/* Whether every cell fits the device; nothing is allocated there. Errors: RB_USAGE naming the part
 * and cell, with the bytes wanted and there. */
bool rb_run_preflight(const rb_plan *plan, rb_session *session, rb_err *err);
/* A cell that fails is a record, and the run goes on. Errors: RB_FAILED when memory is out or the
 * device is lost (ends_lost); those of put. */
bool rb_run_cells(const rb_run *run, rb_err *err);

#endif
