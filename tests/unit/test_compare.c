// SPDX-License-Identifier: Apache-2.0
/* Proves: two cells are compared exactly where everything but device, backend, driver, kernels and
 * names is the same, and both are verified, plausible and timed; whatever else is there is told
 * with its reason, once; the ratio, its interval and the state are those of the times; systems with
 * equal names stay apart and each meets its partner; time to the target counts rounds. Fails if a
 * setting is dropped from what must agree, a fault of either side goes by, a ratio is turned over,
 * the error between runs is left out, or a cell is lost. */
#include "compare_fixture.h"

TestSuite(compare, .fini = clear_all);

static void expect_cell(rb_compare_state wanted, const char *reason) {
  const rb_compare_cell *cell = only_cell();
  cr_expect_eq(cell->state, wanted, "%s, not %s: %.3f (%.3f .. %.3f) %s",
               rb_compare_states[cell->state], rb_compare_states[wanted], cell->ratio[0],
               cell->ratio[1], cell->ratio[2], cell->reason ? cell->reason : "");
  if (reason)
    expect_in(cell->reason ? cell->reason : "", reason);
  else
    cr_expect_null(cell->reason);
  cr_expect_eq(compare.code, wanted <= RB_COMPARE_UNSURE ? RB_DONE : RB_INCONCLUSIVE);
}

/* ---- ratios ---- */

static void plant_two(double base_ns, double other_ns, double half) {
  begin_trace("pci:01");
  add_work("pci:01", 8, base_ns, half);
  end_trace();
  begin_trace("pci:02");
  add_work("pci:02", 8, other_ns, half);
  end_trace();
}

Test(compare, faster_slower_unsure) {
  plant_two(2e6, 1e6, 0.01);
  expect_cell(RB_COMPARE_FASTER, NULL);
  const rb_compare_cell *cell = only_cell();
  double beside = 1.959964 * hypot(0.01, 0.01);
  cr_expect_float_eq(cell->ratio[0], 2, 1e-12);
  cr_expect_float_eq(cell->ratio[1], 2 * exp(-hypot(hypot(log(1 / 0.99), log(1.01)), beside)),
                     1e-6);
  cr_expect_float_eq(cell->ratio[2], 2 * exp(hypot(hypot(log(1.01), log(1 / 0.99)), beside)), 1e-6);
  cr_expect_float_eq(cell->rate[0][0], 0.5e9, 1);
  cr_expect_float_eq(cell->rate[1][0], 1e9, 1);
  cr_expect_float_eq(cell->rate[1][1], 1e9 / 1.01, 1);
  cr_expect_float_eq(cell->rate[1][2], 1e9 / 0.99, 1);
  cr_expect_float_eq(compare.pairs[0].mean, 2, 1e-12);
  clear_all();
  plant_two(1e6, 2e6, 0.01);
  expect_cell(RB_COMPARE_SLOWER, NULL);
  clear_all();
  plant_two(1.02e6, 1e6, 0.001); /* runs differ by as much */
  expect_cell(RB_COMPARE_UNSURE, NULL);
  clear_all();
  plant_two(1.02e6, 1e6, 0.2);
  expect_cell(RB_COMPARE_UNSURE, NULL);
}

/* A machine whose roofs scatter cannot tell 10 % apart. */
Test(compare, scattered_roofs_widen_the_interval) {
  plant_two(1.1e6, 1e6, 0.001);
  expect_cell(RB_COMPARE_FASTER, NULL);
  clear_all();
  begin_trace("pci:01");
  add_work("pci:01", 8, 1.1e6, 0.001);
  end_trace();
  begin_trace("pci:02");
  add_roof("pci:02", 150, 12);
  add_work("pci:02", 8, 1e6, 0.001);
  end_trace();
  expect_cell(RB_COMPARE_UNSURE, NULL);
}

