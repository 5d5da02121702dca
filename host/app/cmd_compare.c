// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <stdlib.h>
#include "app/args.h"
#include "app/command.h"
#include "app/format.h"
#include "base/mem.h"
#include "report/compareshow.h"
#include "trace/reader.h"

typedef struct compare_options {
  rb_format format;
  const char *const *paths;
  size_t n_paths;
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
  case ARGP_KEY_ARGS:
    o->paths = (const char *const *)(state->argv + state->next);
    o->n_paths = (size_t)(state->argc - state->next);
    return 0;
  case ARGP_KEY_NO_ARGS:
    rb_args_fail(state, "which traces? runs write theirs to results/runs/");
  default:
    return ARGP_ERR_UNKNOWN;
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
  rb_trace *traces = NULL;
  rb_compare compare = {0};
  rb_err err;
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = rb_alloc((void **)&traces, o.n_paths, sizeof *traces, "traces", &err);
  for (size_t i = 0; ok && i < o.n_paths; i++)
    ok = rb_trace_read(o.paths[i], RB_READ_STRICT, &traces[i], NULL, &err);
  ok = ok && rb_compare_traces(traces, o.paths, o.n_paths, o.target, &compare, &err) &&
       rb_compareshow(&compare, o.format, stdout, &err);
  int code = compare.code;
  rb_compare_free(&compare);
  for (size_t i = 0; traces && i < o.n_paths; i++)
    rb_trace_free(&traces[i]);
  free(traces);
  return ok ? code : rb_command_fail(&err);
}
