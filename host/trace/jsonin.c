// SPDX-License-Identifier: Apache-2.0
#include "trace/jsonin.h"
#include <stdlib.h>

static _Thread_local bool starved;

static void *allocate(size_t n) {
  void *room = malloc(n);
  starved = starved || room == NULL;
  return room;
}

json_t *rb_jsonin_load(const char *text, size_t n, json_error_t *why) {
  json_set_alloc_funcs(allocate, free); /* what jansson does by itself, so at any time */
  starved = false;
  return json_loadb(text, n, JSON_REJECT_DUPLICATES, why);
}

bool rb_jsonin_starved(void) {
  return starved;
}
