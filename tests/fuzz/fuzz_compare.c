// SPDX-License-Identifier: Apache-2.0
/* What `compare` says of hostile traces (hostile.h); the first byte chooses the format. Proves: it
 * is said whole and harmless, or refused as usage, and the code is one of the two. */
#include "hostile.h"
#include "report/compareshow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  if (n < 2)
    return 0;
  hostile h = hostile_read(data + 1, n - 1);
  rb_format format = (rb_format)(data[0] % 4);
  rb_compare compare = {0};
  written w;
  rb_err err = {0};
  written_begin(&w);
  if (h.n > 0 && rb_compare_traces(h.traces, hostile_paths, h.n, 0.5, &compare, &err)) {
    REQUIRE(compare.code == RB_DONE || compare.code == RB_INCONCLUSIVE);
    REQUIRE_OK(rb_compareshow(&compare, format, w.out, &err), err);
    written_is(&w, format);
  } else {
    written_or_failed(&w, h.n == 0, &err, written_is_plain);
  }
  rb_compare_free(&compare);
  hostile_free(&h);
  return 0;
}
