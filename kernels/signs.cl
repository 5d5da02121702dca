// SPDX-License-Identifier: Apache-2.0
// Operation: which samples are active, the sign of X W^T, by products of integers (signs.h), two or
// four multiply-adds where a float has one. Where such a product is so small that rounding to
// integers may have turned its sign, it is made again: of bytes by integers of 16 bits, of those by
// floats. So signs are those of single precision, while net, a sum over neurons, has the rounding
// of the integers (host/model/tolerance.c).
// forward_signs is forward_active (forward.cl, "panels") by other means: tiles, slices and results
// are the same.
// Q (rows, ldq) of X, P (ceil(m/PANEL), ldq, PANEL) of W: words of integers, Q in panels of PANEL
// words, each (rows, PANEL). units (4, ldm), of a neuron: what an integer of its products is worth,
// times the scale of the row; the square of the least whose sign is sure, as a factor of the square
// of that scale and a term; 128 times the sum of its bytes, an int. answers: 0 leaves net alone.
// INTEGERS 4: scales of the rows; input_pairs (rows, ldr), weight_pairs (ldm, ldr): X and W as
// pairs, row after row; least: from which on the sign of a product of these is sure.
// Assumes: X and W are zero beyond d; PANEL divides ldx, ldm and ldq, 16 ldr; there is room for TS
// rows.
// Options: VW, PV, TS, SUBSET, PANEL; INTEGERS (signs.h); DOT_PRODUCTS 1 = the processor multiplies
// and adds the integers of a word in one instruction (AVX-512 VNNI).
#include "vector.h"
#include "panels.h"
#include "signs.h"
#ifndef DOT_PRODUCTS
#define DOT_PRODUCTS 0
#endif

// sum += the products of the low halves and of the high halves of x and w, whatever wraps around.
#if DOT_PRODUCTS && defined __AVX512VL__ && (VW == 16 || VW == 8)
#define VNNI 1
#define ADD_PAIRS(sum, x, w) __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(w))
#elif defined __AVX512BW__ && VW == 16
typedef short shortv __attribute__((ext_vector_type(32)));
#define ADD_PAIRS(sum, x, w)                                                                       \
  (sum) += __builtin_ia32_pmaddwd512(__builtin_astype(x, shortv), __builtin_astype(w, shortv))
#elif defined __AVX2__ && VW == 8
#define ADD_PAIRS(sum, x, w) (sum) += __builtin_ia32_pmaddwd256(as_short16(x), as_short16(w))
#else
#define ADD_PAIRS(sum, x, w)                                                                       \
  (sum) += LOW_OF(AS_UINTV(x)) * LOW_OF(AS_UINTV(w)) + HIGH_OF(AS_UINTV(x)) * HIGH_OF(AS_UINTV(w))
#endif

// The same of words of INTEGERS; bytes of x are unsigned.
#if INTEGERS == 2
#define ADD_PRODUCTS ADD_PAIRS
#elif defined VNNI
#define ADD_PRODUCTS(sum, x, w) __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(w))
#else
#define ADD_BYTE(x, w, i) ((AS_INTV(x) >> (8 * (i)) & 0xff) * BYTE_OF(AS_UINTV(w), i))
#define ADD_PRODUCTS(sum, x, w)                                                                    \
  (sum) += ADD_BYTE(x, w, 0) + ADD_BYTE(x, w, 1) + ADD_BYTE(x, w, 2) + ADD_BYTE(x, w, 3)
#endif

static inline void multiply_words(intv sum[TS][PV], __global const int *x, uint stride,
                                  uint n_words, __global const int *w) {
#pragma unroll
  for (int a = 0; a < TS; a++)
#pragma unroll
    for (int b = 0; b < PV; b++)
      sum[a][b] = (intv)(0);
  for (uint k0 = 0; k0 < n_words; k0 += PANEL, x += stride) {
    uint width = min((uint)PANEL, n_words - k0);
    for (uint k = 0; k < width; k++, w += PANEL) {
      intv wk[PV];
#pragma unroll
      for (int b = 0; b < PV; b++)
        wk[b] = LOADV(w + b * VW);
#pragma unroll
      for (int a = 0; a < TS; a++) {
        intv xa = (intv)(x[a * PANEL + k]);
#pragma unroll
        for (int b = 0; b < PV; b++)
          ADD_PRODUCTS(sum[a][b], xa, wk[b]);
      }
    }
  }
}
// The same over n_words words from `first` on, with what Z has of those before.
#define MULTIPLY_WORDS                                                                             \
  intv sum[TS][PV];                                                                                \
  __global int *z = ROW(Z, s0, ldm) + (ulong)panel * stride;                                       \
  multiply_words(sum, ROW(Q, s0, ldq) + (ulong)(first / PANEL) * stride, stride, n_words,          \
                 P + ((ulong)panel * ldq + first) * PANEL);                                        \
  if (first > 0)                                                                                   \
  _Pragma("unroll") for (int a = 0; a < TS; a++) _Pragma("unroll") for (int b = 0; b < PV; b++)    \
      sum[a][b] += OWN(a) ? LOADV(z + a * PANEL + b * VW) : (intv)(0)

