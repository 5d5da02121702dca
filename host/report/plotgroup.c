// SPDX-License-Identifier: Apache-2.0
#include "report/plotgroup.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/mem.h"

/* Okabe and Ito's palette, "Color Universal Design" (2008): it is told apart with every common
 * colour blindness. Of it the four sources have those that differ in lightness too. */
static const rb_plotgroup_style styles[] = {
    {"#0072B2", 7, 6, 1},   {"#D55E00", 5, 4, 2},   {"#E69F00", 9, 8, 4},   {"#000000", 13, 12, 3},
    {"#CC79A7", 11, 10, 5}, {"#56B4E9", 15, 14, 2}, {"#009E73", 11, 10, 4}, {"#707070", 15, 14, 3},
};
enum { N_STYLES = sizeof styles / sizeof *styles };

/* The first style that no curve has, from those of no source on. */
static const rb_plotgroup_style *free_style(const rb_plotgroup *group) {
  for (size_t k = RB_TRIALS_N_SOURCES; k < RB_TRIALS_N_SOURCES + N_STYLES; k++) {
    bool taken = false;
    for (size_t i = 0; i < group->n_curves; i++)
      taken = taken || group->curves[i].style == &styles[k % N_STYLES];
    if (!taken)
      return &styles[k % N_STYLES];
  }
  return &styles[N_STYLES - 1];
}

/* The first curve of a source has the source's style, others what is left. */
static void choose_styles(rb_plotgroup *group) {
  for (int others = 0; others < 2; others++)
    for (size_t i = 0; i < group->n_curves; i++) {
      rb_plotgroup_curve *at = &group->curves[i];
      rb_trials_source source = at->curve->source;
      bool first = i == 0 || at[-1].curve->source != source;
      if (first && source < RB_TRIALS_N_SOURCES && !others)
        at->style = &styles[source];
      else if (others && !at->style)
        at->style = free_style(group);
    }
}

static void choose_names(rb_plotgroup *group) {
  for (size_t i = 0; i < group->n_curves; i++) {
    rb_plotgroup_curve *at = &group->curves[i];
    rb_trials_source source = at->curve->source;
    bool alone = (i == 0 || at[-1].curve->source != source) &&
                 (i + 1 == group->n_curves || at[1].curve->source != source);
    if (alone)
      snprintf(at->name, sizeof at->name, "%s", rb_trials_sources[source]);
    else
      snprintf(at->name, sizeof at->name, "%s, T = %.10g", rb_trials_sources[source],
               rb_record_get_real(at->curve->cell, RB_F_T));
  }
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static bool collect_d(rb_plotgroup *group, rb_err *err) {
  size_t room = 0, n = 0;
  for (size_t i = 0; i < group->n_curves; i++)
    room += group->curves[i].curve->n_points;
  if (!rb_alloc((void **)&group->d, room, sizeof *group->d, "values of d", err))
    return false;
  for (size_t i = 0; i < group->n_curves; i++)
    for (size_t k = 0; k < group->curves[i].curve->n_points; k++)
      group->d[n++] = fmax(1, (double)group->curves[i].curve->points[k].d); /* 0: not said */
  qsort(group->d, n, sizeof *group->d, ascending);
  for (size_t i = 0; i < n; i++)
    if (group->n_d == 0 || group->d[i] > group->d[group->n_d - 1])
      group->d[group->n_d++] = group->d[i];
  return true;
}

static bool make_bins(rb_plotgroup *group, rb_plotgroup_curve *curve, rb_err *err) {
  const rb_trials_curve *from = curve->curve;
  if (!rb_alloc((void **)&curve->bins, from->n_points, sizeof *curve->bins, "bins", err))
    return false;
  for (size_t i = 0; i < from->n_points; i++) {
    size_t n_left_out = 0;
    if (!rb_plotbins_make(&from->points[i], &curve->bins[i].bins, &curve->bins[i].n, &n_left_out,
                          err))
      return false;
    group->n_left_out += n_left_out;
  }
  return true;
}

bool rb_plotgroup_load(const rb_trials_curve *curves, size_t n, bool fits, bool bins,
                       rb_plotgroup *out, rb_err *err) {
  *out = (rb_plotgroup){.cell = curves[0].cell,
                        .neurons = curves[0].neurons,
                        .target = rb_record_get_real(curves[0].cell, RB_F_target)};
  if (!rb_alloc((void **)&out->curves, n, sizeof *out->curves, "curves of a figure", err))
    return false;
  out->n_curves = n;
  for (size_t i = 0; i < n; i++) {
    rb_plotgroup_curve *curve = &out->curves[i];
    curve->curve = &curves[i];
    for (size_t k = 0; k < curves[i].n_points; k++)
      out->n_trials += curves[i].points[k].n_trials;
    if ((fits && !rb_exponent_fit(&curves[i], &curve->fit, err)) ||
        (bins && !make_bins(out, curve, err)))
      return false;
  }
  choose_styles(out);
  choose_names(out);
  return collect_d(out, err);
}

void rb_plotgroup_free(rb_plotgroup *group) {
  for (size_t i = 0; i < group->n_curves && group->curves; i++) {
    rb_plotgroup_curve *curve = &group->curves[i];
    for (size_t k = 0; curve->bins && k < curve->curve->n_points; k++)
      free(curve->bins[k].bins);
    free(curve->bins);
    if (curve->fit.points)
      rb_exponent_free(&curve->fit);
  }
  free(group->curves);
  free(group->d);
  *group = (rb_plotgroup){0};
}

size_t rb_plotgroup_place(const rb_plotgroup *group, double d) {
  size_t place = 0;
  while (place + 1 < group->n_d && group->d[place] < d)
    place++;
  return place;
}
