// SPDX-License-Identifier: Apache-2.0
/* Proves: one table gives the documented text in each format (figures, alignment by columns and not
 * bytes, nulls, RFC 4180 quoting, 17 digits, escaped pipes), and no control character of a hostile
 * text reaches a terminal. Fails if a format changes a byte, if a figure is rounded before its
 * prefix is chosen, or if rb_escape_copy lets an escape, a C1 control, an override or an invalid
 * byte through. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/escape.h"
#include "report/figure.h"
#include "report/report.h"
#include "report/table.h"
#include "report/wrap.h"

static rb_err err;

static char *written(const rb_table *table, rb_format format) {
  char *text = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  cr_assert(rb_table_write(table, format, out, &err), "%s", err.text);
  fclose(out);
  return text;
}

static void expect_text(const rb_table *table, rb_format format, const char *wanted) {
  char *text = written(table, format);
  cr_expect_str_eq(text, wanted, "%s:\n%s\nwanted:\n%s", rb_format_names[format], text, wanted);
  free(text);
}

static const rb_column all_types[] = {
    {.name = "name", .type = RB_COLUMN_TEXT},
    {.name = "T", .type = RB_COLUMN_INTEGER},
    {.name = "verified", .type = RB_COLUMN_TRUTH},
    {.name = "ratio", .type = RB_COLUMN_REAL, .ranged = true},
    {.name = "time_ns", .title = "time", .type = RB_COLUMN_TIME},
    {.name = "gflops", .title = "rate", .unit = "GFLOP/s", .type = RB_COLUMN_REAL},
    {.name = "roof", .title = "of roof", .type = RB_COLUMN_PERCENT},
};

static rb_table *filled(void) {
  rb_table *table = NULL;
  cr_assert(rb_table_open(all_types, sizeof all_types / sizeof all_types[0], &table, &err));
  rb_table_row(table);
  rb_table_text(table, 0, "na\xC3\xAFve caf\xC3\xA9");
  rb_table_integer(table, 1, 1000);
  rb_table_truth(table, 2, true);
  rb_table_range(table, 3, (const double[]){0.1, 0.05, 0.25});
  rb_table_real(table, 4, 1220000);
  rb_table_real(table, 5, 187.4);
  rb_table_real(table, 6, 0.482);
  rb_table_row(table);
  rb_table_text(table, 0, "a|b, \"c\"");
  rb_table_truth(table, 2, false);
  rb_table_real(table, 5, INFINITY);
  return table;
}

Test(table, people) {
  rb_table *table = filled();
  expect_text(
      table, RB_FORMAT_TABLE,
      "name           T  verified                 ratio     time         rate  of roof\n"
      "na\xC3\xAFve caf\xC3\xA9  1000       yes  0.100 (0.050..0.250)  1.22 ms  187 GFLOP/s     "
      "48 %\n"
      "a|b, \"c\"       -        no                     -        -            -        -\n");
  expect_text(table, RB_FORMAT_MD,
              "| name | T | verified | ratio | time | rate | of roof |\n"
              "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
              "| na\xC3\xAFve caf\xC3\xA9 | 1000 | yes | 0.100 (0.050..0.250) | 1.22 ms | 187 "
              "GFLOP/s | 48 % |\n"
              "| a\\|b, \"c\" |  | no |  |  |  |  |\n");
  rb_table_free(table);
}

Test(table, programs) {
  rb_table *table = filled();
  expect_text(
      table, RB_FORMAT_CSV,
      "name,T,verified,ratio,ratio_lo,ratio_hi,time_ns,gflops,roof\r\n"
      "na\xC3\xAFve caf\xC3\xA9,1000,true,0.10000000000000001,0.050000000000000003,0.25,1220000,"
      "187.40000000000001,0.48199999999999998\r\n"
      "\"a|b, \"\"c\"\"\",,false,,,,,,\r\n");
  char *text = written(table, RB_FORMAT_JSON);
  json_t *array = json_loads(text, 0, NULL);
  cr_assert_eq(json_array_size(array), 2);
  const json_t *first = json_array_get(array, 0), *second = json_array_get(array, 1);
  cr_expect_str_eq(json_string_value(json_object_get(first, "name")), "na\xC3\xAFve caf\xC3\xA9");
  cr_expect_eq(json_integer_value(json_object_get(first, "T")), 1000);
  cr_expect(json_is_true(json_object_get(first, "verified")));
  cr_expect_eq(json_real_value(json_object_get(first, "ratio")), 0.1);
  cr_expect_eq(json_real_value(json_object_get(first, "ratio_hi")), 0.25);
  cr_expect(json_is_null(json_object_get(second, "ratio_lo")));
  cr_expect(json_is_null(json_object_get(second, "gflops")), "infinity is null");
  cr_expect_eq(json_object_size(second), 9);
  json_decref(array);
  free(text);
  rb_table_free(table);
}

Test(table, empty_hidden_and_questions) {
  rb_table *table = NULL;
  const rb_column columns[] = {{.name = "a", .type = RB_COLUMN_INTEGER},
                               {.name = "b", .type = RB_COLUMN_INTEGER},
                               {.name = "c", .type = RB_COLUMN_TEXT, .align = RB_ALIGN_RIGHT}};
  cr_assert(rb_table_open(columns, 3, &table, &err));
  expect_text(table, RB_FORMAT_TABLE, "a  b  c\n");
  expect_text(table, RB_FORMAT_JSON, "[]\n");
  expect_text(table, RB_FORMAT_CSV, "a,b,c\r\n");
  cr_expect_not(rb_table_is_constant(table, 0), "no row, no constant");
  cr_expect(rb_table_is_empty(table, 0));
  for (uint64_t i = 0; i < 2; i++) {
    rb_table_row(table);
    rb_table_integer(table, 0, i);
    rb_table_integer(table, 1, i);
    rb_table_text(table, 2, i ? "longer" : "x");
  }
  cr_expect(rb_table_is_twin(table, 0, 1));
  cr_expect_not(rb_table_is_twin(table, 0, 2));
  cr_expect_not(rb_table_is_constant(table, 0));
  cr_expect_not(rb_table_is_empty(table, 0));
  rb_table_hide(table, 1);
  rb_table_rename(table, 0, "a=b");
  expect_text(table, RB_FORMAT_TABLE, "a=b       c\n  0       x\n  1  longer\n");
  expect_text(table, RB_FORMAT_CSV, "a,c\r\n0,x\r\n1,longer\r\n");
  rb_table_free(table);
}

Test(table, large_integer_stays_exact) {
  rb_table *table = NULL;
  const rb_column column = {.name = "seed", .type = RB_COLUMN_INTEGER};
  cr_assert(rb_table_open(&column, 1, &table, &err));
  rb_table_row(table);
  rb_table_integer(table, 0, UINT64_MAX);
  expect_text(table, RB_FORMAT_TABLE, "                seed\n18446744073709551615\n");
  expect_text(table, RB_FORMAT_JSON, "[\n {\n  \"seed\": \"18446744073709551615\"\n }\n]\n");
  rb_table_free(table);
}

/* Nothing but printable ASCII, valid UTF-8 above U+009F, and what the format itself writes. */
static void expect_harmless(const char *text, const char *allowed) {
  for (const char *at = text; *at; at++) {
    unsigned char byte = (unsigned char)*at;
    cr_assert((byte >= 0x20 && byte != 0x7F) || strchr(allowed, byte), "byte %02x in %s", byte,
              text);
    cr_assert_not((byte == 0xC2 && (unsigned char)at[1] < 0xA0), "C1 control in %s", text);
  }
  cr_assert_null(strstr(text, "\xE2\x80\xAE"), "right-to-left override in %s", text);
}

