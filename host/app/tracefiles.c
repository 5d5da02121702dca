// SPDX-License-Identifier: Apache-2.0
#include "app/tracefiles.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "app/args.h"
#include "base/mem.h"
#include "report/export.h"

void rb_tracefiles_add(const struct argp_state *state, rb_tracefiles *files, const char *path) {
  void *grown = files->paths;
  rb_err err;
  if (!rb_grow(&grown, &files->room, files->n + 1, sizeof *files->paths, "names of traces", &err))
    rb_args_fail(state, "%s", err.text);
  files->paths = grown;
  files->paths[files->n++] = path;
}

error_t rb_tracefiles_args(struct argp_state *state, int key, rb_tracefiles *files) {
  switch (key) {
  case ARGP_KEY_ARGS:
    for (int i = state->next; i < state->argc; i++)
      rb_tracefiles_add(state, files, state->argv[i]);
    return 0;
  case ARGP_KEY_NO_ARGS:
    rb_args_fail(state, "which trace? runs write theirs to results/runs/");
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static bool check_whole(const char *path, rb_err *err) {
  char manifest[PATH_MAX];
  rb_verify_report report;
  int n = snprintf(manifest, sizeof manifest, "%s.manifest.json", path);
  if (n < 0 || n >= (int)sizeof manifest || access(manifest, F_OK) != 0)
    return true;
  return rb_trace_verify(path, &report, err) &&
         (report.intact ||
          rb_fail(err, RB_FAILED, "%.512s is damaged or cut: %s; `relubench verify` says more",
                  path, report.problem));
}

bool rb_tracefiles_read(rb_tracefiles *files, bool whole, rb_err *err) {
  bool ok = rb_alloc((void **)&files->traces, files->n, sizeof *files->traces, "traces", err);
  for (size_t i = 0; ok && i < files->n; i++)
    ok = (!whole || check_whole(files->paths[i], err)) &&
         rb_trace_read(files->paths[i], RB_READ_STRICT, &files->traces[i], NULL, err);
  return ok;
}

bool rb_tracefiles_warn(const rb_tracefiles *files, rb_err *err) {
  bool ok = true;
  for (size_t i = 0; ok && i < files->n; i++)
    ok = rb_export_warn(&files->traces[i], files->paths[i], stderr, err);
  return ok;
}

void rb_tracefiles_free(rb_tracefiles *files) {
  for (size_t i = 0; files->traces && i < files->n; i++)
    rb_trace_free(&files->traces[i]);
  free(files->traces);
  free(files->paths);
  *files = (rb_tracefiles){0};
}
