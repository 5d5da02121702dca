// SPDX-License-Identifier: Apache-2.0
#include "report/jsonout.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"

json_t *rb_jsonout_number(double value) {
  return isfinite(value) ? json_real(value) : json_null();
}

json_t *rb_jsonout_text(const char *value) {
  char *clean = NULL;
  rb_err ignored;
  if (!value)
    return json_null();
  json_t *text =
      rb_escape_copy(value, RB_ESCAPE_UTF8, 0, &clean, &ignored) ? json_string(clean) : NULL;
  free(clean);
  return text;
}

/* JSON text with \u007f in place of DEL, which jansson leaves as it is and a terminal may obey.
 * It occurs in strings alone. */
static int write_without_del(const char *text, size_t n, void *stream) {
  for (const char *end = text + n, *del; text < end; text = del + 1) {
    del = memchr(text, 0x7f, (size_t)(end - text));
    size_t before = (size_t)((del ? del : end) - text);
    if (fwrite(text, 1, before, stream) != before || (del && fputs("\\u007f", stream) == EOF))
      return -1;
    if (!del)
      return 0;
  }
  return 0;
}

bool rb_jsonout_write(json_t *whole, const char *what, FILE *out, rb_err *err) {
  if (!whole)
    return rb_fail(err, RB_FAILED, "out of memory while making %s", what);
  /* ASCII only: \u escapes keep C1 controls and bidirectional marks from a terminal without loss.
   */
  size_t flags = JSON_INDENT(1) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(17);
  bool ok =
      json_dump_callback(whole, write_without_del, out, flags) == 0 && fputc('\n', out) != EOF;
  json_decref(whole);
  return ok || rb_fail(err, RB_FAILED, "cannot write %s: %s", what, strerror(errno));
}
