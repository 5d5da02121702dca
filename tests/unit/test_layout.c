// SPDX-License-Identifier: Apache-2.0
/* Proves: the table for people says once what is common, shows each row by what differs, folds
 * checks that agree, equal reasons and tiny phases without hiding a cell that is wrong, and keeps
 * every line within 120 columns. Fails if a wrong check is folded away, if a folded share is lost
 * from `other`, if rows of one part cannot be told apart, or if a line is not fitted. */
#include "summary_fixture.h"

TestSuite(layout, .fini = clear);

Test(layout, people) {
  add_run(5);
  add_learned(1, 1, 6);
  add_learned(1, 2, 7);
  add_learned(10, 1, 1.25);
  rb_record *wrong = add_learned(10, 2, 99);
  rb_record_text(wrong, RB_F_status, "wrong");
  rb_record_text(wrong, RB_F_reason, "G differs by 12 tolerances");
  rb_record_truth(wrong, RB_F_verified, false);
  add_timed(10, 96);
  add_roof("pci:01", 192, 11);
  add_end(4);
  rb_trace trace = built();
  expect_same(
      shown(&trace, RB_FORMAT_TABLE, false),
      "recovery on GPU: 4 of 5 cells verified (1 wrong)\n"
      "\n"
      "time: median of one repetition (its 95 % interval), and its shares by phase\n"
      "  all rows   backend=native d=50 r=3 T=10 m=64 n1=n2=500 decay=1 seed=1\n"
      "  roofs      compute 192 GFLOP/s, copy 12.3 GB/s (11.0..12.3); best of 2 probes\n"
      "                time  samples/s  GFLOP/s  roof  generate  product  other\n"
      "1.00 ms (0.99..1.02)     1.50 M     96.0  50 %      10 %     70 %   20 %\n"
      "\n"
      "learn: median over 2 seeds (range)\n"
      "  all rows   backend=native d=50 r=3 m=64 n1=n2=500 decay=1\n"
      "  best is    alignment 1, ratio 0 (bound: METHOD.md, oracle 6), sin-theta 0, weakest "
      "feature "
      "1\n"
      "case              ratio          sin-theta  status\n"
      "T=1   6.50 (6.00..7.00)  3.25 (3.00..3.50)  ok\n"
      "T=10               1.25              0.625  1 of 2 wrong\n"
      "\n"
      "not ok\n"
      "  wrong       G differs by 12 tolerances\n"
      "              native T=10 seed=2\n"
      "\n"
      "suite    recovery, hash 0123456789ab\n"
      "tool     relubench 0.1.0, revision fedcba98; run 001122334455 of 2026-01-31T12:34:56Z\n"
      "device   GPU; pci:01\n"
      "host     cpu EPYC; governor performance\n"
      "command  relubench run recovery\n");
  expect_same(headline(&trace), "4 of 5 cells verified (1 wrong); first wrong: native T=10 seed=2: "
                                "G differs by 12 tolerances\n");
}

/* Rates count the flop of the definition, shares of the roof what was done of them. */
Test(layout, what_was_done_of_the_flop) {
  add_run(1);
  rb_record *cell = add_timed(10, 240);
  rb_record_real(cell, RB_F_flop, 6e9);
  rb_record_real(cell, RB_F_operations, 4.5e9);
  rb_record_real(cell, RB_F_roof_fraction, 240 * 0.75 / 192);
  rb_record_truth(cell, RB_F_plausible, true);
  add_roof("pci:01", 192, 11);
  add_end(0);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text, "  roof       shares are of what was done: sums over subsets and integers leave "
                  "75 % of the flop\n");
  expect_in(text, "  240  94 % ");
  free(text);
}

/* An `outside` cell was verified: its computation is right, only the theory does not speak of it.
 */
Test(layout, steps_other_than_default_are_shown) {
  add_run(1);
  rb_record *cell = add_learned(1, 1, 1);
  rb_record_real(cell, RB_F_eta_a, 0.25);
  add_end(0);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text, " eta_a=0.25 ");
  free(text);
}

Test(layout, unknown_modes_share_a_section) {
  add_run(3);
  rb_record_text(add_learned(1, 1, 1), RB_F_mode, "future");
  rb_record_text(add_learned(1, 1, 1), RB_F_mode, NULL);
  add_learned(1, 1, 1);
  add_end(0);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text, "\nlearn\n");
  expect_in(text, "\nother\n");
  cr_expect_null(strstr(strstr(text, "\nother\n"), "\nlearn\n"), "learn comes first in\n%s", text);
  free(text);
}

