// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "app/args.h"
#include "app/command.h"
#include "app/format.h"
#include "app/publishing.h"
#include "app/tracefiles.h"
#include "base/mem.h"
#include "report/publishview.h"
#include "report/report.h"

enum { KEY_PUBLISHABLE = 256 };

typedef struct verify_options {
  rb_format format;
  rb_tracefiles files; /* their names: what cannot be read is a verdict too */
  bool publishable;
} verify_options;

static const struct argp_option options[] = {
    {"publishable", KEY_PUBLISHABLE, NULL, 0,
     "also whether it may stand among the reference results: complete, right, plausible, from a "
     "quiet host",
     0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  verify_options *o = state->input;
  (void)arg; /* ARGP_KEY_ARGS takes them all at once */
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &o->format;
    return 0;
  case KEY_PUBLISHABLE:
    o->publishable = true;
    return 0;
  default:
    return rb_tracefiles_args(state, key, &o->files);
  }
}

/* The container and its manifest; a trace that cannot be read is damaged. */
static void verify(const char *path, rb_verify_report *report) {
  rb_err err;
  if (rb_trace_verify(path, report, &err))
    return;
  report->intact = false;
  snprintf(report->problem, sizeof report->problem, "%.*s", (int)sizeof report->problem - 1,
           err.text);
}

static bool verify_all(const verify_options *o, int *code, rb_err *err) {
  rb_report_verdict *verdicts = NULL;
  if (!rb_alloc((void **)&verdicts, o->files.n, sizeof *verdicts, "verdicts", err))
    return false;
  for (size_t i = 0; i < o->files.n; i++) {
    rb_report_verdict *v = &verdicts[i];
    v->path = o->files.paths[i];
    verify(v->path, &v->report);
    *code = rb_worse(*code, !v->report.intact   ? RB_FAILED
                            : !v->report.sealed ? RB_INCONCLUSIVE
                                                : RB_DONE);
  }
  bool ok = rb_report_verify(verdicts, o->files.n, o->format, stdout, err);
  free(verdicts);
  return ok;
}

static bool judge_all(const verify_options *o, int *code, rb_err *err) {
  rb_publish *traces = NULL;
  bool ok = rb_alloc((void **)&traces, o->files.n, sizeof *traces, "verdicts", err);
  for (size_t i = 0; ok && i < o->files.n; i++) {
    rb_verify_report report;
    verify(o->files.paths[i], &report);
    ok = rb_publishing_judge(o->files.paths[i], &report, &traces[i], err);
    *code = rb_worse(*code, traces[i].code);
  }
  ok = ok && rb_publishview_show(traces, o->files.n, o->format, stdout, err);
  for (size_t i = 0; traces && i < o->files.n; i++)
    rb_publish_free(&traces[i]);
  free(traces);
  return ok;
}

int rb_command_verify(int argc, char **argv) {
  static const struct argp argp = {
      options,
      parse,
      "TRACE...",
      "Checks every block, record and the manifest of traces. Exit code 0 if all are whole and "
      "sealed, "
      "5 if one is damaged or cut, 6 if one is whole but its run was never finished. With "
      "--publishable also 4 for wrong results, 5 for failed ones, 7 for missing cells and 6 for "
      "all else that keeps a trace from being published.",
      rb_format_child,
      NULL,
      NULL};
  verify_options o = {0};
  int code = RB_DONE;
  rb_err err;
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = o.publishable ? judge_all(&o, &code, &err) : verify_all(&o, &code, &err);
  rb_tracefiles_free(&o.files);
  return ok ? code : rb_command_fail(&err);
}
