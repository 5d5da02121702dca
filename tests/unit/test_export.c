// SPDX-License-Identifier: Apache-2.0
/* Proves: the rows that exports are made from have one name each, the same for the same cell in any
 * trace; only what passed has measures, and their intervals are those of the time; a regression
 * that is set on a row is a failure in JUnit XML and an error elsewhere; text is escaped as XML,
 * labels and names want it; traces without header, end or cells are rows all the same. Fails if a
 * name changes with the other cells of a suite, if an unverified rate gets out, if an outcome is
 * written as another, or if a byte leaves its quotes. tests/cli/export.sh reads the formats. */
#include "report/escape.h"
#include "report/export.h"
#include "summary_fixture.h"

static rb_stream stream;

static void end(void) {
  rb_stream_free(&stream);
  clear();
}

TestSuite(export, .fini = end);

static void make_stream(void) {
  static const char *const paths[] = {"a.gz"};
  rb_trace trace = built();
  rb_stream_free(&stream);
  cr_assert(rb_stream_make(&trace, paths, 1, &stream, &err), "%s", err.text);
}

static char *exported(rb_export_format format) {
  FILE *out = open_memstream(&taken, &n_taken);
  cr_assert(rb_export_write(&stream, format, out, &err), "%s", err.text);
  fclose(out);
  return taken;
}

static void expect_name(size_t row, const char *wanted) {
  cr_expect_str_eq(stream.rows[row].name, wanted, "row %zu: %s", row, stream.rows[row].name);
}

Test(export, names) {
  add_run(2);
  add_timed(1, 90);
  rb_record_text(add_timed(4, 90), RB_F_part, "a b/c=\xC3\xA9");
  rb_record_text(add_timed(5, 90), RB_F_law, "rademacher");
  rb_record_real(add_timed(6, 90), RB_F_eta_a, 0.5);
  rb_record_text(add_timed(7, 90), RB_F_variant, "tiles");
  make_stream();
  cr_assert_eq(stream.n_rows, 5);
  expect_name(0, "mode=time/backend=native/d=50/r=3/T=1/m=64/n1=500/n2=500/seed=1");
  expect_name(1, "part=a%20b%2Fc%3D%C3%A9/mode=time/backend=native/d=50/r=3/T=4/m=64/n1=500/n2=500/"
                 "seed=1");
  expect_name(2, "mode=time/backend=native/d=50/r=3/T=5/m=64/n1=500/n2=500/law=rademacher/seed=1");
  cr_expect(strstr(stream.rows[3].name, "/eta_a=0.5/eta_w=") != NULL, "%s", stream.rows[3].name);
  cr_expect(strstr(stream.rows[4].name, "tiles") == NULL, "the program chose it");
  /* What was chosen tells apart what nothing else does, and the device where there are several. */
  rb_record_text(add_timed(7, 90), RB_F_variant, "vector4");
  make_stream();
  cr_expect(strstr(stream.rows[4].name, "/variant=tiles/") != NULL, "%s", stream.rows[4].name);
  cr_expect(strstr(stream.rows[5].name, "/variant=vector4/") != NULL, "%s", stream.rows[5].name);
  cr_expect(strstr(stream.rows[0].name, "device") == NULL);
  rb_record_text(add_timed(1, 90), RB_F_device, "pci:02");
  make_stream();
  cr_expect(strstr(stream.rows[0].name, "device=pci:01/") != NULL, "%s", stream.rows[0].name);
  cr_expect(strstr(stream.rows[6].name, "device=pci:02/") != NULL, "%s", stream.rows[6].name);
}

Test(export, a_cell_twice) {
  static const char *const paths[] = {"a.gz"};
  add_run(2);
  add_timed(1, 90);
  add_timed(1, 90);
  rb_trace trace = built();
  cr_expect_not(rb_stream_make(&trace, paths, 1, &stream, &err));
  cr_expect_eq(err.kind, RB_USAGE);
  expect_in(err.text, "is there twice, last in a.gz; name each trace once");
  cr_expect_eq(stream.n_rows, 0);
}