static const char *const hostile[] = {"\x1b]0;owned\x07\x1b[31m", /* C0 */
                                      "\xC2\x9B"
                                      "31m",       /* CSI as C1 */
                                      "a\nb\r\tc", /* line ends */
                                      "\xE2\x80\xAE"
                                      "fdp.exe",                  /* override */
                                      "\xFF\xC0\x80\xED\xA0\x80", /* invalid, overlong, surrogate */
                                      "\xF0\x9F\x92",             /* cut short */
                                      "| --- | `x` <b>[l](u)*e*", /* markup */
                                      "\x7F"};

Test(table, hostile_text) {
  rb_table *table = NULL;
  size_t n = sizeof hostile / sizeof hostile[0];
  const rb_column columns[] = {{.name = "x\x1b", .type = RB_COLUMN_TEXT}};
  cr_assert(rb_table_open(columns, 1, &table, &err));
  for (size_t i = 0; i < n; i++) {
    rb_table_row(table);
    rb_table_text(table, 0, hostile[i]);
  }
  const char *const allowed[] = {"\n", "\n", "\r\n\t", "\n"};
  for (int format = 0; rb_format_names[format]; format++) {
    char *text = written(table, (rb_format)format);
    expect_harmless(text, allowed[format]);
    free(text);
  }
  char *text = written(table, RB_FORMAT_JSON);
  json_t *rows = json_loads(text, 0, NULL);
  const json_t *last = json_object_iter_value(json_object_iter(json_array_get(rows, n - 1)));
  cr_expect_str_eq(json_string_value(last), "\x7F", "nothing is lost: %s", text);
  json_decref(rows);
  free(text);
  text = written(table, RB_FORMAT_MD);
  cr_expect(strstr(text, "| \\| --- \\| \\`x\\` \\<b>\\[l](u)\\*e\\* |\n") != NULL, "%s", text);
  free(text);
  text = written(table, RB_FORMAT_TABLE);
  cr_expect(strstr(text,
                   "\\x1b]0;owned\\x07\\x1b[31m\n\\u009b31m\na\\x0ab\\x0d\\x09c\n\\u202efdp.exe\n"
                   "\\xff\\xc0\\x80\\xed\\xa0\\x80\n\\xf0\\x9f\\x92\n") != NULL,
            "%s", text);
  free(text);
  rb_table_free(table);
}

