// SPDX-License-Identifier: Apache-2.0
/* A figure of the page for values with intervals along one scale, a strip each: which way they lie
 * from no difference. */
#ifndef RB_REPORT_PAGESTRIP_H
#define RB_REPORT_PAGESTRIP_H
#include "report/svg.h"

/* Triangles say better and worse, a circle that it is neither. */
typedef enum rb_pagestrip_mark {
  RB_PAGESTRIP_CIRCLE,
  RB_PAGESTRIP_UP,
  RB_PAGESTRIP_DOWN
} rb_pagestrip_mark;

typedef struct rb_pagestrip {
  const char *name, *figure; /* what stands above it; untrusted */
  const char *state;         /* and behind these */
  const double *value_lo_hi; /* (3); lo and hi may be NAN */
  double none[2];            /* where there is no difference: from, to */
  rb_pagestrip_mark mark;
} rb_pagestrip;

/* The list of strips with its scale on top; axis from 0 to 100. */
void rb_pagestrip_begin(const rb_svg_axis *axis, FILE *out);
void rb_pagestrip_put(const rb_svg_axis *axis, const rb_pagestrip *strip, FILE *out);
void rb_pagestrip_end(FILE *out);

#endif
