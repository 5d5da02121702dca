// SPDX-License-Identifier: Apache-2.0
/* A process that runs the cells of one device, so that a driver that hangs or crashes takes no more
 * along than a cell. It knows no trace: what it finds out goes to its supervisor
 * (study/supervisor.h), which answers each record once it is written, so that nothing is written
 * while something is timed.
 *
 *   supervisor   JOB                          GO                    TAKEN    ..
 *   worker            LOADER DEVICE.. READY      STEP.. RECORD             .. DONE
 *
 * FAILED in place of any of these, with an rb_err, ends it. */
#ifndef RB_STUDY_WORKER_H
#define RB_STUDY_WORKER_H
#include "base/peer.h"
#include "study/run.h"

enum rb_worker_message {
  RB_WORKER_JOB = 1, /* rb_job */
  RB_WORKER_GO,      /* rb_go, then a bool for each cell of the plan: it is done */
  RB_WORKER_TAKEN,
  RB_WORKER_LOADER, /* rb_session_loader() */
  RB_WORKER_DEVICE, /* rb_device that is chosen; all of them, unless the job knows its own */
  RB_WORKER_READY,  /* a session is open */
  RB_WORKER_STEP,   /* rb_step, number: the cell in progress or -1 */
  RB_WORKER_RECORD, /* line of a record, number: the cell that is done so or -1, code: its exit code
                     */
  RB_WORKER_FAILED, /* text, code: kind of the error */
  RB_WORKER_DONE
};

typedef struct rb_job {
  char suite_hash[65]; /* of the suite with its overrides, which may be changed meanwhile */
  bool is_known;       /* the device is this one; else the first that is chosen, and all are told */
  unsigned platform_index, device_index;
  char identity[sizeof((rb_device *)0)->identity];
} rb_job;

typedef struct rb_go {
  rb_roof roof; /* of rb_run */
  bool no_roofs;
} rb_go;

typedef struct rb_step {
  uint64_t done, all;
  double elapsed_s;
  char doing[32], when[16]; /* when: "" for none */
} rb_step;

/* ---- what a worker does ---- */

/* Takes its job. Errors: RB_USAGE if nobody started it so (supervisor->fd is then -1); RB_FAILED.
 */
bool rb_worker_join(rb_peer *supervisor, rb_job *job, rb_err *err);
bool rb_worker_tell(rb_peer *supervisor, enum rb_worker_message type, int64_t number,
                    const void *bytes, size_t n, rb_err *err);
/* Says that it is ready, waits, and runs the cells that are wanted; run has what is known here. */
bool rb_worker_run(rb_peer *supervisor, rb_run *run, rb_err *err);
/* Says why it ends. */
void rb_worker_fail(rb_peer *supervisor, const rb_err *why);

#endif
