// SPDX-License-Identifier: Apache-2.0
/* Proves: a planted growth is found: slope 1 beside a fixed cost, steeper and flatter ones, a cliff
 * and only that one, memory that stops growing; curves join exactly the cells that differ in one
 * axis; what allows no statement is refused with its reason, and a trace without an axis is an
 * error. Every format is written. Fails if sizes below the filled ones enter the slope, if a cliff
 * goes by or noise counts as one, if a setting is dropped from what a curve shares, or if cells
 * that are not verified count. */
#include "report/scaling.h"
#include "summary_fixture.h"

TestSuite(growth, .fini = clear);

/* ---- planting ---- */

static const rb_problem usual = {.d = 256, .r = 3, .T = 16, .m = 256, .n1 = 64, .n2 = 64};

/* A timed cell whose median is known to +-half relative, step sizes as the shape gives them. */
static rb_record *plant(rb_problem shape, double ns, double half) {
  rb_record *cell = add_timed(shape.T, 100);
  rb_problem settled = rb_problem_default();
  settled.d = shape.d, settled.r = shape.r, settled.m = shape.m;
  cr_assert(rb_problem_settle(&settled, &err), "%s", err.text);
  rb_record_text(cell, RB_F_part, "p");
  rb_record_integer(cell, RB_F_d, shape.d);
  rb_record_integer(cell, RB_F_r, shape.r);
  rb_record_integer(cell, RB_F_m, shape.m);
  rb_record_integer(cell, RB_F_n1, shape.n1);
  rb_record_integer(cell, RB_F_n2, shape.n2);
  rb_record_real(cell, RB_F_eta_a, settled.eta_a);
  rb_record_real(cell, RB_F_eta_w, settled.eta_w);
  rb_record_spread(cell, RB_F_time_ns, (rb_spread){ns, ns * (1 - half), ns * (1 + half), 12});
  rb_record_integer(cell, RB_F_peak_device_bytes, 1 << 20);
  return cell;
}

static rb_record *plant_n(uint32_t n, double ns) {
  rb_problem shape = usual;
  shape.n1 = shape.n2 = n;
  return plant(shape, ns, 0.005);
}

/* What no law explains, within what the intervals say. */
static double wiggle(uint32_t n) {
  return 1 + 0.003 * sin(7.0 * log(n));
}

static rb_growth read_growth(void) {
  static rb_trace trace;
  rb_growth growth;
  trace = built();
  cr_assert(rb_growth_read(&trace, &growth, &err), "%s", err.text);
  return growth;
}

/* The only curve, of the whole. */
static rb_growth_curve *only(rb_growth *growth) {
  cr_assert_eq(growth->n_curves, 1, "%zu curves", growth->n_curves);
  return &growth->curves[0];
}

static void expect_state(const rb_growth_curve *curve, rb_growth_state wanted) {
  cr_expect_eq(curve->state, wanted, "%s, not %s: slope %.3f (%.3f .. %.3f) from %zu; %s",
               rb_growth_states[curve->state], rb_growth_states[wanted], curve->slope[0],
               curve->slope[1], curve->slope[2], curve->first_filled, curve->reason);
}

static const rb_growth_point *point_at(const rb_growth_curve *curve, uint64_t size) {
  for (size_t i = 0; i < curve->n_points; i++)
    if (curve->points[i].size == size)
      return &curve->points[i];
  cr_assert(false, "no size %u", (unsigned)size);
  return NULL;
}

/* ---- slopes ---- */

/* The fixed cost is as much as 150 samples: 95 % of the best rate is reached at 2800 and more. */
Test(growth, slope_of_one_with_a_fixed_cost) {
  for (uint32_t n = 1; n <= 1 << 18; n *= 2)
    plant_n(n, (1.5e5 + 1e3 * n) * wiggle(n));
  rb_growth growth = read_growth();
  const rb_growth_curve *curve = only(&growth);
  expect_state(curve, RB_GROWTH_PROPORTIONAL);
  cr_expect_eq(curve->axis, RB_GROWTH_N);
  cr_expect_eq(curve->points[curve->first_filled].size, 4096);
  cr_expect_eq(curve->n_filled, 7);
  cr_expect_float_eq(curve->slope[0], 0.993, 0.003);
  cr_expect(curve->slope[1] < curve->slope[0] && curve->slope[2] > curve->slope[0]);
  cr_expect_eq(curve->n_cliffs, 0);
  cr_expect(curve->fixed[1] < 1.5e5 && curve->fixed[2] > 1.5e5);
  cr_expect_float_eq(curve->fixed[0], 1.5e5, 2e3);
  cr_expect_float_eq(curve->each[0], 1e3, 10);
  cr_expect_leq(curve->misfit, 0.005);
  cr_expect_float_eq(point_at(curve, 2)->slope,
                     log(1.5e5 + 2e3) / log(2) - log(1.5e5 + 1e3) / log(2), 0.01);
  cr_expect_float_eq(point_at(curve, 4096)->of_best, 4096 / 4246.0, 0.01);
  cr_expect_eq(growth.code, RB_DONE);
  rb_growth_free(&growth);
}

