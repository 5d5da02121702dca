// SPDX-License-Identifier: Apache-2.0
// Operation: products of half precision: operands are rounded to 11 bits (IEEE 754 binary16), their
// products are exact and sums of single precision. Tensor cores cut off sums instead of rounding
// them: a long sum must not be kept in C. Below 6e-5 halves lose digits, so operands may be
// multiplied by powers of two before they are rounded. Needs tensor.h.

// The nearest half of x, of two the even one; infinite from 65520 on. As the conversion
// instructions have it, in operations that every device has: below 2^-14 halves are multiples of
// 2^-24, as floats from 1/2 to 1 are.
static inline float rounded_half(float x) {
  uint bits = as_uint(x), size = bits & 0x7fffffffu, sign = bits & 0x80000000u;
  uint normal = (size + 0xfffu + (size >> 13 & 1u)) & 0xffffe000u;
  uint small = as_uint(as_float(size) + 0.5f - 0.5f);
  uint large = size > 0x7f800000u ? size : 0x7f800000u; /* NaN stays NaN */
  return as_float(sign | (size < 0x38800000u ? small : size < 0x477ff000u ? normal : large));
}

#ifdef TENSOR_CORES
// Two halves in a register, the first in its lower half.
static inline uint pair_of_halves(float first, float second) {
  uint both;
  __asm__("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(second), "f"(first));
  return both;
}

// C (16, 8) += A (16, 16) B (16, 8) by the items of a warp (mma.m16n8k16 of the PTX ISA). Item 4 g
// + t has c = C[g][2t], C[g][2t+1], C[g+8][2t], C[g+8][2t+1]; a = the pairs A[g][2t ..],
// A[g+8][2t ..], A[g][2t+8 ..], A[g+8][2t+8 ..]; b = the pairs B[2t ..][g], B[2t+8 ..][g].
static inline __attribute__((always_inline)) void mma(float c[4], const uint a[4],
                                                      const uint b[2]) {
  __asm__ volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
                   "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                   : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                   : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#endif
