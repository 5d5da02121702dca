// SPDX-License-Identifier: Apache-2.0
/* Proves: a summary draws seeds together and nothing else, shows what is not ok with its reason,
 * leaves rates above the roof out, warns of what spoils a trace, and lifts what never varies.
 * Golden outputs are those of the traces built here. Fails if a configuration field is dropped from
 * the key of a row, if a wrong or implausible cell keeps its rate, if a warning goes missing, or if
 * hostile text reaches the output raw. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/problem.h"
#include "report/summary.h"

static rb_err err;

/* ---- building traces ---- */

static rb_record **records;
static size_t n_records, room;

static rb_record *added(rb_record *record) {
  if (n_records == room) {
    room = room ? 2 * room : 16;
    records = realloc(records, room * sizeof *records);
    cr_assert_not_null(records);
  }
  return records[n_records++] = record;
}

static rb_trace built(void) {
  return (rb_trace){.records = records, .n_records = n_records, .bgzf = true, .end_marker = true};
}

static void clear(void) {
  for (size_t i = 0; i < n_records; i++)
    rb_record_free(records[i]);
  free(records);
  records = NULL;
  n_records = room = 0;
}
TestSuite(summary, .fini = clear);

static rb_record *add_run(uint64_t n_cells) {
  rb_record *run = added(rb_record_new("run"));
  rb_record_text(run, RB_F_suite, "recovery");
  rb_record_text(run, RB_F_suite_hash, "0123456789abcdef");
  rb_record_text(run, RB_F_tool_version, "0.1.0");
  rb_record_text(run, RB_F_git_revision, "fedcba98");
  rb_record_text(run, RB_F_run_id, "00112233445566778899aabbccddeeff");
  rb_record_text(run, RB_F_started, "2026-01-31T12:34:56Z");
  rb_record_text(run, RB_F_command, "relubench run recovery");
  rb_record_texts(run, RB_F_host, "cpu", "EPYC");
  rb_record_texts(run, RB_F_host, "governor", "performance");
  rb_record_integer(run, RB_F_n_cells, n_cells);
  rb_record *roof = added(rb_record_new("roof"));
  rb_record_text(roof, RB_F_device, "pci:01");
  rb_record_text(roof, RB_F_device_name, "GPU");
  rb_record_text(roof, RB_F_when, "before");
  rb_record_real(roof, RB_F_roof_gflops, 192);
  rb_record_real(roof, RB_F_roof_gb_per_s, 12.34);
  return run;
}

static void add_end(int exit_code) {
  rb_record *end = added(rb_record_new("end"));
  rb_record_integer(end, RB_F_exit_code, (uint64_t)exit_code);
  rb_record_text(end, RB_F_finished, "2026-01-31T12:40:00Z");
}

static rb_record *add_cell(const char *mode, uint64_t T, uint64_t seed) {
  rb_record *cell = added(rb_record_new("cell"));
  rb_problem problem = rb_problem_default();
  cr_assert(rb_problem_settle(&problem, &err), "%s", err.text);
  rb_record_text(cell, RB_F_mode, mode);
  rb_record_text(cell, RB_F_device, "pci:01");
  rb_record_text(cell, RB_F_backend, "native");
  rb_record_integer(cell, RB_F_d, problem.d);
  rb_record_integer(cell, RB_F_r, problem.r);
  rb_record_integer(cell, RB_F_m, problem.m);
  rb_record_integer(cell, RB_F_T, T);
  rb_record_integer(cell, RB_F_n1, 500);
  rb_record_integer(cell, RB_F_n2, 500);
  rb_record_integer(cell, RB_F_seed, seed);
  rb_record_real(cell, RB_F_eta_a, problem.eta_a);
  rb_record_real(cell, RB_F_eta_w, problem.eta_w);
  rb_record_real(cell, RB_F_decay, 1);
  rb_record_text(cell, RB_F_status, "ok");
  rb_record_truth(cell, RB_F_verified, true);
  return cell;
}

static rb_record *add_learned(uint64_t T, uint64_t seed, double ratio) {
  rb_record *cell = add_cell("learn", T, seed);
  rb_record_real(cell, RB_F_ratio, ratio);
  rb_record_real(cell, RB_F_sin_theta, ratio / 2);
  return cell;
}

