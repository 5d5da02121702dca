// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "app/args.h"
#include "app/command.h"
#include "app/format.h"
#include "app/tracefiles.h"
#include "report/compareshow.h"

typedef struct compare_options {
  rb_format format;
  rb_tracefiles files;
  double target;
} compare_options;

enum { KEY_TARGET = 256 };

static const struct argp_option options[] = {
    {"sin-theta", KEY_TARGET, "X", 0,
     "what time to a trained result waits for: sin-theta of at most X, above 0 and below 1 (0.5)",
     0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  compare_options *o = state->input;
  char *end = NULL;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &o->format;
    return 0;
  case KEY_TARGET:
    o->target = strtod(arg, &end);
    if (end == arg || *end || !(o->target > 0 && o->target < 1))
      rb_args_fail(state, "--sin-theta %s: a number above 0 and below 1 is wanted", arg);
    return 0;
  default:
    return rb_tracefiles_args(state, key, &o->files);
  }
}

int rb_command_compare(int argc, char **argv) {
  static const struct argp argp = {
      options,
      parse,
      "TRACE...",
      "Compares devices, drivers, backends and builds on the cells that traces share: rates, time "
      "to "
      "a trained result, energy, crossovers. The first device of the first trace is the base. Exit "
      "code 0 if at least one timed cell can be compared, else 6.",
      rb_format_child,
      NULL,
      NULL};
  compare_options o = {.target = RB_QUALITY_TARGET};
  rb_compare compare = {0};
  rb_err err;
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = rb_tracefiles_read(&o.files, false, &err) &&
            rb_compare_traces(o.files.traces, o.files.paths, o.files.n, o.target, &compare, &err) &&
            rb_compareshow(&compare, o.format, stdout, &err);
  int code = compare.code;
  rb_compare_free(&compare);
  rb_tracefiles_free(&o.files);
  return ok ? code : rb_command_fail(&err);
}
