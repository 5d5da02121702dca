// SPDX-License-Identifier: Apache-2.0
// Operations: the gradient and the heads, by which samples are active (forward.cl, signs.cl).
//   backward_subsets: G (m, ldx) += D (rows, ldm)[:, :m]^T X (rows, ldx), where D is y_s a_tj or 0.
//   head_subsets: H, from which head_panels (head.cl) has a_tj: sum_s y_s relu(w_j x_s), over the
//     samples of a task, is w_j times the sum of y x over those that are active.
// In groups of SUBSET rows: a table has the sum of y x over every subset of a group, and a neuron
// adds one entry for each group, where a product has SUBSET multiply-adds (the method of four
// Russians). A group that two tasks share is gone through for each with the rows of the other left
// out.
// active: panels (groups, PANEL) of neurons, bit b of group q is row SUBSET q + b. Global size
// (ldx/PANEL, n_parts ceil(m/neurons)): a work-item has `neurons` of them, a panel of columns and,
// as in backward.cl, a part of the rows. PANEL divides `neurons`.
// Assumes: X is zero beyond d; PANEL divides ldx and ldm.
// Options: VW, PV, SUBSET, TABLES, PANEL.
#include "vector.h"
#ifndef PV
#define PV 2 /* vectors of columns per work-item, PANEL / VW */
#endif
#ifndef SUBSET
#define SUBSET 4 /* rows whose sums are tabulated, 2 to 8 */
#endif
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

// The entries that `active` names, added up over `n` groups, for neuron j of a panel. Both loops
// over groups and neurons unroll where n is a number that the compiler knows before it inlines.
#define ADD_UP(sum, tables, n, active, j)                                                          \
  floatv sum[PV];                                                                                  \
  _Pragma("unroll") for (int c = 0; c < PV; c++) sum[c] = (floatv)(0.0f);                          \
  _Pragma("unroll") for (uint q = 0; q < (n); q++) {                                               \
    uint entry = (active)[q * PANEL + (j)];                                                        \
    _Pragma("unroll") for (int c = 0; c < PV; c++) sum[c] += (tables)[q][entry][c];                \
  }

// What a set of tables adds to the sums of the neurons of a panel, `width` of them.
// Gradient: g_j += a_j times the entries.
#define GRADIENT(name, n)                                                                          \
  static inline void name(__local const table *tables, uint n_tables,                              \
                          __global const uchar *active, __global const float *a,                   \
                          __global float *g, uint width) {                                         \
    for (uint j = 0; j < width; j++, g += PANEL) {                                                 \
      floatv aj = (floatv)(a[j]);                                                                  \
      ADD_UP(sum, tables, n, active, j)                                                            \
      _Pragma("unroll") for (int c = 0; c < PV; c++)                                               \
          STOREV(MAD(aj, sum[c], LOADV(g + c * VW)), g + c * VW);                                  \
    }                                                                                              \
  }
// Head: lanes_j += w_j times the entries, lane by lane; a task's first set begins at 0, and its
// last ends with h_j, the sum over the lanes.
#define HEAD(name, n)                                                                              \
  static inline void name(__local const table *tables, uint n_tables,                              \
                          __global const uchar *active, __global const float *w,                   \
                          __global float *lanes, __global float *h, bool first, bool last,         \
                          uint width) {                                                            \
    for (uint j = 0; j < width; j++, w += PANEL, lanes += VW) {                                    \
      floatv part = first ? (floatv)(0.0f) : LOADV(lanes);                                         \
      ADD_UP(sum, tables, n, active, j)                                                            \
      _Pragma("unroll") for (int c = 0; c < PV; c++) part = MAD(LOADV(w + c * VW), sum[c], part);  \
      if (last)                                                                                    \
        h[j] = SUMV(part);                                                                         \
      else                                                                                         \
        STOREV(part, lanes);                                                                       \
    }                                                                                              \
  }
GRADIENT(gradient_of, n_tables)
GRADIENT(gradient_of_all, TABLES)
HEAD(head_of, n_tables)
HEAD(head_of_all, TABLES)

// Rows of one task, begin .. end - 1.
typedef struct rows_of_task {
  uint begin, end, task_index;
} rows_of_task;

// The rows after these that are of one task, before `end`; false if there are none.
static inline bool next_task(rows_of_task *rows, uint end, uint sample_first, uint n) {
  uint s = rows->begin = rows->end;
  if (s >= end)
    return false;
  rows->task_index = task_index_of(s, sample_first, n);
  rows->end = s + min(end - s, n - sample_of(s, sample_first, n));
  return true;
}

