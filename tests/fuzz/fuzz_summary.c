// SPDX-License-Identifier: Apache-2.0
/* What `show`, `scaling` and `verify --publishable` say of a hostile trace (hostile.h); the first
 * byte chooses which and the format. Proves: it is said whole and harmless, whatever the fields. */
#include "hostile.h"
#include "report/publishview.h"
#include "report/scaling.h"
#include "report/summary.h"

static void show(const rb_trace *trace, rb_format format, bool cells) {
  rb_summary_options options = {format, hostile_paths[1], cells};
  written w;
  rb_err err = {0};
  written_begin(&w);
  REQUIRE_OK(rb_summary_show(trace, &options, w.out, &err), err);
  written_is(&w, format);
  if (cells)
    return;
  written_begin(&w);
  REQUIRE_OK(rb_summary_headline(trace, w.out, &err), err);
  written_is_plain(&w);
}

static void scale(const rb_trace *trace, rb_format format) {
  rb_scaling_options options = {format, hostile_paths[2]};
  rb_growth growth = {0};
  written w;
  rb_err err = {0};
  written_begin(&w);
  if (rb_growth_read(trace, &growth, &err)) {
    REQUIRE(growth.code == RB_DONE || growth.code == RB_INCONCLUSIVE);
    REQUIRE_OK(rb_scaling_show(&growth, &options, w.out, &err), err);
    written_is(&w, format);
  } else {
    written_or_failed(&w, false, &err, NULL);
  }
  rb_growth_free(&growth);
}

static void publish(const rb_trace *trace, rb_format format) {
  static const rb_publish_cell cells[] = {{"p", "1"}, {"p", "2"}};
  rb_publish_plan plan = {cells, 2, "ab", NULL};
  rb_verify_report report = {.intact = true, .sealed = true, .n_records = trace->n_records};
  rb_publish publish = {0};
  rb_load load = {0};
  written w;
  rb_err err = {0};
  written_begin(&w);
  REQUIRE_OK(rb_load_trace(trace, false, &load, &err), err);
  REQUIRE_OK(rb_publish_judge(hostile_paths[3], &report, &load, &plan, &publish, &err), err);
  REQUIRE((publish.code == RB_DONE) == (publish.n_wrong == 0));
  REQUIRE_OK(rb_publishview_show(&publish, 1, format, w.out, &err), err);
  written_is(&w, format);
  rb_publish_free(&publish);
  rb_load_free(&load);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  if (n < 2)
    return 0;
  hostile h = hostile_read(data + 1, n - 1);
  rb_format format = (rb_format)(data[0] % 4);
  for (size_t i = 0; i < h.n; i++)
    switch (data[0] / 4 % 4) {
    case 0:
      show(&h.traces[i], format, false);
      break;
    case 1:
      show(&h.traces[i], format, true);
      break;
    case 2:
      scale(&h.traces[i], format);
      break;
    default:
      publish(&h.traces[i], format);
    }
  hostile_free(&h);
  return 0;
}
