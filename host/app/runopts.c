// SPDX-License-Identifier: Apache-2.0
#include "app/runopts.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "app/args.h"
#include "app/env.h"
#include "app/format.h"
#include "net/backend.h"
#include "net/variant.h"
#include "study/names.h"

enum {
  KEY_FORCE = 256,
  KEY_CHECK,
  KEY_SEED,
  KEY_DRY_RUN,
  KEY_NO_CACHE,
  KEY_QUIET,
  KEY_VARIANT,
  KEY_RESUME,
  KEY_RESUME_ANYWAY,
  KEY_KERNELS,
  KEY_TIMEOUT,
  KEY_NO_SUPERVISOR,
  KEY_WORKER
};

static const struct argp_option options[] = {
    {"device", 'd', "DEVICE", 0,
     "P:D, gpu, cpu, accelerator, all, uuid:.., pci:.. or a part of the name (default: "
     "RELUBENCH_DEVICE, "
     "else the best)",
     0},
    {"backend", 'b', "BACKEND", 0, "native, clblast or reference, in place of the suite's", 0},
    {"axis", 'a', "AXIS=ITEMS", 0,
     "replace an axis in every part: -a d=64,256 -a 'n1=8*d'; repeatable", 0},
    {"seed", KEY_SEED, "N", 0, "the same as -a seed=N", 0},
    {"output", 'o', "FILE", 0, "the trace (default: a new file in results/runs/)", 0},
    {"force", KEY_FORCE, NULL, 0, "overwrite FILE", 0},
    {"resume", KEY_RESUME, NULL, 0,
     "go on with the run in FILE: what is done stays, the other cells run; begins it if there is "
     "no "
     "FILE",
     0},
    {"resume-anyway", KEY_RESUME_ANYWAY, NULL, 0,
     "the same, even if the program, suite, device or driver is another one or FILE is damaged; "
     "the "
     "trace says so",
     0},
    {"check", KEY_CHECK, NULL, 0, "guard words around device buffers; not for timing", 0},
    {"dry-run", KEY_DRY_RUN, NULL, 0, "print the cells and their cost, and stop", 0},
    {"variant", KEY_VARIANT, "VARIANT", 0,
     "the own kernels to use: vector16, vector8, vector4, tiles, tiles-small, tf32x3, half, "
     "pipeline, or parameters (default: what tune "
     "found, else by the facts that the device reports)",
     0},
    {"kernels", KEY_KERNELS, "DIR", 0,
     "take the programs that build-kernels wrote into DIR, and compile nothing", 0},
    {"no-cache", KEY_NO_CACHE, NULL, 0, "compile every program anew, and keep none", 0},
    {"timeout", KEY_TIMEOUT, "SECONDS", 0,
     "a device that takes longer for a step is given up, and the cell fails; 0: never (default: "
     "ten "
     "minutes and more, by the cell)",
     0},
    {"no-supervisor", KEY_NO_SUPERVISOR, NULL, 0,
     "run devices in this process, for debuggers: what hangs or crashes takes the run along", 0},
    {"worker", KEY_WORKER, NULL, OPTION_HIDDEN, NULL, 0},
    {"quiet", KEY_QUIET, NULL, 0, "no progress, closing words and notes on standard error", 0},
    {0}};

static void add_override(rb_runopts *o, const char *text, struct argp_state *state) {
  if (o->n_overrides == RB_RUNOPTS_OVERRIDES)
    rb_args_fail(state, "more than %d axes are replaced", RB_RUNOPTS_OVERRIDES);
  else
    o->overrides[o->n_overrides++] = text;
}

static void set_timeout(rb_runopts *o, const char *text, struct argp_state *state) {
  char *end;
  o->timeout = text;
  o->timeout_s = strtod(text, &end);
  if (end == text || *end || text[strspn(text, "0123456789.")] ||
      !(o->timeout_s == 0 || o->timeout_s >= 1))
    rb_args_fail(state, "--timeout %.64s: seconds, 1 or more, or 0 for none", text);
}

/* What does not go together. */
static void check(const rb_runopts *o, struct argp_state *state) {
  if (o->resume && o->force)
    rb_args_fail(state, "--resume keeps FILE and --force overwrites it; give one of them");
  if (o->resume && o->dry_run)
    rb_args_fail(state, "--dry-run prints the cells of the whole suite; leave --resume out");
  if (o->no_supervisor && o->timeout)
    rb_args_fail(state, "--no-supervisor leaves nobody who looks at --timeout; give one of them");
  if (o->resume && !o->output)
    rb_args_fail(state, "--resume: which trace? name it with -o FILE");
}

