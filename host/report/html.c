// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include <stdlib.h>
#include <string.h>

#include "report/escape.h"

enum { LABEL_WIDTH = 120 };

static void put_text(FILE *out, const char *text, size_t max_width) {
  char *safe = NULL;
  rb_err ignored = {0};
  if (text && rb_escape_copy(text, RB_ESCAPE_XML, max_width, &safe, &ignored))
    fputs(safe, out);
  else if (text)
    fputs("(memory is out)", out);
  free(safe);
}

void rb_html_text(FILE *out, const char *text) {
  put_text(out, text, 0);
}

void rb_html_label(FILE *out, const char *text) {
  put_text(out, text, LABEL_WIDTH);
}

void rb_html_sentence(FILE *out, const char *tag, char *text) {
  if (!text)
    return;
  fprintf(out, "<%s>", tag);
  rb_html_text(out, text);
  fprintf(out, "</%.*s>\n", (int)strcspn(tag, " "), tag);
  free(text);
}

void rb_html_fold(FILE *out, const char *summary) {
  fputs("<details><summary>", out);
  rb_html_text(out, summary);
  fputs("</summary>\n", out);
}

void rb_html_unfold(FILE *out) {
  fputs("</details>\n", out);
}
