// SPDX-License-Identifier: Apache-2.0
// Operation: which samples are active, the sign of X W^T, by products of integers of 16 bits, two
// multiply-adds where a float has one. Where such a product is so small that rounding to integers
// may have turned its sign, the product of floats is taken: so signs are those of single precision,
// while net, a sum over neurons, has the rounding of the integers (host/model/tolerance.c).
// forward_signs is forward_active (forward.cl, "panels") by other means: tiles, slices and results
// are the same.
// Q (rows, ldq) of X, P (ceil(m/PANEL), ldq, PANEL) of W: pairs (signs.h), Q in panels of PANEL
// pairs, each (rows, PANEL). units (2, ldm): what an integer of a neuron's product is worth, and
// how large it is at least where its sign is sure. answers: 0 leaves net alone.
// Assumes: X and W are zero beyond d; PANEL divides ldx, ldm and ldq; there is room for TS rows.
// Options: VW, PV, TS, SUBSET, PANEL; DOT_PRODUCTS 1 = the processor multiplies and adds pairs in
// one instruction (AVX-512 VNNI).
#include "vector.h"
#include "panels.h"
#include "signs.h"
#ifndef DOT_PRODUCTS
#define DOT_PRODUCTS 0
#endif

// sum += the products of the low halves and of the high halves of x and w, whatever wraps around.
#if DOT_PRODUCTS && defined __AVX512VL__ && (VW == 16 || VW == 8)
#define ADD_PRODUCTS(sum, x, w) __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(w))
#elif defined __AVX512BW__ && VW == 16
typedef short shortv __attribute__((ext_vector_type(32)));
#define ADD_PRODUCTS(sum, x, w)                                                                    \
  (sum) += __builtin_ia32_pmaddwd512(__builtin_astype(x, shortv), __builtin_astype(w, shortv))
#elif defined __AVX2__ && VW == 8
#define ADD_PRODUCTS(sum, x, w) (sum) += __builtin_ia32_pmaddwd256(as_short16(x), as_short16(w))
#else
#define ADD_PRODUCTS(sum, x, w)                                                                    \
  (sum) += LOW_OF(AS_UINTV(x)) * LOW_OF(AS_UINTV(w)) + HIGH_OF(AS_UINTV(x)) * HIGH_OF(AS_UINTV(w))
#endif