Test(layout, equal_reasons_are_one) {
  add_run(9);
  for (uint64_t i = 0; i < 9; i++) {
    rb_record *cell = add_learned(i + 1, 1, 1);
    rb_record_text(cell, RB_F_status, i < 6 ? "outside" : i < 8 ? "failed" : "ok");
    rb_record_text(cell, RB_F_reason, i < 8 ? "the same words" : NULL);
  }
  add_end(5);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text,
            "not ok\n"
            "  failed      the same words\n"
            "              2 cells: native T=7, native T=8\n"
            "  outside     the same words\n"
            "              6 cells: native T=1, native T=2, native T=3, native T=4 and 2 more\n"
            "\n");
  free(text);
  text = shown(&trace, RB_FORMAT_MD, false);
  expect_in(text, "\n- failed: the same words (2 cells: native T=7, native T=8)\n- outside: ");
  free(text);
}

Test(layout, many_reasons_are_cut) {
  add_run(50);
  for (uint64_t i = 0; i < 50; i++) {
    char reason[32];
    snprintf(reason, sizeof reason, "reason %d", (int)i);
    rb_record *cell = add_learned(i + 1, 1, 1);
    rb_record_text(cell, RB_F_status, "failed");
    rb_record_text(cell, RB_F_reason, reason);
  }
  add_end(5);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text,
            "native T=20\n  and 30 cells with further reasons; --cells --format csv lists all");
  expect_not_in(text, "reason 20");
  free(text);
}

static void add_check(const char *part, const char *backend, uint64_t n1, double error,
                      const char *status) {
  rb_record *cell = add_cell("check", 5, 1);
  rb_record_text(cell, RB_F_part, part);
  rb_record_text(cell, RB_F_backend, backend);
  rb_record_integer(cell, RB_F_n1, n1);
  rb_record_real(cell, RB_F_verify_error, error);
  rb_record_text(cell, RB_F_status, status);
  rb_record_truth(cell, RB_F_verified, error <= 1);
}

/* A part whose cells agree is one row; a wrong cell is seen, with its own error. */
Test(layout, checks_are_folded) {
  add_run(7);
  add_check("laws", "native", 33, 0.25, "ok");
  add_check("laws", "native", 41, 0.375, "ok");
  add_check("tiles", "native", 33, 0.125, "ok");
  add_check("laws", "clblast", 33, 0.0625, "ok");
  add_check("laws", "clblast", 41, 12.5, "wrong");
  add_check("tiles", "clblast", 33, 0.5, "outside");
  add_check("tiles", "clblast", 41, 0.125, "outside");
  add_end(4);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text, "check: 6 of 7 cells agree with the reference, worst error/tolerance 12.5\n"
                  "part   backend          cells  worst error/tolerance  status   case\n"
                  "laws   native, clblast      3                  0.375  ok       -\n"
                  "laws   clblast              1                   12.5  wrong    clblast n1=41\n"
                  "tiles  native               1                  0.125  ok       -\n"
                  "tiles  clblast              2                  0.500  outside  -\n"
                  "\n");
  free(text);
  text = shown(&trace, RB_FORMAT_TABLE, true);
  expect_in(text, "part   case           error/tolerance  status\n"
                  "laws   native n1=33             0.250  ok\n"
                  "laws   native n1=41             0.375  ok\n"
                  "laws   clblast n1=33            0.062  ok\n"
                  "laws   clblast n1=41             12.5  wrong\n"
                  "tiles  native n1=33 ");
  free(text);
}

static size_t widest_line(const char *text) {
  size_t widest = 0;
  for (const char *at = text; *at;) {
    size_t n = strcspn(at, "\n");
    widest = n > widest ? n : widest;
    at += n + (at[n] == '\n');
  }
  return widest;
}

