// SPDX-License-Identifier: Apache-2.0
/* A folder of compiled programs for one device: <name>.bin for each and kernels.json, which says
 * what they are of. It travels between machines, so it is untrusted input. */
#ifndef RB_TRACE_KERNELSET_H
#define RB_TRACE_KERNELSET_H
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/sha256.h"

#define RB_KERNELSET_FILE "kernels.json"
enum { RB_KERNELSET_TEXT = 528, RB_KERNELSET_MOST = 256 };

/* X(field): what all programs depend on. kernels_sha256: of the sources (cl/program.h). */
#define RB_KERNELSET_TEXTS(X)                                                                      \
  X(tool_version)                                                                                  \
  X(variant)                                                                                       \
  X(kernels_sha256)                                                                                \
  X(device)                                                                                        \
  X(device_name)                                                                                   \
  X(platform)                                                                                      \
  X(platform_version)                                                                              \
  X(driver)

typedef struct rb_kernelset_program {
  /* name: of the files; file: kernels/<file>.cl; options: all that the compiler was given; entries:
   * the kernels in it that are used, with blanks between */
  char name[RB_KERNELSET_TEXT], file[32], options[RB_KERNELSET_TEXT], entries[RB_KERNELSET_TEXT];
  char sha256[RB_SHA256_ROOM]; /* of the binary; "" as long as there is none */
  uint64_t bytes;
} rb_kernelset_program;

typedef struct rb_kernelset {
#define X(field) char field[RB_KERNELSET_TEXT];
  RB_KERNELSET_TEXTS(X)
#undef X
  rb_kernelset_program *programs; /* (n) owned */
  size_t n, room;
} rb_kernelset;

/* Adds an entry to the program of this file and these options, which is made if it is not there:
 * its name follows from both. Errors: RB_FAILED when memory is out or a text is too long. */
bool rb_kernelset_add(rb_kernelset *set, const char *file, const char *entry, const char *options,
                      rb_err *err);
/* NULL if there is none. */
const rb_kernelset_program *rb_kernelset_find(const rb_kernelset *set, const char *file,
                                              const char *options);
void rb_kernelset_free(rb_kernelset *set);

/* The text of kernels.json, owned by the caller. Errors: RB_FAILED when memory is out. */
bool rb_kernelset_print(const rb_kernelset *set, char **text, rb_err *err);
/* The other way round; name is for errors, and *out is empty then. Errors: RB_FAILED. */
bool rb_kernelset_parse(const char *name, const char *text, size_t n, rb_kernelset *out,
                        rb_err *err);
/* kernels.json of the folder. Errors: RB_USAGE if it is not there (says how it is made), RB_FAILED
 * as above or if it cannot be read. */
bool rb_kernelset_read(const char *folder, rb_kernelset *out, rb_err *err);
/* The binary of a program: *n bytes, owned by the caller; must have the program's length and
 * SHA-256, where it has one. Errors: RB_FAILED naming the file. */
bool rb_kernelset_binary(const char *folder, const rb_kernelset_program *program, void **bytes,
                         size_t *n, rb_err *err);

#endif
