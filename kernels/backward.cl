// SPDX-License-Identifier: Apache-2.0
// Operation: gradient of a tile.  G (m, ldx) += D (rows, ldm)[:, :m]^T X (rows, ldx).
// The rows may be split into n_parts parts of part_rows, summed into a G of their own each; G is
// (n_parts, m, ldx), and update_sum adds the parts up. That gives a small G enough work-items, and
// keeps a part of X and D in a CPU's cache while all of G is gone through.
// VARIANT 0 "panels": one work-item a tile of TJ neurons x PANEL columns, outer products over the
//   rows, no local memory: for CPUs. X and D in panels of PANEL = PV vectors.
//   Global size (ldx/PANEL, n_parts ceil(m/TJ)), the tiles of neurons rounded up to whole groups:
//   groups one after the other have the same columns of D, which stay in the second cache.
// VARIANT 1 "tiles": work-groups of GROUP x GROUP items stage DEPTH rows of BLOCK columns of D and
//   X in local memory: for GPUs.
//   Global size (GROUP ceil(ldx/BLOCK), GROUP n_parts ceil(m/BLOCK)).
// Rows are summed in order and one work-item owns a result: bit-identical from run to run.
// Assumes: D is zero beyond m, X beyond d. panels: PANEL divides ldx and ldm, TJ divides PANEL.
// Options: VARIANT; VW, PV, TJ, PANEL (panels); GROUP, PER, DEPTH (tiles).
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
  uint group = get_local_size(1), n_tiles = ((m + TJ - 1) / TJ + group - 1) / group * group;
  uint j0 = get_global_id(1) % n_tiles * TJ, part = get_global_id(1) / n_tiles;
  uint panel = get_global_id(0);
  if (j0 >= m || part >= n_parts)
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
  __global float *g = G + ((ulong)part * m + j0) * ldx + panel * PANEL;
#pragma unroll
  for (int b = 0; b < TJ; b++)
#pragma unroll
    for (int c = 0; c < PV; c++)
      if (j0 + b < m) {
        __global float *to = g + (ulong)b * ldx + c * VW;
        STOREV(LOADV(to) + sum[b][c], to);
      }
}

#else
#ifndef GROUP
#define GROUP 16 /* work-items per side of a group */
#endif
#ifndef PER
#define PER 4 /* results per side of a work-item */
#endif
#ifndef DEPTH
#define DEPTH 16 /* rows staged at once */
#endif
#define BLOCK (GROUP * PER)

__kernel __attribute__((reqd_work_group_size(GROUP, GROUP, 1))) void
backward(__global const float *D, uint ldm, __global const float *X, uint ldx, uint stride,
         __global float *G, uint rows, uint part_rows, uint n_parts, uint m) {
  __local float ds[DEPTH][BLOCK], xs[DEPTH][BLOCK];
  uint lk = get_local_id(0), lj = get_local_id(1), item = lj * GROUP + lk;
  uint n_blocks = (m + BLOCK - 1) / BLOCK, part = get_group_id(1) / n_blocks;
  uint k0 = get_group_id(0) * BLOCK, j0 = get_group_id(1) % n_blocks * BLOCK;
  uint begin = part * part_rows, end = min(rows, begin + part_rows);
  float sum[PER][PER];
#pragma unroll
  for (int a = 0; a < PER; a++)
#pragma unroll
    for (int b = 0; b < PER; b++)
      sum[a][b] = 0.0f;
  for (uint s0 = begin; s0 < end; s0 += DEPTH) {
    for (uint e = item; e < BLOCK * DEPTH; e += GROUP * GROUP) {
      uint s = e / BLOCK, column = e % BLOCK;
      bool inside = s0 + s < end;
      ds[s][column] = inside && j0 + column < m ? D[(ulong)(s0 + s) * ldm + j0 + column] : 0.0f;
      xs[s][column] = inside && k0 + column < ldx ? X[(ulong)(s0 + s) * ldx + k0 + column] : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int s = 0; s < DEPTH; s++) {
      float dj[PER], xk[PER];
#pragma unroll
      for (int a = 0; a < PER; a++)
        dj[a] = ds[s][lj + a * GROUP];
#pragma unroll
      for (int b = 0; b < PER; b++)
        xk[b] = xs[s][lk + b * GROUP];
#pragma unroll
      for (int a = 0; a < PER; a++)
#pragma unroll
        for (int b = 0; b < PER; b++)
          sum[a][b] = MAD(dj[a], xk[b], sum[a][b]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
#pragma unroll
  for (int a = 0; a < PER; a++)
#pragma unroll
    for (int b = 0; b < PER; b++) {
      uint j = j0 + lj + a * GROUP, k = k0 + lk + b * GROUP;
      if (j < m && k < ldx)
        G[((ulong)part * m + j) * ldx + k] += sum[a][b];
    }
}
#endif
