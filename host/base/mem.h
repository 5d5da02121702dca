// SPDX-License-Identifier: Apache-2.0
/* Memory of the host: every allocation of the program goes through here. */
#ifndef RB_BASE_MEM_H
#define RB_BASE_MEM_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "base/err.h"

/* count * size bytes, zeroed; *out owned by the caller (free()). Errors: RB_FAILED on overflow or
 * when memory is out, naming `what` and the bytes wanted. count or size 0 gives a non-NULL pointer.
 */
bool rb_alloc(void **out, size_t count, size_t size, const char *what, rb_err *err);
/* Grows *array of elements of `size` bytes so that it holds at least `need` (doubling); *capacity
 * counts elements. Same errors. */
bool rb_grow(void **array, size_t *capacity, size_t need, size_t size, const char *what,
             rb_err *err);
/* open_memstream(): what is printed to it becomes *text (n bytes), owned by the caller, when it is
 * flushed or closed. NULL when memory is out. */
FILE *rb_mem_stream(char **text, size_t *n);
/* Memory was out, here or where rb_mem_note_out() was called. What has no error to return leaves
 * out what it had no memory for, so whoever hands over the whole asks whether it may be called
 * whole. */
bool rb_mem_was_out(void);
void rb_mem_note_out(void);
/* a * b into *out; false on overflow. */
bool rb_mul_u64(uint64_t a, uint64_t b, uint64_t *out);
/* A copy of text, owned by the caller. */
bool rb_copy_text(char **out, const char *text, rb_err *err);

#endif
