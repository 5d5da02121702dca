// SPDX-License-Identifier: Apache-2.0
/* What the device is asked to do for a cell, which needs no statistics: launches by phase, flop and
 * peak memory. */
#ifndef RB_REPORT_EXACT_H
#define RB_REPORT_EXACT_H
#include "report/gate.h"
#include "trace/record.h"

/* Into out->exact what differs, "" if nothing does, and out->differs if that fails. Counts are
 * compared where both ran the same kernels; of pairs they may differ on purpose, and fail nothing.
 * Errors: RB_FAILED when memory is out. */
bool rb_exact_compare(const rb_record *base, const rb_record *fresh, bool paired, rb_gate_cell *out,
                      rb_err *err);

#endif
