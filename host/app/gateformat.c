// SPDX-License-Identifier: Apache-2.0
#include "app/gateformat.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "app/args.h"
#include "app/outfile.h"
#include "base/mem.h"
#include "report/gateview.h"
#include "report/junit.h"

enum { KEY_JSON = 300, KEY_FORMAT, KEY_JUNIT };

static const struct argp_option options[] = {
    {"format", KEY_FORMAT, "FORMAT", 0, "table (default), json, csv, md or junit", 0},
    {"json", KEY_JSON, NULL, 0, "the same as --format json", 0},
    {"junit", KEY_JUNIT, "FILE", 0, "also write it to FILE as JUnit XML, over what is there", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  rb_gateformat *o = state->input;
  rb_err err;
  switch (key) {
  case ARGP_KEY_INIT:
    rb_args_quiet(state);
    return 0;
  case KEY_FORMAT:
    o->junit = strcmp(arg, "junit") == 0;
    if (!o->junit && !rb_format_parse(arg, &o->format, &err))
      rb_args_fail(state, "--format %.40s: unknown format; try table, json, csv, md or junit", arg);
    return 0;
  case KEY_JSON:
    o->junit = false;
    o->format = RB_FORMAT_JSON;
    return 0;
  case KEY_JUNIT:
    o->file = arg;
    if (!rb_outfile_check(arg, true, &err))
      rb_args_fail(state, "--junit: %s", err.text);
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp argp = {options, parse, NULL, NULL, NULL, NULL, NULL};
const struct argp_child rb_gateformat_child[] = {{&argp, 0, NULL, 0}, {0}};

static bool write_file(const char *path, const rb_gate *gate, rb_err *err) {
  char *text = NULL;
  size_t n = 0;
  FILE *memory = rb_mem_stream(&text, &n);
  bool ok = memory && rb_junit_gate(gate, memory, err);
  if (memory == NULL || (fclose(memory) != 0 && ok))
    ok = rb_fail(err, RB_FAILED, "%s: out of memory", path);
  ok = ok && rb_outfile_write(path, true, text, n, err);
  free(text);
  return ok;
}

bool rb_gateformat_show(const rb_gateformat *format, const rb_gate *gate, FILE *out, rb_err *err) {
  if (format->file && !write_file(format->file, gate, err))
    return false;
  if (!format->junit)
    return rb_gateview_show(gate, format->format, out, err);
  return rb_junit_gate(gate, out, err) &&
         ((fflush(out) == 0 && !ferror(out)) ||
          rb_fail(err, RB_FAILED, "cannot write about the comparison: %s", strerror(errno)));
}
