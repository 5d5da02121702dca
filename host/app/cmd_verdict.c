// SPDX-License-Identifier: Apache-2.0
#include "app/args.h"
#include "app/command.h"
#include "app/format.h"
#include "report/verdict.h"
#include "trace/reader.h"

static error_t parse(int key, char *arg, struct argp_state *state) {
  rb_verdict_options *o = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &o->format;
    return 0;
  default:
    return rb_args_trace(state, key, arg, &o->path);
  }
}

int rb_command_verdict(int argc, char **argv) {
  static const struct argp argp = {
      NULL,
      parse,
      "TRACE",
      "Judges from the trials in a trace whether n* and m* depend on d. Exit code 0 if the claim "
      "of "
      "independence holds, 6 if it is refused or the data do not tell, 4 if a control fails.",
      rb_format_child,
      NULL,
      NULL};
  rb_verdict_options o = {0};
  rb_trace trace = {0};
  rb_judge judge = {0};
  rb_err err;
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = rb_trace_read(o.path, RB_READ_STRICT, &trace, NULL, &err) &&
            rb_judge_trace(&trace, &judge, &err) && rb_verdict_show(&judge, &o, stdout, &err);
  int code = judge.code;
  rb_judge_free(&judge);
  rb_trace_free(&trace);
  return ok ? code : rb_command_fail(&err);
}
