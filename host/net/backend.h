// SPDX-License-Identifier: Apache-2.0
/* Who computes the two products of the round: Z = X W^T and G += D^T X. */
#ifndef RB_NET_BACKEND_H
#define RB_NET_BACKEND_H

typedef enum rb_backend {
  RB_BACKEND_NATIVE,   /* own OpenCL kernels only */
  RB_BACKEND_CLBLAST,  /* CLBlast for the products, own kernels for everything else */
  RB_BACKEND_REFERENCE /* the double-precision host reference; no device */
} rb_backend;

/* NULL-terminated; index = enum value. */
extern const char *const rb_backend_names[];

#endif
