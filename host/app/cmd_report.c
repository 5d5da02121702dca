// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "app/args.h"
#include "app/command.h"
#include "app/outfile.h"
#include "base/mem.h"
#include "report/export.h"
#include "report/page.h"

enum { KEY_FORCE = 256 };

typedef struct report_options {
  const char **paths; /* (n_paths) */
  size_t n_paths;
  const char *output; /* "-": standard output */
  bool force;
} report_options;

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "the page; - for standard output", 0},
    {"force", KEY_FORCE, NULL, 0, "overwrite FILE", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  report_options *o = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    rb_args_quiet(state);
    return 0;
  case 'o':
    o->output = arg;
    return 0;
  case KEY_FORCE:
    o->force = true;
    return 0;
  case ARGP_KEY_ARGS:
    o->paths = (const char **)state->argv + state->next;
    o->n_paths = (size_t)(state->argc - state->next);
    return 0;
  case ARGP_KEY_NO_ARGS:
    rb_args_fail(state, "which trace? runs write theirs to results/runs/");
    return 0;
  case ARGP_KEY_SUCCESS:
    if (!o->output)
      rb_args_fail(state, "where to? -o FILE.html");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

/* The page in memory: the file is written once it is whole. */
static bool make_page(const report_options *o, const rb_trace *traces, char **page, size_t *n,
                      int *code, rb_err *err) {
  FILE *out = open_memstream(page, n);
  if (!out)
    return rb_fail(err, RB_FAILED, "page: out of memory");
  bool ok = rb_page_write(traces, o->paths, o->n_paths, out, code, err);
  if (fclose(out) != 0 && ok)
    ok = rb_fail(err, RB_FAILED, "page: out of memory");
  return ok;
}

static bool write_page(const report_options *o, const char *page, size_t n, rb_err *err) {
  if (strcmp(o->output, "-") != 0)
    return rb_outfile_write(o->output, o->force, page, n, err);
  return (fwrite(page, 1, n, stdout) == n && fflush(stdout) == 0) ||
         rb_fail(err, RB_FAILED, "cannot write the page to standard output: %s", strerror(errno));
}

int rb_command_report(int argc, char **argv) {
  static const struct argp argp = {
      options,
      parse,
      "TRACE...",
      "Writes what traces say as one HTML page that needs no network: devices, rates against "
      "roofs, what was learned, verdicts, and a comparison of all.",
      NULL,
      NULL,
      NULL};
  report_options o = {0};
  rb_trace *traces = NULL;
  char *page = NULL;
  size_t n = 0;
  int code = RB_DONE;
  rb_err err;
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = strcmp(o.output, "-") == 0 || rb_outfile_check(o.output, o.force, &err);
  ok = ok && rb_alloc((void **)&traces, o.n_paths, sizeof *traces, "traces", &err);
  for (size_t i = 0; ok && i < o.n_paths; i++)
    ok = rb_trace_read(o.paths[i], RB_READ_STRICT, &traces[i], NULL, &err);
  ok = ok && make_page(&o, traces, &page, &n, &code, &err) && write_page(&o, page, n, &err);
  for (size_t i = 0; ok && i < o.n_paths; i++)
    ok = rb_export_warn(&traces[i], o.paths[i], stderr, &err);
  free(page);
  for (size_t i = 0; traces && i < o.n_paths; i++)
    rb_trace_free(&traces[i]);
  free(traces);
  return ok ? code : rb_command_fail(&err);
}
