// SPDX-License-Identifier: Apache-2.0
// Operation: gradient of a tile.  G (m, ldx) += D (rows, ldm)[:, :m]^T X (rows, ldx).
// VARIANT 0 "vector": one work-item a tile of TJ neurons x TK vectors of VW columns, outer products
//   over the rows, no local memory: for CPUs. Global size (ceil(ldx/(TK VW)), ceil(m/TJ)).
// VARIANT 1 "tiles": work-groups of GROUP x GROUP items stage DEPTH rows of BLOCK columns of D and
//   X in local memory: for GPUs. Global size (GROUP ceil(ldx/BLOCK), GROUP ceil(m/BLOCK)).
// Rows are summed in order and one work-item owns a result: bit-identical from run to run.
// Assumes: 16 divides ldx and ldm; D is zero beyond m, X beyond d.
// Options: VARIANT; VW, TJ, TK (vector); GROUP, PER, DEPTH (tiles).
#ifndef VARIANT
#define VARIANT 0
#endif
#include "vector.h"

#if VARIANT == 0
#ifndef TJ
#define TJ 12 /* neurons per work-item */
#endif
#ifndef TK
#define TK 2 /* vectors of columns per work-item */
#endif

__kernel void backward(__global const float *D, uint ldm, __global const float *X, uint ldx,
                       __global float *G, uint rows, uint m) {
  uint k0 = get_global_id(0) * TK * VW, j0 = get_global_id(1) * TJ;
  if (k0 >= ldx || j0 >= m)
    return;
  uint jb[TJ], kc[TK];
  floatv sum[TJ][TK];
  /* Past the edge the last neuron or vector is computed again and the result dropped. */
#pragma unroll
  for (int b = 0; b < TJ; b++)
    jb[b] = min(j0 + b, m - 1);
#pragma unroll
  for (int c = 0; c < TK; c++)
    kc[c] = min(k0 + c * VW, ldx - VW);
#pragma unroll
  for (int b = 0; b < TJ; b++)
#pragma unroll
    for (int c = 0; c < TK; c++)
      sum[b][c] = (floatv)(0.0f);
  for (uint s = 0; s < rows; s++) {
    __global const float *x = X + (ulong)s * ldx, *dz = D + (ulong)s * ldm;
    floatv xc[TK];
#pragma unroll
    for (int c = 0; c < TK; c++)
      xc[c] = LOADV(x + kc[c]);
#pragma unroll
    for (int b = 0; b < TJ; b++) {
      floatv db = (floatv)(dz[jb[b]]);
#pragma unroll
      for (int c = 0; c < TK; c++)
        sum[b][c] = MAD(db, xc[c], sum[b][c]);
    }
  }
#pragma unroll
  for (int b = 0; b < TJ; b++)
#pragma unroll
    for (int c = 0; c < TK; c++)
      if (j0 + b < m && k0 + c * VW < ldx) {
        __global float *g = G + (ulong)(j0 + b) * ldx + k0 + c * VW;
        STOREV(LOADV(g) + sum[b][c], g);
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
backward(__global const float *D, uint ldm, __global const float *X, uint ldx, __global float *G,
         uint rows, uint m) {
  __local float ds[DEPTH][BLOCK], xs[DEPTH][BLOCK];
  uint lk = get_local_id(0), lj = get_local_id(1), item = lj * GROUP + lk;
  uint k0 = get_group_id(0) * BLOCK, j0 = get_group_id(1) * BLOCK;
  float sum[PER][PER];
#pragma unroll
  for (int a = 0; a < PER; a++)
#pragma unroll
    for (int b = 0; b < PER; b++)
      sum[a][b] = 0.0f;
  for (uint s0 = 0; s0 < rows; s0 += DEPTH) {
    for (uint e = item; e < BLOCK * DEPTH; e += GROUP * GROUP) {
      uint s = e / BLOCK, column = e % BLOCK;
      bool inside = s0 + s < rows;
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
        G[(ulong)j * ldx + k] += sum[a][b];
    }
}
#endif
