// SPDX-License-Identifier: Apache-2.0
/* What the tests of summaries share: traces built record by record, and their summaries as text. */
#ifndef SUMMARY_FIXTURE_H
#define SUMMARY_FIXTURE_H
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

static inline rb_record *added(rb_record *record) {
  if (n_records == room) {
    room = room ? 2 * room : 16;
    records = realloc(records, room * sizeof *records);
    cr_assert_not_null(records);
  }
  return records[n_records++] = record;
}

static inline rb_trace built(void) {
  return (rb_trace){.records = records, .n_records = n_records, .bgzf = true, .end_marker = true};
}

static inline void clear(void) {
  for (size_t i = 0; i < n_records; i++)
    rb_record_free(records[i]);
  free(records);
  records = NULL;
  n_records = room = 0;
}
static inline void add_roof(const char *device, double gflops, double gb_per_s) {
  rb_record *roof = added(rb_record_new("roof"));
  rb_record_text(roof, RB_F_device, device);
  rb_record_text(roof, RB_F_device_name, "GPU");
  rb_record_text(roof, RB_F_when, "before");
  rb_record_real(roof, RB_F_roof_gflops, gflops);
  rb_record_real(roof, RB_F_roof_gb_per_s, gb_per_s);
}

static inline rb_record *add_run(uint64_t n_cells) {
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
  add_roof("pci:01", 192, 12.34);
  return run;
}

static inline void add_end(int exit_code) {
  rb_record *end = added(rb_record_new("end"));
  rb_record_integer(end, RB_F_exit_code, (uint64_t)exit_code);
  rb_record_text(end, RB_F_finished, "2026-01-31T12:40:00Z");
}

static inline rb_record *add_cell(const char *mode, uint64_t T, uint64_t seed) {
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

static inline rb_record *add_learned(uint64_t T, uint64_t seed, double ratio) {
  rb_record *cell = add_cell("learn", T, seed);
  rb_record_real(cell, RB_F_ratio, ratio);
  rb_record_real(cell, RB_F_sin_theta, ratio / 2);
  return cell;
}

static inline rb_record *add_timed(uint64_t T, double gflops) {
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

/* Two trials and their cell: n* or m* with an interval of a tenth both ways; most that was tried:
 * 1024 samples, 64 neurons. star NAN: censored. */
static inline rb_record *add_searched(const char *quantity, const char *source, uint64_t d,
                                      double star) {
  for (int i = 0; i < 2; i++) {
    rb_record *trial = added(rb_record_new("trial"));
    rb_record_text(trial, RB_F_device, "pci:01");
    rb_record_text(trial, RB_F_quantity, quantity);
    rb_record_integer(trial, RB_F_d, d);
    rb_record_truth(trial, RB_F_success, i == 1);
  }
  rb_record *cell = add_cell("complexity", 1, 1);
  rb_record_text(cell, RB_F_part, "samples");
  rb_record_text(cell, RB_F_sampler, "direct");
  rb_record_integer(cell, RB_F_d, d);
  rb_record_integer(cell, RB_F_n1, 48 * d);
  rb_record_integer(cell, RB_F_n2, 48 * d);
  rb_record_text(cell, RB_F_source, source);
  rb_record_text(cell, RB_F_task, "parity");
  rb_record_text(cell, RB_F_quantity, quantity);
  rb_record_integer(cell, RB_F_n, 1024);
  rb_record_real(cell, RB_F_target, 0.8);
  rb_record_real(cell, RB_F_margin, 1.25);
  rb_record_spread(cell, RB_F_star,
                   (rb_spread){star, isnan(star) ? 900 : star * 0.9, star * 1.1, 2});
  rb_record_truth(cell, RB_F_censored, isnan(star));
  rb_record_integer(cell, RB_F_n_trials, 2);
  rb_record_real(cell, RB_F_features_learned, 1.875);
  rb_record_real(cell, RB_F_alignment, 0.94);
  rb_record_real(cell, RB_F_sin_theta, 0.2);
  rb_record_real(cell, RB_F_verify_error, 0.3);
  rb_record_real(cell, RB_F_feature_error, 0.4);
  rb_record_spread(cell, RB_F_time_ns, (rb_spread){2e6, 1e6, 3e6, 7});
  rb_record_real(cell, RB_F_gflops, 20);
  rb_record_text(cell, RB_F_clock, "host: whole pretrainings");
  return cell;
}

/* ---- looking at summaries ---- */

/* What open_memstream() fills; as locals GCC 12 takes what strstr() finds in them for dangling. */
static char *taken;
static size_t n_taken;

static inline char *shown(const rb_trace *trace, rb_format format, bool cells) {
  FILE *out = open_memstream(&taken, &n_taken);
  rb_summary_options options = {.format = format, .cells = cells};
  cr_assert(rb_summary_show(trace, &options, out, &err), "%s", err.text);
  fclose(out);
  return taken;
}

static inline json_t *shown_json(const rb_trace *trace, bool cells) {
  char *text = shown(trace, RB_FORMAT_JSON, cells);
  json_t *whole = json_loads(text, 0, NULL);
  cr_assert_not_null(whole, "%s", text);
  free(text);
  return whole;
}

static inline char *headline(const rb_trace *trace) {
  FILE *out = open_memstream(&taken, &n_taken);
  cr_assert(rb_summary_headline(trace, out, &err), "%s", err.text);
  fclose(out);
  return taken;
}

static inline void expect_same(char *text, const char *wanted) {
  cr_expect_str_eq(text, wanted, "\n%s\nwanted:\n%s", text, wanted);
  free(text);
}

static inline void expect_in(const char *text, const char *part) {
  cr_expect(strstr(text, part) != NULL, "no '%s' in\n%s", part, text);
}

static inline void expect_not_in(const char *text, const char *part) {
  cr_expect(strstr(text, part) == NULL, "'%s' in\n%s", part, text);
}

static inline double number_in(const json_t *whole, size_t row, const char *field) {
  const json_t *value =
      json_object_get(json_array_get(json_object_get(whole, "cells"), row), field);
  cr_assert_not_null(value, "no field %s in row %zu", field, row);
  return json_is_null(value) ? NAN : json_number_value(value);
}

static inline const char *text_in(const json_t *whole, size_t row, const char *field) {
  const json_t *cell = json_array_get(json_object_get(whole, "cells"), row);
  const char *text = json_string_value(json_object_get(cell, field));
  return text ? text : "";
}

static inline size_t rows_in(const json_t *whole) {
  return json_array_size(json_object_get(whole, "cells"));
}

#endif
