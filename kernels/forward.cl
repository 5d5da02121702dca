// SPDX-License-Identifier: Apache-2.0
// Operation: pre-activations of a tile.  Z (rows, ldm)[:, :m] = X (rows, ldx) W (m, ldx)^T.
// VARIANT 0 "panels": one work-item a TS x PANEL tile of sums, outer products of a column of X and
//   a packed row of W^T, no local memory: for devices with wide registers (CPUs). X, W and Z in
//   panels of PANEL = PV vectors; forward_pack makes P of W. Columns first .. last - 1 of X, added
//   to Z unless first is 0. Global size (ceil(m/PANEL), ceil(rows/TS)): groups one after the other
//   have the same rows of X, which stay in the second cache while W streams.
// VARIANT 1 "tiles": work-groups of GROUP x GROUP items stage BLOCK x DEPTH panels in local memory,
//   a PER x PER register block each: for GPUs. Global size
//   (GROUP ceil(m/BLOCK), GROUP ceil(rows/BLOCK)).
// Assumes: X and W are zero beyond d. panels: PANEL divides ldx and ldm, there is room for TS rows.
//   tiles: 16 divides ldx, DEPTH divides 16.
// Options: VARIANT; VW, PV, TS, PANEL (panels); GROUP, PER, DEPTH (tiles).
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

#else
#ifndef GROUP
#define GROUP 16 /* work-items per side of a group */
#endif
#ifndef PER
#define PER 4 /* results per side of a work-item */
#endif
#ifndef DEPTH
#define DEPTH 16 /* inner length staged at once */
#endif
#define BLOCK (GROUP * PER)

__kernel __attribute__((reqd_work_group_size(GROUP, GROUP, 1))) void
forward(__global const float *X, uint ldx, __global const float *W, __global float *Z, uint ldm,
        uint rows, uint m) {
  /* One column more than needed, so that neighbouring rows fall into different banks. */
  __local float xs[DEPTH][BLOCK + 1], ws[DEPTH][BLOCK + 1];
  uint lj = get_local_id(0), ls = get_local_id(1), item = ls * GROUP + lj;
  uint j0 = get_group_id(0) * BLOCK, s0 = get_group_id(1) * BLOCK;
  float sum[PER][PER];
#pragma unroll
  for (int a = 0; a < PER; a++)
#pragma unroll
    for (int b = 0; b < PER; b++)
      sum[a][b] = 0.0f;
  for (uint c = 0; c < ldx; c += DEPTH) {
    for (uint e = item; e < BLOCK * DEPTH; e += GROUP * GROUP) {
      uint row = e / DEPTH, k = e % DEPTH;
      xs[k][row] = s0 + row < rows ? X[(ulong)(s0 + row) * ldx + c + k] : 0.0f;
      ws[k][row] = j0 + row < m ? W[(ulong)(j0 + row) * ldx + c + k] : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int k = 0; k < DEPTH; k++) {
      float xk[PER], wk[PER];
#pragma unroll
      for (int a = 0; a < PER; a++)
        xk[a] = xs[k][ls + a * GROUP];
#pragma unroll
      for (int b = 0; b < PER; b++)
        wk[b] = ws[k][lj + b * GROUP];
#pragma unroll
      for (int a = 0; a < PER; a++)
#pragma unroll
        for (int b = 0; b < PER; b++)
          sum[a][b] = MAD(xk[a], wk[b], sum[a][b]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
#pragma unroll
  for (int a = 0; a < PER; a++)
#pragma unroll
    for (int b = 0; b < PER; b++) {
      uint s = s0 + ls + a * GROUP, j = j0 + lj + b * GROUP;
      if (s < rows && j < m)
        Z[(ulong)s * ldm + j] = sum[a][b];
    }
}
#endif
