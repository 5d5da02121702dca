// SPDX-License-Identifier: Apache-2.0
/* Ceilings of a device, measured in the same run as what is compared with them: multiply-adds
 * without dependences, and a copy of random data (kernels/probe.cl). */
#ifndef RB_STUDY_ROOF_H
#define RB_STUDY_ROOF_H
#include "cl/session.h"

typedef struct rb_roof {
  double gflops;   /* single precision, two flop a multiply-add */
  double gb_per_s; /* 1e9 bytes read plus written */
} rb_roof;

/* About half a second; sizes grow until a launch takes long enough to be timed, so slow devices get
 * small ones. The best of several launches: a roof is what is attainable. Errors: RB_FAILED. */
bool rb_roof_measure(rb_session *session, rb_roof *out, rb_err *err);

#endif
