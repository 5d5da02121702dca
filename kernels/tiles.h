// SPDX-License-Identifier: Apache-2.0
// Operation: the products of block.h by multiply-adds. While a panel is multiplied the next one is
// on its way from global memory to registers. Where 4 divides PER, an item's results come in spans
// of 4 neighbours, so that it reads both panels as float4; spans of neighbouring items are
// neighbours, which keeps banks apart. product_rows keeps pointers and product_columns offsets:
// that is what leaves registers for two groups at a time (docs/PERFORMANCE.md).
/* Of a panel's lines, floats: 4 more than needed, so that lines 4 apart are in different banks. */
#define PITCH (BLOCK + 4)
#define PANEL_FLOATS (DEPTH * PITCH)
/* Two panels, then GROUP parts of BLOCK sums. */
#define PRODUCT_ROWS_FLOATS (2 * PANEL_FLOATS > GROUP * BLOCK ? 2 * PANEL_FLOATS : GROUP * BLOCK)
#define PRODUCT_COLUMNS_FLOATS (2 * PANEL_FLOATS)

#if PER % 4 == 0
#define SPAN 4
typedef float4 spanv;
#define SPANV(sums, b) ((float4)((sums)[b], (sums)[(b) + 1], (sums)[(b) + 2], (sums)[(b) + 3]))
#define SUM_SPAN(v) (((v).s0 + (v).s1) + ((v).s2 + (v).s3))
#else
#define SPAN 1
typedef float spanv;
#define SPANV(sums, b) ((sums)[b])
#define SUM_SPAN(v) (v)
#endif
/* Result [a][b] of an item is in row ROW_PLACE(la, a) and column COLUMN_PLACE(lb, b) of the block,
 * la = ROW_ITEM(item) and lb = COLUMN_ITEM(item). SPAN columns are neighbours. */
#define ROW_ITEM(item) ((item) / GROUP)
#define COLUMN_ITEM(item) ((item) % GROUP)
#define ROW_PLACE(l, a) (((a) / SPAN * GROUP + (l)) * SPAN + (a) % SPAN)
#define COLUMN_PLACE(l, b) ROW_PLACE(l, b)

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

// The same out of columns of the inner length: DEPTH lines of BLOCK columns, as they are.
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

// A panel of columns by offsets; of the last one only the first n_lines, the others are zero.
ALWAYS void fetch_lines(float4 next[FETCHES], __global const float *from, const uint at[FETCHES],
                        uint item) {
#pragma unroll
  for (int f = 0; f < FETCHES; f++)
    if (HAS_PIECE(item + f * GROUP * GROUP))
      next[f] = *(__global const float4 *)(from + at[f]);
}

ALWAYS void fetch_rest(float4 next[FETCHES], __global const float *from, const uint at[FETCHES],
                       uint n_lines, uint item) {
#pragma unroll
  for (int f = 0; f < FETCHES; f++) {
    uint e = item + f * GROUP * GROUP;
    next[f] = HAS_PIECE(e) && LINE_OF(e) < n_lines ? *(__global const float4 *)(from + at[f])
                                                   : (float4)(0.0f);
  }
}

ALWAYS void read_side(float side[PER], __local const float *line, uint l) {
#pragma unroll
  for (int a = 0; a < PER; a += SPAN) {
    spanv v = *(__local const spanv *)(line + ROW_PLACE(l, a));
#if SPAN == 4
    side[a] = v.s0, side[a + 1] = v.s1, side[a + 2] = v.s2, side[a + 3] = v.s3;
#else
    side[a] = v;
#endif
  }
}

// sum[a][b] += as[ROW_PLACE(la, a)] bs[COLUMN_PLACE(lb, b)]: of one line of the panels, and of all.
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

ALWAYS void product_rows(float sum[PER][PER], __local float *room, __global const float *X,
                         uint ldx, uint n_rows, __global const float *P, uint ldm, uint n_columns,
                         uint item) {
  __local float *xs = room, *ws = room + PANEL_FLOATS;
  __global const float *x[FETCHES], *w[FETCHES];
  float4 xnext[FETCHES], wnext[FETCHES];
  clear(sum);
  begin_rows(x, X, ldx, n_rows, item);
  begin_columns(w, P, ldm, n_columns, item);
  fetch(xnext, x, DEPTH, item);
  fetch(wnext, w, (ulong)DEPTH * ldm, item);
  for (uint k = 0; k < ldx; k += DEPTH) {
    store_rows(xs, xnext, item);
    store_columns(ws, wnext, item);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (k + DEPTH < ldx) {
      fetch(xnext, x, DEPTH, item);
      fetch(wnext, w, (ulong)DEPTH * ldm, item);
    }
    multiply(sum, xs, ROW_ITEM(item), ws, COLUMN_ITEM(item));
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}

ALWAYS void product_columns(float sum[PER][PER], __local float *room, __global const float *d,
                            uint ldm, uint n_rows, __global const float *x, uint ldx,
                            uint n_columns, uint n_lines, uint item) {
  __local float *ds = room, *xs = room + PANEL_FLOATS;
  uint dat[FETCHES], xat[FETCHES];
  float4 dnext[FETCHES], xnext[FETCHES];
  clear(sum);
  offsets(dat, ldm, n_rows, item);
  offsets(xat, ldx, n_columns, item);
  uint whole = n_lines / DEPTH, rest = n_lines % DEPTH;
  if (whole > 0) {
    fetch_lines(dnext, d, dat, item);
    fetch_lines(xnext, x, xat, item);
  }
  for (uint panel = 0; panel < whole; panel++) {
    d += (ulong)DEPTH * ldm;
    x += (ulong)DEPTH * ldx;
    store_columns(ds, dnext, item);
    store_columns(xs, xnext, item);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (panel + 1 < whole) {
      fetch_lines(dnext, d, dat, item);
      fetch_lines(xnext, x, xat, item);
    }
    multiply(sum, ds, ROW_ITEM(item), xs, COLUMN_ITEM(item));
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (rest > 0) {
    fetch_rest(dnext, d, dat, rest, item);
    fetch_rest(xnext, x, xat, rest, item);
    store_columns(ds, dnext, item);
    store_columns(xs, xnext, item);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint k = 0; k < rest; k++)
    multiply_line(sum, ds + k * PITCH, ROW_ITEM(item), xs + k * PITCH, COLUMN_ITEM(item));
}
