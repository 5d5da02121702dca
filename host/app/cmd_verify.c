// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "app/args.h"
#include "app/command.h"
#include "app/format.h"
#include "base/mem.h"
#include "report/report.h"

typedef struct verify_options {
  rb_format format;
  char **paths;
  size_t n_paths;
} verify_options;

static error_t parse(int key, char *arg, struct argp_state *state) {
  verify_options *o = state->input;
  (void)arg; /* ARGP_KEY_ARGS takes them all at once */
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &o->format;
    return 0;
  case ARGP_KEY_ARGS:
    o->paths = state->argv + state->next;
    o->n_paths = (size_t)(state->argc - state->next);
    return 0;
  case ARGP_KEY_NO_ARGS:
    rb_args_fail(state, "which trace? runs write theirs to results/runs/");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

int rb_command_verify(int argc, char **argv) {
  static const struct argp argp = {
      NULL,
      parse,
      "TRACE...",
      "Checks every block, record and the manifest of traces. Exit code 0 if all are whole and "
      "sealed, "
      "5 if one is damaged or cut, 6 if one is whole but its run was never finished.",
      rb_format_child,
      NULL,
      NULL};
  verify_options o = {0};
  rb_report_verdict *verdicts = NULL;
  rb_err err;
  rb_args_parse(&argp, argc, argv, &o);
  if (!rb_alloc((void **)&verdicts, o.n_paths, sizeof *verdicts, "verdicts", &err))
    return rb_command_fail(&err);
  int code = RB_DONE;
  for (size_t i = 0; i < o.n_paths; i++) {
    rb_report_verdict *v = &verdicts[i];
    v->path = o.paths[i];
    if (!rb_trace_verify(v->path, &v->report, &err)) {
      v->report.intact = false;
      snprintf(v->report.problem, sizeof v->report.problem, "%.*s",
               (int)sizeof v->report.problem - 1, err.text);
    }
    code = rb_worse(code, !v->report.intact   ? RB_FAILED
                          : !v->report.sealed ? RB_INCONCLUSIVE
                                              : RB_DONE);
  }
  bool ok = rb_report_verify(verdicts, o.n_paths, o.format, stdout, &err);
  free(verdicts);
  return ok ? code : rb_command_fail(&err);
}
