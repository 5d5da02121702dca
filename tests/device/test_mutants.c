// SPDX-License-Identifier: Apache-2.0
/* Proves: the checks see a broken kernel. Each mutant is a kernel file with one place broken,
 * planted at run time; a verified training or trial must then be wrong, or, where that cannot show
 * it (|net| and its bound, exact zeros, the words kernel), the check of single operations. An
 * unbroken text planted the same way must pass both. Fails if a comparison, a tolerance or the set
 * of sizes becomes too weak to see one of these. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mutants.h"

Test(mutants, activation) {
  static const mutant table[] = {
      {"tiles-small", PER_TASK, TRAINING, "STOREV(zj > (floatv)(0.0f) ? y * aj",
       "STOREV(zj > (floatv)(0.1f) ? y * aj"},
      {"tiles-small", PER_TASK, TRAINING, "? y * aj :", "? aj :"},
      {"tiles-small", PER_TASK, TRAINING, "task_local + task_index_of(s, sample_first, n)",
       "task_local + (ulong)s / n"},
      {"tiles-small", PER_TASK, OPERATIONS,
       "j < ldm; j += LANES_PER_ROW * VW) {\n    __global float *zs = z + COLUMN(j, stride);\n    "
       "floatv zj = LOADV(zs), aj",
       "j + 3 * VW < ldm; j += LANES_PER_ROW * VW) {\n    __global float *zs = z + COLUMN(j, "
       "stride);\n    floatv zj = LOADV(zs), aj"},
      {"tiles-small", SHARED, TRAINING, "C + (ulong)patterns[s] * ldm",
       "C + (ulong)patterns[0] * ldm"},
      {"tiles", SHARED, TRAINING,
       "j < ldm; j += LANES_PER_ROW * VW) {\n    __global float *zs = z + COLUMN(j, stride);\n    "
       "floatv zj = LOADV(zs), positive",
       "j < LANES_PER_ROW; j += LANES_PER_ROW * VW) {\n    __global float *zs = z + COLUMN(j, "
       "stride);\n    floatv zj = LOADV(zs), positive"},
      {"tiles-small", PER_TASK, OPERATIONS, "STOREV(zj > (floatv)(0.0f) ? y * aj",
       "STOREV(zj >= (floatv)(0.0f) ? y * aj"},
      {"tiles-small", PER_TASK, OPERATIONS, "net[s] = fabs(total)", "net[s] = total"},
      {"vector8", SHARED, OPERATIONS, "sum = MAD(LOADV(a + j), LOADV(a + j), sum)",
       "sum = MAD(LOADV(a + j), LOADV(a + j), (floatv)(0.0f))"},
      {"vector16", PER_TASK, OPERATIONS, "best = fmax(best, fabs(sum))", "best = fabs(sum)"},
      {"vector8", PER_TASK, OPERATIONS, "return MAXV(fabs(sum))", "return MAXV(sum)"},
      {"vector8", PER_TASK, OPERATIONS, "part < n_parts; part++)\n      sum += LOADV",
       "part + 1 < n_parts; part++)\n      sum += LOADV"},
      {"vector8", PER_TASK, OPERATIONS, "atomic_max(largest + slot, as_uint(best))",
       "largest[slot] = as_uint(best)"},
  };
  TRY("activation.cl", table);
}

Test(mutants, backward) {
  static const mutant table[] = {
      {"panels-8-3-4-4", PER_TASK, TRAINING, "s < end; s++", "s + 1 < end; s++"},
      {"panels-8-3-4-4", PER_TASK, TRAINING, "STOREV(LOADV(to) + sum[b][c], to)",
       "STOREV(sum[b][c], to)"},
      {"panels-8-3-4-4", PER_TASK, TRAINING, "COLUMN(j0, stride)", "COLUMN(j0 ^ TJ, stride)"},
      {"panels-8-3-4-4", PER_TASK, TRAINING, "if (j0 + b < m)", "if (j0 + b + 1 < m)"},
      {"panels-8-3-4-4", PER_TASK, TRAINING, "ldx) + (ulong)panel * stride", "ldx)"},
      {"panels-8-3-4-4", PARTS, TRAINING, "end = min(rows, begin + part_rows);\n  floatv",
       "end = rows;\n  floatv"},
      {"tiles", PARTS, TRAINING, "end = min(rows, begin + part_rows);\n  float sum[PER]",
       "end = rows;\n  float sum[PER]"},
      {"tiles", PER_TASK, TRAINING, "+= SPANV(sum[a], b)", "= SPANV(sum[a], b)"},
      {"tiles", PER_TASK, TRAINING, "j < m && k < ldx", "j + 1 < m && k < ldx"},
      {"pipeline", PER_TASK, TRAINING, "s < rows; s++", "s + 1 < rows; s++"},
      {"pipeline", PER_TASK, TRAINING, "min(j0 + b, m - 1)", "min(j0 + b, m - 2)"},
      {"pipeline", PER_TASK, TRAINING, "k0 += TS * VW", "k0 += 2 * TS * VW"},
      {"pipeline", PER_TASK, TRAINING, "STOREV(sum[b][c] + LOADV(to), to)",
       "STOREV(sum[b][c], to)"},
  };
  TRY("backward.cl", table);
}

/* Tables of sums over subsets of rows: a word that is short, shared by two tasks or cut by a part;
 * all tables of a word and some of them. */
