// SPDX-License-Identifier: Apache-2.0
/* Proves: every type of field survives writing and parsing bit for bit, whatever bytes a text
 * holds; a line is pure ASCII in schema order; getters answer absent, null and foreign types as
 * record.h says; every declared type is enforced when parsing; hostile lines are refused before
 * they cost memory. Fails if a digit is lost, a bound or type check is dropped, or invalid UTF-8
 * gets through. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/philox.h"
#include "trace/record.h"

static rb_err err;

/* record written and parsed again; frees record. */
static rb_record *again(rb_record *record) {
  rb_record *parsed = NULL;
  char *line = rb_record_line(record);
  cr_assert(rb_record_parse(line, strlen(line), &parsed, &err), "%s: %s", err.text, line);
  char *second = rb_record_line(parsed);
  cr_assert_str_eq(second, line);
  free(second);
  free(line);
  rb_record_free(record);
  return parsed;
}

static bool parses(const char *line) {
  rb_record *record = NULL;
  bool ok = rb_record_parse(line, strlen(line), &record, &err);
  cr_assert_eq(ok, record != NULL);
  rb_record_free(record);
  return ok;
}

Test(record, completed_fields_are_null) {
  rb_record *record = rb_record_new("cell");
  rb_record_real(record, RB_F_gflops, 5);
  rb_record_complete(record, RB_F_samples_per_s, RB_F_roof_fraction);
  char *line = rb_record_line(record);
  cr_expect_str_eq(line, "{\"type\":\"cell\",\"samples_per_s\":null,\"gflops\":5.0,"
                         "\"operations\":null,\"roof_fraction\":null}");
  free(line);
  cr_expect_not(rb_record_has(record, RB_F_samples_per_s));
  rb_record_free(record);
}

Test(record, schema_names_every_field_once) {
  for (int i = 0; i < RB_N_FIELDS; i++) {
    cr_assert(rb_schema[i].name[0] && rb_schema[i].meaning[0] && rb_schema[i].unit);
    for (int j = 0; j < i; j++)
      cr_assert_str_neq(rb_schema[i].name, rb_schema[j].name);
  }
  cr_assert_eq(rb_schema[RB_F_time_ns].type, RB_TYPE_spread);
  cr_assert_str_eq(rb_schema[RB_F_roof_gflops].unit, "GFLOP/s");
}

Test(record, numbers_bit_for_bit) {
  static const double reals[] = {0.1,     -0.0,     1,       5e-324,
                                 DBL_MAX, -DBL_MIN, 1.0 / 3, 123456789012345678.0};
  for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
    rb_record *record = rb_record_new("cell");
    rb_record_real(record, RB_F_flop, reals[i]);
    record = again(record);
    double back = rb_record_get_real(record, RB_F_flop);
    cr_assert(memcmp(&back, &reals[i], sizeof back) == 0, "%.17g became %.17g", reals[i], back);
    rb_record_free(record);
  }
  rb_random random = rb_random_make(5, RB_STREAM_CHECK);
  for (int i = 0; i < 10000; i++) {
    uint64_t bits = (uint64_t)rb_random_u32(&random) << 32 | rb_random_u32(&random);
    double wanted;
    memcpy(&wanted, &bits, sizeof wanted);
    rb_record *record = rb_record_new("cell");
    rb_record_real(record, RB_F_flop, wanted);
    record = again(record);
    double back = rb_record_get_real(record, RB_F_flop);
    cr_assert(isfinite(wanted) ? back == wanted : !rb_record_has(record, RB_F_flop));
    rb_record_free(record);
  }
}

Test(record, integers_up_to_the_last) {
  static const uint64_t values[] = {0, 1, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    rb_record *record = rb_record_new("cell");
    rb_record_integer(record, RB_F_seed, values[i]);
    record = again(record);
    cr_assert_eq(rb_record_get_integer(record, RB_F_seed), values[i]);
    cr_assert_eq(rb_record_get_real(record, RB_F_seed), (double)values[i]);
    cr_assert_null(rb_record_get_text(record, RB_F_seed));
    rb_record_free(record);
  }
}

static void note(void *context, const char *key, double value, const char *text) {
  char *to = context;
  sprintf(to + strlen(to), "%s=%g,%s;", key, value, text ? text : "NULL");
}

