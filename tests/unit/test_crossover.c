// SPDX-License-Identifier: Apache-2.0
/* Proves: a planted crossover is found where the planted costs are equal, along each axis, upwards,
 * downwards and twice; noise around 1 makes none; where there is none it is said who is faster, or
 * that nothing is told apart; cells that differ in two things make no curve, and what cannot be
 * compared is no point. Fails if sizes or ratios are interpolated without logarithms, if a size
 * that is not told apart decides, if a setting is dropped from what a curve shares, or if a twin of
 * a size counts. */
#include "compare_fixture.h"
#include "report/growth.h"

TestSuite(crossover, .fini = clear_all);

/* A pair of cells whose other one is `ratio` times as fast, in traces that are under way. */
static rb_record *bases[64], *others[64];
static size_t n_planted;

static void plant(rb_problem shape, double ratio) {
  rb_problem settled = rb_problem_default();
  settled.d = shape.d, settled.r = shape.r, settled.m = shape.m;
  cr_assert(rb_problem_settle(&settled, &err), "%s", err.text);
  for (int i = 0; i < 2; i++) {
    rb_record *cell = add_work(i ? "b" : "a", shape.T, i ? 1e6 / ratio : 1e6, 0.005);
    rb_record_integer(cell, RB_F_d, shape.d);
    rb_record_integer(cell, RB_F_m, shape.m);
    rb_record_integer(cell, RB_F_r, shape.r);
    rb_record_integer(cell, RB_F_n1, shape.n1);
    rb_record_integer(cell, RB_F_n2, shape.n2);
    rb_record_real(cell, RB_F_eta_a, settled.eta_a);
    rb_record_real(cell, RB_F_eta_w, settled.eta_w);
    *(i ? &others[n_planted] : &bases[n_planted]) = cell;
  }
  n_planted++;
}

static const rb_problem usual = {.d = 256, .r = 3, .T = 16, .m = 256, .n1 = 64, .n2 = 64};

static void plant_m(uint32_t m, double ratio) {
  rb_problem shape = usual;
  shape.m = m;
  plant(shape, ratio);
}

/* Device b is compared with a in one trace. */
static const rb_compare_pair *judged(void) {
  begin_trace("a");
  end_trace();
  n_planted = 0;
  return only_pair();
}

static const rb_crossover *only_crossover(void) {
  const rb_compare_pair *pair = judged();
  cr_assert_eq(pair->n_crossovers, 1, "%zu crossovers", pair->n_crossovers);
  return &pair->crossovers[0];
}

static void expect_text(const char *part) {
  char *text = compare_flat();
  expect_in(text, part);
  free(text);
}

/* ratio = (m / 100)^0.5, so they are equal at 100, between 64 and 128. */
Test(crossover, upwards) {
  for (uint32_t m = 16; m <= 512; m *= 2)
    plant_m(m, sqrt(m / 100.0));
  const rb_crossover *one = only_crossover();
  cr_expect_eq(one->axis, RB_GROWTH_M);
  cr_expect_eq(one->state, RB_CROSSOVER_UP);
  cr_expect_float_eq(one->size, 100, 1e-6);
  cr_expect_eq(one->between[0], 64);
  cr_expect_eq(one->between[1], 128);
  cr_expect_eq(one->n_sizes, 6);
  cr_expect_eq(one->n_told, 6);
  cr_expect_eq(one->range[0], 16);
  cr_expect_eq(one->range[1], 512);
  expect_text("2 overtakes 1 at m = 100 (between 64 and 128)");
}

Test(crossover, downwards) {
  for (uint32_t m = 16; m <= 512; m *= 2)
    plant_m(m, 100.0 / m);
  const rb_crossover *one = only_crossover();
  cr_expect_eq(one->state, RB_CROSSOVER_DOWN);
  cr_expect_float_eq(one->size, 100, 1e-6);
  expect_text("1 overtakes 2 at m = 100");
}

Test(crossover, along_each_axis) {
  for (int axis = 0; axis < RB_GROWTH_N_AXES; axis++) {
    for (uint32_t size = 16; size <= 512; size *= 2) {
      rb_problem shape = usual;
      uint32_t *const where[] = {&shape.n1, &shape.T, &shape.m, &shape.d};
      *where[axis] = size;
      shape.n2 = shape.n1;
      plant(shape, size / 100.0);
    }
    const rb_crossover *one = only_crossover();
    cr_expect_eq(one->axis, axis);
    cr_expect_eq(one->state, RB_CROSSOVER_UP);
    cr_expect_float_eq(one->size, 100, 1e-6);
    clear_all();
  }
}

