// SPDX-License-Identifier: Apache-2.0
/* Maximum likelihood of the model of a trial (report/exponent.h), for any linear dependence of
 * ln n* on its parameters: a free n* for every d, or a line in ln d.
 *
 * P(success) = g + (1 - g - l) F((x - star) / s + c) with F logistic and c = ln((1/2 - g) / (1/2 -
 * l)), so that P = 1/2 at star: what trials near n* say does not depend on g and l, which only
 * trials far from it could tell. */
#ifndef RB_REPORT_PSYCHOMETRIC_H
#define RB_REPORT_PSYCHOMETRIC_H
#include "report/trials.h"

enum {
  RB_PSYCHOMETRIC_MAX_COLUMNS = RB_TRIALS_MAX_POINTS,
  RB_PSYCHOMETRIC_ROOM = RB_PSYCHOMETRIC_MAX_COLUMNS + 3
};

/* Trials of one d and one x. */
typedef struct rb_psychometric_bin {
  double x;
  size_t point; /* which d */
  double n, n_successes;
} rb_psychometric_bin;

/* What all trials share. */
typedef struct rb_psychometric_shape {
  double scale, guess, lapse;
  double shift; /* c */
} rb_psychometric_shape;

typedef struct rb_psychometric {
  const rb_psychometric_bin *bins; /* (n_bins) by point */
  size_t n_bins, n_points;
  const double *design; /* (n_points, n_columns): star = design * parameters; NULL: the parameters
                           are the stars, one for each point */
  size_t n_columns;
  /* Parameters: columns, then ln s, g, l. Start value and result; bounds (equal: held fast). */
  double at[RB_PSYCHOMETRIC_ROOM], lower[RB_PSYCHOMETRIC_ROOM], upper[RB_PSYCHOMETRIC_ROOM];
  double log_likelihood;
  double covariance[RB_PSYCHOMETRIC_ROOM * RB_PSYCHOMETRIC_ROOM]; /* (n_columns + 3, n_columns + 3)
    inverse Fisher information; 0 in rows of parameters that lie at a bound */
} rb_psychometric;

/* Sets start values and bounds of ln s, g and l. */
void rb_psychometric_begin(rb_psychometric *model);
/* Fisher scoring, damped, within the bounds; a bounded number of steps. False if it came to no
 * rest. */
bool rb_psychometric_fit(rb_psychometric *model);

rb_psychometric_shape rb_psychometric_shape_of(const rb_psychometric *model);
rb_psychometric_shape rb_psychometric_shape_make(double scale, double guess, double lapse);
/* P(success) where x lies `above` star. */
double rb_psychometric_success(const rb_psychometric_shape *shape, double above);
/* Logarithm of the likelihood of n bins if their star is this. */
double rb_psychometric_likelihood(const rb_psychometric_shape *shape,
                                  const rb_psychometric_bin *bins, size_t n, double star);
/* Derivative by star of the log-likelihood of one trial. */
double rb_psychometric_score(const rb_psychometric_shape *shape, double above, bool success);

#endif
