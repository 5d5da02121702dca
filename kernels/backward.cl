// SPDX-License-Identifier: Apache-2.0
// Operation: gradient of a tile.  G (m, ldx) += D (rows, ldm)[:, :m]^T X (rows, ldx).
// The rows may be split into n_parts parts of part_rows, summed into a G of their own each; G is
// (n_parts, m, ldx), and update_sum adds the parts up. That gives a small G enough work-items, and
// keeps a part of X and D in a CPU's cache while all of G is gone through.
// VARIANT 0 "panels": one work-item a tile of TJ neurons x PANEL columns, outer products over the
//   rows, no local memory: for CPUs. X and D in panels of PANEL = PV vectors.
//   Global size (ldx/PANEL, n_parts ceil(m/TJ)): items one after the other have the same columns of
//   D, which stay in a cache while X streams, and rows of G are gone through from end to end.
//   G in panels too: (n_parts, ldx/PANEL, m, PANEL). backward_subsets does with fewer
//   operations where D has two values.
// VARIANT 1 "tiles": work-groups of GROUP x GROUP items stage DEPTH rows of BLOCK columns of D and
//   X in local memory (block.h): for GPUs.
//   Global size (GROUP ceil(ldx/BLOCK), GROUP n_parts ceil(m/BLOCK)).
// VARIANT 2 "pipeline": one work-item for all of it, TJ neurons x TS vectors of columns at a time
//   over the rows: for FPGAs. Global size (1, 1).
// Rows are summed in order and one work-item owns a result: bit-identical from run to run.
// Assumes: D is zero beyond m, X beyond d. panels: PANEL divides ldx and ldm, TJ divides PANEL.
//   tiles: 16 divides ldx and ldm, DEPTH is 4, 8, 16 or 32. pipeline: VW divides ldx.
// Options: VARIANT; VW, PV, TJ, SUBSET, TABLES, PANEL (panels); GROUP, PER, DEPTH,
//   REGISTERS, TF32X3, HALF (tiles); VW, TS, TJ (pipeline).
#ifndef VARIANT
#define VARIANT 0
#endif
#include "vector.h"

#if VARIANT == 0
#ifndef TJ
#define TJ 8 /* neurons per work-item */
#endif
#ifndef PV
#define PV 2 /* vectors of columns per work-item, PANEL / VW */
#endif
#ifndef SUBSET
#define SUBSET 1 /* rows whose sums are tabulated, up to 8; 1 = none */
#endif

__kernel void backward(__global const float *D, uint ldm, __global const float *X, uint ldx,
                       uint stride, __global float *G, uint rows, uint part_rows, uint n_parts,
                       uint m) {
  uint n_tiles = (m + TJ - 1) / TJ;
  uint j0 = get_global_id(1) % n_tiles * TJ, part = get_global_id(1) / n_tiles;
  uint panel = get_global_id(0);
  if (part >= n_parts)
    return;
  uint begin = part * part_rows, end = min(rows, begin + part_rows);
  floatv sum[TJ][PV];
#pragma unroll
  for (int b = 0; b < TJ; b++)
#pragma unroll
    for (int c = 0; c < PV; c++)
      sum[b][c] = (floatv)(0.0f);
  __global const float *d = ROW(D, begin, ldm) + COLUMN(j0, stride);
  __global const float *x = ROW(X, begin, ldx) + (ulong)panel * stride;
  for (uint s = begin; s < end; s++, d += PANEL, x += PANEL) {
    floatv xs[PV];
#pragma unroll
    for (int c = 0; c < PV; c++)
      xs[c] = LOADV(x + c * VW);
#pragma unroll
    for (int b = 0; b < TJ; b++) {
      floatv db = (floatv)(d[b]);
#pragma unroll
      for (int c = 0; c < PV; c++)
        sum[b][c] = MAD(db, xs[c], sum[b][c]);
    }
  }
  __global float *g = G + (ulong)part * m * ldx + ((ulong)panel * m + j0) * PANEL;
#pragma unroll
  for (int b = 0; b < TJ; b++)
#pragma unroll
    for (int c = 0; c < PV; c++)
      if (j0 + b < m) {
        __global float *to = g + b * PANEL + c * VW;
        STOREV(LOADV(to) + sum[b][c], to);
      }
}

