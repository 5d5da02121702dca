// SPDX-License-Identifier: Apache-2.0
// Operation: pre-activations of a tile.  Z (rows, ldm)[:, :m] = X (rows, ldx) W (m, ldx)^T.
// VARIANT 0 "vector": one work-item a TS x TJ tile of dot products in vectors of VW along d, no
//   local memory: for devices with wide registers (CPUs). Global size (ceil(m/TJ), ceil(rows/TS)).
// VARIANT 1 "tiles": work-groups of GROUP x GROUP items stage BLOCK x DEPTH panels in local memory,
//   a PER x PER register block each: for GPUs. Global size
//   (GROUP ceil(m/BLOCK), GROUP ceil(rows/BLOCK)).
// Assumes: 16 divides ldx; X and W are zero beyond d; DEPTH divides 16.
// Options: VARIANT; VW, TS, TJ (vector); GROUP, PER, DEPTH (tiles).
#ifndef VARIANT
#define VARIANT 0
#endif
#include "vector.h"

#if VARIANT == 0
#ifndef TS
#define TS 5 /* samples per work-item */
#endif
#ifndef TJ
#define TJ 5 /* neurons per work-item */
#endif

__kernel void forward(__global const float *X, uint ldx, __global const float *W,
                      __global float *Z, uint ldm, uint rows, uint m) {
  uint j0 = get_global_id(0) * TJ, s0 = get_global_id(1) * TS;
  if (j0 >= m || s0 >= rows)
    return;
  __global const float *x[TS], *w[TJ];
  floatv sum[TS][TJ];
  /* Past the edge the last row is read again and the result dropped. */
#pragma unroll
  for (int a = 0; a < TS; a++)
    x[a] = X + (ulong)min(s0 + a, rows - 1) * ldx;
#pragma unroll
  for (int b = 0; b < TJ; b++)
    w[b] = W + (ulong)min(j0 + b, m - 1) * ldx;
#pragma unroll
  for (int a = 0; a < TS; a++)
#pragma unroll
    for (int b = 0; b < TJ; b++)
      sum[a][b] = (floatv)(0.0f);
  for (uint c = 0; c < ldx; c += VW) {
    floatv wc[TJ];
#pragma unroll
    for (int b = 0; b < TJ; b++)
      wc[b] = LOADV(w[b] + c);
#pragma unroll
    for (int a = 0; a < TS; a++) {
      floatv xc = LOADV(x[a] + c);
#pragma unroll
      for (int b = 0; b < TJ; b++)
        sum[a][b] = MAD(xc, wc[b], sum[a][b]);
    }
  }
#pragma unroll
  for (int a = 0; a < TS; a++)
#pragma unroll
    for (int b = 0; b < TJ; b++)
      if (s0 + a < rows && j0 + b < m)
        Z[(ulong)(s0 + a) * ldm + j0 + b] = SUMV(sum[a][b]);
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
