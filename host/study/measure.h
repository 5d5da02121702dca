// SPDX-License-Identifier: Apache-2.0
/* Timed repetitions of a training: what a cell of mode `time` gathers over several visits. */
#ifndef RB_STUDY_MEASURE_H
#define RB_STUDY_MEASURE_H
#include <stdatomic.h>
#include "base/energy.h"
#include "base/stats.h"
#include "cl/spans.h"
#include "net/train.h"

enum { RB_TIMES_PHASES = 24, RB_TIMES_ENERGY_TEXT = 512 };

typedef struct rb_repetition {
  double device_ns, host_ns;        /* the whole, by either clock */
  double phase_ns[RB_TIMES_PHASES]; /* device time by phase */
} rb_repetition;

typedef struct rb_times {
  rb_repetition *repetitions; /* (n) */
  size_t n, room;
  const char *phases[RB_TIMES_PHASES]; /* (n_phases) */
  uint64_t launches[RB_TIMES_PHASES];  /* of one repetition */
  size_t n_phases;
  double cold_ns; /* first repetition of all, by the host's clock */
  double spent_s; /* host time in repetitions, warm ones included */
  const rb_energy
      *energy; /* what is read before and after the repetitions of a visit; NULL: nothing */
  double energy_j, energy_s; /* between these readings, over the visits; energy_j NAN: one failed */
  size_t n_visits;
  /* Repetitions that were made again, as their device times could not be trusted; not in n. */
  unsigned n_again;
  bool host_clock;  /* some repetition's device time could not be trusted: then host times count */
  char reason[160]; /* why */
} rb_times;

void rb_times_free(rb_times *times);
/* Time of repetition i by the clock that counts, ns. */
double rb_times_ns(const rb_times *times, size_t i);
/* Median and interval of these; times->n >= 1. */
bool rb_times_spread(const rb_times *times, rb_spread *out, rb_err *err);
/* Median of phase i over the repetitions. */
bool rb_times_phase(const rb_times *times, size_t i, double *median, rb_err *err);

/* Joules of one repetition; NAN, and why in text, where nothing was read or for too short a time.
 */
double rb_times_energy_j(const rb_times *times, char *text, size_t room);

/* One visit: opens the network, a warm repetition, then n timed ones (all rounds from W0,
 * generation of inputs included); W+ must have the given hash at the end. Stops early, without
 * error, when *stop is set. Those of the reference run on the host. Errors: RB_FAILED; RB_WRONG
 * when W+ differs from the verified run's. */
bool rb_measure_device(rb_session *session, const rb_problem *problem, const rb_layout *layout,
                       const char *hash, size_t n, const atomic_int *stop, rb_times *times,
                       rb_err *err);
bool rb_measure_reference(const rb_problem *problem, const char *hash, size_t n,
                          const atomic_int *stop, rb_times *times, rb_err *err);

#endif
