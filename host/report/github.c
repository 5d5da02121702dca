// SPDX-License-Identifier: Apache-2.0
#include "report/github.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "report/devices.h"
#include "report/jsonout.h"
#include "report/phrase.h"

/* "95 % interval 1..2 of 12 repetitions", device and revision a line each. */
static bool write_extra(const rb_stream *stream, const rb_stream_row *row,
                        rb_stream_measure measure, char **out, rb_err *err) {
  const rb_record *header = stream->runs[row->run].header;
  const double *value = row->measures[measure];
  const char *revision = header ? rb_record_get_text(header, RB_F_git_revision) : NULL;
  const char *driver = rb_record_get_text(row->cell, RB_F_driver);
  rb_spread time = {0};
  rb_phrase text;
  if (!rb_phrase_open(&text, out, err))
    return false;
  if (isfinite(value[1]) && isfinite(value[2]))
    fprintf(text.to, "95 %% interval %.6g..%.6g", value[1], value[2]);
  if (isfinite(value[1]) && measure <= RB_STREAM_roof_fraction &&
      rb_record_get_spread(row->cell, RB_F_time_ns, &time))
    fprintf(text.to, " of %zu repetitions", time.n);
  fprintf(text.to, "%sdevice: %s", ftell(text.to) > 0 ? "\n" : "", rb_devices_name(row->cell));
  if (driver)
    fprintf(text.to, ", driver %s", driver);
  if (revision)
    fprintf(text.to, "\nrevision: %s", revision);
  return rb_phrase_close(&text, err);
}

static json_t *range_json(const double value[3]) {
  char text[40];
  double below = value[0] - value[1], above = value[2] - value[0];
  if (!isfinite(below) || !isfinite(above))
    return NULL;
  snprintf(text, sizeof text, "\xC2\xB1 %.6g", above > below ? above : below);
  return json_string(text);
}

static bool add_entry(json_t *list, const rb_stream *stream, const rb_stream_row *row,
                      rb_stream_measure measure, rb_err *err) {
  const double *value = row->measures[measure];
  char *extra = NULL;
  if (!write_extra(stream, row, measure, &extra, err))
    return false;
  json_t *range = range_json(value);
  json_t *entry = json_pack("{s:s++, s:s, s:f, s:o*, s:o}", "name", row->name, " ",
                            rb_stream_measures[measure].title, "unit", rb_stream_unit(row, measure),
                            "value", value[0], "range", range, "extra", rb_jsonout_text(extra));
  free(extra);
  return json_array_append_new(list, entry) == 0 ||
         rb_fail(err, RB_FAILED, "out of memory while making JSON for github-action-benchmark");
}

bool rb_github_write(const rb_stream *stream, rb_stream_better better, FILE *out, size_t *n_entries,
                     rb_err *err) {
  json_t *list = json_array();
  bool ok = true;
  *n_entries = 0;
  for (size_t i = 0; ok && i < stream->n_rows; i++)
    for (int k = 0; ok && k < RB_STREAM_N_MEASURES; k++) {
      if (rb_stream_measures[k].better != better || !rb_stream_has(&stream->rows[i], k))
        continue;
      ok = add_entry(list, stream, &stream->rows[i], (rb_stream_measure)k, err);
      ++*n_entries;
    }
  if (ok)
    return rb_jsonout_write(list, "JSON for github-action-benchmark", out, err);
  json_decref(list);
  return false;
}
