// SPDX-License-Identifier: Apache-2.0
/* How n* (or m*) of a curve depends on d, from its trials (docs/METHOD.md).
 *
 * Model of a trial at ln n = x: P(success) = g + (1 - g - l) F((x - ln n*) / s + c), F logistic;
 * c is such that P = 1/2 at n*. Every d has its n*; s, g and l are shared. Maximum likelihood over
 * all trials of the curve. Then ln n* = a + b ln d: weighted regression over the values of d, which
 * decides, and the same in one likelihood over all trials, where a d whose target is never reached
 * contributes its failures. */
#ifndef RB_REPORT_EXPONENT_H
#define RB_REPORT_EXPONENT_H
#include "report/trials.h"

/* Where n* of one d lies. */
typedef enum rb_exponent_censored {
  RB_EXPONENT_SEEN,
  RB_EXPONENT_ABOVE, /* above the largest n that trials had: the target is not reached */
  RB_EXPONENT_BELOW, /* below the least n */
  RB_EXPONENT_NO_TRIALS
} rb_exponent_censored;

typedef struct rb_exponent_point {
  uint64_t d;
  double log_star; /* ln n*; NAN unless seen */
  double se;       /* its standard error, spread between pretrainings included; NAN unless seen */
  double lo, hi;   /* 95 % interval of ln n*; -INFINITY, INFINITY where there is no bound */
  double log_cap;  /* ln of the largest n */
  rb_exponent_censored censored;
} rb_exponent_point;

/* An estimate with its intervals; NAN where there is none. */
typedef struct rb_exponent_slope {
  double value, se;
  double lo90, hi90, lo95, hi95;
} rb_exponent_slope;

/* What is to be said about a curve. */
typedef enum rb_exponent_state {
  RB_EXPONENT_INDEPENDENT, /* the 90 % interval of b is inside (-delta, delta) */
  RB_EXPONENT_GROWS,       /* wholly above delta */
  RB_EXPONENT_FALLS,       /* wholly below -delta */
  RB_EXPONENT_INCONCLUSIVE,
  RB_EXPONENT_REFUSED /* the data allow no statement */
} rb_exponent_state;
extern const char *const rb_exponent_states[]; /* index = enum value */

typedef struct rb_exponent {
  rb_exponent_point *points; /* (n_points) as those of the curve */
  size_t n_points;
  double scale, guess, lapse; /* s, g, l; NAN if there is no fit */
  double
      dispersion;  /* variance between pretrainings over what independent trials have; at least 1 */
  double contrast; /* the same of what differs between values of d, as pretrainings with the same
                      seeds are good or bad at all of them; at least 1 */
  /* Of the regression; NAN if a d is not seen or there are fewer than 3. */
  rb_exponent_slope slope;
  double intercept;    /* ln n* = intercept + slope.value ln d */
  double chi2;         /* of the regression, n_points - 2 degrees of freedom */
  double curvature[3]; /* coefficient of (ln d)^2: value, 95 % interval */
  double ratio[3];     /* largest n* over least n*: value, simultaneous 95 % interval */
  /* Of the joint fit; se NAN. */
  rb_exponent_slope joint;
  double joint_intercept;
  double d_min, d_max;
  double delta; /* ln(margin) / ln(d_max / d_min) */
  rb_exponent_state state;
  char reason[240]; /* why it is refused, in words; else "" */
} rb_exponent;

/* Errors: RB_FAILED when memory is out. Free with rb_exponent_free(). */
bool rb_exponent_fit(const rb_trials_curve *curve, rb_exponent *out, rb_err *err);
void rb_exponent_free(rb_exponent *exponent);

/* P(success) at ln n = x where ln n* = log_star, by the fitted s, g and l. */
double rb_exponent_success(const rb_exponent *exponent, double log_star, double x);

#endif
