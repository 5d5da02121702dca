// SPDX-License-Identifier: Apache-2.0
/* Proves: the verdict of a trace rests on the right trials: joined by device and cell, each once,
 * in whole cells that were verified; the claim holds (0) only with every multitask curve
 * independent and every control holding, a failed control is 4, whatever is missing, doubtful or
 * doubled is 6 and said; every format is written, safe for a terminal, from any trace. Fails if a
 * join ignores the device, a cut cell or a contradiction is judged, a control is not looked at, or
 * a missing cell passes silently. */
#include <jansson.h>
#include "base/clock.h"
#include "report/verdict.h"
#include "trials_fixture.h"

static const labels single = {"pci:01", "single", "n", 1, 1};
static const labels chance = {"pci:01", "random", "n", 64, 0};
static const labels best = {"pci:01", "true", "n", 64, 2};

static rb_random source_of_chance;

static world slim(void) {
  world w = usual();
  w.n_trials = 250;
  return w;
}

static void add_run(const char *id, uint64_t n_cells) {
  rb_record *run = added(rb_record_new("run"));
  rb_record_text(run, RB_F_suite, "d-independence");
  rb_record_text(run, RB_F_run_id, id);
  rb_record_integer(run, RB_F_n_cells, n_cells);
}

static void add_end(void) {
  rb_record_integer(added(rb_record_new("end")), RB_F_exit_code, 0);
}

/* A trace that the claim holds for: 24 cells on `device`. */
static void add_device(const char *device) {
  world w = slim(), out_of_reach = w, far = w, near = w;
  labels all[4] = {multitask, single, chance, best};
  far.level = 400, far.exponent = 0.8;
  near.level = 20;
  out_of_reach.level = 1e6;
  for (int i = 0; i < 4; i++)
    all[i].device = device;
  write_curve(&w, &all[0], &source_of_chance);
  write_curve(&out_of_reach, &all[1], &source_of_chance);
  write_curve(&far, &all[2], &source_of_chance);
  write_curve(&near, &all[3], &source_of_chance);
}

static void add_good(void) {
  source_of_chance = rb_random_make(1, RB_STREAM_CHECK);
  add_run("00", 24);
  add_device("pci:01");
  add_end();
}

/* The i-th cell record of the trace. */
static rb_record *cell_at(size_t which) {
  for (size_t i = 0; i < n_records; i++)
    if (strcmp(rb_record_get_text(records[i], RB_F_type), "cell") == 0 && which-- == 0)
      return records[i];
  cr_assert_fail("no such cell");
  return NULL;
}

static size_t place_of(const rb_record *record) {
  size_t i = 0;
  while (records[i] != record)
    i++;
  return i;
}

static void drop(size_t place) {
  rb_record_free(records[place]);
  memmove(records + place, records + place + 1, (--n_records - place) * sizeof *records);
}

static rb_record *copy_of(const rb_record *record) {
  rb_record *copy = NULL;
  char *line = rb_record_line(record);
  cr_assert(rb_record_parse(line, strlen(line), &copy, &err), "%s", err.text);
  free(line);
  return copy;
}

static char *taken;
static size_t n_taken;

/* Judges what was built and clears it; the text belongs to the caller. */
static char *shown(rb_format format, int *code) {
  rb_judge judge;
  rb_trace trace = built();
  cr_assert(rb_judge_trace(&trace, &judge, &err), "%s", err.text);
  FILE *out = open_memstream(&taken, &n_taken);
  cr_assert(rb_verdict_show(&judge, &(rb_verdict_options){format, "a.gz"}, out, &err), "%s",
            err.text);
  fclose(out);
  *code = judge.code;
  rb_judge_free(&judge);
  return taken;
}

static void expect(int wanted, const char *words) {
  int code;
  char *text = shown(RB_FORMAT_MD, &code);
  cr_expect_eq(code, wanted, "code %d, wanted %d\n%s", code, wanted, text);
  cr_expect(!words || strstr(text, words) != NULL, "no '%s' in\n%s", words, text);
  free(text);
}

