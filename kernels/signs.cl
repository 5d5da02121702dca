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
// pairs, row after row; least (2, ldm): of a product of these what units say of one of words.
// Assumes: X and W are zero beyond d; PANEL, at most 64, divides ldx, ldm and ldq, 16 ldr; there is
// room for TS rows.
// Options: VW, PV, TS, PANEL; INTEGERS (signs.h); DOT_PRODUCTS 1 = the processor multiplies and
// adds the integers of a word in one instruction (AVX-512 VNNI).
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

static inline void multiply_words(intv sum[TS][PV], const intv start[PV], __global const int *x,
                                  uint stride, uint n_words, __global const int *w) {
#pragma unroll
  for (int a = 0; a < TS; a++)
#pragma unroll
    for (int b = 0; b < PV; b++)
      sum[a][b] = start[b];
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
#define MULTIPLY_WORDS(start)                                                                      \
  intv sum[TS][PV];                                                                                \
  __global int *z = ROW(Z, s0, ldm) + (ulong)panel * stride;                                       \
  multiply_words(sum, start, ROW(Q, s0, ldq) + (ulong)(first / PANEL) * stride, stride, n_words,   \
                 P + ((ulong)panel * ldq + first) * PANEL);                                        \
  if (first > 0)                                                                                   \
  _Pragma("unroll") for (int a = 0; a < TS; a++) _Pragma("unroll") for (int b = 0; b < PV; b++)    \
      sum[a][b] += OWN(a) ? LOADV(z + a * PANEL + b * VW) : (intv)(0)

__kernel void forward_integers(__global const int *Q, uint ldq, uint stride, uint first,
                               uint n_words, __global const int *P, __global int *Z, uint ldm,
                               uint rows, uint m) {
  BEGIN_TILE;
  intv zeros[PV];
#pragma unroll
  for (int b = 0; b < PV; b++)
    zeros[b] = (intv)(0);
  MULTIPLY_WORDS(zeros);
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

static inline int4 quarters_of(intv v) {
#if VW == 1
  return (int4)(v, 0, 0, 0);
#elif VW == 16
  int8 w = v.lo + v.hi;
  return w.lo + w.hi;
#elif VW == 8
  return v.lo + v.hi;
#else
  return v;
#endif
}

// The sums of the lanes of each.
static inline int4 sums_of(const intv v[4]) {
  int4 a = quarters_of(v[0]), b = quarters_of(v[1]);
  int4 c = quarters_of(v[2]), d = quarters_of(v[3]);
  return (int4)(a.s0, b.s0, c.s0, d.s0) + (int4)(a.s1, b.s1, c.s1, d.s1) +
         (int4)(a.s2, b.s2, c.s2, d.s2) + (int4)(a.s3, b.s3, c.s3, d.s3);
}

// Places of a word's rows and a panel's neurons, where signs are not sure.
#define PLACE(row, j) ((row) << 6 | (j))
#define ROW_OF(place) ((place) >> 6)
#define NEURON_OF(place) ((place)&63u)
#define PLACES (32 * PANEL + VW + 4) /* all, and room for what is written beyond them */

// Those of `places` where `truth` is, from list[count] on; the new count.
static inline uint append(uint *list, uint count, uintv places, intv truth) {
#if VW == 16 && defined __AVX512DQ__
  ushort lanes = (ushort)__builtin_ia32_cvtd2mask512(truth);
  intv found = __builtin_ia32_compresssi512_mask(AS_INTV(places), (intv)(0), lanes);
  *(any_uintv *)(list + count) = AS_UINTV(found);
  return count + popcount((uint)lanes);
#else
  uint place[VW];
  int lane[VW];
  STOREV(places, place);
  STOREV(truth, lane);
  for (uint i = 0; i < VW; i++) {
    list[count] = place[i];
    count += lane[i] != 0;
  }
  return count;
#endif
}

// Of `count` places those whose product, as pairs, is positive for sure are set in words: bit `row`
// of a neuron's. Those that are not sure become the list; how many. most: the largest scale of a
// row. x, w and least begin at the word's first row and the panel's first neuron. Four places at a
// time, whose loads and sums do not wait for each other.
#if INTEGERS == 4
static inline uint by_pairs(uint *list, uint count, uint *words, float most, __global const int *x,
                            __global const int *w, uint ldr, __global const float *least,
                            uint ldm) {
  floatv square = (floatv)(most * most * (PAIRS_PER_BYTE * PAIRS_PER_BYTE));
  floatv bound = MAD(square, LOADV(least), LOADV(least + ldm));
#pragma unroll
  for (int b = 1; b < PV; b++)
    bound = fmax(bound, MAD(square, LOADV(least + b * VW), LOADV(least + ldm + b * VW)));
  float root = sqrt(MAXV(bound));
  if (count == 0 || most > SCALE_OF_PAIRS_MOST || !(root < 0x1p30f))
    return count;
  int sure = (int)root + 1, z[PLACES];
#pragma unroll
  for (int i = 0; i < 4; i++)
    list[count + i] = list[0];
  for (uint first = 0; first < count; first += 4) {
    intv sums[4];
    __global const int *xs[4], *ws[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
      uint place = list[first + i];
      sums[i] = (intv)(0);
      xs[i] = x + (ulong)ROW_OF(place) * ldr;
      ws[i] = w + (ulong)NEURON_OF(place) * ldr;
    }
    for (uint k = 0; k < ldr; k += VW)
#pragma unroll
      for (int i = 0; i < 4; i++) {
        intv xk = LOADV(xs[i] + k), wk = LOADV(ws[i] + k);
        ADD_PAIRS(sums[i], xk, wk);
      }
    vstore4(sums_of(sums), 0, z + first);
  }
  uint left = 0;
  for (uint i = 0; i < count; i++) {
    uint place = list[i];
    words[NEURON_OF(place)] |= (uint)(z[i] >= sure) << ROW_OF(place);
    list[left] = place;
    left += z[i] < sure && z[i] > -sure;
  }
  return left;
}
#define PAIRS_PARAMETERS                                                                           \
  , __global const int *input_pairs, uint ldr, __global const int *weight_pairs,                   \
      __global const float *least
#else
#define PAIRS_PARAMETERS
#endif

#if INTEGERS == 4
#define SCALES_PARAMETER , __global const float *scales
#define SCALE_OF_ROW(s) scales[s]
#else
#define SCALES_PARAMETER
#define SCALE_OF_ROW(s) INPUTS_SCALE
#endif
// Global size (ceil(m/PANEL), words of 32 rows).
__kernel void forward_signs(__global const int *Q, uint ldq, uint stride, uint first, uint n_words,
                            __global const int *P, __global int *Z, uint ldm, uint rows, uint m,
                            __global const float *A, uint task_local, uint sample_first, uint n,
                            __global float *net, __global uint *active, __global const float *X,
                            uint ldx, __global const float *W, __global const float *units,
                            uint answers SCALES_PARAMETER PAIRS_PARAMETERS) {
  BEGIN_WORD;
  uint list[PLACES], words[PANEL], count = 0;
  uintv bits[PV];
  intv start[PV];
  float most = 0.0f;
  units += panel * PANEL;
#pragma unroll
  for (int b = 0; b < PV; b++) {
    bits[b] = (uintv)(0u);
    STOREV(bits[b], words + b * VW);
    start[b] = (intv)(0);
#if INTEGERS == 4
    start[b] -= AS_INTV(LOADV(units + 3 * ldm + b * VW));
#endif
  }
  FOR_TILES_OF_WORD {
    uint s0 = FIRST_ROW;
    MULTIPLY_WORDS(start);
    floatv unit[PV], factor[PV], term[PV];
#pragma unroll
    for (int b = 0; b < PV; b++) {
      unit[b] = LOADV(units + b * VW);
      factor[b] = LOADV(units + ldm + b * VW);
      term[b] = LOADV(units + 2 * ldm + b * VW);
    }
#pragma unroll
    for (int a = 0; a < TS; a++)
      if (OWN(a)) {
        float scale = SCALE_OF_ROW(s0 + a);
        floatv square = (floatv)(scale * scale), z[PV];
        most = fmax(most, scale);
#pragma unroll
        for (int b = 0; b < PV; b++) {
          floatv integer = FLOATV(sum[a][b]);
          intv small = integer * integer < MAD(square, factor[b], term[b]);
          bits[b] |= sum[a][b] > (intv)(0) && !small ? BIT_OF_ROW(a) : (uintv)(0u);
          count = append(list, count, PLACE(s0 + a - 32 * word, b * VW + LANES), small);
          z[b] = integer * unit[b];
        }
        if (answers) {
          ulong task = task_local + task_index_of(s0 + a, sample_first, n);
          net[PART_OF_NET + a] = (scale > 0.0f ? 1.0f / scale : 0.0f) *
                                 answer(z, A + task * ldm + panel * PANEL, false);
        }
      }
  }
#if INTEGERS == 4
  count = by_pairs(list, count, words, most, input_pairs + (ulong)32 * word * ldr,
                   weight_pairs + (ulong)panel * PANEL * ldr, ldr, least + panel * PANEL, ldm);
#endif
  W += (ulong)panel * PANEL * ldx;
  for (uint i = 0; i < count; i++) {
    uint row = ROW_OF(list[i]), j = NEURON_OF(list[i]);
    float z = product(ROW(X, 32 * word + row, ldx), stride, W + (ulong)j * ldx, ldx);
    words[j] |= (uint)(z > 0.0f) << row;
  }
#pragma unroll
  for (int b = 0; b < PV; b++)
    STOREV(bits[b] | LOADV(words + b * VW),
           active + (ulong)word * ldm + panel * PANEL + b * VW);
}

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

// Words c .. c + VW - 1 of w `by` scale, w's first `end` coordinates, as pairs; *errors += the
// squares of what rounding did.
static inline uintv pair_of_weights(__global const float *w, uint c, uint end, float by,
                                    float scale, floatv *errors) {
  uint k = c / 16 * 32 + c % 16;
  floatv low = (floatv)(0.0f), high = (floatv)(0.0f);
  if (k < end)
    low = LOADV(w + k) * by;
  if (k + 16 < end)
    high = LOADV(w + k + 16) * by;
  uintv pair = pair_of(low, high, scale);
  low = MAD(low, (floatv)(scale), -FLOATV(LOW_OF(pair)));
  high = MAD(high, (floatv)(scale), -FLOATV(HIGH_OF(pair)));
  *errors = MAD(low, low, MAD(high, high, *errors));
  return pair;
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
#if INTEGERS == 4
  /* |x| is at most BYTE_MOST sqrt(ldx) and no product beyond 32 bits. */
  float scale = usable ? fmin(0x1.fp30f / (BYTE_MOST * sqrt((float)ldx) * norm), BYTE_MOST) : 0.0f;
  float deviations = DEVIATIONS_OF_BYTES * DEVIATIONS_OF_BYTES;
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
  int4 quarters = quarters_of(sums);
  units[3 * ldm + j] = as_float(128 * (quarters.s0 + quarters.s1 + quarters.s2 + quarters.s3));
#else
  float scale = usable ? fmin(NORM_SCALED / (INPUTS_SCALE * norm), 32767.0f) : 0.0f;
  float deviations = DEVIATIONS * DEVIATIONS;
  for (uint c = 0; c < ldq; c += VW) {
    uintv pair = pair_of_weights(w, c, end, by, scale, &errors);
    PUT_WORDS(p, c, pair)
  }
#endif
  float square = SUMV(errors), twelfth = norm * norm * scale * scale / 12.0f;
  units[j] = usable ? most / scale : 0.0f;
  units[ldm + j] = usable ? deviations * square : 0.0f;
  units[2 * ldm + j] = usable ? deviations * twelfth + 1.0f : never;
#if INTEGERS == 4
  /* A product whose sign is not sure is below the bound, at SCALE_OF_PAIRS_MOST at most, but for
   * one and a half times that of rounding: as pairs it fits 32 bits. */
  float bound = 2.5f * sqrt(deviations * MAD(square, SCALE_OF_PAIRS_MOST * SCALE_OF_PAIRS_MOST,
                                             twelfth) + 1.0f);
  float of_pairs = usable ? fmin(0x1.fp30f / (PAIRS_PER_BYTE * bound), PAIRS_PER_BYTE) * scale
                          : 0.0f;
  errors = (floatv)(0.0f);
  for (uint c = 0; c < ldr; c += VW)
    STOREV(pair_of_weights(w, c, end, by, of_pairs, &errors), weight_pairs + (ulong)j * ldr + c);
  deviations = DEVIATIONS * DEVIATIONS;
  twelfth = norm * norm * of_pairs * of_pairs / 12.0f;
  least[j] = usable ? deviations * SUMV(errors) : 0.0f;
  least[ldm + j] = usable ? deviations * twelfth + 1.0f : never;
#endif
}

// Q and what is beside it of X. Work-item: a row. Global size (1, rows).
__kernel void signs_inputs(__global const float *X, uint ldx, uint stride, uint rows,
                           __global uint *Q, uint ldq ROWS_PARAMETERS) {
  uint s = get_global_id(1);
  if (s >= rows)
    return;
#if INTEGERS == 4
  intv largest = (intv)(0);
  for (uint k = 0; k < ldx; k += VW)
    largest = max(largest, MAGNITUDES(LOADV(ROW(X, s, ldx) + COLUMN(k, stride))));
  scales[s] = scale_of_largest(largest);
#endif
  integers_of_rows(ROW(X, s, ldx), stride, ldx, 1, ROW(Q, s, ldq), ldq ROWS_FROM(s));
}
