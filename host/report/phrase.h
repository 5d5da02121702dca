// SPDX-License-Identifier: Apache-2.0
/* A text that is put together piece by piece and may stay empty: sentences of statements and
 * remarks. */
#ifndef RB_REPORT_PHRASE_H
#define RB_REPORT_PHRASE_H
#include <stdio.h>
#include "base/err.h"

typedef struct rb_phrase {
  char **out;
  size_t n;
  FILE *to; /* what is printed here becomes the text */
} rb_phrase;

/* *out is NULL until rb_phrase_close(), which must follow. Errors: RB_FAILED when memory is out. */
bool rb_phrase_open(rb_phrase *phrase, char **out, rb_err *err);
/* *out is the text, owned by the caller (free()), or NULL if it is empty or memory was out
 * (RB_FAILED). */
bool rb_phrase_close(rb_phrase *phrase, rb_err *err);

#endif
