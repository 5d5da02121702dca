// SPDX-License-Identifier: Apache-2.0
/* The numbers of a trace against each other, for report/publish.h. */
#ifndef RB_REPORT_PLAUSIBLE_H
#define RB_REPORT_PLAUSIBLE_H
#include "report/publish.h"

/* Timed cells: repetitions, interval, rates, roofs, clocks; then the roofs themselves and how long
 * the run took. Errors: RB_FAILED when memory is out. */
bool rb_plausible_judge(const rb_load *load, rb_publish *out, rb_err *err);

#endif
