// SPDX-License-Identifier: Apache-2.0
#include "report/phrase.h"
#include <stdlib.h>
#include "base/mem.h"

bool rb_phrase_open(rb_phrase *phrase, char **out, rb_err *err) {
  *out = NULL;
  phrase->out = out;
  phrase->to = rb_mem_stream(out, &phrase->n);
  return phrase->to || rb_fail(err, RB_FAILED, "out of memory while writing a sentence");
}

bool rb_phrase_close(rb_phrase *phrase, rb_err *err) {
  bool ok = fclose(phrase->to) == 0;
  if (!ok || phrase->n == 0) {
    free(*phrase->out);
    *phrase->out = NULL;
  }
  return ok || rb_fail(err, RB_FAILED, "out of memory while writing a sentence");
}
