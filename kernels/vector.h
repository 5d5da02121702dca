// SPDX-License-Identifier: Apache-2.0
// Vectors of VW floats, so that one source serves devices that want explicit vectors (CPUs, VW =
// 16) and devices that run a work-item a lane (GPUs, VW = 1).
#ifndef VW
#define VW 1 /* floats per vector: 1, 4, 8 or 16 */
#endif

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

#if VW == 1
typedef float floatv;
typedef uint uintv;
typedef int intv;
typedef uchar ucharv;
#define LOADV(p) (*(p))
#define STOREV(v, p) (*(p) = (v))
#define FLOATV(x) ((float)(x))
#define UCHARV(x) ((uchar)(x))
#define AS_INTV(x) as_int(x)
#define AS_FLOATV(x) as_float(x)
#define AS_UINTV(x) as_uint(x)
#define LANES ((uint)0)
#else
typedef JOIN(float, VW) floatv;
typedef JOIN(uint, VW) uintv;
typedef JOIN(int, VW) intv;
typedef JOIN(uchar, VW) ucharv;
#if VW == 4
typedef ulong2 pairv;
#elif VW == 8
typedef ulong4 pairv;
#else
typedef ulong8 pairv;
#endif
#define LOADV(p) JOIN(vload, VW)(0, (p))
#define STOREV(v, p) JOIN(vstore, VW)((v), 0, (p))
#define FLOATV(x) JOIN(convert_float, VW)(x)
#define UCHARV(x) JOIN(convert_uchar, VW)(x)
#define AS_INTV(x) JOIN(as_int, VW)(x)
#define AS_FLOATV(x) JOIN(as_float, VW)(x)
#define AS_UINTV(x) JOIN(as_uint, VW)(x)
#if VW == 4
#define LANES ((uint4)(0, 1, 2, 3))
#define EVEN_LANES ((ulong2)(0, 2))
#elif VW == 8
#define EVEN_LANES ((ulong4)(0, 2, 4, 6))
#define LANES ((uint8)(0, 1, 2, 3, 4, 5, 6, 7))
#else
#define EVEN_LANES ((ulong8)(0, 2, 4, 6, 8, 10, 12, 14))
#define LANES ((uint16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#endif
#endif

/* where p is a whole number of vectors after the start of a buffer */
#define STOREV_ALIGNED(v, p) (*(__global floatv *)(p) = (v))
#define STOREV_WORDS(v, p) (*(__global uintv *)(p) = (v))

/* at any place of private memory; PoCL makes three stores of vstore16 */
typedef uintv any_uintv __attribute__((aligned(4)));

// Where a tile's X and Z keep a row. PANEL 0: rows of ld floats, one after another. Else panels of
// PANEL columns, each (rows, PANEL), `stride` floats apart: a product reads a panel from end to end
// however long the rows are, where rows of 2^k floats would fall into the same few cache lines.
#ifndef PANEL
#define PANEL 0 /* columns; a multiple of VW */
#endif
#if PANEL > 0
#define ROW(base, s, ld) ((base) + (ulong)(s)*PANEL)
#define COLUMN(k, stride) ((ulong)((k) / PANEL) * (stride) + (k) % PANEL)
#else
#define ROW(base, s, ld) ((base) + (ulong)(s) * (ld))
#define COLUMN(k, stride) (k)
#endif

#ifdef FP_FAST_FMAF
#define MAD(a, b, c) fma((a), (b), (c))
#else
#define MAD(a, b, c) ((a) * (b) + (c))
#endif

// Row s of a tile is sample (sample_first + s) % n, sample_first < n, of the task_index-th task of
// the tile. Most rows need no division.
static inline uint task_index_of(uint s, uint sample_first, uint n) {
  uint left = n - sample_first; /* rows of the first task */
  return s < left ? 0 : (s - left) / n + 1;
}

static inline uint sample_of(uint s, uint sample_first, uint n) {
  uint left = n - sample_first;
  return s < left ? sample_first + s : (s - left) % n;
}

// Sum of the lanes, in a fixed order, the largest, and whether one of integers is not zero.
#if VW == 1
#define SUMV(v) (v)
#define MAXV(v) (v)
#define ANYV(v) ((v) != 0)
#else
#define ANYV(v) any((v) != (uintv)(0u))
static inline float max4(float4 v) {
  return fmax(fmax(v.s0, v.s1), fmax(v.s2, v.s3));
}
static inline float sum4(float4 v) {
  return (v.s0 + v.s1) + (v.s2 + v.s3);
}
#if VW == 4
#define SUMV(v) sum4(v)
#define MAXV(v) max4(v)
#elif VW == 8
#define SUMV(v) sum4((v).lo + (v).hi)
#define MAXV(v) max4(fmax((v).lo, (v).hi))
#else
static inline float sum16(float16 v) {
  float8 w = v.lo + v.hi;
  return sum4(w.lo + w.hi);
}
static inline float max16(float16 v) {
  float8 w = fmax(v.lo, v.hi);
  return max4(fmax(w.lo, w.hi));
}
#define SUMV(v) sum16(v)
#define MAXV(v) max16(v)
#endif
#endif

// Kernels that work by rows: LANES_PER_ROW work-items share a row; alone, an item needs no group.
#ifndef LANES_PER_ROW
#define LANES_PER_ROW 1 /* a power of two */
#endif
#if LANES_PER_ROW > 1
#define ROW_GROUP __attribute__((reqd_work_group_size(LANES_PER_ROW, 1, 1)))
#define GROUP_BARRIER barrier(CLK_LOCAL_MEM_FENCE)
#else
#define ROW_GROUP
#define GROUP_BARRIER
#endif

// Sum over the lanes of a group, in lane 0.
static inline float group_sum(float x, uint lane, __local float *partial) {
#if LANES_PER_ROW > 1
  partial[lane] = x;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint half_width = LANES_PER_ROW / 2; half_width > 0; half_width /= 2) {
    if (lane < half_width)
      partial[lane] += partial[lane + half_width];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  return partial[0];
#else
  return x;
#endif
}