Test(table, width_and_cut) {
  cr_expect_eq(rb_escape_width("abc"), 3);
  cr_expect_eq(rb_escape_width("e\xCC\x81"), 1, "combining acute");
  cr_expect_eq(rb_escape_width("\xE6\xBC\xA2\xE5\xAD\x97"), 4, "two wide characters");
  char *text = NULL;
  cr_assert(rb_escape_copy("abcdefghij", RB_ESCAPE_TERMINAL, 10, &text, &err));
  cr_expect_str_eq(text, "abcdefghij");
  free(text);
  cr_assert(rb_escape_copy("abcdefghijk", RB_ESCAPE_TERMINAL, 10, &text, &err));
  cr_expect_str_eq(text, "abcdefg...");
  free(text);
  cr_assert(rb_escape_copy("ab\x1b\x1b\x1b", RB_ESCAPE_TERMINAL, 8, &text, &err));
  cr_expect_str_eq(text, "ab...", "an escape is kept whole or not at all");
  free(text);
}

static void expect_figure(rb_figure kind, double value, const char *unit, const char *wanted) {
  char text[RB_FIGURE_ROOM];
  rb_figure_one(text, kind, value, unit);
  cr_expect_str_eq(text, wanted, "%.17g gives %s, not %s", value, text, wanted);
}

Test(table, figures) {
  expect_figure(RB_FIGURE_TIME, 1.22e6, "", "1.22 ms");
  expect_figure(RB_FIGURE_TIME, 999.4, "", "999 ns");
  expect_figure(RB_FIGURE_TIME, 999.6, "", "1.00 us");
  expect_figure(RB_FIGURE_TIME, 0, "", "0 ns");
  expect_figure(RB_FIGURE_TIME, 125e9, "", "125 s");
  expect_figure(RB_FIGURE_TIME, 7200e9, "", "7200 s");
  expect_figure(RB_FIGURE_REAL, 187, "GFLOP/s", "187 GFLOP/s");
  expect_figure(RB_FIGURE_REAL, 12345, "", "12345");
  expect_figure(RB_FIGURE_REAL, 0.0123456, "", "0.0123");
  expect_figure(RB_FIGURE_REAL, -0.000012345, "", "-1.23e-05");
  expect_figure(RB_FIGURE_REAL, 9.999, "", "10.0");
  expect_figure(RB_FIGURE_SI, 1530000, "", "1.53 M");
  expect_figure(RB_FIGURE_SI, 1530000, "B/s", "1.53 MB/s");
  expect_figure(RB_FIGURE_SI, 12, "B/s", "12.0 B/s");
  expect_figure(RB_FIGURE_SI, 1e20, "", "100000 P");
  expect_figure(RB_FIGURE_BYTES, 1023, "", "1023 B");
  expect_figure(RB_FIGURE_BYTES, 1048575.9, "", "1.00 MiB");
  expect_figure(RB_FIGURE_PERCENT, 0.482, "", "48 %");
  expect_figure(RB_FIGURE_PERCENT, 0.0482, "", "4.8 %");
  expect_figure(RB_FIGURE_PERCENT, 1, "", "100 %");
  expect_figure(RB_FIGURE_PERCENT, 0.0062, "", "0.62 %");
  expect_figure(RB_FIGURE_SHARE, 0.482, "", "48 %");
  expect_figure(RB_FIGURE_SHARE, 0.0062, "", "1 %");
  expect_figure(RB_FIGURE_SHARE, 0.0001, "", "0 %");
  expect_figure(RB_FIGURE_SHARE, 1, "", "100 %");
  expect_figure(RB_FIGURE_PLAIN, 0.387, "", "0.387");
  expect_figure(RB_FIGURE_PLAIN, 0.0797, "", "0.080");
  expect_figure(RB_FIGURE_PLAIN, 12.5, "", "12.5");
  expect_figure(RB_FIGURE_PLAIN, 1e30, "", "1.00e+30");
  expect_figure(RB_FIGURE_REAL, NAN, "x", "-");
  expect_figure(RB_FIGURE_REAL, 1.7e308, "", "1.70e+308");
  expect_figure(RB_FIGURE_PERCENT, 1.7e308, "", "-");
}

