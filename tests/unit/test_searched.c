// SPDX-License-Identifier: Apache-2.0
/* Proves: cells of mode complexity have a section of their own, curve by curve; a censored search
 * never becomes a number, alone or among seeds; trials are no cells; what was searched for, learned
 * features and samplers reach every format. Fails if a cap is put in the place of n*, a curve is
 * torn apart, whole pretrainings bring a warning of the clock, or a field is lost. */
#include "summary_fixture.h"

TestSuite(searched, .fini = clear);

static size_t widest_line(const char *text) {
  size_t widest = 0;
  for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
    widest = strcspn(text, "\n") > widest ? strcspn(text, "\n") : widest;
  return widest;
}

/* From the section's title to the empty line behind it. */
static char *section_of(char *text, const char *title) {
  char *from = strstr(text, title);
  cr_assert_not_null(from, "no '%s' in\n%s", title, text);
  char *to = strstr(from, "\n\n");
  cr_assert_not_null(to);
  char *section = strndup(from, (size_t)(to + 1 - from));
  free(text);
  return section;
}

static void add_curves(void) {
  for (uint64_t d = 64; d <= 256; d *= 2) { /* the suite's order, not that of curves */
    add_searched("m", "multitask", d, 9.5);
    add_searched("n", "multitask", d, 96.25);
    add_searched("n", "random", d, d == 64 ? 500 : NAN);
  }
}

Test(searched, section) {
  add_run(9);
  add_curves();
  add_end(0);
  rb_trace trace = built();
  expect_same(
      section_of(shown(&trace, RB_FORMAT_TABLE, false), "complexity"),
      "complexity: samples or neurons that a new task needs (95 % interval of the search)\n"
      "  all rows   part=samples backend=native task=parity n=1024 target=0.8 r=3 T=1 m=64 "
      "decay=1\n"
      "             n1=n2=48*d seed=1\n"
      "  columns    with n* samples (m* neurons) half of the trials reach the target; > N: with N "
      "fewer do;\n"
      "             alignment, sin-theta, time: median of the pretrainings, features learned: "
      "mean\n"
      "  verdict    whether n* or m* depends on d: relubench verdict TRACE, from every trial\n"
      "case                          n* or m*  trials  alignment   features  sin-theta     time\n"
      "multitask n* d=64   96.2 (86.6..105.9)       2      0.940  1.88 of 3      0.200  2.00 ms\n"
      "multitask n* d=128  96.2 (86.6..105.9)       2      0.940  1.88 of 3      0.200  2.00 ms\n"
      "multitask n* d=256  96.2 (86.6..105.9)       2      0.940  1.88 of 3      0.200  2.00 ms\n"
      "random n* d=64          500 (450..550)       2      0.940  1.88 of 3      0.200  2.00 ms\n"
      "random n* d=128                 > 1024       2      0.940  1.88 of 3      0.200  2.00 ms\n"
      "random n* d=256                 > 1024       2      0.940  1.88 of 3      0.200  2.00 ms\n"
      "multitask m* d=64   9.50 (8.55..10.45)       2      0.940  1.88 of 3      0.200  2.00 ms\n"
      "multitask m* d=128  9.50 (8.55..10.45)       2      0.940  1.88 of 3      0.200  2.00 ms\n"
      "multitask m* d=256  9.50 (8.55..10.45)       2      0.940  1.88 of 3      0.200  2.00 ms\n");
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_not_in(text, "warning");
  expect_not_in(text, "other");
  free(text);
}

/* Where a name would be long, each curve has a heading, with the samples that follow its d. */
Test(searched, headings) {
  add_run(0);
  for (uint64_t d = 64; d <= 128; d *= 2) {
    rb_record *cell = add_searched("n", "multitask", d, 96.25);
    rb_record_text(cell, RB_F_sampler, "collapsed");
    rb_record_text(cell, RB_F_head, "ridge");
    cell = add_searched("n", "multitask", d, 80);
    rb_record_text(cell, RB_F_head, "hinge");
    rb_record_integer(cell, RB_F_n1, 16 * d);
    rb_record_integer(cell, RB_F_n2, 8 * d);
  }
  add_end(0);
  rb_trace trace = built();
  char *text = section_of(shown(&trace, RB_FORMAT_TABLE, false), "complexity");
  expect_in(text, "  case                   n*  trials");
  expect_in(text, "\nhead=hinge sampler=direct n1=16*d n2=8*d\n"
                  "  d=64    80.0 (72.0..88.0)       2");
  expect_in(text, "\nhead=ridge sampler=collapsed n1=n2=48*d\n"
                  "  d=64   96.2 (86.6..105.9)       2");
  free(text);
}

