// SPDX-License-Identifier: Apache-2.0
#include "app/checking.h"
#include <math.h>
#include "report/sides.h"

enum { KEY_BASE = 1280, KEY_CONFIRM, KEY_MARGIN }; /* apart from those of parents */

static const struct argp_option options[] = {
    {"base", KEY_BASE, "TRACE", 0, "a run of the baseline; may be repeated", 0},
    {"confirm", KEY_CONFIRM, "TRACE", 0,
     "a fresh run, made after a suspicion: only these decide about it; may be repeated", 0},
    {"margin", KEY_MARGIN, "FRACTION", 0,
     "slower by less is no regression, such as 0.02 or 2% (default: what calibrate found for this "
     "device and suite, else 2%)",
     0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  rb_checking *o = state->input;
  switch (key) {
  case KEY_BASE:
    rb_tracefiles_add(state, &o->base, arg);
    return 0;
  case KEY_CONFIRM:
    rb_tracefiles_add(state, &o->confirm, arg);
    return 0;
  case KEY_MARGIN:
    rb_calibration_parse(state, arg, &o->margin);
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

const struct argp rb_checking_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};

static bool judge(const rb_checking *o, const rb_tracefiles *fresh, rb_gate *out, rb_err *err) {
  rb_calibration found;
  bool kept;
  if (!rb_calibration_find(o->margin, &o->base.traces[0], &found, &kept, err))
    return false;
  rb_sides sides = {.first = {o->base.traces, fresh->traces, o->base.n, fresh->n},
                    .margin = found.margin,
                    /* Two runs make a pair. */
                    .run_sd = fmax(RB_GATE_RUN_SD, found.sd / sqrt(2))};
  if (o->confirm.n)
    sides.second = (rb_sides_stage){o->base.traces, o->confirm.traces, o->base.n, o->confirm.n};
  return rb_sides_gate(&sides, out, err) && (!kept || rb_calibration_note(out, err));
}

bool rb_checking_gate(rb_checking *o, const rb_tracefiles *fresh, rb_gate *out, rb_err *err) {
  return rb_tracefiles_read(&o->base, true, err) && rb_tracefiles_read(&o->confirm, true, err) &&
         judge(o, fresh, out, err);
}

void rb_checking_free(rb_checking *o) {
  rb_tracefiles_free(&o->base);
  rb_tracefiles_free(&o->confirm);
}