Test(export, measures) {
  const char *const statuses[] = {"ok", "outside", "wrong", "failed", "interrupted", "new", NULL};
  const rb_stream_outcome outcomes[] = {RB_STREAM_PASSED,  RB_STREAM_PASSED,  RB_STREAM_WRONG,
                                        RB_STREAM_TROUBLE, RB_STREAM_SKIPPED, RB_STREAM_TROUBLE,
                                        RB_STREAM_TROUBLE};
  add_run(8);
  for (int i = 0; i < 7; i++)
    rb_record_text(add_timed((uint64_t)i + 1, 96), RB_F_status, statuses[i]);
  add_timed(8, 400); /* above the roof */
  add_searched("n", "multitask", 64, 100);
  add_searched("n", "random", 64, NAN);
  make_stream();
  for (size_t i = 0; i < 7; i++) {
    const rb_stream_row *row = &stream.rows[i];
    cr_expect_eq(row->outcome, outcomes[i], "status %zu", i);
    cr_expect_eq(rb_stream_has(row, RB_STREAM_gflops), i < 2, "status %zu", i);
    cr_expect_eq(row->why == NULL, i < 2);
  }
  const double(*of)[3] = (const double(*)[3])stream.rows[0].measures;
  cr_expect_eq(of[RB_STREAM_time_ns][0], 1e6);
  cr_expect_eq(of[RB_STREAM_time_ns][1], 0.99e6);
  cr_expect_eq(of[RB_STREAM_gflops][0], 96);
  cr_expect_float_eq(of[RB_STREAM_gflops][1], 96 / 1.02, 1e-9, "as slow as the slowest time");
  cr_expect_float_eq(of[RB_STREAM_gflops][2], 96 / 0.99, 1e-9);
  cr_expect_float_eq(of[RB_STREAM_roof_fraction][2], 0.5 / 0.99, 1e-9);
  cr_expect_not(rb_stream_has(&stream.rows[7], RB_STREAM_time_ns), "implausible");
  cr_expect_eq(stream.rows[8].measures[RB_STREAM_star][1], 90);
  cr_expect_str_eq(rb_stream_unit(&stream.rows[8], RB_STREAM_star), "samples");
  cr_expect_not(rb_stream_has(&stream.rows[9], RB_STREAM_star), "censored");
}

Test(export, times_that_are_none) {
  const double times[] = {1e6, NAN, 0, -1, 2e6};
  double *read = NULL;
  size_t n = 0;
  add_run(2);
  rb_record_reals(add_timed(1, 90), RB_F_times_ns, times, 5);
  rb_record *wrong = add_timed(2, 90);
  rb_record_reals(wrong, RB_F_times_ns, times, 5);
  rb_record_text(wrong, RB_F_status, "wrong");
  make_stream();
  cr_assert(rb_stream_times(&stream.rows[0], &read, &n, &err));
  cr_expect_eq(n, 2);
  cr_expect_eq(read[1], 2e6);
  free(read);
  cr_assert(rb_stream_times(&stream.rows[1], &read, &n, &err));
  cr_expect_eq(n, 0);
  free(read);
}

Test(export, regression) {
  add_run(2);
  for (uint64_t T = 1; T <= 2; T++)
    rb_record_reals(add_timed(T, 90), RB_F_times_ns, (const double[]){1e6}, 1);
  add_end(0);
  make_stream();
  char *text = exported(RB_EXPORT_JUNIT);
  expect_in(text, "tests=\"2\" failures=\"0\"");
  expect_in(text, "<system-out>time 1.00 ms (0.99..1.02), samples/s 1.50 M");
  free(text);
  stream.rows[0].outcome = RB_STREAM_REGRESSION;
  stream.rows[0].why = "5 % slower <than> the baseline";
  text = exported(RB_EXPORT_JUNIT);
  expect_in(text, "tests=\"2\" failures=\"1\" errors=\"0\"");
  expect_in(text,
            "<failure type=\"regression\" message=\"5 % slower &lt;than&gt; the baseline\"/>");
  free(text);
  text = exported(RB_EXPORT_GOOGLE);
  expect_in(text, "\"error_message\": \"5 % slower <than> the baseline\"");
  free(text);
  text = exported(RB_EXPORT_GO);
  expect_in(text, "--- FAIL: BenchmarkRound/mode=time");
  free(text);
}

