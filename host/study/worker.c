// SPDX-License-Identifier: Apache-2.0
#include "study/worker.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"

static const double beat_s = 0.2; /* a step that goes on is told so often at most */

/* A worker at work. */
typedef struct work {
  rb_peer *supervisor;
  const rb_run *run;
  const rb_cell *cell; /* that was told last, and when */
  const char *doing;
  rb_host_time told;
} work;

/* The next message, which must be of this type. */
static bool hear(rb_peer *supervisor, enum rb_worker_message type, rb_message *out, rb_err *err) {
  return (rb_peer_next(supervisor, -1, out) == RB_PEER_MESSAGE && out->type == type) ||
         rb_fail(err, RB_FAILED,
                 supervisor->is_starved ? "out of memory for a message" : "the supervisor is gone");
}

bool rb_worker_join(rb_peer *supervisor, rb_job *job, rb_err *err) {
  rb_message m;
  if (!rb_peer_join(supervisor, err) || !hear(supervisor, RB_WORKER_JOB, &m, err))
    return false;
  if (m.n != sizeof *job)
    return rb_fail(err, RB_USAGE, "the supervisor is another program");
  memcpy(job, m.bytes, sizeof *job);
  return true;
}

bool rb_worker_tell(rb_peer *supervisor, enum rb_worker_message type, int64_t number,
                    const void *bytes, size_t n, rb_err *err) {
  rb_message m = {.type = type, .number = number, .bytes = bytes, .n = (uint32_t)n};
  return rb_peer_send(supervisor, &m, err);
}

void rb_worker_fail(rb_peer *supervisor, const rb_err *why) {
  rb_err ignored;
  rb_message m = {.type = RB_WORKER_FAILED,
                  .code = (int32_t)why->kind,
                  .bytes = why->text,
                  .n = (uint32_t)strlen(why->text)};
  rb_peer_send(supervisor, &m, &ignored);
}

static int64_t index_of(const work *w, const rb_cell *cell) {
  return cell ? cell - w->run->plan->cells : -1;
}

/* For rb_run.progress. A supervisor that is gone is noticed with the next record. */
static void tell_step(void *context, const rb_progress *p) {
  work *w = context;
  rb_step step = {.done = p->done, .all = p->all, .elapsed_s = p->elapsed_s};
  rb_err ignored;
  if (p->cell == w->cell && p->doing == w->doing && rb_clock_since_s(w->told) < beat_s)
    return;
  snprintf(step.doing, sizeof step.doing, "%s", p->doing);
  snprintf(step.when, sizeof step.when, "%s", p->when ? p->when : "");
  rb_worker_tell(w->supervisor, RB_WORKER_STEP, index_of(w, p->cell), &step, sizeof step, &ignored);
  w->cell = p->cell;
  w->doing = p->doing;
  w->told = rb_clock_now();
}

/* For rb_run.put: a trial need not be waited for, as its cell follows. */
static bool tell_record(void *context, rb_record *record, size_t cell, int code, rb_err *err) {
  work *w = context;
  const char *type = rb_record_get_text(record, RB_F_type);
  char *line = rb_record_line(record);
  if (line == NULL)
    return rb_fail(err, RB_FAILED, "out of memory while making a record");
  rb_message m = {.type = RB_WORKER_RECORD,
                  .number = cell == RB_RUN_NO_CELL ? -1 : (int64_t)cell,
                  .code = code,
                  .bytes = line,
                  .n = (uint32_t)strlen(line)};
  bool is_trial = type && strcmp(type, "trial") == 0;
  bool ok = rb_peer_send(w->supervisor, &m, err);
  free(line);
  return ok && (is_trial || hear(w->supervisor, RB_WORKER_TAKEN, &m, err));
}

bool rb_worker_run(rb_peer *supervisor, rb_run *run, rb_err *err) {
  const size_t n = run->plan->n_cells;
  work w = {.supervisor = supervisor, .run = run};
  rb_message m;
  rb_go go;
  void *done = NULL;
  if (!rb_worker_tell(supervisor, RB_WORKER_READY, 0, NULL, 0, err) ||
      !hear(supervisor, RB_WORKER_GO, &m, err) ||
      !rb_alloc(&done, n, sizeof(bool), "cells that are done", err))
    return false;
  bool ok = m.n == sizeof go + n * sizeof(bool) ||
            rb_fail(err, RB_FAILED, "the supervisor has another plan of cells");
  if (ok) {
    memcpy(&go, m.bytes, sizeof go);
    memcpy(done, (const char *)m.bytes + sizeof go, n * sizeof(bool));
    run->roof = go.roof;
    run->no_roofs = go.no_roofs;
    run->done = done;
    run->ends_lost = true;
    run->put = tell_record;
    run->progress = tell_step;
    run->put_context = run->progress_context = &w;
    ok = rb_run_cells(run, err) && rb_worker_tell(supervisor, RB_WORKER_DONE, 0, NULL, 0, err);
  }
  run->done = NULL;
  free(done);
  return ok;
}