Test(compare, few_repetitions_have_no_interval) {
  plant_two(2e6, 1e6, 0.01);
  rb_record_spread(traces[1].records[3], RB_F_time_ns, (rb_spread){1e6, 0.99e6, 1.01e6, 5});
  expect_cell(RB_COMPARE_UNSURE, NULL);
  cr_expect_eq(only_cell()->ratio[0], 2);
  cr_expect(isnan(only_cell()->ratio[1]) && isnan(only_cell()->ratio[2]));
  char *text = compare_text(RB_FORMAT_TABLE);
  expect_in(text, "1 ratio without an interval");
  free(text);
}

/* ---- what must be the same ---- */

Test(compare, kernels_and_names_may_differ) {
  const rb_field texts[] = {RB_F_part,   RB_F_device,   RB_F_backend,    RB_F_variant,
                            RB_F_driver, RB_F_platform, RB_F_device_name};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    plant_two(2e6, 1e6, 0.01);
    rb_record_text(traces[1].records[3], texts[i], "other");
    expect_cell(RB_COMPARE_FASTER, NULL);
    clear_all();
  }
  plant_two(2e6, 1e6, 0.01);
  rb_record_integer(traces[1].records[3], RB_F_tile, 512);
  rb_record_integer(traces[1].records[3], RB_F_chunk, 2);
  rb_record_text(traces[1].records[3], RB_F_sampler, "direct"); /* where the other names none */
  expect_cell(RB_COMPARE_FASTER, NULL);
}

/* Every setting of a cell that is not in the lists above must agree. */
Test(compare, every_setting_must_agree) {
  const rb_field free_ones[] = {RB_F_part,    RB_F_device, RB_F_backend,
                                RB_F_variant, RB_F_tile,   RB_F_chunk};
  size_t n_tried = 0;
  for (size_t i = 0; i < rb_load_n_key; i++) {
    rb_field field = rb_load_key[i];
    bool is_free = false;
    for (size_t j = 0; j < sizeof free_ones / sizeof *free_ones; j++)
      is_free = is_free || field == free_ones[j];
    if (is_free)
      continue;
    plant_two(2e6, 1e6, 0.01);
    rb_record *other = traces[1].records[3];
    if (rb_schema[field].type == RB_TYPE_text)
      rb_record_text(other, field, field == RB_F_mode ? "learn" : "other");
    else if (rb_schema[field].type == RB_TYPE_integer)
      rb_record_integer(other, field, 77);
    else
      rb_record_real(other, field, 0.77);
    const rb_compare_pair *pair = only_pair();
    cr_expect_eq(compare.n_compared, 0, "%s", rb_schema[field].name);
    for (size_t j = 0; j < pair->n_cells; j++) {
      const char *reason = pair->cells[j].reason;
      cr_assert(reason != NULL, "%s", rb_schema[field].name);
      if (pair->n_cells == 1) {
        expect_in(reason, "different setting: ");
        expect_in(reason, rb_schema[field].name);
      } else
        expect_in(reason, "only in ");
    }
    n_tried++;
    clear_all();
  }
  cr_expect_eq(n_tried, rb_load_n_key - sizeof free_ones / sizeof *free_ones);
}

Test(compare, seeds_must_agree) {
  plant_two(2e6, 1e6, 0.01);
  rb_record_integer(traces[1].records[3], RB_F_seed, 4);
  expect_cell(RB_COMPARE_REFUSED, "different seed: 1 in 1, 4 in 2");
  clear_all();
  /* Seeds 1 to 3 against 2 to 5. */
  begin_trace("pci:01");
  for (uint64_t seed = 1; seed <= 3; seed++)
    rb_record_integer(add_work("pci:01", 8, 2e6, 0.01), RB_F_seed, seed);
  end_trace();
  begin_trace("pci:02");
  for (uint64_t seed = 5; seed >= 2; seed--)
    rb_record_integer(add_work("pci:02", 8, 1e6, 0.01), RB_F_seed, seed);
  end_trace();
  const rb_compare_pair *pair = only_pair();
  cr_expect_eq(pair->n_state[RB_COMPARE_FASTER], 2);
  cr_assert_eq(pair->n_cells, 4);
  for (size_t i = 0; i < 4; i++)
    if (pair->cells[i].state == RB_COMPARE_FASTER)
      cr_expect_eq(rb_load_compare(pair->cells[i].cells[0], pair->cells[i].cells[1], RB_F_seed), 0);
}

