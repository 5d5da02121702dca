// SPDX-License-Identifier: Apache-2.0
// What the "tiles" versions of forward and backward share: a group of GROUP x GROUP work-items
// computes BLOCK x BLOCK sums, PER x PER each, from panels of DEPTH x BLOCK in local memory. While
// a panel is multiplied the next one is on its way from global memory to registers. Where 4 divides
// PER, an item's results come in spans of 4 neighbours, so that it reads both panels as float4;
// spans of neighbouring items are neighbours, which keeps banks apart. Past the edges of a matrix
// the last row or column is read again: no comparison in the loop. forward keeps pointers and
// backward offsets: that is what leaves registers for two groups at a time (docs/PERFORMANCE.md).
// TF32X3: products by tensor cores (tf32x3.h), items of a warp having the places that these give
// them; where there are none the same is done by multiply-adds.
// Assumes: DEPTH is 4, 8, 16 or 32 and 4 divides BLOCK; rows begin at multiples of 4 floats.
// TF32X3: 8 divides GROUP and DEPTH, 2 divides PER.
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
/* Of a panel's rows, floats: so much more than needed that what neighbours touch at a time falls
 * into different banks. */
#ifdef TF32X3
#define PITCH (BLOCK + 8)
#else
#define PITCH (BLOCK + 4)
#endif
#define PANEL_FLOATS (DEPTH * PITCH)
/* Local memory of a group, floats: two panels, then GROUP parts of BLOCK sums. */
#define LOCAL_FLOATS (2 * PANEL_FLOATS > GROUP * BLOCK ? 2 * PANEL_FLOATS : GROUP * BLOCK)
/* float4 of a panel, and how many of them an item fetches at most. */
#define PIECES (BLOCK * DEPTH / 4)
#define FETCHES ((PIECES + GROUP * GROUP - 1) / (GROUP * GROUP))
#define HAS_PIECE(e) (PIECES % (GROUP * GROUP) == 0 || (e) < PIECES)

// Where in the block the results of an item are: it has row ROW_PLACE(la, a) and column
// COLUMN_PLACE(lb, b) for each a and b, la = ROW_ITEM(item) and lb = COLUMN_ITEM(item). SPAN of its
// columns and ROW_SPAN of its rows are neighbours.
#ifdef TF32X3
#define WARPS (GROUP / 4) /* beside each other */
#define ROW_ITEM(item) ((item) / (WARP * WARPS) * 8 + (item) % WARP / 4)
#define COLUMN_ITEM(item) ((item) / WARP % WARPS * 4 + (item) % 4)
#define ROW_PLACE(l, a) (((l) / 8 * PER + (a)) * 8 + (l) % 8)
#define COLUMN_PLACE(l, b) (((l) / 4 * (PER / 2) + (b) / 2) * 8 + (l) % 4 * 2 + (b) % 2)
#define SPAN 2
#define ROW_SPAN 1
#else
#define ROW_ITEM(item) ((item) / GROUP)
#define COLUMN_ITEM(item) ((item) % GROUP)
#define ROW_PLACE(l, a) (((a) / SPAN * GROUP + (l)) * SPAN + (a) % SPAN)
#define COLUMN_PLACE(l, b) ROW_PLACE(l, b)
#if PER % 4 == 0
#define SPAN 4
#else
#define SPAN 1
#endif
#define ROW_SPAN SPAN
#endif

#if SPAN == 4
typedef float4 spanv;
#define SPANV(sums, b) ((float4)((sums)[b], (sums)[(b) + 1], (sums)[(b) + 2], (sums)[(b) + 3]))
#define SUM_SPAN(v) (((v).s0 + (v).s1) + ((v).s2 + (v).s3))
#elif SPAN == 2
typedef float2 spanv;
#define SPANV(sums, b) ((float2)((sums)[b], (sums)[(b) + 1]))
#define SUM_SPAN(v) ((v).s0 + (v).s1)
#else
typedef float spanv;
#define SPANV(sums, b) ((sums)[b])
#define SUM_SPAN(v) (v)
#endif

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

