// SPDX-License-Identifier: Apache-2.0
// Coordinates from words: normals by Box-Muller, or signs. Needs philox.h.
// Options: RADEMACHER 1 = signs, 0 = normals (default).
#ifndef RADEMACHER
#define RADEMACHER 0
#endif

// -2 ln u, u = (a + 1/2) 2^-32 = 2^e (1 - g / 2) with g in (0, 1]. -2 ln(1 - g / 2) = g + g^2 P(g),
// P the polynomial of degree 7 of least relative error of the sum (3e-8). For u >= 1/2, g = 2 (1 -
// u) comes from the integer a - 2^32, exactly where a float u would have rounded it away.
static inline floatv minus_two_log(uintv a) {
  intv high = AS_INTV(a) < 0;           /* u >= 1/2: e = 0 */
  floatv x = FLOATV(AS_INTV(a)) + 0.5f; /* u 2^32, or (u - 1) 2^32 */
  uintv bits = AS_UINTV(x);
  floatv twice = AS_FLOATV((bits & 0x007fffffu) | 0x3f800000u);            /* 2 - g, from u */
  floatv g = high ? AS_FLOATV(bits + 0x70800000u) : 2.0f - twice;          /* x times -2^-31 */
  intv e = high ? (intv)(0) : AS_INTV((bits - 0x4f000000u) & 0xff800000u); /* e 2^23 */
  floatv p = (floatv)(5.5244118e-3f);
  p = MAD(p, g, (floatv)(-1.28049133e-2f));
  p = MAD(p, g, (floatv)(1.88795123e-2f));
  p = MAD(p, g, (floatv)(-5.64956432e-3f));
  p = MAD(p, g, (floatv)(1.64784659e-2f));
  p = MAD(p, g, (floatv)(3.04608271e-2f));
  p = MAD(p, g, (floatv)(8.34079757e-2f));
  p = MAD(p, g, (floatv)(2.49997616e-1f));
  return MAD(FLOATV(e), (floatv)(-2 * 0.693147182f * 0x1p-23f), MAD(g * g, p, g));
}

// cos and sin of 2 pi b 2^-32. The quadrant is taken off in integers, exactly; polynomials on
// [-pi/4, pi/4] from Cephes' sinf and cosf (Moshier). The top bit of b + 2^29 is the sign of the
// sine's quadrant, the next one says that sine and cosine change places.
static inline void normal_angle(uintv b, floatv *c, floatv *s) {
  uintv q = b + 0x20000000u;
  floatv x = FLOATV(AS_INTV(b << 2)) * 3.6572951981e-10f; /* 2 pi / 2^34 */
  floatv x2 = x * x;
  floatv ps = MAD(x2, (floatv)(-1.9515295891e-4f), (floatv)(8.3321608736e-3f));
  ps = MAD(ps, x2, (floatv)(-1.6666654611e-1f));
  floatv sine = MAD(ps * x2, x, x);
  floatv pc = MAD(x2, (floatv)(2.443315711809948e-5f), (floatv)(-1.388731625493765e-3f));
  pc = MAD(pc, x2, (floatv)(4.166664568298827e-2f));
  pc = MAD(pc, x2, (floatv)(-0.5f));
  floatv cosine = MAD(pc, x2, (floatv)(1.0f));
  intv odd = (q & 0x40000000u) != (uintv)(0u);
  floatv cc = odd ? sine : cosine, ss = odd ? cosine : sine;
  *c = AS_FLOATV(AS_UINTV(cc) ^ ((q + 0x40000000u) & 0x80000000u));
  *s = AS_FLOATV(AS_UINTV(ss) ^ (q & 0x80000000u));
}

// Two coordinates of two words, in two steps, which kernels may keep apart: of the first word
// alone, then of what that gave and the second.
static inline uintv draw_first(uintv a) {
#if RADEMACHER
  return a;
#else
  return AS_UINTV(minus_two_log(a));
#endif
}

static inline void draw_second(uintv first, uintv b, floatv *x0, floatv *x1) {
#if RADEMACHER
  const floatv plus = (floatv)(1.0f), minus = (floatv)(-1.0f);
  *x0 = (first >> 31) != (uintv)(0u) ? plus : minus;
  *x1 = (b >> 31) != (uintv)(0u) ? plus : minus;
#else
  floatv radius = sqrt(AS_FLOATV(first)), c, s;
  normal_angle(b, &c, &s);
  *x0 = radius * c;
  *x1 = radius * s;
#endif
}

// The coordinates of VW lanes of a block: x[q] is k + 16 q, k = 64 block + lane.
static inline void draw(words w, floatv x[4]) {
  draw_second(draw_first(w.w0), w.w1, &x[0], &x[1]);
  draw_second(draw_first(w.w2), w.w3, &x[2], &x[3]);
}

// Zero for coordinates k .. that are d or more.
static inline floatv inside(floatv x, uint k, uint d) {
  return (uintv)(k) + LANES < (uintv)(d) ? x : (floatv)(0.0f);
}