static void expect_range(rb_figure kind, double value, double lo, double hi, const char *wanted) {
  char text[RB_FIGURE_ROOM];
  rb_figure_range(text, kind, (const double[]){value, lo, hi}, "");
  cr_expect_str_eq(text, wanted, "%.17g gives %s, not %s", value, text, wanted);
}

/* Both ends with the prefix and the decimals of the value. */
Test(table, ranges) {
  expect_range(RB_FIGURE_TIME, 28.2e6, 27.31e6, 35.84e6, "28.2 ms (27.3..35.8)");
  expect_range(RB_FIGURE_TIME, 1e6, 0.99e6, 1.024e6, "1.00 ms (0.99..1.02)");
  expect_range(RB_FIGURE_TIME, 8.58e6, 7.13e6, 10.85e6, "8.58 ms (7.13..10.85)");
  expect_range(RB_FIGURE_PLAIN, 0.0917, 0.084, 0.0957, "0.092 (0.084..0.096)");
  expect_range(RB_FIGURE_PLAIN, 5.884, 5.11, 11.689, "5.88 (5.11..11.69)");
  expect_range(RB_FIGURE_REAL, 235, 117.4, 235, "235 (117..235)");
  expect_range(RB_FIGURE_REAL, 1e-5, 1e-6, 1.7e308, "1.00e-05 (1.00e-06..1.70e+308)");
  expect_range(RB_FIGURE_REAL, 2, 2, 2, "2.00");
  expect_range(RB_FIGURE_REAL, 2, NAN, NAN, "2.00");
}

Test(table, headings_width_and_cut) {
  rb_table *table = NULL;
  size_t width = 0;
  const rb_column columns[] = {{.name = "case", .type = RB_COLUMN_TEXT},
                               {.name = "n", .type = RB_COLUMN_INTEGER}};
  cr_assert(rb_table_open(columns, 2, &table, &err));
  for (uint64_t i = 0; i < 2; i++) {
    rb_table_heading(table, i ? "second\x1b" : "first");
    rb_table_row(table);
    rb_table_text(table, 0, i ? "a longer text" : "x");
    rb_table_integer(table, 1, i);
  }
  expect_text(table, RB_FORMAT_TABLE,
              "  case           n\n"
              "first\n"
              "  x              0\n"
              "second\\x1b\n"
              "  a longer text  1\n");
  cr_assert(rb_table_width(table, &width, &err));
  cr_expect_eq(width, 18);
  rb_table_cut(table, 0, 8);
  expect_text(table, RB_FORMAT_TABLE,
              "  case      n\nfirst\n  x         0\nsecond\\x1b\n"
              "  a lon...  1\n");
  expect_text(table, RB_FORMAT_CSV, "case,n\r\nx,0\r\na longer text,1\r\n");
  expect_text(table, RB_FORMAT_MD,
              "| case | n |\n| --- | ---: |\n| x | 0 |\n| a longer text | 1 |\n");
  rb_table_free(table);
}

