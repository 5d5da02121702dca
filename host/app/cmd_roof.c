// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <stdlib.h>
#include "app/args.h"
#include "app/cachefolder.h"
#include "app/command.h"
#include "app/env.h"
#include "app/format.h"
#include "app/prebuilt.h"
#include "report/figure.h"
#include "report/wrap.h"
#include "study/roof.h"

typedef struct roof_options {
  const char *device, *kernels; /* kernels: NULL if not given */
  bool no_cache;
  rb_format format;
} roof_options;

enum { KEY_NO_CACHE = 256, KEY_KERNELS };

static const struct argp_option options[] = {
    {"device", 'd', "DEVICE", 0,
     "P:D, gpu, cpu, accelerator, all, uuid:.., pci:.. or a part of the name (default: "
     "RELUBENCH_DEVICE, else the best)",
     0},
    {"kernels", KEY_KERNELS, "DIR", 0,
     "take the programs that build-kernels wrote into DIR, and compile nothing", 0},
    {"no-cache", KEY_NO_CACHE, NULL, 0, "compile every program anew, and keep none", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  roof_options *o = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &o->format;
    return 0;
  case 'd':
    o->device = arg;
    return 0;
  case KEY_KERNELS:
    o->kernels = arg;
    return 0;
  case KEY_NO_CACHE:
    o->no_cache = true;
    return 0;
  case ARGP_KEY_ARG:
    rb_args_fail(state, "unexpected argument '%s'", arg);
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

enum {
  AT_DEVICE,
  AT_NAME,
  AT_IDENTITY,
  AT_GFLOPS,
  AT_GFLOPS_MEDIAN,
  AT_FMA,
  AT_TF32X3,
  AT_HALF,
  AT_GB,
  AT_GB_MEDIAN,
  AT_COPY,
  AT_RIDGE,
  AT_LAUNCHES,
  AT_CLOCK
};
static const rb_column columns[] = {
    [AT_DEVICE] = {.name = "device", .title = "-d", .type = RB_COLUMN_TEXT},
    [AT_NAME] = {.name = "name", .type = RB_COLUMN_TEXT},
    [AT_IDENTITY] = {.name = "identity", .type = RB_COLUMN_TEXT},
    [AT_GFLOPS] = {.name = "roof_gflops", .title = "GFLOP/s", .type = RB_COLUMN_REAL},
    [AT_GFLOPS_MEDIAN] = {.name = "median_gflops",
                          .title = "median",
                          .type = RB_COLUMN_REAL,
                          .ranged = true},
    [AT_FMA] = {.name = "fma", .type = RB_COLUMN_TEXT},
    [AT_TF32X3] = {.name = "tf32x3_gflops", .title = "3xTF32", .type = RB_COLUMN_REAL},
    [AT_HALF] = {.name = "half_gflops", .title = "half", .type = RB_COLUMN_REAL},
    [AT_GB] = {.name = "roof_gb_per_s", .title = "GB/s", .type = RB_COLUMN_REAL},
    [AT_GB_MEDIAN] = {.name = "median_gb_per_s",
                      .title = "median",
                      .type = RB_COLUMN_REAL,
                      .ranged = true},
    [AT_COPY] = {.name = "copy", .type = RB_COLUMN_TEXT},
    [AT_RIDGE] = {.name = "ridge_flop_per_byte", .title = "ridge", .type = RB_COLUMN_REAL},
    [AT_LAUNCHES] = {.name = "launches", .type = RB_COLUMN_INTEGER},
    [AT_CLOCK] = {.name = "clock", .type = RB_COLUMN_TEXT},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

static const rb_probe *multiply_adds(const rb_roof *roof) {
  return &roof->arithmetic[RB_ARITHMETIC_MULTIPLY_ADD];
}

static const char *clock_of(const rb_roof *roof) {
  return multiply_adds(roof)->host_clock || roof->copy.host_clock ? "host" : "device";
}

static double best_of(const rb_probe *probe) {
  return probe->best > 0 ? probe->best : NAN;
}

static void add_row(rb_table *table, const rb_device *d, const rb_roof *roof) {
  char index[32], fma[64], copy[64];
  const rb_spread *f = &multiply_adds(roof)->spread, *c = &roof->copy.spread;
  snprintf(index, sizeof index, "%u:%u", d->platform_index, d->device_index);
  rb_roof_describe(multiply_adds(roof), fma, sizeof fma);
  rb_roof_describe(&roof->copy, copy, sizeof copy);
  rb_table_row(table);
  rb_table_text(table, AT_DEVICE, index);
  rb_table_text(table, AT_NAME, d->name);
  rb_table_text(table, AT_IDENTITY, d->identity);
  rb_table_real(table, AT_GFLOPS, multiply_adds(roof)->best);
  rb_table_range(table, AT_GFLOPS_MEDIAN, (const double[3]){f->median, f->lo, f->hi});
  rb_table_text(table, AT_FMA, fma);
  rb_table_real(table, AT_TF32X3, best_of(&roof->arithmetic[RB_ARITHMETIC_TF32X3]));
  rb_table_real(table, AT_HALF, best_of(&roof->arithmetic[RB_ARITHMETIC_HALF]));
  rb_table_real(table, AT_GB, roof->gb_per_s);
  rb_table_range(table, AT_GB_MEDIAN, (const double[3]){c->median, c->lo, c->hi});
  rb_table_text(table, AT_COPY, copy);
  rb_table_real(table, AT_RIDGE, multiply_adds(roof)->best / roof->gb_per_s);
  rb_table_integer(table, AT_LAUNCHES, f->n);
  rb_table_text(table, AT_CLOCK, clock_of(roof));
}

/* "compute  235 GFLOP/s; median of 40 launches 233 (231..234); 12 chains of 16 floats" */
static bool print_probe(const char *label, const rb_probe *probe, const char *unit, rb_err *err) {
  char best[RB_FIGURE_ROOM], median[RB_FIGURE_ROOM], how[64], text[3 * RB_FIGURE_ROOM];
  const rb_spread *s = &probe->spread;
  rb_figure_one(best, RB_FIGURE_REAL, probe->best, unit);
  rb_figure_range(median, RB_FIGURE_REAL, (const double[3]){s->median, s->lo, s->hi}, "");
  rb_roof_describe(probe, how, sizeof how);
  snprintf(text, sizeof text, "%s; median of %zu launches %s; %s", best, s->n, median, how);
  return rb_wrap_put(stdout, label, text, err);
}

static bool print_tensor(const rb_probe *probe, rb_err *err) {
  return probe->best == 0 || print_probe("tensor   ", probe, "GFLOP/s", err);
}

static bool print_roof(const rb_device *d, const rb_roof *roof, rb_err *err) {
  char name[2 * RB_DEVICE_TEXT + 32], ridge[RB_FIGURE_ROOM], how[160];
  snprintf(name, sizeof name, "%s / %s (-d %u:%u)", d->platform, d->name, d->platform_index,
           d->device_index);
  rb_figure_one(ridge, RB_FIGURE_REAL, multiply_adds(roof)->best / roof->gb_per_s, "flop/byte");
  snprintf(how, sizeof how, "the fastest launch of the fastest shape, results checked, %s clock",
           clock_of(roof));
  return rb_wrap_put(stdout, "device   ", name, err) &&
         print_probe("compute  ", multiply_adds(roof), "GFLOP/s", err) &&
         print_tensor(&roof->arithmetic[RB_ARITHMETIC_TF32X3], err) &&
         print_tensor(&roof->arithmetic[RB_ARITHMETIC_HALF], err) &&
         print_probe("copy     ", &roof->copy, "GB/s", err) &&
         rb_wrap_put(stdout, "ridge    ", ridge, err) && rb_wrap_put(stdout, "how      ", how, err);
}

static bool measure(rb_device *device, size_t n_devices, const char *kernels, rb_cache *cache,
                    rb_roof *roof, rb_err *err) {
  rb_session *session = NULL;
  rb_offline *offline = NULL;
  bool ok = rb_prebuilt_find(kernels, NULL, device, n_devices, NULL, &offline, err) &&
            rb_session_open(device, false, &session, err);
  if (ok) {
    rb_session_use_cache(session, cache);
    if (offline)
      rb_offline_serve(offline, session);
    ok = rb_roof_measure(session, RB_ROOF_LAUNCHES_LONG, true, roof, err);
  }
  rb_session_close(session);
  rb_offline_close(offline);
  return ok;
}

int rb_command_roof(int argc, char **argv) {
  static const struct argp argp = {
      options,
      parse,
      NULL,
      "Measures what a device reaches at most: multiply-adds in single precision, and copies in "
      "its memory. `run` measures the same, for a shorter time, beside what it times.",
      rb_format_child,
      NULL,
      NULL};
  roof_options o = {.device = rb_env_device()};
  rb_device *devices = NULL;
  rb_cache *cache = NULL;
  rb_table *table = NULL;
  size_t n = 0;
  rb_err err = {.kind = RB_DONE};
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = rb_device_choose(o.device, &devices, &n, &err) &&
            (o.no_cache || rb_cachefolder_open(&cache, &err)) &&
            rb_table_open(columns, N_COLUMNS, &table, &err);
  for (size_t i = 0; ok && i < n; i++) {
    rb_device *device = &devices[i];
    rb_roof roof;
    ok = measure(device, n, o.kernels, cache, &roof, &err);
    if (ok && o.format == RB_FORMAT_TABLE)
      ok = (i == 0 || putchar('\n') != EOF) && print_roof(device, &roof, &err);
    else if (ok)
      add_row(table, device, &roof);
  }
  ok = ok && (o.format == RB_FORMAT_TABLE || rb_table_write(table, o.format, stdout, &err));
  rb_cachefolder_close(cache, !ok); /* an error is one line */
  rb_table_free(table);
  free(devices);
  return ok ? RB_DONE : rb_command_fail(&err);
}
