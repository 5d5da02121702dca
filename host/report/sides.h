// SPDX-License-Identifier: Apache-2.0
/* Two sides of traces, cell by cell: what the regression gate judges (report/gate.h).
 *
 * Separate runs (`check`): cells are matched by part, id (the hash of the configuration) and
 * device; rates enter against the roof of the same run. Pairs (`ab`): trace i of one side and trace
 * i of the other were made right after each other; the device may differ, and where the sides have
 * no id in common, cells are matched by what they compute, backend, variant, tile and chunk left
 * out.
 *
 * The fingerprint decides what may be compared: another device is refused, another driver, host,
 * suite file or program is noted, and so is a host that was busy. */
#ifndef RB_REPORT_SIDES_H
#define RB_REPORT_SIDES_H
#include "report/gate.h"
#include "trace/reader.h"

typedef struct rb_sides_stage {
  const rb_trace *base, *fresh; /* (n_base, n_fresh); paired: as many */
  size_t n_base, n_fresh;
} rb_sides_stage;

typedef struct rb_sides {
  rb_sides_stage first, second; /* second: fresh data for suspects, n_fresh 0 where there is none */
  bool paired;
  double margin; /* relative, > 0 */
  double run_sd; /* of ln t of one run, for separate runs */
} rb_sides;

/* *out holds no pointer into the traces; free with rb_gate_free() in every case. Errors: RB_USAGE
 * for more traces than the gate takes, RB_INCONCLUSIVE where the baseline has no cells, RB_FAILED
 * when memory is out. */
bool rb_sides_gate(const rb_sides *sides, rb_gate *out, rb_err *err);

#endif