static inline void multiply_pairs(intv sum[TS][PV], __global const int *x, uint stride,
                                  uint n_pairs, __global const int *w) {
#pragma unroll
  for (int a = 0; a < TS; a++)
#pragma unroll
    for (int b = 0; b < PV; b++)
      sum[a][b] = (intv)(0);
  for (uint k0 = 0; k0 < n_pairs; k0 += PANEL, x += stride) {
    uint width = min((uint)PANEL, n_pairs - k0);
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
// The same over n_pairs pairs from `first` on, with what Z has of those before.
#define MULTIPLY_PAIRS                                                                             \
  intv sum[TS][PV];                                                                                \
  __global int *z = ROW(Z, s0, ldm) + (ulong)panel * stride;                                       \
  multiply_pairs(sum, ROW(Q, s0, ldq) + (ulong)(first / PANEL) * stride, stride, n_pairs,          \
                 P + ((ulong)panel * ldq + first) * PANEL);                                        \
  if (first > 0)                                                                                   \
  _Pragma("unroll") for (int a = 0; a < TS; a++) _Pragma("unroll") for (int b = 0; b < PV; b++)    \
      sum[a][b] += OWN(a) ? LOADV(z + a * PANEL + b * VW) : (intv)(0)

__kernel void forward_pairs(__global const int *Q, uint ldq, uint stride, uint first, uint n_pairs,
                            __global const int *P, __global int *Z, uint ldm, uint rows, uint m) {
  BEGIN_TILE;
  MULTIPLY_PAIRS;
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

// Bits of `active` anew where those of `unsure` are set: x has the rows, w the panel's neurons.
static inline void decide(uintv active[PV], const uintv unsure[PV], __global const float *x,
                          uint stride, __global const float *w, uint ldx) {
  uint bits[PANEL], open[PANEL];
#pragma unroll
  for (int b = 0; b < PV; b++) {
    STOREV(active[b], bits + b * VW);
    STOREV(unsure[b], open + b * VW);
  }
  for (uint j = 0; j < PANEL; j++)
    for (uint a = 0; open[j] >> a; a++)
      if (open[j] >> a & 1)
        bits[j] = (bits[j] & ~(1u << a)) |
                  (product(x + a * PANEL, stride, w + (ulong)j * ldx, ldx) > 0.0f ? 1u << a : 0u);
#pragma unroll
  for (int b = 0; b < PV; b++)
    active[b] = LOADV(bits + b * VW);
}

#if SUBSET > 1
__kernel void forward_signs(__global const int *Q, uint ldq, uint stride, uint first, uint n_pairs,
                            __global const int *P, __global int *Z, uint ldm, uint rows, uint m,
                            __global const float *A, uint task_local, uint sample_first, uint n,
                            __global float *net, __global uchar *active, uint active_stride,
                            __global const float *X, uint ldx, __global const float *W,
                            __global const float *units, uint answers) {
  BEGIN_TILE;
  MULTIPLY_PAIRS;
  uintv bits[PV], unsure[PV], all_unsure = (uintv)(0u);
  floatv unit[PV], least[PV];
#pragma unroll
  for (int b = 0; b < PV; b++) {
    bits[b] = unsure[b] = (uintv)(0u);
    unit[b] = LOADV(units + panel * PANEL + b * VW);
    least[b] = LOADV(units + ldm + panel * PANEL + b * VW);
  }
  net += PART_OF_NET;
#pragma unroll
  for (int a = 0; a < TS; a++)
    if (OWN(a)) {
      ulong task = task_local + task_index_of(s0 + a, sample_first, n);
      uintv bit = (uintv)(1u << (s0 + a - begin));
      floatv z[PV];
#pragma unroll
      for (int b = 0; b < PV; b++) {
        floatv integer = FLOATV(sum[a][b]);
        z[b] = integer * unit[b];
        bits[b] |= integer > (floatv)(0.0f) ? bit : (uintv)(0u);
        unsure[b] |= fabs(integer) < least[b] ? bit : (uintv)(0u);
      }
      if (answers)
        net[a] = answer(z, A + task * ldm + panel * PANEL, false);
    }
#pragma unroll
  for (int b = 0; b < PV; b++)
    all_unsure |= unsure[b];
  if (ANYV(all_unsure))
    decide(bits, unsure, ROW(X, begin, ldx), stride, W + (ulong)panel * PANEL * ldx, ldx);
  store_active(bits, active + (ulong)panel * active_stride + begin / SUBSET * PANEL, begin, rows);
}
#endif

// P and units of W. Work-item: a neuron. Global size PANEL ceil(m/PANEL).
// A coordinate is rounded to a multiple of a step, an input's to 1 / INPUTS_SCALE: errors of mean
// square step^2 / 12. That of a product of inputs of variance 1 has the standard deviation below,
// and its sign is taken for sure from DEVIATIONS of them on.
#define DEVIATIONS 8.0f
__kernel void signs_pack(__global const float *W, uint ldx, uint m, uint ldq, __global uint *P,
                         __global float *units, uint ldm) {
  uint j = get_global_id(0);
  if (j >= ldm)
    return;
  __global const float *w = W + (ulong)j * ldx;
  __global uint *p = P + (ulong)(j / PANEL) * ldq * PANEL + j % PANEL;
  floatv largest = (floatv)(0.0f), squares = (floatv)(0.0f), errors = (floatv)(0.0f);
  if (j < m)
    for (uint k = 0; k < ldx; k += VW)
      largest = fmax(largest, fabs(LOADV(w + k)));
  float most = MAXV(largest), scale = 0.0f; /* of w / most */
  bool usable = most > 0x1p-90f && most < INFINITY;
  if (usable) {
    for (uint k = 0; k < ldx; k += VW) {
      floatv v = LOADV(w + k) / most;
      squares = MAD(v, v, squares);
    }
    scale = fmin(NORM_SCALED / (INPUTS_SCALE * sqrt(SUMV(squares))), 32767.0f);
  }
  for (uint c = 0; c < ldq; c += VW) {
    uint k = c / 16 * 32 + c % 16, pairs[VW];
    floatv low = (floatv)(0.0f), high = (floatv)(0.0f);
    if (usable && k < ldx)
      low = LOADV(w + k) / most;
    if (usable && k + 16 < ldx)
      high = LOADV(w + k + 16) / most;
    uintv pair = pair_of(low, high, scale);
    if (usable) {
      low -= FLOATV(LOW_OF(pair)) / scale;
      high -= FLOATV(HIGH_OF(pair)) / scale;
    }
    errors = MAD(low, low, MAD(high, high, errors));
    STOREV(pair, pairs);
    for (uint i = 0; i < VW; i++)
      p[(c + i) * PANEL] = pairs[i];
  }
  float ones = INPUTS_SCALE * scale;
  float variance = SUMV(errors) + SUMV(squares) / (12.0f * INPUTS_SCALE * INPUTS_SCALE);
  units[j] = usable ? most / ones : 0.0f;
  /* Rows of zeros are never active, and others that are no such integers always unsure. */
  units[ldm + j] = usable        ? DEVIATIONS * sqrt(variance) * ones + 1.0f
                   : most > 0.0f ? INFINITY
                                 : 0.0f;
}

// Q of X. Work-item: VW pairs of a row. Global size (ldq/VW, rows).
__kernel void signs_inputs(__global const float *X, uint ldx, uint stride, uint rows,
                           __global uint *Q, uint ldq) {
  uint c = get_global_id(0) * VW, s = get_global_id(1), k = c / 16 * 32 + c % 16;
  if (c >= ldq || s >= rows)
    return;
  __global const float *x = ROW(X, s, ldx);
  floatv low = (floatv)(0.0f), high = (floatv)(0.0f);
  if (k < ldx)
    low = LOADV(x + COLUMN(k, stride));
  if (k + 16 < ldx)
    high = LOADV(x + COLUMN(k + 16, stride));
  STOREV(pair_of(low, high, INPUTS_SCALE), ROW(Q, s, ldq) + COLUMN(c, stride));
}
