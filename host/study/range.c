// SPDX-License-Identifier: Apache-2.0
#include "study/range.h"
#include <math.h>
#include <string.h>
#include "study/expression.h"

/* Steps that end within this part of a step before `last` reach it: .1..0.5 step .1 has 5 values
 * although five roundings lie between. Far above the rounding of a quotient of up to 1e6 steps
 * (1e6 * 2^-52 = 2e-10), far below any step that is meant. */
static const double reach = 1e-6;

bool rb_range_is(const char *text) {
  return strstr(text, "..") != NULL;
}

static bool part_value(const char *from, size_t n, const char *what, double *value, rb_err *err) {
  char text[RB_EXPRESSION_LENGTH + 1];
  memcpy(text, from, n);
  text[n] = 0;
  return rb_expression_value(text, NULL, NULL, value, err) ||
         rb_prefix(err, "%s of the range", what);
}

static bool blank(char c) {
  return c == ' ' || c == '\t';
}

/* Where " step" or " x" begins in the text after the dots; its end if there is neither. */
static const char *find_step(const char *text) {
  for (const char *c = text; *c; c++)
    if (blank(c[0]) && (c[1] == 'x' || strncmp(c + 1, "step", 4) == 0))
      return c;
  return text + strlen(text);
}

static bool check(const rb_range *range, uint64_t most, double steps, rb_err *err) {
  if (!(range->first <= range->last))
    return rb_fail(err, RB_USAGE, "range is empty: %.17g exceeds %.17g; ranges ascend",
                   range->first, range->last);
  if (range->geometric && range->by <= 1)
    return rb_fail(err, RB_USAGE, "factor x%.17g of the range must be above 1", range->by);
  if (range->geometric && range->first <= 0)
    return rb_fail(err, RB_USAGE, "a geometric range must start above 0, not at %.17g",
                   range->first);
  if (!range->geometric && range->by <= 0)
    return rb_fail(err, RB_USAGE, "step %.17g of the range must be above 0", range->by);
  if (!(steps < (double)most))
    return rb_fail(err, RB_USAGE, "range has %.0f values, more than %llu", steps + 1,
                   (unsigned long long)most);
  return true;
}

bool rb_range_read(const char *text, uint64_t most, rb_range *out, rb_err *err) {
  *out = (rb_range){.by = 1};
  if (strnlen(text, RB_EXPRESSION_LENGTH + 1) > RB_EXPRESSION_LENGTH)
    return rb_fail(err, RB_USAGE, "range is longer than %d bytes", RB_EXPRESSION_LENGTH);
  const char *dots = strstr(text, ".."), *last = dots + 2, *step = find_step(last);
  if (!part_value(text, (size_t)(dots - text), "first value", &out->first, err) ||
      !part_value(last, (size_t)(step - last), "last value", &out->last, err))
    return false;
  if (*step != 0) {
    out->geometric = step[1] == 'x';
    const char *by = step + (out->geometric ? 2 : 5);
    if (!part_value(by, strlen(by), out->geometric ? "factor" : "step", &out->by, err))
      return false;
  }
  double steps = out->geometric ? (log(out->last) - log(out->first)) / log(out->by)
                                : (out->last - out->first) / out->by;
  steps = floor(steps + reach);
  if (!check(out, most, steps, err))
    return false;
  out->count = (uint64_t)steps + 1;
  return true;
}

rb_range rb_range_single(double value) {
  return (rb_range){.first = value, .last = value, .by = 1, .count = 1};
}

double rb_range_at(const rb_range *range, uint64_t i) {
  double value = range->geometric ? range->first * pow(range->by, (double)i)
                                  : range->first + (double)i * range->by;
  return value > range->last ? range->last : value;
}
