// SPDX-License-Identifier: Apache-2.0
// Numbers as integers, INTEGERS of them in a word: 2 of 16 bits or 4 of 8. Integer i of word
// 16 (k / (16 INTEGERS)) + k % 16 of a row is coordinate k + 16 i, for k % (16 INTEGERS) < 16.
// Needs vector.h.
// Options: INTEGERS.
#ifndef INTEGERS
#define INTEGERS 2
#endif
#define COLUMN_OF_WORD(c) ((c) / 16 * (16 * INTEGERS) + (c) % 16) /* of integer 0 */

// x times scale, rounded to the nearest integer, in the low bits: at this size of a float one is
// its last bit.
#define ROUNDED(x, scale) AS_UINTV(MAD((x), (floatv)(scale), (floatv)(0x1.8p23f)))
static inline uintv pair_of(floatv x0, floatv x1, float scale) {
  return (ROUNDED(x0, scale) & 0xffffu) | ROUNDED(x1, scale) << 16;
}
#define LOW_OF(pair) (AS_INTV((pair) << 16) >> 16)
#define HIGH_OF(pair) (AS_INTV(pair) >> 16)

static inline uintv quad_of(const floatv x[4], float scale) {
  return (ROUNDED(x[0], scale) & 0xffu) | (ROUNDED(x[1], scale) & 0xffu) << 8 |
         (ROUNDED(x[2], scale) & 0xffu) << 16 | ROUNDED(x[3], scale) << 24;
}
#define BYTE_OF(quad, i) (AS_INTV((quad) << (24 - 8 * (i))) >> 24)
#define BYTE_MOST 127.0f

// Alone, coordinates of inputs as pairs are multiplied by INPUTS_SCALE; the largest is 6.8
// (draw.h), and below 8 fits. A row w of W by at most NORM_SCALED / (INPUTS_SCALE |w|): a
// pre-activation of 8.5 |w| then fits 32 bits. As quads each row has a scale, by which its largest
// coordinate becomes BYTE_MOST. host/model/tolerance.c allows for these. The pairs that rows of
// quads have beside them take PAIRS_PER_BYTE times that scale: they are asked only where the
// product of quads is near 0, and where the scale is at most SCALE_OF_PAIRS_MOST.
#define INPUTS_SCALE 4096.0f
#define NORM_SCALED 0x1.ep27f
#define PAIRS_PER_BYTE 258.0f /* 258 BYTE_MOST = 32766 */
#define SCALE_OF_PAIRS_MOST BYTE_MOST

// What quads of X have beside them: pairs, row after row (rows, ldr), and a scale of each row.
#if INTEGERS == 4
#define ROWS_PARAMETERS , __global uint *input_pairs, uint ldr, __global float *scales
#define ROWS_FROM(s) , input_pairs + (ulong)(s)*ldr, ldr, scales + (s)
#else
#define ROWS_PARAMETERS
#define ROWS_FROM(s)
#endif

// Of a vector of coordinates, as bits: floats that are not negative compare as these do.
#define MAGNITUDES(x) AS_INTV(fabs(x))
// The scale of a row whose largest magnitude, over the lanes, has these bits.
static inline float scale_of_largest(intv largest) {
  float most = MAXV(AS_FLOATV(largest));
  return most > 0x1p-90f ? BYTE_MOST / most : 0.0f;
}

// `count` rows of X from x on as words, rows of Q from q on, in panels; with quads their scales are
// known. Of a quad the bytes are unsigned and 128 more than the integers, as instructions want
// them. Columns are outside: neighbours in a panel lie beside each other.
static inline void integers_of_rows(__global const float *x, uint stride, uint ldx, uint count,
                                    __global uint *q, uint ldq ROWS_PARAMETERS) {
  for (uint c = 0; c < ldq; c += VW) {
    uint k = COLUMN_OF_WORD(c);
    __global uint *words = q + COLUMN(c, stride);
#if INTEGERS == 4
    uint p = 2 * c - c % 16;
#endif
#pragma unroll 1
    for (uint i = 0; i < count; i++) {
      floatv of[INTEGERS];
#pragma unroll
      for (uint j = 0; j < INTEGERS; j++) {
        of[j] = (floatv)(0.0f);
        if (k + 16 * j < ldx)
          of[j] = LOADV(ROW(x, i, ldx) + COLUMN(k + 16 * j, stride));
      }
#if INTEGERS == 2
      STOREV_WORDS(pair_of(of[0], of[1], INPUTS_SCALE), ROW(words, i, ldq));
#else
      float by = scales[i];
      __global uint *pairs = input_pairs + (ulong)i * ldr + p;
      STOREV_WORDS(quad_of(of, by) ^ 0x80808080u, ROW(words, i, ldq));
      if (p < ldr)
        STOREV_WORDS(pair_of(of[0], of[1], PAIRS_PER_BYTE * by), pairs);
      if (p + 16 < ldr)
        STOREV_WORDS(pair_of(of[2], of[3], PAIRS_PER_BYTE * by), pairs + 16);
#endif
    }
  }
}
