// SPDX-License-Identifier: Apache-2.0
// Operation: the representation step's weights.  D = y (a_t o 1[z > 0]) in Z's place, and what the
// network answered there: net_s = sum_j a_tj relu(z_sj), kept as |net| (per task) or, with shared
// inputs, |relu(z_s)|^2, from which the host bounds every |net_t(x_s)| by Cauchy and Schwarz.
// Shapes: Z (rows, ldm), A (tasks in chunk, ldm), C (2^r, ldm), Y, patterns, net (rows).
// Work-group: LANES_PER_ROW work-items a row; each strides over the neurons in vectors.
// Assumes: VW divides ldm; Z, A and C are zero beyond m.
// Options: VW, PANEL (vector.h); LANES_PER_ROW work-items per row (default 1, a power of two).
#include "vector.h"

__kernel ROW_GROUP void activation(__global float *Z, uint ldm, uint stride, uint rows,
                                   __global const float *Y, __global const float *A,
                                   uint task_local, uint sample_first, uint n,
                                   __global float *net) {
  __local float partial[LANES_PER_ROW];
  uint lane = get_local_id(0), s = get_global_id(1);
  if (s >= rows)
    return;
  ulong task = task_local + task_index_of(s, sample_first, n);
  __global float *z = ROW(Z, s, ldm);
  __global const float *a = A + task * ldm;
  floatv y = (floatv)(Y[s]), sum = (floatv)(0.0f);
  for (uint j = lane * VW; j < ldm; j += LANES_PER_ROW * VW) {
    __global float *zs = z + COLUMN(j, stride);
    floatv zj = LOADV(zs), aj = LOADV(a + j);
    sum = MAD(aj, fmax(zj, (floatv)(0.0f)), sum);
    STOREV(zj > (floatv)(0.0f) ? y * aj : (floatv)(0.0f), zs);
  }
  float total = group_sum(SUMV(sum), lane, partial);
  if (lane == 0)
    net[s] = fabs(total);
}

__kernel ROW_GROUP void activation_shared(__global float *Z, uint ldm, uint stride, uint rows,
                                          __global const uint *patterns, __global const float *C,
                                          __global float *net) {
  __local float partial[LANES_PER_ROW];
  uint lane = get_local_id(0), s = get_global_id(1);
  if (s >= rows)
    return;
  __global float *z = ROW(Z, s, ldm);
  __global const float *c = C + (ulong)patterns[s] * ldm;
  floatv sum = (floatv)(0.0f);
  for (uint j = lane * VW; j < ldm; j += LANES_PER_ROW * VW) {
    __global float *zs = z + COLUMN(j, stride);
    floatv zj = LOADV(zs), positive = fmax(zj, (floatv)(0.0f));
    sum = MAD(positive, positive, sum);
    STOREV(zj > (floatv)(0.0f) ? LOADV(c + j) : (floatv)(0.0f), zs);
  }
  float total = group_sum(SUMV(sum), lane, partial);
  if (lane == 0)
    net[s] = total;
}

// norms_s = |rows of A|^2, the other factor of that bound.
__kernel ROW_GROUP void activation_norms(__global const float *A, uint ldm, uint rows,
                                         __global float *norms) {
  __local float partial[LANES_PER_ROW];
  uint lane = get_local_id(0), s = get_global_id(1);
  if (s >= rows)
    return;
  __global const float *a = A + (ulong)s * ldm;
  floatv sum = (floatv)(0.0f);
  for (uint j = lane * VW; j < ldm; j += LANES_PER_ROW * VW)
    sum = MAD(LOADV(a + j), LOADV(a + j), sum);
  float total = group_sum(SUMV(sum), lane, partial);
  if (lane == 0)
    norms[s] = total;
}

// |sum over parts of values (n_parts, part_stride)| of VW rows from s on; 0 beyond `rows`.
static inline float largest_of(__global const float *values, uint rows, uint n_parts,
                               uint part_stride, uint s) {
  float best = 0.0f;
#if VW > 1
  if (s + VW <= rows) {
    floatv sum = (floatv)(0.0f);
    for (uint part = 0; part < n_parts; part++)
      sum += LOADV(values + (ulong)part * part_stride + s);
    return MAXV(fabs(sum));
  }
#endif
  for (uint end = min(rows, s + VW); s < end; s++) {
    float sum = 0.0f;
    for (uint part = 0; part < n_parts; part++)
      sum += values[(ulong)part * part_stride + s];
    best = fmax(best, fabs(sum));
  }
  return best;
}

// largest[slot] = max(largest[slot], |sum of the parts of values| over the rows). A maximum, so
// groups may come in any order; floats that are not negative are in the order of their bits.
__kernel ROW_GROUP void activation_max(__global const float *values, uint rows, uint n_parts,
                                       uint part_stride, __global volatile uint *largest,
                                       uint slot) {
  __local float partial[LANES_PER_ROW];
  uint lane = get_local_id(0);
  float best = 0.0f;
  for (uint s = get_global_id(0) * VW; s < rows; s += get_global_size(0) * VW)
    best = fmax(best, largest_of(values, rows, n_parts, part_stride, s));
  partial[lane] = best;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (lane == 0) {
    for (uint other = 1; other < LANES_PER_ROW; other++)
      best = fmax(best, partial[other]);
    atomic_max(largest + slot, as_uint(best));
  }
}
