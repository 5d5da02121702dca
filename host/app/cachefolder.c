// SPDX-License-Identifier: Apache-2.0
#include "app/cachefolder.h"
#include <limits.h>
#include <stdio.h>
#include "app/env.h"
#include "report/escape.h"

bool rb_cachefolder_open(rb_cache **out, rb_err *err) {
  char folder[PATH_MAX];
  const char *base = rb_env_cache_base(), *home = rb_env_home();
  int n = 0;
  *out = NULL;
  if (rb_env_cache())
    n = snprintf(folder, sizeof folder, "%s", rb_env_cache());
  else if (base && *base == '/') /* the XDG base directory specification ignores others */
    n = snprintf(folder, sizeof folder, "%s/relubench", base);
  else if (home)
    n = snprintf(folder, sizeof folder, "%s/.cache/relubench", home);
  return n <= 0 || n >= (int)sizeof folder || rb_cache_open(folder, out, err);
}

void rb_cachefolder_close(rb_cache *cache, bool quiet) {
  const char *complaint = rb_cache_complaint(cache);
  if (complaint && !quiet) {
    fputs("relubench: note: compiled programs are not kept: ", stderr);
    rb_escape_print(stderr, complaint);
    fputc('\n', stderr);
  }
  rb_cache_close(cache);
}
