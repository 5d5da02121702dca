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
  int most;           /* decimals at most; -1: as the digits need */
  const char *prefix; /* with the space before it, "" if there is none */
} scale;

/* Decimal exponent of value after rounding to `digits`, so that 999.9 us becomes 1.00 ms. */
static int exponent_of(double value, int digits) {
  char text[DIGITS_ROOM];
  snprintf(text, sizeof text, "%.*e", digits - 1, value);
  return atoi(strchr(text, 'e') + 1);
}

/* How value is printed: digits behind the point, or -1 for an exponent. */
static int decimals_of(double value, const scale *by) {
  int exponent = value == 0 ? by->digits - 1 : exponent_of(value, by->digits);
  int decimals = exponent < by->digits - 1 ? by->digits - 1 - exponent : 0;
  if (by->most >= 0 && decimals > by->most)
    return by->most;
  return exponent < -4 || exponent > 6 ? -1 : decimals;
}

static void print_digits(char text[DIGITS_ROOM], double value, int decimals, int digits) {
  /* Nothing else is printed of a huge number than its exponent form. */
  bool huge = fabs(value) >= 1e12;
  if (decimals < 0 || huge)
    snprintf(text, DIGITS_ROOM, "%.*e", digits - 1, value);
  else
    snprintf(text, DIGITS_ROOM, "%.*f", decimals, value);
}

/* The prefix in names (n) that leaves 1 to 999 before the point; each step divides by 1000. */
static scale decimal_scale(double value, const char *const *names, int n) {
  int step = value == 0 ? 0 : (int)floor(exponent_of(value, 3) / 3.0);
  step = step < 0 ? 0 : step >= n ? n - 1 : step;
  return (scale){pow(1000, -step), 3, -1, names[step]};
}

static scale choose_scale(rb_figure kind, double value) {
  static const char *const times[] = {" ns", " us", " ms", " s"};
  static const char *const prefixes[] = {"", " k", " M", " G", " T", " P"};
  static const char *const sizes[] = {" B", " KiB", " MiB", " GiB", " TiB"};
  switch (kind) {
  case RB_FIGURE_PERCENT:
    return (scale){100, 2, -1, " %"};
  case RB_FIGURE_SHARE:
    return (scale){100, 2, 0, " %"};
  case RB_FIGURE_PLAIN:
    return (scale){1, 3, 3, ""};
  case RB_FIGURE_TIME:
    return decimal_scale(value, times, 4);
  case RB_FIGURE_SI:
    return decimal_scale(value, prefixes, 6);
  case RB_FIGURE_BYTES: {
    int step = 0;
    double left = fabs(value);
    for (; left >= 1023.5 && step < 4; step++)
      left /= 1024;
    return (scale){pow(1024, -step), 3, -1, sizes[step]};
  }
  case RB_FIGURE_REAL:
    break;
  }
  return (scale){1, 3, -1, ""};
}

void rb_figure_range(char text[RB_FIGURE_ROOM], rb_figure kind, const double value_lo_hi[3],
                     const char *unit) {
  double value = value_lo_hi[0], lo = value_lo_hi[1], hi = value_lo_hi[2];
  scale by = isfinite(value) ? choose_scale(kind, value) : (scale){0};
  if (!isfinite(value * by.factor)) { /* also 1e308 in percent */
    snprintf(text, RB_FIGURE_ROOM, "-");
    return;
  }
  char digits[DIGITS_ROOM], low[DIGITS_ROOM], high[DIGITS_ROOM], range[3 * DIGITS_ROOM] = "";
  int decimals = decimals_of(value * by.factor, &by);
  print_digits(digits, value * by.factor, decimals, by.digits);
  if (isfinite(lo) && isfinite(hi) && !(lo == value && hi == value)) {
    print_digits(low, lo * by.factor, decimals, by.digits);
    print_digits(high, hi * by.factor, decimals, by.digits);
    snprintf(range, sizeof range, " (%s..%s)", low, high);
  }
  /* The prefix joins the unit ("187 GFLOP/s"); a unit alone needs its own space. */
  bool spaced = unit[0] && !by.prefix[0];
  snprintf(text, RB_FIGURE_ROOM, "%s%s%s%s%s", digits, by.prefix, spaced ? " " : "", unit, range);
}

void rb_figure_one(char text[RB_FIGURE_ROOM], rb_figure kind, double value, const char *unit) {
  rb_figure_range(text, kind, (const double[3]){value, NAN, NAN}, unit);
}