Test(compare, only_in_one) {
  begin_trace("pci:01");
  add_work("pci:01", 8, 2e6, 0.01);
  add_work("pci:01", 16, 2e6, 0.01);
  end_trace();
  begin_trace("pci:02");
  add_work("pci:02", 8, 1e6, 0.01);
  add_work("pci:02", 32, 1e6, 0.01);
  end_trace();
  const rb_compare_pair *pair = only_pair();
  cr_assert_eq(pair->n_cells, 3);
  cr_expect_eq(pair->n_state[RB_COMPARE_FASTER], 1);
  cr_expect_str_eq(pair->cells[1].reason, "only in 1");
  cr_expect_null(pair->cells[1].cells[1]);
  cr_expect_str_eq(pair->cells[2].reason, "only in 2");
  cr_expect_null(pair->cells[2].cells[0]);
  cr_expect_eq(compare.code, RB_DONE);
}

/* One configuration in two parts of a suite is a cell of each; what is left over repeats. */
Test(compare, repeated_cells) {
  const char *const parts[] = {"a", "b"};
  begin_trace("pci:01");
  for (int i = 1; i >= 0; i--)
    rb_record_text(add_work("pci:01", 8, i ? 4e6 : 2e6, 0.01), RB_F_part, parts[i]);
  end_trace();
  begin_trace("pci:02");
  for (int i = 0; i < 2; i++)
    rb_record_text(add_work("pci:02", 8, i ? 2e6 : 1e6, 0.01), RB_F_part, parts[i]);
  rb_record_text(add_work("pci:02", 8, 7e6, 0.01), RB_F_part, "c");
  end_trace();
  const rb_compare_pair *pair = only_pair();
  cr_assert_eq(pair->n_cells, 3);
  cr_expect_eq(pair->n_state[RB_COMPARE_FASTER], 2);
  cr_expect_eq(pair->cells[0].ratio[0], 2);
  cr_expect_eq(pair->cells[1].ratio[0], 2);
  expect_in(pair->cells[2].reason, "repeated in 2");
}

/* ---- what must be right ---- */

Test(compare, faults_of_either_side) {
  static const struct {
    rb_field field;
    const char *text, *before, *after;
  } faults[] = {{RB_F_status, "wrong", "wrong in ", ": off by 3"},
                {RB_F_status, "failed", "failed in ", ": off by 3"},
                {RB_F_status, "interrupted", "interrupted in ", ": off by 3"},
                {RB_F_status, "never heard of", "failed in ", ": off by 3"},
                {RB_F_verified, NULL, "not verified in ", ""},
                {RB_F_plausible, NULL, "above the roof in ", ": implausible"},
                {RB_F_time_ns, NULL, "no time in ", ""}};
  char wanted[64];
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
    for (int side = 0; side < 2; side++) {
      plant_two(2e6, 1e6, 0.01);
      rb_record *cell = traces[side].records[3];
      rb_record_text(cell, RB_F_reason, "off by 3");
      if (faults[i].text)
        rb_record_text(cell, faults[i].field, faults[i].text);
      else if (faults[i].field == RB_F_time_ns)
        rb_record_spread(cell, RB_F_time_ns, (rb_spread){-1, -1, -1, 12});
      else
        rb_record_truth(cell, faults[i].field, false);
      snprintf(wanted, sizeof wanted, "%s%d%s", faults[i].before, side + 1, faults[i].after);
      expect_cell(RB_COMPARE_REFUSED, wanted);
      clear_all();
    }
  plant_two(2e6, 1e6, 0.01); /* outside is right */
  rb_record_text(traces[0].records[3], RB_F_status, "outside");
  expect_cell(RB_COMPARE_FASTER, NULL);
}

