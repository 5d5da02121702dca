// SPDX-License-Identifier: Apache-2.0
/* Lines of "axis=items", applied to a suite one after the other as -a does, and the plan. Proves: a
 * line that is refused leaves the suite as it was, and what is taken is planned or refused. */
#include "small_plan.h"
#include "study/suite.h"

static const char base[] = "suite: fuzz\nparts:\n"
                           "  - {part: a, mode: learn, T: [1, 2], n1: 8*d, expect: ratio < 1}\n"
                           "  - {part: b, mode: time, d: 1..3, law: [gaussian, rademacher]}\n"
                           "  - {part: c, mode: check}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  rb_suite suite;
  rb_err err = {0};
  char *text = fuzz_text(data, n), hash[65];
  REQUIRE(rb_suite_parse("fuzz.yaml", base, sizeof base - 1, &suite, &err));
  for (char *line = text, *next; line; line = next) {
    next = strchr(line, '\n');
    if (next)
      *next++ = '\0';
    size_t n_before = suite.n_overrides;
    memcpy(hash, suite.hash, sizeof hash);
    if (rb_suite_override(&suite, line, &err)) {
      REQUIRE(suite.n_overrides == n_before + 1 && strcmp(hash, suite.hash) != 0);
      make_small_plan(&suite, -1);
    } else {
      REQUIRE(err.kind == RB_USAGE && strncmp(err.text, "-a ", 3) == 0);
      REQUIRE(suite.n_overrides == n_before && strcmp(hash, suite.hash) == 0);
    }
  }
  make_small_plan(&suite, RB_BACKEND_REFERENCE);
  rb_suite_free(&suite);
  free(text);
  return 0;
}
