// SPDX-License-Identifier: Apache-2.0
// Philox 4x32-10 (Salmon et al., SC 2011) over vectors of lanes; the host's copy is
// host/base/philox.c, and the tests compare the words bit for bit. Needs vector.h.

// A word of VW neighbouring counters, and its product with a constant, of 64 bits.
#if VW == 1 || !defined(__ENDIAN_LITTLE__)
typedef uintv word;
typedef struct {
  uintv high, low;
} product;

static inline word word_of(uint x) {
  return (uintv)(x);
}

static inline word word_of_lanes(uint first) {
  return (uintv)(first) + LANES;
}

static inline product times(word x, uint factor) {
  product p = {mul_hi(x, (uintv)(factor)), x * factor};
  return p;
}

static inline word low_of(product p) {
  return p.low;
}

static inline word high_xor(product p, word x, uint key) {
  return p.high ^ x ^ key;
}

static inline word word_xor(word x, uint key) {
  return x ^ key;
}

// The words of all lanes; and those of high_xor().
static inline uintv joined(word x) {
  return x;
}

static inline uintv joined_high_xor(product p, word x, uint key) {
  return high_xor(p, x, key);
}
#else
// Even and odd lanes apart, each word in the low half of 64 bits, whatever the high half: one
// multiplication then gives both halves of a product, where vectors of 32 bits would need two and a
// shuffle (PoCL, AVX-512: a third of the time).
#define LOW 0xffffffffUL
typedef struct {
  pairv even, odd;
} word;
typedef word product;

// The low or the high halves of even lanes and odd ones, one after the other in turns. Element by
// element of two variables, which compilers make one shuffle of; of shifts and ors PoCL makes
// multiplications by 2^32.
static inline uintv low_halves(uintv e, uintv o) {
#if VW == 4
  return (uintv)(e.s0, o.s0, e.s2, o.s2);
#elif VW == 8
  return (uintv)(e.s0, o.s0, e.s2, o.s2, e.s4, o.s4, e.s6, o.s6);
#else
  return (uintv)(e.s0, o.s0, e.s2, o.s2, e.s4, o.s4, e.s6, o.s6, e.s8, o.s8, e.sa, o.sa, e.sc, o.sc,
                 e.se, o.se);
#endif
}
static inline uintv high_halves(uintv e, uintv o) {
#if VW == 4
  return (uintv)(e.s1, o.s1, e.s3, o.s3);
#elif VW == 8
  return (uintv)(e.s1, o.s1, e.s3, o.s3, e.s5, o.s5, e.s7, o.s7);
#else
  return (uintv)(e.s1, o.s1, e.s3, o.s3, e.s5, o.s5, e.s7, o.s7, e.s9, o.s9, e.sb, o.sb, e.sd, o.sd,
                 e.sf, o.sf);
#endif
}

static inline word word_of(uint x) {
  word w = {(pairv)(x), (pairv)(x)};
  return w;
}

static inline word word_of_lanes(uint first) {
  word w = {(pairv)(first) + EVEN_LANES, (pairv)(first) + EVEN_LANES + 1UL};
  return w;
}

static inline product times(word x, uint factor) {
  product p = {(x.even & LOW) * factor, (x.odd & LOW) * factor};
  return p;
}

static inline word low_of(product p) {
  return p;
}

static inline word high_xor(product p, word x, uint key) {
  word w = {(p.even >> 32) ^ x.even ^ key, (p.odd >> 32) ^ x.odd ^ key};
  return w;
}

static inline word word_xor(word x, uint key) {
  word w = {x.even ^ key, x.odd ^ key};
  return w;
}

static inline uintv joined(word x) {
  return low_halves(AS_UINTV(x.even), AS_UINTV(x.odd));
}

static inline uintv joined_high_xor(product p, word x, uint key) {
  return high_halves(AS_UINTV(p.even), AS_UINTV(p.odd)) ^ joined(x) ^ key;
}
#endif

#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u /* added to the key after each round */
#define PHILOX_W1 0xBB67AE85u

// A counter on its way through the rounds, and the words that come of it.
typedef struct {
  word w0, w1, w2, w3;
} counter;
typedef struct {
  uintv w0, w1, w2, w3;
} words;

// The rest of a round: p0 and p1 are w0 and w2 times their factors.
static inline counter philox_mixed(counter c, product p0, product p1, uint k0, uint k1) {
  counter next = {high_xor(p1, c.w1, k0), low_of(p1), high_xor(p0, c.w3, k1), low_of(p0)};
  return next;
}