Test(compare, modes_that_are_not_timed) {
  for (int wrong = 0; wrong < 2; wrong++) {
    begin_trace("pci:01");
    add_learned(8, 1, 0.2);
    end_trace();
    begin_trace("pci:01");
    rb_record_text(add_learned(8, 1, 0.2), RB_F_status, wrong ? "wrong" : "ok");
    end_trace();
    expect_cell(wrong ? RB_COMPARE_REFUSED : RB_COMPARE_UNTIMED, wrong ? "wrong in 2" : NULL);
    char *text = compare_text(RB_FORMAT_TABLE);
    expect_in(text, "nothing can be compared");
    expect_in(text, wrong ? "1 not comparable" : "1 right in both, without a time to compare");
    free(text);
    clear_all();
  }
}

/* ---- systems ---- */

static void expect_partners(const int *wanted, size_t n) {
  compared(RB_QUALITY_TARGET);
  cr_assert_eq(compare.systems.n, n, "%zu systems", compare.systems.n);
  for (size_t i = 0; i < n; i++)
    cr_expect_eq(compare.systems.list[i].partner, wanted[i], "system %zu: %d, not %d", i,
                 compare.systems.list[i].partner, wanted[i]);
}

static void add_backend(const char *device, const char *backend) {
  rb_record_text(add_work(device, 8, 1e6, 0.01), RB_F_backend, backend);
}

Test(compare, partners) {
  /* Backends meet their like; the reference is last and meets the reference. */
  begin_trace("a");
  add_backend("host reference", "reference");
  add_backend("a", "native");
  add_backend("a", "clblast");
  end_trace();
  begin_trace("b");
  add_backend("b", "clblast");
  add_backend("b", "native");
  add_backend("host reference", "reference");
  end_trace();
  expect_partners((const int[]){-1, -1, -1, 1, 0, 2}, 6);
  cr_expect(rb_load_is_reference(compare.systems.list[2].first));
  clear_all();
  /* A backend that the base does not have meets the first. */
  begin_trace("a");
  add_backend("a", "native");
  end_trace();
  begin_trace("a");
  add_backend("a", "clblast");
  end_trace();
  expect_partners((const int[]){-1, 0}, 2);
  clear_all();
  /* One trace of two devices; then one of one device and two backends; then nothing. */
  begin_trace("a");
  add_backend("a", "native");
  add_backend("b", "native");
  end_trace();
  expect_partners((const int[]){-1, 0}, 2);
  clear_all();
  begin_trace("a");
  add_backend("a", "native");
  add_backend("a", "clblast");
  end_trace();
  expect_partners((const int[]){-1, 0}, 2);
  clear_all();
  begin_trace("a");
  add_backend("a", "native");
  end_trace();
  expect_partners((const int[]){-1}, 1);
  cr_expect_eq(compare.code, RB_INCONCLUSIVE);
  char *text = compare_text(RB_FORMAT_TABLE);
  expect_in(text, "1 system in 1 trace: nothing to compare one with");
  free(text);
}

/* Driver, build and trace keep systems apart, whatever their names. */
Test(compare, equal_names_stay_apart) {
  begin_trace("pci:01");
  add_work("pci:01", 8, 2e6, 0.01);
  rb_record_text(add_work("pci:01", 8, 1e6, 0.01), RB_F_driver, "1.3");
  rb_record *run = begin_trace("pci:01"); /* a concatenated trace */
  rb_record_text(run, RB_F_git_revision, "later");
  add_work("pci:01", 8, 0.5e6, 0.01);
  end_trace();
  begin_trace("pci:01");
  add_work("pci:01", 8, 4e6, 0.01);
  end_trace();
  expect_partners((const int[]){-1, 0, 0, 0}, 4);
  const double ratios[] = {2, 4, 0.5};
  for (int i = 0; i < 3; i++)
    cr_expect_eq(compare.pairs[i].cells[0].ratio[0], ratios[i]);
  char *text = compare_flat();
  expect_in(text, " 1 GPU, driver 1.2, native; pci:01; suite speed 0123456789ab; relubench 0.1.0 "
                  "fedcba98");
  expect_in(text, " 2 GPU, driver 1.3, native");
  expect_in(text, "relubench 0.1.0 later");
  expect_in(text, " 4 GPU, driver 1.2, native");
  expect_in(text, "4 against 1: 0.500 times as fast (geometric mean of 1 cell, from 0.500 to "
                  "0.500); faster in 0, slower in 1, not told apart in 0");
  free(text);
}

