// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "app/args.h"
#include "app/checking.h"
#include "app/command.h"
#include "app/outfile.h"
#include "base/mem.h"
#include "report/page.h"

enum { KEY_FORCE = 256 };

typedef struct report_options {
  rb_tracefiles files;
  rb_checking checking; /* if there is a baseline */
  const char *output;   /* "-": standard output */
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
    state->child_inputs[0] = &o->checking;
    return 0;
  case 'o':
    o->output = arg;
    return 0;
  case KEY_FORCE:
    o->force = true;
    return 0;
  case ARGP_KEY_SUCCESS:
    if (!o->output)
      rb_args_fail(state, "where to? -o FILE.html");
    if (!o->checking.base.n && (o->checking.confirm.n || o->checking.margin > 0))
      rb_args_fail(state,
                   "--confirm and --margin say how to compare with a baseline: --base TRACE");
    return 0;
  default:
    return rb_tracefiles_args(state, key, &o->files);
  }
}

/* The page in memory: the file is written once it is whole. */
static bool make_page(report_options *o, char **page, size_t *n, int *code, rb_err *err) {
  rb_gate gate = {0};
  FILE *out = rb_mem_stream(page, n);
  if (!out)
    return rb_fail(err, RB_FAILED, "page: out of memory");
  bool against = o->checking.base.n > 0;
  bool ok = !against || rb_checking_gate(&o->checking, &o->files, &gate, err);
  const rb_tracefiles *base = &o->checking.base, *confirm = &o->checking.confirm;
  rb_page_baseline baseline = {&gate,           base->traces,   base->paths, base->n,
                               confirm->traces, confirm->paths, confirm->n};
  ok = ok && rb_page_write(o->files.traces, o->files.paths, o->files.n, against ? &baseline : NULL,
                           out, code, err);
  if (fclose(out) != 0 && ok)
    ok = rb_fail(err, RB_FAILED, "page: out of memory");
  rb_gate_free(&gate);
  return ok;
}

static bool write_page(const report_options *o, const char *page, size_t n, rb_err *err) {
  if (strcmp(o->output, "-") != 0)
    return rb_outfile_write(o->output, o->force, page, n, err);
  return (fwrite(page, 1, n, stdout) == n && fflush(stdout) == 0) ||
         rb_fail(err, RB_FAILED, "cannot write the page to standard output: %s", strerror(errno));
}

int rb_command_report(int argc, char **argv) {
  const struct argp_child children[] = {{&rb_checking_argp, 0, NULL, 0}, {0}};
  const struct argp argp = {
      options,
      parse,
      "TRACE...",
      "Writes what traces say as one HTML page that needs no network: devices, rates against "
      "roofs, what was learned, verdicts, and a comparison of all; with --base also what `check` "
      "says of them against a baseline.",
      children,
      NULL,
      NULL};
  report_options o = {0};
  char *page = NULL;
  size_t n = 0;
  int code = RB_DONE;
  rb_err err;
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = (strcmp(o.output, "-") == 0 || rb_outfile_check(o.output, o.force, &err)) &&
            rb_tracefiles_read(&o.files, o.checking.base.n > 0, &err) &&
            make_page(&o, &page, &n, &code, &err) && write_page(&o, page, n, &err) &&
            rb_tracefiles_warn(&o.files, &err);
  free(page);
  rb_tracefiles_free(&o.files);
  rb_checking_free(&o.checking);
  return ok ? code : rb_command_fail(&err);
}