Test(record, arrays_spreads_and_maps) {
  const double times[] = {3, NAN, 0.25};
  double back[8] = {0};
  char seen[200] = "";
  rb_spread spread = {0};
  rb_record *record = rb_record_new("cell");
  rb_record_reals(record, RB_F_times_ns, times, 3);
  rb_record_reals(record, RB_F_singular_values, NULL, 0);
  rb_record_spread(record, RB_F_time_ns, (rb_spread){1.5, 1, INFINITY, 7});
  rb_record_map(record, RB_F_phases, "head/product", 1);
  rb_record_map(record, RB_F_phases, "other", NAN);
  rb_record_map(record, RB_F_phases, "head/product", 2.5);
  rb_record_texts(record, RB_F_build_options, "z", "-DX=1");
  rb_record_texts(record, RB_F_build_options, "a", NULL);
  rb_record_truth(record, RB_F_verified, true);
  rb_record_truth(record, RB_F_plausible, false);
  record = again(record);
  cr_assert_eq(rb_record_get_reals(record, RB_F_times_ns, back, 8), 3);
  cr_assert(back[0] == 3 && isnan(back[1]) && back[2] == 0.25);
  back[2] = -1;
  cr_assert_eq(rb_record_get_reals(record, RB_F_times_ns, back, 2), 2, "no more than the room");
  cr_assert_eq(back[2], -1);
  cr_assert_eq(rb_record_get_reals(record, RB_F_singular_values, back, 8), 0);
  cr_assert(rb_record_has(record, RB_F_singular_values));
  cr_assert(rb_record_get_spread(record, RB_F_time_ns, &spread));
  cr_assert(spread.median == 1.5 && spread.lo == 1 && isnan(spread.hi) && spread.n == 7);
  rb_record_each(record, RB_F_phases, note, seen);
  rb_record_each(record, RB_F_build_options, note, seen);
  cr_assert_str_eq(seen, "head/product=2.5,NULL;other=nan,NULL;z=nan,-DX=1;a=nan,;");
  cr_assert(rb_record_get_truth(record, RB_F_verified));
  cr_assert_not(rb_record_get_truth(record, RB_F_plausible));
  cr_assert(rb_record_has(record, RB_F_plausible));
  rb_record_free(record);
}

Test(record, absent_null_and_foreign) {
  rb_spread spread = {.n = 42};
  double back[1];
  char seen[10] = "";
  rb_record *record = rb_record_new("cell");
  rb_record_text(record, RB_F_reason, NULL);
  rb_record_real(record, RB_F_gflops, -INFINITY);
  rb_record_text(record, RB_F_status, "ok");
  static const rb_field fields[] = {RB_F_reason, RB_F_gflops, RB_F_clock, RB_F_d, RB_F_phases};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    cr_assert_not(rb_record_has(record, fields[i]));
    cr_assert_null(rb_record_get_text(record, fields[i]));
    cr_assert(isnan(rb_record_get_real(record, fields[i])));
    cr_assert_eq(rb_record_get_integer(record, fields[i]), 0);
  }
  cr_assert(isnan(rb_record_get_real(record, RB_F_status)));
  cr_assert_not(rb_record_get_truth(record, RB_F_status));
  cr_assert_eq(rb_record_get_reals(record, RB_F_status, back, 1), 0);
  cr_assert_not(rb_record_get_spread(record, RB_F_status, &spread));
  cr_assert_not(rb_record_get_spread(record, RB_F_time_ns, &spread));
  cr_assert_eq(spread.n, 42, "left alone");
  rb_record_each(record, RB_F_status, note, seen);
  rb_record_each(record, RB_F_phases, note, seen);
  cr_assert_str_empty(seen);
  char *line = rb_record_line(record);
  cr_assert_str_eq(line, "{\"type\":\"cell\",\"status\":\"ok\",\"reason\":null,\"gflops\":null}");
  free(line);
  rb_record_free(record);
}

Test(record, header_names_its_schema) {
  rb_record *record = rb_record_new("run");
  cr_assert_str_eq(rb_record_get_text(record, RB_F_schema), RB_SCHEMA_NAME);
  cr_assert_eq(rb_record_get_integer(record, RB_F_schema_version), RB_SCHEMA_VERSION);
  rb_record_free(record);
  record = rb_record_new("cell");
  cr_assert_not(rb_record_has(record, RB_F_schema));
  rb_record_free(record);
}

/* ---- text ---- */

static void expect_text(const char *given, const char *wanted) {
  rb_record *record = rb_record_new("cell");
  rb_record_text(record, RB_F_reason, given);
  rb_record_texts(record, RB_F_host, given, given);
  record = again(record);
  cr_assert_str_eq(rb_record_get_text(record, RB_F_reason), wanted);
  rb_record_free(record);
}

