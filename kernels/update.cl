// SPDX-License-Identifier: Apache-2.0
// Operation: the representation step's end.  W <- keep W + step G, G the sum over the batch.
// Shapes: W, G (m, ldx) as one array of count floats. Assumes: VW divides count (it divides ldx).
// Options: VW (vector.h).
#include "vector.h"

__kernel void update(__global float *W, __global const float *G, float keep, float step,
                     uint count) {
  uint k = get_global_id(0) * VW;
  if (k >= count)
    return;
  STOREV(MAD((floatv)(step), LOADV(G + k), LOADV(W + k) * keep), W + k);
}

// parts (n_parts, count): the first becomes the sum of all, in order.
__kernel void update_sum(__global float *parts, uint n_parts, uint count) {
  uint k = get_global_id(0) * VW;
  if (k >= count)
    return;
  floatv sum = LOADV(parts + k);
  for (uint part = 1; part < n_parts; part++)
    sum += LOADV(parts + (ulong)part * count + k);
  STOREV(sum, parts + k);
}
