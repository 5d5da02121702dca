// SPDX-License-Identifier: Apache-2.0
/* Sentences about how time and memory grow with the work. Texts are unescaped and owned by the
 * caller; NULL where there is nothing to say. Errors: RB_FAILED when memory is out. */
#ifndef RB_REPORT_REMARK_H
#define RB_REPORT_REMARK_H
#include "report/growth.h"

/* "time is proportional to the work along 3 of 4 curves; 1 inconclusive" */
bool rb_remark_claim(const rb_growth *growth, char **out, rb_err *err);
/* "part width: time over m at backend=native d=256 T=16 n1=n2=256" */
bool rb_remark_title(const rb_growth *growth, const rb_growth_curve *curve, char **out,
                     rb_err *err);
/* The slope and what follows from it, or why nothing does. */
bool rb_remark_slope(const rb_growth_curve *curve, char **out, rb_err *err);
/* The fixed cost, and that of a unit. */
bool rb_remark_fixed(const rb_growth_curve *curve, char **out, rb_err *err);
bool rb_remark_memory(const rb_growth_curve *curve, char **out, rb_err *err);
/* "cliff at n = 1025: ..." or "left out n = 64: failed, ..." of curve->points[i]. */
bool rb_remark_point(const rb_growth_curve *curve, size_t i, char **out, rb_err *err);
/* That the roofs of a device scatter by more than RB_GROWTH_QUIET: something else ran too. */
bool rb_remark_busy(const rb_growth *growth, char **out, rb_err *err);

#endif