__kernel void forward_integers(__global const int *Q, uint ldq, uint stride, uint first,
                               uint n_words, __global const int *P, __global int *Z, uint ldm,
                               uint rows, uint m) {
  BEGIN_TILE;
  MULTIPLY_WORDS;
#pragma unroll
  for (int a = 0; a < TS; a++)
#pragma unroll
    for (int b = 0; b < PV; b++)
      if (OWN(a))
        STOREV(sum[a][b], z + a * PANEL + b * VW);
}

// x w, of a row of X and one of W.
static inline float product(__global const float *x, uint stride, __global const float *w,
                            uint ldx) {
  floatv sum[PV];
#pragma unroll
  for (int b = 0; b < PV; b++)
    sum[b] = (floatv)(0.0f);
  for (uint k = 0; k < ldx; k += PANEL, x += stride, w += PANEL)
#pragma unroll
    for (int b = 0; b < PV; b++)
      sum[b] = MAD(LOADV(x + b * VW), LOADV(w + b * VW), sum[b]);
#pragma unroll
  for (int b = 1; b < PV; b++)
    sum[0] += sum[b];
  return SUMV(sum[0]);
}

static inline int sum_of(intv v) {
#if VW == 1
  return v;
#else
#if VW == 16
  int8 w = v.lo + v.hi;
  int4 u = w.lo + w.hi;
#elif VW == 8
  int4 u = v.lo + v.hi;
#else
  int4 u = v;
#endif
  int2 t = u.lo + u.hi;
  return t.s0 + t.s1;
#endif
}

// Where bits are set, as 8 (PADDED h + j) + a for bit 8 h + a of neuron j; how many.
#define PADDED ((PANEL + 7) / 8 * 8)
#define PLACES (PADDED * ((TS + 7) / 8) * 8)
#define ROW_OF_PLACE(e) ((e) / (8 * PADDED) * 8 + (e) % 8)
#define NEURON_OF_PLACE(e) ((e) / 8 % PADDED)
static inline uint places_of(const uintv bits[PV], ushort *list) {
  uint n = 0;
  uchar bytes[PADDED];
  for (uint j = PANEL; j < PADDED; j++)
    bytes[j] = 0;
  for (uint h = 0; 8 * h < TS; h++) {
#pragma unroll
    for (int b = 0; b < PV; b++)
      STOREV(UCHARV(bits[b] >> 8 * h & (uintv)(0xffu)), bytes + b * VW);
    for (uint i = 0; i < PADDED / 8; i++)
      for (ulong left = as_ulong(vload8(i, bytes)); left; left &= left - 1)
        list[n++] = (ushort)(8 * PADDED * h + 64 * i + 63 - clz(left & -left));
  }
  return n;
}

// Bits of `active` anew where those of `unsure`, some, are set: x has the rows, w the panel's
// neurons.
#if INTEGERS == 4
#define PAIRS_PARAMETERS                                                                           \
  , __global const int *input_pairs, uint ldr, __global const int *weight_pairs,                   \
      __global const float *least
#define PAIRS_OF_TILE                                                                              \
  , input_pairs + (ulong)begin * ldr, ldr, weight_pairs + (ulong)panel * PANEL * ldr,              \
      least + panel * PANEL
#else
#define PAIRS_PARAMETERS
#define PAIRS_OF_TILE
#endif
static inline void decide(uintv active[PV], const uintv unsure[PV], __global const float *x,
                          uint stride, __global const float *w, uint ldx PAIRS_PARAMETERS) {
  uint bits[PANEL];
  ushort list[PLACES];
  uint n = places_of(unsure, list);
#pragma unroll
  for (int b = 0; b < PV; b++)
    STOREV(active[b], bits + b * VW);
  for (uint i = 0; i < n; i++) {
    uint a = ROW_OF_PLACE(list[i]), j = NEURON_OF_PLACE(list[i]);
    bool positive = false, sure = false;
#if INTEGERS == 4
    __global const int *xs = input_pairs + (ulong)a * ldr, *ws = weight_pairs + (ulong)j * ldr;
    intv sum = (intv)(0);
    for (uint k = 0; k < ldr; k += VW) {
      intv xk = LOADV(xs + k), wk = LOADV(ws + k);
      ADD_PAIRS(sum, xk, wk);
    }
    int z = sum_of(sum);
    positive = z > 0;
    sure = fabs((float)z) >= least[j];
#endif
    if (!sure)
      positive = product(x + a * PANEL, stride, w + (ulong)j * ldx, ldx) > 0.0f;
    bits[j] = (bits[j] & ~(1u << a)) | (positive ? 1u << a : 0u);
  }
#pragma unroll
  for (int b = 0; b < PV; b++)
    active[b] = LOADV(bits + b * VW);
}

