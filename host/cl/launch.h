// SPDX-License-Identifier: Apache-2.0
/* Kernels: source embedded in the program, built once per session and option set, launched with
 * typed arguments. */
#ifndef RB_CL_LAUNCH_H
#define RB_CL_LAUNCH_H
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "cl/buffer.h"
#include "cl/session.h"

typedef struct rb_kernel rb_kernel; /* owned by the session */

typedef struct rb_arg {
  enum { RB_ARG_BUFFER, RB_ARG_U32, RB_ARG_F32 } kind;
  union {
    rb_buffer *buffer;
    uint32_t u32;
    float f32;
  } value;
} rb_arg;

static inline rb_arg rb_arg_buffer(rb_buffer *buffer) {
  return (rb_arg){RB_ARG_BUFFER, {.buffer = buffer}};
}
static inline rb_arg rb_arg_u32(uint32_t value) {
  return (rb_arg){RB_ARG_U32, {.u32 = value}};
}
static inline rb_arg rb_arg_f32(float value) {
  return (rb_arg){RB_ARG_F32, {.f32 = value}};
}

/* Entry `entry` of kernels/<file>.cl built with `options` ("-DVW=16 -DTS=5"). Built on first use,
 * then from the session's table. Errors: RB_FAILED with the build log, whole, or the missing entry.
 */
bool rb_kernel_get(rb_session *session, const char *file, const char *entry, const char *options,
                   rb_kernel **out, rb_err *err);
/* Global size (global0, global1) in work-items, local size (local0, local1) or 0, 0 for the
 * driver's choice; global is rounded up to a multiple of local. n_args must equal the kernel's
 * (RB_FAILED otherwise). */
typedef struct rb_ndrange {
  size_t global0, global1, local0, local1;
} rb_ndrange;
bool rb_kernel_launch(rb_session *session, rb_kernel *kernel, rb_ndrange range, const rb_arg *args,
                      size_t n_args, const char *phase, rb_err *err);
/* The same with global ids of the first dimension from first0 on: a slice of a larger range. */
bool rb_kernel_launch_from(rb_session *session, rb_kernel *kernel, size_t first0, rb_ndrange range,
                           const rb_arg *args, size_t n_args, const char *phase, rb_err *err);

#endif
