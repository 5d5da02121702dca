// SPDX-License-Identifier: Apache-2.0
// What forward.cl, "panels", and signs.cl share: a work-item's tile and the network's answer.
// Needs vector.h.
// Options: TS, PV, SUBSET.
#ifndef TS
#define TS 8 /* samples per work-item */
#endif
#ifndef PV
#define PV 2 /* vectors of neurons per work-item, PANEL / VW */
#endif
#ifndef SUBSET
#define SUBSET 1 /* samples in a byte of which are active; divides TS */
#endif

// A work-item's tile: rows s0 .. s0 + TS - 1 of `panel`, of which those from `begin` on are its
// own. The last tile begins early enough to be whole; what its neighbour has is left alone.
#define BEGIN_TILE                                                                                 \
  uint begin = get_global_id(1) * TS, panel = get_global_id(0);                                    \
  if (begin >= rows || panel * PANEL >= m)                                                         \
    return;                                                                                        \
  uint s0 = begin == 0 || begin + TS <= rows ? begin : rows - TS
#define OWN(a) (s0 + (a) >= begin && s0 + (a) < rows)

// The panel's part of what the network answered, net (panels, stride / PANEL).
#define PART_OF_NET ((ulong)panel * (stride / PANEL) + s0)

static inline float answer(const floatv sum[PV], __global const float *head, bool square) {
  floatv part = (floatv)(0.0f);
#pragma unroll
  for (int b = 0; b < PV; b++) {
    floatv positive = fmax(sum[b], (floatv)(0.0f));
    part = MAD(square ? positive : LOADV(head + b * VW), positive, part);
  }
  return SUMV(part);
}

#if SUBSET > 1
// Bit b of group q of active, panels (groups, PANEL) active_stride apart, is row SUBSET q + b.
static inline void store_active(const uintv bits[PV], __global uchar *active, uint begin,
                                uint rows) {
#pragma unroll
  for (int q = 0; q < TS / SUBSET; q++)
#pragma unroll
    for (int b = 0; b < PV; b++)
      if (begin + q * SUBSET < rows)
        STOREV(UCHARV(bits[b] >> (uint)(q * SUBSET) & (uintv)((1u << SUBSET) - 1)),
               active + q * PANEL + b * VW);
}
#endif
