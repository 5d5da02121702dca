// SPDX-License-Identifier: Apache-2.0
// What forward.cl, "panels", and signs.cl share: a work-item's tile and the network's answer.
// Needs vector.h.
// Options: TS, PV.
#ifndef TS
#define TS 8 /* samples per work-item */
#endif
#ifndef PV
#define PV 2 /* vectors of neurons per work-item, PANEL / VW */
#endif

// A work-item's tile: rows s0 .. s0 + TS - 1 of `panel`, of which those from `begin` on are its
// own. The last tile begins early enough to be whole; what its neighbour has is left alone.
#define BEGIN_TILE                                                                                 \
  uint begin = get_global_id(1) * TS, panel = get_global_id(0);                                    \
  if (begin >= rows || panel * PANEL >= m)                                                         \
    return;                                                                                        \
  uint end = rows, s0 = FIRST_ROW
#define FIRST_ROW (begin == 0 || begin + TS <= rows ? begin : rows - TS)
#define OWN(a) (s0 + (a) >= begin && s0 + (a) < end)

// For words of which samples are active (subsets.cl) a work-item has the tiles of 32 rows.
#define BEGIN_WORD                                                                                 \
  uint word = get_global_id(1), panel = get_global_id(0), end = min(rows, 32 * word + 32);         \
  if (32 * word >= rows || panel * PANEL >= m)                                                     \
  return
#define FOR_TILES_OF_WORD for (uint begin = 32 * word; begin < end; begin += TS)
#define BIT_OF_ROW(a) ((uintv)(1u << (s0 + (a)-32 * word)))

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
