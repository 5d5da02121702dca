// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "app/args.h"
#include "app/command.h"
#include "app/outfile.h"
#include "app/tracefiles.h"
#include "base/mem.h"
#include "report/export.h"

enum { KEY_FORCE = 256, KEY_TO };

typedef struct export_options {
  rb_export_format format;
  rb_tracefiles files;
  const char *output; /* NULL: standard output */
  bool named, force;  /* named: there was a format */
} export_options;

static const struct argp_option options[] = {
    {"to", KEY_TO, "FORMAT", 0,
     "google, github-bigger, github-smaller, bencher, go, openmetrics, junit, csv or md", 0},
    {"output", 'o', "FILE", 0, "where to (default: standard output)", 0},
    {"force", KEY_FORCE, NULL, 0, "overwrite FILE", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  export_options *o = state->input;
  rb_err err;
  switch (key) {
  case ARGP_KEY_INIT:
    rb_args_quiet(state);
    return 0;
  case KEY_TO:
    if (!rb_export_parse(arg, &o->format, &err))
      rb_args_fail(state, "%s", err.text);
    o->named = true;
    return 0;
  case 'o':
    o->output = strcmp(arg, "-") == 0 ? NULL : arg;
    return 0;
  case KEY_FORCE:
    o->force = true;
    return 0;
  case ARGP_KEY_SUCCESS:
    if (!o->named)
      rb_args_fail(state, "to what? --to FORMAT");
    return 0;
  default:
    return rb_tracefiles_args(state, key, &o->files);
  }
}

static bool write_file(const export_options *o, const rb_stream *stream, rb_err *err) {
  char *text = NULL;
  size_t n = 0;
  FILE *memory = rb_mem_stream(&text, &n);
  if (!memory)
    return rb_fail(err, RB_FAILED, "export: out of memory");
  bool ok = rb_export_write(stream, o->format, memory, err);
  if (fclose(memory) != 0 && ok)
    ok = rb_fail(err, RB_FAILED, "export: out of memory");
  ok = ok && rb_outfile_write(o->output, o->force, text, n, err);
  free(text);
  return ok;
}

int rb_command_export(int argc, char **argv) {
  static const struct argp argp = {options,
                                   parse,
                                   "TRACE...",
                                   "Writes what traces say in the format of another tool; "
                                   "docs/EXPORT.md describes each.",
                                   NULL,
                                   NULL,
                                   NULL};
  export_options o = {0};
  rb_stream stream = {0};
  rb_err err;
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = (!o.output || rb_outfile_check(o.output, o.force, &err)) &&
            rb_tracefiles_read(&o.files, false, &err) &&
            rb_stream_make(o.files.traces, o.files.paths, o.files.n, &stream, &err) &&
            (o.output ? write_file(&o, &stream, &err)
                      : rb_export_write(&stream, o.format, stdout, &err)) &&
            rb_tracefiles_warn(&o.files, &err); /* once it is written: what fails is one line */
  rb_stream_free(&stream);
  rb_tracefiles_free(&o.files);
  return ok ? RB_DONE : rb_command_fail(&err);
}
