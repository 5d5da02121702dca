// SPDX-License-Identifier: Apache-2.0
#include "report/publish.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/cellfaults.h"
#include "report/devices.h"
#include "report/fingerprint.h"
#include "report/growth.h"
#include "report/phrase.h"
#include "report/plausible.h"
#include "report/reasons.h"

const char *const rb_publish_areas[] = {"seal",   "completeness", "identity",
                                        "result", "plausibility", "host"};

bool rb_publish_say(rb_publish *publish, rb_publish_area area, rb_kind code, rb_err *err,
                    const char *format, ...) {
  va_list arguments;
  if (!rb_grow((void **)&publish->faults, &publish->room, publish->n_faults + 1,
               sizeof *publish->faults, "faults of a trace", err))
    return false;
  rb_publish_fault *fault = &publish->faults[publish->n_faults++];
  *fault = (rb_publish_fault){.area = area, .code = code};
  va_start(arguments, format);
  vsnprintf(fault->text, sizeof fault->text, format, arguments);
  va_end(arguments);
  publish->n_wrong += code != RB_DONE;
  publish->code = (rb_kind)rb_worse(publish->code, code);
  return true;
}

void rb_publish_free(rb_publish *publish) {
  free(publish->faults);
  *publish = (rb_publish){0};
}

/* ---- seal ---- */

static bool judge_seal(const rb_verify_report *report, rb_publish *out, rb_err *err) {
  if (!report->intact)
    return rb_publish_say(out, RB_PUBLISH_SEAL, RB_FAILED, err, "%.512s", report->problem);
  return report->sealed || rb_publish_say(out, RB_PUBLISH_SEAL, RB_INCONCLUSIVE, err,
                                          "not sealed: the run never ended; run it again");
}

/* ---- completeness ---- */

typedef struct place {
  const char *part, *id;
} place;

static int by_key(const void *left, const void *right) {
  const place *a = left, *b = right;
  int order = strcmp(a->part, b->part);
  return order ? order : strcmp(a->id, b->id);
}

static const char *text_of(const rb_record *record, rb_field field) {
  const char *text = record ? rb_record_get_text(record, field) : NULL;
  return text ? text : "";
}

/* Both sorted: what is in one and not in the other, and what is there twice. */
static bool compare_keys(const place *there, size_t n_there, const place *wanted, size_t n_wanted,
                         rb_publish *out, rb_err *err) {
  size_t missing = 0, extra = 0, twice = 0, i = 0, j = 0;
  const place *first = NULL;
  while (i < n_there || j < n_wanted) {
    int order = i == n_there ? 1 : j == n_wanted ? -1 : by_key(&there[i], &wanted[j]);
    if (order > 0) {
      first = missing++ ? first : &wanted[j];
      j++;
      continue;
    }
    if (order < 0)
      extra++;
    i++;
    while (i < n_there && by_key(&there[i - 1], &there[i]) == 0)
      twice++, i++;
    j += order == 0;
  }
  bool ok = !missing || rb_publish_say(out, RB_PUBLISH_COMPLETENESS, RB_MISSING, err,
                                       "%zu of the suite's %zu cells are missing, the first in "
                                       "part %.60s, id %.12s; a cut is declared by `run -a`",
                                       missing, n_wanted, first->part, first->id);
  ok = ok && (!extra || rb_publish_say(out, RB_PUBLISH_COMPLETENESS, RB_INCONCLUSIVE, err,
                                       "%zu cells are none of this program's suite", extra));
  return ok && (!twice || rb_publish_say(out, RB_PUBLISH_COMPLETENESS, RB_INCONCLUSIVE, err,
                                         "%zu cells are there more than once", twice));
}

