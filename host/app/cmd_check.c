// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include "app/args.h"
#include "app/checking.h"
#include "app/command.h"
#include "app/gateformat.h"

enum { KEY_NEW = 256 };

typedef struct check_options {
  rb_checking checking;
  rb_tracefiles fresh;
  size_t n_args;
  rb_gateformat format;
} check_options;

static const struct argp_option options[] = {
    {"new", KEY_NEW, "TRACE", 0, "one more new run; may be repeated", 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  check_options *o = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &o->checking;
    state->child_inputs[1] = &o->format;
    return 0;
  case KEY_NEW:
    rb_tracefiles_add(state, &o->fresh, arg);
    return 0;
  case ARGP_KEY_ARG:
    if (o->n_args == 2)
      rb_args_fail(state, "two traces, BASE and NEW: unexpected '%s'; more with --base and --new",
                   arg);
    rb_tracefiles_add(state, o->n_args++ == 0 ? &o->checking.base : &o->fresh, arg);
    return 0;
  case ARGP_KEY_END:
    if (o->n_args < 2)
      rb_args_fail(state, "which traces? the baseline first, then the new one");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

int rb_command_check(int argc, char **argv) {
  const struct argp_child children[] = {
      {&rb_checking_argp, 0, NULL, 0}, rb_gateformat_child[0], {0}};
  const struct argp argp = {
      options,
      parse,
      "BASE NEW",
      "Compares new runs of a suite with a stored baseline of the same device: results, what the "
      "device was asked to do, and times against the roofs of the same run. Exit code 0 if nothing "
      "is worse, 1 a regression, 4 wrong results, 5 failed cells or a damaged trace, 6 "
      "inconclusive "
      "or not comparable, 7 cells are missing.",
      children,
      NULL,
      NULL};
  check_options o = {0};
  rb_gate gate = {0};
  rb_err err;
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = rb_tracefiles_read(&o.fresh, true, &err) &&
            rb_checking_gate(&o.checking, &o.fresh, &gate, &err) &&
            rb_gateformat_show(&o.format, &gate, stdout, &err);
  int code = gate.code;
  rb_gate_free(&gate);
  rb_checking_free(&o.checking);
  rb_tracefiles_free(&o.fresh);
  return ok ? code : rb_command_fail(&err);
}
