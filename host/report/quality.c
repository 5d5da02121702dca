// SPDX-License-Identifier: Apache-2.0
#include "report/quality.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

const char *const rb_quality_states[] = {"reached", "not reached", "unknown"};

bool rb_quality_time(const rb_record *cell, double time[3]) {
  rb_spread spread = {0};
  time[0] = time[1] = time[2] = NAN;
  if (!rb_record_get_spread(cell, RB_F_time_ns, &spread) || !(spread.median > 0) ||
      !isfinite(spread.median))
    return false;
  bool ranged = spread.lo > 0 && spread.lo <= spread.median && spread.median <= spread.hi &&
                isfinite(spread.hi) && spread.n >= RB_STATS_LEAST;
  time[0] = spread.median;
  time[1] = ranged ? spread.lo : NAN;
  time[2] = ranged ? spread.hi : NAN;
  return true;
}

/* The first round after which sin-theta is at most target, from 1; 0 if it is none of them.
 * *known: the trace has as many values as rounds. */
static uint64_t find_round(const rb_record *cell, uint64_t rounds, double target, bool *known) {
  void *memory = NULL;
  rb_err ignored = {0};
  uint64_t found = 0;
  *known = rounds <= RB_RECORD_MAX_REALS &&
           rb_alloc(&memory, (size_t)rounds, sizeof(double), "metrics of rounds", &ignored);
  double *values = memory;
  *known = *known && rb_record_get_reals(cell, RB_F_sin_theta_rounds, values, (size_t)rounds) ==
                         (size_t)rounds;
  for (size_t i = 0; *known && !found && i < rounds; i++)
    found = values[i] <= target ? i + 1 : 0;
  free(memory);
  return found;
}

rb_quality rb_quality_find(const rb_record *cell, double target) {
  rb_quality quality = {.state = RB_QUALITY_UNKNOWN, .time = {NAN, NAN, NAN}};
  uint64_t rounds = rb_record_get_integer(cell, RB_F_rounds);
  double last = rb_record_get_real(cell, RB_F_sin_theta);
  bool known = rounds <= 1 && isfinite(last);
  rounds = rounds ? rounds : 1; /* made-up traces may leave it out */
  if (rounds == 1)
    quality.rounds = known && last <= target;
  else
    quality.rounds = find_round(cell, rounds, target, &known);
  if (!known)
    return quality;
  quality.state = quality.rounds ? RB_QUALITY_REACHED : RB_QUALITY_MISSED;
  if (quality.rounds && rb_quality_time(cell, quality.time))
    for (int i = 0; i < 3; i++)
      quality.time[i] *= (double)quality.rounds / (double)rounds;
  return quality;
}
