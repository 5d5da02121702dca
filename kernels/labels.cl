// SPDX-License-Identifier: Apache-2.0
// Operation: labels of a tile.  pattern_s = bits (M x_s >= 0); y_s = table of the task at it.
// Work-group: a lane group of LANES_PER_ROW work-items a row; each lane strides over d in vectors.
// Shapes: X (rows, ldx), M (r, ldx), tables (tasks in chunk, 2^r), patterns and Y (rows).
// Assumes: VW divides ldx; X and M are zero beyond d.
// Options: VW, PANEL (vector.h); LANES_PER_ROW work-items per row (default 1, a power of two).
#include "vector.h"

// per_task 0: patterns only (shared inputs have one label per task, made from the pattern later).
__kernel ROW_GROUP void labels(__global const float *X, uint ldx, uint stride,
                               __global const float *M, uint r, uint rows,
                               __global const char *tables, uint task_local, uint sample_first,
                               uint n, uint per_task, __global uint *patterns, __global float *Y) {
  uint lane = get_local_id(0), s = get_global_id(1);
#if LANES_PER_ROW > 1
  __local float partial[LANES_PER_ROW];
#endif
  if (s >= rows) /* the same for the whole group */
    return;
  __global const float *x = ROW(X, s, ldx);
  uint pattern = 0;
  for (uint k = 0; k < r; k++) {
    floatv sum = (floatv)(0.0f);
    for (uint c = lane * VW; c < ldx; c += LANES_PER_ROW * VW)
      sum = MAD(LOADV(x + COLUMN(c, stride)), LOADV(M + (ulong)k * ldx + c), sum);
    float u = SUMV(sum);
#if LANES_PER_ROW > 1
    partial[lane] = u;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint half_width = LANES_PER_ROW / 2; half_width > 0; half_width /= 2) {
      if (lane < half_width)
        partial[lane] += partial[lane + half_width];
      barrier(CLK_LOCAL_MEM_FENCE);
    }
    u = partial[0];
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
    pattern |= (u >= 0.0f ? 1u : 0u) << k;
  }
  if (lane == 0) {
    patterns[s] = pattern;
    if (per_task) {
      ulong task = task_local + task_index_of(s, sample_first, n);
      Y[s] = (float)tables[(task << r) + pattern];
    }
  }
}
