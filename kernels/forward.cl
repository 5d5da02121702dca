// SPDX-License-Identifier: Apache-2.0
// Operation: pre-activations of a tile.  Z (rows, ldm)[:, :m] = X (rows, ldx) W (m, ldx)^T.
// VARIANT 0 "panels": one work-item a TS x PANEL tile of sums, outer products of a column of X and
//   a packed row of W^T, no local memory: for devices with wide registers (CPUs). X, W and Z in
//   panels of PANEL = PV vectors; forward_pack makes P of W. Global size (ceil(m/PANEL),
//   ceil(rows/TS)): items one after the other have the same rows of X, which stay in a cache while
//   W streams. Of d columns from `first` on: where W is large it is gone through in slices of
//   columns, a launch each, and Z has the sums so far.
//   forward_head and forward_activation end with what head.cl and activation.cl would make of Z.
// VARIANT 1 "tiles": work-groups of GROUP x GROUP items stage BLOCK x DEPTH panels in local memory,
//   a PER x PER register block each (block.h): for GPUs. P is W^T. The fused kernels as above.
//   Global size (GROUP ceil(m/BLOCK), GROUP ceil(rows/BLOCK)).
// VARIANT 2 "pipeline": one work-item for all of it, TS x TJ sums at a time over vectors of
// columns,
//   loops of fixed inner length that a compiler for FPGAs pipelines. Global size (1, 1).
// Assumes: X and W are zero beyond d. panels: PANEL divides ldx and ldm, there is room for TS rows.
//   tiles: 16 divides ldx and ldm, DEPTH, of 4, 8, 16 or 32, divides ldx. pipeline: VW divides ldx.
// Options: VARIANT; VW, PV, TS, PANEL (panels); GROUP, PER, DEPTH, REGISTERS,
//   TF32X3, HALF (tiles); VW, TS, TJ (pipeline).
#ifndef VARIANT
#define VARIANT 0
#endif
#include "vector.h"

#if VARIANT == 0
#include "panels.h"

// sum = X (TS rows) W (panel)^T over d columns.
static inline void multiply(floatv sum[TS][PV], __global const float *x, uint stride, uint d,
                            __global const float *w) {
#pragma unroll
  for (int a = 0; a < TS; a++)
#pragma unroll
    for (int b = 0; b < PV; b++)
      sum[a][b] = (floatv)(0.0f);
  for (uint k0 = 0; k0 < d; k0 += PANEL, x += stride) {
    uint width = min((uint)PANEL, d - k0);
    for (uint k = 0; k < width; k++, w += PANEL) {
      floatv wk[PV];
#pragma unroll
      for (int b = 0; b < PV; b++)
        wk[b] = LOADV(w + b * VW);
#pragma unroll
      for (int a = 0; a < TS; a++) {
        floatv xa = (floatv)(x[a * PANEL + k]);
#pragma unroll
        for (int b = 0; b < PV; b++)
          sum[a][b] = MAD(xa, wk[b], sum[a][b]);
      }
    }
  }
}
// The same over d columns from `first` on, with what z has of those before.
#define MULTIPLY                                                                                   \
  __global float *z = ROW(Z, s0, ldm) + (ulong)panel * stride;                                     \
  multiply(sum, ROW(X, s0, ldx) + (ulong)(first / PANEL) * stride, stride, d,                      \
           P + ((ulong)panel * ldx + first) * PANEL);                                              \
  if (first > 0)                                                                                   \
  _Pragma("unroll") for (int a = 0; a < TS; a++) _Pragma("unroll") for (int b = 0; b < PV; b++)    \
      sum[a][b] += OWN(a) ? LOADV(z + a * PANEL + b * VW) : (floatv)(0.0f)

__kernel void forward(__global const float *X, uint ldx, uint stride, uint first, uint d,
                      __global const float *P, __global float *Z, uint ldm, uint rows, uint m) {
  BEGIN_TILE;
  floatv sum[TS][PV];
  MULTIPLY;
#pragma unroll
  for (int a = 0; a < TS; a++)
#pragma unroll
    for (int b = 0; b < PV; b++)
      if (OWN(a))
        STOREV(sum[a][b], z + a * PANEL + b * VW);
}

// The head step without Z: H (ceil(rows/TS), PANEL) of each panel, h_stride floats apart, is
// sum y relu(z) over a work-item's rows, which are of one task.
__kernel void forward_head(__global const float *X, uint ldx, uint stride, uint first, uint d,
                           __global const float *P, __global float *Z, uint ldm, uint rows, uint m,
                           __global const float *Y, __global float *H, uint h_stride) {
  BEGIN_TILE;
  floatv sum[TS][PV];
  MULTIPLY;
  floatv head[PV];
#pragma unroll
  for (int b = 0; b < PV; b++)
    head[b] = (floatv)(0.0f);
#pragma unroll
  for (int a = 0; a < TS; a++)
    if (OWN(a)) {
      floatv y = (floatv)(Y[s0 + a]);
#pragma unroll
      for (int b = 0; b < PV; b++)
        head[b] = MAD(y, fmax(sum[a][b], (floatv)(0.0f)), head[b]);
    }
  __global float *h = H + (ulong)panel * h_stride + begin / TS * PANEL;
#pragma unroll
  for (int b = 0; b < PV; b++)
    STOREV(head[b], h + b * VW);
}

