// SPDX-License-Identifier: Apache-2.0
// Operation: what the "tiles" versions of forward and backward share: a group of GROUP x GROUP
// work-items computes BLOCK x BLOCK sums, PER x PER each, from panels of DEPTH x BLOCK in local
// memory. How it does is in tiles.h, by multiply-adds, or tiles_tensor.h, by tensor cores; both
// have
//   product_rows     sum = X P, of X rows and of P columns of the block
//   product_columns  sum = D^T X, of both columns of the block
// with the places of an item's results, and PRODUCT_ROWS_FLOATS and PRODUCT_COLUMNS_FLOATS of local
// memory. Past the edges of a matrix the last row or column is read again: no comparison in the
// loop.
// Assumes: DEPTH is 4, 8, 16 or 32 and 4 divides BLOCK; rows begin at multiples of 4 floats.
// Options: GROUP, PER, DEPTH, REGISTERS; TF32X3 or HALF.
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
/* float4 of a panel, and how many of them an item fetches at most. */
#define PIECES (BLOCK * DEPTH / 4)
#define FETCHES ((PIECES + GROUP * GROUP - 1) / (GROUP * GROUP))
#define HAS_PIECE(e) (PIECES % (GROUP * GROUP) == 0 || (e) < PIECES)
/* Of a panel of DEPTH lines of BLOCK columns: where piece e is. */
#define LINE_OF(e) ((e) / (BLOCK / 4))
#define PLACE_OF(e) ((e) % (BLOCK / 4) * 4)

/* With HALF the operands A and B are multiplied by powers of two before they are rounded, and their
 * sums by what takes that back. */
#ifdef HALF
#define UP_PARAMETERS , float a_up, float b_up
#define UP , a_up, b_up
#define UP_ONE , 1.0f, 1.0f
#define DOWN *(1.0f / (a_up * b_up))
#else
#define UP_PARAMETERS
#define UP
#define UP_ONE
#define DOWN
#endif

#define ALWAYS static inline __attribute__((always_inline)) /* or arrays would leave registers */

ALWAYS void clear(float sum[PER][PER]) {
#pragma unroll
  for (int a = 0; a < PER; a++)
#pragma unroll
    for (int b = 0; b < PER; b++)
      sum[a][b] = 0.0f;
}

ALWAYS void begin_columns(__global const float *from[FETCHES], __global const float *columns,
                          uint ld, uint n_columns, uint item) {
#pragma unroll
  for (int f = 0; f < FETCHES; f++) {
    uint e = item + f * GROUP * GROUP;
    from[f] = columns + (ulong)LINE_OF(e) * ld + min((uint)PLACE_OF(e), n_columns - 4);
  }
}

// A panel of DEPTH lines from some line on, of which an item's pieces are `at` these offsets.
ALWAYS void offsets(uint at[FETCHES], uint ld, uint n_columns, uint item) {
#pragma unroll
  for (int f = 0; f < FETCHES; f++) {
    uint e = item + f * GROUP * GROUP;
    at[f] = LINE_OF(e) * ld + min((uint)PLACE_OF(e), n_columns - 4);
  }
}
