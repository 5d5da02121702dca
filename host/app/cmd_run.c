// SPDX-License-Identifier: Apache-2.0
#include <limits.h>
#include <stdlib.h>
#include "app/cachefolder.h"
#include "app/command.h"
#include "app/dryrun.h"
#include "app/env.h"
#include "app/prebuilt.h"
#include "app/progress.h"
#include "app/runopts.h"
#include "app/stop.h"
#include "app/suitefile.h"
#include "base/mem.h"
#include "net/tuning.h"
#include "report/escape.h"
#include "report/summary.h"
#include "rb_version.h"
#include "study/header.h"
#include "study/resume.h"
#include "study/run.h"

/* What the command holds; everything is owned but opts. */
typedef struct run_work {
  const rb_runopts *opts;
  char *layers; /* NULL if none are asked for */
  rb_suite suite;
  rb_plan plan;
  rb_device *devices;
  rb_session **sessions; /* (n_sessions) one a chosen device; one NULL if no cell needs a device */
  size_t n_sessions;
  rb_cache *cache;     /* or NULL */
  rb_offline *offline; /* in place of the compiler, or NULL */
  rb_energy *energy;   /* or NULL */
  rb_record *header;   /* what a new trace begins with */
  rb_resume resume;    /* of --resume */
  rb_writer *writer;
  char path[PATH_MAX];
} run_work;

static bool make_plan(run_work *w, rb_err *err) {
  char path[PATH_MAX];
  if ((w->opts->output && !rb_suitefile_output(w->opts->output, err)) ||
      !rb_suitefile_find(w->opts->suite, path, sizeof path, err) ||
      !rb_suite_read(path, &w->suite, err))
    return false;
  for (size_t i = 0; i < w->opts->n_overrides; i++)
    if (!rb_suite_override(&w->suite, w->opts->overrides[i], err))
      return false;
  return rb_plan_make(&w->suite, w->opts->backend, &w->plan, err);
}

/* Before the first OpenCL call: ocl-icd 2.3.1 then cuts the variable at its first colon. */
static bool keep_layers(run_work *w, rb_err *err) {
  return rb_env_layers() == NULL || rb_copy_text(&w->layers, rb_env_layers(), err);
}

static bool needs_device(const rb_plan *plan) {
  for (size_t i = 0; i < plan->n_cells; i++)
    if (plan->cells[i].backend != RB_BACKEND_REFERENCE)
      return true;
  return false;
}

/* The first cell that wants CLBlast, or NULL. */
static const rb_cell *first_of_clblast(const rb_plan *plan) {
  for (size_t i = 0; i < plan->n_cells; i++)
    if (plan->cells[i].backend == RB_BACKEND_CLBLAST)
      return &plan->cells[i];
  return NULL;
}

/* What is given, else what `tune` found. */
static void choose_variant(const run_work *w, rb_device *device) {
  char tuned[RB_TUNING_TEXT];
  if (w->opts->variant)
    snprintf(device->variant, sizeof device->variant, "%s", w->opts->variant);
  else if (rb_tuning_get(w->cache, device, RB_BACKEND_NATIVE, tuned)) {
    snprintf(device->variant, sizeof device->variant, "%.*s", RB_VARIANT_TEXT - 1, tuned);
    if (!w->opts->quiet)
      fprintf(stderr, "relubench: kernels %s, tuned on this device\n", device->variant);
  }
}

static bool tune_blas(const run_work *w, rb_session *session, rb_err *err) {
  char tuned[RB_TUNING_TEXT];
  if (first_of_clblast(&w->plan) == NULL ||
      !rb_tuning_get(w->cache, rb_session_device(session), RB_BACKEND_CLBLAST, tuned))
    return true;
  if (!rb_blas_use(session, tuned, err))
    return false;
  if (!w->opts->quiet)
    fprintf(stderr, "relubench: CLBlast %s, tuned on this device\n", tuned);
  return true;
}