Test(mutants, subsets) {
  static const mutant table[] = {
      {"vector8", PER_TASK, TRAINING, "s >= rows.begin && s < rows.end", "s < rows.end"},
      {"vector8", PER_TASK, TRAINING, "s >= rows.begin && s < rows.end",
       "s >= rows.begin && s + 1 < rows.end"},
      {"vector8", PARTS, TRAINING, "s >= rows.begin && s < rows.end", "s >= rows.begin"},
      {"vector8", PER_TASK, TRAINING, "c * VW) * Y[s] :", "c * VW) :"},
      {"vector8", PER_TASK, TRAINING, "table[e][c] + row", "0.5f + row"},
      {"panels-8-1-8-8-8", PER_TASK, TRAINING, "b < ROWS_OF(i)", "b < ROWS_OF(i) && b < 7"},
      {"vector8", PER_TASK, TRAINING, "i >= (first) && ", "i > (first) && "},
      {"vector8", PER_TASK, TRAINING, "i < (last)", "i + 1 < (last)"},
      {"vector8", PARTS, TRAINING, "i < rows.first ||", "i < rows.first + 1 ||"},
      {"vector8", PARTS, TRAINING, "i >= rows.last)", "i + 1 >= rows.last)"},
      {"vector8", PARTS, TRAINING, "<= rows.begin ? i", "<= rows.begin + 8 ? i"},
      {"vector8", PARTS, TRAINING, ">= rows.end ?", ">= rows.end - 8 ?"},
      {"vector8", PARTS, TRAINING, "max(task.begin, 32 * q)", "32 * q"},
      {"vector8", PARTS, TRAINING, "min(task.end, 32 * q + 32)", "(32 * q + 32)"},
      {"vector8", PER_TASK, TRAINING, "MAD(aj, sum[c], LOADV(g + c * VW))", "aj * sum[c]"},
      {"vector8", PER_TASK, TRAINING, "aj = (floatv)(a[j])", "aj = (floatv)(a[0])"},
      {"vector8", PER_TASK, TRAINING, "word = (active)[j]", "word = (active)[0]"},
      {"vector8", PARTS, TRAINING, "active + (ulong)(q)*ldm", "active"},
      {"vector8", PER_TASK, TRAINING, "x = X + (ulong)panel * stride", "x = X"},
      {"vector8", PARTS, TRAINING, "end = min(rows, (part + 1) * part_rows)", "end = rows"},
      {"vector8", PER_TASK, TRAINING, "min(end - s, n - sample_of(s, sample_first, n))",
       "min(end - s, n)"},
      {"vector8", PER_TASK, TRAINING, "count = min(m - j0, neurons)",
       "count = min(m - j0, neurons) - 1"},
      {"vector8", PARTS, TRAINING, "GRADIENT(gradient_of_all, 0, N_TABLES)",
       "GRADIENT(gradient_of_all, 0, N_TABLES - 1)"},
      {"vector8", PER_TASK, TRAINING, "GRADIENT(gradient_of, rows.first, rows.last)",
       "GRADIENT(gradient_of, rows.first, rows.last - 1)"},
      {"signs-8-3-4-4-4", PARTS, TRAINING, "HEAD(head_of_all, 0, N_TABLES)",
       "HEAD(head_of_all, 0, N_TABLES - 1)"},
      {"signs-8-3-4-4-4", PARTS, TRAINING, "HEAD(head_of, rows.first, rows.last)",
       "HEAD(head_of, rows.first + 1, rows.last)"},
      {"signs-8-3-4-4-4", PARTS, TRAINING, "begins ? (floatv)(0.0f) : LOADV(lanes)",
       "LOADV(lanes)"},
      {"signs-8-3-4-4-4", PARTS, TRAINING, "begins ? (floatv)(0.0f) : LOADV(lanes)",
       "(floatv)(0.0f)"},
      {"signs-8-3-4-4-4", PARTS, TRAINING, "begins = q == of.begin / 32", "begins = q == 0"},
      {"signs-8-3-4-4-4", PARTS, TRAINING, "q * 32 + 32 >= of.end", "q * 32 + 32 >= end"},
      {"signs-8-3-4-4-4", PARTS, TRAINING, "of.task_index + part) * ldm", "of.task_index) * ldm"},
      {"signs-8-3-4-4-4", HEADS, TRAINING, "V + ((ulong)panel * ldm + j0)", "V + (j0)"},
      {"signs-8-3-4-4-4", HEADS, TRAINING, "(ulong)panel * n_slots", "(ulong)0 * n_slots"},
      {"signs-8-3-4-4-4", HEADS, TRAINING, "(ulong)(k / PANEL) * ldm + j", "j"},
  };
  static const mutant heads[] = {
      {"signs-8-3-4-4-4", HEADS, TRAINING, "panel < n_panels; panel++", "panel < 1; panel++"},
      {"signs-8-3-4-4-4", PARTS, TRAINING, "part = begin / part_rows", "part = 0"},
      {"signs-8-3-4-4-4", PARTS, TRAINING, "part * part_rows < end", "part * part_rows < begin"},
      {"signs-8-3-4-4-4", HEADS, TRAINING, "n_slots + task_index + part) * ldm",
       "n_slots + part) * ldm"},
  };
  TRY("subsets.cl", table);
  TRY("head.cl", heads);
}