static void expect_wrapped(const char *label, const char *text, const char *wanted) {
  char *found = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&found, &n);
  cr_assert(rb_wrap_put(out, label, text, &err));
  fclose(out);
  cr_expect_str_eq(found, wanted, "%s", found);
  free(found);
}

Test(table, wrapped_lines) {
  char word[121], wanted[200];
  memset(word, 'w', 120);
  word[120] = '\0';
  expect_wrapped("host  ", "a b  c", "host  a b c\n");
  expect_wrapped("", "", "\n");
  expect_wrapped("x ", "a\x1b\nb", "x a\\x1b\\x0ab\n");
  snprintf(wanted, sizeof wanted, "  %.98s\n  %.22s\n", word, word);
  expect_wrapped("  ", word, wanted); /* a word longer than a line is broken */
  snprintf(wanted, sizeof wanted, "  %.95s\n  and\n", word);
  word[95] = '\0';
  strcat(word, " and");
  expect_wrapped("  ", word, wanted); /* 2 + 95 + 4 columns would be one too many */
}

Test(table, formats_by_name) {
  rb_format format = RB_FORMAT_TABLE;
  cr_assert(rb_format_parse("md", &format, &err));
  cr_expect_eq(format, RB_FORMAT_MD);
  cr_expect_not(rb_format_parse("xml", &format, &err));
  cr_expect_eq(err.kind, RB_USAGE);
  cr_expect(strstr(err.text, "table, json, csv or md") != NULL);
}

Test(table, full_disk_is_an_error) {
  rb_table *table = filled();
  FILE *full = fopen("/dev/full", "w");
  if (!full)
    cr_skip_test("no /dev/full here");
  cr_expect_not(rb_table_write(table, RB_FORMAT_CSV, full, &err));
  cr_expect_eq(err.kind, RB_FAILED);
  fclose(full);
  rb_table_free(table);
}

Test(table, thousands_of_rows) {
  rb_table *table = NULL;
  rb_host_time start = rb_clock_now();
  cr_assert(rb_table_open(all_types, sizeof all_types / sizeof all_types[0], &table, &err));
  for (uint64_t i = 0; i < 20000; i++) {
    rb_table_row(table);
    rb_table_text(table, 0, "native");
    rb_table_integer(table, 1, i);
    rb_table_real(table, 4, (double)i * 1e4);
  }
  for (int format = 0; rb_format_names[format]; format++)
    free(written(table, (rb_format)format));
  cr_expect_eq(rb_table_rows(table), 20000);
  cr_expect_lt(rb_clock_since_s(start), 10.0, "quadratic somewhere?");
  rb_table_free(table);
}

Test(report, verdicts) {
  const rb_report_verdict verdicts[] = {
      {"good.jsonl.gz",
       {.intact = true,
        .sealed = true,
        .n_records = 34,
        .n_cells = 31,
        .n_blocks = 5,
        .n_bytes = 12345,
        .run_id = "00ff",
        .sha256 = "abcd"}},
      {"bad\x1b.gz",
       {.n_records = 3, .n_cells = 1, .n_wrong = 1, .problem = "block 2: CRC differs"}}};
  char *text = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  cr_assert(rb_report_verify(verdicts, 2, RB_FORMAT_TABLE, out, &err));
  cr_assert(rb_report_verify(verdicts, 2, RB_FORMAT_CSV, out, &err));
  fclose(out);
  cr_expect_str_eq(
      text,
      "good.jsonl.gz: intact, sealed\n"
      "  31 cells (0 wrong, 0 failed) in 34 records, 5 blocks, 12.1 KiB\n"
      "  run 00ff\n"
      "  SHA-256 abcd\n"
      "bad\\x1b.gz: DAMAGED, not sealed\n"
      "  block 2: CRC differs\n"
      "  1 cells (1 wrong, 0 failed) in 3 records, 0 blocks, 0 B\n"
      "trace,intact,sealed,n_records,n_cells,n_wrong,n_failed,n_blocks,n_bytes,run_id,sha256,"
      "problem\r\n"
      "good.jsonl.gz,true,true,34,31,0,0,5,12345,00ff,abcd,\r\n"
      "bad\\x1b.gz,false,false,3,1,1,0,0,0,,,block 2: CRC differs\r\n",
      "%s", text);
  free(text);
}
