// SPDX-License-Identifier: Apache-2.0
// Single precision by three products of TF32 ("3xTF32"): an operand is hi + lo, two numbers of 11
// bits, and a product is lo hi + hi lo + hi hi with sums in single precision, so that some 22 bits
// of 24 count. With TENSOR_CORES mma() multiplies by these, on NVIDIA's devices of compute
// capability 8.0 and more. They cut sums off instead of rounding them: a long sum must not be
// kept in C.
// Options: TF32X3.
#if defined TF32X3 && defined __NV_CL_C_VERSION
#define TENSOR_CORES
#endif

#define WARP 32 /* work-items that multiply together */

// x = hi + lo but for what is rounded off lo, hi = tf32(x) and lo = tf32(x - hi).
static inline __attribute__((always_inline)) float tf32(float x) {
  return as_float((as_uint(x) + 0x1000u) & 0xffffe000u);
}

#ifdef TENSOR_CORES
// C (16, 8) += A (16, 8) B (8, 8) by the items of a warp (mma.m16n8k8 of the PTX ISA). Item 4 g + t
// has c = C[g][2t], C[g][2t+1], C[g+8][2t], C[g+8][2t+1]; a = A[g][t], A[g+8][t], A[g][t+4],
// A[g+8][t+4]; b = B[t][g], B[t+4][g].
static inline __attribute__((always_inline)) void mma(float c[4], const float a[4],
                                                      const float b[2]) {
  __asm__ volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
                   "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                   : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                   : "r"(as_uint(a[0])), "r"(as_uint(a[1])), "r"(as_uint(a[2])),
                     "r"(as_uint(a[3])), "r"(as_uint(b[0])), "r"(as_uint(b[1])));
}
#endif
