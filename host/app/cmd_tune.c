// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "app/args.h"
#include "app/cachefolder.h"
#include "app/command.h"
#include "app/env.h"
#include "app/format.h"
#include "app/progress.h"
#include "app/stop.h"
#include "base/mem.h"
#include "net/tuning.h"
#include "report/escape.h"
#include "study/names.h"
#include "study/tune.h"

enum { KEY_BUDGET = 256, KEY_SHAPE, KEY_NO_CACHE };
enum { SIZE_MOST = 1 << 14 };

typedef struct tune_options {
  const char *device;
  double budget_s;
  unsigned d, m;
  int backend;
  bool no_cache;
  rb_format format;
} tune_options;

static const struct argp_option options[] = {
    {"device", 'd', "DEVICE", 0,
     "P:D, gpu, cpu, accelerator, all, uuid:.., pci:.. or a part of the name (default: "
     "RELUBENCH_DEVICE, else the best)",
     0},
    {"backend", 'b', "BACKEND", 0,
     "native (default), or clblast: parameters of its Xgemm kernel in place of those it ships", 0},
    {"budget", KEY_BUDGET, "SECONDS", 0, "end the search after so long (default: 60)", 0},
    {"shape", KEY_SHAPE, "D,M", 0, "dimension and width of the timed rounds (default: 512,512)", 0},
    {"no-cache", KEY_NO_CACHE, NULL, 0, "do not keep what was found", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  tune_options *o = state->input;
  char *end, rest;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &o->format;
    return 0;
  case 'd':
    o->device = arg;
    return 0;
  case 'b':
    o->backend = rb_names_find(arg, rb_backend_names);
    if (o->backend != RB_BACKEND_NATIVE && o->backend != RB_BACKEND_CLBLAST)
      rb_args_fail(state, "tune takes backend native or clblast, not '%.64s'", arg);
    return 0;
  case KEY_BUDGET:
    errno = 0;
    o->budget_s = strtod(arg, &end);
    if (errno || end == arg || *end || !(o->budget_s > 0 && o->budget_s <= 86400))
      rb_args_fail(state, "--budget %.64s: seconds above 0, to 86400", arg);
    return 0;
  case KEY_SHAPE:
    if (sscanf(arg, "%5u,%5u%c", &o->d, &o->m, &rest) != 2 || o->d < 1 || o->d > SIZE_MOST ||
        o->m < 1 || o->m > SIZE_MOST)
      rb_args_fail(state, "--shape %.64s: D,M, each 1 to %d, such as 1024,1024", arg, SIZE_MOST);
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

enum { AT_DEVICE, AT_VARIANT, AT_STATUS, AT_GFLOPS, AT_FINAL, AT_ERROR, AT_CHOSEN, AT_REASON };
static const rb_column columns[] = {
    [AT_DEVICE] = {.name = "device", .type = RB_COLUMN_TEXT},
    [AT_VARIANT] = {.name = "variant", .title = "candidate", .type = RB_COLUMN_TEXT},
    [AT_STATUS] = {.name = "status", .type = RB_COLUMN_TEXT},
    [AT_GFLOPS] = {.name = "gflops", .title = "GFLOP/s", .type = RB_COLUMN_REAL},
    [AT_FINAL] = {.name = "final_gflops",
                  .title = "again, in turns (95 %)",
                  .type = RB_COLUMN_REAL,
                  .ranged = true},
    [AT_ERROR] = {.name = "verify_error", .title = "error", .type = RB_COLUMN_PLAIN},
    [AT_CHOSEN] = {.name = "chosen", .type = RB_COLUMN_TRUTH},
    [AT_REASON] = {.name = "reason", .type = RB_COLUMN_TEXT},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

static int faster_first(const void *a, const void *b) {
  const rb_candidate *x = a, *y = b;
  return (x->gflops < y->gflops) - (x->gflops > y->gflops);
}

static void add_rows(rb_table *table, const rb_device *device, rb_tune *t) {
  char winner[RB_BLAS_TEXT];
  memcpy(winner, t->candidates[t->best].variant, sizeof winner);
  qsort(t->candidates, t->n_candidates, sizeof *t->candidates, faster_first);
  for (size_t i = 0; i < t->n_candidates; i++) {
    const rb_candidate *c = &t->candidates[i];
    bool chosen = strcmp(c->variant, winner) == 0;
    rb_table_row(table);
    rb_table_text(table, AT_DEVICE, device->name);
    rb_table_text(table, AT_VARIANT, c->variant);
    rb_table_text(table, AT_STATUS, c->status);
    if (c->gflops > 0)
      rb_table_real(table, AT_GFLOPS, c->gflops);
    if (c->final.n)
      rb_table_range(table, AT_FINAL, (const double[3]){c->final.median, c->final.lo, c->final.hi});
    rb_table_real(table, AT_ERROR, c->error);
    rb_table_truth(table, AT_CHOSEN, chosen);
    if (c->reason[0])
      rb_table_text(table, AT_REASON, c->reason);
  }
}

static void show_progress(void *context, size_t n_tried, double elapsed_s, double budget_s,
                          const char *variant) {
  (void)context;
  char line[160];
  double left = budget_s > elapsed_s ? budget_s - elapsed_s : 0;
  snprintf(line, sizeof line, "[%zu] at most %.0f s left, %s", n_tried, left, variant);
  rb_progress_line(line);
}

/* One device: searched, kept and put into the table. */
static bool tune_device(const tune_options *o, const rb_device *device, rb_cache *cache,
                        const atomic_int *stop, rb_table *table, rb_err *err) {
  rb_session *session = NULL;
  rb_tune *t = NULL;
  bool ok = rb_alloc((void **)&t, 1, sizeof *t, "candidates", err) &&
            rb_session_open(device, false, &session, err);
  if (ok) {
    *t = (rb_tune){.backend = (rb_backend)o->backend,
                   .d = o->d,
                   .m = o->m,
                   .budget_s = o->budget_s,
                   .stop = stop};
    if (rb_progress_wanted())
      t->progress = show_progress;
    ok = rb_tune_run(session, t, err);
    if (t->progress)
      rb_progress_clear();
  }
  if (ok && !*stop) {
    const char *best = t->candidates[t->best].variant;
    bool keep = cache && strcmp(best, RB_TUNE_SHIPPED) != 0;
    if (keep)
      rb_tuning_put(cache, device, t->backend, best);
    fprintf(stderr, "relubench: %s: %s, the best of %zu candidates with %u samples%s%s\n",
            device->name, best, t->n_candidates, t->n,
            t->in_time ? "" : "; the time was up before the search ended",
            keep && !rb_cache_complaint(cache) ? "; kept, run uses it" : "; not kept");
    add_rows(table, device, t);
  }
  rb_session_close(session);
  free(t);
  return ok;
}

int rb_command_tune(int argc, char **argv) {
  static const struct argp argp = {
      options,
      parse,
      NULL,
      "Searches the fastest kernels for a device: each candidate is verified, then timed. The best "
      "is kept in the cache, for this device, driver and version, and `run` uses it.",
      rb_format_child,
      NULL,
      NULL};
  tune_options o = {.device = rb_env_device(), .budget_s = 60, .d = 512, .m = 512};
  rb_device *devices = NULL;
  rb_cache *cache = NULL;
  rb_table *table = NULL;
  size_t n = 0;
  rb_err err = {.kind = RB_DONE};
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = rb_stop_install(&err) && rb_device_choose(o.device, &devices, &n, &err) &&
            (o.no_cache || rb_cachefolder_open(&cache, &err)) &&
            rb_table_open(columns, N_COLUMNS, &table, &err);
  const atomic_int *stop = rb_stop_defer();
  for (size_t i = 0; ok && i < n && !*stop; i++)
    ok = tune_device(&o, &devices[i], cache, stop, table, &err);
  int signal_number = *stop;
  if (ok && o.format == RB_FORMAT_TABLE && n == 1)
    rb_table_hide(table, AT_DEVICE);
  if (ok && rb_table_rows(table) > 0 && o.format == RB_FORMAT_TABLE &&
      rb_table_is_empty(table, AT_REASON))
    rb_table_hide(table, AT_REASON);
  ok = ok && rb_table_write(table, o.format, stdout, &err);
  rb_cachefolder_close(cache, !ok);
  rb_table_free(table);
  free(devices);
  return !ok ? rb_command_fail(&err) : signal_number ? 128 + signal_number : RB_DONE;
}
