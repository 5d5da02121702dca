// SPDX-License-Identifier: Apache-2.0
/* n* and m* of complexity cells, as their search found them: samples or neurons that a new task
 * needs. Where the target was not reached there is no number, only a bound. */
#ifndef RB_REPORT_STAR_H
#define RB_REPORT_STAR_H
#include "report/figure.h"
#include "report/load.h"

/* value_lo_hi of a row: the cell's own interval, over several cells the median with its interval.
 * NAN in place of what is not known: of a censored cell all but lo, and everything where one of
 * several is censored. false if there is nothing. values: room for a number per cell. */
bool rb_star_numbers(const rb_load_row *row, double *values, double value_lo_hi[3]);
/* "96.3 (92.1..101.4)"; a censored cell is "> 1024", with one of several "1 of 5 > 1024". false if
 * there is nothing to say. */
bool rb_star_text(const rb_load_row *row, double *values, char text[RB_FIGURE_ROOM]);
/* Writes "; n* 96.3 (92.1..101.4) at d=4096 multitask parity" to out, of the largest d of the first
 * curve, n before m and learned features before others. Unescaped; nothing if there is no such
 * cell. */
void rb_star_headline(const rb_load *load, FILE *out);

#endif