static rb_record *add_timed(uint64_t T, double gflops) {
  rb_record *cell = add_cell("time", T, 1);
  rb_record_spread(cell, RB_F_time_ns, (rb_spread){1e6, 0.99e6, 1.02e6, 12});
  rb_record_real(cell, RB_F_gflops, gflops);
  rb_record_real(cell, RB_F_samples_per_s, 1.5e6);
  rb_record_real(cell, RB_F_roof_fraction, gflops / 192);
  rb_record_truth(cell, RB_F_plausible, gflops < 192);
  rb_record_map(cell, RB_F_phases, "head/product", 3e5);
  rb_record_map(cell, RB_F_phases, "representation/product", 4e5);
  rb_record_map(cell, RB_F_phases, "head/generate", 1e5);
  rb_record_map(cell, RB_F_phases, "compile", 9e9);
  rb_record_text(cell, RB_F_clock, "device");
  return cell;
}

/* ---- looking at summaries ---- */

static char *shown(const rb_trace *trace, rb_format format, bool cells) {
  char *text = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  rb_summary_options options = {format, cells};
  cr_assert(rb_summary_show(trace, &options, out, &err), "%s", err.text);
  fclose(out);
  return text;
}

static json_t *shown_json(const rb_trace *trace, bool cells) {
  char *text = shown(trace, RB_FORMAT_JSON, cells);
  json_t *whole = json_loads(text, 0, NULL);
  cr_assert_not_null(whole, "%s", text);
  free(text);
  return whole;
}

static char *headline(const rb_trace *trace) {
  char *text = NULL;
  size_t n = 0;
  FILE *out = open_memstream(&text, &n);
  cr_assert(rb_summary_headline(trace, out, &err), "%s", err.text);
  fclose(out);
  return text;
}

static void expect_same(char *text, const char *wanted) {
  cr_expect_str_eq(text, wanted, "\n%s\nwanted:\n%s", text, wanted);
  free(text);
}

static void expect_in(const char *text, const char *part) {
  cr_expect(strstr(text, part) != NULL, "no '%s' in\n%s", part, text);
}

static void expect_not_in(const char *text, const char *part) {
  cr_expect(strstr(text, part) == NULL, "'%s' in\n%s", part, text);
}

static double number_in(const json_t *whole, size_t row, const char *field) {
  const json_t *value =
      json_object_get(json_array_get(json_object_get(whole, "cells"), row), field);
  cr_assert_not_null(value, "no field %s in row %zu", field, row);
  return json_is_null(value) ? NAN : json_number_value(value);
}

static size_t rows_in(const json_t *whole) {
  return json_array_size(json_object_get(whole, "cells"));
}

/* ---- tests ---- */

Test(summary, people) {
  add_run(5);
  add_learned(1, 1, 6);
  add_learned(1, 2, 7);
  add_learned(10, 1, 1.25);
  rb_record *wrong = add_learned(10, 2, 99);
  rb_record_text(wrong, RB_F_status, "wrong");
  rb_record_text(wrong, RB_F_reason, "G differs by 12 tolerances");
  rb_record_truth(wrong, RB_F_verified, false);
  add_timed(10, 96);
  add_end(4);
  rb_trace trace = built();
  expect_same(
      shown(&trace, RB_FORMAT_TABLE, false),
      "suite    recovery, hash 0123456789ab\n"
      "tool     relubench 0.1.0, revision fedcba98, run 001122334455, 2026-01-31T12:34:56Z\n"
      "command  relubench run recovery\n"
      "host     cpu EPYC; governor performance\n"
      "cells    5 of 5 planned: 4 ok, 1 wrong\n"
      "\n"
      "device  name  roofs measured      compute       copy\n"
      "pci:01  GPU   before          192 GFLOP/s  12.3 GB/s\n"
      "\n"
      "learn (2 rows)\n"
      "  backend=native d=50 r=3 m=64 n1=n2=500 decay=1 seeds=2\n"
      " T              ratio          sin-theta  verified  status\n"
      " 1  6.50 (6.00..7.00)  3.25 (3.00..3.50)       yes  ok\n"
      "10               1.25              0.625        no  1 of 2 wrong\n"
      "  wrong: native T=10 seed=2: G differs by 12 tolerances\n"
      "\n"
      "time (1 row)\n"
      "  backend=native d=50 r=3 T=10 m=64 n1=n2=500 decay=1 seeds=1 verified=yes status=ok\n"
      "                 time  samples/s  GFLOP/s  of roof  product  generate  other\n"
      "1.00 ms (0.990..1.02)     1.50 M     96.0     50 %     70 %      10 %   20 %\n"
      "\n");
  expect_same(headline(&trace),
              "4 of 5 cells verified; fastest: native T=10 96.0 GFLOP/s (50 % of the roof)\n"
              "1 wrong; first wrong: native T=10 seed=2: G differs by 12 tolerances\n");
}