/* Which samples are active, by bytes. */
Test(mutants, active) {
  static const mutant table[] = {
      {"vector8", PER_TASK, TRAINING, "> (floatv)(0.0f) ? BIT_OF_ROW(a)",
       "> (floatv)(0.0f) ? BIT_OF_ROW(0)"},
      {"vector8", PER_TASK, TRAINING, "sum[a][b] > (floatv)(0.0f) ?",
       "sum[a][b] > (floatv)(0.1f) ?"},
      {"vector8", PER_TASK, TRAINING, "(ulong)word * ldm + panel * PANEL", "(ulong)word * ldm"},
      {"vector8", PARTS, TRAINING, "(ulong)word * ldm + panel * PANEL", "panel * PANEL"},
      {"vector8", PER_TASK, OPERATIONS, "answer(sum[a], A + task * ldm + panel * PANEL, false)",
       "answer(sum[a], A + panel * PANEL, false)"},
  };
  TRY("forward.cl", table);
}

/* The same by products of integers, and their numbers. */
Test(mutants, signs) {
  static const mutant bytes[] = {
      {"panels-8-2-4-4-2", PER_TASK, TRAINING, "(s0 + (a)-32 * word)", "(s0 + (a)-begin)"},
      {"panels-8-2-6-4-2", PARTS, TRAINING, "min(rows, 32 * word + 32)", "rows"},
      {"panels-8-2-6-4-2", PARTS, TRAINING, "begin < end; begin += TS",
       "begin + TS <= end; begin += TS"},
      {"vector8", SHARED, OPERATIONS, "square ? positive : LOADV(head + b * VW)",
       "LOADV(head + b * VW)"},
      {"vector8", PER_TASK, TRAINING, "s0 + (a) >= begin && s0 + (a) < end",
       "s0 + a >= begin && s0 + a + 1 < end"},
      {"vector8", PER_TASK, TRAINING, "begin : rows - TS", "begin : 0"},
      {"vector8", PER_TASK, OPERATIONS, "(ulong)panel * (stride / PANEL) + s0", "s0"},
      {"panels-8-3-4-4", PER_TASK, OPERATIONS, "(ulong)panel * (stride / PANEL) + s0", "s0"},
  };
  static const mutant table[] = {
      {"signs-8-3-4-4-4", PER_TASK, TRAINING, "min((uint)PANEL, n_words - k0)",
       "min((uint)PANEL, n_words - k0) - 1"},
      {"signs-8-3-4-4-4", PER_TASK, TRAINING, "sum[a][b] > (intv)(0)",
       "sum[a][b] > (intv)(1000000)"},
      {"signs-4-2-8-4-4", PER_TASK, TRAINING, "HIGH_OF(AS_UINTV(x)) * HIGH_OF(AS_UINTV(w))", "0"},
      {"signs-8-3-4-4-4", PER_TASK, OPERATIONS, "if (answers)", "if (!answers)"},
      {"signs-8-3-4-4-4", PER_TASK, OPERATIONS, "i = 0; i < count; i++) {\n    uint row",
       "i = count; i < count; i++) {\n    uint row"},
      {"signs-8-3-4-4-4", PER_TASK, OPERATIONS, "DEVIATIONS 8.0f", "DEVIATIONS 0.01f"},
      {"signs-8-3-4-4-4", PER_TASK, OPERATIONS, "ROW(X, 32 * word + row, ldx)", "X"},
      {"signs-8-3-4-4-4", PARTS, TRAINING, "ROW(X, 32 * word + row, ldx)", "ROW(X, row, ldx)"},
      {"signs-8-3-4-4-4", PER_TASK, OPERATIONS, "W + (ulong)j * ldx, ldx);", "W, ldx);"},
      {"signs-8-3-4-4-4", PER_TASK, OPERATIONS, " && !small", ""},
      {"signs-8-3-4-4-4", PER_TASK, OPERATIONS, "(z > 0.0f) << row", "(z > 0.0f) << 0"},
      {"signs-8-3-4-4-4", PER_TASK, OPERATIONS, "lane[i] != 0", "lane[i] == 0"},
      {"signs-4-2-8-4-4", PER_TASK, TRAINING, "sum[a][b] > (intv)(0)", "sum[a][0] > (intv)(0)"},
      {"bytes-8-3-4-4-4", PER_TASK, TRAINING, "b * VW + LANES), small", "LANES), small"},
      {"signs-8-3-4-4-4", PER_TASK, OPERATIONS, "W += (ulong)panel * PANEL * ldx", "W += 0"},
      {"signs-8-3-4-4-4", PER_TASK, OPERATIONS, "if (k + 16 < end)\n    high",
       "if (k + 32 < end)\n    high"},
      {"bytes-8-3-4-4-4", PER_TASK, TRAINING, "ADD_BYTE(x, w, 3)", "0"},
      {"bytes-8-3-4-4-4", PER_TASK, TRAINING, "start[b] -= AS_INTV(", "start[b] -= 0 * AS_INTV("},
      {"bytes-8-3-4-4-4", PER_TASK, TRAINING, "DEVIATIONS_OF_BYTES 6.0f",
       "DEVIATIONS_OF_BYTES 0.01f"},
      {"bytes-8-3-4-4-4", PER_TASK, OPERATIONS, "left += z[i] < sure && z[i] > -sure", "left += 0"},
      {"bytes-8-3-4-4-4", PER_TASK, TRAINING, "w + (ulong)NEURON_OF(place) * ldr", "w"},
      {"bytes-8-3-4-4-4", PER_TASK, TRAINING, "x + (ulong)ROW_OF(place) * ldr", "x"},
      {"bytes-8-3-4-4-4", PER_TASK, TRAINING, "<< ROW_OF(place);", "<< 0;"},
      {"bytes-8-3-4-4-4", PER_TASK, TRAINING, "(int4)(a.s3, b.s3, c.s3, d.s3)", "0"},
      {"bytes-8-3-4-4-4", PER_TASK, TRAINING, "(ulong)panel * PANEL * ldr, ldr", "0, ldr"},
      {"bytes-8-3-4-4-4", PARTS, TRAINING, "input_pairs + (ulong)32 * word * ldr", "input_pairs"},
      {"bytes-8-3-4-4-4", PER_TASK, OPERATIONS, "(int)root + 1", "(int)(0.03f * root) + 1"},
      {"bytes-8-3-4-4-4", PER_TASK, OPERATIONS, "? 1.0f / scale :", "? 1.0f :"},
  };
  static const mutant numbers[] = {
      {"signs-8-3-4-4-4", PER_TASK, TRAINING, "ROUNDED(x1, scale) << 16",
       "ROUNDED(x0, scale) << 16"},
      {"signs-8-3-4-4-4", PER_TASK, OPERATIONS, "if (k + 16 * j < ldx)", "if (k + 32 * j < ldx)"},
      {"signs-8-3-4-4-4", PER_TASK, OPERATIONS, "q + COLUMN(c, stride)", "q + COLUMN(0, stride)"},
      {"bytes-8-3-4-4-4", PER_TASK, TRAINING, "by = scales[i]", "by = scales[0]"},
      {"bytes-8-3-4-4-4", PER_TASK, TRAINING, "if (p + 16 < ldr)", "if (p + 48 < ldr)"},
      {"signs-8-3-4-4-4", PER_TASK, OPERATIONS, "INPUTS_SCALE 4096.0f", "INPUTS_SCALE 32768.0f"},
  };
  TRY("panels.h", bytes);
  TRY("signs.cl", table);
  static const mutant largest[] = {
      {"bytes-8-3-4-4-4", PER_TASK, TRAINING, "max(sum[i].largest, MAGNITUDES(x))",
       "MAGNITUDES(x)"},
      {"bytes-8-3-4-4-4", PER_TASK, TRAINING, "scale_of_largest(largest[s - first])",
       "scale_of_largest(largest[0])"},
  };
  TRY("signs.h", numbers);
  TRY("samples.cl", largest);
}

