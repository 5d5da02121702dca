// SPDX-License-Identifier: Apache-2.0
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "app/command.h"
#include "app/direct.h"
#include "app/dryrun.h"
#include "app/env.h"
#include "app/progress.h"
#include "app/runopts.h"
#include "app/stop.h"
#include "app/suitefile.h"
#include "app/work.h"
#include "base/mem.h"
#include "report/escape.h"
#include "report/summary.h"
#include "rb_version.h"
#include "study/header.h"
#include "study/resume.h"
#include "study/supervisor.h"

/* What the command holds; everything is owned but opts. */
typedef struct run_work {
  const rb_runopts *opts;
  char *layers; /* NULL if none are asked for */
  rb_suite suite;
  rb_plan plan;
  rb_direct direct;          /* --no-supervisor */
  rb_supervisor *supervisor; /* else; its options are those below */
  rb_supervisor_options supervised;
  const rb_device **devices; /* (n_devices) of direct: NULL where no cell needs one */
  size_t n_devices;
  rb_energy *energy; /* or NULL */
  rb_record *header; /* what a new trace begins with */
  rb_resume resume;  /* of --resume */
  rb_ledger ledger;  /* its writer is owned */
  char path[PATH_MAX];
} run_work;

static bool make_plan(run_work *w, rb_err *err) {
  return (!w->opts->output || rb_suitefile_output(w->opts->output, err)) &&
         rb_suitefile_plan(w->opts, &w->suite, &w->plan, err);
}

/* Before the first OpenCL call: ocl-icd 2.3.1 then cuts the variable at its first colon. */
static bool keep_layers(run_work *w, rb_err *err) {
  return rb_env_layers() == NULL || rb_copy_text(&w->layers, rb_env_layers(), err);
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
  return !w->opts->resume || rb_resume_open(w->path, w->opts->resume_anyway, w->header, &w->resume,
                                            &w->ledger.writer, err);
}

static bool open_trace(run_work *w, const rb_device *const *devices, size_t n, const char *loader,
                       rb_err *err) {
  rb_header_libraries(w->header, loader);
  rb_record_integer(w->header, RB_F_n_cells, w->plan.n_cells * n);
  if (!w->opts->resume)
    return rb_writer_open(w->path, w->opts->force, w->header, &w->ledger.writer, err);
  bool ok = rb_resume_match(&w->resume, &w->plan, devices, n, err) &&
            rb_resume_begin(&w->resume, w->header, w->ledger.writer, err);
  w->ledger.n_resumes = w->resume.done ? w->resume.n_resumes + 1 : 0;
  w->ledger.n_done = w->resume.n_used;
  w->ledger.exit_code = w->resume.exit_code;
  return ok;
}

/* ---- devices in processes of their own ---- */

static void show_note(void *context, const char *text) {
  const run_work *w = context;
  if (w->opts->quiet)
    return;
  if (rb_progress_wanted())
    rb_progress_clear();
  fputs("relubench: ", stderr);
  rb_escape_print(stderr, text);
  fputc('\n', stderr);
}

static bool run_supervised(run_work *w, char **argv, const atomic_int *stop, rb_err *err) {
  bool progress = !w->opts->quiet && rb_progress_wanted();
  w->supervised = (rb_supervisor_options){.argv = (const char *const *)argv,
                                          .plan = &w->plan,
                                          .suite_hash = w->suite.hash,
                                          .timeout_s = w->opts->timeout_s,
                                          .stop = stop,
                                          .progress = progress ? rb_progress_show : NULL,
                                          .note = show_note,
                                          .context = w};
  size_t n = 0;
  bool ok = rb_supervisor_open(&w->supervised, &w->supervisor, err);
  if (ok) {
    rb_stop_defer();
    const rb_device *const *devices = rb_supervisor_devices(w->supervisor, &n);
    ok = open_trace(w, devices, n, rb_supervisor_loader(w->supervisor), err) &&
         rb_supervisor_run(w->supervisor, w->resume.done, &w->ledger, err);
  }
  return ok;
}

/* ---- devices in this process ---- */

static bool open_devices(run_work *w, rb_err *err) {
  bool ok = rb_direct_choose(w->opts, &w->plan, &w->direct, err) &&
            rb_alloc((void **)&w->devices, w->direct.n, sizeof *w->devices, "devices", err);
  for (size_t i = 0; ok && i < w->direct.n; i++) {
    ok = rb_direct_open(&w->direct, i, !w->opts->quiet, err);
    w->devices[i] = rb_direct_device(&w->direct, i);
  }
  return ok;
}

