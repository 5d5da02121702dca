// SPDX-License-Identifier: Apache-2.0
/* What the figures of one group of curves show: fits and bins of all its sources. */
#ifndef RB_REPORT_PLOTGROUP_H
#define RB_REPORT_PLOTGROUP_H
#include "report/plotbins.h"
#include "report/exponent.h"

typedef struct rb_plotgroup_bins {
  rb_plotbin *bins; /* (n) */
  size_t n;
} rb_plotgroup_bins;

/* How a curve is drawn: the shapes and lightness differ too, not only the hue. */
typedef struct rb_plotgroup_style {
  const char *colour;
  int filled, open; /* point types of gnuplot */
  int dash;
} rb_plotgroup_style;

typedef struct rb_plotgroup_curve {
  const rb_trials_curve *curve;
  rb_exponent fit;         /* empty unless asked for */
  rb_plotgroup_bins *bins; /* (curve->n_points); NULL unless asked for */
  const rb_plotgroup_style *style;
  char name[64]; /* "multitask", or "multitask, T = 16" where the group has others; untrusted */
} rb_plotgroup_curve;

typedef struct rb_plotgroup {
  rb_plotgroup_curve *curves; /* (n_curves) */
  size_t n_curves;
  double *d; /* (n_d) of all curves, ascending */
  size_t n_d;
  size_t n_trials, n_left_out; /* left out: trials in no bin */
  const rb_record *cell;       /* of its first curve */
  bool neurons;
  double target; /* NAN if it is not said */
} rb_plotgroup;

/* curves (n >= 1): those of one group; they outlive the result. fits, bins: what is wanted.
 * Errors: RB_FAILED when memory is out. Free with rb_plotgroup_free() in every case. */
bool rb_plotgroup_load(const rb_trials_curve *curves, size_t n, bool fits, bool bins,
                       rb_plotgroup *out, rb_err *err);
void rb_plotgroup_free(rb_plotgroup *group);
/* The place of a value of d in group->d. */
size_t rb_plotgroup_place(const rb_plotgroup *group, double d);

#endif
