// SPDX-License-Identifier: Apache-2.0
// Operation: a tile of inputs (inputs.cl) and their labels (labels.cl), in one.
// Sums over columns are those of labels.cl where a work-item has whole rows.
// Assumes: as inputs.cl and labels.cl.
// Options: VW, PANEL, LANES_PER_ROW (vector.h); RADEMACHER (draw.h); R = r, 1 .. 4;
// ROWS_PER_ITEM, 0 where a row has LANES_PER_ROW work-items (default), else a multiple of 4;
// INTEGERS (signs.h).
#include "vector.h"
#include "philox.h"
#include "draw.h"
#include "signs.h"
#ifndef ROWS_PER_ITEM
#define ROWS_PER_ITEM 0
#endif

#if ROWS_PER_ITEM == 0
// A row is labelled while it is in registers. Work-group: LANES_PER_ROW work-items a row. Global
// size (LANES_PER_ROW, rows).
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
#else
// ROWS_PER_ITEM rows a work-item. What follows from lane and task alone is worked out once for all
// of them, and each step goes over all of them before the next: short loops of many turns that do
// not wait for each other, with their constants in registers. Work-group: 1. Global size
// (1, rows / ROWS_PER_ITEM, rounded up).
#define COLUMNS_AT_ONCE 256 /* a multiple of 64; of all rows they fit the first cache */
#define ROWS_AT_ONCE 4      /* whose sums are in registers */

// Columns k + 16 q, q = 0 .. 3, of VW lanes, of `count` samples of a task: rows X, X + 1, ..
static inline void draw_rows(__global float *X, uint ldx, uint stride, uint d, uint key0, uint key1,
                             uint stream_round, uint task, uint sample, uint lane, uint count) {
  uintv drawn[4 * ROWS_PER_ITEM];
  lane_start start = philox_start(key0, key1, lane, task, stream_round);
#pragma unroll 1
  for (uint i = 0; i < count; i += 2) /* with an odd count one more, of no use */
    philox_pair(&start, key0, key1, sample + i, task, drawn + 4 * i);
#pragma unroll 1
  for (uint i = 0; i < 4 * count; i += 2)
    drawn[i] = draw_first(drawn[i]);
  uint k = lane / 16 * 64 + lane % 16;
#pragma unroll
  for (uint q = 0; q < 4; q += 2) {
    uint k0 = k + 16 * q, k1 = k0 + 16;
    if (k0 >= ldx)
      break;
    bool both = k1 < ldx, last = k1 + VW > d;
    __global float *x0_out = X + COLUMN(k0, stride), *x1_out = X + COLUMN(k1, stride);
#pragma unroll 1
    for (uint i = 0; i < count; i++) {
      floatv x0, x1;
      draw_second(drawn[4 * i + q], drawn[4 * i + q + 1], &x0, &x1);
      if (last) {
        x0 = inside(x0, k0, d);
        x1 = inside(x1, k1, d);
      }
      STOREV_ALIGNED(x0, ROW(x0_out, i, ldx));
      if (both)
        STOREV_ALIGNED(x1, ROW(x1_out, i, ldx));
    }
  }
}

// What is known of a row so far, lane by lane: its products with rows of M, its largest magnitude.
typedef struct row_sums {
  floatv products[R];
  intv largest;
} row_sums;

// Adds columns first .. end - 1 of ROWS_AT_ONCE rows of X. Of fewer, `count`, the last stands for
// those that are missing.
static inline void add_products(__global const float *X, uint ldx, uint stride,
                                __global const float *M, uint first, uint end, uint count,
                                row_sums *sums) {
  row_sums sum[ROWS_AT_ONCE];
  __global const float *row[ROWS_AT_ONCE];
#pragma unroll
  for (uint i = 0; i < ROWS_AT_ONCE; i++) {
    row[i] = ROW(X, min(i, count - 1), ldx);
    sum[i] = sums[i];
  }
#pragma unroll 1
  for (uint k = first; k < end; k += VW)
#pragma unroll
    for (uint i = 0; i < ROWS_AT_ONCE; i++) {
      floatv x = LOADV(row[i] + COLUMN(k, stride));
#if INTEGERS == 4
      sum[i].largest = max(sum[i].largest, MAGNITUDES(x));
#endif
#pragma unroll
      for (uint j = 0; j < R; j++)
        sum[i].products[j] = MAD(x, LOADV(M + (ulong)j * ldx + k), sum[i].products[j]);
    }
#pragma unroll
  for (uint i = 0; i < ROWS_AT_ONCE; i++)
    sums[i] = sum[i];
}