/* ---- the codes ---- */

Test(verdict, the_claim_holds) {
  add_good();
  expect(RB_DONE,
         "the claim holds: 1 of 1 multitask curves independent of d, 3 of 3 controls hold");
  expect(RB_DONE, "inside the +-0.064 fixed beforehand; nothing is claimed outside that range.");
  expect(RB_DONE, "Cost: ns per sample of the pretraining go as d^1.000");
  int code;
  json_error_t where;
  char *text = shown(RB_FORMAT_JSON, &code);
  json_t *whole = json_loads(text, 0, &where);
  cr_assert_not_null(whole, "%s", where.text);
  cr_expect(json_is_true(json_object_get(json_object_get(whole, "verdict"), "holds")));
  cr_expect_eq(json_array_size(json_object_get(whole, "curves")), 4);
  cr_expect_eq(json_array_size(json_object_get(whole, "points")), 24);
  const json_t *point = json_array_get(json_object_get(whole, "points"), 0);
  cr_expect_float_eq(json_number_value(json_object_get(point, "star")), 95, 15);
  cr_expect_str_eq(json_string_value(json_object_get(point, "censored")), "seen");
  const json_t *beyond = json_array_get(json_object_get(whole, "points"), 6);
  cr_expect(json_is_null(json_object_get(beyond, "star")));
  cr_expect_str_eq(json_string_value(json_object_get(beyond, "censored")), "above");
  json_decref(whole);
  free(text);
  clear();
}

Test(verdict, no_complexity_cells) {
  rb_judge judge;
  add_run("00", 1);
  rb_record_text(added(rb_record_new("cell")), RB_F_mode, "time");
  rb_trace trace = built();
  cr_expect_not(rb_judge_trace(&trace, &judge, &err));
  cr_expect_eq(err.kind, RB_INCONCLUSIVE);
  cr_expect(strstr(err.text, "no complexity cells") != NULL);
  rb_trace empty = {0};
  cr_expect_not(rb_judge_trace(&empty, &judge, &err));
  clear();
}

static void with_multitask(double exponent, double level) {
  world w = slim();
  w.exponent = exponent, w.level = level;
  source_of_chance = rb_random_make(2, RB_STREAM_CHECK);
  add_good();
  while (strcmp(rb_record_get_text(records[1], RB_F_source), "multitask") == 0)
    drop(1);
  write_curve(&w, &multitask, &source_of_chance);
}

Test(verdict, multitask_depends) {
  with_multitask(0.2, 95);
  expect(RB_INCONCLUSIVE, "n\\* grows with d: the exponent of n\\* is 0.");
  clear();
  with_multitask(0.064, 95);
  expect(RB_INCONCLUSIVE, "nothing can be concluded");
  clear();
  with_multitask(0, 1e6);
  expect(RB_INCONCLUSIVE, "the target is not reached at the largest n for d=128 and 5 more");
  clear();
}

/* Every control is broken once. */
static void with_control(const labels *l, double exponent, double level) {
  world w = slim();
  w.exponent = exponent, w.level = level;
  add_good();
  for (size_t i = 0; i < n_records;)
    if (rb_record_has(records[i], RB_F_source) &&
        strcmp(rb_record_get_text(records[i], RB_F_source), l->source) == 0)
      drop(i);
    else
      i++;
  write_curve(&w, l, &source_of_chance);
}

