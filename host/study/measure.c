// SPDX-License-Identifier: Apache-2.0
#include "study/measure.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"

/* Repetitions of a cell whose events contradict each other or the host, and which are made again:
 * some drivers give a time in many wrong. With more of them the cell is the host's clock's. */
enum { AGAIN_MOST = 2 };

void rb_times_free(rb_times *t) {
  free(t->repetitions);
  *t = (rb_times){0};
}

double rb_times_ns(const rb_times *t, size_t i) {
  return t->host_clock ? t->repetitions[i].host_ns : t->repetitions[i].device_ns;
}

/* phase < 0: the whole. */
static bool spread_of(const rb_times *t, int phase, rb_spread *out, rb_err *err) {
  void *room = NULL;
  if (!rb_alloc(&room, t->n, sizeof(double), "samples", err))
    return false;
  double *values = room;
  for (size_t i = 0; i < t->n; i++)
    values[i] = phase < 0 ? rb_times_ns(t, i) : t->repetitions[i].phase_ns[phase];
  *out = rb_stats_spread(values, t->n);
  free(room);
  return true;
}

bool rb_times_spread(const rb_times *t, rb_spread *out, rb_err *err) {
  return spread_of(t, -1, out, err);
}

bool rb_times_phase(const rb_times *t, size_t i, double *median, rb_err *err) {
  rb_spread spread = {0};
  bool ok = spread_of(t, (int)i, &spread, err);
  *median = spread.median;
  return ok;
}

/* Room for n more repetitions, so that nothing allocates between them. */
static bool reserve(rb_times *t, size_t n, rb_err *err) {
  void *grown = t->repetitions;
  bool ok = rb_grow(&grown, &t->room, t->n + n, sizeof *t->repetitions, "repetitions", err);
  t->repetitions = grown;
  return ok;
}

static size_t phase_index(rb_times *t, const char *phase) {
  for (size_t i = 0; i < t->n_phases; i++)
    if (strcmp(t->phases[i], phase) == 0)
      return i;
  if (t->n_phases == RB_TIMES_PHASES)
    return RB_TIMES_PHASES - 1;
  t->phases[t->n_phases] = phase;
  return t->n_phases++;
}

static void keep(rb_times *t, uint64_t host_ns, const rb_spans *spans) {
  rb_repetition *r = &t->repetitions[t->n++];
  *r = (rb_repetition){.host_ns = (double)host_ns, .device_ns = (double)spans->device_ns};
  memset(t->launches, 0, sizeof t->launches);
  for (size_t i = 0; i < spans->n_spans; i++) {
    size_t at = phase_index(t, spans->spans[i].phase);
    r->phase_ns[at] += spans->spans[i].ns;
    t->launches[at] += spans->spans[i].launches;
  }
  if (!spans->trusted && !t->host_clock) {
    t->host_clock = true;
    memcpy(t->reason, spans->reason, sizeof t->reason);
  }
}

/* A reading of the energy counters and its time. */
typedef struct mark {
  rb_energy_reading reading;
  rb_host_time at;
} mark;

static mark make_mark(const rb_times *t) {
  mark now = {.at = rb_clock_now()};
  if (t->energy)
    now.reading = rb_energy_read(t->energy);
  return now;
}

/* Adds what was taken since `from`. */
static void add_energy(rb_times *t, const mark *from) {
  mark to = make_mark(t);
  if (t->energy == NULL)
    return;
  t->energy_j += rb_energy_between_j(t->energy, &from->reading, &to.reading);
  t->energy_s += (double)rb_clock_between_ns(from->at, to.at) * 1e-9;
  t->n_visits++;
}