Test(crossover, twice) {
  const double ratio[] = {0.5, 2, 2, 0.5};
  for (int i = 0; i < 4; i++)
    plant_m(16u << i, ratio[i]);
  const rb_compare_pair *pair = judged();
  cr_assert_eq(pair->n_crossovers, 2);
  cr_expect_eq(pair->crossovers[0].state, RB_CROSSOVER_UP);
  cr_expect_float_eq(pair->crossovers[0].size, sqrt(16 * 32), 1e-6);
  cr_expect_eq(pair->crossovers[1].state, RB_CROSSOVER_DOWN);
  cr_expect_float_eq(pair->crossovers[1].size, sqrt(64 * 128), 1e-6);
  cr_expect_eq(pair->crossovers[0].curve, pair->crossovers[1].curve);
}

/* Sizes that are not told apart lie between those that are: the line through them decides where. */
Test(crossover, sizes_that_are_not_told_apart) {
  const double ratio[] = {0.5, 0.99, 1.01, 0.995, 2};
  for (int i = 0; i < 5; i++)
    plant_m(16u << i, ratio[i]);
  const rb_crossover *one = only_crossover();
  cr_expect_eq(one->state, RB_CROSSOVER_UP);
  cr_expect(one->size > 32 && one->size < 64, "%g", one->size);
  cr_expect_eq(one->between[0], 16);
  cr_expect_eq(one->between[1], 256);
  cr_expect_eq(one->n_told, 2);
}

Test(crossover, noise_makes_none) {
  for (int i = 0; i < 6; i++)
    plant_m(16u << i, i % 2 ? 1.01 : 0.99);
  const rb_crossover *one = only_crossover();
  cr_expect_eq(one->state, RB_CROSSOVER_UNSURE);
  cr_expect(isnan(one->size) && one->between[0] == 0 && one->n_told == 0);
  expect_text("no crossover in range, and no size from 16 to 512 at which the two are told apart");
  clear_all();
  /* Nor does it beside sizes where one is faster. */
  const double ratio[] = {2, 0.99, 1.5};
  for (int i = 0; i < 3; i++)
    plant_m(16u << i, ratio[i]);
  cr_expect_eq(only_crossover()->state, RB_CROSSOVER_FASTER);
  expect_text("no crossover in range; 2 is the faster one at 2 of 3 sizes from 16 to 64");
  clear_all();
  plant_m(16, 0.5), plant_m(32, 0.6);
  cr_expect_eq(only_crossover()->state, RB_CROSSOVER_SLOWER);
  expect_text("no crossover in range; 1 is the faster one at 2 of 2 sizes from 16 to 32");
}

static size_t n_found(void) {
  size_t n = judged()->n_crossovers;
  clear_all();
  return n;
}

Test(crossover, what_is_no_curve) {
  plant_m(16, 0.5); /* a single size */
  cr_expect_eq(n_found(), 0);
  rb_problem shape = usual; /* two things at once */
  plant(shape, 0.5);
  shape.m = 512, shape.d = 512;
  plant(shape, 2);
  cr_expect_eq(n_found(), 0);
  shape = usual; /* samples of one step alone */
  plant(shape, 0.5);
  shape.n1 = 128;
  plant(shape, 2);
  cr_expect_eq(n_found(), 0);
  plant_m(16, 0.5), plant_m(32, 2); /* another seed */
  rb_record_integer(bases[1], RB_F_seed, 2);
  rb_record_integer(others[1], RB_F_seed, 2);
  cr_expect_eq(n_found(), 0);
  plant_m(16, 0.5), plant_m(32, 2); /* named step sizes, at one of the two */
  rb_record_real(bases[1], RB_F_eta_a, 0.123);
  rb_record_real(others[1], RB_F_eta_a, 0.123);
  cr_expect_eq(n_found(), 0);
  plant_m(16, 0.5), plant_m(32, 2); /* one cannot be compared */
  rb_record_truth(others[1], RB_F_verified, false);
  cr_expect_eq(n_found(), 0);
  plant_m(16, 0.5), plant_m(32, 2); /* parts, tiles and kernels do not count */
  rb_record_text(bases[1], RB_F_part, "q");
  rb_record_text(others[1], RB_F_part, "q");
  rb_record_integer(bases[1], RB_F_tile, 99);
  rb_record_text(others[1], RB_F_variant, "other");
  cr_expect_eq(n_found(), 1);
}

/* A size that two parts of a suite have. */
Test(crossover, twins_count_once) {
  plant_m(16, 0.5), plant_m(16, 0.5), plant_m(32, 2);
  rb_record_text(bases[1], RB_F_part, "q");
  rb_record_text(others[1], RB_F_part, "q");
  const rb_crossover *one = only_crossover();
  cr_expect_eq(one->n_sizes, 2);
  cr_expect_float_eq(one->size, sqrt(16 * 32), 1e-6);
}