Test(growth, slopes_other_than_one) {
  const double powers[] = {1, 1.1, 0.9, 1.02};
  const rb_growth_state states[] = {RB_GROWTH_PROPORTIONAL, RB_GROWTH_ABOVE, RB_GROWTH_REFUSED,
                                    RB_GROWTH_PROPORTIONAL};
  for (int i = 0; i < 4; i++) {
    for (uint32_t n = 16; n <= 8192; n *= 2)
      plant_n(n, 1e3 * pow(n, powers[i]) * wiggle(n));
    rb_growth growth = read_growth();
    expect_state(only(&growth), states[i]);
    if (states[i] != RB_GROWTH_REFUSED)
      cr_expect_float_eq(growth.curves[0].slope[0], powers[i], 0.003);
    rb_growth_free(&growth);
    clear();
  }
}

/* Flatter than 1, and yet filled: the sizes are near each other. */
Test(growth, slope_below_one) {
  for (uint32_t n = 1000; n <= 1400; n += 40)
    plant_n(n, 1e3 * pow(n, 0.85));
  rb_growth growth = read_growth();
  expect_state(only(&growth), RB_GROWTH_BELOW);
  rb_growth_free(&growth);
}

/* A few large sizes were disturbed, and their intervals say so. */
/* The largest size caught a fast moment, as its interval shows: it is not the best rate. */
Test(growth, a_fast_moment_is_not_the_best) {
  rb_problem largest = usual;
  for (uint32_t n = 128; n <= 4096; n *= 2)
    plant_n(n, 1e3 * n * wiggle(n));
  largest.n1 = largest.n2 = 8192;
  plant(largest, 0.85 * 1e3 * 8192, 0.2);
  rb_growth growth = read_growth();
  const rb_growth_curve *curve = only(&growth);
  expect_state(curve, RB_GROWTH_PROPORTIONAL);
  cr_expect_eq(curve->n_filled, 7);
  cr_expect_eq(point_at(curve, 8192)->of_best, 1);
  rb_growth_free(&growth);
}

Test(growth, wide_medians_weigh_little) {
  rb_problem shape = usual;
  for (uint32_t n = 16; n <= 8192; n *= 2)
    plant_n(n, 1e3 * n * wiggle(n));
  for (uint32_t n = 3000; n <= 5000; n += 1000) {
    shape.n1 = shape.n2 = n;
    plant(shape, 1.6e3 * n, 0.5);
  }
  rb_growth growth = read_growth();
  expect_state(only(&growth), RB_GROWTH_PROPORTIONAL);
  rb_growth_free(&growth);
  clear();
  /* All of them wide: nothing can be told. */
  for (uint32_t n = 16; n <= 128; n *= 2) {
    shape.n1 = shape.n2 = n;
    plant(shape, 1e3 * n, 0.3);
  }
  growth = read_growth();
  expect_state(only(&growth), RB_GROWTH_INCONCLUSIVE);
  rb_growth_free(&growth);
}

/* ---- cliffs ---- */

Test(growth, cliff_to_all_larger_sizes) {
  for (uint32_t n = 16; n <= 8192; n *= 2)
    plant_n(n, 1e3 * n * wiggle(n) * (n >= 1024 ? 1.5 : 1));
  rb_growth growth = read_growth();
  const rb_growth_curve *curve = only(&growth);
  expect_state(curve, RB_GROWTH_CLIFF_FOUND);
  cr_expect_eq(curve->n_cliffs, 1);
  for (size_t i = 0; i < curve->n_points; i++)
    cr_expect_eq(curve->points[i].cliff, curve->points[i].size == 1024, "at %u",
                 (unsigned)curve->points[i].size);
  cr_expect_float_eq(point_at(curve, 1024)->step[0], 1.5, 0.015);
  cr_expect_float_eq(point_at(curve, 1024)->step[1],
                     1.5 * exp(-1.96 * sqrt(2) * hypot(0.01, 0.005 / 1.96)), 0.015);
  rb_growth_free(&growth);
}