Test(mutants, features) {
  static const mutant table[] = {
      {"vector8", PER_TASK, TRIAL, "stride)) + LOADV(biases + j)", "stride)) - LOADV(biases + j)"},
      {"vector8", PER_TASK, TRIAL, "LOADV(biases + j), (floatv)(0.0f))",
       "LOADV(biases + j), (floatv)(-0.01f))"},
      {"vector8", PER_TASK, TRIAL, "j < ldm; j += LANES_PER_ROW * VW",
       "j + 3 * VW < ldm; j += LANES_PER_ROW * VW"},
      {"tiles", PER_TASK, TRIAL, "j < ldm; j += LANES_PER_ROW * VW", "j < LANES_PER_ROW; j += ldm"},
      {"vector8", PER_TASK, TRIAL, "neuron < (uintv)(m)", "neuron < (uintv)(m - 1)"},
      {"vector8", PER_TASK, KERNELS, "neuron < (uintv)(m) ? active : (floatv)(0.0f)", "active"},
      {"vector8", PER_TASK, KERNELS, "s >= rows)\n    return;\n  __global float *z = ROW",
       "s > rows)\n    return;\n  __global float *z = ROW"},
      {"vector8", PER_TASK, TRIAL, "MAD(heads[j]", "MAD(heads[neurons[j]]"},
      {"vector8", PER_TASK, TRIAL, "z[COLUMN(neurons[j], stride)]", "z[COLUMN(j, stride)]"},
      {"vector8", PER_TASK, TRIAL, "biases[j]), 0.0f)", "biases[neurons[j]]), 0.0f)"},
      {"vector8", PER_TASK, TRIAL, "MAD(scale, z", "MAD(1.0f, z"},
      {"vector8", PER_TASK, TRIAL, "biases[j]), 0.0f), sum)", "biases[j]), 0.0f), 0.0f)"},
      {"vector8", PER_TASK, TRIAL, "const float *z = ROW(Z, s, ldm)",
       "const float *z = ROW(Z, s / 2, ldm)"},
      {"tiles", PER_TASK, TRIAL, "j < m; j += LANES_PER_ROW", "j + 1 < m; j += LANES_PER_ROW"},
      {"vector8", PER_TASK, KERNELS, "s >= rows)\n    return;\n  __global const float *z = ROW",
       "s > rows)\n    return;\n  __global const float *z = ROW"},
  };
  TRY("features.cl", table);
}

