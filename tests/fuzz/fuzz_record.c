// SPDX-License-Identifier: Apache-2.0
/* One line of a trace. Proves: it is refused, or every getter of every field works and the record
 * written again is read as the same. */
#include <math.h>
#include "fuzz.h"
#include "trace/record.h"

static void visit(void *context, const char *key, double value, const char *text) {
  size_t *n = context;
  *n += strlen(key) + (text ? strlen(text) : !isnan(value));
}

static void get_all(const rb_record *record) {
  double reals[100];
  rb_spread spread;
  for (int i = 0; i < RB_N_FIELDS; i++) {
    rb_field field = (rb_field)i;
    size_t n = 0;
    const char *text = rb_record_get_text(record, field);
    REQUIRE(!text || rb_record_has(record, field));
    rb_record_get_integer(record, field);
    rb_record_get_real(record, field);
    rb_record_get_truth(record, field);
    REQUIRE(rb_record_get_reals(record, field, reals, 100) <= 100);
    rb_record_get_spread(record, field, &spread);
    rb_record_each(record, field, visit, &n);
    REQUIRE(n == 0 || rb_record_has(record, field));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  rb_record *record = NULL, *again = NULL;
  rb_err err = {0};
  char *exact = malloc(n ? n : 1);
  if (n > 0)
    memcpy(exact, data, n);
  if (!rb_record_parse(exact, n, &record, &err)) {
    REQUIRE(!record && err.kind == RB_FAILED && err.text[0]);
    free(exact);
    return 0;
  }
  get_all(record);
  char *line = rb_record_line(record);
  if (strlen(line) <= RB_RECORD_MAX_LINE) { /* escapes and digits may have made it longer */
    REQUIRE(rb_record_parse(line, strlen(line), &again, &err));
    char *same = rb_record_line(again);
    REQUIRE(strcmp(line, same) == 0 && !strchr(line, '\n'));
    free(same);
  }
  free(line);
  rb_record_free(again);
  rb_record_free(record);
  free(exact);
  return 0;
}