/* Opens a session on every chosen device and looks whether all cells fit there. */
static bool open_sessions(run_work *w, rb_err *err) {
  size_t n = 0, n_chosen = 1;
  size_t *chosen = NULL;
  bool device = needs_device(&w->plan);
  bool ok = !device || (rb_device_list(&w->devices, &n, err) &&
                        rb_alloc((void **)&chosen, n, sizeof *chosen, "devices", err) &&
                        rb_device_select(w->devices, n, w->opts->device, chosen, &n_chosen, err));
  ok = ok && rb_alloc((void **)&w->sessions, n_chosen, sizeof *w->sessions, "sessions", err);
  ok = ok && (w->opts->no_cache || rb_cachefolder_open(&w->cache, err));
  for (size_t i = 0; ok && device && i < n_chosen; i++) {
    rb_device *one = &w->devices[chosen[i]];
    ok = rb_prebuilt_find(w->opts, one, n_chosen, first_of_clblast(&w->plan), &w->offline, err);
    if (ok && !w->offline)
      choose_variant(w, one);
    ok = ok && rb_session_open(one, w->opts->check, &w->sessions[i], err);
    if (!ok)
      break;
    w->n_sessions = i + 1;
    rb_session_use_cache(w->sessions[i], w->cache);
    if (w->offline)
      rb_offline_serve(w->offline, w->sessions[i]);
    ok = tune_blas(w, w->sessions[i], err) && rb_run_preflight(&w->plan, w->sessions[i], err);
  }
  if (ok)
    w->n_sessions = n_chosen;
  free(chosen);
  return ok;
}

/* What is known before any device is opened, and where the trace goes. With --resume it is opened
 * here, so that a second process is refused at once. */
static bool make_header(run_work *w, const char *command, rb_err *err) {
  rb_header facts = {RB_VERSION,
                     RB_REVISION,
                     command,
                     w->layers,
                     w->opts->backend < 0 ? NULL : rb_backend_names[w->opts->backend],
                     &w->suite,
                     w->plan.n_cells,
                     rb_energy_describe(w->energy)};
  if (!rb_header_make(&facts, &w->header, err))
    return false;
  if (w->opts->output)
    snprintf(w->path, sizeof w->path, "%s", w->opts->output);
  else
    rb_suitefile_trace(w->suite.name, rb_record_get_text(w->header, RB_F_run_id), w->path,
                       sizeof w->path);
  return !w->opts->resume ||
         rb_resume_open(w->path, w->opts->resume_anyway, w->header, &w->resume, &w->writer, err);
}

static bool open_trace(run_work *w, rb_err *err) {
  rb_record_integer(w->header, RB_F_n_cells, w->plan.n_cells * w->n_sessions);
  if (!w->opts->resume)
    return rb_writer_open(w->path, w->opts->force, w->header, &w->writer, err);
  return rb_resume_match(&w->resume, &w->plan, w->sessions, w->n_sessions, err) &&
         rb_resume_begin(&w->resume, w->header, w->writer, err);
}

static bool run_all(run_work *w, const atomic_int *stop, int *exit_code, rb_err *err) {
  bool progress = !w->opts->quiet && rb_progress_wanted(), ok = true;
  size_t all_done = w->resume.n_used;
  *exit_code = w->resume.exit_code;
  for (size_t i = 0; ok && i < w->n_sessions && !*stop; i++) {
    rb_run run = {.plan = &w->plan,
                  .session = w->sessions[i],
                  .writer = w->writer,
                  .done = w->resume.done ? w->resume.done + i * w->plan.n_cells : NULL,
                  .n_resumes = w->resume.done ? w->resume.n_resumes + 1 : 0,
                  .order_seed = w->plan.cells[0].problem.seed,
                  .energy = w->energy,
                  .stop = stop,
                  .progress = progress ? rb_progress_show : NULL};
    int code = RB_DONE;
    size_t n_done = 0;
    ok = rb_run_cells(&run, &code, &n_done, err);
    *exit_code = rb_worse(*exit_code, code);
    all_done += n_done;
  }
  if (progress)
    rb_progress_clear();
  int signal_number = *stop; /* once: a later signal changes nothing any more */
  if (signal_number)
    *exit_code = rb_worse(*exit_code, 128 + signal_number);
  if (ok) {
    rb_record *end = rb_header_end(*exit_code, all_done);
    ok = rb_writer_add(w->writer, end, err);
    rb_record_free(end);
  }
  /* Only a run that went to its end is sealed. */
  rb_err closing;
  bool closed = rb_writer_close(w->writer, ok && !signal_number, &closing);
  w->writer = NULL;
  if (ok && !closed)
    *err = closing;
  return ok && closed;
}