Test(mutants, forward) {
  static const mutant table[] = {
      {"vector8", PER_TASK, TRAINING, "d - k0)", "d - k0 - 1)"},
      {"vector8", PER_TASK, TRAINING, "MAD(xa, wk[b], sum[a][b])", "MAD(xa, wk[0], sum[a][b])"},
      {"vector8", PER_TASK, TRAINING, "(ulong)panel * stride", "0"},
      {"vector8", PER_TASK, TRAINING, "j < m ? W", "j + 1 < m ? W"},
      {"vector8", ALIGNED, TRAINING, "MAD(y, fmax(sum[a][b], (floatv)(0.0f)), head[b])",
       "MAD(y, sum[a][b], head[b])"},
      {"vector8", ALIGNED, TRAINING, "begin / TS * PANEL", "begin / (2 * TS) * PANEL"},
      {"vector8", ALIGNED, TRAINING, "(ulong)panel * h_stride", "0"},
      {"panels-8-3-4-4", PER_TASK, TRAINING,
       "? y * LOADV(head + b * VW) :", "? LOADV(head + b * VW) :"},
      {"panels-8-3-4-4", PER_TASK, TRAINING,
       "task_index_of(s0 + a, sample_first, n);\n      __global const float *head",
       "task_index_of(s0, sample_first, n);\n      __global const float *head"},
      {"vector8", SHARED, TRAINING, "(ulong)patterns[s0 + a] * ldm", "(ulong)patterns[s0] * ldm"},
      {"panels-8-3-4-4", PER_TASK, TRAINING, "sum[b] > (floatv)(0.0f) ? y",
       "sum[b] > (floatv)(0.1f) ? y"},
      {"tiles", PER_TASK, TRAINING, "s < rows && j < ldm", "s + 1 < rows && j < ldm"},
      {"tiles", PER_TASK, TRAINING, "s < rows && j < ldm", "s < rows && j + 20 < ldm"},
      {"tiles", PER_TASK, TRAINING, "j0 + b < m ? W", "j0 + b + 1 < m ? W"},
      {"tiles-4-2-8-8", ALIGNED, TRAINING, "MAD(y, fmax(sum[a][b], 0.0f), head[b])",
       "MAD(y, sum[a][b], head[b])"},
      {"tiles-4-2-8-8", ALIGNED, TRAINING, "= sum_parts(room, j)", "= room[j]"},
      {"tiles-4-2-8-8", ALIGNED, TRAINING, "      (parts)[i]; ", "      (parts)[0]; "},
      {"tiles-4-2-8-8", ALIGNED, TRAINING, "l < GROUP; l++", "l + 1 < GROUP; l++"},
      {"tiles-4-2-8-8", ALIGNED, TRAINING, "H[(ulong)get_group_id(1) * ldm", "H[0"},
      {"tiles-small", PER_TASK, TRAINING, "? y * aj : (spanv)", "? aj : (spanv)"},
      {"tiles-small", PER_TASK, TRAINING, "zj > (spanv)(0.0f)", "zj > (spanv)(0.1f)"},
      {"tiles-small", PER_TASK, TRAINING,
       "A + (ulong)(task_local + task_index_of(s, sample_first, n)) * ldm, false",
       "A + (ulong)task_local * ldm, false"},
      {"tiles-small", SHARED, TRAINING, "C + (ulong)patterns[s] * ldm, true",
       "C + (ulong)patterns[s0] * ldm, true"},
      {"tiles-small", SHARED, OPERATIONS, "square ? positive : aj", "aj"},
      {"tiles-small", PER_TASK, OPERATIONS, "= sum_parts(room, at)", "= room[at]"},
      {"tiles-small", PER_TASK, OPERATIONS, "net[(ulong)get_group_id(0) * net_stride", "net[0"},
      {"pipeline", PER_TASK, TRAINING, "k < ldx; k += VW", "k + VW < ldx; k += VW"},
      {"pipeline", PER_TASK, TRAINING, "min(j0 + b, m - 1)", "min(j0 + b, m - 2)"},
      {"pipeline", PER_TASK, TRAINING, "min(s0 + a, rows - 1)", "min(s0 + a, rows / 2)"},
      {"pipeline", PER_TASK, TRAINING, "s0 + a < rows && j0 + b < m)\n            Z",
       "s0 + a < rows && j0 + b + 1 < m)\n            Z"},
  };
  TRY("forward.cl", table);
}

Test(mutants, tiles) {
  static const mutant table[] = {
      {"tiles-small", PER_TASK, TRAINING, "to[3 * PITCH] = next[f].s3",
       "to[3 * PITCH] = next[f].s2"},
      {"tiles", PER_TASK, TRAINING, "min((uint)ROW_OF(e), n_rows - 1)", "min((uint)ROW_OF(e), 7u)"},
      {"tiles", PER_TASK, TRAINING, "w, P, ldm, n_columns, item",
       "w, P, ldm, n_columns - 20, item"},
      {"tiles-small", PER_TASK, TRAINING, "x, X, ldx, n_rows, item", "x, X, ldx, n_rows / 2, item"},
      {"tiles", PER_TASK, TRAINING, "fetch(wnext, w, (ulong)DEPTH * ldm, item);\n    }",
       "fetch(wnext, w, 0, item);\n    }"},
      {"tiles", PER_TASK, TRAINING, "k < ldx; k += DEPTH", "k + DEPTH < ldx; k += DEPTH"},
      {"tiles", PER_TASK, TRAINING, "fetch(xnext, x, DEPTH, item);\n  fetch",
       "fetch(xnext, x, DEPTH / 2, item);\n  fetch"},
      {"tiles-small", PER_TASK, TRAINING, "MAD(ak[a], bk[b], sum[a][b])",
       "MAD(ak[a], bk[0], sum[a][b])"},
      {"tiles", PER_TASK, TRAINING, "k < DEPTH; k++", "k + 1 < DEPTH; k++"},
      {"tiles", PER_TASK, TRAINING, "k < rest; k++", "k + 1 < rest; k++"},
      {"tiles", PER_TASK, TRAINING, "LINE_OF(e) < n_lines", "LINE_OF(e) + 1 < n_lines"},
      {"tiles", PER_TASK, TRAINING, "panel < whole; panel++", "panel + 1 < whole; panel++"},
      {"tiles", PER_TASK, TRAINING, "x += (ulong)DEPTH * ldx", "x += (ulong)DEPTH * ldx / 2"},
      {"tiles-small", PER_TASK, TRAINING, "dat, ldm, n_rows,", "dat, ldm, n_rows - 4,"},
  };
  TRY("tiles.h", table);
}