#if SUBSET > 1
// The same where D is y_s a_tj or 0, by which of the samples are active: in groups of SUBSET rows,
// a table has the sum of y x over every subset of a group, and a neuron adds one entry for each
// group, where D^T X is SUBSET multiply-adds (the method of four Russians). A group that two tasks
// share is gone through for each with the rows of the other left out.
// active: panels (groups, PANEL) of neurons, bit b of group q is row SUBSET q + b. Global size
// (ldx/PANEL, n_parts ceil(m/neurons)): a work-item has `neurons` of them and a panel of columns.
#ifndef TABLES
#define TABLES 1 /* of one work-item, in local memory */
#endif
/* Vectors, not floats: PoCL 3.1 makes pieces of a vload from local memory. */
typedef floatv table[1 << SUBSET][PV];

static inline void tabulate(__local table *of, __global const float *x, __global const float *Y,
                            uint first, uint begin, uint end) {
#pragma unroll
  for (int c = 0; c < PV; c++) {
    floatv xs[SUBSET], sums[1 << SUBSET];
#pragma unroll
    for (int b = 0; b < SUBSET; b++) {
      uint s = first + b;
      xs[b] = (floatv)(0.0f);
      if (s >= begin && s < end)
        xs[b] = LOADV(x + (ulong)s * PANEL + c * VW) * Y[s];
    }
    sums[0] = (floatv)(0.0f);
    (*of)[0][c] = sums[0];
#pragma unroll
    for (int e = 1; e < 1 << SUBSET; e++) {
      sums[e] = sums[e & (e - 1)] + xs[popcount((e & -e) - 1)]; /* the lowest bit's */
      (*of)[e][c] = sums[e];
    }
  }
}

// g_j += a_j times the entries that `active` names, over the neurons of a panel and COUNT groups:
// for a full set of tables a number that the compiler knows before it inlines, and unrolls.
#define LOOK_UP(name, COUNT)                                                                       \
  static inline void name(__local const table *tables, uint n_tables,                              \
                          __global const uchar *active, __global const float *a,                   \
                          __global float *g, uint width) {                                         \
    for (uint j = 0; j < width; j++, g += PANEL) {                                                 \
      floatv sum[PV], aj = (floatv)(a[j]);                                                         \
      _Pragma("unroll") for (int c = 0; c < PV; c++) sum[c] = (floatv)(0.0f);                      \
      _Pragma("unroll") for (uint q = 0; q < COUNT; q++) {                                         \
        uint entry = active[q * PANEL + j];                                                        \
        _Pragma("unroll") for (int c = 0; c < PV; c++) sum[c] += tables[q][entry][c];              \
      }                                                                                            \
      _Pragma("unroll") for (int c = 0; c < PV; c++)                                               \
          STOREV(MAD(aj, sum[c], LOADV(g + c * VW)), g + c * VW);                                  \
    }                                                                                              \
  }
LOOK_UP(look_up, n_tables)
LOOK_UP(look_up_all, TABLES)

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
backward_subsets(__global const uchar *active, uint active_stride, uint ldm,
                 __global const float *X, uint ldx, uint stride, __global const float *Y,
                 __global const float *A, uint task_local, uint sample_first, uint n,
                 __global float *G, uint rows, uint part_rows, uint n_parts, uint m, uint neurons) {
  __local table tables[TABLES];
  uint n_blocks = (m + neurons - 1) / neurons, panel = get_global_id(0);
  uint j0 = get_global_id(1) % n_blocks * neurons, part = get_global_id(1) / n_blocks;
  if (part >= n_parts)
    return;
  uint j1 = min(m, j0 + neurons), s = part * part_rows, end = min(rows, s + part_rows);
  __global const float *x = X + (ulong)panel * stride;
  __global float *g = G + (ulong)part * m * ldx + (ulong)panel * m * PANEL;
  while (s < end) { /* the rows of a task */
    uint task_index = task_index_of(s, sample_first, n);
    uint last = s + min(end - s, n - sample_of(s, sample_first, n));
    __global const float *a = A + (ulong)(task_local + task_index) * ldm;
    uint n_groups = (last + SUBSET - 1) / SUBSET;
    for (uint q = s / SUBSET; q < n_groups; q += TABLES) {
      uint n_tables = min(n_groups - q, (uint)TABLES);
      for (uint i = 0; i < n_tables; i++)
        tabulate(tables + i, x, Y, (q + i) * SUBSET, s, last);
      for (uint j = j0; j < j1; j += PANEL) {
        __global const uchar *from = active + (ulong)(j / PANEL) * active_stride + q * PANEL;
        uint width = min((uint)PANEL, j1 - j);
        if (n_tables == TABLES)
          look_up_all(tables, n_tables, from, a + j, g + (ulong)j * PANEL, width);
        else
          look_up(tables, n_tables, from, a + j, g + (ulong)j * PANEL, width);
      }
    }
    s = last;
  }
}
#endif