// Tables of up to TABLES groups from q on; how many.
static inline uint tabulate_set(__local table *tables, __global const float *x,
                                __global const float *Y, uint q, rows_of_task rows) {
  uint n_tables = min((rows.end + SUBSET - 1) / SUBSET - q, (uint)TABLES);
  for (uint i = 0; i < n_tables; i++)
    tabulate(tables + i, x, Y, (q + i) * SUBSET, rows.begin, rows.end);
  return n_tables;
}

// A work-item's neurons j0 .. j1 - 1, part of the rows and panel of columns.
#define BEGIN_ITEM                                                                                 \
  __local table tables[TABLES];                                                                    \
  uint n_blocks = (m + neurons - 1) / neurons, panel = get_global_id(0);                           \
  uint j0 = get_global_id(1) % n_blocks * neurons, part = get_global_id(1) / n_blocks;             \
  if (part >= n_parts)                                                                             \
    return;                                                                                        \
  uint j1 = min(m, j0 + neurons), end = min(rows, (part + 1) * part_rows);                         \
  rows_of_task of = {0, part * part_rows, 0};                                                      \
  __global const float *x = X + (ulong)panel * stride
#define ACTIVE(j, q) (active + (ulong)((j) / PANEL) * active_stride + (q)*PANEL)

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
backward_subsets(__global const uchar *active, uint active_stride, uint ldm,
                 __global const float *X, uint ldx, uint stride, __global const float *Y,
                 uint sample_first, uint n, uint rows, uint part_rows, uint n_parts, uint m,
                 uint neurons, __global const float *A, uint task_local, __global float *G) {
  BEGIN_ITEM;
  __global float *g = G + (ulong)part * m * ldx + (ulong)panel * m * PANEL;
  while (next_task(&of, end, sample_first, n)) {
    __global const float *a = A + (ulong)(task_local + of.task_index) * ldm;
    for (uint q = of.begin / SUBSET; q * SUBSET < of.end; q += TABLES) {
      uint n_tables = tabulate_set(tables, x, Y, q, of);
      for (uint j = j0; j < j1; j += PANEL) {
        uint width = min((uint)PANEL, j1 - j);
        if (n_tables == TABLES)
          gradient_of_all(tables, n_tables, ACTIVE(j, q), a + j, g + (ulong)j * PANEL, width);
        else
          gradient_of(tables, n_tables, ACTIVE(j, q), a + j, g + (ulong)j * PANEL, width);
      }
    }
  }
}

// V (ldx/PANEL, ldm, PANEL): W in panels of columns. lanes (n_parts, ldx/PANEL, ldm, VW): sums that
// are not done. H (ldx/PANEL, n_slots, ldm): a panel's part of w_j times the sum over the rows of
// the t-th task of the tile that part p has, in slot t + p, which no two of them share.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
head_subsets(__global const uchar *active, uint active_stride, uint ldm, __global const float *X,
             uint ldx, uint stride, __global const float *Y, uint sample_first, uint n, uint rows,
             uint part_rows, uint n_parts, uint m, uint neurons, __global const float *V,
             __global float *lanes, __global float *H, uint n_slots) {
  BEGIN_ITEM;
  __global const float *v = V + (ulong)panel * ldm * PANEL;
  lanes += ((ulong)part * (ldx / PANEL) + panel) * ldm * VW;
  while (next_task(&of, end, sample_first, n)) {
    __global float *h = H + ((ulong)panel * n_slots + of.task_index + part) * ldm;
    for (uint q = of.begin / SUBSET; q * SUBSET < of.end; q += TABLES) {
      uint n_tables = tabulate_set(tables, x, Y, q, of);
      bool first = q == of.begin / SUBSET, last = (q + n_tables) * SUBSET >= of.end;
      for (uint j = j0; j < j1; j += PANEL) {
        __global const float *vj = v + (ulong)j * PANEL;
        __global float *sums = lanes + (ulong)j * VW;
        uint width = min((uint)PANEL, j1 - j);
        if (n_tables == TABLES)
          head_of_all(tables, n_tables, ACTIVE(j, q), vj, sums, h + j, first, last, width);
        else
          head_of(tables, n_tables, ACTIVE(j, q), vj, sums, h + j, first, last, width);
      }
    }
  }
}

// V of W, zero beyond m. Work-item: VW neighbouring columns of a neuron. Global size (ldx/VW, ldm).
__kernel void subsets_pack(__global const float *W, uint ldx, uint m, __global float *V, uint ldm) {
  uint k = get_global_id(0) * VW, j = get_global_id(1);
  if (k >= ldx || j >= ldm)
    return;
  __global float *v = V + ((ulong)(k / PANEL) * ldm + j) * PANEL + k % PANEL;
  STOREV(j < m ? LOADV(W + (ulong)j * ldx + k) : (floatv)(0.0f), v);
}