Test(mutants, block) {
  static const mutant table[] = {
      {"tiles-small", PER_TASK, TRAINING,
       "* ld + min((uint)PLACE_OF(e), n_columns - 4);\n  }\n}\n\n",
       "* ld + min((uint)PLACE_OF(e), n_columns - 8);\n  }\n}\n\n"},
      {"tf32x3-8-2-8-8", PER_TASK, TRAINING,
       "at[f] = LINE_OF(e) * ld + min((uint)PLACE_OF(e), n_columns - 4)",
       "at[f] = LINE_OF(e) * ld + min((uint)PLACE_OF(e), n_columns - 8)"},
  };
  TRY("block.h", table);
}

Test(mutants, half) {
  static const mutant table[] = {
      {"half-8-2-16-8", PER_TASK, OPERATIONS, "rounded_half(a_up * x[i])", "a_up * x[i]"},
      {"half-8-2-16-8", PER_TASK, TRAINING, "from[f] += DEPTH", "from[f] += 4"},
  };
  static const mutant numbers[] = {
      {"half-8-2-16-8", PER_TASK, OPERATIONS, "& 0xffffe000u", "& 0xffffc000u"},
      {"half-8-2-16-8", PER_TASK, TRAINING, "& 0xffffe000u", "& 0xff000000u"},
      {"half-8-2-16-8", SHARED, TRAINING, "as_float(sign | (", "as_float((0u) | ("},
  };
  TRY("tiles_tensor.h", table);
  TRY("half.h", numbers);
}

/* What is done on tensor cores and where there are none. */
Test(mutants, tf32x3) {
  static const mutant table[] = {
      {"tf32x3", PER_TASK, TRAINING, "min((uint)ROW_OF(e), n_rows - 1)",
       "min((uint)ROW_OF(e), 7u)"},
      {"tf32x3-8-2-8-8", PER_TASK, TRAINING, "from[f] += DEPTH", "from[f] += 4"},
      {"tf32x3-8-2-8-8", PER_TASK, TRAINING, "k < ldx; k += DEPTH", "k + DEPTH < ldx; k += DEPTH"},
      {"tf32x3-8-2-8-8", PER_TASK, TRAINING, "s < n_lines; s += DEPTH",
       "s + DEPTH < n_lines; s += DEPTH"},
      {"tf32x3", PER_TASK, TRAINING, "LINE_OF(e) < n_lines", "LINE_OF(e) + 1 < n_lines"},
      {"tf32x3", PER_TASK, TRAINING, "xs, 1, ROW_PITCH,", "xs, 1, PITCH,"},
  };
  static const mutant numbers[] = {
      {"tf32x3", PER_TASK, OPERATIONS, "return x - hi;", "return 0.0f;"},
      {"tf32x3", PER_TASK, OPERATIONS, "& 0xffffe000u", "& 0xff000000u"},
  };
  TRY("tiles_tensor.h", table);
  TRY("tf32x3.h", numbers);
}

Test(mutants, head) {
  static const mutant table[] = {
      {"vector8", PER_TASK, TRAINING, "first = (long)task_index * n - sample_first",
       "first = (long)task_index * n"},
      {"vector8", PER_TASK, TRAINING, "last > rows ? rows : last", "last > rows ? rows - 1 : last"},
      {"vector8", PER_TASK, TRAINING,
       "LOADV(ROW(z, s, ldm)), (floatv)(0.0f)), sum);\n  __global float *a = A + "
       "(ulong)(task_local + "
       "task_index) * ldm + j;\n  STOREV(MAD(sum, (floatv)(scale), LOADV(a)), a)",
       "LOADV(ROW(z, s, ldm)), (floatv)(0.0f)), sum);\n  __global float *a = A + "
       "(ulong)(task_local + "
       "task_index) * ldm + j;\n  STOREV(sum * scale, a)"},
      {"vector8", ALIGNED, TRAINING, "sum += LOADV(ROW(h, s, ldm))", "sum = LOADV(ROW(h, s, ldm))"},
      {"vector8", SHARED, TRAINING, "pattern == p ? positive", "pattern == (p & 3) ? positive"},
      {"vector8", SHARED, TRAINING, "STOREV(LOADV(bin) + sum[p], bin)", "STOREV(sum[p], bin)"},
      {"vector8", MANY_PATTERNS, TRAINING,
       "STOREV(LOADV(bin) + LOADV(tile_R + at + (ulong)p * ldm), bin)",
       "STOREV(LOADV(tile_R + at + (ulong)p * ldm), bin)"},
      {"vector8", MANY_PATTERNS, TRAINING, "STOREV((floatv)(0.0f), tile_R + at + (ulong)p * ldm)",
       "STOREV((floatv)(p == 0 ? 1e-3f : 0.0f), tile_R + at + (ulong)p * ldm)"},
      {"vector8", PARTS_SHARED, TRAINING, "end = min(rows, (part + 1) * part_rows)", "end = rows"},
      {"vector8", SHARED, TRAINING, "STOREV(sum * scale, A + (ulong)task * ldm + j)",
       "STOREV(sum * (scale * 1.001f), A + (ulong)task * ldm + j)"},
      {"vector8", SHARED, TRAINING, "for (uint task = 0; task < n_tasks; task++)",
       "for (uint task = 0; task + 1 < n_tasks; task++)"},
      {"vector8", SHARED, OPERATIONS, "STOREV(MAD(sum, (floatv)(weight), LOADV(c)), c)",
       "STOREV(sum * weight, c)"},
  };
  TRY("head.cl", table);
}