#if SUBSET > 1
#if INTEGERS == 4
#define SCALES_PARAMETER , __global const float *scales
#define SCALE_OF_ROW(s) scales[s]
#else
#define SCALES_PARAMETER
#define SCALE_OF_ROW(s) INPUTS_SCALE
#endif
__kernel void forward_signs(__global const int *Q, uint ldq, uint stride, uint first, uint n_words,
                            __global const int *P, __global int *Z, uint ldm, uint rows, uint m,
                            __global const float *A, uint task_local, uint sample_first, uint n,
                            __global float *net, __global uchar *active, uint active_stride,
                            __global const float *X, uint ldx, __global const float *W,
                            __global const float *units,
                            uint answers SCALES_PARAMETER PAIRS_PARAMETERS) {
  BEGIN_TILE;
  MULTIPLY_WORDS;
  uintv bits[PV], unsure[PV], all_unsure = (uintv)(0u);
  floatv unit[PV], factor[PV], term[PV];
  units += panel * PANEL;
#pragma unroll
  for (int b = 0; b < PV; b++) {
    bits[b] = unsure[b] = (uintv)(0u);
    unit[b] = LOADV(units + b * VW);
    factor[b] = LOADV(units + ldm + b * VW);
    term[b] = LOADV(units + 2 * ldm + b * VW);
#if INTEGERS == 4
    intv offset = AS_INTV(LOADV(units + 3 * ldm + b * VW));
#pragma unroll
    for (int a = 0; a < TS; a++)
      sum[a][b] -= offset;
#endif
  }
  net += PART_OF_NET;
#pragma unroll
  for (int a = 0; a < TS; a++)
    if (OWN(a)) {
      ulong task = task_local + task_index_of(s0 + a, sample_first, n);
      uintv bit = (uintv)(1u << (s0 + a - begin));
      float scale = SCALE_OF_ROW(s0 + a), worth = scale > 0.0f ? 1.0f / scale : 0.0f;
      floatv square = (floatv)(scale * scale), z[PV];
#pragma unroll
      for (int b = 0; b < PV; b++) {
        floatv integer = FLOATV(sum[a][b]);
        z[b] = integer * unit[b] * worth;
        bits[b] |= integer > (floatv)(0.0f) ? bit : (uintv)(0u);
        unsure[b] |= integer * integer < MAD(square, factor[b], term[b]) ? bit : (uintv)(0u);
      }
      if (answers)
        net[a] = answer(z, A + task * ldm + panel * PANEL, false);
    }
#pragma unroll
  for (int b = 0; b < PV; b++)
    all_unsure |= unsure[b];
  if (ANYV(all_unsure))
    decide(bits, unsure, ROW(X, begin, ldx), stride, W + (ulong)panel * PANEL * ldx,
           ldx PAIRS_OF_TILE);
  store_active(bits, active + (ulong)panel * active_stride + begin / SUBSET * PANEL, begin, rows);
}
#endif

// P, units and, where INTEGERS is 4, weight_pairs and least of W. Work-item: a neuron. Global size
// PANEL ceil(m/PANEL).
// A coordinate of w times its scale is rounded to an integer, and one of x times the row's: errors
// of mean square 1/12 each. Of an input of variance 1 the error of a product is then, in integers,
// of mean square scale^2 |w's errors|^2 + |w's integers|^2 / 12, and the sign is taken for sure
// from so many times the root of that on. The errors are sums of many that do not depend on each
// other.
#define DEVIATIONS 8.0f
#define DEVIATIONS_OF_BYTES 6.0f /* what follows is exact enough, and costs more */

// p of the words c .. c + VW - 1 of a row.
#define PUT_WORDS(p, c, word)                                                                      \
  {                                                                                                \
    uint words[VW];                                                                                \
    STOREV(word, words);                                                                           \
    for (uint i = 0; i < VW; i++)                                                                  \
      (p)[((c) + i) * PANEL] = words[i];                                                           \
  }

