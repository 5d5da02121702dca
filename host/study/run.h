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
#include "trace/writer.h"

typedef struct rb_progress {
  size_t done, all; /* steps: a training, or a visit for timing */
  double elapsed_s;
  const rb_cell *cell; /* the one that begins */
  const char *doing;   /* "verifying", "pretraining", "trials", "timing", "roofs" */
} rb_progress;

typedef struct rb_run {
  const rb_plan *plan;
  rb_session *session; /* NULL: only cells of the reference may be in the plan */
  rb_writer *writer;
  const bool *done;        /* (n_cells) cells that need not run, as the trace has them; or NULL */
  uint64_t n_resumes;      /* of the run so far, told in cells and roofs */
  uint64_t order_seed;     /* of the visits */
  const rb_energy *energy; /* of the host, read around what is timed on it; NULL: not read */
  const atomic_int *stop;  /* set to the signal's number: end after the current step */
  void (*progress)(void *context, const rb_progress *progress); /* or NULL */
  void *progress_context;
} rb_run;

/* Whether every cell fits the device; nothing is allocated there. Errors: RB_USAGE naming the part
 * and cell, with the bytes wanted and there. */
bool rb_run_preflight(const rb_plan *plan, rb_session *session, rb_err *err);
/* exit_code: worst of the cells' (docs/CLI.md), 130 or 143 if interrupted; n_done: cell records
 * written. A cell's trials and its record are committed together, at most once a second. A cell
 * that fails is a record, and the run goes on. Errors: RB_FAILED when the trace cannot be written
 * or memory is out. */
bool rb_run_cells(const rb_run *run, int *exit_code, size_t *n_done, rb_err *err);

#endif