Test(mutants, inputs) {
  static const mutant table[] = {
      {"vector8", PER_TASK, OPERATIONS, "STOREV(inside(x[q], k, d)", "STOREV(x[q]"},
      {"vector8", SHARED, OPERATIONS, "counter_task ? task_first + task_index_of",
       "1 ? task_first + task_index_of"},
      {"vector8", PER_TASK, OPERATIONS, "COLUMN(k, stride)", "COLUMN(0, stride)"},
      {"tiles", PER_TASK, WORDS, "row[48] = w.w3;", "row[48] = w.w2;"},
  };
  TRY("inputs.cl", table);
}

Test(mutants, draw) {
  static const mutant table[] = {
      {"vector8", PER_TASK, TRAINING, "*x0 = radius * c", "*x0 = -radius * c"},
      {"vector8", PER_TASK, TRAINING, "*x1 = radius * s;", "*x1 = radius * c;"},
      {"vector8", PER_TASK, TRAINING, "bits + 0x70800000u", "bits + 0x70000000u"},
      {"vector8", PER_TASK, TRAINING, "high ? (intv)(0) : AS_INTV", "AS_INTV"},
      {"vector8", PER_TASK, TRAINING, "bits - 0x4f000000u", "bits - 0x4f800000u"},
      {"vector8", SIGNS, TRAINING, "(b >> 31)", "(b >> 30)"},
      {"vector8", PER_TASK, TRAINING, "AS_UINTV(ss) ^ (q & 0x80000000u)",
       "AS_UINTV(ss) ^ ((q << 1) & 0x80000000u)"},
      {"vector8", PER_TASK, TRAINING, "-1.6666654611e-1f", "-1.66e-1f"},
      {"vector8", PER_TASK, OPERATIONS, "-1.6666654611e-1f", "-1.6668e-1f"},
      {"vector8", PER_TASK, OPERATIONS, "2.49997616e-1f", "2.499e-1f"},
      {"vector8", PER_TASK, OPERATIONS, "LANES < (uintv)(d) ? x : (floatv)(0.0f)",
       "LANES < (uintv)(d) ? x : x"},
      {"tiles", PER_TASK, OPERATIONS, "draw_first(w.w2)", "draw_first(w.w0)"},
  };
  TRY("draw.h", table);
}

Test(mutants, philox) {
  static const mutant table[] = {
      {"tiles", PER_TASK, WORDS, "round = 0; round < 9", "round = 0; round < 8"},
      {"tiles", PER_TASK, WORDS, "word_of(c1), word_of(c2)", "word_of(c2), word_of(c2)"},
      {"vector8", PER_TASK, WORDS, "high_xor(p0, c.w3, k1)", "high_xor(p0, c.w3, k0)"},
      {"tiles", PER_TASK, WORDS, "mul_hi(x, (uintv)(factor)), x", "mul_hi(x, x), x"},
      {"vector4", PER_TASK, TRAINING, "(x.odd & LOW) * factor", "(x.even & LOW) * factor"},
      {"vector4", PER_TASK, TRAINING, "int round = 3;", "int round = 4;"},
      {"vector4", PER_TASK, TRAINING, "c1 + 1, c2)", "c1, c2)"},
      {"vector4", PER_TASK, TRAINING, "w0 * PHILOX_M0),", "w0),"},
      {"vector4", PER_TASK, TRAINING, "out[7] = wb.w3", "out[7] = wa.w3"},
      {"vector8", PER_TASK, WORDS, "k0 + 9 * PHILOX_W0", "k0 + 8 * PHILOX_W0"},
      {"vector4", PER_TASK, TRAINING, "e.s0, o.s0, e.s2, o.s2);", "e.s0, o.s0, o.s2, e.s2);"},
      {"vector4", PER_TASK, TRAINING, "e.s1, o.s1, e.s3, o.s3);", "e.s1, o.s1, e.s3, e.s1);"},
  };
  TRY("philox.h", table);
}