Test(verdict, controls_fail) {
  labels knowing = single;
  with_control(&chance, 0, 400);
  expect(RB_WRONG, "random T=64 fails: independent of d too");
  clear();
  with_control(&best, 0, 120);
  expect(RB_WRONG, "true T=64 fails: n\\* is 1.3");
  clear();
  with_control(&best, 0, 1e6);
  expect(RB_WRONG, "true T=64 fails: the target is not reached");
  clear();
  with_control(&single, 0, 80);
  expect(RB_WRONG, "single T=1 fails: 1 of 2 features learned; n\\* is 0.8");
  clear();
  knowing.features = 2;
  with_control(&knowing, 0, 1e6);
  expect(RB_WRONG, "single T=1 fails: 2 of 2 features learned");
  clear();
  with_control(&single, 0, 200); /* worse than multitask, though it reaches the target */
  expect(RB_DONE, "single T=1 holds: 1 of 2 features learned; n\\* is 2.");
  clear();
  with_control(&best, 0, 95); /* no better than multitask: a ceiling is no more than that */
  expect(RB_DONE, NULL);
  clear();
}

/* Without random features nothing shows that the rule can refuse; other sources may be missing. */
static void without(const char *source) {
  add_good();
  for (size_t i = 0; i < n_records;)
    if (rb_record_has(records[i], RB_F_source) &&
        strcmp(rb_record_get_text(records[i], RB_F_source), source) == 0)
      drop(i);
    else
      i++;
  rb_record_integer(records[0], RB_F_n_cells, 18);
}

Test(verdict, a_missing_source_is_said) {
  without("random");
  expect(RB_INCONCLUSIVE, "no cells of source random");
  expect(RB_INCONCLUSIVE, "random: no cells of this source here");
  clear();
  without("single");
  expect(RB_DONE, "2 of 2 controls hold; no cells of source single");
  clear();
  without("multitask");
  expect(RB_INCONCLUSIVE, "no cells of source multitask");
  clear();
}

/* What a group with one d shows does not decide, and nothing is asked by such groups alone. */
Test(verdict, one_value_of_d_asks_nothing) {
  world w = slim();
  w.n_d = 1, w.level = 1e6; /* multitask features that do not reach the target */
  const labels neurons = {"pci:01", "multitask", "m", 64, 2};
  add_good();
  write_curve(&w, &neurons, &source_of_chance);
  rb_record_integer(records[0], RB_F_n_cells, 25);
  expect(RB_DONE, "One value of d: whether m\\* depends on it is not asked here.");
  clear();
  write_curve(&w, &neurons, &source_of_chance);
  expect(RB_INCONCLUSIVE, "no claim: each group of cells has one value of d");
  clear();
}

/* ---- which trials count ---- */

/* Two devices that share all cell ids and interleave: each gets its own trials. */
Test(verdict, devices_are_told_apart) {
  source_of_chance = rb_random_make(3, RB_STREAM_CHECK);
  add_run("00", 48);
  add_device("pci:01");
  size_t half = n_records;
  add_device("pci:02");
  rb_record **mixed = calloc(n_records, sizeof *mixed);
  size_t n = 0;
  mixed[n++] = records[0];
  for (size_t i = 1; i < half; i++) {
    mixed[n++] = records[i];
    mixed[n++] = records[half + i - 1];
  }
  cr_assert_eq(n, n_records);
  memcpy(records, mixed, n * sizeof *mixed);
  free(mixed);
  expect(RB_DONE, "2 of 2 multitask curves independent of d, 6 of 6 controls hold");
  clear();
}

/* One cell of one id on two devices: nothing but the device tells their trials apart. */
Test(verdict, one_cell_on_two_devices) {
  world w = slim();
  labels other = multitask;
  rb_random random = rb_random_make(7, RB_STREAM_CHECK);
  rb_trials trials;
  w.n_trials = 20;
  write_point(&w, &multitask, 0, &random);
  other.device = "pci:02";
  write_point(&w, &other, 0, &random);
  rb_trace trace = built();
  cr_assert(rb_trials_load(&trace, &trials, &err));
  cr_assert_eq(trials.n_curves, 2);
  cr_expect_eq(trials.n_groups, 2);
  cr_expect_eq(trials.n_used, 40);
  cr_expect_eq(trials.n_duplicates, 0);
  rb_trials_free(&trials);
  clear();
}

