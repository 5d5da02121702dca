// SPDX-License-Identifier: Apache-2.0
// Operations: the gradient and the heads, by which samples are active (forward.cl, signs.cl).
//   backward_subsets: G (m, ldx) += D (rows, ldm)[:, :m]^T X (rows, ldx), where D is y_s a_tj or 0.
//   head_subsets: H, from which head_panels (head.cl) has a_tj: sum_s y_s relu(w_j x_s), over the
//     samples of a task, is w_j times the sum of y x over those that are active.
// In words of 32 rows, of which N_TABLES tables have SUBSET or fewer rows each: a table has the sum
// of y x over every subset of its rows, and a neuron adds one entry of each, where a product has a
// multiply-add for each row (the method of four Russians). A word that two tasks share is gone
// through for each with the rows of the other left out.
// active (words, ldm): bit b of word q is row 32 q + b. Global size (ldx/PANEL,
// n_parts ceil(m/neurons)): a work-item has `neurons` of them, a panel of columns and, as in
// backward.cl, a part of the rows.
// Assumes: X is zero beyond d; PANEL divides ldx and ldm.
// Options: VW, PV, SUBSET, ENTRIES, PANEL.
#include "vector.h"
#ifndef PV
#define PV 2 /* vectors of columns per work-item, PANEL / VW */
#endif
#ifndef SUBSET
#define SUBSET 4 /* rows of a table at most, 2 to 8 */
#endif
#define N_TABLES ((32 + SUBSET - 1) / SUBSET)
#define ROWS_FROM(i) (32 * (i) / N_TABLES) /* the first of table i */
#define ROWS_OF(i) (ROWS_FROM((i) + 1) - ROWS_FROM(i))
#ifndef ENTRIES
#define ENTRIES (N_TABLES << SUBSET) /* of all tables, or more */
#endif
/* Vectors, not floats: PoCL 3.1 makes pieces of a vload from local memory. */
typedef floatv entry[PV];

// A word's rows of one task: begin .. end - 1, in tables first .. last - 1.
typedef struct rows_of_word {
  uint begin, end, first, last;
} rows_of_word;

// The tables that have any of these rows, of a panel x of X.
static inline void tabulate(__local entry *table, __global const float *x, __global const float *Y,
                            uint word, rows_of_word rows) {
#pragma unroll
  for (uint i = 0; i < N_TABLES; table += 1 << ROWS_OF(i), i++) {
    if (i < rows.first || i >= rows.last)
      continue;
#pragma unroll
    for (uint c = 0; c < PV; c++)
      table[0][c] = (floatv)(0.0f);
#pragma unroll
    for (uint b = 0; b < ROWS_OF(i); b++) {
      uint s = 32 * word + ROWS_FROM(i) + b;
      bool own = s >= rows.begin && s < rows.end;
#pragma unroll
      for (uint c = 0; c < PV; c++) {
        floatv row = own ? LOADV(x + (ulong)s * PANEL + c * VW) * Y[s] : (floatv)(0.0f);
        for (uint e = 0; e < 1u << b; e++)
          table[(1u << b) + e][c] = table[e][c] + row;
      }
    }
  }
}

// The entries that neuron j's word names, added up over tables first .. last - 1. The loop unrolls,
// and with numbers that the compiler knows before it inlines no table is asked for.
#define ADD_UP(sum, tables, active, j, first, last)                                                \
  floatv sum[PV];                                                                                  \
  _Pragma("unroll") for (uint c = 0; c < PV; c++) sum[c] = (floatv)(0.0f);                         \
  uint word = (active)[j], at = 0;                                                                 \
  _Pragma("unroll") for (uint i = 0; i < N_TABLES; at += 1 << ROWS_OF(i), i++) if (i >= (first) && \
                                                                                   i < (last)) {   \
    uint e = at + (word >> ROWS_FROM(i) & ((1u << ROWS_OF(i)) - 1));                               \
    _Pragma("unroll") for (uint c = 0; c < PV; c++) sum[c] += (tables)[e][c];                      \
  }

// What the tables of a word add to the sums of `n` neurons.
// Gradient: g_j += a_j times the entries.
#define GRADIENT(name, first, last)                                                                \
  static inline void name(__local const entry *tables, rows_of_word rows,                          \
                          __global const uint *active, __global const float *a,                    \
                          __global float *g, uint n) {                                             \
    for (uint j = 0; j < n; j++, g += PANEL) {                                                     \
      floatv aj = (floatv)(a[j]);                                                                  \
      ADD_UP(sum, tables, active, j, first, last)                                                  \
      _Pragma("unroll") for (uint c = 0; c < PV; c++)                                              \
          STOREV(MAD(aj, sum[c], LOADV(g + c * VW)), g + c * VW);                                  \
    }                                                                                              \
  }
