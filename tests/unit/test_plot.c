// SPDX-License-Identifier: Apache-2.0
/* Proves: the script for gnuplot shows what the fits and bins say and nothing else (a point where
 * n* is seen, an arrow from the largest n and no point where it is not, a line over the fitted
 * range only); bins hold every trial once, with intervals computed another way here; no text of a
 * trace leaves its quotes; a wrong choice is refused. Fails if a censored d gets a point, a line
 * reaches beyond the values of d, a bin loses a trial, pretrainings count as independent trials, or
 * an apostrophe, backquote or line end of a trace enters the script. tests/cli/plot.sh runs
 * gnuplot. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "report/plot.h"
#include "report/plotbins.h"
#include "report/exponent.h"
#include "report/script.h"

static rb_err err;
static rb_record *records[20000];
static size_t n_records;
static const char *device_name = "a device";
static uint64_t n_tasks = 64;

static void clear(void) {
  while (n_records)
    rb_record_free(records[--n_records]);
}

static rb_trace built(void) {
  return (rb_trace){.records = records, .n_records = n_records, .bgzf = true, .end_marker = true};
}

static void put_texts(rb_record *record, const char *source, const char *task, bool neurons) {
  rb_record_text(record, RB_F_device, "uuid");
  rb_record_text(record, RB_F_part, neurons ? "neurons" : "samples");
  rb_record_text(record, RB_F_source, source);
  rb_record_text(record, RB_F_task, task);
  rb_record_text(record, RB_F_quantity, neurons ? "m" : "n");
  rb_record_text(record, RB_F_sampler, "direct");
  rb_record_integer(record, RB_F_r, 2);
}

enum { CAP = 1000, N_TRIALS = 200 };

/* A cell whose trials succeed with probability 1/2 at star. */
static void add_cell(const char *source, const char *task, bool neurons, uint64_t d, double star,
                     uint64_t seed) {
  char id[65];
  rb_random random = rb_random_make(d * 7919 + (uint64_t)star + seed, 0);
  snprintf(id, sizeof id, "%064zx", n_records);
  for (int i = 0; i < N_TRIALS; i++) {
    double at = log(fmin(star, CAP)) + .4 * rb_random_normal(&random);
    uint64_t n = (uint64_t)fmax(1, fmin(CAP, round(exp(at))));
    double p = 1 / (1 + exp(-(log((double)n) - log(star)) / .3));
    bool success = rb_random_uniform(&random) < p;
    rb_record *trial = records[n_records++] = rb_record_new("trial");
    put_texts(trial, source, task, neurons);
    rb_record_text(trial, RB_F_cell, id);
    rb_record_integer(trial, RB_F_d, d);
    rb_record_integer(trial, neurons ? RB_F_m : RB_F_n, n);
    rb_record_integer(trial, neurons ? RB_F_n : RB_F_m, CAP);
    rb_record_integer(trial, RB_F_pretraining, (uint64_t)i % 8);
    rb_record_real(trial, RB_F_accuracy,
                   success ? .8 + .1 * rb_random_uniform(&random)
                           : .7 + .09 * rb_random_uniform(&random));
    rb_record_truth(trial, RB_F_success, success);
  }
  rb_record *cell = records[n_records++] = rb_record_new("cell");
  put_texts(cell, source, task, neurons);
  rb_record_text(cell, RB_F_id, id);
  rb_record_text(cell, RB_F_mode, "complexity");
  rb_record_text(cell, RB_F_status, "ok");
  rb_record_text(cell, RB_F_device_name, device_name);
  rb_record_truth(cell, RB_F_verified, true);
  rb_record_integer(cell, RB_F_d, d);
  rb_record_integer(cell, RB_F_m, CAP);
  rb_record_integer(cell, RB_F_n, CAP);
  rb_record_integer(cell, RB_F_T, n_tasks);
  rb_record_integer(cell, RB_F_seed, seed);
  rb_record_integer(cell, RB_F_n_trials, N_TRIALS);
  rb_record_real(cell, RB_F_target, .8);
  rb_record_real(cell, RB_F_margin, 1.25);
}

/* Multitask at 100 for every d; random rises beyond what is tried at the last two. */
static void add_group(const char *task, bool neurons, uint64_t seed) {
  for (uint64_t d = 64; d <= 1024; d *= 2) {
    add_cell("multitask", task, neurons, d, 100, seed);
    add_cell("random", task, neurons, d, d < 512 ? 200 * (double)d / 64 : 1e9, seed);
  }
}