/* Long names, wide numbers and every phase, in each mode: more than any line holds. */
static void add_wide_cells(void) {
  static const char *const kinds[] = {"generate", "label", "product", "activation", "reduction"};
  static const char *const statuses[] = {"ok", "ok", "outside", "wrong"};
  for (uint64_t i = 0; i < 240; i++) {
    char part[80], reason[300];
    rb_record *cell =
        i % 3 ? add_timed(1000 + i, 100 + (double)i / 3) : add_learned(100000 + i, i, 1.0 / 7);
    if (i % 6 == 0)
      rb_record_text(cell, RB_F_mode, "check");
    snprintf(part, sizeof part, "a-part-with-quite-a-long-name-%d", (int)(i / 40));
    snprintf(reason, sizeof reason, "%0250d, and further words of %d", 7, (int)i);
    rb_record_text(cell, RB_F_part, part);
    rb_record_text(cell, RB_F_device_name, "A Device Whose Vendor Likes Long Names (TM) 9000");
    rb_record_text(cell, RB_F_driver, "550.54.14 built on a day in spring for a long-lived branch");
    rb_record_text(cell, RB_F_backend, i % 2 ? "native" : "clblast");
    rb_record_text(cell, RB_F_law, i % 5 ? "gaussian" : "rademacher");
    rb_record_text(cell, RB_F_inputs, i % 7 ? "per-task" : "shared");
    rb_record_text(cell, RB_F_ablation, i % 11 ? "none" : "same-batch");
    rb_record_integer(cell, RB_F_d, 1000 + i);
    rb_record_integer(cell, RB_F_n1, 1000000 + i);
    rb_record_integer(cell, RB_F_m, 10000 + i);
    rb_record_real(cell, RB_F_alignment, 0.5);
    rb_record_real(cell, RB_F_ratio_bound, 0.25);
    rb_record_real(cell, RB_F_verify_error, 0.25);
    rb_record_integer(cell, RB_F_peak_device_bytes, 1023u << 20);
    rb_record_text(cell, RB_F_clock, "host: no events");
    rb_record_truth(cell, RB_F_target_met, false);
    rb_record_text(cell, RB_F_status, statuses[i % 4]);
    rb_record_text(cell, RB_F_reason, i % 4 > 1 ? reason : NULL);
    for (int j = 0; j < 5 && i % 3; j++) {
      char name[64];
      snprintf(name, sizeof name, "head/%s", kinds[j]);
      rb_record_map(cell, RB_F_phases, name, 1e5 * (j + 1));
    }
  }
}

Test(layout, no_line_is_too_wide) {
  rb_record *run = add_run(240);
  rb_record_text(run, RB_F_command,
                 "relubench run recovery -a d=1,2,3,4,5,6,7,8,9,10,11,12,13,14 "
                 "-a m=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20");
  for (int i = 0; i < 20; i++) {
    char key[32];
    snprintf(key, sizeof key, "fact%d", i);
    rb_record_texts(run, RB_F_host, key, "with a value");
  }
  add_wide_cells();
  add_end(4);
  rb_trace trace = built();
  for (int cells = 0; cells < 2; cells++) {
    char *text = shown(&trace, RB_FORMAT_TABLE, cells);
    cr_expect_leq(widest_line(text), 120, "%zu columns", widest_line(text));
    expect_not_in(text, "product"); /* phases go before names are cut */
    expect_not_in(text, " other "); /* alone it says nothing */
    free(text);
  }
}

/* The largest shares that fit in 120 columns; the rest is in other. */
Test(layout, phases_that_fit_are_shown) {
  add_run(2);
  for (uint64_t i = 0; i < 2; i++) {
    rb_record *cell = add_timed(1000 + i, 10);
    rb_record_text(cell, RB_F_inputs, i ? "shared" : "per-task");
    rb_record_integer(cell, RB_F_peak_device_bytes, 1023u << 20);
    rb_record_map(cell, RB_F_phases, "head/activation", 6e4);
    rb_record_map(cell, RB_F_phases, "head/reduction", 3e4);
    rb_record_map(cell, RB_F_phases, "head/label", 2e4);
  }
  add_end(0);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  cr_expect_leq(widest_line(text), 120, "%zu columns in\n%s", widest_line(text), text);
  expect_in(text, "  generate  product  activation  other  ");
  expect_in(text, "      10 %     70 %         6 %   14 %  ");
  free(text);
}

/* What most rows have is said once; parts and rows say what differs, and nothing else. */
Test(layout, rows_say_what_differs) {
  add_run(7);
  for (uint64_t i = 0; i < 4; i++) {
    rb_record *cell = add_learned(i == 3 ? 30 : 100, 1, 1);
    rb_record_text(cell, RB_F_part, "a-part-with-a-long-name");
    rb_record_integer(cell, RB_F_rounds, i == 3 ? 1 : 1 + i);
  }
  for (uint64_t i = 0; i < 3; i++) {
    rb_record *cell = add_learned(100, 1, 1);
    rb_record_text(cell, RB_F_part, "second");
    rb_record_integer(cell, RB_F_rounds, 1);
    rb_record_integer(cell, RB_F_n1, 50u << i);
    rb_record_integer(cell, RB_F_n2, i ? 500 : 50);
    rb_record_text(cell, RB_F_ablation, "no-head");
  }
  add_end(0);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text, "  all rows   backend=native d=50 r=3 m=64 decay=1 seed=1\n"
                  "  most rows  T=100 n1=n2=500 rounds=1\n");
  expect_in(text, "\na-part-with-a-long-name\n"
                  "  T=100 rounds=1 ");
  expect_in(text, "\n  T=30 rounds=1 ");
  expect_in(text, "\nsecond: ablation=no-head\n"
                  "  n1=n2=50 ");
  expect_in(text, "\n  n1=100 n2=500 ");
  free(text);
}

