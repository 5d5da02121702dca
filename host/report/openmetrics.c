// SPDX-License-Identifier: Apache-2.0
#include "report/openmetrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"

/* Name and unit of a family; the unit, if there is one, ends the name. */
static const struct {
  const char *name, *unit;
  double scale;
  const char *help;
} families[RB_STREAM_N_MEASURES] = {
    [RB_STREAM_time_ns] = {"time", "seconds", 1e-9, "Median time of one repetition."},
    [RB_STREAM_samples_per_s] = {"throughput", "samples_per_second", 1,
                                 "Samples over the median time."},
    [RB_STREAM_gflops] = {"compute", "flop_per_second", 1e9, "Flop over the median time."},
    [RB_STREAM_roof_fraction] = {"roof", "ratio", 1,
                                 "Flop rate over what the device reaches at most."},
    [RB_STREAM_peak_device_bytes] = {"peak_device", "bytes", 1, "Largest sum of live buffers."},
    [RB_STREAM_alignment] = {"alignment", "ratio", 1,
                             "Power of the weights inside the subspace over all of it."},
    [RB_STREAM_ratio] = {"residue", "ratio", 1,
                         "Largest weight outside the subspace over the smallest inside."},
    [RB_STREAM_sin_theta] = {"sin_theta", "", 1, "Sine of the largest angle to the subspace."},
    [RB_STREAM_features_learned] = {"learned", "features", 1, "Features learned."},
    [RB_STREAM_star] = {"needed", "", 1,
                        "Samples (quantity n) or neurons (quantity m) that a new task needs."}};

static bool put_label(const char *key, const char *value, const char *comma, FILE *out,
                      rb_err *err) {
  char *clean = NULL;
  if (!rb_escape_copy(value, RB_ESCAPE_LABEL, 0, &clean, err))
    return false;
  fprintf(out, "%s%s=\"%s\"", comma, key, clean);
  free(clean);
  return true;
}

/* A field of a record as a label; nothing where it is absent. */
static bool put_field(const rb_record *record, rb_field field, const char *comma, FILE *out,
                      rb_err *err) {
  const char *text = record ? rb_record_get_text(record, field) : NULL;
  return !text || put_label(rb_schema[field].name, text, comma, out, err);
}

/* The outcome comes first, so that every further label has a comma before it. */
static bool put_labels(const rb_stream_row *row, FILE *out, rb_err *err) {
  bool device = false;
  bool ok = put_label("outcome", rb_stream_outcomes[row->outcome], "", out, err);
  for (size_t i = 0; ok && i < row->n_labels; i++) {
    device |= strcmp(row->labels[i].key, rb_schema[RB_F_device].name) == 0;
    ok = put_label(row->labels[i].key, row->labels[i].value, ",", out, err);
  }
  ok = ok && (device || put_field(row->cell, RB_F_device, ",", out, err));
  return ok && put_field(row->cell, RB_F_device_name, ",", out, err);
}

/* One family: the value (part 0), or an end of the interval. */
static bool put_family(const rb_stream *stream, int measure, int part, FILE *out, rb_err *err) {
  static const char *const parts[] = {"", "_low", "_high"};
  static const char *const helps[] = {
      "", "Lower end of its 95 % interval: ", "Upper end of its 95 % interval: "};
  const char *unit = families[measure].unit;
  char name[80];
  bool begun = false, ok = true;
  snprintf(name, sizeof name, "relubench_%s%s%s%s", families[measure].name, parts[part],
           unit[0] ? "_" : "", unit);
  for (size_t i = 0; ok && i < stream->n_rows; i++) {
    const rb_stream_row *row = &stream->rows[i];
    double value = row->measures[measure][part] * families[measure].scale;
    if (!isfinite(value))
      continue;
    if (!begun) {
      fprintf(out, "# TYPE %s gauge\n", name);
      if (unit[0])
        fprintf(out, "# UNIT %s %s\n", name, unit);
      fprintf(out, "# HELP %s %s%s\n", name, helps[part], families[measure].help);
    }
    begun = true;
    fprintf(out, "%s{", name);
    ok = put_labels(row, out, err);
    fprintf(out, "} %.17g\n", value);
  }
  return ok;
}

static bool put_passed(const rb_stream *stream, FILE *out, rb_err *err) {
  bool ok = true;
  if (stream->n_rows)
    fputs("# TYPE relubench_passed gauge\n"
          "# HELP relubench_passed 1 if the cell ran and its result is right, else 0.\n",
          out);
  for (size_t i = 0; ok && i < stream->n_rows; i++) {
    const rb_stream_row *row = &stream->rows[i];
    fputs("relubench_passed{", out);
    ok = put_labels(row, out, err);
    fprintf(out, "} %d\n", row->outcome == RB_STREAM_PASSED);
  }
  return ok;
}

static bool put_runs(const rb_stream *stream, FILE *out, rb_err *err) {
  static const rb_field fields[] = {RB_F_suite,        RB_F_run_id,       RB_F_suite_hash,
                                    RB_F_tool_version, RB_F_git_revision, RB_F_started};
  static const rb_field of_device[] = {RB_F_device, RB_F_device_name, RB_F_platform, RB_F_driver};
  bool ok = true;
  if (stream->n_runs)
    fputs("# TYPE relubench_run info\n# HELP relubench_run What ran, and where.\n", out);
  for (size_t i = 0; ok && i < stream->n_runs; i++) {
    const rb_stream_run *run = &stream->runs[i];
    fprintf(out, "relubench_run_info{index=\"%zu\"", i); /* shards of a run tell the same */
    ok = put_label("trace", run->path, ",", out, err);
    for (size_t k = 0; ok && k < sizeof fields / sizeof fields[0]; k++)
      ok = put_field(run->header, fields[k], ",", out, err);
    for (size_t k = 0; ok && k < sizeof of_device / sizeof of_device[0]; k++)
      ok = put_field(run->device, of_device[k], ",", out, err);
    fputs("} 1\n", out);
  }
  return ok;
}

bool rb_openmetrics_write(const rb_stream *stream, FILE *out, rb_err *err) {
  bool ok = put_runs(stream, out, err) && put_passed(stream, out, err);
  for (int i = 0; ok && i < RB_STREAM_N_MEASURES; i++)
    for (int part = 0; ok && part < 3; part++)
      ok = put_family(stream, i, part, out, err);
  fputs("# EOF\n", out);
  return ok;
}
