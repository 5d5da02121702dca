// SPDX-License-Identifier: Apache-2.0
/* New runs against a stored baseline: what `check` says, and `report --base` shows. */
#ifndef RB_APP_CHECKING_H
#define RB_APP_CHECKING_H
#include "app/calibration.h"
#include "app/tracefiles.h"

/* Begins as {0}; freed with rb_checking_free() in any case. */
typedef struct rb_checking {
  rb_tracefiles base, confirm;
  double margin; /* 0: what calibrate kept, else RB_GATE_MARGIN */
} rb_checking;

/* --base, --confirm and --margin; the parent passes a `rb_checking *` as the child's input. */
extern const struct argp rb_checking_argp;

/* Reads base and confirm, which must be whole, and judges the new runs. Errors: those of
 * rb_tracefiles_read() and rb_sides_gate(). */
bool rb_checking_gate(rb_checking *checking, const rb_tracefiles *fresh, rb_gate *out, rb_err *err);
void rb_checking_free(rb_checking *checking);

#endif
