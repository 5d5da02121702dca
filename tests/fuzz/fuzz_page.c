// SPDX-License-Identifier: Apache-2.0
/* The page of `report` of hostile traces (hostile.h); of three or more the first is a baseline.
 * Proves: it is XML that runs and loads nothing, whatever the traces say, or it is refused. */
#include "hostile.h"
#include "report/page.h"
#include "report/sides.h"

static void write_page(const hostile *h, size_t first, const rb_page_baseline *baseline) {
  written w;
  int code = RB_FAILED;
  rb_err err = {0};
  written_begin(&w);
  bool ok = rb_page_write(h->traces + first, hostile_paths + first, h->n - first, baseline, w.out,
                          &code, &err);
  REQUIRE(!ok || code == RB_DONE || code == RB_INCONCLUSIVE);
  written_or_failed(&w, ok, &err, written_is_xml);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  hostile h = hostile_read(data, n);
  rb_gate gate = {0};
  rb_page_baseline baseline = {.gate = &gate,
                               .base = h.traces,
                               .base_paths = hostile_paths,
                               .n_base = 1,
                               .confirm = h.traces + h.n,
                               .confirm_paths = hostile_paths + h.n};
  rb_sides sides = {.first = {h.traces, h.traces + 1, 1, h.n - 1},
                    .margin = RB_GATE_MARGIN,
                    .run_sd = RB_GATE_RUN_SD};
  rb_err err = {0};
  if (h.n >= 3 && rb_sides_gate(&sides, &gate, &err))
    write_page(&h, 1, &baseline);
  else if (h.n > 0)
    write_page(&h, 0, NULL);
  rb_gate_free(&gate);
  hostile_free(&h);
  return 0;
}
