// SPDX-License-Identifier: Apache-2.0
// Operation: the roofs.
//   probe_fma   CHAINS independent chains x <- x one + add of VW floats per work-item, TURN steps
//               a turn: 2 VW CHAINS TURN turns flop each; out = sum of the chains
//   probe_tensor  the same by tensor cores (tf32x3.h or half.h), CHAINS products of a warp: a
//               chain's step adds LINES one add; out = sum over the chains of one result of each
//   probe_copy  out = in, VW floats a work-item
// With one = 1 and multiples of 2^-22 that stay below 2^2 every step is exact, so the host knows
// the sums and sees whether all turns were made (llvmpipe of Mesa 22.3 leaves loops after 65,535).
// one and add are arguments: a compiler that knew them would leave the multiplications out.
// Options: VW (vector.h); CHAINS (default 8), TURN (default 8); TF32X3 or HALF (that probe).
#include "vector.h"
#ifndef CHAINS
#define CHAINS 8
#endif
#ifndef TURN
#define TURN 8 /* enough that counting turns costs nothing beside them */
#endif

__kernel void probe_fma(__global const float *in, __global float *out, float one, float add,
                        uint turns) {
  uint item = get_global_id(0);
  floatv start = LOADV(in + (ulong)item * VW), x[CHAINS];
  floatv by = (floatv)(one), plus = (floatv)(add);
#pragma unroll
  for (int c = 0; c < CHAINS; c++)
    x[c] = start * (float)(c + 1);
  for (uint t = 0; t < turns; t++) {
#pragma unroll
    for (int s = 0; s < TURN; s++) {
#pragma unroll
      for (int c = 0; c < CHAINS; c++)
        x[c] = MAD(x[c], by, plus);
    }
  }
  floatv sum = (floatv)(0.0f);
#pragma unroll
  for (int c = 0; c < CHAINS; c++)
    sum += x[c];
  STOREV(sum, out + (ulong)item * VW);
}

#if defined TF32X3 || defined HALF
#include "tensor.h"
#ifdef HALF
#include "half.h"
#define LINES 16 /* products that a result is the sum of */
#else
#include "tf32x3.h"
#define LINES 8
#endif

__kernel void probe_tensor(__global const float *in, __global float *out, float one, float add,
                           uint turns) {
  uint item = get_global_id(0);
  float c[CHAINS][4], sum = 0.0f;
#if defined TENSOR_CORES && defined HALF
  uint ones = pair_of_halves(one, one), adds = pair_of_halves(add, add);
  uint a[4] = {ones, ones, ones, ones}, b[2] = {adds, adds};
#else
  float a[4] = {one, one, one, one}, b[2] = {add, add};
#endif
#pragma unroll
  for (int i = 0; i < CHAINS; i++)
    c[i][0] = c[i][1] = c[i][2] = c[i][3] = in[item] * (float)(i + 1);
  for (uint turn = 0; turn < turns; turn++) {
#pragma unroll
    for (int s = 0; s < TURN; s++) {
#pragma unroll
      for (int i = 0; i < CHAINS; i++)
#ifdef TENSOR_CORES
        mma(c[i], a, b);
#else
        for (int k = 0; k < 4; k++)
          c[i][k] = MAD((float)LINES * a[k], b[k % 2], c[i][k]);
#endif
    }
  }
#pragma unroll
  for (int i = 0; i < CHAINS; i++)
    sum += c[i][i % 4];
  out[item] = sum;
}
#endif

__kernel void probe_copy(__global const float *in, __global float *out, uint count) {
  uint k = get_global_id(0) * VW;
  if (k >= count)
    return;
  STOREV(LOADV(in + k), out + k);
}