Test(searched, numbers) {
  add_run(3);
  add_searched("n", "multitask", 64, 96.25);
  rb_record_text(add_searched("n", "random", 64, NAN), RB_F_sampler, "collapsed");
  rb_record_real(add_searched("m", "multitask", 64, 9.5), RB_F_precision, 1.05);
  add_end(0);
  rb_trace trace = built();
  for (int cells = 0; cells < 2; cells++) {
    json_t *whole = shown_json(&trace, cells);
    const json_t *run = json_object_get(whole, "run");
    cr_expect_eq(rows_in(whole), 3);
    cr_expect_eq(json_integer_value(json_object_get(run, "n_done")), 3, "trials are no cells");
    cr_expect_eq(json_array_size(json_object_get(run, "warnings")), 0);
    cr_expect_eq(number_in(whole, 0, "star"), 96.25);
    cr_expect_float_eq(number_in(whole, 0, "star_lo"), 86.625, 1e-9);
    cr_expect_float_eq(number_in(whole, 0, "star_hi"), 105.875, 1e-9);
    cr_expect(isnan(number_in(whole, 1, "star")), "a censored search has no number");
    cr_expect_eq(number_in(whole, 1, "star_lo"), 900, "but a bound");
    cr_expect(isnan(number_in(whole, 1, "star_hi")));
    const json_t *rows = json_object_get(whole, "cells");
    cr_expect(json_is_false(json_object_get(json_array_get(rows, 0), "censored")));
    cr_expect(json_is_true(json_object_get(json_array_get(rows, 1), "censored")));
    cr_expect_eq(number_in(whole, 0, "n_trials"), 2);
    cr_expect_eq(number_in(whole, 0, "features_learned"), 1.875);
    cr_expect_eq(number_in(whole, 0, "feature_error"), 0.4);
    cr_expect_eq(number_in(whole, 0, "margin"), 1.25);
    cr_expect_eq(number_in(whole, 0, "target"), 0.8);
    cr_expect_eq(number_in(whole, 0, "n"), 1024);
    cr_expect_eq(number_in(whole, 2, "precision"), 1.05);
    cr_expect_eq(number_in(whole, 0, "time_ns_hi"), 3e6);
    cr_expect_str_eq(text_in(whole, 1, "source"), "random");
    cr_expect_str_eq(text_in(whole, 1, "task"), "parity");
    cr_expect_str_eq(text_in(whole, 2, "quantity"), "m");
    cr_expect_str_eq(text_in(whole, 1, "sampler"), "collapsed");
    cr_expect_str_eq(text_in(whole, 1, "notes"), "");
    json_decref(whole);
  }
  char *text = shown(&trace, RB_FORMAT_CSV, false);
  expect_in(text, ",star,star_lo,star_hi,censored,n_trials,");
  expect_in(text, ",,900,,true,2,");
  free(text);
  text = shown(&trace, RB_FORMAT_MD, false);
  expect_in(text, "| source | quantity | sampler | precision | n\\* or m\\* | trials | alignment | "
                  "features | sin-theta |");
  expect_in(text,
            "| random | n | collapsed |  | > 1024 | 2 | 0.940 | 1.88 of 3 | 0.200 | 2.00 ms |\n");
  expect_in(text, "| multitask | m | direct | 1.05 | 9.50 (8.55..10.45) | 2 | 0.940 |");
  free(text);
}

