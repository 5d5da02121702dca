// SPDX-License-Identifier: Apache-2.0
// What the "tiles" versions of forward and backward share: a group of GROUP x GROUP work-items
// computes BLOCK x BLOCK sums, PER x PER each, from panels of DEPTH x BLOCK in local memory. While
// a panel is multiplied the next one is on its way from global memory to registers. Where 4 divides
// PER, an item's results come in spans of 4 neighbours, so that it reads both panels as float4;
// spans of neighbouring items are neighbours, which keeps banks apart. Past the edges of a matrix
// the last row or column is read again: no comparison in the loop. forward keeps pointers and
// backward offsets: that is what leaves registers for two groups at a time (docs/PERFORMANCE.md).
// Assumes: DEPTH is 4, 8, 16 or 32 and 4 divides BLOCK; rows begin at multiples of 4 floats.
#ifndef GROUP
#define GROUP 16 /* work-items per side of a group */
#endif
#ifndef PER
#define PER 8 /* results per side of a work-item */
#endif
#ifndef DEPTH
#define DEPTH 16 /* inner length staged at once */
#endif
/* Told how many registers to take, NVIDIA's compiler listens only where it may choose a size. */
#ifdef REGISTERS
#define TILES_GROUP
#else
#define TILES_GROUP __attribute__((reqd_work_group_size(GROUP, GROUP, 1)))
#endif
#define BLOCK (GROUP * PER)
/* Of a panel's rows, floats: 4 more than needed, so that rows 4 apart fall into different banks. */
#define PITCH (BLOCK + 4)
#define PANEL_FLOATS (DEPTH * PITCH)
/* Local memory of a group, floats: two panels, then GROUP parts of BLOCK sums. */
#define LOCAL_FLOATS (2 * PANEL_FLOATS > GROUP * BLOCK ? 2 * PANEL_FLOATS : GROUP * BLOCK)
/* float4 of a panel, and how many of them an item fetches at most. */
#define PIECES (BLOCK * DEPTH / 4)
#define FETCHES ((PIECES + GROUP * GROUP - 1) / (GROUP * GROUP))
#define HAS_PIECE(e) (PIECES % (GROUP * GROUP) == 0 || (e) < PIECES)

#if PER % 4 == 0
#define SPAN 4
typedef float4 spanv;
#define SPANV(sums, b) ((float4)((sums)[b], (sums)[(b) + 1], (sums)[(b) + 2], (sums)[(b) + 3]))
#else
#define SPAN 1
typedef float spanv;
#define SPANV(sums, b) ((sums)[b])
#endif
/* Where result a of work-item l lies in its block, along either side. */
#define PLACE(l, a) (((a) / SPAN * GROUP + (l)) * SPAN + (a) % SPAN)

#define ALWAYS static inline __attribute__((always_inline)) /* or arrays would leave registers */

#if DEPTH == 4
#define PAIR 1
#else
#define PAIR 2 /* neighbouring items read 32 bytes of a row, and write into different banks */
#endif

// A panel out of rows of the inner length: DEPTH columns of BLOCK rows, which come transposed.
// Piece e is in row ROW_OF(e) from column COLUMN_OF(e) on.
#define ROW_OF(e) ((e) / PAIR % BLOCK)
#define COLUMN_OF(e) (((e) % PAIR + (e) / (PAIR * BLOCK) * PAIR) * 4)

ALWAYS void begin_rows(__global const float *from[FETCHES], __global const float *rows, uint ld,
                       uint n_rows, uint item) {
#pragma unroll
  for (int f = 0; f < FETCHES; f++) {
    uint e = item + f * GROUP * GROUP;
    from[f] = rows + (ulong)min((uint)ROW_OF(e), n_rows - 1) * ld + COLUMN_OF(e);
  }
}

ALWAYS void store_rows(__local float *panel, const float4 next[FETCHES], uint item) {
#pragma unroll
  for (int f = 0; f < FETCHES; f++) {
    uint e = item + f * GROUP * GROUP;
    __local float *to = panel + COLUMN_OF(e) * PITCH + ROW_OF(e);
    if (HAS_PIECE(e)) {
      to[0] = next[f].s0;
      to[PITCH] = next[f].s1;
      to[2 * PITCH] = next[f].s2;
      to[3 * PITCH] = next[f].s3;
    }
  }
}

// The same out of columns of the inner length: DEPTH rows of BLOCK columns, as they are.
#define LINE_OF(e) ((e) / (BLOCK / 4))
#define PLACE_OF(e) ((e) % (BLOCK / 4) * 4)

ALWAYS void begin_columns(__global const float *from[FETCHES], __global const float *columns,
                          uint ld, uint n_columns, uint item) {
#pragma unroll
  for (int f = 0; f < FETCHES; f++) {
    uint e = item + f * GROUP * GROUP;
    from[f] = columns + (ulong)LINE_OF(e) * ld + min((uint)PLACE_OF(e), n_columns - 4);
  }
}

ALWAYS void store_columns(__local float *panel, const float4 next[FETCHES], uint item) {
#pragma unroll
  for (int f = 0; f < FETCHES; f++) {
    uint e = item + f * GROUP * GROUP;
    if (HAS_PIECE(e))
      *(__local float4 *)(panel + LINE_OF(e) * PITCH + PLACE_OF(e)) = next[f];
  }
}

// The next panel, and a step of it onwards.
ALWAYS void fetch(float4 next[FETCHES], __global const float *from[FETCHES], ulong step,
                  uint item) {
#pragma unroll
  for (int f = 0; f < FETCHES; f++)
    if (HAS_PIECE(item + f * GROUP * GROUP)) {
      next[f] = *(__global const float4 *)from[f];
      from[f] += step;
    }
}

ALWAYS void read_side(float side[PER], __local const float *row, uint l) {
#pragma unroll
  for (int a = 0; a < PER; a += SPAN) {
    spanv v = *(__local const spanv *)(row + PLACE(l, a));
#if SPAN == 4
    side[a] = v.s0, side[a + 1] = v.s1, side[a + 2] = v.s2, side[a + 3] = v.s3;
#else
    side[a] = v;
#endif
  }
}

// sum[a][b] += as[PLACE(la, a)] bs[PLACE(lb, b)]: of one row of the panels, and of all.
ALWAYS void multiply_line(float sum[PER][PER], __local const float *as, uint la,
                          __local const float *bs, uint lb) {
  float ak[PER], bk[PER];
  read_side(ak, as, la);
  read_side(bk, bs, lb);
#pragma unroll
  for (int a = 0; a < PER; a++)
#pragma unroll
    for (int b = 0; b < PER; b++)
      sum[a][b] = MAD(ak[a], bk[b], sum[a][b]);
}

ALWAYS void multiply(float sum[PER][PER], __local const float *as, uint la, __local const float *bs,
                     uint lb) {
#pragma unroll
  for (int k = 0; k < DEPTH; k++)
    multiply_line(sum, as + k * PITCH, la, bs + k * PITCH, lb);
}

ALWAYS void clear(float sum[PER][PER]) {
#pragma unroll
  for (int a = 0; a < PER; a++)
#pragma unroll
    for (int b = 0; b < PER; b++)
      sum[a][b] = 0.0f;
}
