// SPDX-License-Identifier: Apache-2.0
// Operation: the roofs.  probe_fma: CHAINS independent multiply-add chains of VW floats per
// work-item, 2 * VW * CHAINS * steps flop each; probe_copy: out = in, VW floats a work-item.
// The chains start from random data and stay in (-1, 1), so nothing folds or goes to infinity.
// Options: VW (vector.h); CHAINS (default 8).
#include "vector.h"
#ifndef CHAINS
#define CHAINS 8
#endif

__kernel void probe_fma(__global const float *in, __global float *out, uint steps) {
  uint item = get_global_id(0);
  floatv a = LOADV(in + (ulong)item * VW), x[CHAINS];
#pragma unroll
  for (int c = 0; c < CHAINS; c++)
    x[c] = a * (1.0f / (float)(c + 2));
  for (uint s = 0; s < steps; s++) {
#pragma unroll
    for (int c = 0; c < CHAINS; c++)
      x[c] = MAD(x[c], (floatv)(0.5f), a * 0.25f);
  }
  floatv sum = (floatv)(0.0f);
#pragma unroll
  for (int c = 0; c < CHAINS; c++)
    sum += x[c];
  STOREV(sum, out + (ulong)item * VW);
}

__kernel void probe_copy(__global const float *in, __global float *out, uint count) {
  uint k = get_global_id(0) * VW;
  if (k >= count)
    return;
  STOREV(LOADV(in + k), out + k);
}
