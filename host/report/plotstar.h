// SPDX-License-Identifier: Apache-2.0
/* The panel of n* (or m*) against d, with its key below. */
#ifndef RB_REPORT_PLOTSTAR_H
#define RB_REPORT_PLOTSTAR_H
#include "report/plotgroup.h"
#include "report/script.h"

#define RB_PLOTSTAR_WIDTH 570.0
/* Pixels that the panel needs: axes of one height, the key as long as it gets. */
double rb_plotstar_height(const rb_plotgroup *group);
/* Writes data blocks and the plot; the panel's upper left corner is x, y. number tells its data
 * blocks from those of other panels. group has fits. */
void rb_plotstar_write(const rb_plotgroup *group, const rb_script *script, double x, double y,
                       size_t number);

#endif