// The representation step's weights without Z (activation.cl): D in Z's place, and the panel's part
// of what the network answered.
static inline void activate(const floatv sum[PV], float y, __global const float *head,
                            __global float *z) {
#pragma unroll
  for (int b = 0; b < PV; b++)
    STOREV(sum[b] > (floatv)(0.0f) ? y * LOADV(head + b * VW) : (floatv)(0.0f), z + b * VW);
}

__kernel void forward_activation(__global const float *X, uint ldx, uint stride, uint first, uint d,
                                 __global const float *P, __global float *Z, uint ldm, uint rows,
                                 uint m, __global const float *Y, __global const float *A,
                                 uint task_local, uint sample_first, uint n, __global float *net) {
  BEGIN_TILE;
  floatv sum[TS][PV];
  MULTIPLY;
  net += PART_OF_NET;
#pragma unroll
  for (int a = 0; a < TS; a++)
    if (OWN(a)) {
      ulong task = task_local + task_index_of(s0 + a, sample_first, n);
      __global const float *head = A + task * ldm + panel * PANEL;
      net[a] = answer(sum[a], head, false);
      activate(sum[a], Y[s0 + a], head, z + a * PANEL);
    }
}

// The same with which samples are active in place of D, active (words, ldm), for subsets.cl. Global
// size (ceil(m/PANEL), words of 32 rows).
__kernel void forward_active(__global const float *X, uint ldx, uint stride, uint first, uint d,
                             __global const float *P, __global float *Z, uint ldm, uint rows,
                             uint m, __global const float *A, uint task_local, uint sample_first,
                             uint n, __global float *net, __global uint *active) {
  BEGIN_WORD;
  uintv bits[PV];
#pragma unroll
  for (int b = 0; b < PV; b++)
    bits[b] = (uintv)(0u);
  FOR_TILES_OF_WORD {
    uint s0 = FIRST_ROW;
    floatv sum[TS][PV];
    MULTIPLY;
    __global float *answers = net + PART_OF_NET;
#pragma unroll
    for (int a = 0; a < TS; a++)
      if (OWN(a)) {
        ulong task = task_local + task_index_of(s0 + a, sample_first, n);
        answers[a] = answer(sum[a], A + task * ldm + panel * PANEL, false);
#pragma unroll
        for (int b = 0; b < PV; b++)
          bits[b] |= sum[a][b] > (floatv)(0.0f) ? BIT_OF_ROW(a) : (uintv)(0u);
      }
  }
#pragma unroll
  for (int b = 0; b < PV; b++)
    STOREV(bits[b], active + (ulong)word * ldm + panel * PANEL + b * VW);
}