/* Inputs and labels in one kernel: by rows of a work-item, then by lanes of a row. */
Test(mutants, samples) {
  static const mutant table[] = {
      {"vector4", PER_TASK, TRAINING, "task_first + task_index : 0, count",
       "task_index : 0, count"},
      {"vector4", PER_TASK, TRAINING, "min(end - s, n - sample)", "end - s"},
      {"vector4", PER_TASK, TRAINING, "task_local + task_index) << R) + pattern];\n    }",
       "task_local) << R) + pattern];\n    }"},
      {"vector4", PER_TASK, TRAINING, "sample + i, task, drawn", "sample, task, drawn"},
      {"vector4", PER_TASK, TRAINING, "i < 4 * count; i += 2", "i < 4 * count - 2; i += 2"},
      {"vector4", PER_TASK, TRAINING, "lane += VW)", "lane += 2 * VW)"},
      {"vector4", PER_TASK, OPERATIONS, "last = k1 + VW > d", "last = k1 > d"},
      {"vector4", PER_TASK, OPERATIONS, "x1 = inside(x1, k1, d)", "x1 = inside(x1, k0, d)"},
      {"vector4", PER_TASK, TRAINING, "min(i, count - 1)", "0"},
      {"vector4", PER_TASK, TRAINING, "+ (ulong)j * ldx + k), sum[i].products[j])",
       "+ (ulong)(j / 2) * ldx + k), sum[i].products[j])"},
      {"vector4", DEEP, TRAINING, "    sum[i] = sums[i];",
       "    sum[i].products[0] = (floatv)(0.0f);"},
      {"vector4", DEEP, TRAINING, "last = min(first + COLUMNS_AT_ONCE, ldx)",
       "last = min(256u, ldx)"},
      {"vector4", PER_TASK, TRAINING, "i < count; i += ROWS_AT_ONCE",
       "i + ROWS_AT_ONCE < count; i += ROWS_AT_ONCE"},
      {"vector4", PER_TASK, TRAINING, "(SUMV(sums[i].products[j]) >= 0.0f",
       "(SUMV(sums[i].products[j]) >= 0.1f"},
      {"vector4", SHARED, TRAINING, "patterns[s + i] = pattern;",
       "patterns[s + i] = pattern ^ 1u;"},
      {"tiles-small", PER_TASK, TRAINING, "task_first + task_index : 0;", "task_index : 0;"},
      {"tiles-small", PER_TASK, OPERATIONS, "if (k + 16 * q + VW > d)",
       "if (k + 16 * q + VW > d + VW)"},
      {"tiles-small", PER_TASK, TRAINING, "(u >= 0.0f", "(u >= 0.1f"},
      {"tiles-small", PER_TASK, TRAINING, "task_local + task_index) << R) + pattern];\n  }",
       "task_local) << R) + pattern];\n  }"},
      {"tiles-small", PER_TASK, TRAINING, "M + (ulong)j * ldx + k + 16 * q",
       "M + (ulong)(j / 2) * ldx + k + 16 * q"},
      {"tiles-small", SHARED, TRAINING, "patterns[s] = pattern;", "patterns[s] = pattern ^ 1u;"},
      {"tiles-4-2-8-8", PER_TASK, TRAINING, "lane += LANES_PER_ROW * VW",
       "lane += 2 * LANES_PER_ROW"},
      {"tiles-small", PER_TASK, OPERATIONS, "group_sum(SUMV(sum[j]), item, partial)",
       "SUMV(sum[j])"},
  };
  TRY("samples.cl", table);
}

Test(mutants, labels) {
  static const mutant table[] = {
      {"tiles-small", PER_TASK, OPERATIONS, "u >= 0.0f", "u >= 0.1f"},
      {"tiles-small", PER_TASK, OPERATIONS, "tables[(task << r) + pattern]", "tables[pattern]"},
      {"tiles-small", PER_TASK, OPERATIONS, "for (uint k = 0; k < r; k++)",
       "for (uint k = 0; k + 1 < r; k++)"},
      {"tiles-small", SHARED, OPERATIONS, "patterns[s] = pattern;", "patterns[s] = pattern ^ 1u;"},
      {"tiles", PER_TASK, OPERATIONS, "half_width = LANES_PER_ROW / 2;",
       "half_width = LANES_PER_ROW / 4;"},
      {"vector8", PER_TASK, OPERATIONS, "c < ldx; c += LANES_PER_ROW * VW", "c < VW; c += VW"},
  };
  TRY("labels.cl", table);
}

Test(mutants, update) {
  static const mutant table[] = {
      {"vector8", PER_TASK, TRAINING, "LOADV(w) * keep", "LOADV(w)"},
      {"vector8", PER_TASK, TRAINING, "k >= ldx ||", "k >= ldx - 2 * VW ||"},
      {"vector8", PER_TASK, TRAINING, "COLUMN(k, (ulong)m * PANEL)", "COLUMN(k, 0)"},
      {"tiles", PER_TASK, TRAINING, "ROW(G, j, ldx)", "ROW(G, j ^ 1, ldx)"},
      {"vector8", PARTS, TRAINING, "part = 1; part < n_parts", "part = 1; part + 1 < n_parts"},
      {"vector8", PER_TASK, TRAINING, "MAD((floatv)(step)", "MAD((floatv)(step * 1.00001f)"},
  };
  TRY("update.cl", table);
}

Test(mutants, vectors) {
  static const mutant table[] = {
      {"vector8", PER_TASK, TRAINING, "(s - left) % n", "s % n"},
      {"vector8", PER_TASK, TRAINING, "(s - left) / n + 1", "s / n"},
      {"vector8", PER_TASK, WORDS, "sample_first + s : (s", "s : (s"},
      {"vector8", PER_TASK, TRAINING, "sum4((v).lo + (v).hi)", "sum4((v).lo)"},
      {"vector8", PER_TASK, TRAINING, "(0, 1, 2, 3, 4, 5, 6, 7))", "(0, 1, 2, 3, 4, 5, 7, 6))"},
      {"vector4", PER_TASK, TRAINING, "(v.s0 + v.s1) + (v.s2 + v.s3)", "(v.s0 + v.s1) + v.s2"},
      {"vector16", PER_TASK, TRAINING, "float8 w = v.lo + v.hi", "float8 w = v.lo"},
      {"tiles-4-2-8-8", PER_TASK, OPERATIONS, "half_width = LANES_PER_ROW / 2;",
       "half_width = LANES_PER_ROW / 4;"},
      {"tiles", PER_TASK, TRIAL, "lane < half_width", "lane + 1 < half_width"},
  };
  TRY("vector.h", table);
}