Test(summary, markdown) {
  add_run(2);
  add_learned(1, 1, 6);
  add_learned(3, 1, 0.5);
  add_end(0);
  rb_trace trace = built();
  expect_same(
      shown(&trace, RB_FORMAT_MD, false),
      "  mode=learn backend=native d=50 r=3 m=64 n1=n2=500 decay=1 seeds=1 verified=yes status=ok\n"
      "\n"
      "| T | ratio | sin-theta |\n"
      "| ---: | ---: | ---: |\n"
      "| 1 | 6.00 | 3.00 |\n"
      "| 3 | 0.500 | 0.250 |\n");
  expect_same(headline(&trace), "2 of 2 cells verified\n");
}

Test(summary, rows_differ_in_seed_alone) {
  add_run(0);
  for (uint64_t seed = 1; seed <= 9; seed++)
    add_learned(1, seed, (double)seed);
  /* Every field of the configuration splits a row; each of these differs from the nine in one. */
  rb_record_text(add_learned(1, 1, 1), RB_F_part, "p");
  rb_record_text(add_learned(1, 1, 1), RB_F_mode, "check");
  rb_record_text(add_learned(1, 1, 1), RB_F_device, "pci:02");
  rb_record_text(add_learned(1, 1, 1), RB_F_backend, "clblast");
  rb_record_text(add_learned(1, 1, 1), RB_F_variant, "v");
  rb_record_text(add_learned(1, 1, 1), RB_F_law, "rademacher");
  rb_record_text(add_learned(1, 1, 1), RB_F_tasks, "iid");
  rb_record_text(add_learned(1, 1, 1), RB_F_inputs, "shared");
  rb_record_text(add_learned(1, 1, 1), RB_F_ablation, "no-head");
  rb_record_text(add_learned(1, 1, 1), RB_F_workload, "w");
  rb_record_text(add_learned(1, 1, 1), RB_F_sampler, "collapsed");
  const rb_field numbers[] = {RB_F_d,  RB_F_r,      RB_F_T,    RB_F_m,    RB_F_n1,
                              RB_F_n2, RB_F_rounds, RB_F_tile, RB_F_chunk};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    rb_record_integer(add_learned(1, 1, 1), numbers[i], 2);
  rb_record_real(add_learned(1, 1, 1), RB_F_eta_a, 0.5);
  rb_record_real(add_learned(1, 1, 1), RB_F_eta_w, 0.5);
  rb_record_real(add_learned(1, 1, 1), RB_F_decay, 0.5);
  add_end(0);
  rb_trace trace = built();
  json_t *whole = shown_json(&trace, false);
  cr_expect_eq(rows_in(whole), 1 + 11 + 9 + 3);
  cr_expect_eq(number_in(whole, 0, "seeds"), 9);
  cr_expect_eq(number_in(whole, 0, "ratio"), 5, "the median of 1..9");
  cr_expect_eq(number_in(whole, 0, "ratio_lo"), 2, "ranks 2 and 8 hold 96 %% at n = 9");
  cr_expect_eq(number_in(whole, 0, "ratio_hi"), 8);
  json_decref(whole);
  whole = shown_json(&trace, true);
  cr_expect_eq(rows_in(whole), 9 + 23);
  cr_expect_eq(number_in(whole, 8, "seed"), 9, "file order");
  json_decref(whole);
}

Test(summary, no_rate_above_the_roof) {
  add_run(2);
  add_timed(1, 400);
  rb_record *slow = add_timed(2, 10);
  rb_record_text(slow, RB_F_clock, "host: end before start");
  rb_record_truth(slow, RB_F_target_met, false);
  add_end(0);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text, "1 cell above the roof: implausible, rates left out (first: native T=1 seed=1: "
                  "400 GFLOP/s, 208 % of the roof)\n");
  expect_in(text,
            "timed by the host's clock instead of the device's (first: native T=2 seed=1: host: "
            "end before start)\n");
  expect_in(text,
            "with a wider interval of the median than the suite asks (first: native T=2 seed=1)\n");
  expect_in(text, "host clock, wide interval\n");
  free(text);
  json_t *whole = shown_json(&trace, false);
  cr_expect(isnan(number_in(whole, 0, "gflops")));
  cr_expect(isnan(number_in(whole, 0, "samples_per_s")));
  cr_expect(isnan(number_in(whole, 0, "time_ns")));
  cr_expect_eq(number_in(whole, 1, "gflops"), 10);
  cr_expect_eq(json_array_size(json_object_get(json_object_get(whole, "run"), "warnings")), 3);
  json_decref(whole);
  text = headline(&trace);
  expect_in(text, "fastest: native T=2 10.0 GFLOP/s");
  free(text);
}

