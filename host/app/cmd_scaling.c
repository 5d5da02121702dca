// SPDX-License-Identifier: Apache-2.0
#include "app/args.h"
#include "app/command.h"
#include "app/format.h"
#include "report/scaling.h"
#include "trace/reader.h"

static error_t parse(int key, char *arg, struct argp_state *state) {
  rb_scaling_options *o = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &o->format;
    return 0;
  default:
    return rb_args_trace(state, key, arg, &o->path);
  }
}

int rb_command_scaling(int argc, char **argv) {
  static const struct argp argp = {
      NULL,
      parse,
      "TRACE",
      "Says from the timed cells of a trace how time and memory grow with n, T, m and d: slopes, "
      "cliffs, fixed costs. Exit code 0 if something can be said of at least one of them, else 6.",
      rb_format_child,
      NULL,
      NULL};
  rb_scaling_options o = {0};
  rb_trace trace = {0};
  rb_growth growth = {0};
  rb_err err;
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = rb_trace_read(o.path, RB_READ_STRICT, &trace, NULL, &err) &&
            rb_growth_read(&trace, &growth, &err) && rb_scaling_show(&growth, &o, stdout, &err);
  int code = growth.code;
  rb_growth_free(&growth);
  rb_trace_free(&trace);
  return ok ? code : rb_command_fail(&err);
}
