// SPDX-License-Identifier: Apache-2.0
// Operation: the products of block.h by tensor cores, in single precision (tf32x3.h) or of halves
// (half.h). Items of a warp have the results that mma() gives them. While a panel is multiplied the
// next one is copied beside it. Where there are no tensor cores multiply-adds do the same, so that
// all but mma() can be checked anywhere.
// Needs tensor.h and one of these.
// Assumes: 8 divides GROUP and DEPTH, with HALF 16 divides DEPTH; 2 divides PER.
/* Panels of DEPTH lines, and of BLOCK rows, floats: so much more than needed that the 8 rows and 4
 * lines, or with HALF pairs of lines, which a warp reads at a time are in different banks. */
#ifdef HALF
#define PITCH (BLOCK + 4)
#define ROW_PITCH (DEPTH + 8)
#else
#define PITCH (BLOCK + 8)
#define ROW_PITCH (DEPTH + 4)
#endif
#define PANEL_FLOATS (DEPTH * PITCH)
#define ROWS_FLOATS (BLOCK * ROW_PITCH)
/* More than GROUP parts of BLOCK sums. */
#define PRODUCT_ROWS_FLOATS (2 * (ROWS_FLOATS + PANEL_FLOATS))
#define PRODUCT_COLUMNS_FLOATS (2 * (PANEL_FLOATS + PANEL_FLOATS))

#define SPAN 2
typedef float2 spanv;
#define SPANV(sums, b) ((float2)((sums)[b], (sums)[(b) + 1]))
#define SUM_SPAN(v) ((v).s0 + (v).s1)
/* Result [a][b] of an item is in row ROW_PLACE(la, a) and column COLUMN_PLACE(lb, b) of the block,
 * la = ROW_ITEM(item) and lb = COLUMN_ITEM(item). SPAN columns are neighbours. A warp has 8 PER
 * rows and 4 PER columns. */
#define WARPS (GROUP / 4) /* beside each other */
#define ROW_ITEM(item) ((item) / (WARP * WARPS) * 8 + (item) % WARP / 4)
#define COLUMN_ITEM(item) ((item) / WARP % WARPS * 4 + (item) % 4)
#define ROW_PLACE(l, a) (((l) / 8 * PER + (a)) * 8 + (l) % 8)
#define COLUMN_PLACE(l, b) (((l) / 4 * (PER / 2) + (b) / 2) * 8 + (l) % 4 * 2 + (b) % 2)

// sum += A B over the DEPTH lines of two panels: A's line k, row j is as[k line + j row], B's line
// k, column j is bs[k PITCH + j].
#if defined TENSOR_CORES && defined HALF
// Lines 0 and 1 of an operand, `line` floats apart.
ALWAYS uint two_lines(__local const float *at, uint line, float up) {
  float2 both = line == 1 ? *(__local const float2 *)at : (float2)(at[0], at[line]);
  return pair_of_halves(up * both.s0, up * both.s1);
}