/* A cap in the place of n* would be a number that nobody measured. */
Test(searched, seeds) {
  const double stars[3][3] = {{90, 100, 120}, {90, NAN, 120}, {NAN, NAN, NAN}};
  add_run(9);
  for (size_t i = 0; i < 3; i++)
    for (uint64_t seed = 1; seed <= 3; seed++)
      rb_record_integer(add_searched("n", "multitask", 64 << i, stars[i][seed - 1]), RB_F_seed,
                        seed);
  add_end(0);
  rb_trace trace = built();
  char *text = section_of(shown(&trace, RB_FORMAT_TABLE, false), "complexity");
  expect_in(text, "complexity: median over 3 seeds (range)\n");
  expect_in(text, "case              n*  trials  alignment");
  expect_in(text, "d=64   100 (90..120)       6      0.940");
  expect_in(text, "d=128  1 of 3 > 1024       6      0.940");
  expect_in(text, "d=256         > 1024       6      0.940");
  free(text);
  json_t *whole = shown_json(&trace, false);
  cr_expect_eq(number_in(whole, 0, "star"), 100);
  cr_expect_eq(number_in(whole, 0, "star_lo"), 90);
  for (size_t i = 1; i < 3; i++) {
    cr_expect(isnan(number_in(whole, i, "star")));
    cr_expect(isnan(number_in(whole, i, "star_lo")));
    const json_t *row = json_array_get(json_object_get(whole, "cells"), i);
    cr_expect(json_is_true(json_object_get(row, "censored")));
  }
  json_decref(whole);
}

/* Without trials the search knows its prior alone, and wrong features mean nothing; a verified cell
 * that the suite calls wrong keeps what was found. */
Test(searched, only_what_was_found) {
  add_run(4);
  rb_record_integer(add_searched("n", "multitask", 64, 90), RB_F_n_trials, 0);
  rb_record *cell = add_searched("n", "multitask", 128, 91);
  rb_record_text(cell, RB_F_status, "wrong");
  rb_record_truth(cell, RB_F_verified, false);
  rb_record_text(add_searched("n", "multitask", 256, 92), RB_F_status, "wrong");
  rb_record_spread(add_searched("n", "multitask", 512, 93), RB_F_star, (rb_spread){NAN, 1, 2, 2});
  add_end(4);
  rb_trace trace = built();
  json_t *whole = shown_json(&trace, false);
  cr_expect(isnan(number_in(whole, 0, "star")), "no trial");
  cr_expect(isnan(number_in(whole, 1, "star")), "not verified");
  cr_expect_eq(number_in(whole, 2, "star"), 92);
  cr_expect(isnan(number_in(whole, 3, "star_lo")), "not censored, yet no number");
  json_decref(whole);
}

Test(searched, headline) {
  add_run(9);
  add_curves();
  rb_trace trace = built();
  expect_same(headline(&trace),
              "9 of 9 cells verified; n* 96.2 (86.6..105.9) at d=256 multitask parity\n");
  rb_record_text(add_searched("n", "multitask", 512, NAN), RB_F_sampler, "collapsed");
  trace = built();
  expect_same(headline(&trace),
              "10 of 10 cells verified; n* > 1024 at d=512 collapsed multitask parity\n");
  add_timed(1, 10);
  trace = built();
  char *text = headline(&trace);
  expect_in(text, "11 of 11 cells verified; fastest: ");
  expect_in(text, " 10.0 GFLOP/s"); /* the 20 are those of whole pretrainings */
  free(text);
}

/* The sampler is told where it is not direct in every cell, in sections of every mode. */
Test(searched, sampler) {
  const char *const samplers[] = {"direct", "collapsed"};
  for (int collapsed = 0; collapsed < 2; collapsed++) {
    add_run(4);
    rb_record_text(add_searched("n", "true", 64, 9), RB_F_sampler, samplers[collapsed]);
    rb_record_text(add_timed(1, 10), RB_F_sampler, samplers[collapsed]);
    rb_record_text(add_learned(1, 1, 1), RB_F_sampler, samplers[collapsed]);
    rb_record_text(add_cell("check", 1, 1), RB_F_sampler, samplers[collapsed]);
    add_end(0);
    rb_trace trace = built();
    for (int md = 0; md < 2; md++) {
      char *text = shown(&trace, md ? RB_FORMAT_MD : RB_FORMAT_TABLE, false);
      size_t n = 0;
      for (const char *at = text; (at = strstr(at, "collapsed")) != NULL; at++)
        n++;
      cr_expect_eq(n, collapsed ? (md ? 1 : 4) : 0, "%s", text);
      expect_not_in(text, "direct");
      free(text);
    }
    clear();
  }
}