/* The theory does not speak about a cell outside, but what it measured is verified. */
Test(summary, only_verified_cells_carry_rates) {
  add_run(2);
  const char *const statuses[] = {"wrong", "failed", "outside", "interrupted", "nonsense", NULL};
  for (int i = 0; i < 6; i++)
    rb_record_text(add_timed((uint64_t)i + 1, 50), RB_F_status, statuses[i]);
  add_end(5);
  rb_trace trace = built();
  json_t *whole = shown_json(&trace, false);
  for (size_t i = 0; i < 6; i++)
    cr_expect_eq(isnan(number_in(whole, i, "gflops")), i != 2, "rate of status %zu", i);
  const json_t *run = json_object_get(whole, "run"), *status = json_object_get(run, "status");
  cr_expect_eq(json_integer_value(json_object_get(status, "failed")), 3,
               "unknown counts as failed");
  cr_expect_eq(json_integer_value(json_object_get(run, "n_verified")), 1);
  cr_expect_eq(json_integer_value(json_object_get(run, "exit_code")), 5);
  cr_expect(json_is_true(json_object_get(run, "interrupted")));
  json_decref(whole);
  char *text = headline(&trace);
  expect_in(text, "1 of 6 cells verified; fastest: native T=3 ");
  expect_in(text, "1 wrong, 3 failed, 1 interrupted, 1 outside; first wrong: native T=1 seed=1: "
                  "no reason is recorded\n");
  free(text);
}

Test(summary, unsealed_and_interrupted) {
  add_run(31);
  add_learned(1, 1, 1);
  rb_trace trace = built();
  trace.end_marker = false;
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text, "warning: the trace is not sealed");
  expect_in(text, "warning: the run did not reach its end: 1 of 31 planned cells are here\n");
  free(text);
  text = headline(&trace);
  expect_same(text, "1 of 31 cells verified\n30 not run\n");
  add_end(0);
  trace = built();
  text = shown(&trace, RB_FORMAT_MD, false);
  expect_in(text, "\n- warning: cells are missing: 1 of 31 planned cells are here\n");
  expect_not_in(text, "not sealed");
  free(text);
  rb_record_integer(records[n_records - 1], RB_F_exit_code, 143);
  text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text, "did not reach its end");
  free(text);
}

Test(summary, shards_add_up) {
  for (int i = 0; i < 2; i++) {
    add_run(1);
    add_learned((uint64_t)i + 1, 1, 1);
    add_end(i ? 0 : 4);
  }
  rb_trace trace = built();
  json_t *whole = shown_json(&trace, false);
  const json_t *run = json_object_get(whole, "run");
  cr_expect_eq(json_integer_value(json_object_get(run, "n_cells")), 2);
  cr_expect_eq(json_integer_value(json_object_get(run, "exit_code")), 4, "the worse of the two");
  cr_expect(json_is_false(json_object_get(run, "interrupted")));
  json_decref(whole);
}

Test(summary, empty_trace) {
  rb_trace trace = built();
  expect_same(shown(&trace, RB_FORMAT_TABLE, false), "cells    0 of 0 planned\n\n");
  expect_same(shown(&trace, RB_FORMAT_MD, false), "");
  expect_same(headline(&trace), "0 of 0 cells verified\n");
  json_t *whole = shown_json(&trace, false);
  cr_expect_eq(rows_in(whole), 0);
  cr_expect(json_is_null(json_object_get(json_object_get(whole, "run"), "exit_code")));
  json_decref(whole);
  char *text = shown(&trace, RB_FORMAT_CSV, false);
  cr_expect_eq(strncmp(text, "part,mode,device,", 17), 0);
  free(text);
}