#define FFFD "\xef\xbf\xbd"
Test(record, any_bytes_become_utf8) {
  expect_text("", "");
  expect_text("tab\t, \"quotes\", back\\slash, \x1b[31m, \x7f",
              "tab\t, \"quotes\", back\\slash, \x1b[31m, \x7f");
  expect_text("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\xb2 \xf4\x8f\xbf\xbf",
              "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\xb2 \xf4\x8f\xbf\xbf");
  expect_text("a\xff"
              "b",
              "a" FFFD "b");
  expect_text("\xc3", FFFD);
  expect_text("\xe2\x82", FFFD FFFD);
  expect_text("\xc0\xaf", FFFD FFFD);          /* longer than needed */
  expect_text("\xe0\x80\xaf", FFFD FFFD FFFD); /* longer than needed */
  expect_text("\xf0\x80\x80\xaf!", FFFD FFFD FFFD FFFD "!");
  expect_text("\xed\xa0\x80", FFFD FFFD FFFD);          /* surrogate */
  expect_text("\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD); /* above U+10FFFF */
  expect_text("\xf5\x80", FFFD FFFD);
}

Test(record, random_bytes_never_break_a_line) {
  rb_random random = rb_random_make(6, RB_STREAM_CHECK);
  for (int i = 0; i < 3000; i++) {
    char text[40];
    size_t n = rb_random_below(&random, sizeof text);
    for (size_t j = 0; j < n; j++)
      text[j] = (char)(rb_random_below(&random, 255) + 1);
    text[n] = '\0';
    rb_record *record = rb_record_new("cell");
    rb_record_text(record, RB_F_reason, text);
    rb_record_texts(record, RB_F_host, text, text);
    char *line = rb_record_line(record);
    for (const char *c = line; *c; c++)
      cr_assert(*c >= 0x20 && *c <= 0x7f, "a line is one line of ASCII: %s", line);
    free(line);
    rb_record_free(again(record));
  }
}

/* The longest text is cut between characters, says so, and can still be read. */
Test(record, long_text_is_cut_and_says_so) {
  size_t n = 3 * RB_RECORD_MAX_TEXT;
  char *text = malloc(n + 1);
  memset(text, 'x', n);
  text[n] = '\0';
  memcpy(text + RB_RECORD_MAX_TEXT - 1, "\xc3\xa9", 2);
  rb_record *record = rb_record_new("cell");
  rb_record_text(record, RB_F_reason, text);
  record = again(record);
  const char *kept = rb_record_get_text(record, RB_F_reason);
  cr_assert_eq(strspn(kept, "x"), RB_RECORD_MAX_TEXT - 1);
  cr_assert_str_eq(kept + RB_RECORD_MAX_TEXT - 1, " [cut, 49152 bytes in all]");
  rb_record_free(record);
  free(text);
}

/* As many numbers as a setter takes fit into a line, at their longest. */
Test(record, longest_array_can_be_read) {
  size_t n = RB_RECORD_MAX_REALS + 10;
  double *values = calloc(n, sizeof *values);
  for (size_t i = 0; i < n; i++)
    values[i] = -1.2345678901234567e-300;
  rb_record *record = rb_record_new("cell");
  rb_record_reals(record, RB_F_times_ns, values, n);
  record = again(record);
  cr_assert_eq(rb_record_get_reals(record, RB_F_times_ns, values, n), RB_RECORD_MAX_REALS);
  rb_record_free(record);
  free(values);
}

/* ---- lines ---- */

Test(record, fields_in_schema_order_unknown_behind) {
  const char *line = "{\"zebra\":[{\"x\":null}],\"seed\":3,\"future\":{\"a\":1},\"type\":\"cell\"}";
  rb_record *record = NULL;
  cr_assert(rb_record_parse(line, strlen(line), &record, &err), "%s", err.text);
  char *back = rb_record_line(record);
  cr_assert_str_eq(back,
                   "{\"type\":\"cell\",\"seed\":3,\"zebra\":[{\"x\":null}],\"future\":{\"a\":1}}");
  free(back);
  rb_record_free(record);
}

Test(record, declared_types_are_enforced) {
  static const char *const good[] = {"\"seed\":1",
                                     "\"seed\":null",
                                     "\"seed\":\"18446744073709551615\"",
                                     "\"flop\":1",
                                     "\"flop\":-1.5e3",
                                     "\"verified\":true",
                                     "\"times_ns\":[]",
                                     "\"times_ns\":[1,null,2.5]",
                                     "\"phases\":{\"a\":1,\"b\":null}",
                                     "\"host\":{\"a\":\"b\",\"c\":null}",
                                     "\"time_ns\":{\"median\":1,\"lo\":null,\"hi\":2.5,\"n\":3}",
                                     "\"trial_of_tomorrow\":\"x\""};
  static const char *const bad[] = {"\"seed\":-1",
                                    "\"seed\":1.0",
                                    "\"seed\":\"1\"",
                                    "\"seed\":\"18446744073709551616\"",
                                    "\"seed\":\"9223372036854775807\"",
                                    "\"seed\":\"09223372036854775808\"",
                                    "\"seed\":\"9223372036854775808 \"",
                                    "\"seed\":18446744073709551615",
                                    "\"seed\":true",
                                    "\"flop\":\"1\"",
                                    "\"flop\":1e999",
                                    "\"flop\":NaN",
                                    "\"verified\":1",
                                    "\"times_ns\":{}",
                                    "\"times_ns\":[\"1\"]",
                                    "\"times_ns\":1",
                                    "\"phases\":[]",
                                    "\"phases\":{\"a\":\"1\"}",
                                    "\"host\":{\"a\":1}",
                                    "\"host\":\"x\"",
                                    "\"reason\":5",
                                    "\"time_ns\":5",
                                    "\"time_ns\":{}",
                                    "\"time_ns\":{\"median\":1,\"lo\":1,\"hi\":2}",
                                    "\"time_ns\":{\"median\":1,\"lo\":\"1\",\"hi\":2,\"n\":3}",
                                    "\"time_ns\":{\"median\":1,\"lo\":1,\"hi\":2,\"n\":-3}",
                                    "\"seed\":1,\"seed\":1",
                                    "\"reason\":\"\\u0000\"",
                                    "\"reason\":\"\xff\""};
  char line[200];
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    sprintf(line, "{\"type\":\"cell\",%s}", good[i]);
    cr_assert(parses(line), "%s: %s", line, err.text);
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    sprintf(line, "{\"type\":\"cell\",%s}", bad[i]);
    cr_assert_not(parses(line), "%s", line);
    cr_assert_eq(err.kind, RB_FAILED);
  }
}