// sum[a][b] += as[ROW_PLACE(la, a)] bs[COLUMN_PLACE(lb, b)] over DEPTH rows of the panels.
#ifdef TENSOR_CORES
ALWAYS void multiply(float sum[PER][PER], __local const float *as, uint la, __local const float *bs,
                     uint lb) {
  /* Of 8 x 8 of an operand an item has row or column la % 8, lines lb % 4 and lb % 4 + 4. */
  as += lb % 4 * PITCH + ROW_PLACE(la, 0);
  bs += lb % 4 * PITCH + COLUMN_PLACE(lb, 0) - lb % 4 * 2 + la % 8;
#pragma unroll
  for (int k = 0; k < DEPTH; k += 8) {
    float bhi[PER / 2][2], blo[PER / 2][2];
#pragma unroll
    for (int b = 0; b < PER / 2; b++)
#pragma unroll
      for (int i = 0; i < 2; i++) {
        float x = bs[(k + 4 * i) * PITCH + 8 * b];
        bhi[b][i] = tf32(x);
        blo[b][i] = x - bhi[b][i];
      }
#pragma unroll
    for (int a = 0; a < PER; a += 2) {
      float ahi[4], alo[4];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        float x = as[(k + i / 2 * 4) * PITCH + (a + i % 2) * 8];
        ahi[i] = tf32(x);
        alo[i] = x - ahi[i];
      }
#pragma unroll
      for (int b = 0; b < PER; b += 2) {
        float c[4] = {0.0f, 0.0f, 0.0f, 0.0f};
        mma(c, alo, bhi[b / 2]);
        mma(c, ahi, blo[b / 2]);
        mma(c, ahi, bhi[b / 2]);
        sum[a][b] += c[0], sum[a][b + 1] += c[1];
        sum[a + 1][b] += c[2], sum[a + 1][b + 1] += c[3];
      }
    }
  }
}

// The same where only the first n_lines, of at least one, are not zero.
#define multiply_lines(sum, as, la, bs, lb, n_lines) multiply(sum, as, la, bs, lb)
#else
#ifdef TF32X3
ALWAYS float multiply_add(float a, float b, float sum) {
  float ahi = tf32(a), bhi = tf32(b);
  return MAD(ahi, bhi, MAD(ahi, tf32(b - bhi), MAD(tf32(a - ahi), bhi, sum)));
}
#else
#define multiply_add(a, b, sum) MAD(a, b, sum)
#endif

ALWAYS void read_span(float *side, __local const float *from, int span) {
  if (span == 4) {
    float4 v = *(__local const float4 *)from;
    side[0] = v.s0, side[1] = v.s1, side[2] = v.s2, side[3] = v.s3;
  } else
    for (int i = 0; i < span; i++)
      side[i] = from[i];
}

ALWAYS void multiply_line(float sum[PER][PER], __local const float *as, uint la,
                          __local const float *bs, uint lb) {
  float ak[PER], bk[PER];
#pragma unroll
  for (int a = 0; a < PER; a += ROW_SPAN)
    read_span(ak + a, as + ROW_PLACE(la, a), ROW_SPAN);
#pragma unroll
  for (int b = 0; b < PER; b += SPAN)
    read_span(bk + b, bs + COLUMN_PLACE(lb, b), SPAN);
#pragma unroll
  for (int a = 0; a < PER; a++)
#pragma unroll
    for (int b = 0; b < PER; b++)
      sum[a][b] = multiply_add(ak[a], bk[b], sum[a][b]);
}

ALWAYS void multiply(float sum[PER][PER], __local const float *as, uint la, __local const float *bs,
                     uint lb) {
#pragma unroll
  for (int k = 0; k < DEPTH; k++)
    multiply_line(sum, as + k * PITCH, la, bs + k * PITCH, lb);
}

ALWAYS void multiply_lines(float sum[PER][PER], __local const float *as, uint la,
                           __local const float *bs, uint lb, uint n_lines) {
  for (uint k = 0; k < n_lines; k++)
    multiply_line(sum, as + k * PITCH, la, bs + k * PITCH, lb);
}
#endif

ALWAYS void clear(float sum[PER][PER]) {
#pragma unroll
  for (int a = 0; a < PER; a++)
#pragma unroll
    for (int b = 0; b < PER; b++)
      sum[a][b] = 0.0f;
}
