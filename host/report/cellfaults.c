// SPDX-License-Identifier: Apache-2.0
#include "report/cellfaults.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/mem.h"

void rb_cellfaults_add(rb_cellfaults *fault, const rb_record *cell, const char *format, ...) {
  if (fault->n++ > 0)
    return;
  va_list arguments;
  fault->first = cell;
  va_start(arguments, format);
  vsnprintf(fault->what, sizeof fault->what, format, arguments);
  va_end(arguments);
}

static bool say(const rb_load *load, const rb_cellfaults *fault, rb_cellfaults_kind kind,
                rb_publish *out, rb_err *err) {
  char *name = NULL, more[64] = "";
  size_t room = 0;
  FILE *memory = rb_mem_stream(&name, &room);
  if (!memory)
    return rb_fail(err, RB_FAILED, "out of memory while naming a cell");
  rb_load_name(load, fault->first, true, memory);
  bool ok = fclose(memory) == 0 || rb_fail(err, RB_FAILED, "out of memory while naming a cell");
  if (fault->n > 1)
    snprintf(more, sizeof more, " (and %zu cell%s more)", fault->n - 1, fault->n > 2 ? "s" : "");
  ok =
      ok && rb_publish_say(out, kind.area, kind.code, err, "%.200s: %s%s", name, fault->what, more);
  free(name);
  return ok;
}

bool rb_cellfaults_say(const rb_load *load, const rb_cellfaults *faults,
                       const rb_cellfaults_kind *kinds, size_t n, rb_publish *out, rb_err *err) {
  bool ok = true;
  for (size_t i = 0; ok && i < n; i++)
    ok = faults[i].n == 0 || say(load, &faults[i], kinds[i], out, err);
  return ok;
}
