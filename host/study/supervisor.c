// SPDX-License-Identifier: Apache-2.0
#include "study/supervisor.h"
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "study/recording.h"
#include "study/worker.h"

/* Time is counted in these, not by a clock: where all of the program stands still for a while, as
 * by Ctrl-Z, nothing is late. */
enum { TICK_MS = 100 };
static const double floor_s = 600, slow_flop_per_s = 1e7;
static const double die_s = 10;    /* for a process that has nothing to do but to end */
static const double noticed_s = 1; /* a wait that wants a word */

/* A device and its worker. */
typedef struct lane {
  rb_peer peer;
  const rb_device *device; /* NULL if no cell needs one */
  bool *done;              /* (n_cells) recorded, or done before */
  bool is_ready;           /* its worker waits for RB_WORKER_GO */
  bool is_stuck;           /* its worker could not be killed */
  bool is_ending;          /* its worker has told its last cell, and keeps what it compiled */
  bool has_told;           /* its worker said itself why it ended */
  char retired[1024];      /* why; empty: in use */
  unsigned n_failures;     /* in a row */
  size_t cell;             /* in progress, or RB_RUN_NO_CELL */
  rb_step step;
  rb_roof roof;
  bool no_roofs;
} lane;

struct rb_supervisor {
  const rb_supervisor_options *o;
  rb_device *found; /* (n_found) */
  size_t n_found, room;
  lane *lanes; /* (n) */
  const rb_device **devices;
  size_t n;
  char loader[256];
};

double rb_supervisor_allowed_s(const rb_cell *cell) {
  if (cell == NULL)
    return floor_s;
  rb_problem p = cell->problem;
  double flop = 0, trainings = 2; /* the second follows sin-theta round by round */
  if (cell->part->mode == RB_MODE_TIME)
    trainings += cell->part->repetitions;
  if (cell->part->mode == RB_MODE_COMPLEXITY) {
    rb_problem inner = rb_problem_inner(&p);
    flop = rb_product_flop(cell->downstream.n, inner.d + p.m, p.m);
    p = rb_downstream_pretraining(&p, cell->downstream.source, 0);
  }
  flop += rb_problem_flop(&p) * p.rounds * trainings;
  return floor_s + flop / slow_flop_per_s;
}

static void note(const rb_supervisor *s, const lane *l, const char *what) {
  char text[2600];
  snprintf(text, sizeof text, "%s%s%s", l->device ? l->device->name : "", l->device ? ": " : "",
           what);
  if (s->o->note)
    s->o->note(s->o->context, text);
}

static void set_doing(lane *l, const char *doing) {
  l->step = (rb_step){0};
  snprintf(l->step.doing, sizeof l->step.doing, "%s", doing);
}

/* ---- a worker ends ---- */

static bool end_late(lane *l, double seconds, rb_err *why) {
  char how[RB_PEER_HOW];
  rb_peer_end(&l->peer, 0, how);
  l->is_stuck = strcmp(how, RB_PEER_STUCK) == 0;
  return rb_fail(why, RB_FAILED, "no answer from the device for %g s while %s; its process %s",
                 seconds, l->step.doing, how);
}

static bool end_dead(lane *l, rb_err *why) {
  char how[RB_PEER_HOW];
  bool is_starved = l->peer.is_starved;
  rb_peer_end(&l->peer, die_s, how);
  return is_starved
             ? rb_fail(why, RB_FAILED, "out of memory for a message of the device's process")
             : rb_fail(why, RB_FAILED, "the device's process %s while %s", how, l->step.doing);
}

static bool end_mad(lane *l, rb_err *why) {
  char how[RB_PEER_HOW];
  rb_peer_end(&l->peer, 0, how);
  return rb_fail(why, RB_FAILED, "the device's process sent what makes no sense while %s; it %s",
                 l->step.doing, how);
}

/* It said itself why. */
static bool end_failed(lane *l, const rb_message *m, rb_err *why) {
  char how[RB_PEER_HOW];
  rb_fail(why, (rb_kind)m->code, "%.*s", (int)m->n, (const char *)m->bytes);
  rb_peer_end(&l->peer, die_s, how);
  l->has_told = true;
  return false;
}

/* ---- messages ---- */