/* One configuration in two parts of a suite: a cell of each. */
Test(verdict, one_configuration_in_two_parts) {
  world w = slim();
  rb_random random = rb_random_make(8, RB_STREAM_CHECK);
  rb_trials trials;
  w.n_trials = 20;
  write_point(&w, &multitask, 0, &random);
  size_t n = n_records;
  for (size_t i = 0; i < n; i++) {
    rb_record *copy = copy_of(records[i]);
    if (rb_record_has(copy, RB_F_id))
      rb_record_text(copy, RB_F_part, "other");
    added(copy);
  }
  rb_trace trace = built();
  cr_assert(rb_trials_load(&trace, &trials, &err));
  cr_assert_eq(trials.n_curves, 2);
  cr_expect_eq(trials.n_used, 40);
  cr_expect_eq(trials.n_duplicates, 0);
  rb_trials_free(&trials);
  clear();
}

/* The same trace twice, as when shards are joined carelessly: no trial counts twice. */
Test(verdict, doubled_traces) {
  add_good();
  size_t n = n_records;
  int code;
  char *once = shown(RB_FORMAT_CSV, &code);
  for (size_t i = 0; i < n; i++)
    added(copy_of(records[i]));
  char *twice = shown(RB_FORMAT_CSV, &code);
  cr_expect_eq(code, RB_DONE);
  cr_expect_str_eq(once, twice);
  free(once);
  free(twice);
  clear();
}

/* A run that was cut in a cell and begun again there: the trials before do not count. */
Test(verdict, trials_of_a_cut_cell) {
  add_good();
  int code;
  char *once = shown(RB_FORMAT_CSV, &code);
  n_records++; /* room for what moves up */
  records = realloc(records, (n_records + 100) * sizeof *records);
  room = n_records + 100;
  memmove(records + 101, records + 1, (n_records - 2) * sizeof *records);
  n_records += 99;
  for (size_t i = 0; i < 100; i++) {
    records[1 + i] = copy_of(records[101 + i]);
    rb_record_truth(records[1 + i], RB_F_success, true);
  }
  char *again = shown(RB_FORMAT_CSV, &code);
  cr_expect_eq(code, RB_DONE);
  cr_expect_str_eq(once, again);
  free(once);
  free(again);
  clear();
}

/* A cell that failed and was run again, with trials lost: those of the first run are not its own.
 */
Test(verdict, trials_of_the_run_before) {
  source_of_chance = rb_random_make(8, RB_STREAM_CHECK);
  world w = slim();
  w.n_trials = 20;
  rb_record_text(write_point(&w, &multitask, 0, &source_of_chance), RB_F_status, "failed");
  size_t n = n_records;
  write_point(&w, &multitask, 0, &source_of_chance);
  for (int i = 0; i < 5; i++)
    drop(n);
  rb_trials trials;
  rb_trace trace = built();
  cr_assert(rb_trials_load(&trace, &trials, &err));
  cr_assert_eq(trials.n_curves, 1);
  cr_expect_eq(trials.n_duplicates, 1);
  cr_expect_str_eq(trials.curves[0].points[0].problem, "15 of its 20 trials are in the trace");
  rb_trials_free(&trials);
  clear();
}

static void expect_refused(const char *words) {
  expect(RB_INCONCLUSIVE, words);
  clear();
}

Test(verdict, doubtful_cells) {
  add_good();
  rb_record_truth(cell_at(2), RB_F_verified, false);
  expect_refused("the cell at d=512 cannot be used: it was not verified");
  add_good();
  rb_record_text(cell_at(2), RB_F_status, "failed");
  expect_refused("the cell at d=512 cannot be used: its status is failed");
  add_good();
  rb_record_text(cell_at(2), RB_F_status, "splendid");
  expect_refused("its status is failed");
  add_good();
  rb_record_truth(cell_at(2), RB_F_censored, true);
  expect_refused("the target is not reached at the largest n for d=512");
  add_good(); /* trials are lost */
  drop(place_of(cell_at(2)) - 3);
  expect_refused("249 of its 250 trials are in the trace");
  add_good(); /* the cell itself is */
  drop(place_of(cell_at(2)));
  expect_refused("no cell for d=512, which other sources have");
  add_good(); /* more were planned, nobody knows which */
  rb_record_integer(records[0], RB_F_n_cells, 25);
  expect_refused("1 planned cells are not in the trace");
  add_good();
  drop(place_of(cell_at(2)));
  expect_refused("1 planned cells are not in the trace; 250 trials have no cell in the trace");
}

