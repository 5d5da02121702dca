// SPDX-License-Identifier: Apache-2.0
// Operation: a tile of inputs.  X (rows, ldx): x_k of sample i of task t, zero for k >= d.
// Coordinate k <-> block k/64, word (k%64)/16, lane k%16; counter (16 block + lane, i, t, stream).
// Work-item: VW neighbouring lanes of one block, so up to 4 VW coordinates of one row.
// Assumes: VW divides ldx and 16; ldx >= d.
// Options: VW, PANEL (vector.h); RADEMACHER (draw.h).
#include "vector.h"
#include "philox.h"
#include "draw.h"

// Row s of the tile is sample (sample_first + s) % n of task task_first + (sample_first + s) / n;
// counter_task 0 when all tasks share one input set, else 1.
__kernel void inputs(__global float *X, uint ldx, uint stride, uint d, uint rows, uint key0,
                     uint key1, uint stream_round, uint task_first, uint sample_first, uint n,
                     uint counter_task) {
  uint lane = get_global_id(0) * VW, s = get_global_id(1);
  uint block = lane / 16, k = block * 64 + lane % 16;
  if (s >= rows || block * 64 >= ldx)
    return;
  uint task = counter_task ? task_first + task_index_of(s, sample_first, n) : 0;
  words w = philox(key0, key1, lane, sample_of(s, sample_first, n), task, stream_round);
  floatv x[4];
  draw(w, x);
  __global float *row = ROW(X, s, ldx);
  for (uint q = 0; q < 4 && k < ldx; q++, k += 16) /* whole vectors: VW divides ldx */
    STOREV(inside(x[q], k, d), row + COLUMN(k, stride));
}

// The words themselves, for the test that devices and host draw the same integers.
// out (rows, 4 * 16 * blocks), coordinate order as above.
__kernel void inputs_words(__global uint *out, uint blocks, uint rows, uint key0, uint key1,
                           uint stream_round, uint task_first, uint sample_first, uint n) {
  uint lane = get_global_id(0), s = get_global_id(1);
  if (s >= rows || lane >= blocks * 16)
    return;
  words w = philox(key0, key1, lane, sample_of(s, sample_first, n),
                   task_first + task_index_of(s, sample_first, n), stream_round);
#if VW == 1
  __global uint *row = out + (ulong)s * blocks * 64 + (lane / 16) * 64 + lane % 16;
  row[0] = w.w0;
  row[16] = w.w1;
  row[32] = w.w2;
  row[48] = w.w3;
#else
  __global uint *row = out + (ulong)s * blocks * 64 + (lane / 16) * 64 + lane % 16;
  row[0] = w.w0.s0;
  row[16] = w.w1.s0;
  row[32] = w.w2.s0;
  row[48] = w.w3.s0;
#endif
}
