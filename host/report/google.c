// SPDX-License-Identifier: Apache-2.0
#include "report/google.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/devices.h"
#include "report/jsonout.h"

/* ---- context ---- */

typedef struct machine {
  char cpus[16], load[64];
  bool known_governor, performance;
} machine;

static void take_fact(void *context, const char *key, double ignored, const char *value) {
  machine *of = context;
  (void)ignored;
  if (strcmp(key, "cpus") == 0)
    snprintf(of->cpus, sizeof of->cpus, "%s", value);
  if (strcmp(key, "load") == 0)
    snprintf(of->load, sizeof of->load, "%s", value);
  if (strcmp(key, "governor") == 0) {
    of->known_governor = strcmp(value, "unknown") != 0;
    of->performance = strcmp(value, "performance") == 0;
  }
}

/* The averages over 1, 5 and 15 minutes that begin the text. */
static json_t *load_json(const char *text) {
  json_t *list = json_array();
  for (int i = 0; list && i < 3; i++) {
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || !isfinite(value))
      break;
    json_array_append_new(list, json_real(value));
    text = end;
  }
  return list;
}

static const char *text_of(const rb_record *record, rb_field field) {
  return record ? rb_record_get_text(record, field) : NULL;
}

static json_t *context_json(const rb_stream *stream) {
  const rb_stream_run *run = stream->n_runs ? &stream->runs[0] : NULL;
  const rb_record *header = run ? run->header : NULL;
  machine host = {0};
  if (header)
    rb_record_each(header, RB_F_host, take_fact, &host);
  long cpus = strtol(host.cpus, NULL, 10);
  return json_pack(
      "{s:o, s:n, s:s, s:o, s:n, s:o, s:[], s:o, s:o, s:s, s:i, s:o, s:o, s:o, s:o, s:o}", "date",
      rb_jsonout_text(text_of(header, RB_F_started)), "host_name", "executable", "relubench",
      "num_cpus", cpus > 0 ? json_integer(cpus) : json_null(), "mhz_per_cpu", "cpu_scaling_enabled",
      host.known_governor ? json_boolean(!host.performance) : json_null(), "caches", "load_avg",
      load_json(host.load), "library_version", rb_jsonout_text(text_of(header, RB_F_tool_version)),
      "library_build_type", "release", "json_schema_version", 1, "git_revision",
      rb_jsonout_text(text_of(header, RB_F_git_revision)), "run_id",
      rb_jsonout_text(text_of(header, RB_F_run_id)), "suite",
      rb_jsonout_text(text_of(header, RB_F_suite)), "device",
      rb_jsonout_text(run && run->device ? rb_devices_name(run->device) : NULL), "driver",
      rb_jsonout_text(run ? text_of(run->device, RB_F_driver) : NULL));
}

/* ---- cases ---- */

/* What all entries of a case begin with; NULL when memory is out. */
static json_t *entry_json(const rb_stream_row *row, size_t family, const char *ending,
                          const char *run_type, size_t n) {
  return json_pack("{s:s+, s:I, s:i, s:s, s:s, s:I, s:i}", "name", row->name, ending,
                   "family_index", (json_int_t)family, "per_family_instance_index", 0, "run_name",
                   row->name, "run_type", run_type, "repetitions", (json_int_t)n, "threads", 1);
}

static bool add_times(json_t *entry, json_int_t iterations, double ns) {
  json_t *times = json_pack("{s:I, s:f, s:f, s:s}", "iterations", iterations, "real_time", ns,
                            "cpu_time", ns, "time_unit", "ns");
  bool ok = entry && times && json_object_update(entry, times) == 0;
  json_decref(times);
  return ok;
}

/* Rates go as the inverse of the time. */
static bool add_rates(json_t *entry, const rb_stream_row *row, double ns) {
  static const struct {
    const char *name;
    rb_stream_measure measure;
  } rates[] = {{"items_per_second", RB_STREAM_samples_per_s},
               {"gflops", RB_STREAM_gflops},
               {"roof_fraction", RB_STREAM_roof_fraction}};
  double median = row->measures[RB_STREAM_time_ns][0];
  bool ok = true;
  for (size_t i = 0; ok && i < sizeof rates / sizeof rates[0]; i++) {
    double rate = row->measures[rates[i].measure][0] * (median / ns);
    ok = json_object_set_new(entry, rates[i].name, rb_jsonout_number(rate)) == 0;
  }
  return ok;
}

static bool add_repetitions(json_t *list, const rb_stream_row *row, size_t family,
                            const double *times, size_t n) {
  bool ok = true;
  for (size_t i = 0; ok && i < n; i++) {
    json_t *entry = entry_json(row, family, "", "iteration", n);
    ok = entry &&
         json_object_set_new(entry, "repetition_index", json_integer((json_int_t)i)) == 0 &&
         add_times(entry, 1, times[i]) && add_rates(entry, row, times[i]);
    ok = json_array_append_new(list, entry) == 0 && ok;
  }
  json_t *entry = entry_json(row, family, "_median", "aggregate", n);
  double median = row->measures[RB_STREAM_time_ns][0];
  ok = ok && entry && json_object_set_new(entry, "aggregate_name", json_string("median")) == 0 &&
       json_object_set_new(entry, "aggregate_unit", json_string("time")) == 0 &&
       add_times(entry, (json_int_t)n, median) && add_rates(entry, row, median);
  return json_array_append_new(list, entry) == 0 && ok;
}

static bool add_trouble(json_t *list, const rb_stream_row *row, size_t family) {
  bool skipped = row->outcome == RB_STREAM_SKIPPED;
  json_t *entry = entry_json(row, family, "", "iteration", 1);
  bool ok = entry && json_object_set_new(entry, "repetition_index", json_integer(0)) == 0 &&
            json_object_set_new(entry, skipped ? "skipped" : "error_occurred", json_true()) == 0 &&
            json_object_set_new(entry, skipped ? "skip_message" : "error_message",
                                rb_jsonout_text(row->why)) == 0 &&
            add_times(entry, 0, 0);
  return json_array_append_new(list, entry) == 0 && ok;
}

/* n_cases counts. */
static bool add_row(json_t *list, const rb_stream_row *row, size_t *n_cases, rb_err *err) {
  double *times = NULL;
  size_t n = 0;
  bool ok = true;
  if (row->outcome != RB_STREAM_PASSED)
    ok = add_trouble(list, row, (*n_cases)++);
  else if (!rb_stream_times(row, &times, &n, err))
    return false;
  else if (n)
    ok = add_repetitions(list, row, (*n_cases)++, times, n);
  free(times);
  return ok || rb_fail(err, RB_FAILED, "out of memory while making JSON for google/benchmark");
}

bool rb_google_write(const rb_stream *stream, FILE *out, size_t *n_cases, rb_err *err) {
  json_t *list = json_array();
  bool ok = list || rb_fail(err, RB_FAILED, "out of memory while making JSON for google/benchmark");
  *n_cases = 0;
  for (size_t i = 0; ok && i < stream->n_rows; i++)
    ok = add_row(list, &stream->rows[i], n_cases, err);
  json_t *whole =
      ok ? json_pack("{s:o, s:O}", "context", context_json(stream), "benchmarks", list) : NULL;
  json_decref(list);
  return ok && rb_jsonout_write(whole, "JSON for google/benchmark", out, err);
}