Test(verdict, contradictory_trials) {
  const struct {
    rb_field field;
    double value;
  } lies[] = {{RB_F_n, 0},     {RB_F_n, 1025},       {RB_F_d, 129},      {RB_F_m, 63},
              {RB_F_r, 3},     {RB_F_accuracy, NAN}, {RB_F_accuracy, 2}, {RB_F_accuracy, -1},
              {RB_F_T, 1e300}, {RB_F_source, 0},     {RB_F_quantity, 0}};
  for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
    add_good();
    rb_record *trial = records[place_of(cell_at(2)) - 5];
    if (lies[i].field == RB_F_T)
      rb_record_truth(trial, RB_F_success, !rb_record_get_truth(trial, RB_F_success));
    else if (rb_schema[lies[i].field].type == RB_TYPE_text)
      rb_record_text(trial, lies[i].field, "m");
    else if (rb_schema[lies[i].field].type == RB_TYPE_integer)
      rb_record_integer(trial, lies[i].field, (uint64_t)lies[i].value);
    else
      rb_record_real(trial, lies[i].field, lies[i].value);
    expect_refused("1 of its trials lack a number or contradict the cell");
  }
}

/* Budgets of samples make several curves; a hole in one leaves open what belongs together. */
Test(verdict, several_curves_of_one_source) {
  source_of_chance = rb_random_make(4, RB_STREAM_CHECK);
  add_run("00", 12);
  world w = slim();
  write_curve(&w, &multitask, &source_of_chance);
  size_t n = n_records;
  for (size_t i = 1; i < n; i++) {
    rb_record *copy = added(copy_of(records[i]));
    bool is_cell = rb_record_has(copy, RB_F_id);
    char id[70];
    snprintf(id, sizeof id, "x%s", rb_record_get_text(copy, is_cell ? RB_F_id : RB_F_cell));
    rb_record_text(copy, is_cell ? RB_F_id : RB_F_cell, id);
    if (is_cell)
      rb_record_integer(copy, RB_F_n1, 8 * rb_record_get_integer(copy, RB_F_d));
  }
  rb_trials trials;
  rb_trace trace = built();
  cr_assert(rb_trials_load(&trace, &trials, &err));
  cr_assert_eq(trials.n_curves, 2);
  cr_expect_eq(trials.n_groups, 1);
  for (size_t i = 0; i < 2; i++)
    for (size_t j = 0; j < 6; j++) {
      const rb_trials_point *point = &trials.curves[i].points[j];
      cr_expect_eq(rb_record_get_integer(point->cell, RB_F_n1), (i ? 48 : 8) * point->d);
    }
  rb_trials_free(&trials);
  drop(place_of(cell_at(8)));
  expect_refused("a d has several cells and another has not as many");
}

/* ---- any trace ---- */

