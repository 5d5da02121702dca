// SPDX-License-Identifier: Apache-2.0
#include "report/figure.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_ROOM = 32 };

typedef struct scale {
  double factor;
  int digits;         /* significant */
  const char *prefix; /* with the space before it, "" if there is none */
} scale;

/* Decimal exponent of value after rounding to `digits`, so that 999.9 us becomes 1.00 ms. */
static int exponent_of(double value, int digits) {
  char text[DIGITS_ROOM];
  snprintf(text, sizeof text, "%.*e", digits - 1, value);
  return atoi(strchr(text, 'e') + 1);
}

static void print_digits(char text[DIGITS_ROOM], double value, int digits) {
  if (value == 0) {
    snprintf(text, DIGITS_ROOM, "0");
    return;
  }
  int exponent = exponent_of(value, digits);
  if (exponent < -4 || exponent > 6)
    snprintf(text, DIGITS_ROOM, "%.*e", digits - 1, value);
  else
    snprintf(text, DIGITS_ROOM, "%.*f", exponent < digits - 1 ? digits - 1 - exponent : 0, value);
}

/* The prefix in names (n) that leaves 1 to 999 before the point; each step divides by 1000. */
static scale decimal_scale(double value, const char *const *names, int n) {
  int step = value == 0 ? 0 : (int)floor(exponent_of(value, 3) / 3.0);
  step = step < 0 ? 0 : step >= n ? n - 1 : step;
  return (scale){pow(1000, -step), 3, names[step]};
}

static scale choose_scale(rb_figure kind, double value) {
  static const char *const times[] = {" ns", " us", " ms", " s"};
  static const char *const prefixes[] = {"", " k", " M", " G", " T", " P"};
  static const char *const sizes[] = {" B", " KiB", " MiB", " GiB", " TiB"};
  switch (kind) {
  case RB_FIGURE_PERCENT:
    return (scale){100, 2, " %"};
  case RB_FIGURE_TIME:
    return decimal_scale(value, times, 4);
  case RB_FIGURE_SI:
    return decimal_scale(value, prefixes, 6);
  case RB_FIGURE_BYTES: {
    int step = 0;
    double left = fabs(value);
    for (; left >= 1023.5 && step < 4; step++)
      left /= 1024;
    return (scale){pow(1024, -step), 3, sizes[step]};
  }
  case RB_FIGURE_REAL:
    break;
  }
  return (scale){1, 3, ""};
}

void rb_figure_range(char text[RB_FIGURE_ROOM], rb_figure kind, const double value_lo_hi[3],
                     const char *unit) {
  double value = value_lo_hi[0], lo = value_lo_hi[1], hi = value_lo_hi[2];
  if (!isfinite(value)) {
    snprintf(text, RB_FIGURE_ROOM, "-");
    return;
  }
  scale by = choose_scale(kind, value);
  char digits[DIGITS_ROOM], low[DIGITS_ROOM], high[DIGITS_ROOM], range[3 * DIGITS_ROOM] = "";
  print_digits(digits, value * by.factor, by.digits);
  if (isfinite(lo) && isfinite(hi) && !(lo == value && hi == value)) {
    print_digits(low, lo * by.factor, by.digits);
    print_digits(high, hi * by.factor, by.digits);
    snprintf(range, sizeof range, " (%s..%s)", low, high);
  }
  /* The prefix joins the unit ("187 GFLOP/s"); a unit alone needs its own space. */
  bool spaced = unit[0] && !by.prefix[0];
  snprintf(text, RB_FIGURE_ROOM, "%s%s%s%s%s", digits, by.prefix, spaced ? " " : "", unit, range);
}

void rb_figure_one(char text[RB_FIGURE_ROOM], rb_figure kind, double value, const char *unit) {
  rb_figure_range(text, kind, (const double[3]){value, NAN, NAN}, unit);
}