#elif VARIANT == 1
#include "block.h"
#if defined TF32X3 || defined HALF
#include "tensor.h"
#ifdef HALF
#include "half.h"
#else
#include "tf32x3.h"
#endif
#include "tiles_tensor.h"
#else
#include "tiles.h"
#endif

__kernel TILES_GROUP void backward(__global const float *D, uint ldm, __global const float *X,
                                   uint ldx, uint stride, __global float *G, uint rows,
                                   uint part_rows, uint n_parts, uint m UP_PARAMETERS) {
  __local float room[PRODUCT_COLUMNS_FLOATS] __attribute__((aligned(16)));
  uint item = get_local_id(1) * GROUP + get_local_id(0);
  uint n_blocks = (m + BLOCK - 1) / BLOCK, part = get_group_id(1) / n_blocks;
  uint k0 = get_group_id(0) * BLOCK, j0 = get_group_id(1) % n_blocks * BLOCK;
  uint begin = part * part_rows, end = min(rows, begin + part_rows);
  float sum[PER][PER];
  product_columns(sum, room, D + (ulong)begin * ldm + j0, ldm, ldm - j0,
                  X + (ulong)begin * ldx + k0, ldx, ldx - k0, end - begin, item UP);
  uint lj = ROW_ITEM(item), lk = COLUMN_ITEM(item);
#pragma unroll
  for (int a = 0; a < PER; a++)
#pragma unroll
    for (int b = 0; b < PER; b += SPAN) {
      uint j = j0 + ROW_PLACE(lj, a), k = k0 + COLUMN_PLACE(lk, b);
      if (j < m && k < ldx)
        *(__global spanv *)(G + ((ulong)part * m + j) * ldx + k) += SPANV(sum[a], b) DOWN;
    }
}

#else
#ifndef TS
#define TS 2 /* vectors of columns at a time */
#endif
#ifndef TJ
#define TJ 4 /* neurons at a time */
#endif

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
backward(__global const float *restrict D, uint ldm, __global const float *X, uint ldx, uint stride,
         __global float *restrict G, uint rows, uint part_rows, uint n_parts, uint m) {
  for (uint j0 = 0; j0 < m; j0 += TJ)
    for (uint k0 = 0; k0 < ldx; k0 += TS * VW) {
      floatv sum[TJ][TS];
#pragma unroll
      for (int b = 0; b < TJ; b++)
#pragma unroll
        for (int c = 0; c < TS; c++)
          sum[b][c] = (floatv)(0.0f);
      for (uint s = 0; s < rows; s++) {
        /* Past the edges the last column is read again: no branch in the pipeline. */
        floatv xs[TS];
#pragma unroll
        for (int c = 0; c < TS; c++)
          xs[c] = LOADV(X + (ulong)s * ldx + min(k0 + c * VW, ldx - VW));
#pragma unroll
        for (int b = 0; b < TJ; b++) {
          floatv db = (floatv)(D[(ulong)s * ldm + min(j0 + b, m - 1)]);
#pragma unroll
          for (int c = 0; c < TS; c++)
            sum[b][c] = MAD(db, xs[c], sum[b][c]);
        }
      }
#pragma unroll
      for (int b = 0; b < TJ; b++)
#pragma unroll
        for (int c = 0; c < TS; c++)
          if (j0 + b < m && k0 + c * VW < ldx) {
            __global float *to = G + (ulong)(j0 + b) * ldx + k0 + c * VW;
            STOREV(sum[b][c] + LOADV(to), to);
          }
    }
}
#endif
