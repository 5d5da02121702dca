// SPDX-License-Identifier: Apache-2.0
/* What `calibrate` found out about this machine, kept in the user's cache, and the margin that
 * follows: that of the command line, else what was found for the device and suite, else 2 %. */
#ifndef RB_APP_CALIBRATION_H
#define RB_APP_CALIBRATION_H
#include <argp.h>
#include "base/cache.h"
#include "report/gate.h"
#include "trace/reader.h"

typedef struct rb_calibration {
  double margin; /* relative: the least that A against A passes with a chance of 80 % */
  double sd;     /* of a pair's difference of ln t, of the worst cell */
} rb_calibration;

/* A margin of the command line into *margin: "0.02" or "2%", above 0 and at most 1. Ends the
 * process with 2 if it is none. */
void rb_calibration_parse(const struct argp_state *state, const char *text, double *margin);

/* What is kept for the device and suite of the first cell of a trace; false: nothing. */
bool rb_calibration_get(rb_cache *cache, const rb_trace *trace, rb_calibration *out);
/* What a gate goes by: the margin that was given if it is above 0, else what is kept, else
 * RB_GATE_MARGIN; sd: what is kept, else 0. *kept: the margin is what was. Errors: those of opening
 * the cache. */
bool rb_calibration_find(double given, const rb_trace *base, rb_calibration *out, bool *kept,
                         rb_err *err);
/* Notes that. */
bool rb_calibration_note(rb_gate *gate, rb_err *err);
void rb_calibration_put(rb_cache *cache, const rb_trace *trace, rb_calibration value);

#endif