ALWAYS void multiply(float sum[PER][PER], __local const float *as, uint line, uint row, uint la,
                     __local const float *bs, uint lb UP_PARAMETERS) {
  /* Of 8 x 16 of an operand an item has row or column la % 8, two lines from 2 (lb % 4) on and from
   * 8 beyond. */
  as += lb % 4 * 2 * line + ROW_PLACE(la, 0) * row;
  bs += lb % 4 * 2 * PITCH + COLUMN_PLACE(lb, 0) - lb % 4 * 2 + la % 8;
#pragma unroll
  for (int k = 0; k < DEPTH; k += 16) {
    uint bk[PER / 2][2];
#pragma unroll
    for (int b = 0; b < PER / 2; b++)
#pragma unroll
      for (int i = 0; i < 2; i++)
        bk[b][i] = two_lines(bs + (k + 8 * i) * PITCH + 8 * b, PITCH, b_up);
#pragma unroll
    for (int a = 0; a < PER; a += 2) {
      uint ak[4];
#pragma unroll
      for (int i = 0; i < 4; i++)
        ak[i] = two_lines(as + (k + i / 2 * 8) * line + (a + i % 2) * 8 * row, line, a_up);
#pragma unroll
      for (int b = 0; b < PER; b += 2) {
        float c[4] = {0.0f, 0.0f, 0.0f, 0.0f};
        mma(c, ak, bk[b / 2]);
        sum[a][b] += c[0], sum[a][b + 1] += c[1];
        sum[a + 1][b] += c[2], sum[a + 1][b + 1] += c[3];
      }
    }
  }
}
#elif defined TENSOR_CORES
ALWAYS void multiply(float sum[PER][PER], __local const float *as, uint line, uint row, uint la,
                     __local const float *bs, uint lb) {
  /* Of 8 x 8 of an operand an item has row or column la % 8, lines lb % 4 and lb % 4 + 4. */
  as += lb % 4 * line + ROW_PLACE(la, 0) * row;
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
        blo[b][i] = tf32_rest(x, bhi[b][i]);
      }
