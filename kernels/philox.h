// SPDX-License-Identifier: Apache-2.0
// Philox 4x32-10 (Salmon et al., SC 2011) and Box-Muller over vectors of lanes; the host's copy is
// host/base/philox.c, and the tests compare the words bit for bit. Needs vector.h.

typedef struct {
  uintv w0, w1, w2, w3;
} words;

static inline words philox(uint k0, uint k1, words x) {
  for (int round = 0; round < 10; round++) {
    uintv h0 = mul_hi(x.w0, (uintv)(0xD2511F53u)), l0 = x.w0 * 0xD2511F53u;
    uintv h1 = mul_hi(x.w2, (uintv)(0xCD9E8D57u)), l1 = x.w2 * 0xCD9E8D57u;
    x.w0 = h1 ^ x.w1 ^ k0;
    x.w1 = l1;
    x.w2 = h0 ^ x.w3 ^ k1;
    x.w3 = l0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return x;
}

// sqrt(-2 ln u), u = (a + 1/2) 2^-32. Polynomial for ln(1+f) on [sqrt(1/2)-1, sqrt(2)-1] from
// Cephes' logf (Moshier). Near u = 1 the argument is formed from 1 - u, which the integer still
// holds exactly where a float u would have rounded it away.
static inline floatv normal_radius(uintv a) {
  floatv u = MAD(FLOATV(a), (floatv)(0x1p-32f), (floatv)(0x1p-33f));
  floatv v = MAD(FLOATV(~a), (floatv)(0x1p-32f), (floatv)(0x1p-33f)); /* 1 - u */
  intv bits = AS_INTV(u);
  intv e = (bits >> 23) - 126;
  floatv f = AS_FLOATV((bits & 0x007fffff) | 0x3f000000);
  intv small = f < 0.70710678f;
  e = small ? e - 1 : e;
  f = small ? f + f - 1.0f : f - 1.0f;
  intv near_one = a >= (uintv)(0xB504F334u); /* u >= sqrt(1/2) */
  e = near_one ? (intv)(0) : e;
  f = near_one ? -v : f;
  floatv p = (floatv)(7.0376836292e-2f);
  p = MAD(p, f, (floatv)(-1.1514610310e-1f));
  p = MAD(p, f, (floatv)(1.1676998740e-1f));
  p = MAD(p, f, (floatv)(-1.2420140846e-1f));
  p = MAD(p, f, (floatv)(1.4249322787e-1f));
  p = MAD(p, f, (floatv)(-1.6668057665e-1f));
  p = MAD(p, f, (floatv)(2.0000714765e-1f));
  p = MAD(p, f, (floatv)(-2.4999993993e-1f));
  p = MAD(p, f, (floatv)(3.3333331174e-1f));
  floatv f2 = f * f, fe = FLOATV(e);
  floatv y = f * f2 * p;
  y = MAD(fe, (floatv)(-2.12194440e-4f), y);
  y = MAD(f2, (floatv)(-0.5f), y);
  floatv log_u = MAD(fe, (floatv)(0.693359375f), f + y);
  return sqrt(-2.0f * log_u);
}

// cos and sin of 2 pi b 2^-32. The quadrant is taken off in integers, exactly; polynomials on
// [-pi/4, pi/4] from Cephes' sinf and cosf (Moshier).
static inline void normal_angle(uintv b, floatv *c, floatv *s) {
  uintv q = (b + 0x20000000u) >> 30;
  floatv x = FLOATV(AS_INTV(b - (q << 30))) * 1.4629180792671596e-9f; /* 2 pi / 2^32 */
  floatv x2 = x * x;
  floatv ps = MAD(x2, (floatv)(-1.9515295891e-4f), (floatv)(8.3321608736e-3f));
  ps = MAD(ps, x2, (floatv)(-1.6666654611e-1f));
  floatv sine = MAD(ps * x2, x, x);
  floatv pc = MAD(x2, (floatv)(2.443315711809948e-5f), (floatv)(-1.388731625493765e-3f));
  pc = MAD(pc, x2, (floatv)(4.166664568298827e-2f));
  floatv cosine = MAD(pc * x2, x2, MAD(x2, (floatv)(-0.5f), (floatv)(1.0f)));
  intv odd = (q & 1u) != (uintv)(0u);
  intv flip_c = ((q + 1u) & 2u) != (uintv)(0u); /* quadrants 1, 2 */
  intv flip_s = (q & 2u) != (uintv)(0u);        /* quadrants 2, 3 */
  floatv cc = odd ? sine : cosine, ss = odd ? cosine : sine;
  *c = flip_c ? -cc : cc;
  *s = flip_s ? -ss : ss;
}
