// SPDX-License-Identifier: Apache-2.0
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "app/args.h"
#include "app/cachefolder.h"
#include "app/calibration.h"
#include "app/command.h"
#include "app/gateformat.h"
#include "base/mem.h"
#include "report/sides.h"

enum { KEY_BASE = 256, KEY_NEW, KEY_CONFIRM, KEY_MARGIN };

/* Paths of one side. */
typedef struct paths {
  const char *of[RB_GATE_RUNS];
  size_t n;
} paths;

typedef struct check_options {
  paths base, fresh, confirm;
  size_t n_args;
  double margin; /* 0: not given */
  rb_gateformat format;
} check_options;

static const struct argp_option options[] = {
    {"base", KEY_BASE, "TRACE", 0, "one more run of the baseline; may be repeated", 0},
    {"new", KEY_NEW, "TRACE", 0, "one more new run; may be repeated", 0},
    {"confirm", KEY_CONFIRM, "TRACE", 0,
     "a fresh run, made after a suspicion: only these decide about it; may be repeated", 0},
    {"margin", KEY_MARGIN, "FRACTION", 0,
     "slower by less is no regression, such as 0.02 or 2% (default: what calibrate found for this "
     "device and suite, else 2%)",
     0},
    {0}};

static void add_path(paths *to, const char *path, struct argp_state *state) {
  if (to->n == RB_GATE_RUNS)
    rb_args_fail(state, "more than %d runs on one side", RB_GATE_RUNS);
  to->of[to->n++] = path;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
  check_options *o = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &o->format;
    return 0;
  case KEY_BASE:
    add_path(&o->base, arg, state);
    return 0;
  case KEY_NEW:
    add_path(&o->fresh, arg, state);
    return 0;
  case KEY_CONFIRM:
    add_path(&o->confirm, arg, state);
    return 0;
  case KEY_MARGIN:
    rb_calibration_parse(state, arg, &o->margin);
    return 0;
  case ARGP_KEY_ARG:
    if (o->n_args == 2)
      rb_args_fail(state, "two traces, BASE and NEW: unexpected '%s'; more with --base and --new",
                   arg);
    add_path(o->n_args++ == 0 ? &o->base : &o->fresh, arg, state);
    return 0;
  case ARGP_KEY_END:
    if (o->n_args < 2)
      rb_args_fail(state, "which traces? the baseline first, then the new one");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

/* A trace with a manifest must be what that says; one that was copied without it must be readable.
 */
static bool read_trace(const char *path, rb_trace *out, rb_err *err) {
  char manifest[PATH_MAX];
  rb_verify_report report;
  int n = snprintf(manifest, sizeof manifest, "%s.manifest.json", path);
  if (n > 0 && n < (int)sizeof manifest && access(manifest, F_OK) == 0) {
    if (!rb_trace_verify(path, &report, err))
      return false;
    if (!report.intact)
      return rb_fail(err, RB_FAILED, "%.512s is damaged or cut: %s; `relubench verify` says more",
                     path, report.problem);
  }
  return rb_trace_read(path, RB_READ_STRICT, out, NULL, err);
}

static bool read_side(const paths *side, rb_trace **out, rb_err *err) {
  bool ok = rb_alloc((void **)out, side->n, sizeof **out, "traces", err);
  for (size_t i = 0; ok && i < side->n; i++)
    ok = read_trace(side->of[i], &(*out)[i], err);
  return ok;
}

static void free_side(const paths *side, rb_trace *traces) {
  for (size_t i = 0; traces && i < side->n; i++)
    rb_trace_free(&traces[i]);
  free(traces);
}

static bool judge(const check_options *o, const rb_trace *base, const rb_trace *fresh,
                  const rb_trace *confirm, rb_gate *gate, rb_err *err) {
  rb_cache *cache = NULL;
  rb_calibration found = {0};
  if (!rb_cachefolder_open(&cache, err))
    return false;
  bool kept = rb_calibration_get(cache, base, &found);
  rb_cachefolder_close(cache, true);
  rb_sides sides = {.first = {base, fresh, o->base.n, o->fresh.n},
                    .margin = o->margin > 0 ? o->margin
                              : kept        ? found.margin
                                            : RB_GATE_MARGIN,
                    /* Two runs make a pair. */
                    .run_sd = fmax(RB_GATE_RUN_SD, found.sd / sqrt(2))};
  if (o->confirm.n)
    sides.second = (rb_sides_stage){base, confirm, o->base.n, o->confirm.n};
  return rb_sides_gate(&sides, gate, err) &&
         (!(kept && o->margin == 0) ||
          rb_gate_note(gate, err, "the margin is what calibrate found for this device and suite"));
}

int rb_command_check(int argc, char **argv) {
  static const struct argp argp = {
      options,
      parse,
      "BASE NEW",
      "Compares new runs of a suite with a stored baseline of the same device: results, what the "
      "device was asked to do, and times against the roofs of the same run. Exit code 0 if nothing "
      "is worse, 1 a regression, 4 wrong results, 5 failed cells or a damaged trace, 6 "
      "inconclusive "
      "or not comparable, 7 cells are missing.",
      rb_gateformat_child,
      NULL,
      NULL};
  check_options o = {0};
  rb_trace *base = NULL, *fresh = NULL, *confirm = NULL;
  rb_gate gate = {0};
  rb_err err;
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = read_side(&o.base, &base, &err) && read_side(&o.fresh, &fresh, &err) &&
            read_side(&o.confirm, &confirm, &err) && judge(&o, base, fresh, confirm, &gate, &err) &&
            rb_gateformat_show(&o.format, &gate, stdout, &err);
  int code = gate.code;
  rb_gate_free(&gate);
  free_side(&o.base, base);
  free_side(&o.fresh, fresh);
  free_side(&o.confirm, confirm);
  return ok ? code : rb_command_fail(&err);
}
