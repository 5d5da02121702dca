// SPDX-License-Identifier: Apache-2.0
/* How much the time of a cell has shifted between two sides: of pairs run by run, of separate runs
 * against their roof. Only times by one clock are compared: whether a driver's can be trusted may
 * change from run to run, and the host's of the same work are longer. */
#ifndef RB_REPORT_SIDETIME_H
#define RB_REPORT_SIDETIME_H
#include "report/sidegroup.h"

bool rb_sidetime_is_timed(const rb_record *cell);
/* Whether both sides, in the first stage, have runs by the same clock. */
bool rb_sidetime_has_common_clock(const rb_sidegroup *group);
/* Times, fractions of the roof and shifts of both stages into out. Errors: RB_FAILED when memory is
 * out. */
bool rb_sidetime_judge(const rb_sides *sides, const rb_sidegroup *group, rb_gate_cell *out,
                       rb_err *err);

#endif
