// SPDX-License-Identifier: Apache-2.0
#include "report/wrap.h"

#include <stdlib.h>
#include <string.h>

#include "report/escape.h"

/* A line under way. */
typedef struct line {
  FILE *out;
  size_t indent, used; /* columns */
} line;

static void begin_line(line *to) {
  fprintf(to->out, "\n%*s", (int)to->indent, "");
  to->used = to->indent;
}

/* Bytes of the UTF-8 character at text, which rb_escape_copy() made valid. */
static size_t character_bytes(const char *text) {
  size_t n = 1;
  while ((text[n] & 0xC0) == 0x80)
    n++;
  return n;
}

static void put_word(line *to, char *word) {
  size_t width = rb_escape_width(word);
  if (to->used > to->indent && to->used + 1 + width > RB_WRAP_WIDTH)
    begin_line(to);
  else if (to->used > to->indent) {
    fputc(' ', to->out);
    to->used++;
  }
  while (*word) {
    size_t n = character_bytes(word);
    char piece[8] = "";
    memcpy(piece, word, n < sizeof piece ? n : sizeof piece - 1);
    width = rb_escape_width(piece);
    if (to->used + width > RB_WRAP_WIDTH)
      begin_line(to);
    fputs(piece, to->out);
    to->used += width;
    word += n;
  }
}

bool rb_wrap_put(FILE *out, const char *label, const char *text, rb_err *err) {
  char *clean = NULL, *rest = NULL;
  line to = {out, strlen(label), strlen(label)};
  if (!rb_escape_copy(text, RB_ESCAPE_TERMINAL, 0, &clean, err))
    return false;
  fputs(label, out);
  for (char *word = strtok_r(clean, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
    put_word(&to, word);
  fputc('\n', out);
  free(clean);
  return true;
}

bool rb_wrap_sentence(FILE *out, bool md, const char *label, char *text, rb_err *err) {
  char *clean = NULL;
  bool ok = true;
  if (text && !md)
    ok = rb_wrap_put(out, label, text, err);
  else if (text && (ok = rb_escape_copy(text, RB_ESCAPE_MARKDOWN, 0, &clean, err)))
    fprintf(out, "- %s\n", clean);
  free(clean);
  free(text);
  return ok;
}
