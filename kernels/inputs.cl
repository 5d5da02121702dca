// SPDX-License-Identifier: Apache-2.0
// Operation: a tile of inputs.  X (rows, ldx): x_k of sample i of task t, zero for k >= d.
// Coordinate k <-> block k/64, word (k%64)/16, lane k%16; counter (16 block + lane, i, t, stream).
// Work-item: VW neighbouring lanes of one block, so up to 4 VW coordinates of one row.
// Assumes: VW divides ldx and 16; ldx >= d.
// Options: VW, PANEL (vector.h); RADEMACHER 1 = signs, 0 = normals (default); R and LANES_PER_ROW
// (inputs_labels).
#include "vector.h"
#include "philox.h"
#ifndef RADEMACHER
#define RADEMACHER 0
#endif
#ifndef R
#define R 0 /* r, where inputs_labels is wanted */
#endif

// The coordinates of VW lanes of a block: x[q] is k + 16 q, k = 64 block + lane.
static inline void draw(words w, floatv x[4]) {
#if RADEMACHER
  const floatv plus = (floatv)(1.0f), minus = (floatv)(-1.0f);
  x[0] = (w.w0 >> 31) != (uintv)(0u) ? plus : minus;
  x[1] = (w.w1 >> 31) != (uintv)(0u) ? plus : minus;
  x[2] = (w.w2 >> 31) != (uintv)(0u) ? plus : minus;
  x[3] = (w.w3 >> 31) != (uintv)(0u) ? plus : minus;
#else
  floatv c, sn, radius = normal_radius(w.w0);
  normal_angle(w.w1, &c, &sn);
  x[0] = radius * c;
  x[1] = radius * sn;
  radius = normal_radius(w.w2);
  normal_angle(w.w3, &c, &sn);
  x[2] = radius * c;
  x[3] = radius * sn;
#endif
}

static inline floatv inside(floatv x, uint k, uint d) {
  return (uintv)(k) + LANES < (uintv)(d) ? x : (floatv)(0.0f);
}

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

#if R > 0
// The same and what labels.cl makes of it, R = r, while a row is in registers. Work-group:
// LANES_PER_ROW work-items a row. Global size (LANES_PER_ROW, rows).
__kernel ROW_GROUP void inputs_labels(__global float *X, uint ldx, uint stride, uint d, uint rows,
                                      uint key0, uint key1, uint stream_round, uint task_first,
                                      uint sample_first, uint n, uint counter_task,
                                      __global const float *M, __global const char *tables,
                                      uint task_local, uint per_task, __global uint *patterns,
                                      __global float *Y) {
  __local float partial[LANES_PER_ROW];
  uint item = get_local_id(0), s = get_global_id(1);
  if (s >= rows) /* the same for the whole group */
    return;
  uint task_index = task_index_of(s, sample_first, n), sample = sample_of(s, sample_first, n);
  uint task = counter_task ? task_first + task_index : 0;
  __global float *row = ROW(X, s, ldx);
  floatv sum[R];
#pragma unroll
  for (int j = 0; j < R; j++)
    sum[j] = (floatv)(0.0f);
  for (uint lane = item * VW; lane / 16 * 64 < ldx; lane += LANES_PER_ROW * VW) {
    uint k = lane / 16 * 64 + lane % 16;
    floatv x[4];
    draw(philox(key0, key1, lane, sample, task, stream_round), x);
#pragma unroll
    for (int q = 0; q < 4; q++)
      if (k + 16 * q < ldx) {
        if (k + 16 * q + VW > d)
          x[q] = inside(x[q], k + 16 * q, d);
        STOREV(x[q], row + COLUMN(k + 16 * q, stride));
#pragma unroll
        for (int j = 0; j < R; j++)
          sum[j] = MAD(x[q], LOADV(M + (ulong)j * ldx + k + 16 * q), sum[j]);
      }
  }
  uint pattern = 0;
#pragma unroll
  for (int j = 0; j < R; j++) {
    float u = group_sum(SUMV(sum[j]), item, partial);
    pattern |= (u >= 0.0f ? 1u : 0u) << j;
    GROUP_BARRIER; /* before the next sum takes its place */
  }
  if (item == 0) {
    patterns[s] = pattern;
    if (per_task)
      Y[s] = (float)tables[((ulong)(task_local + task_index) << R) + pattern];
  }
}
#endif

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