Test(compare, more_systems_than_there_is_room_for) {
  char driver[16];
  begin_trace("pci:01");
  for (int i = 0; i <= RB_SYSTEM_MOST; i++) {
    snprintf(driver, sizeof driver, "%d", i);
    rb_record_text(add_work("pci:01", 8, 2e6, 0.01), RB_F_driver, driver);
  }
  end_trace();
  cr_expect_not(rb_compare_traces(traces, NULL, n_traces, 0.5, &compare, &err));
  cr_expect_eq(err.kind, RB_USAGE);
  expect_in(err.text, "more than 64 devices, backends and builds: compare fewer");
}

Test(compare, suites_that_differ) {
  plant_two(2e6, 1e6, 0.01);
  only_pair();
  cr_expect_not(compare.suites_differ);
  rb_record_text(traces[1].records[0], RB_F_suite_hash, "fedcba9876543210");
  expect_cell(RB_COMPARE_FASTER, NULL);
  cr_expect(compare.suites_differ);
  char *text = compare_text(RB_FORMAT_TABLE);
  expect_in(text, "note: the suites differ (speed 0123456789ab, speed fedcba987654): cells are");
  free(text);
  clear_all();
  /* A header is missing on one side. */
  plant_two(2e6, 1e6, 0.01);
  rb_record_free(traces[1].records[0]);
  traces[1].records[0] = rb_record_new("roof");
  expect_cell(RB_COMPARE_FASTER, NULL);
  cr_expect(compare.suites_differ);
}

/* ---- time to a target, energy ---- */

static rb_quality quality_of(uint64_t rounds, const double *each, size_t n, double last,
                             double target) {
  rb_record *cell = add_work("a", 8, 3e6, 0.01);
  rb_record_integer(cell, RB_F_rounds, rounds);
  rb_record_real(cell, RB_F_sin_theta, last);
  if (each)
    rb_record_reals(cell, RB_F_sin_theta_rounds, each, n);
  rb_quality quality = rb_quality_find(cell, target);
  clear();
  return quality;
}

Test(compare, rounds_to_the_target) {
  const double falling[] = {0.9, 0.5, 0.2}, again[] = {0.4, 0.9, 0.3}, lost[] = {0.9, NAN, 0.2};
  rb_quality q = quality_of(3, falling, 3, 0.2, 0.5);
  cr_expect(q.state == RB_QUALITY_REACHED && q.rounds == 2);
  cr_expect_float_eq(q.time[0], 2e6, 1e-3);
  cr_expect_float_eq(q.time[1], 1.98e6, 1e-3);
  cr_expect_float_eq(q.time[2], 2.02e6, 1e-3);
  q = quality_of(3, falling, 3, 0.2, 0.1);
  cr_expect(q.state == RB_QUALITY_MISSED && q.rounds == 0 && isnan(q.time[0]));
  q = quality_of(3, again, 3, 0.3, 0.5);
  cr_expect(q.state == RB_QUALITY_REACHED && q.rounds == 1);
  q = quality_of(3, lost, 3, 0.2, 0.5);
  cr_expect(q.state == RB_QUALITY_REACHED && q.rounds == 3);
  q = quality_of(1, NULL, 0, 0.5, 0.5);
  cr_expect(q.state == RB_QUALITY_REACHED && q.rounds == 1 && q.time[0] == 3e6);
  q = quality_of(1, NULL, 0, 0.51, 0.5);
  cr_expect(q.state == RB_QUALITY_MISSED);
  q = quality_of(1, NULL, 0, NAN, 0.5);
  cr_expect(q.state == RB_QUALITY_UNKNOWN);
  /* Of several rounds the last alone does not tell which was the first; nor does too short a list,
   * nor one that a hostile count of rounds asks for. */
  cr_expect_eq(quality_of(3, NULL, 0, 0.1, 0.5).state, RB_QUALITY_UNKNOWN);
  cr_expect_eq(quality_of(3, falling, 2, 0.1, 0.5).state, RB_QUALITY_UNKNOWN);
  cr_expect_eq(quality_of(UINT64_MAX, falling, 3, 0.1, 0.5).state, RB_QUALITY_UNKNOWN);
}