static void put_hint(const run_work *w) {
  char *command = NULL;
  size_t n = 0;
  FILE *memory = rb_mem_stream(&command, &n);
  if (memory == NULL)
    return;
  rb_runopts_put_resume(w->opts, w->path, memory);
  if (fclose(memory) == 0) {
    fputs("the other cells: ", stderr);
    rb_escape_print(stderr, command);
    fputc('\n', stderr);
  }
  free(command);
}

/* again: some cells may be done by a resume. */
static bool show(const run_work *w, bool again, rb_err *err) {
  rb_trace trace = {0};
  rb_summary_options options = {.format = w->opts->format, .path = w->path};
  bool ok = rb_trace_read(w->path, RB_READ_STRICT, &trace, NULL, err) &&
            rb_summary_show(&trace, &options, stdout, err) &&
            (w->opts->quiet || rb_summary_headline(&trace, stderr, err));
  rb_trace_free(&trace);
  if (!w->opts->quiet) {
    fputs("trace: ", stderr);
    rb_escape_print(stderr, w->path);
    fputc('\n', stderr);
    if (again)
      put_hint(w);
  }
  return ok;
}

/* A trace that has every cell is as a run would leave it. */
static bool show_complete(run_work *w, int *exit_code, rb_err *err) {
  *exit_code = w->resume.exit_code;
  bool ok = rb_writer_close(w->writer, false, err) && show(w, false, err);
  w->writer = NULL;
  if (ok && !w->opts->quiet)
    fprintf(stderr, "nothing to do: all %zu cells are done\n", w->resume.n_cells);
  return ok;
}

static void join(int argc, char **argv, char *text, size_t room) {
  size_t used = 0;
  text[0] = 0;
  for (int i = 0; i < argc && used < room; i++)
    used += (size_t)snprintf(text + used, room - used, "%s%s", i ? " " : "", argv[i]);
}

static bool run(run_work *w, int *exit_code, rb_err *err) {
  if (!open_sessions(w, err))
    return false;
  const atomic_int *stop = rb_stop_defer();
  bool ok = open_trace(w, err) && run_all(w, stop, exit_code, err) &&
            show(w, *stop || *exit_code == RB_FAILED, err);
  for (size_t i = 0; *stop && i < w->n_sessions; i++)
    if (w->sessions[i]) /* nobody who interrupts waits for PoCL, which takes .3 s a program */
      rb_session_use_cache(w->sessions[i], NULL);
  return ok;
}

int rb_command_run(int argc, char **argv) {
  rb_runopts opts;
  run_work w = {.opts = &opts};
  rb_err err = {.kind = RB_DONE}, ignored;
  char command[4096];
  int code = RB_DONE;
  join(argc, argv, command, sizeof command); /* before argp reorders it */
  rb_runopts_parse(argc, argv, &opts);
  bool ok = keep_layers(&w, &err) && make_plan(&w, &err);
  if (ok && opts.dry_run) {
    ok = rb_dryrun_print(&w.plan, opts.format, &err);
  } else if (ok) {
    ok = rb_stop_install(&err) && rb_energy_open(rb_env_powercap(), &w.energy, &err) &&
         make_header(&w, command, &err);
    if (ok && rb_resume_is_complete(&w.resume))
      ok = show_complete(&w, &code, &err);
    else if (ok)
      ok = run(&w, &code, &err);
  }
  for (size_t i = 0; i < w.n_sessions; i++)
    rb_session_close(w.sessions[i]);
  rb_offline_close(w.offline);
  rb_cachefolder_close(w.cache, opts.quiet || !ok); /* an error is one line */
  rb_energy_close(w.energy);
  rb_writer_close(w.writer, false, &ignored);
  rb_resume_free(&w.resume);
  rb_record_free(w.header);
  free(w.sessions);
  free(w.layers);
  free(w.devices);
  rb_plan_free(&w.plan);
  rb_suite_free(&w.suite);
  return ok ? code : rb_worse(code, rb_command_fail(&err));
}
