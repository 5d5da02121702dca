// SPDX-License-Identifier: Apache-2.0
/* One text as a value, as a comparison and as a range. Proves: values are finite, what computes
 * also passes the check, and a range's values ascend from its first to at most its last. */
#include <math.h>
#include "fuzz.h"
#include "study/expression.h"
#include "study/range.h"

static bool look_up(void *context, const char *name, double *value) {
  (void)context;
  static const struct {
    const char *name;
    double value;
  } known[] = {{"d", 50}, {"n1", 500}, {"zero", 0}, {"far", INFINITY}, {"odd", NAN}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(name, known[i].name) == 0) {
      *value = known[i].value;
      return true;
    }
  return false;
}

static void check_range(const char *text) {
  rb_range range;
  rb_err err = {0};
  if (!rb_range_is(text))
    return;
  if (!rb_range_read(text, 1000000, &range, &err)) {
    REQUIRE(err.kind == RB_USAGE && err.text[0]);
    return;
  }
  REQUIRE(range.count >= 1 && range.count <= 1000000);
  double before = rb_range_at(&range, 0), n = (double)range.count;
  REQUIRE(before == range.first);
  for (double part = 0; part <= 1; part += 0.125) {
    double value = rb_range_at(&range, (uint64_t)((n - 1) * part));
    REQUIRE(value >= before && value <= range.last);
    before = value;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  char *text = fuzz_text(data, n);
  double value = 0, left = 0;
  bool holds = false;
  rb_err err = {0};
  if (rb_expression_value(text, look_up, NULL, &value, &err)) {
    REQUIRE(isfinite(value) && rb_expression_check(text, false, look_up, NULL, &err));
    REQUIRE(!rb_expression_test(text, look_up, NULL, &holds, &left, &err));
  } else {
    REQUIRE(err.kind == RB_USAGE && strncmp(err.text, "column ", 7) == 0);
  }
  if (rb_expression_test(text, look_up, NULL, &holds, &left, &err))
    REQUIRE(rb_expression_check(text, true, look_up, NULL, &err));
  if (rb_expression_value(text, NULL, NULL, &left, &err))
    REQUIRE(left == value);
  check_range(text);
  free(text);
  return 0;
}
