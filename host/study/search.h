// SPDX-License-Identifier: Apache-2.0
/* Where the next trial of a search for n* (or m*) is placed, and when there are enough: a Bayesian
 * logistic model of success against ln n on a grid (spec-measurement.md, section 5).
 *
 *   P(success at n) = .01 + .97 / (1 + exp(-(ln n - ln n*) / s))
 *
 * Prior: ln n* uniform from below the least to e^1.5 above the largest n, s one of a few values
 * from .05 to 1.6. A trial is placed at a random quantile of a curve drawn from the posterior: most
 * tell about n*, some about s, none is wasted far away, and unlike bisection it is not drawn to one
 * side. The result is the search's own estimate; verdicts are made from the trials
 * (report/exponent.h). */
#ifndef RB_STUDY_SEARCH_H
#define RB_STUDY_SEARCH_H
#include <stdint.h>
#include "base/err.h"

typedef struct rb_search rb_search;

typedef struct rb_search_plan {
  uint32_t least, most; /* n tried, 1 <= least <= most */
  uint32_t trials;      /* at most so many */
  double precision;     /* ends when the 95 % interval is within this factor of the median */
  uint64_t seed;        /* of the placement */
} rb_search_plan;

typedef struct rb_search_found {
  double median, lo, hi; /* of n* in the posterior, 95 % interval */
  bool censored;         /* n* is more likely above `most` than not */
} rb_search_found;

/* *out is the caller's. Errors: RB_FAILED when memory is out. */
bool rb_search_open(const rb_search_plan *plan, rb_search **out, rb_err *err);
void rb_search_close(rb_search *search); /* NULL allowed */
/* Whether the interval is narrow enough, the trials are spent, or n* is above `most` with
 * probability .99. */
bool rb_search_done(const rb_search *search);
/* Where to place the next trial. */
uint32_t rb_search_next(rb_search *search);
void rb_search_tell(rb_search *search, uint32_t n, bool success);
rb_search_found rb_search_result(const rb_search *search);

#endif
