// SPDX-License-Identifier: Apache-2.0
// Operation: pre-activations of a tile.  Z (rows, ldm)[:, :m] = X (rows, ldx) W (m, ldx)^T.
// VARIANT 0 "panels": one work-item a TS x PANEL tile of sums, outer products of a column of X and
//   a packed row of W^T, no local memory: for devices with wide registers (CPUs). X, W and Z in
//   panels of PANEL = PV vectors; forward_pack makes P of W. Columns first .. last - 1 of X, added
//   to Z unless first is 0. Global size (ceil(m/PANEL), ceil(rows/TS)): groups one after the other
//   have the same rows of X, which stay in the second cache while W streams.
// VARIANT 1 "tiles": work-groups of GROUP x GROUP items stage BLOCK x DEPTH panels in local memory,
//   a PER x PER register block each (tiles.h): for GPUs. Global size
//   (GROUP ceil(m/BLOCK), GROUP ceil(rows/BLOCK)).
// VARIANT 2 "pipeline": one work-item for all of it, TS x TJ sums at a time over vectors of
// columns,
//   loops of fixed inner length that a compiler for FPGAs pipelines. Global size (1, 1).
// Assumes: X and W are zero beyond d. panels: PANEL divides ldx and ldm, there is room for TS rows.
//   tiles: 16 divides ldx and ldm, DEPTH is 4, 8 or 16. pipeline: VW divides ldx.
// Options: VARIANT; VW, PV, TS, PANEL (panels); GROUP, PER, DEPTH (tiles); VW, TS, TJ (pipeline).
#ifndef VARIANT
#define VARIANT 0
#endif
#include "vector.h"

#if VARIANT == 0
#ifndef TS
#define TS 8 /* samples per work-item */
#endif
#ifndef PV
#define PV 2 /* vectors of neurons per work-item, PANEL / VW */
#endif

__kernel void forward(__global const float *X, uint ldx, uint stride, uint first, uint last,
                      __global const float *P, __global float *Z, uint ldm, uint rows, uint m) {
  uint begin = get_global_id(1) * TS, panel = get_global_id(0);
  if (begin >= rows || panel * PANEL >= m)
    return;
  /* The last tile begins early enough to be whole; what its neighbour has is not stored. */
  uint s0 = begin == 0 || begin + TS <= rows ? begin : rows - TS;
  floatv sum[TS][PV];
#pragma unroll
  for (int a = 0; a < TS; a++)
#pragma unroll
    for (int b = 0; b < PV; b++)
      sum[a][b] = (floatv)(0.0f);
  __global const float *w = P + ((ulong)panel * ldx + first) * PANEL;
  for (uint k0 = first; k0 < last; k0 += PANEL) {
    __global const float *x = ROW(X, s0, ldx) + COLUMN(k0, stride);
    uint width = min((uint)PANEL, last - k0);
    for (uint k = 0; k < width; k++, w += PANEL) {
      floatv wk[PV];
#pragma unroll
      for (int b = 0; b < PV; b++)
        wk[b] = LOADV(w + b * VW);
#pragma unroll
      for (int a = 0; a < TS; a++) {
        floatv xk = (floatv)(x[a * PANEL + k]);
#pragma unroll
        for (int b = 0; b < PV; b++)
          sum[a][b] = MAD(xk, wk[b], sum[a][b]);
      }
    }
  }
  __global float *z = ROW(Z, s0, ldm) + (ulong)panel * stride;
#pragma unroll
  for (int a = 0; a < TS; a++)
#pragma unroll
    for (int b = 0; b < PV; b++)
      if (s0 + a >= begin && s0 + a < rows) {
        __global float *to = z + a * PANEL + b * VW;
        STOREV(first == 0 ? sum[a][b] : LOADV(to) + sum[a][b], to);
      }
}