static char *script, *talk;

static bool write_script(rb_plot_options options) {
  size_t n, n_talk;
  rb_trace trace = built();
  free(script);
  free(talk);
  FILE *out = open_memstream(&script, &n), *said = open_memstream(&talk, &n_talk);
  bool ok = rb_plot_write(&trace, &options, out, said, &err);
  fclose(out);
  fclose(said);
  return ok;
}

static void finish(void) {
  clear();
  free(script);
  free(talk);
  script = talk = NULL;
}
TestSuite(plot, .fini = finish);

/* The numbers of a data block, row by row (width columns), into values; returns the rows. */
static size_t block(const char *name, size_t width, double *values, size_t room) {
  char start[64];
  snprintf(start, sizeof start, "\n%s << END\n", name);
  const char *at = strstr(script, start);
  size_t n = 0;
  if (!at)
    return 0;
  for (at += strlen(start); strncmp(at, "END\n", 4) != 0; at = strchr(at, '\n') + 1) {
    char *end = (char *)at;
    for (size_t i = 0; i < width; i++) {
      cr_assert_lt(n, room);
      values[n++] = strtod(end, &end);
    }
    cr_assert_eq(*end, '\n', "a row of %s has other than %zu numbers", name, width);
  }
  return n / width;
}

Test(plot, points_arrows_and_lines_are_those_of_the_fit) {
  double v[100];
  rb_trials trials;
  rb_exponent fit;
  add_group("parity", false, 1);
  cr_assert(write_script((rb_plot_options){0}), "%s", err.text);
  rb_trace trace = built();
  cr_assert(rb_trials_load(&trace, &trials, &err));
  cr_assert(rb_exponent_fit(&trials.curves[0], &fit, &err));
  cr_assert_eq(block("$seen_0_0", 4, v, 100), 5);
  for (size_t i = 0; i < 5; i++) {
    cr_expect_lt(fabs(log(v[4 * i] / (64 << i))), .02, "beside its d, and not far");
    cr_expect_float_eq(log(v[4 * i + 1]), fit.points[i].log_star, 1e-5);
    cr_expect_float_eq(log(v[4 * i + 2]), fit.points[i].lo, 1e-5);
    cr_expect_float_eq(log(v[4 * i + 3]), fit.points[i].hi, 1e-5);
  }
  cr_assert_eq(block("$line_0_0", 3, v, 100), 2);
  cr_expect(v[0] == 64 && v[3] == 1024, "the line begins and ends with the values of d");
  cr_expect_float_eq(log(v[1]), fit.intercept + fit.slope.value * log(64), 1e-5);
  cr_expect_float_eq(log(v[4]), fit.intercept + fit.slope.value * log(1024), 1e-5);
  cr_assert_eq(block("$band_0", 3, v, 100), 2);
  cr_expect_float_eq(v[2] / v[1], 1.25, 1e-4);
  cr_expect_float_eq(sqrt(v[1] * v[2]), exp(fit.intercept + fit.slope.value * log(256)), 1e-2);
  char key[128];
  snprintf(key, sizeof key, "'multitask: exponent %s%.3f (", fit.slope.value < 0 ? "\u2212" : "",
           fabs(fit.slope.value));
  cr_expect(strstr(script, key), "%s", key);
  rb_exponent_free(&fit);
  rb_trials_free(&trials);
  /* What was never reached has no point and no line. */
  cr_expect_eq(block("$seen_0_1", 4, v, 100), 3);
  cr_assert_eq(block("$above_0_1", 3, v, 100), 2);
  cr_expect(v[1] == CAP && v[4] == CAP && v[2] > 0);
  cr_expect_lt(fabs(log(v[0] / 512)), .02);
  cr_expect_eq(block("$line_0_1", 3, v, 100), 0);
  cr_expect(!strstr(script, "line_0_1") && !strstr(script, "accuracy_"));
  cr_expect(strstr(script, "'random: target not reached at 2 of 5 values of d'"));
  cr_expect(strstr(script, "'samples n* for accuracy 0.8 with probability 1/2'"));
  cr_expect_str_eq(talk, "drawn: samples parity r=2: n* of 2 sources over 5 values of d, "
                         "2000 trials\n");
}

