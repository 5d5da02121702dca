// SPDX-License-Identifier: Apache-2.0
#include "trace/jsontext.h"
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

static _Thread_local bool starved;
static _Thread_local jmp_buf *escape; /* of the load that runs */

/* The lexer of jansson 2.14 goes on without the letters that it had no memory for, and then stops
 * at an assertion or writes past them. So a load without memory ends here; what it has made so far
 * is lost. */
static void *allocate(size_t n) {
  void *room = malloc(n);
  if (room == NULL) {
    starved = true;
    rb_mem_note_out();
    if (escape)
      longjmp(*escape, 1);
  }
  return room;
}

json_t *rb_jsontext_load(const char *text, size_t n, json_error_t *why) {
  json_set_alloc_funcs(allocate, free); /* what jansson does by itself, so at any time */
  starved = false;
  jmp_buf here;
  if (setjmp(here) != 0) {
    escape = NULL;
    return NULL;
  }
  escape = &here;
  json_t *value = json_loadb(text, n, JSON_REJECT_DUPLICATES, why);
  escape = NULL;
  return value;
}

bool rb_jsontext_starved(void) {
  return starved;
}

typedef struct dump {
  char *text; /* (room) */
  size_t n, room;
  bool failed;
} dump;

/* jansson 2.14 does not look at every answer of this, so it is remembered. */
static int append(const char *bytes, size_t n, void *context) {
  dump *to = context;
  rb_err ignored;
  void *grown = to->text;
  if (to->failed || !rb_grow(&grown, &to->room, to->n + n + 1, 1, "JSON text", &ignored)) {
    to->failed = true;
    return -1;
  }
  to->text = grown;
  memcpy(to->text + to->n, bytes, n);
  to->n += n;
  to->text[to->n] = 0;
  return 0;
}

char *rb_jsontext_dump(const json_t *value, size_t flags) {
  dump made = {0};
  if (json_dump_callback(value, append, &made, flags) == 0 && !made.failed)
    return made.text;
  free(made.text);
  return NULL;
}
