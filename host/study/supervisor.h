// SPDX-License-Identifier: Apache-2.0
/* Keeps a run going whatever a driver does. It never calls OpenCL: each device has a worker, a
 * process of its own (study/worker.h), and each step of a worker may take so long and no longer. A
 * worker that hangs, dies, or says that its device is lost is killed; the cell that it was at is
 * recorded as failed, with the reason, and another worker takes the cells that are left.
 *
 * A device that cannot be opened, or whose workers fail RB_SUPERVISOR_PATIENCE times in a row with
 * no good cell in between, is retired: its cells that are left are recorded as failed. */
#ifndef RB_STUDY_SUPERVISOR_H
#define RB_STUDY_SUPERVISOR_H
#include <stdatomic.h>
#include "study/ledger.h"
#include "study/run.h"

enum { RB_SUPERVISOR_PATIENCE = 3 };

typedef struct rb_supervisor_options {
  const char *const *argv; /* starts a worker, for base/peer.h */
  const rb_plan *plan;
  const char *suite_hash;
  double timeout_s;       /* of each step; 0: none, negative: by rb_supervisor_allowed_s() */
  const atomic_int *stop; /* set to the signal's number: it is passed on, and the step waited for */
  void (*progress)(void *context, const rb_progress *progress); /* or NULL */
  void (*note)(void *context, const char *text); /* what went wrong, a line; untrusted text */
  void *context;                                 /* of both */
} rb_supervisor_options;

typedef struct rb_supervisor rb_supervisor;

/* Seconds that a step of this cell may take where nobody says: ten minutes, and what it computes at
 * 10 MFLOP/s, which is slower than any device seen. cell NULL: another step. */
double rb_supervisor_allowed_s(const rb_cell *cell);

/* Starts a worker on each device that is chosen, and waits until it is ready; a device that is not
 * is retired at once, but a single one that says what it lacks is an error. options must outlive
 * *out, which is closed by rb_supervisor_close() in every case. Errors: those of finding devices,
 * RB_FAILED if a driver hangs or crashes meanwhile; RB_USAGE if a cell does not fit one of them. */
bool rb_supervisor_open(const rb_supervisor_options *options, rb_supervisor **out, rb_err *err);
/* The devices, owned by the supervisor: one, which is NULL, if no cell needs any. */
const rb_device *const *rb_supervisor_devices(const rb_supervisor *supervisor, size_t *n);
const char *rb_supervisor_loader(const rb_supervisor *supervisor); /* rb_session_loader() */
/* Runs the cells device by device. done: (devices * cells of the plan) those that need not run, or
 * NULL. Errors: RB_FAILED when the trace cannot be written or memory is out; RB_USAGE when the
 * suite was changed meanwhile. */
bool rb_supervisor_run(rb_supervisor *supervisor, const bool *done, rb_ledger *ledger, rb_err *err);
/* NULL allowed; no worker is left. Waits for the last one, which may take seconds to keep what it
 * compiled: show first what the run gave. */
void rb_supervisor_close(rb_supervisor *supervisor);

#endif
