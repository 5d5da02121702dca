// SPDX-License-Identifier: Apache-2.0
// Operation: gradient of a tile.  G (m, ldx) += D (rows, ldm)[:, :m]^T X (rows, ldx).
// The rows may be split into n_parts parts of part_rows, summed into a G of their own each; G is
// (n_parts, m, ldx), and update_sum adds the parts up. That gives a small G enough work-items, and
// keeps a part of X and D in a CPU's cache while all of G is gone through.
// VARIANT 0 "panels": one work-item a tile of TJ neurons x PANEL columns, outer products over the
//   rows, no local memory: for CPUs. X and D in panels of PANEL = PV vectors.
//   Global size (ldx/PANEL, n_parts ceil(m/TJ)): items one after the other have the same columns of
//   D, which stay in a cache while X streams, and rows of G are gone through from end to end.
//   G in panels too: (n_parts, ldx/PANEL, m, PANEL). subsets.cl does with fewer operations where D
//   has two values.
// VARIANT 1 "tiles": work-groups of GROUP x GROUP items stage DEPTH rows of BLOCK columns of D and
//   X in local memory (block.h): for GPUs.
//   Global size (GROUP ceil(ldx/BLOCK), GROUP n_parts ceil(m/BLOCK)).
// VARIANT 2 "pipeline": one work-item for all of it, TJ neurons x TS vectors of columns at a time
//   over the rows: for FPGAs. Global size (1, 1).
// Rows are summed in order and one work-item owns a result: bit-identical from run to run.
// Assumes: D is zero beyond m, X beyond d. panels: PANEL divides ldx and ldm, TJ divides PANEL.
//   tiles: 16 divides ldx and ldm, DEPTH is 4, 8, 16 or 32. pipeline: VW divides ldx.
// Options: VARIANT; VW, PV, TJ, PANEL (panels); GROUP, PER, DEPTH, REGISTERS,
//   TF32X3, HALF (tiles); VW, TS, TJ (pipeline).
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