#if INTEGERS == 4
#define PACK_PARAMETERS , __global uint *weight_pairs, uint ldr, __global float *least
#else
#define PACK_PARAMETERS
#endif
__kernel void signs_pack(__global const float *W, uint ldx, uint m, uint ldq, __global uint *P,
                         __global float *units, uint ldm PACK_PARAMETERS) {
  uint j = get_global_id(0);
  if (j >= ldm)
    return;
  __global const float *w = W + (ulong)j * ldx;
  __global uint *p = P + (ulong)(j / PANEL) * ldq * PANEL + j % PANEL;
  floatv largest = (floatv)(0.0f), squares = (floatv)(0.0f), errors = (floatv)(0.0f);
  if (j < m)
    for (uint k = 0; k < ldx; k += VW)
      largest = fmax(largest, fabs(LOADV(w + k)));
  float most = MAXV(largest);
  bool usable = most > 0x1p-90f && most < INFINITY;
  uint end = usable ? ldx : 0; /* others are rows of zeros */
  float by = usable ? 1.0f / most : 0.0f, never = most > 0.0f ? INFINITY : 0.0f;
  for (uint k = 0; k < end; k += VW) {
    floatv v = LOADV(w + k) * by;
    squares = MAD(v, v, squares);
  }
  float norm = sqrt(SUMV(squares)); /* of w / most */
  float scale = usable ? fmin(NORM_SCALED / (INPUTS_SCALE * norm), 32767.0f) : 0.0f;
  float deviations = DEVIATIONS * DEVIATIONS;
#if INTEGERS == 4
  uint n_pairs = ldr;
#else
  uint n_pairs = ldq;
#endif
  for (uint c = 0; c < n_pairs; c += VW) {
    uint k = c / 16 * 32 + c % 16;
    floatv low = (floatv)(0.0f), high = (floatv)(0.0f);
    if (k < end)
      low = LOADV(w + k) * by;
    if (k + 16 < end)
      high = LOADV(w + k + 16) * by;
    uintv pair = pair_of(low, high, scale);
    low = MAD(low, (floatv)(scale), -FLOATV(LOW_OF(pair)));
    high = MAD(high, (floatv)(scale), -FLOATV(HIGH_OF(pair)));
    errors = MAD(low, low, MAD(high, high, errors));
#if INTEGERS == 4
    STOREV(pair, weight_pairs + (ulong)j * ldr + c);
#else
    PUT_WORDS(p, c, pair)
#endif
  }
#if INTEGERS == 4
  float square = INPUTS_SCALE * INPUTS_SCALE * SUMV(errors) + norm * norm * scale * scale / 12.0f;
  least[j] = usable ? DEVIATIONS * sqrt(square) + 1.0f : never;
  /* |x| is at most BYTE_MOST sqrt(ldx) and no product beyond 32 bits. */
  scale = usable ? fmin(0x1.fp30f / (BYTE_MOST * sqrt((float)ldx) * norm), BYTE_MOST) : 0.0f;
  deviations = DEVIATIONS_OF_BYTES * DEVIATIONS_OF_BYTES;
  errors = (floatv)(0.0f);
  intv sums = (intv)(0);
  for (uint c = 0; c < ldq; c += VW) {
    uint k = COLUMN_OF_WORD(c);
    floatv v[4];
#pragma unroll
    for (uint i = 0; i < 4; i++) {
      v[i] = (floatv)(0.0f);
      if (k + 16 * i < end)
        v[i] = LOADV(w + k + 16 * i) * by;
    }
    uintv quad = quad_of(v, scale);
#pragma unroll
    for (uint i = 0; i < 4; i++) {
      floatv error = MAD(v[i], (floatv)(scale), -FLOATV(BYTE_OF(quad, i)));
      errors = MAD(error, error, errors);
      sums += BYTE_OF(quad, i);
    }
    PUT_WORDS(p, c, quad)
  }
  units[3 * ldm + j] = as_float(128 * sum_of(sums));
#endif
  units[j] = usable ? most / scale : 0.0f;
  units[ldm + j] = usable ? deviations * SUMV(errors) : 0.0f;
  units[2 * ldm + j] = usable ? deviations * norm * norm * scale * scale / 12.0f + 1.0f : never;
}

// Q and what is beside it of X. Work-item: a row. Global size (1, rows).
__kernel void signs_inputs(__global const float *X, uint ldx, uint stride, uint rows,
                           __global uint *Q, uint ldq ROWS_PARAMETERS) {
  uint s = get_global_id(1);
  if (s < rows)
    integers_of_row(ROW(X, s, ldx), stride, ldx, ROW(Q, s, ldq), ldq ROWS_FROM(s));
}
