// SPDX-License-Identifier: Apache-2.0
// Philox 4x32-10 (Salmon et al., SC 2011) and Box-Muller over vectors of lanes; the host's copy is
// host/base/philox.c, and the tests compare the words bit for bit. Needs vector.h.

typedef struct {
  uintv w0, w1, w2, w3;
} words;

// Words of VW neighbouring counters (lane .., c1, c2, c3).
#if VW == 1 || !defined(__ENDIAN_LITTLE__)
static inline words philox(uint k0, uint k1, uint lane, uint c1, uint c2, uint c3) {
  words x;
  x.w0 = (uintv)(lane) + LANES;
  x.w1 = (uintv)(c1);
  x.w2 = (uintv)(c2);
  x.w3 = (uintv)(c3);
#pragma unroll
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
#else
// Even and odd lanes apart, each word in the low half of 64 bits, whatever the high half: one
// multiplication then gives both halves of a product, where vectors of 32 bits would need two and a
// shuffle (PoCL, AVX-512: a third of the time).
#define LOW 0xffffffffUL
typedef struct {
  pairv even, odd;
} wide;

static inline wide wide_product(wide x, ulong factor) {
  wide p = {(x.even & LOW) * factor, (x.odd & LOW) * factor};
  return p;
}

static inline wide wide_mix(wide high, wide low, ulong key) {
  wide x = {(high.even >> 32) ^ low.even ^ key, (high.odd >> 32) ^ low.odd ^ key};
  return x;
}

static inline uintv wide_join(wide x) {
  return AS_UINTV((x.even & LOW) | (x.odd << 32));
}

static inline words philox(uint k0, uint k1, uint lane, uint c1, uint c2, uint c3) {
  wide w0 = {(pairv)(lane) + EVEN_LANES, (pairv)(lane) + EVEN_LANES + 1UL};
  wide w1 = {(pairv)(c1), (pairv)(c1)}, w2 = {(pairv)(c2), (pairv)(c2)};
  wide w3 = {(pairv)(c3), (pairv)(c3)};
#pragma unroll
  for (int round = 0; round < 10; round++) {
    wide p0 = wide_product(w0, 0xD2511F53UL), p1 = wide_product(w2, 0xCD9E8D57UL);
    w0 = wide_mix(p1, w1, k0);
    w1 = p1;
    w2 = wide_mix(p0, w3, k1);
    w3 = p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  words x;
  x.w0 = wide_join(w0);
  x.w1 = wide_join(w1);
  x.w2 = wide_join(w2);
  x.w3 = wide_join(w3);
  return x;
}
#endif

// sqrt(-2 ln u), u = (a + 1/2) 2^-32 = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)). ln(1 + f) =
// f + f^2 P(f), P the polynomial of degree 7 of least relative error of the sum (3e-8). For u >=
// sqrt(1/2), f is formed from 1 - u, which the integer still holds exactly where a float u would
// have rounded it away.
static inline floatv normal_radius(uintv a) {
  intv near_one = a >= (uintv)(0xB504F334u); /* u >= sqrt(1/2): e = 0 */
  uintv rest = near_one ? ~a : a;
  floatv u = MAD(FLOATV(rest), (floatv)(0x1p-32f), (floatv)(0x1p-33f)); /* or 1 - u */
  intv bits = AS_INTV(u) - 0x3f3504f3;                                  /* less sqrt(1/2)'s */
  intv e = near_one ? (intv)(0) : bits >> 23;
  floatv f = AS_FLOATV((bits & 0x007fffff) + 0x3f3504f3) - 1.0f;
  f = near_one ? -u : f;
  floatv p = (floatv)(8.7347508e-2f);
  p = MAD(p, f, (floatv)(-1.43074825e-1f));
  p = MAD(p, f, (floatv)(1.49179891e-1f));
  p = MAD(p, f, (floatv)(-1.65705144e-1f));
  p = MAD(p, f, (floatv)(1.99620709e-1f));
  p = MAD(p, f, (floatv)(-2.50017554e-1f));
  p = MAD(p, f, (floatv)(3.33339512e-1f));
  p = MAD(p, f, (floatv)(-4.99999911e-1f));
  floatv log_u = MAD(FLOATV(e), (floatv)(0.693147182f), MAD(f * f, p, f));
  return sqrt(-2.0f * log_u);
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
