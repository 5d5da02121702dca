// SPDX-License-Identifier: Apache-2.0
// Operation: what kernels for tensor cores have besides these: copies to local memory that go on
// beside the arithmetic, without registers. With TENSOR_CORES mma() of tf32x3.h or half.h
// multiplies: on NVIDIA's devices of compute capability 8.0 and more.
// Options: TF32X3 or HALF.
#if (defined TF32X3 || defined HALF) && defined __NV_CL_C_VERSION
#define TENSOR_CORES
#endif
#define WARP 32 /* work-items that multiply together */

#ifdef TENSOR_CORES
// Begin to copy 16 bytes, or to write 16 of zeros; close a set of those that this item began; wait
// for the closed ones.
static inline void copy16(__local float *to, __global const float *from) {
  __asm__ volatile("cp.async.cg.shared.global [%0], [%1], 16;"
                   :
                   : "l"((ulong)to), "l"(from)
                   : "memory");
}

static inline void copy16_if(bool there, __local float *to, __global const float *from) {
  __asm__ volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                   :
                   : "l"((ulong)to), "l"(from), "r"(there ? 16 : 0)
                   : "memory");
}

static inline void close_copies(void) {
  __asm__ volatile("cp.async.commit_group;" : : : "memory");
}

static inline void wait_for_copies(void) {
  __asm__ volatile("cp.async.wait_group 0;" : : : "memory");
}
#else
static inline void copy16(__local float *to, __global const float *from) {
  *(__local float4 *)to = *(__global const float4 *)from;
}

static inline void copy16_if(bool there, __local float *to, __global const float *from) {
  *(__local float4 *)to = there ? *(__global const float4 *)from : (float4)(0.0f);
}

static inline void close_copies(void) {
}

static inline void wait_for_copies(void) {
}
#endif
