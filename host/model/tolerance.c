// SPDX-License-Identifier: Apache-2.0
#include "model/tolerance.h"
#include <math.h>

static const double unit = 0x1p-24;      /* roundoff of a float, to nearest */
static const double unit_half = 0x1p-11; /* and of half precision */

/* kernels/draw.h in strict floats against Box-Muller in double: largest error 7.1e-7, root mean
 * square 5e-8, over 4e7 word pairs including the extreme radii (up to 6.76), with a correctly
 * rounded sqrt. OpenCL allows sqrt 3 ulp, which at that radius adds less than 1e-6. */
double rb_tolerance_normal(void) {
  return 2e-6;
}

/* Factor 4: rounding errors are independent enough that sqrt(k) u sum|terms| is itself about twice
 * what the worst order of summation shows, and at k <= 16 the factor makes this the rigorous
 * gamma_k. */
double rb_tolerance_product(double k) {
  return 4 * unit * sqrt(k);
}

/* Each of two factors is off by u of itself at most (where it is not below 6e-5, the smallest
 * number with all of its digits), so a term by 2 u + u^2: rigorous. */
double rb_tolerance_operands(rb_precision precision) {
  return precision == RB_PRECISION_HALF ? unit_half * (2 + unit_half) : 0;
}

/* Partial sums of w.x are normal with variance <= |w|^2 ~ (|w||x|)^2 / d, so d roundings of them
 * add up to u |w||x| at most, not sqrt(d) u |w||x| (Higham and Mary, SIAM J. Sci. Comput. 42, 2020:
 * zero-mean data); factor 4. Errors of the normals: sum w_k e_k has root mean square 5e-8 |w|, and
 * one axis-aligned w sees one whole error: at most the largest e times |w| = |w||x| / sqrt(d);
 * factor 1. */
double rb_tolerance_sign(double d) {
  return 4 * unit + rb_tolerance_normal() / sqrt(d);
}

/* Errors of the terms w_k x_k are independent, each of root mean square below sqrt(2/3) u |w_k
 * x_k|, so their sum's is below that times |w||x| / sqrt(d); factor 4 sqrt(2), of which the sum is
 * a seventh, and which is above the rigorous 2 u |w||x| for d <= 8. */
double rb_tolerance_sign_operands(double d, rb_precision precision) {
  return precision == RB_PRECISION_HALF ? 4 * sqrt(2) * unit_half / sqrt(d) : 0;
}

/* INPUTS_SCALE and BYTE_MOST, NORM_SCALED and the bound of 32 bits, of kernels/signs.h and .cl. */
double rb_tolerance_step_input(double largest, rb_precision precision) {
  return precision == RB_PRECISION_SIGNS   ? 1 / 4096.0
         : precision == RB_PRECISION_BYTES ? largest / 127
                                           : 0;
}

double rb_tolerance_step_weight(double largest, double norm, double d, rb_precision precision) {
  return precision == RB_PRECISION_SIGNS   ? fmax(norm / 61440, largest / 32767)
         : precision == RB_PRECISION_BYTES ? fmax(norm * 127 * sqrt(d) / 0x1.fp30, largest / 127)
                                           : 0;
}

/* Sums of many roundings that do not depend on each other: 8 standard deviations. */
double rb_tolerance_steps(double variance) {
  return 8 * sqrt(variance);
}

/* The sum over samples, and the error of each w.x, whose share of the scale is |w||x| / sqrt(d). */
double rb_tolerance_head(double n1, double d, rb_precision precision) {
  return rb_tolerance_product(n1) +
         sqrt(d) * (rb_tolerance_sign(d) + rb_tolerance_sign_operands(d, precision));
}

/* The sum over samples, and the error of each x, of which the scale holds at least 1; what the
 * heads' own errors do is in the reference's slack. */
double rb_tolerance_gradient(double samples, rb_precision precision) {
  return rb_tolerance_product(samples) + rb_tolerance_normal() + rb_tolerance_operands(precision);
}
