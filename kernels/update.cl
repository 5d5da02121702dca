// SPDX-License-Identifier: Apache-2.0
// Operation: the representation step's end.  W <- keep W + step G, G the sum over the batch.
// Shapes: W (m, ldx); G (m, ldx), or panels (m, PANEL) of its columns. Assumes: VW divides ldx.
// Options: VW, PANEL (vector.h).
#include "vector.h"

__kernel void update(__global float *W, __global const float *G, float keep, float step, uint ldx,
                     uint m) {
  uint k = get_global_id(0) * VW, j = get_global_id(1);
  if (k >= ldx || j >= m)
    return;
  __global float *w = W + (ulong)j * ldx + k;
  __global const float *g = ROW(G, j, ldx) + COLUMN(k, (ulong)m * PANEL);
  STOREV(MAD((floatv)(step), LOADV(g), LOADV(w) * keep), w);
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