static double allowed_s(const rb_supervisor *s, const lane *l) {
  if (s->o->timeout_s == 0)
    return INFINITY;
  if (s->o->timeout_s > 0)
    return s->o->timeout_s;
  return rb_supervisor_allowed_s(l->cell == RB_RUN_NO_CELL ? NULL : &s->o->plan->cells[l->cell]);
}

/* The next message, in the time that a step may take. False: the worker is gone, and why. */
static bool hear(const rb_supervisor *s, lane *l, rb_message *m, rb_err *why) {
  const double allowed = allowed_s(s, l);
  for (double waited = 0;;) {
    rb_peer_event event = rb_peer_next(&l->peer, TICK_MS, m);
    if (*s->o->stop && l->peer.pid > 0)
      kill(l->peer.pid, *s->o->stop);
    if (event == RB_PEER_GONE)
      return end_dead(l, why);
    if (event == RB_PEER_MESSAGE)
      return m->type != RB_WORKER_FAILED || end_failed(l, m, why);
    waited += TICK_MS * 1e-3;
    if (waited >= allowed)
      return end_late(l, allowed, why);
  }
}

static bool tell(lane *l, enum rb_worker_message type, const void *bytes, size_t n, rb_err *why) {
  rb_message m = {.type = type, .bytes = bytes, .n = (uint32_t)n};
  return rb_peer_send(&l->peer, &m, why) || end_dead(l, why);
}

/* ---- a worker starts ---- */

static bool add_device(rb_supervisor *s, const rb_message *m, rb_err *err) {
  void *grown = s->found;
  bool ok = rb_grow(&grown, &s->room, s->n_found + 1, sizeof *s->found, "devices", err);
  s->found = grown;
  if (!ok)
    return false;
  rb_device *device = &s->found[s->n_found++];
  memcpy(device, m->bytes, sizeof *device);
  device->handle = NULL; /* of another process */
  device->identity[sizeof device->identity - 1] = 0;
  device->platform[RB_DEVICE_TEXT - 1] = device->fault[RB_DEVICE_TEXT - 1] = 0;
#define X(field, parameter, title) device->field[RB_DEVICE_TEXT - 1] = 0;
  RB_DEVICE_TEXTS(X)
#undef X
  return true;
}

/* Until it is ready. Its first messages tell the loader, and the devices if the job knows none. */
static bool await_ready(rb_supervisor *s, lane *l, rb_err *why) {
  rb_message m;
  while (hear(s, l, &m, why)) {
    if (m.type == RB_WORKER_READY) {
      l->is_ready = true;
      return true;
    }
    if (m.type == RB_WORKER_LOADER) {
      snprintf(s->loader, sizeof s->loader, "%.*s", (int)m.n, (const char *)m.bytes);
      set_doing(l, "opening the device");
    } else if (m.type != RB_WORKER_DEVICE || m.n != sizeof(rb_device) || s->lanes) {
      return end_mad(l, why);
    } else if (!add_device(s, &m, why)) {
      rb_peer_end(&l->peer, 0, (char[RB_PEER_HOW]){0});
      return false;
    }
  }
  return false;
}

static bool start(rb_supervisor *s, lane *l, rb_err *why) {
  rb_job job = {.is_known = l->device != NULL};
  snprintf(job.suite_hash, sizeof job.suite_hash, "%s", s->o->suite_hash);
  if (l->device) {
    job.platform_index = l->device->platform_index;
    job.device_index = l->device->device_index;
    memcpy(job.identity, l->device->identity, sizeof job.identity);
  }
  l->cell = RB_RUN_NO_CELL;
  l->has_told = false;
  set_doing(l, "looking for devices");
  return rb_peer_start(s->o->argv, &l->peer, why) &&
         tell(l, RB_WORKER_JOB, &job, sizeof job, why) && await_ready(s, l, why);
}

static size_t n_left(const rb_supervisor *s, const lane *l) {
  size_t n = 0;
  for (size_t i = 0; i < s->o->plan->n_cells; i++)
    n += !l->done[i];
  return n;
}

static void retire(lane *l, const char *what, const rb_err *why) {
  snprintf(l->retired, sizeof l->retired, "%s: %.900s", what, why->text);
}

