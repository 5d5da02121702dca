// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "app/args.h"
#include "app/command.h"
#include "app/outfile.h"
#include "base/child.h"
#include "base/mem.h"
#include "report/escape.h"
#include "report/plot.h"
#include "study/names.h"

enum { KEY_FORCE = 256, KEY_FIGURE, KEY_PART, KEY_TASK, KEY_QUANTITY, KEY_SEED };

/* A figure has some 100 kB; drawing one takes a second. */
#define MAX_OUTPUT ((size_t)256 << 20)
#define MAX_SECONDS 120.0

typedef struct plot_options {
  rb_plot_options plot;
  const char *path, *output;
  bool force, script; /* script: gnuplot is not run */
} plot_options;

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0,
     "the figure, by its ending .svg, .png or .pdf; .gp, or - for standard output: the script for "
     "gnuplot",
     0},
    {"force", KEY_FORCE, NULL, 0, "overwrite FILE", 0},
    {"figure", KEY_FIGURE, "WHICH", 0,
     "complexity: n* or m* against d (default); accuracy: against n or m; both", 0},
    {"part", KEY_PART, "NAME", 0, "only this part of the suite", 0},
    {"task", KEY_TASK, "NAME", 0, "only this downstream task: random or parity", 0},
    {"quantity", KEY_QUANTITY, "n|m", 0, "only sample complexity or only neuron complexity", 0},
    {"seed", KEY_SEED, "N", 0, "only this seed", 0},
    {0}};

static bool has_ending(const char *path, const char *ending) {
  size_t n = strlen(path), m = strlen(ending);
  return n > m && path[n - m - 1] != '/' && strcmp(path + n - m, ending) == 0;
}

static void take_output(plot_options *o, const char *path, struct argp_state *state) {
  o->output = path;
  o->script = strcmp(path, "-") == 0 || has_ending(path, ".gp");
  if (has_ending(path, ".png"))
    o->plot.terminal = RB_PLOT_PNG;
  else if (has_ending(path, ".pdf"))
    o->plot.terminal = RB_PLOT_PDF;
  else if (!o->script && !has_ending(path, ".svg"))
    rb_args_fail(state, "-o %s: a figure ends with .svg, .png or .pdf, a script with .gp", path);
}

static error_t parse(int key, char *arg, struct argp_state *state) {
  plot_options *o = state->input;
  int figure;
  switch (key) {
  case ARGP_KEY_INIT:
    rb_args_quiet(state);
    return 0;
  case 'o':
    take_output(o, arg, state);
    return 0;
  case KEY_FORCE:
    o->force = true;
    return 0;
  case KEY_FIGURE:
    if ((figure = rb_names_find(arg, rb_plot_figures)) < 0)
      rb_args_fail(state, "unknown figure '%s'; there are complexity, accuracy and both", arg);
    o->plot.figure = (rb_plot_figure)figure;
    return 0;
  case KEY_PART:
    o->plot.part = arg;
    return 0;
  case KEY_TASK:
    o->plot.task = arg;
    return 0;
  case KEY_QUANTITY:
    o->plot.quantity = arg;
    return 0;
  case KEY_SEED:
    o->plot.seed = arg;
    return 0;
  case ARGP_KEY_SUCCESS:
    if (!o->output)
      rb_args_fail(state, "where to? -o FILE.svg, .png or .pdf");
    return 0;
  default:
    return rb_args_trace(state, key, arg, &o->path);
  }
}

/* The script in memory: gnuplot is started once it is whole. */
static bool make_script(const plot_options *o, char **script, size_t *n, rb_err *err) {
  rb_trace trace = {0};
  FILE *out = rb_mem_stream(script, n);
  if (!out)
    return rb_fail(err, RB_FAILED, "script of a figure: out of memory");
  bool ok = rb_trace_read(o->path, RB_READ_STRICT, &trace, NULL, err) &&
            rb_plot_write(&trace, &o->plot, out, stderr, err);
  rb_trace_free(&trace);
  if (fclose(out) != 0 && ok)
    ok = rb_fail(err, RB_FAILED, "script of a figure: out of memory");
  return ok;
}

/* -d: no start-up file of the user changes the figure. */
static bool draw(const char *script, size_t n_script, char **figure, size_t *n, rb_err *err) {
  static const char *const argv[] = {"gnuplot", "-d", "-", NULL};
  rb_child child = {
      .argv = argv,
      .locale = "C.UTF-8", /* else gnuplot warns of what it cannot convert */
      .input = script,
      .n_input = n_script,
      .max_output = MAX_OUTPUT,
      .max_seconds = MAX_SECONDS,
      .advice = "install it (Debian package gnuplot-nox), or write its script with -o FILE.gp"};
  char said[RB_CHILD_SAID_ROOM];
  if (!rb_child_run(&child, figure, n, said, err))
    return false;
  if (said[0]) {
    fputs("gnuplot: ", stderr);
    rb_escape_print(stderr, said);
    fputc('\n', stderr);
  }
  return *n > 0 ||
         rb_fail(err, RB_FAILED, "gnuplot drew nothing: %s", said[0] ? said : "it did not say why");
}

int rb_command_plot(int argc, char **argv) {
  static const struct argp argp = {
      options, parse, "TRACE", "Draws the complexity cells of a trace with gnuplot.",
      NULL,    NULL,  NULL};
  plot_options o = {0};
  char *script = NULL, *figure = NULL;
  size_t n_script = 0, n_figure = 0;
  rb_err err;
  rb_args_parse(&argp, argc, argv, &o);
  bool to_stdout = strcmp(o.output, "-") == 0;
  bool ok = (to_stdout || rb_outfile_check(o.output, o.force, &err)) &&
            make_script(&o, &script, &n_script, &err);
  if (ok && to_stdout)
    ok = fwrite(script, 1, n_script, stdout) == n_script ||
         rb_fail(&err, RB_FAILED, "cannot write to standard output");
  else if (ok && o.script)
    ok = rb_outfile_write(o.output, o.force, script, n_script, &err);
  else if (ok)
    ok = draw(script, n_script, &figure, &n_figure, &err) &&
         rb_outfile_write(o.output, o.force, figure, n_figure, &err);
  free(script);
  free(figure);
  return ok ? RB_DONE : rb_command_fail(&err);
}