/* Default step sizes do not depend on d, which is larger with collapsed inputs than without. */
Test(searched, collapsed_steps_are_default) {
  add_run(1);
  rb_record_text(add_searched("n", "true", 1000000000, 9), RB_F_sampler, "collapsed");
  add_end(0);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text, "sampler=collapsed d=1000000000");
  expect_not_in(text, "eta_");
  free(text);
}

/* Learned features are shown where some are missing; the checks' worst error counts both kinds. */
Test(searched, features_and_errors) {
  add_run(4);
  rb_record_real(add_learned(1, 1, 1), RB_F_features_learned, 1);
  rb_record *check = add_cell("check", 1, 1);
  rb_record_real(check, RB_F_verify_error, 0.1);
  rb_record_real(check, RB_F_feature_error, 0.7);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text, "ratio  features  sin-theta\n");
  expect_in(text, "1.00    1 of 3      0.500\n");
  expect_in(text, "worst error/tolerance 0.700");
  free(text);
  clear();
  add_run(1);
  rb_record_real(add_learned(1, 1, 1), RB_F_features_learned, 3);
  trace = built();
  text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_not_in(text, "features");
  free(text);
}

Test(searched, no_line_is_too_wide) {
  const char *const sources[] = {"multitask", "single", "random", "true"};
  add_run(0);
  for (uint64_t i = 0; i < 64; i++) {
    uint64_t seed = i / 32 * 7 + 1; /* so that some rows have one seed, and intervals */
    rb_record *cell = add_searched(i & 1 ? "n" : "m", sources[i / 2 & 3], 100000000 + (i / 8 & 1),
                                   123456.7 + (double)i);
    rb_record_text(cell, RB_F_task, i / 16 & 1 ? "random" : "parity");
    rb_record_text(cell, RB_F_status, i == 60 ? "interrupted" : "ok");
    rb_record_integer(cell, RB_F_seed, seed);
    rb_record_integer(cell, RB_F_n1, 4000000000 - i);
    rb_record_integer(cell, RB_F_n_trials, 32768);
    rb_record_real(cell, RB_F_alignment, 0.1 + (double)i / 100);
  }
  for (uint64_t i = 0; i < 20; i++) { /* learned features must go here */
    rb_record *cell = add_learned(i / 10 ? 1000 : 30, i % 10, 0.1 + (double)i / 100);
    rb_record_real(cell, RB_F_alignment, 0.1 + (double)i / 100);
    rb_record_real(cell, RB_F_ratio_bound, 0.5);
    rb_record_reals(cell, RB_F_singular_values, (const double[]){1, 0.1 + (double)i / 100}, 2);
    rb_record_real(cell, RB_F_features_learned, 1);
    rb_record_text(cell, RB_F_status, i ? "ok" : "outside");
  }
  rb_record *odd = add_searched("x", "\x1b[2J", 0, 1);
  rb_record_integer(odd, RB_F_r, 0);
  add_end(0);
  rb_trace trace = built();
  for (int cells = 0; cells < 2; cells++) {
    char *text = shown(&trace, RB_FORMAT_TABLE, cells);
    cr_expect_leq(widest_line(text), 120, "%zu\n%s", widest_line(text), text);
    cr_expect_null(strchr(text, '\x1b'));
    cr_expect_eq(strstr(strstr(text, "\nlearn"), "features") != NULL, cells);
    free(text);
  }
}

Test(searched, thousands_of_cells) {
  add_run(4000);
  for (uint64_t i = 0; i < 4000; i++)
    rb_record_integer(add_searched(i & 1 ? "n" : "m", "multitask", 64 + i / 20, 90), RB_F_seed,
                      i / 2 % 10);
  add_end(0);
  rb_trace trace = built();
  rb_host_time start = rb_clock_now();
  for (int cells = 0; cells < 2; cells++)
    free(shown(&trace, RB_FORMAT_TABLE, cells));
  free(headline(&trace));
  cr_expect_lt(rb_clock_since_s(start), 20.0, "quadratic somewhere?");
}