static void retire_closed(const rb_supervisor *s, lane *l, const rb_err *why) {
  retire(l, "it cannot be opened", why);
  note(s, l, l->retired);
}

/* A usage error is the user's to mend, whatever the device. */
static bool start_or_retire(rb_supervisor *s, lane *l, rb_err *err) {
  rb_err why;
  if (start(s, l, &why))
    return true;
  *err = why;
  if (why.kind == RB_USAGE)
    return false;
  if (!*s->o->stop)
    retire_closed(s, l, &why);
  return true;
}

/* A lane for each device, the first with the worker that told them. */
static bool make_lanes(rb_supervisor *s, lane *first, rb_err *err) {
  s->n = s->n_found ? s->n_found : 1;
  bool ok = rb_alloc((void **)&s->lanes, s->n, sizeof *s->lanes, "devices", err) &&
            rb_alloc((void **)&s->devices, s->n, sizeof *s->devices, "devices", err);
  for (size_t i = 0; ok && i < s->n; i++) {
    s->lanes[i] = i == 0 ? *first : (lane){.peer.fd = -1};
    s->lanes[i].device = s->devices[i] = s->n_found ? &s->found[i] : NULL;
    ok = rb_alloc((void **)&s->lanes[i].done, s->o->plan->n_cells, sizeof(bool),
                  "cells that are done", err);
  }
  return ok;
}

bool rb_supervisor_open(const rb_supervisor_options *options, rb_supervisor **out, rb_err *err) {
  lane first = {.peer.fd = -1};
  rb_err why = {.kind = RB_DONE};
  if (!rb_alloc((void **)out, 1, sizeof **out, "supervisor", err))
    return false;
  rb_supervisor *s = *out;
  s->o = options;
  bool ready = start(s, &first, &why);
  /* Cells of a device that did not say what it is could not be found again by a resume; and where
   * there is no other, what its driver or its kernels lack is no result. */
  bool is_unknown = s->n_found == 0 || (s->n_found == 1 && s->found[0].fault[0]);
  bool is_plain = why.kind == RB_USAGE || (s->n_found == 1 && first.has_told);
  if (!ready && (is_unknown || is_plain)) {
    *err = why;
    return false;
  }
  if (!make_lanes(s, &first, err)) {
    if (s->lanes == NULL)
      rb_peer_end(&first.peer, 0, (char[RB_PEER_HOW]){0});
    return false;
  }
  if (!ready)
    retire_closed(s, &s->lanes[0], &why);
  for (size_t i = 1; i < s->n; i++)
    if (!start_or_retire(s, &s->lanes[i], err))
      return false;
  return true;
}

const rb_device *const *rb_supervisor_devices(const rb_supervisor *s, size_t *n) {
  *n = s->n;
  return s->devices;
}

const char *rb_supervisor_loader(const rb_supervisor *s) {
  return s->loader;
}

/* ---- a run ---- */

/* What becomes of a worker at work. */
typedef enum outcome {
  DONE,   /* and it ends */
  FAILED, /* it is gone, and why says how */
  ENDED   /* the run cannot go on: err */
} outcome;

static void take_step(const rb_supervisor *s, lane *l, const rb_message *m) {
  const rb_plan *plan = s->o->plan;
  bool is_cell = m->number >= 0 && (uint64_t)m->number < plan->n_cells;
  memcpy(&l->step, m->bytes, sizeof l->step);
  l->step.doing[sizeof l->step.doing - 1] = l->step.when[sizeof l->step.when - 1] = 0;
  l->cell = is_cell ? (size_t)m->number : RB_RUN_NO_CELL;
  rb_progress progress = {(size_t)l->step.done, (size_t)l->step.all,
                          l->step.elapsed_s,    is_cell ? &plan->cells[m->number] : NULL,
                          l->step.doing,        l->step.when[0] ? l->step.when : NULL};
  if (s->o->progress)
    s->o->progress(s->o->context, &progress);
}

static const char *text_of(const rb_record *record, rb_field field) {
  const char *text = rb_record_get_text(record, field);
  return text ? text : "";
}

