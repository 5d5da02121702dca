// SPDX-License-Identifier: Apache-2.0
/* Ranges of a number axis: lo..hi (step 1), lo..hi step k, lo..hi xk (geometric). Both ends count
 * where the steps reach them. lo, hi and k are expressions without names. */
#ifndef RB_STUDY_RANGE_H
#define RB_STUDY_RANGE_H
#include <stdint.h>
#include "base/err.h"

typedef struct rb_range {
  double first, last, by;
  bool geometric;
  uint64_t count; /* >= 1 */
} rb_range;

/* Whether text is a range (holds ".."). */
bool rb_range_is(const char *text);
/* Errors (RB_USAGE): an end or step that is no number, lo > hi, step <= 0, factor <= 1, lo <= 0 in
 * a geometric range, more than `most` values. */
bool rb_range_read(const char *text, uint64_t most, rb_range *out, rb_err *err);
/* One value: first == last, count 1. */
rb_range rb_range_single(double value);
/* Value i < count, computed from first and i, so that no rounding accumulates. */
double rb_range_at(const rb_range *range, uint64_t i);

#endif