#pragma unroll
    for (int a = 0; a < PER; a += 2) {
      float ahi[4], alo[4];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        float x = as[(k + i / 2 * 4) * line + (a + i % 2) * 8 * row];
        ahi[i] = tf32(x);
        alo[i] = tf32_rest(x, ahi[i]);
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
#else
ALWAYS void multiply(float sum[PER][PER], __local const float *as, uint line, uint row, uint la,
                     __local const float *bs, uint lb UP_PARAMETERS) {
  for (int k = 0; k < DEPTH; k++) {
    float x[PER], y[PER];
#pragma unroll
    for (int i = 0; i < PER; i++) {
      x[i] = as[k * line + ROW_PLACE(la, i) * row];
      y[i] = bs[k * PITCH + COLUMN_PLACE(lb, i)];
    }
#ifdef HALF
#pragma unroll
    for (int i = 0; i < PER; i++) {
      x[i] = rounded_half(a_up * x[i]);
      y[i] = rounded_half(b_up * y[i]);
    }
#pragma unroll
    for (int a = 0; a < PER; a++)
#pragma unroll
      for (int b = 0; b < PER; b++)
        sum[a][b] = MAD(x[a], y[b], sum[a][b]);
#else
    float xhi[PER], xlo[PER], yhi[PER], ylo[PER];
#pragma unroll
    for (int i = 0; i < PER; i++) {
      xhi[i] = tf32(x[i]), xlo[i] = tf32_rest(x[i], xhi[i]);
      yhi[i] = tf32(y[i]), ylo[i] = tf32_rest(y[i], yhi[i]);
    }
#pragma unroll
    for (int a = 0; a < PER; a++)
#pragma unroll
      for (int b = 0; b < PER; b++) {
        sum[a][b] = MAD(xlo[a], yhi[b], sum[a][b]);
        sum[a][b] = MAD(xhi[a], ylo[b], sum[a][b]);
        sum[a][b] = MAD(xhi[a], yhi[b], sum[a][b]);
      }
#endif
  }
}
#endif

// Of a panel of rows piece e is in row ROW_OF(e) from line COLUMN_OF(e) on.
#define ROW_OF(e) ((e) / (DEPTH / 4))
#define COLUMN_OF(e) ((e) % (DEPTH / 4) * 4)

ALWAYS void copy_rows(__local float *panel, __global const float *from[FETCHES], uint item) {
#pragma unroll
  for (int f = 0; f < FETCHES; f++) {
    uint e = item + f * GROUP * GROUP;
    if (HAS_PIECE(e))
      copy16(panel + ROW_OF(e) * ROW_PITCH + COLUMN_OF(e), from[f]);
    from[f] += DEPTH;
  }
}

ALWAYS void copy_columns(__local float *panel, __global const float *from[FETCHES], ulong step,
                         uint item) {
#pragma unroll
  for (int f = 0; f < FETCHES; f++) {
    uint e = item + f * GROUP * GROUP;
    if (HAS_PIECE(e))
      copy16(panel + LINE_OF(e) * PITCH + PLACE_OF(e), from[f]);
    from[f] += step;
  }
}

// By offsets; of the last panel only the first n_lines, the others are zero.
ALWAYS void copy_lines(__local float *panel, __global const float *from, const uint at[FETCHES],
                       uint n_lines, uint item) {
#pragma unroll
  for (int f = 0; f < FETCHES; f++) {
    uint e = item + f * GROUP * GROUP;
    __local float *to = panel + LINE_OF(e) * PITCH + PLACE_OF(e);
    if (HAS_PIECE(e) && n_lines >= DEPTH)
      copy16(to, from + at[f]);
    else if (HAS_PIECE(e))
      copy16_if(LINE_OF(e) < n_lines, to, from + at[f]);
  }
}

ALWAYS void product_rows(float sum[PER][PER], __local float *room, __global const float *X,
                         uint ldx, uint n_rows, __global const float *P, uint ldm, uint n_columns,
                         uint item) {
  __global const float *x[FETCHES], *w[FETCHES];
  uint now = 0;
  clear(sum);
#pragma unroll
  for (int f = 0; f < FETCHES; f++) {
    uint e = item + f * GROUP * GROUP;
    x[f] = X + (ulong)min((uint)ROW_OF(e), n_rows - 1) * ldx + COLUMN_OF(e);
  }
  begin_columns(w, P, ldm, n_columns, item);
  copy_rows(room, x, item);
  copy_columns(room + ROWS_FLOATS, w, (ulong)DEPTH * ldm, item);
  close_copies();
  for (uint k = 0; k < ldx; k += DEPTH, now = PRODUCT_ROWS_FLOATS / 2 - now) {
    __local float *xs = room + now, *next = room + (PRODUCT_ROWS_FLOATS / 2 - now);
    wait_for_copies();
    barrier(CLK_LOCAL_MEM_FENCE);
    if (k + DEPTH < ldx) {
      copy_rows(next, x, item);
      copy_columns(next + ROWS_FLOATS, w, (ulong)DEPTH * ldm, item);
    }
    close_copies();
    multiply(sum, xs, 1, ROW_PITCH, ROW_ITEM(item), xs + ROWS_FLOATS, COLUMN_ITEM(item) UP_ONE);
  }
  barrier(CLK_LOCAL_MEM_FENCE);
}

ALWAYS void product_columns(float sum[PER][PER], __local float *room, __global const float *d,
                            uint ldm, uint n_rows, __global const float *x, uint ldx,
                            uint n_columns, uint n_lines, uint item UP_PARAMETERS) {
  uint dat[FETCHES], xat[FETCHES], now = 0;
  clear(sum);
  offsets(dat, ldm, n_rows, item);
  offsets(xat, ldx, n_columns, item);
  copy_lines(room, d, dat, n_lines, item);
  copy_lines(room + PANEL_FLOATS, x, xat, n_lines, item);
  close_copies();
  for (uint s = 0; s < n_lines; s += DEPTH, now = PRODUCT_COLUMNS_FLOATS / 2 - now) {
    __local float *ds = room + now, *next = room + (PRODUCT_COLUMNS_FLOATS / 2 - now);
    d += (ulong)DEPTH * ldm;
    x += (ulong)DEPTH * ldx;
    wait_for_copies();
    barrier(CLK_LOCAL_MEM_FENCE);
    if (s + DEPTH < n_lines) {
      copy_lines(next, d, dat, n_lines - s - DEPTH, item);
      copy_lines(next + PANEL_FLOATS, x, xat, n_lines - s - DEPTH, item);
    }
    close_copies();
    multiply(sum, ds, PITCH, 1, ROW_ITEM(item), ds + PANEL_FLOATS, COLUMN_ITEM(item) UP);
  }
}