/* Timed cells are run in a random order; a table has them by size, backends side by side. */
Test(layout, timed_rows_are_sorted) {
  add_run(4);
  const uint64_t tasks[] = {20, 3, 20, 3};
  for (int i = 0; i < 4; i++)
    rb_record_text(add_timed(tasks[i], 10), RB_F_backend, i < 2 ? "native" : "clblast");
  add_end(0);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  const char *order[] = {"\nclblast T=3 ", "\nnative T=3 ", "\nclblast T=20 ", "\nnative T=20 "};
  const char *last = text;
  for (int i = 0; i < 4; i++) {
    const char *at = strstr(text, order[i]);
    cr_expect(at && at > last, "'%s' in\n%s", order[i], text);
    last = at ? at : last;
  }
  free(text);
}

/* A tiny phase is no column for people; its share goes to other, and stays in csv and json. */
Test(layout, tiny_phases_are_folded) {
  add_run(1);
  rb_record_map(add_timed(1, 50), RB_F_phases, "head/label", 5e3);
  add_end(0);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_not_in(text, "label");
  expect_in(text, "      10 %     70 %   20 %\n");
  free(text);
  json_t *whole = shown_json(&trace, false);
  cr_expect_float_eq(number_in(whole, 0, "share_label"), 0.005, 1e-12);
  cr_expect_float_eq(number_in(whole, 0, "share_other"), 0.195, 1e-12);
  json_decref(whole);
}

Test(layout, several_devices) {
  add_run(2);
  add_roof("pci:02", 100, 10);
  add_timed(1, 50);
  rb_record *cell = add_timed(1, 20);
  rb_record_text(cell, RB_F_device, "pci:02");
  rb_record_text(cell, RB_F_device_name, "Other");
  add_end(0);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text, "recovery on 2 devices: 2 of 2 cells verified\n"
                  "  GPU, driver unknown\n"
                  "  GPU, driver unknown\n");
  expect_in(text, "  roofs      GPU: compute 100 GFLOP/s, copy 10.0 GB/s\n");
  expect_in(text, "cells on Other  ");
  free(text);
}

/* Default step sizes follow from the shape and are not said; others are, for their part alone. */
Test(layout, other_steps_are_said_where_they_are) {
  rb_problem problem = rb_problem_default();
  problem.m *= 2;
  cr_assert(rb_problem_settle(&problem, &err), "%s", err.text);
  add_run(6);
  for (int i = 0; i < 2; i++)
    rb_record_text(add_learned(10, 1, 1), RB_F_part, "neurons");
  rb_record *wider = records[n_records - 1];
  rb_record_integer(wider, RB_F_m, problem.m);
  rb_record_real(wider, RB_F_eta_a, problem.eta_a);
  rb_record_real(wider, RB_F_eta_w, problem.eta_w);
  for (uint64_t i = 0; i < 4; i++) {
    rb_record *cell = add_learned(i % 2 ? 10 : 1000, 1, 1);
    rb_record_text(cell, RB_F_part, i < 2 ? "a-part-with-a-long-name" : "far");
    if (i >= 2)
      rb_record_real(cell, RB_F_eta_a, 10);
  }
  add_end(0);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text, "\na-part-with-a-long-name\n  T=1000 ");
  expect_in(text, "\nfar: eta_a=10 eta_w=");
  expect_in(text, "\n  m=64     1");
  expect_in(text, "\n  m=128    1");
  free(text);
}

/* The reference runs on the host; beside it one device is one device. */
Test(layout, reference_is_no_device) {
  add_run(2);
  add_check("laws", "native", 33, 0.25, "ok");
  add_check("laws", "reference", 33, 0, "ok");
  rb_record_text(records[n_records - 1], RB_F_device, "host reference");
  add_end(0);
  rb_trace trace = built();
  char *text = shown(&trace, RB_FORMAT_TABLE, false);
  expect_in(text, "recovery on GPU: 2 of 2 cells verified\n\ncheck: ");
  expect_not_in(text, "host reference");
  expect_in(text, "\nlaws  reference      1 ");
  free(text);
}