Test(verdict, hostile_text) {
  static const rb_field texts[] = {RB_F_device, RB_F_part,       RB_F_task,  RB_F_sampler,
                                   RB_F_id,     RB_F_cell,       RB_F_suite, RB_F_head,
                                   RB_F_status, RB_F_device_name};
  const char *evil = "\x1b[2J\n| x |\xE2\x80\xAE";
  add_good();
  for (size_t i = 0; i < n_records; i++)
    for (size_t j = 0; j < sizeof texts / sizeof *texts; j++)
      if (rb_record_has(records[i], texts[j]) &&
          (i % 7 == 0 || texts[j] == RB_F_part || texts[j] == RB_F_task))
        rb_record_text(records[i], texts[j], evil);
  for (int format = 0; rb_format_names[format]; format++) {
    int code;
    char *text = shown((rb_format)format, &code);
    cr_expect_neq(code, RB_DONE);
    cr_expect_null(strchr(text, '\x1b'), "%s", text);
    cr_expect_null(strstr(text, "\xE2\x80\xAE"), "%s", text);
    if (format == RB_FORMAT_MD)
      cr_expect_null(strstr(text, "\n| x |"), "%s", text);
    free(text);
  }
  clear();
}

/* Any one field of any record gone or absurd: no crash, and never a claim with less behind it. */
Test(verdict, damaged_fields) {
  world w = slim();
  w.n_trials = 20, w.n_d = 5;
  rb_random random = rb_random_make(5, RB_STREAM_CHECK);
  for (int round = 0; round < 150; round++) {
    add_run("00", 5);
    write_curve(&w, &multitask, &random);
    for (int k = 0; k < 3; k++) {
      rb_record *record = records[rb_random_below(&random, (uint32_t)n_records)];
      rb_field field = (rb_field)rb_random_below(&random, RB_N_FIELDS);
      uint32_t choice = rb_random_below(&random, 4);
      if (field == RB_F_type)
        continue;
      if (rb_schema[field].type == RB_TYPE_text)
        rb_record_text(record, field, choice ? "complexity" : NULL);
      else if (rb_schema[field].type == RB_TYPE_integer)
        rb_record_integer(record, field, choice == 0 ? 0 : choice == 1 ? INT64_MAX : choice);
      else if (rb_schema[field].type == RB_TYPE_real)
        rb_record_real(record, field, choice == 0 ? NAN : choice == 1 ? 1e308 : -1e308);
      else if (rb_schema[field].type == RB_TYPE_truth)
        rb_record_truth(record, field, choice % 2);
      else if (rb_schema[field].type == RB_TYPE_spread)
        rb_record_spread(record, field, (rb_spread){choice ? -1.0 : NAN, INFINITY, 0, 0});
    }
    rb_judge judge;
    rb_trace trace = built();
    if (rb_judge_trace(&trace, &judge, &err)) {
      rb_judge_free(&judge);
      int code;
      for (int format = 0; rb_format_names[format]; format++)
        free(shown((rb_format)format, &code));
    } else
      cr_expect_eq(err.kind, RB_INCONCLUSIVE, "%s", err.text);
    clear();
  }
}

/* Time grows with the trace and no faster: many groups, many curves of one group, many d. */
Test(verdict, thousands_of_cells) {
  world w = slim();
  w.n_trials = 2, w.n_d = 1;
  rb_random random = rb_random_make(6, RB_STREAM_CHECK);
  rb_host_time start = rb_clock_now();
  for (int kind = 0; kind < 3; kind++) {
    for (uint64_t i = 0; i < 1500; i++) {
      labels l = multitask;
      l.T = kind == 1 ? i + 1 : 64;
      w.d_min = w.d_max = kind == 2 ? (double)i + 1 : 128;
      rb_record *cell = write_point(&w, &l, 0, &random);
      if (kind == 0) {
        char id[80];
        snprintf(id, sizeof id, "%d", (int)i);
        rb_record_integer(cell, RB_F_seed, i);
        for (size_t j = 0; j < 3; j++)
          rb_record_text(records[n_records - 1 - j], j ? RB_F_cell : RB_F_id, id);
      }
    }
    int code;
    for (int format = 0; rb_format_names[format]; format++)
      free(shown((rb_format)format, &code));
    clear();
  }
  double took = rb_clock_since_s(start);
  printf("4500 cells in four formats: %.1f s\n", took);
  cr_expect_lt(took, 60.0, "quadratic somewhere?");
}
