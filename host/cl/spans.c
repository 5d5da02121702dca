// SPDX-License-Identifier: Apache-2.0
#include "cl/spans.h"
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "cl/internal.h"

enum { HARVEST = 4096 }; /* events held before their times are read and they are released */

static void distrust(rb_session *session, const char *why, const char *phase) {
  if (!session->clock_bad)
    snprintf(session->clock_reason, sizeof session->clock_reason, "%s (%s)", why, phase);
  session->clock_bad = true;
}

static phase_total *total_of(rb_session *session, const char *phase) {
  for (size_t i = 0; i < session->n_totals; i++)
    if (strcmp(session->totals[i].phase, phase) == 0)
      return &session->totals[i];
  if (session->n_totals == RB_MAX_PHASES)
    return &session->totals[RB_MAX_PHASES - 1];
  session->totals[session->n_totals] = (phase_total){.phase = phase};
  return &session->totals[session->n_totals++];
}

/* false, and distrust, if the event has no times or some that cannot be. */
static bool read_event(rb_session *session, cl_event event, const char *phase, cl_ulong *start,
                       cl_ulong *end) {
  cl_int code =
      clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof *start, start, NULL);
  if (code == CL_SUCCESS)
    code = clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof *end, end, NULL);
  if (code != CL_SUCCESS)
    distrust(session, "no profiling information", phase);
  else if (*end < *start)
    distrust(session, "event ends before it starts", phase);
  else if (*start == 0 || *end == 0)
    distrust(session, "event time is zero", phase);
  else
    return true;
  return false;
}

/* NVIDIA's markers may come later than the command between them, which then counts. */
static void read_entry(rb_session *session, const tape_entry *entry) {
  cl_ulong start = 0, end = 0, first, last;
  phase_total *total = total_of(session, entry->phase);
  total->launches++;
  for (unsigned i = 0; i < entry->n; i++) {
    if (!read_event(session, entry->events[i], entry->phase, &first, &last))
      return;
    start = i == 0 || first < start ? first : start;
    end = last > end ? last : end;
  }
  total->ns += (double)(end - start);
  if (session->first_ns == 0 || start < session->first_ns)
    session->first_ns = start;
  if (end > session->last_ns)
    session->last_ns = end;
}

static void release(const tape_entry *entry) {
  for (unsigned i = 0; i < entry->n; i++)
    clReleaseEvent(entry->events[i]);
}

static bool harvest(rb_session *session, rb_err *err) {
  if (!rb_session_finish(session, err))
    return false;
  for (size_t i = 0; i < session->n_tape; i++) {
    read_entry(session, &session->tape[i]);
    release(&session->tape[i]);
  }
  session->n_tape = session->n_ended = 0;
  return true;
}

bool rb_tape_add(rb_session *session, const cl_event *events, unsigned n, const char *phase,
                 rb_err *err) {
  void *tape = session->tape;
  tape_entry entry = {.n = n, .phase = phase};
  memcpy(entry.events, events, n * sizeof *events);
  if (!rb_grow(&tape, &session->tape_room, session->n_tape + 1, sizeof(tape_entry), "event tape",
               err)) {
    release(&entry);
    return false;
  }
  session->tape = tape;
  session->tape[session->n_tape++] = entry;
  return session->n_tape < HARVEST || harvest(session, err);
}

void rb_spans_begin(rb_session *session) {
  for (size_t i = 0; i < session->n_tape; i++)
    release(&session->tape[i]);
  session->n_tape = session->n_ended = 0;
  session->n_totals = 0;
  session->first_ns = session->last_ns = 0;
  session->clock_bad = false;
  session->clock_reason[0] = 0;
}

bool rb_spans_collect(rb_session *session, uint64_t host_ns, rb_spans *out, rb_err *err) {
  *out = (rb_spans){.trusted = false};
  if (!harvest(session, err))
    return false;
  out->n_spans = session->n_totals;
  for (size_t i = 0; i < session->n_totals; i++)
    out->spans[i] =
        (rb_span){session->totals[i].phase, session->totals[i].ns, session->totals[i].launches};
  out->device_ns = session->last_ns - session->first_ns;
  char why[120];
  /* The span holds the gaps between commands too, so it is about what the host saw. llvmpipe of
   * Mesa 22.3 gives start and end of a launch of 20 ms as 1 ns apart. */
  bool longer = out->device_ns > host_ns + host_ns / 50 + 50000;
  bool shorter = host_ns > 200000 && out->device_ns < host_ns / 2;
  if (longer || shorter) {
    snprintf(why, sizeof why, "device time %.3g ms, host time %.3g ms",
             (double)out->device_ns * 1e-6, (double)host_ns * 1e-6);
    distrust(session, why, "whole repetition");
  }
  out->trusted = !session->clock_bad && out->device_ns > 0;
  if (!out->trusted && !session->clock_bad)
    distrust(session, "no device time", "whole repetition");
  memcpy(out->reason, session->clock_reason, sizeof out->reason);
  return true;
}
