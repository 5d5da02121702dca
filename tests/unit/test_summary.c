// SPDX-License-Identifier: Apache-2.0
/* Proves: a summary draws seeds together and nothing else, leaves rates above the roof and of cells
 * that were not verified out, says how time was spent, warns of what spoils a trace, and adds
 * shards up. Golden outputs are those of the traces built here. Fails if a configuration field is
 * dropped from the key of a row, if a wrong or implausible cell keeps its rate or an `outside` one
 * loses it, if a warning goes missing, or if hostile text reaches the output raw. */
#include "summary_fixture.h"

TestSuite(summary, .fini = clear);

Test(summary, markdown) {
  add_run(2);
  add_learned(1, 1, 6);
  add_learned(3, 1, 0.5);
  add_end(0);
  rb_trace trace = built();
  expect_same(shown(&trace, RB_FORMAT_MD, false),
              "  mode=learn backend=native d=50 r=3 m=64 n1=n2=500 decay=1 seeds=1\n"
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
  rb_record_text(add_learned(1, 1, 1), RB_F_source, "single");
  rb_record_text(add_learned(1, 1, 1), RB_F_task, "parity");
  rb_record_text(add_learned(1, 1, 1), RB_F_quantity, "m");
  rb_record_text(add_learned(1, 1, 1), RB_F_head, "hinge");
  const rb_field numbers[] = {
      RB_F_d,      RB_F_r,    RB_F_T,     RB_F_m, RB_F_n1,           RB_F_n2,
      RB_F_rounds, RB_F_tile, RB_F_chunk, RB_F_n, RB_F_pretrainings, RB_F_trials};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    rb_record_integer(add_learned(1, 1, 1), numbers[i], 2);
  rb_record_real(add_learned(1, 1, 1), RB_F_eta_a, 0.5);
  rb_record_real(add_learned(1, 1, 1), RB_F_eta_w, 0.5);
  rb_record_real(add_learned(1, 1, 1), RB_F_decay, 0.5);
  rb_record_real(add_learned(1, 1, 1), RB_F_target, 0.5);
  rb_record_real(add_learned(1, 1, 1), RB_F_precision, 0.5);
  add_end(0);
  rb_trace trace = built();
  json_t *whole = shown_json(&trace, false);
  cr_expect_eq(rows_in(whole), 1 + 15 + 12 + 5);
  cr_expect_eq(number_in(whole, 0, "seeds"), 9);
  cr_expect_eq(number_in(whole, 0, "ratio"), 5, "the median of 1..9");
  cr_expect_eq(number_in(whole, 0, "ratio_lo"), 2, "ranks 2 and 8 hold 96 %% at n = 9");
  cr_expect_eq(number_in(whole, 0, "ratio_hi"), 8);
  json_decref(whole);
  whole = shown_json(&trace, true);
  cr_expect_eq(rows_in(whole), 9 + 32);
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
  expect_in(text, "warning: 1 cell above the roof: implausible, rates left out (first: native T=1: "
                  "400 GFLOP/s, 208 %\n         of the roof)\n");
  expect_in(text,
            "timed by the host's clock instead of the device's (first: native T=2: host: end\n"
            "         before start)\n");
  expect_in(text, "with a wider interval of the median than the suite asks (first: native T=2)\n");
  expect_in(text, "host, wide\n");
  free(text);
  json_t *whole = shown_json(&trace, false);
  cr_expect(isnan(number_in(whole, 0, "gflops")));
  cr_expect(isnan(number_in(whole, 0, "samples_per_s")));
  cr_expect(isnan(number_in(whole, 0, "time_ns")));
  cr_expect_str_eq(text_in(whole, 1, "notes"), "host clock, wide interval");
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
  const char *const statuses[] = {"wrong", "failed", "interrupted", "nonsense", NULL, "outside"};
  for (int i = 0; i < 6; i++) {
    rb_record *cell = add_timed((uint64_t)i + 1, i == 5 ? 50 : 90);
    rb_record_text(cell, RB_F_status, statuses[i]);
    rb_record_truth(cell, RB_F_verified, i == 5);
  }
  add_end(5);
  rb_trace trace = built();
  json_t *whole = shown_json(&trace, false);
  for (size_t i = 0; i < 5; i++)
    cr_expect(isnan(number_in(whole, i, "gflops")), "status %zu keeps its rate", i);
  cr_expect_eq(number_in(whole, 5, "gflops"), 50);
  const json_t *run = json_object_get(whole, "run"), *status = json_object_get(run, "status");
  cr_expect_eq(json_integer_value(json_object_get(status, "failed")), 3,
               "unknown counts as failed");
  cr_expect_eq(json_integer_value(json_object_get(run, "n_verified")), 1);
  cr_expect_eq(json_integer_value(json_object_get(run, "exit_code")), 5);
  cr_expect(json_is_true(json_object_get(run, "interrupted")));
  json_decref(whole);
  char *text = headline(&trace);
  expect_in(text,
            "1 of 6 cells verified (1 wrong, 3 failed, 1 interrupted, 1 outside); first wrong: "
            "native T=1: no reason is recorded\n");
  free(text);
}

Test(summary, headline_of_verified_cells_names_the_fastest) {
  add_run(2);
  rb_record_text(add_timed(1, 10), RB_F_status, "outside");
  rb_record_text(add_timed(2, 96), RB_F_status, "ok");
  add_end(0);
  rb_trace trace = built();
  expect_same(headline(&trace),
              "2 of 2 cells verified (1 outside); fastest: native T=2 96.0 GFLOP/s "
              "(50 % of the roof)\n");
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
  expect_same(text, "1 of 31 cells verified (30 not run)\n");
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
  expect_same(shown(&trace, RB_FORMAT_TABLE, false), "trace: 0 of 0 cells verified\n\n");
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
