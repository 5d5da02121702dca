// SPDX-License-Identifier: Apache-2.0
// Numbers as integers of 16 bits, two in a word: low half coordinate k, high half k + 16, word
// 16 (k / 32) + k % 16 of a row, for k % 32 < 16. Needs vector.h.

// Word of x0 and x1, each times scale and rounded to the nearest integer, which fits 16 bits: at
// this size of a float one is its last bit.
#define INTEGERS 0x1.8p23f
static inline uintv pair_of(floatv x0, floatv x1, float scale) {
  uintv low = AS_UINTV(MAD(x0, (floatv)(scale), (floatv)(INTEGERS)));
  uintv high = AS_UINTV(MAD(x1, (floatv)(scale), (floatv)(INTEGERS)));
  return (low & 0xffffu) | high << 16;
}
#define LOW_OF(pair) (AS_INTV((pair) << 16) >> 16)
#define HIGH_OF(pair) (AS_INTV(pair) >> 16)

// Coordinates of inputs are multiplied by INPUTS_SCALE; the largest is 6.8 (draw.h), and below 8
// fits. A row w of W by at most NORM_SCALED / (INPUTS_SCALE |w|): a pre-activation of 8.5 |w| then
// fits 32 bits. host/model/tolerance.c allows for these.
#define INPUTS_SCALE 4096.0f
#define NORM_SCALED 0x1.ep27f