Test(plot, downward_arrow_where_the_least_n_is_enough) {
  double v[100];
  for (uint64_t d = 64; d <= 256; d *= 2)
    add_cell("multitask", "parity", false, d, d == 64 ? 1e-9 : 50, 1);
  cr_assert(write_script((rb_plot_options){0}), "%s", err.text);
  cr_assert_eq(block("$below_0_0", 3, v, 100), 1);
  cr_expect(v[1] == 1 && v[2] < 0);
  cr_expect_eq(block("$seen_0_0", 4, v, 100), 2);
  cr_expect(strstr(script, "'multitask: reached with the least n at 1 of 3 values of d'"));
}

Test(plot, curves_of_one_source_have_styles_of_their_own) {
  for (n_tasks = 1; n_tasks <= RB_PLOT_MAX_CURVES; n_tasks++)
    add_cell("multitask", "parity", false, 64, 100, 1);
  cr_assert(write_script((rb_plot_options){0}), "%s", err.text);
  cr_expect(strstr(script, "'multitask, T = 8: no exponent from 1 value of d'"));
  for (int i = 0; i < RB_PLOT_MAX_CURVES; i++) {
    char name[64], style[64];
    snprintf(name, sizeof name, "$seen_0_%d using 1:2:3:4 with yerrorbars ", i);
    const char *at = strstr(script, name);
    cr_assert(at, "%s", name);
    at += strlen(name);
    snprintf(style, sizeof style, " %.*s ", (int)(strstr(at, " lw") - at), at);
    cr_expect(!strstr(strstr(at, "\n"), style), "%s again", style);
  }
  add_cell("multitask", "parity", false, 64, 100, 1);
  cr_expect(!write_script((rb_plot_options){0}));
  cr_expect(err.kind == RB_USAGE && strstr(err.text, "9 curves belong into one figure"));
}

static rb_trials_point pointing(const rb_trial *trials, size_t n) {
  return (rb_trials_point){.trials = trials, .n_trials = n};
}

Test(plot, bins_hold_every_trial_once) {
  rb_trial trials[1000];
  rb_random random = rb_random_make(5, 0);
  double x = 0;
  for (int i = 0; i < 1000; i++, x += .005)
    trials[i] = (rb_trial){log(round(exp(x))), rb_random_uniform(&random), (uint64_t)i % 16, false};
  rb_trials_point point = pointing(trials, 1000);
  rb_plotbin *bins;
  size_t n, left, sum = 0;
  cr_assert(rb_plotbins_make(&point, &bins, &n, &left, &err));
  for (size_t i = 0; i < n; i++) {
    const rb_plotbin *bin = &bins[i];
    sum += bin->n_trials;
    cr_expect(bin->n_trials >= RB_PLOTBINS_LEAST_TRIALS && bin->lo < bin->mean &&
              bin->mean < bin->hi && bin->lo >= 0 && bin->hi <= 1);
    cr_expect(i == 0 || bin->x > bins[i - 1].x + .5 * M_LN2 / 3);
  }
  cr_expect_eq(sum + left, 1000);
  cr_expect(n >= 15 && left < 30, "%zu bins, %zu left out", n, left);
  free(bins);
}

Test(plot, interval_over_trials_and_over_pretrainings) {
  /* 12 trials at one n; accuracy .6 or .8, over trials or by pretraining. */
  rb_trial trials[12];
  rb_plotbin *bins;
  size_t n, left;
  double half = 2.2009851600916 * sqrt(.01 * 12 / 11 / 12); /* t(.975, 11) */
  for (int by_group = 0; by_group < 2; by_group++) {
    for (int i = 0; i < 12; i++)
      trials[i] = (rb_trial){log(100), (by_group ? i / 3 : i) % 2 ? .8 : .6,
                             (uint64_t)(by_group ? i / 3 : i % 2), false};
    rb_trials_point point = pointing(trials, 12);
    cr_assert(rb_plotbins_make(&point, &bins, &n, &left, &err));
    cr_assert(n == 1 && left == 0);
    cr_expect_float_eq(bins->mean, .7, 1e-12);
    cr_expect_eq(bins->n_pretrainings, by_group ? 4 : 2);
    /* Four groups of three: means .6 .8 .6 .8, sd .1 sqrt(4/3), t(.975, 3). */
    double wanted = by_group ? 3.1824463052842 * .1 * sqrt(4. / 3) / 2 : half;
    cr_expect_float_eq(bins->hi - bins->mean, wanted, 1e-8);
    cr_expect_float_eq(bins->mean - bins->lo, wanted, 1e-8);
    free(bins);
  }
  rb_trials_point few = pointing(trials, RB_PLOTBINS_LEAST_TRIALS - 1);
  cr_assert(rb_plotbins_make(&few, &bins, &n, &left, &err));
  cr_expect(n == 0 && left == RB_PLOTBINS_LEAST_TRIALS - 1);
  free(bins);
}

