// SPDX-License-Identifier: Apache-2.0
/* Every format of `export` of hostile traces (hostile.h); the first byte chooses. Proves: what is
 * written is of its syntax (JSON, XML, CSV, one line a sample) and harmless, or nothing is written
 * and the error says why. */
#include "hostile.h"
#include "report/export.h"

/* benchstat and OpenMetrics are lines of printable ASCII but for texts in quotes or after a '#'. */
static void check_lines(written *w) {
  REQUIRE(fflush(w->out) == 0 && (w->n == 0 || w->text[w->n - 1] == '\n'));
  written_is_plain(w);
}

static void export(const rb_stream *stream, rb_export_format format) {
  static void (*const checks[])(written *) = {
      [RB_EXPORT_GOOGLE] = written_is_json,
      [RB_EXPORT_GITHUB_BIGGER] = written_is_json,
      [RB_EXPORT_GITHUB_SMALLER] = written_is_json,
      [RB_EXPORT_BENCHER] = written_is_json,
      [RB_EXPORT_GO] = check_lines,
      [RB_EXPORT_OPENMETRICS] = check_lines,
      [RB_EXPORT_JUNIT] = written_is_xml,
      [RB_EXPORT_CSV] = written_is_csv,
      [RB_EXPORT_MD] = written_is_plain,
  };
  written w;
  rb_err err = {0};
  written_begin(&w);
  bool ok = rb_export_write(stream, format, w.out, &err);
  written_or_failed(&w, ok, &err, checks[format]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  if (n < 2)
    return 0;
  hostile h = hostile_read(data + 1, n - 1);
  rb_stream stream = {0};
  written talk;
  rb_err err = {0};
  if (h.n > 0 && rb_stream_make(h.traces, hostile_paths, h.n, &stream, &err))
    export(&stream, (rb_export_format)(data[0] % RB_EXPORT_N_FORMATS));
  else
    REQUIRE(h.n == 0 || (err.kind == RB_USAGE && err.text[0]));
  rb_stream_free(&stream);
  for (size_t i = 0; i < h.n; i++) {
    written_begin(&talk);
    REQUIRE_OK(rb_export_warn(&h.traces[i], hostile_paths[i], talk.out, &err), err);
    written_is_plain(&talk);
  }
  hostile_free(&h);
  return 0;
}