Test(record, not_a_record) {
  static const char *const bad[] = {"",
                                    " ",
                                    "null",
                                    "[]",
                                    "\"type\"",
                                    "{",
                                    "{}",
                                    "{\"type\":null}",
                                    "{\"type\":1}",
                                    "{\"type\":\"cell\"",
                                    "{\"type\":\"cell\"}}",
                                    "{\"type\":\"cell\"}{\"type\":\"cell\"}",
                                    "{\"type\":\"cell\",}",
                                    "{'type':'cell'}",
                                    "{\"type\":\"ce\nll\"}"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    cr_assert_not(parses(bad[i]), "%s", bad[i]);
  cr_assert(parses(" {\"type\" : \"cell\"}\r"));
  rb_record *record = NULL;
  cr_assert_not(rb_record_parse("{\"type\":\"cell\"}\0", 16, &record, &err));
}

/* n times text, then the rest. */
static char *repeat(const char *head, const char *text, size_t n, const char *tail) {
  char *all = malloc(strlen(head) + n * strlen(text) + strlen(tail) + 1), *to = stpcpy(all, head);
  for (size_t i = 0; i < n; i++)
    to = stpcpy(to, text);
  strcpy(to, tail);
  return all;
}

static void expect_refusal(char *line, const char *words) {
  cr_assert_not(parses(line));
  cr_assert(strstr(err.text, words), "%s", err.text);
  free(line);
}

Test(record, hostile_lines) {
  const char *head = "{\"type\":\"cell\",\"x\":";
  expect_refusal(repeat(head, "[", 9, ""), "nested deeper than 8");
  expect_refusal(repeat(head, "[", 500000, ""), "nested deeper than 8");
  expect_refusal(repeat(head, "{\"a\":", 100000, ""), "nested deeper than 8");
  expect_refusal(repeat(head, "0,", 70000, "0}"), "more than 65536 values");
  expect_refusal(repeat("{\"type\":\"cell\",\"x\":\"", "y", 1 << 20, "\"}"), "at most 1048576");
  char *deep = repeat(head, "[", 7, "]]]]]]]}");
  cr_assert(parses(deep), "eight levels are allowed: %s", err.text);
  free(deep);
  /* Brackets, commas and escaped quotes inside a text are not structure. */
  char *inside = repeat("{\"type\":\"cell\",\"x\":\"", "[{,\\\"\\\\", 100000, "\"}");
  cr_assert(parses(inside), "%s", err.text);
  free(inside);
  char *longest = repeat("{\"type\":\"cell\",\"x\":\"", "y", (1 << 20) - 22, "\"}");
  cr_assert_eq(strlen(longest), RB_RECORD_MAX_LINE);
  cr_assert(parses(longest), "%s", err.text);
  free(longest);
}
