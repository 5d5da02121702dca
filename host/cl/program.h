// SPDX-License-Identifier: Apache-2.0
/* The embedded kernel sources (generated from kernels/ by cmake/embed.cmake). */
#ifndef RB_CL_PROGRAM_H
#define RB_CL_PROGRAM_H
#include "base/err.h"
#include "base/sha256.h"

typedef struct rb_kernel_file {
  const char *name; /* "forward.cl"; NULL ends the table */
  const char *text;
} rb_kernel_file;
extern const rb_kernel_file rb_kernel_files[];

/* The source of kernels/<file>.cl with its #include "x.h" lines replaced by those files; owned by
 * the caller. A test may plant another text for a file (NULL removes it). */
bool rb_program_source(const char *file, char **out, rb_err *err);
void rb_program_plant(const char *file, const char *text);
/* The SHA-256 of all of them as they are in this program. */
void rb_program_hash(char out[RB_SHA256_ROOM]);

/* One entry of a program: kernels/<file>.cl built with options. */
typedef void rb_program_visit(void *context, const char *file, const char *entry,
                              const char *options);

#endif
