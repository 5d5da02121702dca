// SPDX-License-Identifier: Apache-2.0
/* A verdict's evidence for people. Errors: RB_FAILED when memory is out or out cannot be written.
 */
#ifndef RB_REPORT_EXHIBIT_H
#define RB_REPORT_EXHIBIT_H
#include <stdio.h>
#include "report/judge.h"

enum { RB_EXHIBIT_ROOM = 480 };
/* n* or m* of curve->points[which]: "96.3 (92.1..101.4)", "> 1024", "< 4" or "-". */
void rb_exhibit_star(char text[RB_EXHIBIT_ROOM], const rb_judge_curve *curve, size_t which);
/* Curves from..to, one group: what is said of multitask, n* over d by source, exponents, controls
 * and cost; no table wider than 120 columns. An empty line ends it. */
bool rb_exhibit_group(const rb_judge *judge, size_t from, size_t to, FILE *out, rb_err *err);
/* Everything as a Markdown page. */
bool rb_exhibit_md(const rb_judge *judge, FILE *out, rb_err *err);

#endif
