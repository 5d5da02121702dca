// SPDX-License-Identifier: Apache-2.0
#include "app/args.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "app/command.h"
#include "report/escape.h"

void rb_args_quiet(struct argp_state *state) {
  state->err_stream = NULL; /* getopt's own messages do not pass here and stay */
}

void rb_args_parse(const struct argp *argp, int argc, char **argv, void *input) {
  if (argp_parse(argp, argc, argv, 0, NULL, input) != 0)
    exit(RB_USAGE); /* getopt has said why */
}

void rb_args_fail(const struct argp_state *state, const char *format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  fprintf(stderr, "%s: ", state->name);
  rb_escape_print(stderr, text);
  fputc('\n', stderr);
  exit(RB_USAGE);
}

error_t rb_args_trace(const struct argp_state *state, int key, const char *arg, const char **path) {
  switch (key) {
  case ARGP_KEY_ARG:
    if (*path)
      rb_args_fail(state, "one trace at a time: unexpected '%s'", arg);
    *path = arg;
    return 0;
  case ARGP_KEY_NO_ARGS:
    rb_args_fail(state, "which trace? runs write theirs to results/runs/");
  default:
    return ARGP_ERR_UNKNOWN;
  }
}
