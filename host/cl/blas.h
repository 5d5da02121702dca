// SPDX-License-Identifier: Apache-2.0
/* CLBlast's single-precision product, bracketed by own marker events: the event that CLBlast returns covers only
 * the last kernel it launched. */
#ifndef RB_CL_BLAS_H
#define RB_CL_BLAS_H
#include "cl/buffer.h"

typedef struct rb_gemm {
  bool transpose_a, transpose_b;
  size_t m, n, k; /* C (m,n) = alpha op(A) (m,k) op(B) (k,n) + beta C, row-major */
  float alpha, beta;
  rb_buffer *a, *b, *c;
  size_t lda, ldb, ldc; /* elements per row as stored */
} rb_gemm;

/* Enqueues. Errors: RB_FAILED with CLBlast's status name and the shape. */
bool rb_blas_gemm(rb_session *session, const rb_gemm *gemm, const char *phase, rb_err *err);
/* "CLBlast 1.5.3, parameters: default" into text. */
void rb_blas_describe(const rb_session *session, char *text, size_t room);

#endif
