// SPDX-License-Identifier: Apache-2.0
/* What must be alike in two runs for a comparison to mean something, device identity apart: notes
 * about what is not. */
#ifndef RB_REPORT_FINGERPRINT_H
#define RB_REPORT_FINGERPRINT_H
#include "report/sides.h"

/* Load average over processors when a run began. */
#define RB_FINGERPRINT_IDLE 0.7

/* Load average for each processor when the run of this header began; NAN if it does not say. */
double rb_fingerprint_load(const rb_record *run);
/* Notes into gate->notes: driver, program, suite file and processor that differ between the sides;
 * load average and scatter of the roofs. Errors: RB_FAILED when memory is out. */
bool rb_fingerprint_note(const rb_sides *sides, rb_gate *gate, rb_err *err);

#endif
