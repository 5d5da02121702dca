// SPDX-License-Identifier: Apache-2.0
/* Calls for files that a signal may interrupt, or that do less than they were asked to: what to do
 * then stands here alone. What failed is in errno, as it is the callers that know what to say. */
#ifndef RB_BASE_FILE_H
#define RB_BASE_FILE_H
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* open(), again after a signal. mode: of a file that it makes. -1: failed. */
int rb_file_open(const char *path, int flags, mode_t mode);
/* Up to n bytes, again after a signal. 0: the end; negative: failed. */
ssize_t rb_file_read(int fd, void *out, size_t n);
ssize_t rb_file_read_at(int fd, void *out, size_t n, off_t at); /* the same, from byte `at` on */
/* All n bytes, in as many pieces as it takes; false: some of them may be written. */
bool rb_file_write(int fd, const void *bytes, size_t n);
bool rb_file_cut(int fd, off_t length);
/* To disk, again after a signal, and never again on this descriptor if that fails: the kernel may
 * have dropped the pages, and a second fsync would succeed. */
bool rb_file_sync(int fd);
/* The descriptor is gone in any case. Interrupted is closed: Linux lets go of it first. */
bool rb_file_close(int fd);

#endif
