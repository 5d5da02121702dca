// SPDX-License-Identifier: Apache-2.0
/* Proves: what calibration tells is what gates of a program against itself say: the bound of the
 * chance of an alarm (0 of 299: 1 %; 1 of 20: as tables of Clopper and Pearson), the deviation
 * pooled over gates, the margin of the worst cell and never below 2 %; a program that does not
 * agree with itself is an error. Fails if the bound forgets alarms, if the mean of a gate counts as
 * noise, or if a wrong cell calibrates. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "report/noise.h"

static rb_err err;

static rb_gate_cell cell_of(const char *name, double sd, double value) {
  rb_gate_cell cell = {.timed = true,
                       .first = {.value = value, .sd = sd, .n_base = 16, .n_fresh = 16}};
  snprintf(cell.name, sizeof cell.name, "%s", name);
  return cell;
}

Test(noise, bound_of_alarms) {
  cr_expect_float_eq(rb_noise_alarm_bound(0, 299), 1 - pow(0.05, 1.0 / 299), 1e-9);
  cr_expect(rb_noise_alarm_bound(0, 299) < 0.01 && rb_noise_alarm_bound(0, 298) > 0.01);
  cr_expect_float_eq(rb_noise_alarm_bound(1, 20), 0.2161, 1e-4);
  cr_expect_eq(rb_noise_alarm_bound(3, 3), 1);
}

Test(noise, pools_gates) {
  rb_noise noise = {0};
  rb_gate_cell cells[2];
  rb_gate gate = {.cells = cells, .n_cells = 2, .n_base = 16, .margin = 0.02};
  cells[0] = cell_of("a", 0.03, 0.005);
  cells[1] = cell_of("b", 0.001, -0.0001);
  cr_assert(rb_noise_add(&noise, &gate, &err), "%s", err.text);
  cells[0] = cell_of("a", 0.05, -0.04);
  gate.code = RB_INCONCLUSIVE;
  cr_assert(rb_noise_add(&noise, &gate, &err));
  gate.code = RB_REGRESSION;
  cr_assert(rb_noise_add(&noise, &gate, &err));
  cr_expect(noise.n_gates == 3 && noise.n_alarms == 1 && noise.n_unsure == 1 && noise.n_cells == 2);
  double sd = sqrt((0.03 * 0.03 + 2 * 0.05 * 0.05) / 3);
  cr_expect_float_eq(rb_noise_sd(&noise.cells[0]), sd, 1e-12);
  cr_expect_float_eq(rb_noise_worst_sd(&noise), sd, 1e-12);
  cr_expect_float_eq(noise.cells[0].largest, 0.04, 1e-12);
  double least = expm1(2.4865 * sd / 4);
  cr_expect(rb_noise_margin(&noise) >= least && rb_noise_margin(&noise) < least + 0.002);
  noise.cells[0].squares = 0;
  cr_expect_eq(rb_noise_margin(&noise), RB_GATE_MARGIN);
  rb_noise_free(&noise);
}

Test(noise, disagreement_is_an_error) {
  rb_noise noise = {0};
  rb_gate_cell cell = cell_of("a", 0.01, 0);
  rb_gate gate = {.cells = &cell, .n_cells = 1, .n_base = 16, .code = RB_WRONG};
  cell.state = RB_GATE_WRONG;
  snprintf(cell.reason, sizeof cell.reason, "planted");
  cr_expect_not(rb_noise_add(&noise, &gate, &err));
  cr_expect_eq(err.kind, RB_WRONG);
  cr_expect(strstr(err.text, "a: planted"));
  cell.state = RB_GATE_SAME;
  cell.timed = false;
  gate.code = RB_DONE;
  cr_expect_not(rb_noise_add(&noise, &gate, &err));
  cr_expect_eq(err.kind, RB_INCONCLUSIVE);
  rb_noise_free(&noise);
}
