// SPDX-License-Identifier: Apache-2.0
#include "report/gobench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/devices.h"
#include "report/escape.h"

/* benchstat scales a unit by its name: flop/s gets the prefixes that GFLOP/s has already. */
static const struct {
  rb_stream_measure measure;
  const char *unit;
  double scale;
} units[] = {{RB_STREAM_samples_per_s, "samples/s", 1},
             {RB_STREAM_gflops, "flop/s", 1e9},
             {RB_STREAM_roof_fraction, "of-roof", 1}};
enum { N_UNITS = sizeof units / sizeof units[0] };

static bool put_config(const char *key, const char *value, FILE *out, rb_err *err) {
  char *clean = NULL;
  if (!rb_escape_copy(value, RB_ESCAPE_TERMINAL, 0, &clean, err))
    return false;
  fprintf(out, "%s: %s\n", key, clean);
  free(clean);
  return true;
}

/* A line of its own that benchstat does not read, as it begins with no word in small letters. */
static bool put_remark(const char *before, const char *text, FILE *out, rb_err *err) {
  char *clean = NULL;
  if (!rb_escape_copy(text, RB_ESCAPE_TERMINAL, 0, &clean, err))
    return false;
  fprintf(out, "%s%s\n", before, clean);
  free(clean);
  return true;
}

static void put_times(const rb_stream_row *row, const double *times, size_t n, FILE *out) {
  for (size_t i = 0; i < n; i++) {
    fprintf(out, "BenchmarkRound/%s 1 %.17g ns/op", row->name, times[i]);
    for (int k = 0; k < N_UNITS; k++) {
      const double *rate = row->measures[units[k].measure];
      double median = row->measures[RB_STREAM_time_ns][0];
      if (isfinite(rate[0])) /* goes as the inverse of the time */
        fprintf(out, " %.17g %s", rate[0] * units[k].scale * (median / times[i]), units[k].unit);
    }
    if (rb_stream_has(row, RB_STREAM_peak_device_bytes))
      fprintf(out, " %.0f peak-bytes", row->measures[RB_STREAM_peak_device_bytes][0]);
    fputc('\n', out);
  }
}

static bool put_row(const rb_stream_row *row, FILE *out, size_t *n_lines, rb_err *err) {
  double *times = NULL;
  size_t n = 0;
  if (row->outcome != RB_STREAM_PASSED) {
    fprintf(out, "--- %s: BenchmarkRound/%s\n", row->outcome == RB_STREAM_SKIPPED ? "SKIP" : "FAIL",
            row->name);
    return put_remark("    ", row->why, out, err);
  }
  if (!rb_stream_times(row, &times, &n, err))
    return false;
  put_times(row, times, n, out);
  *n_lines += n;
  free(times);
  return true;
}

/* Writes "key: value" where value is not *before. */
static bool put_changed(const char *key, const char *value, const char **before, FILE *out,
                        rb_err *err) {
  if (*before && strcmp(*before, value) == 0)
    return true;
  *before = value;
  return put_config(key, value, out, err);
}

bool rb_gobench_write(const rb_stream *stream, FILE *out, size_t *n_lines, rb_err *err) {
  const char *suite = NULL, *device = NULL;
  bool ok = true;
  *n_lines = 0;
  for (int k = 0; k < N_UNITS; k++)
    fprintf(out, "Unit %s better=higher\n", units[k].unit);
  fputs("Unit peak-bytes better=lower assume=exact\n", out);
  for (size_t i = 0; ok && i < stream->n_rows; i++) {
    const rb_stream_row *row = &stream->rows[i];
    const char *name = rb_record_get_text(row->cell, RB_F_suite);
    ok = put_changed("suite", name ? name : "unknown", &suite, out, err) &&
         put_changed("device", rb_devices_name(row->cell), &device, out, err) &&
         put_row(row, out, n_lines, err);
  }
  return ok;
}
