// SPDX-License-Identifier: Apache-2.0
#include "report/bencher.h"

#include <jansson.h>
#include <math.h>

#include "report/jsonout.h"

/* Slugs of Bencher. */
static const char *const slugs[RB_STREAM_N_MEASURES] = {
    [RB_STREAM_time_ns] = "latency",
    [RB_STREAM_samples_per_s] = "throughput",
    [RB_STREAM_gflops] = "gflops",
    [RB_STREAM_roof_fraction] = "roof-fraction",
    [RB_STREAM_peak_device_bytes] = "peak-device-bytes",
    [RB_STREAM_alignment] = "alignment",
    [RB_STREAM_ratio] = "ratio",
    [RB_STREAM_sin_theta] = "sin-theta",
    [RB_STREAM_features_learned] = "features-learned",
    [RB_STREAM_star] = "star"};

static json_t *metric_json(const double value[3]) {
  static const char *const names[] = {"value", "lower_value", "upper_value"};
  json_t *metric = json_object();
  for (int i = 0; metric && i < 3; i++)
    if (isfinite(value[i]) && json_object_set_new(metric, names[i], json_real(value[i])) != 0) {
      json_decref(metric);
      metric = NULL;
    }
  return metric;
}

static bool add_row(json_t *whole, const rb_stream_row *row, size_t *n_cases) {
  json_t *measures = json_object();
  bool ok = measures != NULL;
  for (int i = 0; ok && i < RB_STREAM_N_MEASURES; i++)
    if (rb_stream_has(row, (rb_stream_measure)i))
      ok = json_object_set_new(measures, slugs[i], metric_json(row->measures[i])) == 0;
  if (ok && json_object_size(measures)) {
    ok = json_object_set(whole, row->name, measures) == 0;
    ++*n_cases;
  }
  json_decref(measures);
  return ok;
}

bool rb_bencher_write(const rb_stream *stream, FILE *out, size_t *n_cases, rb_err *err) {
  json_t *whole = json_object();
  bool ok = whole != NULL;
  *n_cases = 0;
  for (size_t i = 0; ok && i < stream->n_rows; i++)
    ok = add_row(whole, &stream->rows[i], n_cases);
  if (!ok) {
    json_decref(whole);
    whole = NULL;
  }
  return rb_jsonout_write(whole, "JSON for Bencher", out, err);
}