Test(growth, cliff_at_one_odd_size) {
  for (uint32_t n = 16; n <= 8192; n *= 2)
    plant_n(n, 1e3 * n * wiggle(n));
  plant_n(1025, 1.5e3 * 1025);
  rb_growth growth = read_growth();
  expect_state(only(&growth), RB_GROWTH_CLIFF_FOUND);
  cr_expect(point_at(only(&growth), 1025)->cliff);
  cr_expect(isnan(point_at(only(&growth), 1025)->slope), "so near to 1024 it would be noise");
  cr_expect_eq(growth.curves[0].n_cliffs, 1);
  rb_growth_free(&growth);
}

/* Padding of sizes that do not fill the machine is told and does not decide. */
Test(growth, cliff_below_the_filled_sizes) {
  for (uint32_t n = 1; n <= 1 << 18; n *= 2)
    plant_n(n, (2e5 + 1e3 * n) * wiggle(n));
  plant_n(257, 1.3 * (2e5 + 1e3 * 257));
  rb_growth growth = read_growth();
  expect_state(only(&growth), RB_GROWTH_PROPORTIONAL);
  cr_expect(point_at(only(&growth), 257)->cliff);
  cr_expect_not(point_at(only(&growth), 257)->filled);
  cr_expect_eq(growth.curves[0].n_cliffs, 0);
  rb_growth_free(&growth);
}

Test(growth, noise_is_no_cliff) {
  rb_problem shape = usual;
  for (uint32_t n = 16; n <= 8192; n *= 2)
    if (n != 1024)
      plant_n(n, 1e3 * n * wiggle(n));
  shape.n1 = shape.n2 = 1024;
  plant(shape, 1.5e3 * 1024, 0.4);
  rb_growth growth = read_growth();
  cr_expect_eq(only(&growth)->n_cliffs, 0);
  cr_expect_not(point_at(only(&growth), 1024)->cliff);
  rb_growth_free(&growth);
}

/* ---- what makes a curve ---- */

static void plant_cross(void) {
  for (uint32_t i = 0; i < 4; i++) {
    rb_problem shape = usual;
    shape.m = 64 << i;
    plant(shape, 1e5 * shape.m, 0.005);
    shape = usual;
    shape.T = 16 << (i + 1);
    plant(shape, 1.6e6 * shape.T, 0.005);
    shape = usual;
    shape.d = 256 << (i + 1);
    plant(shape, 1e5 * shape.d, 0.005);
  }
}

Test(growth, each_axis_has_its_curve) {
  plant_cross(); /* they meet where m = 256, which belongs to the curves of T and d too */
  rb_growth growth = read_growth();
  const rb_growth_axis axes[] = {RB_GROWTH_T, RB_GROWTH_M, RB_GROWTH_D};
  const size_t sizes[] = {5, 4, 5};
  cr_assert_eq(growth.n_curves, 3);
  for (int i = 0; i < 3; i++) {
    cr_expect_eq(growth.curves[i].axis, axes[i]);
    cr_expect_eq(growth.curves[i].n_points, sizes[i]);
    expect_state(&growth.curves[i], RB_GROWTH_PROPORTIONAL);
  }
  rb_growth_free(&growth);
}

