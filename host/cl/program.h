// SPDX-License-Identifier: Apache-2.0
/* The embedded kernel sources (generated from kernels/ by cmake/embed.cmake). */
#ifndef RB_CL_PROGRAM_H
#define RB_CL_PROGRAM_H
#include "base/err.h"

typedef struct rb_kernel_file {
  const char *name; /* "forward.cl"; NULL ends the table */
  const char *text;
} rb_kernel_file;
extern const rb_kernel_file rb_kernel_files[];

/* The source of kernels/<file>.cl with its #include "x.h" lines replaced by those files; owned by
 * the caller. A test may plant another text for a file (NULL removes it). */
bool rb_program_source(const char *file, char **out, rb_err *err);
void rb_program_plant(const char *file, const char *text);

#endif
