// SPDX-License-Identifier: Apache-2.0
/* The regression of ln n* on ln d, with d as the sampling unit. */
#ifndef RB_REPORT_SLOPE_H
#define RB_REPORT_SLOPE_H
#include "report/exponent.h"

/* Fills slope, intercept, chi2, curvature and ratio from the points; leaves them as they are if a d
 * is not seen or there are fewer than 3 (4 for the curvature). The points weigh by their errors
 * without the spread between pretrainings; the slope's error is that of the weighted regression
 * times max(1, sqrt(chi2 / (D - 2))). Its interval is the wider of two: normal with the errors of
 * the points, which are known from their trials, and t with D - 2 degrees of freedom with the
 * scatter around the line. (t times max(1, .) would cover 99.6 % in place of 95 where trials
 * explain the scatter.) */
void rb_slope_fit(rb_exponent *exponent);

#endif