__kernel void forward_activation_shared(__global const float *X, uint ldx, uint stride, uint first,
                                        uint d, __global const float *P, __global float *Z,
                                        uint ldm, uint rows, uint m, __global const uint *patterns,
                                        __global const float *C, __global float *net) {
  BEGIN_TILE;
  floatv sum[TS][PV];
  MULTIPLY;
  net += PART_OF_NET;
#pragma unroll
  for (int a = 0; a < TS; a++)
    if (OWN(a)) {
      __global const float *head = C + (ulong)patterns[s0 + a] * ldm + panel * PANEL;
      net[a] = answer(sum[a], head, true);
      activate(sum[a], 1.0f, head, z + a * PANEL);
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

// sum = X (BLOCK rows) W (BLOCK neurons)^T: the group's block, with `room` for its panels.
#define BEGIN_BLOCK                                                                                \
  __local float room[PRODUCT_ROWS_FLOATS] __attribute__((aligned(16)));                            \
  uint item = get_local_id(1) * GROUP + get_local_id(0);                                           \
  uint ls = ROW_ITEM(item), lj = COLUMN_ITEM(item);                                                \
  uint j0 = get_group_id(0) * BLOCK, s0 = get_group_id(1) * BLOCK;                                 \
  float sum[PER][PER];                                                                             \
  product_rows(sum, room, X + (ulong)s0 * ldx, ldx, rows - s0, P + j0, ldm, ldm - j0, item)

// Neurons from m to ldm have sums of zeros: padding stays what it is.
__kernel TILES_GROUP void forward(__global const float *X, uint ldx, __global const float *P,
                                  __global float *Z, uint ldm, uint rows) {
  BEGIN_BLOCK;
#pragma unroll
  for (int a = 0; a < PER; a++)
#pragma unroll
    for (int b = 0; b < PER; b += SPAN) {
      uint s = s0 + ROW_PLACE(ls, a), j = j0 + COLUMN_PLACE(lj, b);
      if (s < rows && j < ldm)
        *(__global spanv *)(Z + (ulong)s * ldm + j) = SPANV(sum[a], b);
    }
}

// Sums across a block: GROUP items have a part each of the sum at a place; then these, added up in
// order.
#define PUT_PARTS(parts, across, PLACE, along)                                                     \
  _Pragma("unroll") for (int i = 0; i < PER; i++) room[(across)*BLOCK + PLACE(along, i)] =         \
      (parts)[i];                                                                                  \
  barrier(CLK_LOCAL_MEM_FENCE)

ALWAYS float sum_parts(__local const float *room, uint at) {
  float total = 0.0f;
  for (uint l = 0; l < GROUP; l++)
    total += room[l * BLOCK + at];
  return total;
}

// The head step without Z: H (rows/BLOCK, ldm) is sum y relu(z) over the rows of a block, which are
// of one task. BLOCK divides rows.
__kernel TILES_GROUP void forward_head(__global const float *X, uint ldx, __global const float *P,
                                       uint ldm, uint rows, __global const float *Y,
                                       __global float *H) {
  BEGIN_BLOCK;
  float head[PER];
#pragma unroll
  for (int b = 0; b < PER; b++)
    head[b] = 0.0f;
#pragma unroll
  for (int a = 0; a < PER; a++) {
    uint s = s0 + ROW_PLACE(ls, a);
    float y = Y[s];
#pragma unroll
    for (int b = 0; b < PER; b++)
      head[b] = MAD(y, fmax(sum[a][b], 0.0f), head[b]);
  }
  PUT_PARTS(head, ls, COLUMN_PLACE, lj);
  for (uint j = item; j < BLOCK; j += GROUP * GROUP)
    if (j0 + j < ldm)
      H[(ulong)get_group_id(1) * ldm + j0 + j] = sum_parts(room, j);
}

// The representation step's weights without Z (activation.cl): D in Z's place, and the block's part
// of what the network answered, net (ceil(m/BLOCK), net_stride). head: the weights of row s.
#define ACTIVATE(y, head, square)                                                                  \
  float answer[PER];                                                                               \
  _Pragma("unroll") for (int a = 0; a < PER; a++) {                                                \
    uint s = s0 + ROW_PLACE(ls, a);                                                                \
    answer[a] = 0.0f;                                                                              \
    if (s < rows)                                                                                  \
      answer[a] = activate(sum[a], Z + (ulong)s * ldm + j0, head + j0, y, ldm - j0, lj, square);   \
  }                                                                                                \
  PUT_PARTS(answer, lj, ROW_PLACE, ls);                                                            \
  for (uint at = item; at < BLOCK && s0 + at < rows; at += GROUP * GROUP)                          \
  net[(ulong)get_group_id(0) * net_stride + s0 + at] = sum_parts(room, at)

ALWAYS float activate(const float sum[PER], __global float *z, __global const float *head, float y,
                      uint n_columns, uint lj, bool square) {
  spanv part = (spanv)(0.0f);
#pragma unroll
  for (int b = 0; b < PER; b += SPAN)
    if (COLUMN_PLACE(lj, b) < n_columns) {
      spanv zj = SPANV(sum, b), aj = *(__global const spanv *)(head + COLUMN_PLACE(lj, b));
      spanv positive = fmax(zj, (spanv)(0.0f));
      part = MAD(square ? positive : aj, positive, part);
      *(__global spanv *)(z + COLUMN_PLACE(lj, b)) = zj > (spanv)(0.0f) ? y * aj : (spanv)(0.0f);
    }
  return SUM_SPAN(part);
}

__kernel TILES_GROUP void forward_activation(__global const float *X, uint ldx,
                                             __global const float *P, __global float *Z, uint ldm,
                                             uint rows, __global float *net, uint net_stride,
                                             __global const float *Y, __global const float *A,
                                             uint task_local, uint sample_first, uint n) {
  BEGIN_BLOCK;
  ACTIVATE(Y[s], A + (ulong)(task_local + task_index_of(s, sample_first, n)) * ldm, false);
}

__kernel TILES_GROUP void forward_activation_shared(__global const float *X, uint ldx,
                                                    __global const float *P, __global float *Z,
                                                    uint ldm, uint rows, __global float *net,
                                                    uint net_stride, __global const uint *patterns,
                                                    __global const float *C) {
  BEGIN_BLOCK;
  ACTIVATE(1.0f, C + (ulong)patterns[s] * ldm, true);
}

// P (ldx, ldm) = W^T, zero beyond m. Work-group: SIDE x SIDE work-items, which turn a square of
// that size. Global size (ldm, ldx).
#define SIDE 16
__kernel __attribute__((reqd_work_group_size(SIDE, SIDE, 1))) void
forward_pack(__global const float *W, uint ldx, uint m, __global float *P) {
  __local float square[SIDE][SIDE + 1];
  uint a = get_local_id(0), b = get_local_id(1);
  uint j0 = get_group_id(0) * SIDE, k0 = get_group_id(1) * SIDE;
  square[b][a] = j0 + b < m ? W[(ulong)(j0 + b) * ldx + k0 + a] : 0.0f;
  barrier(CLK_LOCAL_MEM_FENCE);
  P[(ulong)(k0 + b) * get_global_size(0) + j0 + a] = square[a][b];
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