Test(plot, accuracies_are_points_without_lines) {
  double v[200];
  add_group("parity", true, 1);
  cr_assert(write_script((rb_plot_options){.figure = RB_PLOT_ACCURACY}), "%s", err.text);
  size_t rows = block("$accuracy_0_0_0", 4, v, 200);
  cr_assert_geq(rows, 3);
  for (size_t i = 0; i < rows; i++)
    cr_expect(v[4 * i] > 20 && v[4 * i] < 600 && v[4 * i + 2] < v[4 * i + 1] &&
              v[4 * i + 1] < v[4 * i + 3]);
  for (const char *at = script; (at = strstr(at, "with lines")); at++)
    cr_expect_eq(strncmp(at - 4, "0.8 ", 4), 0, "only the target is a line");
  cr_expect(strstr(script, "'neurons m'") && strstr(script, "dashed: the target, 0.8"));
  cr_expect(!strstr(script, "$seen"));
  cr_expect(strstr(talk, "left out, in bins of fewer than 10\n"));
}

Test(plot, groups_are_chosen_or_refused) {
  add_group("parity", false, 1);
  add_group("random", false, 1);
  add_group("random", true, 2);
  cr_assert(write_script((rb_plot_options){0}));
  cr_expect(strstr(script, "$seen_2_0") && !strstr(script, "$seen_3_0"));
  cr_assert(write_script((rb_plot_options){.figure = RB_PLOT_BOTH, .task = "random"}));
  cr_expect(strstr(script, "$seen_1_0") && !strstr(script, "$seen_2_0"));
  cr_expect(strstr(script, "$accuracy_1_1_0") && !strstr(script, "'task parity"));
  cr_assert(write_script((rb_plot_options){.quantity = "m"}));
  cr_expect(strstr(script, "'neurons m* for") && !strstr(script, "$seen_1_0"));
  cr_assert(write_script((rb_plot_options){.seed = "2"}));
  cr_expect(strstr(script, "seed 2, on a device") && !strstr(script, "seed 1,"));
  cr_assert(write_script((rb_plot_options){.part = "samples"}));
  cr_expect(strstr(script, "$seen_1_0") && !strstr(script, "$seen_2_0"));
  cr_expect(!write_script((rb_plot_options){.part = "samples", .seed = "2"}));
  cr_expect(err.kind == RB_USAGE && strstr(err.text, "no complexity cell of the trace is of that"));
  clear();
  cr_expect(!write_script((rb_plot_options){0}));
  cr_expect(err.kind == RB_USAGE && strstr(err.text, "the trace has no complexity cells"));
  for (uint64_t seed = 0; seed <= RB_PLOT_MAX_GROUPS; seed++)
    add_cell("true", "parity", false, 64, 100, seed);
  cr_expect(!write_script((rb_plot_options){0}));
  cr_expect(err.kind == RB_USAGE && strstr(err.text, "13 groups of curves are more than the 12"));
}

/* Every line is one that the program writes, and every quote closed on it. */
static void expect_harmless(void) {
  static const char *const starts[] = {"# ",    "set ",       "unset ",   "plot NaN",
                                       "  $",   "  0.8 with", "TITLE = ", "$",
                                       "END\n", "\n",         NULL};
  bool in_block = false;
  for (const char *line = script; *line; line = strchr(line, '\n') + 1) {
    size_t n = strcspn(line, "\n"), quotes = 0;
    int which = 0;
    for (size_t i = 0; i < n; i++)
      quotes += line[i] == '\'';
    cr_expect(!memchr(line, '`', n) && quotes % 2 == 0, "%.*s", (int)n, line);
    while (starts[which] && strncmp(line, starts[which], strlen(starts[which])) != 0)
      which++;
    cr_expect(starts[which] || (in_block && strspn(line, "0123456789.e+- ") == n), "%.*s", (int)n,
              line);
    if (line[0] == '$')
      in_block = true;
    if (strncmp(line, "END\n", 4) == 0)
      in_block = false;
  }
}

