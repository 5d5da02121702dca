// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_bool was_out;

bool rb_mem_was_out(void) {
  return was_out;
}

void rb_mem_note_out(void) {
  was_out = true;
}

bool rb_alloc(void **out, size_t count, size_t size, const char *what, rb_err *err) {
  *out = NULL;
  if (size != 0 && count > SIZE_MAX / size)
    return rb_fail(err, RB_FAILED, "%s: %zu elements of %zu bytes overflow the address space", what,
                   count, size);
  *out = calloc(count ? count : 1, size ? size : 1);
  if (*out == NULL) {
    rb_mem_note_out();
    return rb_fail(err, RB_FAILED, "%s: out of memory, wanted %zu bytes; try a smaller problem",
                   what, count * size);
  }
  return true;
}

bool rb_grow(void **array, size_t *capacity, size_t need, size_t size, const char *what,
             rb_err *err) {
  if (need <= *capacity)
    return true;
  size_t wanted = *capacity ? *capacity : 8;
  while (wanted < need) {
    if (wanted > SIZE_MAX / 2)
      return rb_fail(err, RB_FAILED, "%s: %zu elements overflow the address space", what, need);
    wanted *= 2;
  }
  if (wanted > SIZE_MAX / size)
    return rb_fail(err, RB_FAILED, "%s: %zu elements overflow the address space", what, need);
  void *grown = realloc(*array, wanted * size);
  if (grown == NULL) {
    rb_mem_note_out();
    return rb_fail(err, RB_FAILED, "%s: out of memory, wanted %zu bytes", what, wanted * size);
  }
  memset((char *)grown + *capacity * size, 0, (wanted - *capacity) * size);
  *array = grown;
  *capacity = wanted;
  return true;
}

FILE *rb_mem_stream(char **text, size_t *n) {
  FILE *stream = open_memstream(text, n);
  if (stream == NULL)
    rb_mem_note_out();
  return stream;
}

bool rb_mul_u64(uint64_t a, uint64_t b, uint64_t *out) {
  return !__builtin_mul_overflow(a, b, out);
}

bool rb_copy_text(char **out, const char *text, rb_err *err) {
  size_t n = strlen(text) + 1;
  void *copy = NULL;
  if (!rb_alloc(&copy, n, 1, "text", err))
    return false;
  memcpy(copy, text, n);
  *out = copy;
  return true;
}