/* Four sizes of n1 = n2, and a fifth that differs in one thing more. */
Test(growth, every_setting_splits_a_curve) {
  const rb_field texts[] = {RB_F_part,  RB_F_device, RB_F_backend,  RB_F_sampler, RB_F_law,
                            RB_F_tasks, RB_F_inputs, RB_F_ablation, RB_F_workload};
  const rb_field numbers[] = {RB_F_d, RB_F_r, RB_F_T, RB_F_m, RB_F_rounds, RB_F_n2};
  const rb_field steps[] = {RB_F_eta_a, RB_F_eta_w, RB_F_decay};
  for (size_t i = 0; i < 9 + 6 + 3; i++) {
    for (uint32_t n = 16; n <= 128; n *= 2)
      plant_n(n, 1e3 * n);
    rb_record *other = plant_n(256, 1e3 * 256);
    if (i < 9)
      rb_record_text(other, texts[i], "other");
    else if (i < 15)
      rb_record_integer(other, numbers[i - 9], 5);
    else
      rb_record_real(other, steps[i - 15], 0.123);
    rb_growth growth = read_growth();
    cr_expect_eq(only(&growth)->n_points, 4, "setting %zu", i);
    rb_growth_free(&growth);
    clear();
  }
  /* Step sizes that the suite names, and another one. */
  for (uint32_t n = 16; n <= 256; n *= 2)
    rb_record_real(plant_n(n, 1e3 * n), RB_F_eta_a, n < 256 ? 0.5 : 0.25);
  rb_growth named = read_growth();
  cr_expect_eq(only(&named)->n_points, 4);
  rb_growth_free(&named);
  clear();
  /* These follow from the size. */
  for (uint32_t n = 16; n <= 128; n *= 2) {
    rb_record *cell = plant_n(n, 1e3 * n);
    rb_record_integer(cell, RB_F_tile, n);
    rb_record_integer(cell, RB_F_chunk, n);
    rb_record_text(cell, RB_F_variant, n < 64 ? "a" : "b");
  }
  rb_growth growth = read_growth();
  cr_expect_eq(only(&growth)->n_points, 4);
  rb_growth_free(&growth);
}

Test(growth, one_size_twice_is_refused) {
  for (uint32_t n = 16; n <= 128; n *= 2)
    for (uint64_t tile = 8; tile <= 16; tile *= 2)
      rb_record_integer(plant_n(n, 1e3 * n), RB_F_tile, tile);
  rb_growth growth = read_growth();
  expect_state(only(&growth), RB_GROWTH_REFUSED);
  expect_in(only(&growth)->reason, "is there twice, with another tile");
  cr_expect_eq(growth.code, RB_INCONCLUSIVE);
  rb_growth_free(&growth);
}

Test(growth, seeds_are_one_size) {
  for (uint32_t n = 16; n <= 128; n *= 2)
    for (uint64_t seed = 1; seed <= 3; seed++)
      rb_record_integer(plant_n(n, 1e3 * n * (0.99 + 0.005 * (double)seed)), RB_F_seed, seed);
  rb_growth growth = read_growth();
  const rb_growth_point *first = point_at(only(&growth), 16);
  cr_expect_eq(only(&growth)->n_points, 4);
  cr_expect_float_eq(first->time[0], 16e3, 1);
  cr_expect_float_eq(first->time[1], 0.995 * 16e3, 1);
  cr_expect_float_eq(first->time[2], 1.005 * 16e3, 1);
  rb_growth_free(&growth);
}

/* ---- what cannot be judged ---- */

static void expect_no_axis(void) {
  rb_growth growth;
  rb_trace trace = built();
  err = (rb_err){0};
  cr_expect_not(rb_growth_read(&trace, &growth, &err));
  cr_expect_eq(err.kind, RB_INCONCLUSIVE);
  expect_in(err.text, "the trace has no axis to judge");
  expect_in(err.text, "relubench run scaling");
  rb_growth_free(&growth);
  clear();
}

Test(growth, no_axis) {
  expect_no_axis(); /* empty */
  plant_n(16, 1e3);
  expect_no_axis(); /* a single size */
  plant_n(16, 1e3), plant_n(32, 2e3);
  expect_no_axis(); /* two */
  for (uint32_t n = 16; n <= 256; n *= 2)
    rb_record_text(plant_n(n, 1e3 * n), RB_F_mode, "learn");
  expect_no_axis();                         /* not timed */
  for (uint32_t T = 16; T <= 256; T *= 2) { /* two things at once */
    rb_problem shape = usual;
    shape.T = T, shape.n1 = shape.n2 = 8192 / T;
    plant(shape, 1e6, 0.005);
  }
  expect_no_axis();
  for (uint32_t n = 16; n <= 256; n *= 2) /* half of the work */
    rb_record_integer(plant_n(n, 1e3 * n), RB_F_n2, 16);
  expect_no_axis();
}