static bool judge_plan(const rb_load *load, const rb_publish_plan *plan, rb_publish *out,
                       rb_err *err) {
  const char *hash = text_of(load->run, RB_F_suite_hash);
  if (plan->problem)
    return rb_publish_say(out, RB_PUBLISH_COMPLETENESS, RB_INCONCLUSIVE, err,
                          "whether all cells are there cannot be told: %.400s", plan->problem);
  if (hash[0] && strcmp(hash, plan->hash) != 0 &&
      !rb_publish_say(out, RB_PUBLISH_IDENTITY, RB_INCONCLUSIVE, err,
                      "the suite's hash is %.12s, in this program %.12s: another version of suite "
                      "%.60s; run this one",
                      hash, plan->hash, text_of(load->run, RB_F_suite)))
    return false;
  place *there = NULL, *wanted = NULL;
  bool ok = rb_alloc((void **)&there, load->n_cells, sizeof *there, "cells of a trace", err) &&
            rb_alloc((void **)&wanted, plan->n_cells, sizeof *wanted, "cells of a suite", err);
  for (size_t i = 0; ok && i < load->n_cells; i++)
    there[i] = (place){text_of(load->cells[i], RB_F_part), text_of(load->cells[i], RB_F_id)};
  for (size_t i = 0; ok && i < plan->n_cells; i++)
    wanted[i] = (place){plan->cells[i].part, plan->cells[i].id};
  if (ok) {
    qsort(there, load->n_cells, sizeof *there, by_key);
    qsort(wanted, plan->n_cells, sizeof *wanted, by_key);
    ok = compare_keys(there, load->n_cells, wanted, plan->n_cells, out, err);
  }
  free(there);
  free(wanted);
  return ok;
}

static void put_entry(void *context, const char *key, double value, const char *text) {
  (void)key, (void)value;
  fprintf(context, " %s", text);
}

/* What was declared is no fault, but must be known. */
static bool note_cut(const rb_record *run, rb_publish *out, rb_err *err) {
  char *cut = NULL;
  rb_phrase t;
  if (!rb_phrase_open(&t, &cut, err))
    return false;
  rb_record_each(run, RB_F_overrides, put_entry, t.to);
  bool ok = rb_phrase_close(&t, err) &&
            (!cut || rb_publish_say(out, RB_PUBLISH_COMPLETENESS, RB_DONE, err,
                                    "a declared cut of the suite:%.400s", cut));
  free(cut);
  return ok;
}

static bool judge_end(const rb_load *load, rb_publish *out, rb_err *err) {
  if (!load->end)
    return rb_publish_say(out, RB_PUBLISH_COMPLETENESS, RB_INCONCLUSIVE, err,
                          "the end record is missing: the run broke off; run it again");
  uint64_t n_done = rb_record_get_integer(load->end, RB_F_n_done);
  bool ok = true;
  if (!rb_record_has(load->end, RB_F_exit_code))
    ok = rb_publish_say(out, RB_PUBLISH_COMPLETENESS, RB_INCONCLUSIVE, err,
                        "the end record does not say how the run ended");
  else if (load->exit_code != RB_DONE)
    ok = rb_publish_say(out, RB_PUBLISH_COMPLETENESS, RB_INCONCLUSIVE, err,
                        "the run ended with exit code %d", load->exit_code);
  if (ok &&
      (n_done != load->n_cells || load->n_cells != rb_record_get_integer(load->run, RB_F_n_cells)))
    ok = rb_publish_say(out, RB_PUBLISH_COMPLETENESS, RB_MISSING, err,
                        "%" PRIu64 " cells were planned, the end record counts %" PRIu64
                        ", and %zu are there",
                        rb_record_get_integer(load->run, RB_F_n_cells), n_done, load->n_cells);
  return ok;
}

/* The roofs of a resumed run frame the cells of its parts, not all of them. */
static bool judge_resumes(const rb_load *load, rb_publish *out, rb_err *err) {
  size_t n = 0;
  for (size_t i = 0; i < load->trace->n_records; i++)
    n += strcmp(text_of(load->trace->records[i], RB_F_type), "resume") == 0;
  return n == 0 ||
         rb_publish_say(out, RB_PUBLISH_COMPLETENESS, RB_INCONCLUSIVE, err,
                        "the run was resumed (%zu time%s); run it in one go", n, n == 1 ? "" : "s");
}

/* ---- identity ---- */

