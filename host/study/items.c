// SPDX-License-Identifier: Apache-2.0
#include "study/items.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/mem.h"

bool rb_suite_locate(const rb_place *place, rb_err *err) {
  if (place->line == 0)
    return rb_prefix(err, "%.80s", place->file);
  return rb_prefix(err, "%.512s:%d:%d", place->file, place->line, place->column);
}

bool rb_items_refuse(const rb_place *place, rb_err *err, const char *format, ...) {
  char what[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  rb_fail(err, RB_USAGE, "%s", what);
  return rb_suite_locate(place, err);
}

bool rb_items_add(rb_item **items, size_t *n, size_t *capacity, const char *text,
                  const rb_place *place, rb_err *err) {
  if (*n >= RB_SUITE_ITEMS)
    return rb_items_refuse(place, err, "more than %d items", RB_SUITE_ITEMS);
  void *grown = *items;
  if (!rb_grow(&grown, capacity, *n + 1, sizeof **items, "items", err))
    return false;
  *items = grown;
  if (!rb_copy_text(&(*items)[*n].text, text, err))
    return false;
  (*items)[(*n)++].place = *place;
  return true;
}

void rb_items_free(rb_item *items, size_t n) {
  for (size_t i = 0; i < n; i++)
    free(items[i].text);
  free(items);
}
