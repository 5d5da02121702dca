// SPDX-License-Identifier: Apache-2.0
/* Panels of test accuracy against n (or m), one a source, with their common key below. */
#ifndef RB_REPORT_PLOTACCURACY_H
#define RB_REPORT_PLOTACCURACY_H
#include "report/plotgroup.h"
#include "report/script.h"

#define RB_PLOTACCURACY_WIDTH 650.0
/* Pixels that the panels and their key need. */
double rb_plotaccuracy_height(const rb_plotgroup *group);
/* Writes data blocks and plots; the upper left corner is x, y. number tells the data blocks from
 * those of other groups. group has bins. */
void rb_plotaccuracy_write(const rb_plotgroup *group, const rb_script *script, double x, double y,
                           size_t number);

#endif
