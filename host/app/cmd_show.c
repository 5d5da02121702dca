// SPDX-License-Identifier: Apache-2.0
#include "app/args.h"
#include "app/command.h"
#include "app/format.h"
#include "report/summary.h"
#include "trace/reader.h"

typedef struct show_options {
  rb_summary_options summary;
  const char *path;
} show_options;

enum { KEY_CELLS = 256 };

static const struct argp_option options[] = {
    {"cells", KEY_CELLS, NULL, 0,
     "a row for each cell; else cells that differ only in the seed share one", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  show_options *o = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &o->summary.format;
    return 0;
  case KEY_CELLS:
    o->summary.cells = true;
    return 0;
  default:
    return rb_args_trace(state, key, arg, &o->path);
  }
}

int rb_command_show(int argc, char **argv) {
  static const struct argp argp = {options,         parse, "TRACE", "Prints what a trace says.",
                                   rb_format_child, NULL,  NULL};
  show_options o = {0};
  rb_trace trace = {0};
  rb_err err;
  rb_args_parse(&argp, argc, argv, &o);
  o.summary.path = o.path;
  bool ok = rb_trace_read(o.path, RB_READ_STRICT, &trace, NULL, &err) &&
            rb_summary_show(&trace, &o.summary, stdout, &err);
  rb_trace_free(&trace);
  return ok ? RB_DONE : rb_command_fail(&err);
}