// The last round's words, of a counter after nine and its products: philox_mixed(), joined.
static inline words philox_last(counter c, product p0, product p1, uint k0, uint k1) {
  words w = {joined_high_xor(p1, c.w1, k0 + 9 * PHILOX_W0), joined(low_of(p1)),
             joined_high_xor(p0, c.w3, k1 + 9 * PHILOX_W1), joined(low_of(p0))};
  return w;
}

// Words of VW neighbouring counters (lane .., c1, c2, c3).
static inline words philox(uint k0, uint k1, uint lane, uint c1, uint c2, uint c3) {
  counter c = {word_of_lanes(lane), word_of(c1), word_of(c2), word_of(c3)};
#pragma unroll
  for (int round = 0; round < 9; round++)
    c = philox_mixed(c, times(c.w0, PHILOX_M0), times(c.w2, PHILOX_M1), k0 + round * PHILOX_W0,
                     k1 + round * PHILOX_W1);
  return philox_last(c, times(c.w0, PHILOX_M0), times(c.w2, PHILOX_M1), k0, k1);
}

// The same for many c1: what two and a half rounds make of the others, once for all of them. c1 is
// mixed into one word in the first round and into one more in each of the next two.
typedef struct {
  word w2;    /* after two rounds, less c1's part */
  word w1;    /* after two rounds, with the key of the third */
  product p0; /* of the third round */
  word w2_3;  /* after three rounds, less c1's part */
} lane_start;

static inline lane_start philox_start(uint k0, uint k1, uint lane, uint c2, uint c3) {
  lane_start s;
  product first = times(word_of_lanes(lane), PHILOX_M0);
  product second = times(high_xor(first, word_of(c3), k1), PHILOX_M1);
  s.w2 = word_xor(low_of(first), k1 + PHILOX_W1);
  s.w1 = word_xor(low_of(second), k0 + 2 * PHILOX_W0);
  s.p0 = times(high_xor(second, word_of(c2 * PHILOX_M1), k0 + PHILOX_W0), PHILOX_M0);
  s.w2_3 = high_xor(s.p0, word_of(0), k1 + 2 * PHILOX_W1);
  return s;
}

// After three rounds. c1's part: of the first round's w0, times its factor in the second.
static inline counter philox_third(const lane_start *s, uint k0, uint c1, uint c2) {
  uint w0 = mul_hi(c2, PHILOX_M1) ^ c1 ^ k0;
  product p1 = times(word_xor(s->w2, mul_hi(w0, PHILOX_M0)), PHILOX_M1);
  counter c = {high_xor(p1, s->w1, 0), low_of(p1), word_xor(s->w2_3, w0 * PHILOX_M0),
               low_of(s->p0)};
  return c;
}

// Words of c1 and of c1 + 1, one after the other in out. Their rounds go side by side, as each
// round waits for the one before.
static inline void philox_pair(const lane_start *s, uint k0, uint k1, uint c1, uint c2,
                               uintv out[8]) {
  counter a = philox_third(s, k0, c1, c2), b = philox_third(s, k0, c1 + 1, c2);
#pragma unroll
  for (int round = 3; round < 9; round++) {
    product a0 = times(a.w0, PHILOX_M0), a1 = times(a.w2, PHILOX_M1);
    product b0 = times(b.w0, PHILOX_M0), b1 = times(b.w2, PHILOX_M1);
    a = philox_mixed(a, a0, a1, k0 + round * PHILOX_W0, k1 + round * PHILOX_W1);
    b = philox_mixed(b, b0, b1, k0 + round * PHILOX_W0, k1 + round * PHILOX_W1);
  }
  product a0 = times(a.w0, PHILOX_M0), a1 = times(a.w2, PHILOX_M1);
  product b0 = times(b.w0, PHILOX_M0), b1 = times(b.w2, PHILOX_M1);
  words wa = philox_last(a, a0, a1, k0, k1), wb = philox_last(b, b0, b1, k0, k1);
  out[0] = wa.w0;
  out[1] = wa.w1;
  out[2] = wa.w2;
  out[3] = wa.w3;
  out[4] = wb.w0;
  out[5] = wb.w1;
  out[6] = wb.w2;
  out[7] = wb.w3;
}