/* What is missing of a run is an error, and so is a run that never ended. */
Test(export, missing_cells) {
  add_run(3);
  add_learned(1, 1, 0.5);
  add_end(0);
  make_stream();
  char *text = exported(RB_EXPORT_JUNIT);
  expect_in(text, "tests=\"2\" failures=\"0\" errors=\"1\"");
  expect_in(text, "message=\"1 of 3 planned cells are in the trace\"/>");
  free(text);
  clear();
  add_run(1);
  add_learned(1, 1, 0.5);
  add_end(143);
  make_stream();
  text = exported(RB_EXPORT_JUNIT);
  expect_in(text, "1 of 1 planned cells are in the trace, and its run was not ended\"/>");
  free(text);
}

/* A merge may drop headers, and a foreign trace lack everything. */
Test(export, bare_traces) {
  rb_record_text(added(rb_record_new("cell")), RB_F_status, "ok");
  make_stream();
  cr_assert_eq(stream.n_runs, 1);
  cr_expect_null(stream.runs[0].header);
  expect_name(0, "cell");
  for (int i = 0; i < RB_EXPORT_N_FORMATS; i++) {
    FILE *out = open_memstream(&taken, &n_taken);
    bool told = i == RB_EXPORT_OPENMETRICS || i == RB_EXPORT_JUNIT || i >= RB_EXPORT_CSV;
    cr_expect_eq(rb_export_write(&stream, (rb_export_format)i, out, &err), told, "format %d", i);
    cr_expect(told || err.kind == RB_INCONCLUSIVE);
    fclose(out);
    cr_expect_eq(n_taken > 0, told, "format %d", i);
    free(taken);
  }
  clear();
  make_stream();
  free(exported(RB_EXPORT_OPENMETRICS));
  free(exported(RB_EXPORT_JUNIT));
}

Test(export, out_cannot_be_written) {
  FILE *full = fopen("/dev/full", "w");
  add_run(1);
  add_learned(1, 1, 0.5);
  make_stream();
  cr_assert_not_null(full);
  cr_expect_not(rb_export_write(&stream, RB_EXPORT_MD, full, &err));
  cr_expect_eq(err.kind, RB_FAILED);
  fclose(full);
}

Test(export, escapes) {
  static const char hostile[] = "a&<>\"'\\\n\t\x1b\xff\xC3\xA9\xE2\x80\xAE/=% \xEF\xBF\xBF";
  static const struct {
    rb_escape_style style;
    const char *wanted;
  } cases[] = {
      {RB_ESCAPE_XML, "a&amp;&lt;&gt;&quot;'\\&#10;&#9;\\x1b\\xff\xC3\xA9\\u202e/=% \\uffff"},
      {RB_ESCAPE_LABEL, "a&<>\\\"'\\\\\\n\\\\x09\\\\x1b\\\\xff\xC3\xA9\\\\u202e/=% \\\\uffff"},
      {RB_ESCAPE_WORD, "a%26%3C%3E%22%27%5C%0A%09%1B%FF%C3%A9%E2%80%AE%2F%3D%25%20%EF%BF%BF"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char *text = NULL;
    cr_assert(rb_escape_copy(hostile, cases[i].style, 0, &text, &err));
    expect_same(text, cases[i].wanted);
    /* Nothing but what grows the most: the copy has room for it. */
    cr_assert(rb_escape_copy("\"\"\"\"\"\"\"\"\xC2\x9F\xC2\x9F", cases[i].style, 0, &text, &err));
    cr_expect(strlen(text) <= 6 * 12);
    free(text);
  }
}
