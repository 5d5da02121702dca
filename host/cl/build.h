// SPDX-License-Identifier: Apache-2.0
/* Programs as binaries: got from the compiler for later, and used in its place on devices that have
 * none. */
#ifndef RB_CL_BUILD_H
#define RB_CL_BUILD_H
#include <stddef.h>
#include "base/err.h"
#include "cl/session.h"

/* What a program is built with: the options of its kernels, and the language. */
enum { RB_BUILD_FLAGS = 512 };
void rb_build_flags(const char *options, char flags[RB_BUILD_FLAGS]);

/* kernels/<file>.cl built with options, as the driver gives it: *n bytes, owned by the caller.
 * Errors: RB_FAILED with the build log, or where the driver gives no binaries. */
bool rb_build_binary(rb_session *session, const char *file, const char *options, void **bytes,
                     size_t *n, rb_err *err);

/* Where a session takes its programs from: the binary of kernels/<file>.cl built with flags, *n
 * bytes that the session frees. False with err where there is none. */
typedef struct rb_binaries {
  bool (*get)(void *context, const char *file, const char *flags, void **bytes, size_t *n,
              rb_err *err);
  void *context;
} rb_binaries;
/* From now on nothing is compiled, and no cache is looked at. */
void rb_build_use(rb_session *session, rb_binaries from);

#endif