// Head: lanes_j += w_j times the entries, lane by lane; a task's first word begins at 0, and its
// last ends with h_j, the sum over the lanes.
#define HEAD(name, first, last)                                                                    \
  static inline void name(__local const entry *tables, rows_of_word rows,                          \
                          __global const uint *active, __global const float *w,                    \
                          __global float *lanes, __global float *h, bool begins, bool ends,        \
                          uint n) {                                                                \
    for (uint j = 0; j < n; j++, w += PANEL, lanes += VW) {                                        \
      floatv part = begins ? (floatv)(0.0f) : LOADV(lanes);                                        \
      ADD_UP(sum, tables, active, j, first, last)                                                  \
      _Pragma("unroll") for (uint c = 0; c < PV; c++) part = MAD(LOADV(w + c * VW), sum[c], part); \
      if (ends)                                                                                    \
        h[j] = SUMV(part);                                                                         \
      else                                                                                         \
        STOREV(part, lanes);                                                                       \
    }                                                                                              \
  }
GRADIENT(gradient_of, rows.first, rows.last)
GRADIENT(gradient_of_all, 0, N_TABLES)
HEAD(head_of, rows.first, rows.last)
HEAD(head_of_all, 0, N_TABLES)

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

// Of a task's rows those in word q.
static inline rows_of_word rows_in(rows_of_task task, uint q) {
  rows_of_word rows = {max(task.begin, 32 * q), min(task.end, 32 * q + 32), 0, N_TABLES};
#pragma unroll
  for (uint i = 1; i < N_TABLES; i++) {
    rows.first = 32 * q + ROWS_FROM(i) <= rows.begin ? i : rows.first;
    rows.last = 32 * q + ROWS_FROM(N_TABLES - i) >= rows.end ? N_TABLES - i : rows.last;
  }
  return rows;
}

// A work-item's neurons j0 .. j0 + count - 1, part of the rows and panel of columns.
#define BEGIN_ITEM                                                                                 \
  __local entry tables[ENTRIES];                                                                   \
  uint n_blocks = (m + neurons - 1) / neurons, panel = get_global_id(0);                           \
  uint j0 = get_global_id(1) % n_blocks * neurons, part = get_global_id(1) / n_blocks;             \
  if (part >= n_parts)                                                                             \
    return;                                                                                        \
  uint count = min(m - j0, neurons), end = min(rows, (part + 1) * part_rows);                      \
  rows_of_task of = {0, part * part_rows, 0};                                                      \
  active += j0;                                                                                    \
  __global const float *x = X + (ulong)panel * stride
#define WORDS_OF(q) (active + (ulong)(q)*ldm)
#define WHOLE(word_rows) ((word_rows).first == 0 && (word_rows).last == N_TABLES)

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
backward_subsets(__global const uint *active, uint ldm, __global const float *X, uint ldx,
                 uint stride, __global const float *Y, uint sample_first, uint n, uint rows,
                 uint part_rows, uint n_parts, uint m, uint neurons, __global const float *A,
                 uint task_local, __global float *G) {
  BEGIN_ITEM;
  __global float *g = G + (ulong)part * m * ldx + ((ulong)panel * m + j0) * PANEL;
  while (next_task(&of, end, sample_first, n)) {
    __global const float *a = A + (ulong)(task_local + of.task_index) * ldm + j0;
    for (uint q = of.begin / 32; q * 32 < of.end; q++) {
      rows_of_word in = rows_in(of, q);
      tabulate(tables, x, Y, q, in);
      if (WHOLE(in))
        gradient_of_all(tables, in, WORDS_OF(q), a, g, count);
      else
        gradient_of(tables, in, WORDS_OF(q), a, g, count);
    }
  }
}

// V (ldx/PANEL, ldm, PANEL): W in panels of columns. lanes (n_parts, ldx/PANEL, ldm, VW): sums that
// are not done. H (ldx/PANEL, n_slots, ldm): a panel's part of w_j times the sum over the rows of
// the t-th task of the tile that part p has, in slot t + p, which no two of them share.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
head_subsets(__global const uint *active, uint ldm, __global const float *X, uint ldx, uint stride,
             __global const float *Y, uint sample_first, uint n, uint rows, uint part_rows,
             uint n_parts, uint m, uint neurons, __global const float *V, __global float *lanes,
             __global float *H, uint n_slots) {
  BEGIN_ITEM;
  __global const float *v = V + ((ulong)panel * ldm + j0) * PANEL;
  lanes += (((ulong)part * (ldx / PANEL) + panel) * ldm + j0) * VW;
  while (next_task(&of, end, sample_first, n)) {
    __global float *h = H + ((ulong)panel * n_slots + of.task_index + part) * ldm + j0;
    for (uint q = of.begin / 32; q * 32 < of.end; q++) {
      rows_of_word in = rows_in(of, q);
      bool begins = q == of.begin / 32, ends = q * 32 + 32 >= of.end;
      tabulate(tables, x, Y, q, in);
      if (WHOLE(in))
        head_of_all(tables, in, WORDS_OF(q), v, lanes, h, begins, ends, count);
      else
        head_of(tables, in, WORDS_OF(q), v, lanes, h, begins, ends, count);
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
