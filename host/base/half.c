// SPDX-License-Identifier: Apache-2.0
#include "base/half.h"
#include <math.h>

float rb_half_round(float x) {
  double size = fabs((double)x);
  if (!(size < 65520))
    return isnan(x) ? x : copysignf(INFINITY, x);
  int exponent;
  frexp(size, &exponent); /* 2^(exponent - 1) <= size */
  double unit = ldexp(1, exponent < -13 ? -24 : exponent - 11);
  return copysignf((float)(nearbyint(size / unit) * unit), x);
}