/* What an option without an argument turns on, or NULL. */
static bool *find_switch(rb_runopts *o, int key) {
  switch (key) {
  case KEY_FORCE:
    return &o->force;
  case KEY_RESUME:
    return &o->resume;
  case KEY_CHECK:
    return &o->check;
  case KEY_DRY_RUN:
    return &o->dry_run;
  case KEY_NO_CACHE:
    return &o->no_cache;
  case KEY_NO_SUPERVISOR:
    return &o->no_supervisor;
  case KEY_WORKER:
    return &o->worker;
  case KEY_QUIET:
    return &o->quiet;
  default:
    return NULL;
  }
}

static error_t parse(int key, char *arg, struct argp_state *state) {
  rb_runopts *o = state->input;
  bool *on = find_switch(o, key);
  char known[128];
  rb_variant variant;
  rb_err err;
  if (on) {
    *on = true;
    return 0;
  }
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &o->format;
    return 0;
  case 'd':
    o->device = arg;
    return 0;
  case 'b':
    o->backend = rb_names_find(arg, rb_backend_names);
    if (o->backend < 0)
      rb_args_fail(state, "unknown backend '%s'; there are %s", arg,
                   rb_names_list(rb_backend_names, known, sizeof known));
    return 0;
  case 'a':
    add_override(o, arg, state);
    return 0;
  case KEY_SEED:
    if (snprintf(o->seed, sizeof o->seed, "seed=%s", arg) >= (int)sizeof o->seed)
      rb_args_fail(state, "--seed %.64s...: longer than any seed", arg);
    add_override(o, o->seed, state);
    return 0;
  case 'o':
    o->output = arg;
    return 0;
  case KEY_RESUME_ANYWAY:
    o->resume = o->resume_anyway = true;
    return 0;
  case KEY_TIMEOUT:
    set_timeout(o, arg, state);
    return 0;
  case KEY_KERNELS:
    o->kernels = arg;
    return 0;
  case KEY_VARIANT:
    if (!rb_variant_parse(arg, &variant, &err))
      rb_args_fail(state, "--variant: %s", err.text);
    o->variant = arg;
    return 0;
  case ARGP_KEY_ARG:
    if (o->suite)
      rb_args_fail(state, "one suite at a time: unexpected '%s'", arg);
    o->suite = arg;
    return 0;
  case ARGP_KEY_NO_ARGS:
    rb_args_fail(state, "which suite? quick is a good first one");
    return 0;
  case ARGP_KEY_END:
    check(o, state);
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

void rb_runopts_parse(int argc, char **argv, rb_runopts *out) {
  static const struct argp argp = {options,
                                   parse,
                                   "SUITE",
                                   "Runs SUITE (a name or a path to a .yaml file) on a device: "
                                   "verifies every result, then times it, and "
                                   "writes a trace. Prints a summary of the trace.",
                                   rb_format_child,
                                   NULL,
                                   NULL};
  *out = (rb_runopts){.backend = -1, .device = rb_env_device(), .timeout_s = -1};
  rb_args_parse(&argp, argc, argv, out);
}

/* A space, an option if there is one, and a word of a shell's command line. */
static void put_word(const char *option, const char *word, FILE *out) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "_./:=,+@%-";
  fprintf(out, "%s ", option);
  if (word[0] && word[strspn(word, plain)] == 0) {
    fputs(word, out);
    return;
  }
  fputc('\'', out);
  for (const char *c = word; *c; c++) {
    const char one[] = {*c, 0};
    fputs(*c == '\'' ? "'\\''" : one, out);
  }
  fputc('\'', out);
}

void rb_runopts_put_resume(const rb_runopts *o, const char *path, FILE *out) {
  fputs("relubench run", out);
  put_word("", o->suite, out);
  if (o->device)
    put_word(" -d", o->device, out);
  if (o->backend >= 0)
    put_word(" -b", rb_backend_names[o->backend], out);
  for (size_t i = 0; i < o->n_overrides; i++)
    put_word(" -a", o->overrides[i], out);
  if (o->variant)
    put_word(" --variant", o->variant, out);
  if (o->kernels)
    put_word(" --kernels", o->kernels, out);
  if (o->check)
    fputs(" --check", out);
  if (o->no_cache)
    fputs(" --no-cache", out);
  if (o->timeout)
    put_word(" --timeout", o->timeout, out);
  if (o->no_supervisor)
    fputs(" --no-supervisor", out);
  put_word(" -o", path, out);
  fputs(" --resume", out);
}
