// SPDX-License-Identifier: Apache-2.0
/* A suite file, which must be named fuzz, and its plan. Proves: whatever the bytes, the suite is
 * whole or refused with a line that begins with its place, and a plan's cells are settled. */
#include "small_plan.h"
#include "study/suite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  rb_suite suite;
  rb_err err = {0};
  if (!rb_suite_parse("fuzz.yaml", (const char *)data, n, &suite, &err)) {
    REQUIRE(err.kind == RB_USAGE && strncmp(err.text, "fuzz.yaml:", 10) == 0);
    REQUIRE(!suite.parts && !suite.name && suite.n_parts == 0);
    return 0;
  }
  REQUIRE(strcmp(suite.name, "fuzz") == 0 && suite.about && suite.n_parts > 0);
  for (size_t i = 0; i < suite.n_parts; i++) {
    const rb_part *part = &suite.parts[i];
    REQUIRE(part->name && part->repetitions >= 1 && part->place.line > 0);
    for (size_t k = 0; k < part->n_axes; k++)
      REQUIRE(part->axes[k].n_items > 0);
  }
  make_small_plan(&suite, -1);
  make_small_plan(&suite, RB_BACKEND_CLBLAST);
  rb_suite_free(&suite);
  return 0;
}
