// SPDX-License-Identifier: Apache-2.0
/* Ceilings of a device, measured in the same run as what is compared with them: multiply-adds
 * without dependences, and a copy of random data (kernels/probe.cl). A roof that something exceeds
 * is a wrong roof, so each probe has several shapes; short trials find the fastest on this device,
 * which is then launched for longer. What the probes computed is compared with what they should. */
#ifndef RB_STUDY_ROOF_H
#define RB_STUDY_ROOF_H
#include "base/stats.h"
#include "cl/program.h"
#include "cl/session.h"
#include "net/variant.h"

enum {
  RB_ROOF_LAUNCHES = 8,      /* of the fastest shape, beside what is timed with it */
  RB_ROOF_LAUNCHES_LONG = 40 /* where the roofs are all that is asked for */
};

typedef struct rb_probe {
  double best;      /* rate of the fastest launch after the trials */
  rb_spread spread; /* of all of them */
  unsigned width;   /* floats per vector; 0: the driver's own copy command */
  unsigned chains;  /* independent sums per work-item; 0 of a copy */
  rb_arithmetic by; /* tensor cores' products, three of TF32 counted as one; or multiply-adds */
  uint64_t bytes;   /* of the buffer that is copied; 0 of multiply-adds */
  bool host_clock;  /* some launch could not be timed by the device's clock */
} rb_probe;

typedef struct rb_roof {
  double gflops;   /* two flop a multiply-add: that of the compute probe */
  double gb_per_s; /* copy.best: 1e9 bytes, read plus written */
  /* GFLOP/s by what multiplies. best is 0 where that was not measured: where there are no tensor
   * cores, or the device's own kernels do not use them so. */
  rb_probe arithmetic[RB_N_ARITHMETICS];
  rb_probe copy; /* GB/s */
} rb_roof;

/* The probe that bounds what the device's own kernels (rb_variant_choose) do. */
const rb_probe *rb_roof_compute(const rb_roof *roof, const rb_device *device);

/* Roofs that the device's own kernels have, or with `all` every one that it has. Half a second each
 * where the kernels are compiled, with RB_ROOF_LAUNCHES launches; sizes grow until a
 * launch takes long enough to be timed, so slow devices get small ones. The best launch counts: a
 * roof is what is attainable. Errors: RB_FAILED; RB_WRONG if a probe computed something
 * else, as its rate then means nothing. */
bool rb_roof_measure(rb_session *session, unsigned n_launches, bool all, rb_roof *out, rb_err *err);
/* "12 chains of 16 floats", "8 chains of 3 x TF32", "8 chains of halves", "vectors of 16 floats, 64
 * MiB" or "copy command, 64 MiB". */
void rb_roof_describe(const rb_probe *probe, char *text, size_t room);

/* Every entry that the probes may use on any device, with or without tensor cores, through visit().
 */
void rb_roof_programs(bool tensor_cores, rb_program_visit *visit, void *context);

#endif