Test(compare, time_to_the_target) {
  const double slow[] = {0.9, 0.4}, quick[] = {0.3, 0.2};
  plant_two(2e6, 1e6, 0.01);
  for (int i = 0; i < 2; i++) {
    rb_record_integer(traces[i].records[3], RB_F_rounds, 2);
    rb_record_reals(traces[i].records[3], RB_F_sin_theta_rounds, i ? slow : quick, 2);
  }
  const rb_compare_cell *cell = only_cell();
  cr_expect_eq(cell->quality[0].rounds, 1);
  cr_expect_eq(cell->quality[1].rounds, 2);
  cr_expect_float_eq(cell->ratio[0], 2, 1e-12);
  cr_expect_float_eq(cell->quality_ratio[0], 1, 1e-12);
  cr_expect(cell->quality_ratio[1] < 1 && cell->quality_ratio[2] > 1);
  char *text = compare_text(RB_FORMAT_TABLE);
  expect_in(text, "sin-theta <= 0.5 is reached by 1 in 1 of 1 cell, by 2 in 1");
  free(text);
  compared(0.35); /* the other misses it */
  cell = &compare.pairs[0].cells[0];
  cr_expect_eq(cell->quality[1].state, RB_QUALITY_MISSED);
  cr_expect(isnan(cell->quality_ratio[0]));
  text = compare_text(RB_FORMAT_TABLE);
  expect_in(text, "sin-theta <= 0.35 is reached by 1 in 1 of 1 cell, by 2 in 0");
  free(text);
}

Test(compare, energy_of_a_round) {
  plant_two(2e6, 1e6, 0.01);
  rb_record_integer(traces[0].records[3], RB_F_rounds, 2);
  rb_record_integer(traces[1].records[3], RB_F_rounds, 2);
  rb_record_real(traces[0].records[3], RB_F_energy_j, 0.5);
  rb_record_text(traces[0].records[3], RB_F_energy, "RAPL: package-0");
  rb_record_text(traces[1].records[3], RB_F_energy, "unavailable: only root may read it");
  const rb_compare_cell *cell = only_cell();
  cr_expect_eq(cell->energy[0], 0.25);
  cr_expect(isnan(cell->energy[1]));
  char *text = compare_text(RB_FORMAT_TABLE);
  expect_in(text, "energy of 1: RAPL: package-0");
  expect_in(text, "energy of 2: unavailable: only root may read it");
  expect_in(text, "0.250");
  free(text);
  rb_record_real(traces[1].records[3], RB_F_energy_j, 0.25);
  only_cell();
  text = compare_text(RB_FORMAT_JSON);
  json_t *whole = json_loads(text, 0, NULL);
  cr_expect_float_eq(number_in(whole, 0, "energy_ratio"), 0.5, 1e-12);
  json_decref(whole);
  free(text);
  clear_all();
  plant_two(2e6, 1e6, 0.01); /* old traces say nothing */
  only_cell();
  text = compare_text(RB_FORMAT_TABLE);
  expect_in(text, "energy of 1: unavailable: the trace does not say");
  free(text);
}

