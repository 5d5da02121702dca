// SPDX-License-Identifier: Apache-2.0
// Operation: single precision by three products of TF32 ("3xTF32"). An operand is hi + lo, a number
// of 11 bits and the rest of it, and a product is lo hi + hi lo + hi hi with sums in single
// precision, so that some 21 bits of 24 count. Tensor cores cut off sums and lo instead of rounding
// them: a long sum must not be kept in C. Needs tensor.h.

// hi of x, and lo.
static inline float tf32(float x) {
  return as_float((as_uint(x) + 0x1000u) & 0xffffe000u);
}

static inline float tf32_rest(float x, float hi) {
  return x - hi;
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
                   : "r"(as_uint(a[0])), "r"(as_uint(a[1])), "r"(as_uint(a[2])), "r"(as_uint(a[3])),
                     "r"(as_uint(b[0])), "r"(as_uint(b[1])));
}
#endif