Test(plot, hostile_texts_stay_texts) {
  static const char *const hostile[] = {
      "'; system 'id'; x = '",
      "''''; !id",
      "x''y'''",
      "\"`id`\"",
      "a\n!id\nEND\nsystem \"id\"",
      "\\",
      "@GPVAL_TERM {/Bold x}_y^z~w %g %n #",
      "&#0; &#x1; & <b> ]]>",
      "\x1b[31m\r\x7f\xff\xfe\xef\xbf\xbe\xe2\x80\xae",
  };
  for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
    device_name = hostile[i];
    for (uint64_t d = 64; d <= 256; d *= 2)
      add_cell("multitask", hostile[i], false, d, 100, 1);
    cr_assert(write_script((rb_plot_options){.figure = RB_PLOT_BOTH}), "%s", err.text);
    expect_harmless();
    cr_expect(!strstr(script, "&#"));
    clear();
  }
}

static char *quoted(const char *text, size_t width) {
  char *out;
  size_t n;
  FILE *memory = open_memstream(&out, &n);
  rb_script_text(memory, text, width);
  fclose(memory);
  return out;
}

Test(plot, random_bytes_are_one_quoted_line) {
  static const char alphabet[] = "''''``\"\"\\\\\n\r\t\b @{}^_~&#;!$%<>aB0\x7f\x80\xc3\xa9\xe2\xff";
  rb_random random = rb_random_make(11, 0);
  for (int i = 0; i < 20000; i++) {
    char text[40];
    uint32_t n = rb_random_below(&random, sizeof text);
    for (uint32_t k = 0; k < n; k++)
      text[k] = alphabet[rb_random_below(&random, sizeof alphabet - 1)];
    text[n] = 0;
    char *out = quoted(text, 20);
    size_t length = strlen(out);
    cr_assert(length >= 2 && out[0] == '\'' && strchr(out + 1, '\'') == out + length - 1);
    for (size_t k = 0; k < length; k++)
      cr_assert((unsigned char)out[k] >= ' ' && out[k] != 0x7f && out[k] != '`');
    cr_assert(!strstr(out, "&#"));
    free(out);
  }
}

Test(plot, small_pieces) {
  static const struct {
    double value;
    const char *text;
  } counts[] = {{64, "64"},           {65536, "65536"},   {1000000, "1e6"}, {1048576, "2^20"},
                {1234567, "1234567"}, {25000000, "25e6"}, {1e9, "1e9"},     {1e18, "1e18"}};
  char text[RB_SCRIPT_COUNT_ROOM], *out;
  size_t n;
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    cr_expect_eq(rb_script_count(text, counts[i].value), strlen(counts[i].text));
    cr_expect_str_eq(text, counts[i].text);
  }
  FILE *memory = open_memstream(&out, &n);
  rb_script_log_ticks(memory, 'x', 15, 1500, 300, 37);
  rb_script_log_ticks(memory, 'y', 90, 210, 300, 26);
  rb_script_log_ticks(memory, 'y', 1, 1e6, 100, 26);
  rb_script_log_ticks(memory, 'y', .9, 2.6, 380, 26);
  rb_script_ticks_at(memory, (const double[]){64, 128, 256, 16384}, 4, 50, 20000, 200);
  fclose(memory);
  cr_expect_str_eq(
      out, "set xtics ('20' 20, '' 30 1, '' 40 1, '50' 50, '' 60 1, '' 70 1, '' 80 1, '' 90 1, "
           "'100' 100, '200' 200, '' 300 1, '' 400 1, '500' 500, '' 600 1, '' 700 1, '' 800 1, "
           "'' 900 1, '1000' 1000)\n"
           "set ytics ('' 90 1, '100' 100, '120' 120, '150' 150, '200' 200)\n"
           "set ytics ('1' 1, '' 10 1, '100' 100, '' 1000 1, '10000' 10000, '' 100000 1, "
           "'1e6' 1e+06)\n"
           "set ytics ('' 0.9 1, '1' 1, '1.2' 1.2, '1.5' 1.5, '2' 2, '2.5' 2.5)\n"
           "set xtics ('64' 64, '' 128, '256' 256, '16384' 16384)\n");
  free(out);
}