/* ---- formats ---- */

Test(compare, formats) {
  begin_trace("pci:01");
  add_work("pci:01", 8, 2e6, 0.01);
  add_work("pci:01", 16, 2e6, 0.01);
  end_trace();
  rb_record *run = begin_trace("pci:02");
  rb_record_text(run, RB_F_suite, "evil\x1b[31m | \"suite\", \n");
  rb_record *cell = add_work("pci:02", 8, 1e6, 0.01);
  rb_record_text(cell, RB_F_clock, "host: no events");
  rb_record_text(cell, RB_F_device_name, "evil\x1b[31m | \"name\", \n");
  cell = add_work("pci:02", 16, 1e6, 0.01);
  rb_record_text(cell, RB_F_status, "failed");
  rb_record_text(cell, RB_F_reason, "evil\x1b[31m | \"reason\", \n");
  end_trace();
  only_pair();
  char *text = compare_text(RB_FORMAT_TABLE);
  expect_not_in(text, "\x1b");
  expect_in(text, "2 systems in 2 traces: 1 timed cell compared, 1 not comparable");
  expect_in(text, "500 M (495..505)");
  expect_in(text, "not comparable: T=16: failed in 2: evil\\x1b[31m");
  expect_in(text, "note: 1 and 2 were not timed by the same kind of clock");
  for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
    cr_expect_leq(strcspn(line, "\n"), 120);
  free(text);
  text = compare_text(RB_FORMAT_MD);
  expect_not_in(text, "\x1b");
  expect_in(text, "| 1: samples/s | 2: samples/s | 2/1 | roof 1 | roof 2 | state |");
  expect_in(text, "- not comparable: T=16: failed in 2: evil");
  free(text);
  text = compare_text(RB_FORMAT_CSV);
  expect_in(text, "base,other,part,mode,");
  expect_in(text, "\r\n1,2,p,time,");
  expect_in(text, "not comparable,\"failed in 2: evil");
  free(text);
  text = compare_text(RB_FORMAT_JSON);
  json_t *whole = json_loads(text, 0, NULL);
  cr_assert_not_null(whole);
  cr_expect_eq(rows_in(whole), 2);
  cr_expect_float_eq(number_in(whole, 0, "ratio"), 2, 1e-12);
  cr_expect(number_in(whole, 0, "ratio_lo") < 2 && number_in(whole, 0, "ratio_hi") > 2);
  cr_expect(isnan(number_in(whole, 1, "ratio")));
  cr_expect_str_eq(text_in(whole, 1, "state"), "not comparable");
  cr_expect_eq(json_integer_value(json_object_get(json_object_get(whole, "compare"), "exit_code")),
               0);
  cr_expect_eq(json_array_size(json_object_get(whole, "systems")), 2);
  json_decref(whole);
  free(text);
}

/* Empty traces, and cells that say hardly anything. */
Test(compare, bare_traces) {
  end_trace();
  end_trace();
  compared(0.5);
  cr_expect_eq(compare.code, RB_INCONCLUSIVE);
  for (int format = RB_FORMAT_TABLE; format <= RB_FORMAT_MD; format++)
    free(compare_text((rb_format)format));
  clear_all();
  for (int i = 0; i < 2; i++) {
    added(rb_record_new("cell"));
    rb_record *cell = added(rb_record_new("cell"));
    rb_record_text(cell, RB_F_status, "ok");
    rb_record_truth(cell, RB_F_verified, true);
    rb_record_text(cell, RB_F_mode, "time");
    rb_record_spread(cell, RB_F_time_ns, (rb_spread){1e6, 2e6, 0, 12}); /* no interval at all */
    end_trace();
  }
  compared(0.5);
  cr_expect_eq(compare.n_compared, 1);
  for (int format = RB_FORMAT_TABLE; format <= RB_FORMAT_MD; format++)
    free(compare_text((rb_format)format));
}
