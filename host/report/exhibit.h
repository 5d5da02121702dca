// SPDX-License-Identifier: Apache-2.0
/* A verdict's evidence for people. Errors: RB_FAILED when memory is out or out cannot be written.
 */
#ifndef RB_REPORT_EXHIBIT_H
#define RB_REPORT_EXHIBIT_H
#include <stdio.h>
#include "report/judge.h"

/* Curves from..to, one group: what is said of multitask, n* over d by source, exponents, controls
 * and cost; no table wider than 120 columns. An empty line ends it. */
bool rb_exhibit_group(const rb_judge *judge, size_t from, size_t to, FILE *out, rb_err *err);
/* Everything as a Markdown page. */
bool rb_exhibit_md(const rb_judge *judge, FILE *out, rb_err *err);

#endif