static bool is_hex(const char *text, size_t digits) {
  return strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

static bool judge_header(const rb_record *run, rb_publish *out, rb_err *err) {
  static const rb_field wanted[] = {RB_F_run_id,  RB_F_tool_version, RB_F_git_revision,
                                    RB_F_command, RB_F_started,      RB_F_suite,
                                    RB_F_host,    RB_F_libraries};
  const char *revision = text_of(run, RB_F_git_revision), *end = strstr(revision, "-dirty");
  bool ok = true;
  for (size_t i = 0; ok && i < sizeof wanted / sizeof *wanted; i++)
    ok = rb_record_has(run, wanted[i]) ||
         rb_publish_say(out, RB_PUBLISH_IDENTITY, RB_INCONCLUSIVE, err,
                        "the header does not say `%s`", rb_schema[wanted[i]].name);
  if (ok && !is_hex(text_of(run, RB_F_suite_hash), 64))
    ok = rb_publish_say(out, RB_PUBLISH_IDENTITY, RB_INCONCLUSIVE, err,
                        "the suite's hash is missing or no SHA-256");
  if (ok && (end || strcmp(revision, "unknown") == 0))
    ok = rb_publish_say(out, RB_PUBLISH_IDENTITY, RB_INCONCLUSIVE, err,
                        "the program was built from %s (revision %.60s), which nobody can build "
                        "again; build a commit of the repository",
                        end ? "changed sources" : "sources without a revision", revision);
  if (ok && rb_record_has(run, RB_F_layers))
    ok = rb_publish_say(out, RB_PUBLISH_IDENTITY, RB_INCONCLUSIVE, err,
                        "OpenCL layers were loaded (%.200s), which changes times; unset "
                        "OPENCL_LAYERS",
                        text_of(run, RB_F_layers));
  return ok;
}

/* Cells and roofs name one device with its driver. */
static bool judge_device(const rb_load *load, rb_publish *out, rb_err *err) {
  static const rb_field wanted[] = {RB_F_device, RB_F_device_name, RB_F_platform, RB_F_driver};
  const rb_record *devices[RB_MAX_DEVICES];
  size_t n = rb_devices_find(load, devices);
  bool ok = n == 1 || rb_publish_say(out, RB_PUBLISH_IDENTITY, RB_INCONCLUSIVE, err,
                                     "%zu devices are in the trace; a trace for each, please", n);
  for (size_t i = 0; ok && i < sizeof wanted / sizeof *wanted; i++) {
    size_t without = 0;
    for (size_t k = 0; k < load->trace->n_records; k++) {
      const rb_record *record = load->trace->records[k];
      bool named = rb_record_is_text(record, RB_F_type, "roof") ||
                   (rb_record_is_text(record, RB_F_type, "cell") && !rb_load_is_reference(record));
      without += named && !text_of(record, wanted[i])[0];
    }
    if (without)
      ok = rb_publish_say(out, RB_PUBLISH_IDENTITY, RB_INCONCLUSIVE, err,
                          "%zu records of cells and roofs do not say `%s`", without,
                          rb_schema[wanted[i]].name);
    if (ok && n == 1 && !without)
      for (size_t k = 0; ok && k < load->n_cells; k++)
        if (!rb_load_is_reference(load->cells[k]) &&
            rb_load_compare(load->cells[k], devices[0], wanted[i]) != 0) {
          ok = rb_publish_say(out, RB_PUBLISH_IDENTITY, RB_INCONCLUSIVE, err,
                              "`%s` is not the same in all cells", rb_schema[wanted[i]].name);
          break;
        }
  }
  return ok;
}

/* ---- results ---- */

static bool judge_results(const rb_load *load, rb_publish *out, rb_err *err) {
  enum { WRONG, FAILED, OTHER, UNVERIFIED, N_KINDS };
  static const rb_cellfaults_kind kinds[] = {[WRONG] = {RB_PUBLISH_RESULT, RB_WRONG},
                                             [FAILED] = {RB_PUBLISH_RESULT, RB_FAILED},
                                             [OTHER] = {RB_PUBLISH_RESULT, RB_INCONCLUSIVE},
                                             [UNVERIFIED] = {RB_PUBLISH_RESULT, RB_WRONG}};
  rb_cellfaults of[N_KINDS] = {0};
  for (size_t i = 0; i < load->n_cells; i++) {
    const rb_record *cell = load->cells[i];
    rb_status status = rb_load_status(cell);
    if (status != RB_STATUS_OK)
      rb_cellfaults_add(&of[status == RB_STATUS_WRONG    ? WRONG
                            : status == RB_STATUS_FAILED ? FAILED
                                                         : OTHER],
                        cell, "%s: %.200s", rb_status_names[status], rb_reasons_text(cell));
    else if (!rb_record_get_truth(cell, RB_F_verified))
      rb_cellfaults_add(&of[UNVERIFIED], cell, "it is not verified");
    else if (!(rb_load_error(cell) <= 1))
      rb_cellfaults_add(&of[UNVERIFIED], cell,
                        "called verified, with an error of %.3g times its tolerance",
                        rb_load_error(cell));
  }
  return rb_cellfaults_say(load, of, kinds, N_KINDS, out, err);
}

/* ---- host ---- */

/* "--check", or the beginning of it that argp takes. */
static bool has_check(const char *command) {
  while (*command) {
    size_t n = strcspn(command, " ");
    if (n >= 3 && n <= strlen("--check") && strncmp(command, "--check", n) == 0)
      return true;
    command += n + strspn(command + n, " ");
  }
  return false;
}

static bool judge_host(const rb_load *load, rb_publish *out, rb_err *err) {
  const rb_record *devices[RB_MAX_DEVICES];
  size_t n = rb_devices_find(load, devices);
  double busy = rb_fingerprint_load(load->run), scatter = 0;
  for (size_t i = 0; i < n; i++)
    scatter = fmax(scatter, rb_devices_scatter(load, devices[i]));
  bool ok = true;
  if (!isfinite(busy))
    ok = rb_publish_say(out, RB_PUBLISH_HOST, RB_INCONCLUSIVE, err,
                        "the header does not say how busy the host was (load, cpus)");
  else if (busy > RB_FINGERPRINT_IDLE)
    ok = rb_publish_say(out, RB_PUBLISH_HOST, RB_INCONCLUSIVE, err,
                        "the host was busy when the run began: load average %.2f for each "
                        "processor, at most %g is idle; wait, and run it again",
                        busy, RB_FINGERPRINT_IDLE);
  if (ok && scatter > RB_GROWTH_QUIET)
    ok = rb_publish_say(out, RB_PUBLISH_HOST, RB_INCONCLUSIVE, err,
                        "the compute roof scattered by %.0f %% during the run, more than %g %%: "
                        "something else ran on the machine; run it again alone",
                        100 * scatter, 100 * RB_GROWTH_QUIET);
  if (ok && has_check(text_of(load->run, RB_F_command)))
    ok = rb_publish_say(out, RB_PUBLISH_HOST, RB_INCONCLUSIVE, err,
                        "it was run with --check, whose guards change times; run it without");
  return ok;
}

bool rb_publish_judge(const char *path, const rb_verify_report *report, const rb_load *load,
                      const rb_publish_plan *plan, rb_publish *out, rb_err *err) {
  *out = (rb_publish){.path = path};
  bool ok = judge_seal(report, out, err);
  if (ok && load && !load->run)
    ok = rb_publish_say(out, RB_PUBLISH_IDENTITY, RB_INCONCLUSIVE, err, "there is no header");
  else if (ok && load && load->n_runs > 1)
    ok = rb_publish_say(out, RB_PUBLISH_COMPLETENESS, RB_INCONCLUSIVE, err,
                        "%zu runs are in the trace; a trace for each, please", load->n_runs);
  else if (ok && load)
    ok = judge_end(load, out, err) && judge_resumes(load, out, err) &&
         judge_plan(load, plan, out, err) && note_cut(load->run, out, err) &&
         judge_header(load->run, out, err) && judge_device(load, out, err) &&
         judge_results(load, out, err) && rb_plausible_judge(load, out, err) &&
         judge_host(load, out, err);
  if (!ok)
    rb_publish_free(out);
  return ok;
}
