// SPDX-License-Identifier: Apache-2.0
// Operation: the roofs.
//   probe_fma   CHAINS independent chains x <- x one + add of VW floats per work-item, TURN steps
//               a turn: 2 VW CHAINS TURN turns flop each; out = sum of the chains
//   probe_copy  out = in, VW floats a work-item
// With one = 1 and multiples of 2^-22 that stay below 2^2 every step is exact, so the host knows
// the sums and sees whether all turns were made (llvmpipe of Mesa 22.3 leaves loops after 65,535).
// one and add are arguments: a compiler that knew them would leave the multiplications out.
// Options: VW (vector.h); CHAINS (default 8), TURN (default 8).
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

__kernel void probe_copy(__global const float *in, __global float *out, uint count) {
  uint k = get_global_id(0) * VW;
  if (k >= count)
    return;
  STOREV(LOADV(in + k), out + k);
}
