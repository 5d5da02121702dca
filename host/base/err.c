// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"
#include <stdio.h>
#include <string.h>

bool rb_fail(rb_err *err, rb_kind kind, const char *format, ...) {
  err->kind = kind;
  err->memory = false;
  va_list args;
  va_start(args, format);
  vsnprintf(err->text, sizeof err->text, format, args);
  va_end(args);
  return false;
}

bool rb_prefix(rb_err *err, const char *format, ...) {
  char old[sizeof err->text];
  memcpy(old, err->text, sizeof old);
  va_list args;
  va_start(args, format);
  int n = vsnprintf(err->text, sizeof err->text, format, args);
  va_end(args);
  if (n < 0 || (size_t)n + 3 > sizeof err->text)
    return false;
  size_t used = (size_t)n, room = sizeof err->text - used - 3,
         length = strnlen(old, sizeof old - 1);
  memcpy(err->text + used, ": ", 2);
  length = length < room ? length : room;
  memcpy(err->text + used + 2, old, length);
  err->text[used + 2 + length] = 0;
  return false;
}

int rb_worse(int a, int b) {
  static const int order[] = {0, 6, 1, 7, 2, 3, 4, 5, 143, 130};
  int rank_a = 0, rank_b = 0;
  for (int i = 0; i < (int)(sizeof order / sizeof *order); i++) {
    if (order[i] == a)
      rank_a = i;
    if (order[i] == b)
      rank_b = i;
  }
  return rank_a >= rank_b ? a : b;
}
