// SPDX-License-Identifier: Apache-2.0
// Operation: the head step's sums.  a_t += scale sum_i y_i relu(z_i) over a tile's rows of task t.
// Shared inputs: R_p += sum_{i: pattern_i = p} relu(z_i); then A = scale F R with F the tables, and
// C = weight F^T A, which is all that the representation step needs of the heads.
// Shapes: Z (rows, ldm), A (tasks in chunk, ldm), R, tile_R, C (2^r, ldm), tables (tasks, 2^r).
// Work-item: VW neighbouring neurons; sums run in row order, so scheduling does not matter.
// Assumes: VW divides ldm; Z is zero beyond m.
// Options: VW, PANEL (vector.h); BINS = 2^r where so many sums fit registers, or 0.
#include "vector.h"
#ifndef BINS
#define BINS 0 /* sums by pattern that head_bins keeps in registers */
#endif

// Rows of a tile that are of its task_index-th task, counted from task_local: *begin .. *end - 1.
static inline void rows_of(uint task_index, uint sample_first, uint n, uint rows, uint *begin,
                           uint *end) {
  /* Negative where the task began in an earlier tile. */
  long first = (long)task_index * n - sample_first, last = first + n;
  *begin = (uint)(first < 0 ? 0 : first);
  *end = (uint)(last > rows ? rows : last);
}

// Second index: task_index.
__kernel void head_sum(__global const float *Z, uint ldm, uint stride, uint rows,
                       __global const float *Y, uint task_local, uint sample_first, uint n,
                       float scale, __global float *A) {
  uint j = get_global_id(0) * VW, task_index = get_global_id(1), begin, end;
  rows_of(task_index, sample_first, n, rows, &begin, &end);
  if (j >= ldm || begin >= end)
    return;
  __global const float *z = Z + COLUMN(j, stride);
  floatv sum = (floatv)(0.0f);
  for (uint s = begin; s < end; s++)
    sum = MAD((floatv)(Y[s]), fmax(LOADV(ROW(z, s, ldm)), (floatv)(0.0f)), sum);
  __global float *a = A + (ulong)(task_local + task_index) * ldm + j;
  STOREV(MAD(sum, (floatv)(scale), LOADV(a)), a);
}

// The same of sums that forward_head has made: H holds one for each row here, and rows,
// sample_first and n count these.
__kernel void head_add(__global const float *H, uint ldm, uint stride, uint rows, uint task_local,
                       uint sample_first, uint n, float scale, __global float *A) {
  uint j = get_global_id(0) * VW, task_index = get_global_id(1), begin, end;
  rows_of(task_index, sample_first, n, rows, &begin, &end);
  if (j >= ldm || begin >= end)
    return;
  __global const float *h = H + COLUMN(j, stride);
  floatv sum = (floatv)(0.0f);
  for (uint s = begin; s < end; s++)
    sum += LOADV(ROW(h, s, ldm));
  __global float *a = A + (ulong)(task_local + task_index) * ldm + j;
  STOREV(MAD(sum, (floatv)(scale), LOADV(a)), a);
}

// The same of sums that head_subsets (subsets.cl) has made: H (n_panels, n_slots, ldm) has one for
// each panel of columns, and for each part of part_rows rows that has some of the task's.
__kernel void head_panels(__global const float *H, uint ldm, uint n_panels, uint n_slots, uint rows,
                          uint part_rows, uint task_local, uint sample_first, uint n, float scale,
                          __global float *A) {
  uint j = get_global_id(0) * VW, task_index = get_global_id(1), begin, end;
  rows_of(task_index, sample_first, n, rows, &begin, &end);
  if (j >= ldm || begin >= end)
    return;
  floatv sum = (floatv)(0.0f);
  for (uint panel = 0; panel < n_panels; panel++)
    for (uint part = begin / part_rows; part * part_rows < end; part++)
      sum += LOADV(H + ((ulong)panel * n_slots + task_index + part) * ldm + j);
  __global float *a = A + (ulong)(task_local + task_index) * ldm + j;
  STOREV(MAD(sum, (floatv)(scale), LOADV(a)), a);
}

// Second index: one of the parts into which a tile's rows are split, part_rows each; R and tile_R
// have n_parts parts of (2^r, ldm). With BINS 0 the sums of the tile are kept in tile_R.
__kernel void head_bins(__global const float *Z, uint ldm, uint stride, uint rows, uint part_rows,
                        uint n_parts, __global const uint *patterns, uint n_patterns,
                        __global float *tile_R, __global float *R) {
  uint j = get_global_id(0) * VW, part = get_global_id(1);
  if (j >= ldm || part >= n_parts)
    return;
  ulong at = (ulong)part * n_patterns * ldm + j;
  uint end = min(rows, (part + 1) * part_rows);
  __global const float *z = Z + COLUMN(j, stride);
#if BINS > 0
  floatv sum[BINS];
  for (int p = 0; p < BINS; p++)
    sum[p] = (floatv)(0.0f);
  for (uint s = part * part_rows; s < end; s++) {
    floatv positive = fmax(LOADV(ROW(z, s, ldm)), (floatv)(0.0f));
    uint pattern = patterns[s];
#pragma unroll
    for (int p = 0; p < BINS; p++)
      sum[p] += pattern == p ? positive : (floatv)(0.0f);
  }
#pragma unroll
  for (int p = 0; p < BINS; p++) {
    __global float *bin = R + at + (ulong)p * ldm;
    STOREV(LOADV(bin) + sum[p], bin);
  }
#else
  for (uint p = 0; p < n_patterns; p++)
    STOREV((floatv)(0.0f), tile_R + at + (ulong)p * ldm);
  for (uint s = part * part_rows; s < end; s++) {
    __global float *bin = tile_R + at + (ulong)patterns[s] * ldm;
    STOREV(LOADV(bin) + fmax(LOADV(ROW(z, s, ldm)), (floatv)(0.0f)), bin);
  }
  for (uint p = 0; p < n_patterns; p++) {
    __global float *bin = R + at + (ulong)p * ldm;
    STOREV(LOADV(bin) + LOADV(tile_R + at + (ulong)p * ldm), bin);
  }
#endif
}

__kernel void head_from_bins(__global const float *R, uint ldm, uint n_patterns,
                             __global const char *tables, uint n_tasks, float scale,
                             __global float *A) {
  uint j = get_global_id(0) * VW, task = get_global_id(1);
  if (j >= ldm || task >= n_tasks)
    return;
  floatv sum = (floatv)(0.0f);
  for (uint p = 0; p < n_patterns; p++) {
    float f = (float)tables[(ulong)task * n_patterns + p];
    sum = MAD((floatv)(f), LOADV(R + (ulong)p * ldm + j), sum);
  }
  STOREV(sum * scale, A + (ulong)task * ldm + j);
}

__kernel void head_to_bins(__global const float *A, uint ldm, uint n_patterns,
                           __global const char *tables, uint n_tasks, float weight,
                           __global float *C) {
  uint j = get_global_id(0) * VW, p = get_global_id(1);
  if (j >= ldm || p >= n_patterns)
    return;
  floatv sum = (floatv)(0.0f);
  for (uint task = 0; task < n_tasks; task++) {
    float f = (float)tables[(ulong)task * n_patterns + p];
    sum = MAD((floatv)(f), LOADV(A + (ulong)task * ldm + j), sum);
  }
  __global float *c = C + (ulong)p * ldm + j;
  STOREV(MAD(sum, (floatv)(weight), LOADV(c)), c);
}
