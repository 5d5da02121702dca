// SPDX-License-Identifier: Apache-2.0
// Operation: the representation step's end.  W <- keep W + step G, G the sum over the batch.
// Shapes: W, G (m, ldx) as one array of count floats. Assumes: 16 divides count (ldx does).
// Options: VW (vector.h).
#include "vector.h"

__kernel void update(__global float *W, __global const float *G, float keep, float step,
                     uint count) {
  uint k = get_global_id(0) * VW;
  if (k >= count)
    return;
  STOREV(MAD((floatv)(step), LOADV(G + k), LOADV(W + k) * keep), W + k);
}
