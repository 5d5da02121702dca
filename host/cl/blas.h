// SPDX-License-Identifier: Apache-2.0
/* CLBlast's single-precision product, bracketed by own marker events: the event that CLBlast
 * returns covers only the last kernel it launched. */
#ifndef RB_CL_BLAS_H
#define RB_CL_BLAS_H
#include "cl/buffer.h"

typedef struct rb_gemm {
  bool transpose_a, transpose_b;
  size_t m, n, k; /* C (m,n) = alpha op(A) (m,k) op(B) (k,n) + beta C, row-major; each >= 1 */
  float alpha, beta;
  rb_buffer *a, *b, *c;
  size_t lda, ldb, ldc; /* elements per row as stored */
} rb_gemm;

/* Bytes of scratch that the product needs on this device (a, b, c are not looked at): CLBlast pads
 * and transposes its operands there. 0 = none. Compiles nothing. Errors: RB_FAILED as below. */
bool rb_blas_scratch_bytes(rb_session *session, const rb_gemm *gemm, size_t *bytes, rb_err *err);
/* Enqueues the product; scratch holds at least rb_blas_scratch_bytes(), or is NULL where that is 0.
 * The first call of a shape may compile for seconds: that host time counts as compilation. Errors:
 * RB_FAILED with CLBlast's status name and the shape. */
bool rb_blas_gemm(rb_session *session, const rb_gemm *gemm, rb_buffer *scratch, const char *phase,
                  rb_err *err);
/* From now on products use these parameters of CLBlast's kernel Xgemm in place of those that it
 * ships for the device: "GEMMK=0 KREG=1 ..", all that the kernel has. CLBlast keeps them for the
 * device as long as the process lives, so every session of it sees them. Errors: RB_USAGE if the
 * text is malformed or CLBlast refuses it; that a kernel fails shows at the first product. */
enum { RB_BLAS_TEXT = 256 };
bool rb_blas_use(rb_session *session, const char *parameters, rb_err *err);
/* "1.5.3" into text: the headers' version that the program was built with. */
void rb_blas_version(char *text, size_t room);
/* "CLBlast 1.5.3, parameters as shipped for '<device>'" or ".. tuned: GEMMK=0 .." into text. */
void rb_blas_describe(const rb_session *session, char *text, size_t room);

#endif
