// SPDX-License-Identifier: Apache-2.0
/* Every tolerance, from precision and summation length. A sum of n products in precision with unit
 * roundoff u has error <= gamma_n sum |terms|, gamma_n = n u / (1 - n u) (Higham, Accuracy and
 * Stability of Numerical Algorithms, 3.1); errors in practice grow like sqrt(n), so each bound here
 * is factor * sqrt(n) * u * scale, and tolerance.c says where each factor comes from. */
#ifndef RB_MODEL_TOLERANCE_H
#define RB_MODEL_TOLERANCE_H

/* To what the operands of the products X W^T and D^T X are rounded; sums are of single precision,
 * and so is everything else. signs, bytes: X W^T gives signs of single precision, but to net
 * a product of integers of 16 or 8 bits (kernels/signs.cl). */
typedef enum rb_precision {
  RB_PRECISION_SINGLE,
  RB_PRECISION_HALF,
  RB_PRECISION_SIGNS,
  RB_PRECISION_BYTES
} rb_precision;

/* Absolute error of one generated normal (log, sqrt, sincos in float). */
double rb_tolerance_normal(void);
/* Relative to sum |terms|: a float product of inner length k. */
double rb_tolerance_product(double k);
/* Relative to sum |terms|: a product whose operands were rounded, beside that. */
double rb_tolerance_operands(rb_precision precision);
/* Half-width, relative to |w| max(|x|, sqrt(d)), inside which the sign of a float inner product of
 * length d is undecided. */
double rb_tolerance_sign(double d);
/* What the operands' rounding adds to it. */
double rb_tolerance_sign_operands(double d, rb_precision precision);
/* The steps to whose multiples kernels/signs.cl rounds the coordinates of an input and of weights
 * w, by their largest; 0 for other precisions. */
double rb_tolerance_step_input(double largest, rb_precision precision);
double rb_tolerance_step_weight(double largest, double norm, double d, rb_precision precision);
/* What that adds to a sum of products: variance is the sum of step^2 |factor|^2 / 12 over all that
 * was rounded. */
double rb_tolerance_steps(double variance);
/* Relative to A_scale: a head entry after n1 samples of dimension d. */
double rb_tolerance_head(double n1, double d, rb_precision precision);
/* Relative to G_scale: an entry of G after `samples` samples (T n2, or n2 when shared); errors of
 * the heads are not in it but in G_slack. */
double rb_tolerance_gradient(double samples, rb_precision precision);

#endif