Test(summary, shares_of_time) {
  add_run(2);
  rb_record *cell = add_timed(1, 50); /* phases 0.7 + 0.1 ms of 1 ms; compile is no part of it */
  rb_record_map(cell, RB_F_phases, "other", 1e5);
  cell = add_timed(2, 50); /* phases overlap: 1.6 ms of 1 ms */
  rb_record_map(cell, RB_F_phases, "head/product", 12e5);
  rb_record_map(cell, RB_F_phases, "head/generate", -5);
  add_end(0);
  rb_trace trace = built();
  json_t *whole = shown_json(&trace, false);
  cr_expect_float_eq(number_in(whole, 0, "share_product"), 0.7, 1e-12);
  cr_expect_float_eq(number_in(whole, 0, "share_generate"), 0.1, 1e-12);
  cr_expect_float_eq(number_in(whole, 0, "share_other"), 0.2, 1e-12);
  cr_expect_float_eq(number_in(whole, 1, "share_product"), 1, 1e-12);
  cr_expect_eq(number_in(whole, 1, "share_generate"), 0);
  json_decref(whole);
}

Test(summary, steps_other_than_default_are_shown) {
  add_run(1);
  rb_record *cell = add_learned(1, 1, 1);
  rb_record_real(cell, RB_F_eta_a, 0.25);
  add_end(0);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text, " eta_a=0.25 ");
  free(text);
}

Test(summary, hostile_text) {
  const char *evil = "\x1b[2J\n| x |\xE2\x80\xAE";
  rb_record *run = add_run(1);
  rb_record_text(run, RB_F_suite, evil);
  rb_record_texts(run, RB_F_host, evil, evil);
  rb_record *cell = add_timed(1, 50);
  const rb_field texts[] = {RB_F_mode,   RB_F_part,   RB_F_device, RB_F_backend,
                            RB_F_status, RB_F_reason, RB_F_clock,  RB_F_verify_scope};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    rb_record_text(cell, texts[i], evil);
  rb_record_map(cell, RB_F_phases, evil, 1e5);
  /* More kinds of phases than there are columns, and one too long for any. */
  for (int i = 0; i < 40; i++) {
    char name[64];
    snprintf(name, sizeof name, "head/kind%d", i);
    rb_record_map(cell, RB_F_phases, name, 1);
  }
  rb_record_map(cell, RB_F_phases, "head/a-name-that-is-much-longer-than-any-column-should-be", 1);
  rb_trace trace = built();
  trace.end_marker = false;
  for (int format = 0; rb_format_names[format]; format++) {
    char *text = shown(&trace, (rb_format)format, false);
    cr_expect_null(strchr(text, '\x1b'), "%s", text);
    cr_expect_null(strstr(text, "\xE2\x80\xAE"), "%s", text);
    if (format == RB_FORMAT_MD)
      cr_expect_null(strstr(text, "\n| x |"), "%s", text);
    free(text);
  }
  char *text = headline(&trace);
  cr_expect_null(strchr(text, '\x1b'));
  free(text);
}

Test(summary, unknown_modes_share_a_section) {
  add_run(3);
  rb_record_text(add_learned(1, 1, 1), RB_F_mode, "future");
  rb_record_text(add_learned(1, 1, 1), RB_F_mode, NULL);
  add_learned(1, 1, 1);
  add_end(0);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text, "learn (1 row)\n");
  expect_in(text, "other (2 rows)\n");
  expect_in(text, "\nfuture   1.00");
  free(text);
}

Test(summary, many_reasons_are_cut) {
  add_run(50);
  for (uint64_t i = 0; i < 50; i++)
    rb_record_text(add_learned(i + 1, 1, 1), RB_F_status, "failed");
  add_end(5);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text,
            "  failed: native T=20 seed=1: no reason is recorded\n  and 30 more that are not ok");
  expect_not_in(text, "failed: native T=21");
  free(text);
}

Test(summary, thousands_of_cells) {
  add_run(5000);
  for (uint64_t i = 0; i < 5000; i++)
    add_learned(i / 10 + 1, i % 10, 1.0 / (double)(i + 1));
  add_end(0);
  rb_trace trace = built();
  rb_host_time start = rb_clock_now();
  for (int format = 0; rb_format_names[format]; format++)
    for (int cells = 0; cells < 2; cells++)
      free(shown(&trace, (rb_format)format, cells));
  cr_expect_lt(rb_clock_since_s(start), 20.0, "quadratic somewhere?");
}
