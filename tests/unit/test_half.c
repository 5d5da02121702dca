// SPDX-License-Identifier: Apache-2.0
/* Proves: rounding to half precision gives every number of it, the nearest one of others, the even
 * one of two, and infinity where OpenCL's vstore_half_rte() does. Fails if a range is rounded to
 * the wrong unit, a tie to the odd neighbour, or a sign is lost. */
#include <criterion/criterion.h>
#include <math.h>
#include "base/half.h"

/* Of the bits of a positive number that is finite. */
static double value(unsigned bits) {
  unsigned exponent = bits >> 10, digits = bits & 1023;
  return exponent == 0 ? ldexp(digits, -24) : ldexp(1024 + digits, (int)exponent - 25);
}

Test(half, every_number_and_what_lies_between) {
  for (unsigned bits = 0; bits < 0x7c00; bits++)
    for (int sign = -1; sign <= 1; sign += 2) {
      bool last = bits == 0x7bff;
      double low = value(bits), next = last ? 65536 : value(bits + 1), tie = (low + next) / 2;
      double high = last ? (double)INFINITY : next;
      float below = nextafterf((float)tie, 0), above = nextafterf((float)tie, INFINITY);
      cr_assert_eq(rb_half_round((float)(sign * low)), sign * low);
      cr_assert_eq(rb_half_round((float)(sign * tie)), sign * (bits % 2 ? high : low));
      cr_assert_eq(rb_half_round((float)sign * below), sign * low, "%.9g", below);
      cr_assert_eq(rb_half_round((float)sign * above), sign * high, "%.9g", above);
    }
}

Test(half, ends) {
  cr_assert_eq(rb_half_round(1e30f), INFINITY);
  cr_assert_eq(rb_half_round(-INFINITY), -INFINITY);
  cr_assert(isnan(rb_half_round(NAN)));
  cr_assert(signbit(rb_half_round(-1e-30f)) && rb_half_round(-1e-30f) == 0);
  cr_assert(signbit(rb_half_round(-0.0f)) && !signbit(rb_half_round(0.0f)));
}