/* Whether a record can be what its message says. */
static bool makes_sense(const rb_supervisor *s, const lane *l, const rb_record *record,
                        int64_t number) {
  const rb_plan *plan = s->o->plan;
  const char *type = text_of(record, RB_F_type);
  if (number < 0)
    return strcmp(type, "roof") == 0 || strcmp(type, "trial") == 0;
  return (uint64_t)number < plan->n_cells && !l->done[number] && strcmp(type, "cell") == 0 &&
         strcmp(text_of(record, RB_F_id), plan->cells[number].id) == 0;
}

static void take_roof(lane *l, const rb_record *record) {
  l->step.when[0] = 0; /* no longer in progress */
  l->roof.gflops = fmax(l->roof.gflops, rb_record_get_real(record, RB_F_roof_gflops));
  l->roof.gb_per_s = fmax(l->roof.gb_per_s, rb_record_get_real(record, RB_F_roof_gb_per_s));
}

static outcome take_record(lane *l, rb_record *record, const rb_message *m, rb_ledger *ledger,
                           rb_err *why, rb_err *err) {
  const char *type = text_of(record, RB_F_type);
  bool is_trial = strcmp(type, "trial") == 0;
  size_t cell = m->number < 0 ? RB_RUN_NO_CELL : (size_t)m->number;
  if (strcmp(type, "roof") == 0)
    take_roof(l, record);
  if (!rb_ledger_put(ledger, record, cell, m->code, err))
    return ENDED;
  if (cell != RB_RUN_NO_CELL) {
    l->done[cell] = true;
    l->n_failures = m->code == RB_FAILED ? l->n_failures : 0;
    l->cell = RB_RUN_NO_CELL;
    set_doing(l, "going on to the next cell");
  }
  return is_trial || tell(l, RB_WORKER_TAKEN, NULL, 0, why) ? DONE : FAILED;
}

/* From READY to its end, or to DONE. */
static outcome attend(const rb_supervisor *s, lane *l, rb_ledger *ledger, rb_err *why,
                      rb_err *err) {
  const size_t n = s->o->plan->n_cells * sizeof *l->done;
  rb_go go = {.roof = l->roof, .no_roofs = l->no_roofs};
  rb_message m;
  char *bytes = NULL;
  l->is_ready = false;
  set_doing(l, "beginning");
  if (!rb_alloc((void **)&bytes, sizeof go + n, 1, "cells that are done", err))
    return ENDED;
  memcpy(bytes, &go, sizeof go);
  memcpy(bytes + sizeof go, l->done, n);
  bool ok = tell(l, RB_WORKER_GO, bytes, sizeof go + n, why);
  free(bytes);
  while (ok && hear(s, l, &m, why)) {
    rb_record *record = NULL;
    if (m.type == RB_WORKER_DONE)
      return DONE;
    if (m.type == RB_WORKER_STEP && m.n == sizeof l->step) {
      take_step(s, l, &m);
    } else if (m.type == RB_WORKER_RECORD && rb_record_parse(m.bytes, m.n, &record, why) &&
               makes_sense(s, l, record, m.number)) {
      outcome taken = take_record(l, record, &m, ledger, why, err);
      rb_record_free(record);
      if (taken != DONE)
        return taken;
    } else {
      rb_record_free(record);
      ok = end_mad(l, why);
    }
  }
  return FAILED;
}

static bool put_failed(const rb_supervisor *s, lane *l, size_t i, const char *reason,
                       rb_ledger *ledger, rb_err *err) {
  rb_record *record = rb_recording_failed(&s->o->plan->cells[i], l->device, reason);
  bool ok = rb_ledger_put(ledger, record, i, RB_FAILED, err);
  rb_record_free(record);
  l->done[i] = true;
  return ok;
}

/* What the worker was at is recorded as failed: a cell, or the roofs, which are left alone then. */
static bool take_failure(const rb_supervisor *s, lane *l, rb_ledger *ledger, const rb_err *why,
                         rb_err *err) {
  bool ok = true;
  note(s, l, why->text);
  l->n_failures++;
  if (l->cell != RB_RUN_NO_CELL && !l->done[l->cell]) {
    ok = put_failed(s, l, l->cell, why->text, ledger, err);
  } else if (l->step.when[0]) {
    rb_record *record = rb_recording_roof(NULL, l->device, l->step.when, why->text);
    ok = rb_ledger_put(ledger, record, RB_RUN_NO_CELL, RB_FAILED, err);
    rb_record_free(record);
    l->no_roofs = true;
  }
  if (l->is_stuck)
    retire(l, "its process stands in its way", why);
  else if (l->n_failures == RB_SUPERVISOR_PATIENCE && n_left(s, l) && !*s->o->stop)
    retire(l, "it failed three times in a row, at last", why);
  return ok;
}