// P (ceil(m/PANEL), ldx, PANEL): rows of W^T in panels of neurons, zero beyond m. Work-item: VW
// neighbouring columns of one neuron. Global size (ldx/VW, PANEL ceil(m/PANEL)).
__kernel void forward_pack(__global const float *W, uint ldx, uint m, __global float *P) {
  uint k = get_global_id(0) * VW, j = get_global_id(1);
  if (k >= ldx)
    return;
  __global float *p = P + ((ulong)(j / PANEL) * ldx + k) * PANEL + j % PANEL;
  for (uint c = 0; c < VW; c++)
    p[c * PANEL] = j < m ? W[(ulong)j * ldx + k + c] : 0.0f;
}

#elif VARIANT == 1
#include "tiles.h"

__kernel __attribute__((reqd_work_group_size(GROUP, GROUP, 1))) void
forward(__global const float *X, uint ldx, __global const float *W, __global float *Z, uint ldm,
        uint rows, uint m) {
  __local float xs[PANEL_FLOATS] __attribute__((aligned(16)));
  __local float ws[PANEL_FLOATS] __attribute__((aligned(16)));
  uint lj = get_local_id(0), ls = get_local_id(1), item = ls * GROUP + lj;
  uint j0 = get_group_id(0) * BLOCK, s0 = get_group_id(1) * BLOCK;
  __global const float *x = X + (ulong)s0 * ldx, *w = W + (ulong)j0 * ldx;
  float sum[PER][PER];
  float4 xnext[FETCHES], wnext[FETCHES];
  clear(sum);
  fetch_rows(xnext, x, ldx, rows - s0, item);
  fetch_rows(wnext, w, ldx, m - j0, item);
  for (uint c = 0; c < ldx; c += DEPTH) {
    store_rows(xs, xnext, item);
    store_rows(ws, wnext, item);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (c + DEPTH < ldx) {
      fetch_rows(xnext, x + c + DEPTH, ldx, rows - s0, item);
      fetch_rows(wnext, w + c + DEPTH, ldx, m - j0, item);
    }
    multiply(sum, xs, ls, ws, lj);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  /* Neurons from m to ldm have sums of zeros: padding stays what it is. */
#pragma unroll
  for (int a = 0; a < PER; a++)
#pragma unroll
    for (int b = 0; b < PER; b += SPAN) {
      uint s = s0 + PLACE(ls, a), j = j0 + PLACE(lj, b);
      if (s < rows && j < ldm)
        *(__global spanv *)(Z + (ulong)s * ldm + j) = SPANV(sum[a], b);
    }
}

#else
#ifndef TS
#define TS 2 /* samples at a time */
#endif
#ifndef TJ
#define TJ 4 /* neurons at a time */
#endif

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
forward(__global const float *restrict X, uint ldx, __global const float *restrict W,
        __global float *restrict Z, uint ldm, uint rows, uint m) {
  for (uint s0 = 0; s0 < rows; s0 += TS)
    for (uint j0 = 0; j0 < m; j0 += TJ) {
      floatv sum[TS][TJ];
#pragma unroll
      for (int a = 0; a < TS; a++)
#pragma unroll
        for (int b = 0; b < TJ; b++)
          sum[a][b] = (floatv)(0.0f);
      for (uint k = 0; k < ldx; k += VW) {
        /* Past the edges the last row is read again: no branch in the pipeline. */
        floatv xk[TS], wk[TJ];
#pragma unroll
        for (int a = 0; a < TS; a++)
          xk[a] = LOADV(X + (ulong)min(s0 + a, rows - 1) * ldx + k);
#pragma unroll
        for (int b = 0; b < TJ; b++)
          wk[b] = LOADV(W + (ulong)min(j0 + b, m - 1) * ldx + k);
#pragma unroll
        for (int a = 0; a < TS; a++)
#pragma unroll
          for (int b = 0; b < TJ; b++)
            sum[a][b] = MAD(xk[a], wk[b], sum[a][b]);
      }
#pragma unroll
      for (int a = 0; a < TS; a++)
#pragma unroll
        for (int b = 0; b < TJ; b++)
          if (s0 + a < rows && j0 + b < m)
            Z[(ulong)(s0 + a) * ldm + j0 + b] = SUMV(sum[a][b]);
    }
}
#endif
