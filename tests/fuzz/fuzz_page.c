// SPDX-License-Identifier: Apache-2.0
/* The page of `report` of hostile traces (hostile.h). Proves: it is XML that runs and loads
 * nothing, whatever the traces say, or it is refused. */
#include "hostile.h"
#include "report/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  hostile h = hostile_read(data, n);
  written w;
  int code = RB_FAILED;
  rb_err err = {0};
  if (h.n > 0) {
    written_begin(&w);
    bool ok = rb_page_write(h.traces, hostile_paths, h.n, w.out, &code, &err);
    REQUIRE(!ok || code == RB_DONE || code == RB_INCONCLUSIVE);
    written_or_failed(&w, ok, &err, written_is_xml);
  }
  hostile_free(&h);
  return 0;
}