/* Waits for a worker that does no more cells: what it does behind its last one, keeping what it
 * compiled, costs none. A signal meanwhile ends it. */
static void see_off(const rb_supervisor *s, lane *l) {
  char how[RB_PEER_HOW], text[RB_PEER_HOW + 64];
  const bool in_haste = *s->o->stop != 0;
  const rb_progress progress = {.doing = "keeping what was compiled for the next run"};
  l->cell = RB_RUN_NO_CELL;
  l->is_ending = false;
  const double allowed = allowed_s(s, l);
  double waited = 0;
  rb_message m;
  while (waited < allowed && (in_haste || !*s->o->stop) &&
         rb_peer_next(&l->peer, TICK_MS, &m) != RB_PEER_GONE) {
    waited += TICK_MS * 1e-3;
    if (waited > noticed_s && s->o->progress)
      s->o->progress(s->o->context, &progress);
  }
  bool is_cut = !in_haste && *s->o->stop;
  if (rb_peer_end(&l->peer, is_cut ? 0 : fmax(allowed - waited, 0), how) || is_cut)
    return;
  snprintf(text, sizeof text, "the device's process %s behind its last cell", how);
  note(s, l, text);
}

/* The cells that are left of a retired device. */
static bool put_retired(const rb_supervisor *s, lane *l, rb_ledger *ledger, rb_err *err) {
  char text[1100];
  bool ok = true;
  snprintf(text, sizeof text, "retired; its %zu cells that are left are recorded as failed",
           n_left(s, l));
  note(s, l, text);
  snprintf(text, sizeof text, "device retired, as %s", l->retired);
  for (size_t i = 0; ok && i < s->o->plan->n_cells; i++)
    ok = l->done[i] || put_failed(s, l, i, text, ledger, err);
  return ok;
}

static bool run_lane(rb_supervisor *s, lane *l, rb_ledger *ledger, rb_err *err) {
  rb_err why;
  while (!l->retired[0] && !*s->o->stop && n_left(s, l)) {
    if (!l->is_ready && !start_or_retire(s, l, err))
      return false;
    if (!l->is_ready)
      continue;
    outcome became = attend(s, l, ledger, &why, err);
    if (became == DONE) {
      l->is_ending = true;
      if (*s->o->stop || n_left(s, l) == 0)
        break;
      see_off(s, l);
      rb_fail(&why, RB_FAILED, "the device's process ended before it was done");
      became = FAILED;
    }
    if (became == FAILED && why.kind == RB_USAGE)
      *err = why;
    if (became == ENDED || why.kind == RB_USAGE || !take_failure(s, l, ledger, &why, err))
      return false;
  }
  return !l->retired[0] || put_retired(s, l, ledger, err);
}

bool rb_supervisor_run(rb_supervisor *s, const bool *done, rb_ledger *ledger, rb_err *err) {
  const size_t n = s->o->plan->n_cells;
  for (size_t i = 0; i < s->n && !*s->o->stop; i++) {
    if (i > 0 && s->lanes[i - 1].is_ending) /* nothing else runs while something is timed */
      see_off(s, &s->lanes[i - 1]);
    if (done)
      memcpy(s->lanes[i].done, done + i * n, n * sizeof *done);
    if (!run_lane(s, &s->lanes[i], ledger, err) || !rb_writer_commit(ledger->writer, err))
      return false;
  }
  return true;
}

void rb_supervisor_close(rb_supervisor *s) {
  char how[RB_PEER_HOW];
  if (s == NULL)
    return;
  for (size_t i = 0; s->lanes && i < s->n; i++) {
    if (s->lanes[i].is_ending)
      see_off(s, &s->lanes[i]);
    rb_peer_end(&s->lanes[i].peer, s->lanes[i].is_ready ? die_s : 0, how);
    free(s->lanes[i].done);
  }
  free(s->lanes);
  free(s->devices);
  free(s->found);
  free(s);
}
