// SPDX-License-Identifier: Apache-2.0
// Operation: features of a new task.  Phi_sj = relu(z_sj + b_j) in Z's place for j < m, else 0; and
// what a head a answers on kept pre-activations: net_s = sum_j a_j relu(scale z_s,neuron_j + b_j).
// Shapes: Z (rows, ldm), biases, heads and neurons (ldm), net (rows).
// Work-group: LANES_PER_ROW work-items a row; each strides over the neurons.
// Assumes: VW divides ldm; neurons are below ldm; m <= ldm.
// Options: VW, PANEL (vector.h); LANES_PER_ROW work-items per row (default 1, a power of two).
#include "vector.h"

__kernel ROW_GROUP void features(__global float *Z, uint ldm, uint stride, uint rows, uint m,
                                 __global const float *biases) {
  uint lane = get_local_id(0), s = get_global_id(1);
  if (s >= rows)
    return;
  __global float *z = ROW(Z, s, ldm);
  for (uint j = lane * VW; j < ldm; j += LANES_PER_ROW * VW) {
    uintv neuron = (uintv)(j) + LANES;
    floatv active = fmax(LOADV(z + COLUMN(j, stride)) + LOADV(biases + j), (floatv)(0.0f));
    STOREV(neuron < (uintv)(m) ? active : (floatv)(0.0f), z + COLUMN(j, stride));
  }
}

// Neurons are gathered one by one: a trial may use any of them.
__kernel ROW_GROUP void features_net(__global const float *Z, uint ldm, uint stride, uint rows,
                                     uint m, float scale, __global const uint *neurons,
                                     __global const float *biases, __global const float *heads,
                                     __global float *net) {
  __local float partial[LANES_PER_ROW];
  uint lane = get_local_id(0), s = get_global_id(1);
  if (s >= rows)
    return;
  __global const float *z = ROW(Z, s, ldm);
  float sum = 0.0f;
  for (uint j = lane; j < m; j += LANES_PER_ROW)
    sum = MAD(heads[j], fmax(MAD(scale, z[COLUMN(neurons[j], stride)], biases[j]), 0.0f), sum);
  float total = group_sum(sum, lane, partial);
  if (lane == 0)
    net[s] = total;
}