static bool run_directly(run_work *w, const atomic_int *stop, rb_err *err) {
  bool progress = !w->opts->quiet && rb_progress_wanted();
  char loader[256];
  if (!open_devices(w, err))
    return false;
  rb_stop_defer();
  rb_session_loader(loader, sizeof loader);
  bool ok = open_trace(w, w->devices, w->direct.n, loader, err);
  for (size_t i = 0; ok && i < w->direct.n && !*stop; i++) {
    rb_run run = {.plan = &w->plan,
                  .session = w->direct.sessions[i],
                  .done = w->resume.done ? w->resume.done + i * w->plan.n_cells : NULL,
                  .order_seed = w->plan.cells[0].problem.seed,
                  .energy = w->energy,
                  .stop = stop,
                  .put = rb_ledger_put,
                  .put_context = &w->ledger,
                  .progress = progress ? rb_progress_show : NULL};
    ok = rb_run_cells(&run, err) && rb_writer_commit(w->ledger.writer, err);
  }
  return ok;
}

/* ---- the end ---- */

/* ok: every cell is recorded, unless a signal came. */
static bool end_trace(run_work *w, bool ok, int signal_number, rb_err *err) {
  if (!w->opts->quiet && rb_progress_wanted())
    rb_progress_clear();
  if (ok) {
    rb_record *end = rb_header_end(w->ledger.exit_code, w->ledger.n_done);
    ok = rb_writer_add(w->ledger.writer, end, err);
    rb_record_free(end);
  }
  /* Only a run that went to its end is sealed. */
  rb_err closing;
  bool closed = rb_writer_close(w->ledger.writer, ok && !signal_number, &closing);
  w->ledger.writer = NULL;
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
  bool ok = rb_writer_close(w->ledger.writer, false, err) && show(w, false, err);
  w->ledger.writer = NULL;
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

/* argv: of a worker. */
static bool run(run_work *w, char **argv, int *exit_code, rb_err *err) {
  const atomic_int *stop = rb_stop_flag();
  w->ledger.committed = rb_clock_now();
  bool ok =
      w->opts->no_supervisor ? run_directly(w, stop, err) : run_supervised(w, argv, stop, err);
  int signal_number = *stop; /* once: a later signal changes nothing any more */
  if (signal_number)
    w->ledger.exit_code = rb_worse(w->ledger.exit_code, 128 + signal_number);
  ok = end_trace(w, ok, signal_number, err);
  *exit_code = w->ledger.exit_code;
  ok = ok && show(w, signal_number || *exit_code == RB_FAILED, err);
  fflush(stdout); /* the workers may take a while to end */
  rb_supervisor_close(w->supervisor);
  if (w->supervised.progress)
    rb_progress_clear();
  return ok;
}

/* The command line of a worker, owned by the caller; its words are those of argv, and must not be
 * moved before it is used no more. */
static bool copy_words(int argc, char **argv, char ***out, rb_err *err) {
  static char program[] = "relubench", command[] = "run", worker[] = "--worker";
  if (!rb_alloc((void **)out, (size_t)argc + 3, sizeof **out, "command line", err))
    return false;
  (*out)[0] = program;
  (*out)[1] = command;
  (*out)[2] = worker;
  memcpy(*out + 3, argv + 1, (size_t)(argc - 1) * sizeof *argv);
  return true;
}

int rb_command_run(int argc, char **argv) {
  rb_runopts opts;
  run_work w = {.opts = &opts};
  rb_err err = {.kind = RB_DONE}, ignored;
  char command[4096], **words = NULL;
  int code = RB_DONE;
  join(argc, argv, command, sizeof command); /* before argp reorders it */
  rb_runopts_parse(argc, argv, &opts);
  if (opts.worker)
    return rb_work_serve(&opts);
  bool ok = copy_words(argc, argv, &words, &err) && keep_layers(&w, &err) && make_plan(&w, &err);
  if (ok && opts.dry_run) {
    ok = rb_dryrun_print(&w.plan, opts.format, &err);
  } else if (ok) {
    ok = rb_stop_install(&err) && rb_energy_open(rb_env_powercap(), &w.energy, &err) &&
         make_header(&w, command, &err);
    if (ok && rb_resume_is_complete(&w.resume))
      ok = show_complete(&w, &code, &err);
    else if (ok)
      ok = run(&w, words, &code, &err);
  }
  rb_direct_close(&w.direct, *rb_stop_flag() != 0, opts.quiet || !ok); /* an error is one line */
  free(w.devices);
  rb_energy_close(w.energy);
  rb_writer_close(w.ledger.writer, false, &ignored);
  rb_resume_free(&w.resume);
  rb_record_free(w.header);
  free(words);
  free(w.layers);
  rb_plan_free(&w.plan);
  rb_suite_free(&w.suite);
  return ok ? code : rb_worse(code, rb_command_fail(&err));
}