Test(growth, too_little_is_refused) {
  for (uint32_t n = 16; n <= 256; n *= 2) {
    rb_record *cell = plant_n(n, 1e3 * n);
    if (n > 32)
      rb_record_text(cell, RB_F_status, "failed");
    rb_record_text(cell, RB_F_reason, "no memory");
  }
  rb_growth growth = read_growth();
  expect_state(only(&growth), RB_GROWTH_REFUSED);
  cr_expect_eq(only(&growth)->n_used, 2);
  expect_in(only(&growth)->reason, "2 of 5 sizes can be used, and a slope needs 3");
  cr_expect_eq(growth.code, RB_INCONCLUSIVE);
  rb_growth_free(&growth);
  clear();
  /* A machine that is never filled: the best rate is that of the largest size alone. */
  for (uint32_t n = 16; n <= 256; n *= 2)
    plant_n(n, 1e3 * sqrt(n));
  growth = read_growth();
  expect_state(only(&growth), RB_GROWTH_REFUSED);
  expect_in(only(&growth)->reason, "only 1 of its sizes fills the machine");
  rb_growth_free(&growth);
}

Test(growth, cells_that_do_not_count) {
  const char *const bad[] = {"wrong", "failed", "interrupted"};
  for (uint32_t n = 16; n <= 256; n *= 2)
    plant_n(n, 1e3 * n);
  for (int i = 0; i < 3; i++)
    rb_record_text(plant_n(300 + (uint32_t)i, 9e6), RB_F_status, bad[i]);
  rb_record_truth(plant_n(400, 9e6), RB_F_plausible, false);
  rb_growth growth = read_growth();
  const rb_growth_curve *curve = only(&growth);
  cr_expect_eq(curve->n_points, 9);
  cr_expect_eq(curve->n_used, 5);
  expect_state(curve, RB_GROWTH_PROPORTIONAL);
  rb_growth_free(&growth);
}

/* ---- memory ---- */

Test(growth, memory_that_stops_growing) {
  for (uint32_t n = 16; n <= 1024; n *= 2)
    rb_record_integer(plant_n(n, 1e3 * n), RB_F_peak_device_bytes,
                      n < 128 ? (uint64_t)n << 20 : (128u << 20) + n);
  rb_growth growth = read_growth();
  cr_expect_eq(only(&growth)->points[only(&growth)->first_flat].size, 128);
  rb_growth_free(&growth);
  clear();
  for (uint32_t n = 16; n <= 1024; n *= 2)
    rb_record_integer(plant_n(n, 1e3 * n), RB_F_peak_device_bytes, (uint64_t)n << 20);
  growth = read_growth();
  cr_expect_eq(only(&growth)->first_flat, only(&growth)->n_points);
  rb_growth_free(&growth);
}

/* ---- formats ---- */

static char *written(const rb_growth *growth, rb_format format) {
  FILE *out = open_memstream(&taken, &n_taken);
  rb_scaling_options options = {.format = format, .path = "a.gz"};
  cr_assert(rb_scaling_show(growth, &options, out, &err), "%s", err.text);
  fclose(out);
  return taken;
}

static size_t count_lines(const char *text) {
  size_t n = 0;
  for (; *text; text++)
    n += *text == '\n';
  return n;
}

Test(growth, formats) {
  add_run(8);
  for (uint32_t n = 16; n <= 1024; n *= 2)
    plant_n(n, 1e3 * n * (n >= 256 ? 1.5 : 1));
  rb_record *failed = plant_n(2048, 1);
  rb_record_text(failed, RB_F_status, "failed");
  rb_record_text(failed, RB_F_reason, "no \x1b[31mmemory");
  rb_growth growth = read_growth();

  char *text = written(&growth, RB_FORMAT_TABLE);
  expect_in(text, "time is proportional to the work along 0 of 1 curve; 1 with a cliff\n");
  expect_in(text, "time over n at backend=native d=256 T=16 m=256\n");
  expect_in(text,
            "cliff at n = 256: the time for each unit of n is 1.5 times (at least 1.46 times)");
  expect_in(text, "left out n = 2048: failed: no \\x1b[31mmemory");
  expect_in(text, "peak memory is 1.00 MiB, the same within 5 %, at every size");
  expect_in(text, "filled, cliff");
  expect_not_in(text, "\x1b");
  free(text);

  text = written(&growth, RB_FORMAT_CSV);
  cr_expect_eq(count_lines(text), 9);
  free(text);

  text = written(&growth, RB_FORMAT_MD);
  expect_in(text, "- cliff at n = 256");
  expect_in(text, "| curve | axis | size | time (95 %)");
  free(text);

  text = written(&growth, RB_FORMAT_JSON);
  json_t *whole = json_loads(text, 0, NULL);
  cr_assert_not_null(whole, "%s", text);
  free(text);
  const json_t *curve = json_array_get(json_object_get(whole, "curves"), 0);
  cr_expect_str_eq(json_string_value(json_object_get(curve, "state")), "cliff");
  cr_expect_eq(json_integer_value(json_object_get(curve, "filled_from")), 16);
  cr_expect_eq(json_integer_value(json_object_get(curve, "filled_to")), 1024);
  cr_expect(json_is_null(json_object_get(curve, "n1")), "n1 varies");
  cr_expect_eq(json_integer_value(json_object_get(curve, "m")), 256);
  cr_expect_eq(json_array_size(json_object_get(whole, "sizes")), 8);
  cr_expect_eq(json_integer_value(json_object_get(json_object_get(whole, "scaling"), "n_cliff")),
               1);
  json_decref(whole);
  rb_growth_free(&growth);
}