// largest: of each row.
static inline void draw_and_label(__global float *X, uint ldx, uint stride, uint d, uint rows,
                                  uint key0, uint key1, uint stream_round, uint task_first,
                                  uint sample_first, uint n, uint counter_task,
                                  __global const float *M, __global const char *tables,
                                  uint task_local, uint per_task, __global uint *patterns,
                                  __global float *Y, intv largest[ROWS_PER_ITEM]) {
  uint s = get_global_id(1) * ROWS_PER_ITEM, end = min(s + ROWS_PER_ITEM, rows);
  row_sums sums[ROWS_PER_ITEM];
  while (s < end) { /* the rows of one task */
    uint task_index = task_index_of(s, sample_first, n), sample = sample_of(s, sample_first, n);
    uint task = counter_task ? task_first + task_index : 0, count = min(end - s, n - sample);
    __global float *x = ROW(X, s, ldx);
    for (uint i = 0; i < ROWS_PER_ITEM; i++) {
      sums[i].largest = (intv)(0);
#pragma unroll
      for (uint j = 0; j < R; j++)
        sums[i].products[j] = (floatv)(0.0f);
    }
    for (uint first = 0; first < ldx; first += COLUMNS_AT_ONCE) {
      uint last = min(first + COLUMNS_AT_ONCE, ldx);
      for (uint lane = first / 4; lane / 16 * 64 < last; lane += VW)
        draw_rows(x, ldx, stride, d, key0, key1, stream_round, task, sample, lane, count);
      for (uint i = 0; i < count; i += ROWS_AT_ONCE)
        add_products(ROW(x, i, ldx), ldx, stride, M, first, last, count - i, sums + i);
    }
    for (uint i = 0; i < count; i++) {
      uint pattern = 0;
#pragma unroll
      for (uint j = 0; j < R; j++)
        pattern |= (SUMV(sums[i].products[j]) >= 0.0f ? 1u : 0u) << j;
      patterns[s + i] = pattern;
      largest[s + i - get_global_id(1) * ROWS_PER_ITEM] = sums[i].largest;
      if (per_task)
        Y[s + i] = (float)tables[((ulong)(task_local + task_index) << R) + pattern];
    }
    s += count;
  }
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
inputs_labels(__global float *X, uint ldx, uint stride, uint d, uint rows, uint key0, uint key1,
              uint stream_round, uint task_first, uint sample_first, uint n, uint counter_task,
              __global const float *M, __global const char *tables, uint task_local, uint per_task,
              __global uint *patterns, __global float *Y) {
  intv largest[ROWS_PER_ITEM];
  draw_and_label(X, ldx, stride, d, rows, key0, key1, stream_round, task_first, sample_first, n,
                 counter_task, M, tables, task_local, per_task, patterns, Y, largest);
}

// The same and what signs.cl wants: X as integers (signs.h).
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
inputs_labels_integers(__global float *X, uint ldx, uint stride, uint d, uint rows, uint key0,
                       uint key1, uint stream_round, uint task_first, uint sample_first, uint n,
                       uint counter_task, __global const float *M, __global const char *tables,
                       uint task_local, uint per_task, __global uint *patterns, __global float *Y,
                       __global uint *Q, uint ldq ROWS_PARAMETERS) {
  uint first = get_global_id(1) * ROWS_PER_ITEM, end = min(first + ROWS_PER_ITEM, rows);
  intv largest[ROWS_PER_ITEM];
  draw_and_label(X, ldx, stride, d, rows, key0, key1, stream_round, task_first, sample_first, n,
                 counter_task, M, tables, task_local, per_task, patterns, Y, largest);
#if INTEGERS == 4
  for (uint s = first; s < end; s++)
    scales[s] = scale_of_largest(largest[s - first]);
#endif
  for (uint s = first; s < end; s += ROWS_AT_ONCE)
    integers_of_rows(ROW(X, s, ldx), stride, ldx, min(end - s, (uint)ROWS_AT_ONCE), ROW(Q, s, ldq),
                     ldq ROWS_FROM(s));
}
#endif