double rb_times_energy_j(const rb_times *t, char *text, size_t room) {
  double wanted = RB_ENERGY_LEAST_S * (double)t->n_visits;
  if (t->energy == NULL)
    snprintf(text, room, "unavailable: nothing here counts what this device takes");
  else if (!rb_energy_is_available(t->energy))
    snprintf(text, room, "%s", rb_energy_describe(t->energy));
  else if (!(t->energy_j > 0))
    snprintf(text, room, "unavailable: the counters could not be read again, or stood still");
  else if (t->energy_s < wanted)
    snprintf(text, room,
             "unavailable: the repetitions of a visit took %.2g ms, and the counters need %.2g ms",
             1e3 * t->energy_s / (double)t->n_visits, 1e3 * RB_ENERGY_LEAST_S);
  else {
    snprintf(text, room, "%s", rb_energy_describe(t->energy));
    return t->energy_j / (double)(t->n + t->n_again);
  }
  return NAN;
}

/* All rounds from W0, waited for. */
static bool repetition(rb_net *net, uint64_t *host_ns, rb_spans *spans, rb_err *err) {
  rb_session *session = rb_net_session(net);
  uint32_t rounds = rb_net_problem(net)->rounds;
  rb_spans_begin(session);
  rb_host_time start = rb_clock_now();
  if (!rb_net_reset(net, err))
    return false;
  for (uint32_t round = 0; round < rounds; round++)
    if (!rb_net_round(net, round, err))
      return false;
  if (!rb_session_finish(session, err))
    return false;
  *host_ns = rb_clock_between_ns(start, rb_clock_now());
  return rb_spans_collect(session, *host_ns, spans, err);
}

static bool same_weights(const float *W, const rb_problem *p, const char *hash, rb_err *err) {
  char found[65];
  rb_train_hash(W, (size_t)p->m * rb_problem_inner(p).d, found);
  return strcmp(found, hash) == 0 ||
         rb_fail(err, RB_WRONG,
                 "a timed repetition gave other weights (SHA-256 %.12s..) than the verified run "
                 "(%.12s..): "
                 "the device is not deterministic, or a command overlapped another",
                 found, hash);
}

bool rb_measure_device(rb_session *session, const rb_problem *p, const rb_layout *layout,
                       const char *hash, size_t n, const atomic_int *stop, rb_times *t,
                       rb_err *err) {
  rb_net *net = NULL;
  float *W = NULL;
  rb_spans spans;
  uint64_t host_ns = 0;
  bool ok =
      rb_alloc((void **)&W, (size_t)p->m * rb_problem_inner(p).d, sizeof *W, "weights", err) &&
      reserve(t, n, err) && rb_net_open(session, p, layout, NULL, &net, err);
  rb_host_time start = rb_clock_now();
  ok = ok && repetition(net, &host_ns, &spans, err);
  if (ok && t->cold_ns == 0)
    t->cold_ns = (double)host_ns;
  mark before = make_mark(t);
  for (size_t i = 0; ok && i < n && !*stop; i++) {
    ok = repetition(net, &host_ns, &spans, err);
    for (; ok && !spans.trusted && t->n_again < AGAIN_MOST && !*stop; t->n_again++)
      ok = repetition(net, &host_ns, &spans, err);
    if (ok)
      keep(t, host_ns, &spans);
  }
  add_energy(t, &before);
  t->spent_s += rb_clock_since_s(start);
  ok = ok && rb_net_weights(net, W, err) && same_weights(W, p, hash, err) &&
       rb_session_check_guards(session, err);
  rb_net_close(net);
  free(W);
  return ok;
}

bool rb_measure_reference(const rb_problem *p, const char *hash, size_t n, const atomic_int *stop,
                          rb_times *t, rb_err *err) {
  static const rb_spans none = {.reason = "the reference runs on the host"};
  if (!reserve(t, n, err))
    return false;
  mark before = make_mark(t);
  for (size_t i = 0; i < n && !*stop; i++) {
    rb_trained trained;
    rb_host_time start = rb_clock_now();
    if (!rb_train_reference(p, &trained, err))
      return false;
    uint64_t host_ns = rb_clock_between_ns(start, rb_clock_now());
    t->spent_s += (double)host_ns * 1e-9;
    if (t->cold_ns == 0)
      t->cold_ns = (double)host_ns;
    keep(t, host_ns, &none);
    bool same = same_weights(trained.W, p, hash, err);
    rb_train_free(&trained);
    if (!same)
      return false;
  }
  add_energy(t, &before);
  return true;
}