/* Roofs that scatter make every time uncertain, of their own device alone. */
Test(growth, a_busy_machine) {
  for (uint32_t n = 16; n <= 8192; n *= 2)
    plant_n(n, 1e3 * n * wiggle(n) * (n >= 1024 ? 1.3 : 1));
  const double roofs[] = {200, 202, 201};
  for (int i = 0; i < 3; i++)
    add_roof("pci:01", roofs[i], 20);
  add_roof("pci:02", 90, 20);
  rb_growth growth = read_growth();
  expect_state(only(&growth), RB_GROWTH_CLIFF_FOUND);
  cr_expect_float_eq(growth.curves[0].run_error, 0.01, 1e-9);
  char *text = written(&growth, RB_FORMAT_TABLE);
  expect_not_in(text, "something else ran");
  free(text);
  rb_growth_free(&growth);
  clear();
  for (uint32_t n = 16; n <= 8192; n *= 2)
    plant_n(n, 1e3 * n * wiggle(n) * (n >= 1024 ? 1.3 : 1));
  for (uint32_t n = 16; n <= 8192; n *= 2)
    rb_record_text(plant_n(n, 1e3 * n), RB_F_device, "pci:02");
  for (int i = 0; i < 3; i++)
    add_roof("pci:01", i == 1 ? 100 : 200, 20);
  growth = read_growth();
  cr_assert_eq(growth.n_curves, 2);
  expect_state(&growth.curves[0], RB_GROWTH_INCONCLUSIVE);
  expect_state(&growth.curves[1], RB_GROWTH_PROPORTIONAL);
  cr_expect_float_eq(growth.curves[0].run_error, log(2) / sqrt(3), 1e-9);
  text = written(&growth, RB_FORMAT_TABLE);
  expect_in(text, "warning: the compute roof scattered by 40 % during the run");
  free(text);
  rb_growth_free(&growth);
}

/* Nothing that a trace may hold breaks a fit or a format. */
Test(growth, any_trace_is_written) {
  const double times[] = {0, -1, 1, 1e-308, 1e308, NAN, INFINITY, 5};
  const uint64_t sizes[] = {0, 1, 2, 3, 1000, UINT64_MAX - 1, UINT64_MAX, 7};
  for (int i = 0; i < 64; i++) {
    rb_record *cell = plant_n(1, 1);
    double ns = times[i % 8];
    rb_record_integer(cell, RB_F_n1, sizes[i / 8]);
    rb_record_integer(cell, RB_F_n2, sizes[i / 8]);
    rb_record_integer(cell, RB_F_T, 1 + (uint64_t)(i % 8));
    rb_record_integer(cell, RB_F_m, i % 3 ? UINT64_MAX : 64);
    rb_record_spread(cell, RB_F_time_ns, (rb_spread){ns, times[(i + 3) % 8], times[i / 8], 0});
    rb_record_text(cell, RB_F_backend, i % 2 ? "a\x1b]0;\n|`b" : "native");
  }
  add_roof("pci:01", NAN, NAN);
  rb_growth growth = read_growth();
  for (int format = RB_FORMAT_TABLE; format <= RB_FORMAT_MD; format++) {
    char *text = written(&growth, (rb_format)format);
    cr_expect_gt(count_lines(text), 3);
    expect_not_in(text, "\x1b");
    expect_not_in(text, "nan");
    free(text);
  }
  rb_growth_free(&growth);
}
