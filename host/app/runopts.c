// SPDX-License-Identifier: Apache-2.0
#include "app/runopts.h"
#include <stdio.h>
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
  KEY_KERNELS
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
     "the own kernels to use: vector16, vector8, vector4, tiles, tiles-small, pipeline, "
     "or parameters (default: what tune "
     "found, else by the facts that the device reports)",
     0},
    {"kernels", KEY_KERNELS, "DIR", 0,
     "take the programs that build-kernels wrote into DIR, and compile nothing", 0},
    {"no-cache", KEY_NO_CACHE, NULL, 0, "compile every program anew, and keep none", 0},
    {"quiet", KEY_QUIET, NULL, 0, "no progress, closing words and notes on standard error", 0},
    {0}};

static void add_override(rb_runopts *o, const char *text, struct argp_state *state) {
  if (o->n_overrides == RB_RUNOPTS_OVERRIDES)
    rb_args_fail(state, "more than %d axes are replaced", RB_RUNOPTS_OVERRIDES);
  else
    o->overrides[o->n_overrides++] = text;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
  rb_runopts *o = state->input;
  char known[128];
  rb_variant variant;
  rb_err err;
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
  case KEY_FORCE:
    o->force = true;
    return 0;
  case KEY_RESUME_ANYWAY:
    o->resume_anyway = true;
    /* fall through */
  case KEY_RESUME:
    o->resume = true;
    return 0;
  case KEY_CHECK:
    o->check = true;
    return 0;
  case KEY_DRY_RUN:
    o->dry_run = true;
    return 0;
  case KEY_NO_CACHE:
    o->no_cache = true;
    return 0;
  case KEY_QUIET:
    o->quiet = true;
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
    if (o->resume && o->force)
      rb_args_fail(state, "--resume keeps FILE and --force overwrites it; give one of them");
    if (o->resume && o->dry_run)
      rb_args_fail(state, "--dry-run prints the cells of the whole suite; leave --resume out");
    if (o->resume && !o->output)
      rb_args_fail(state, "--resume: which trace? name it with -o FILE");
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
  *out = (rb_runopts){.backend = -1, .device = rb_env_device()};
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
  put_word(" -o", path, out);
  fputs(" --resume", out);
}
