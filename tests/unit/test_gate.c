// SPDX-License-Identifier: Apache-2.0
/* Proves: on a virtual clock with a machine that drifts by 3 % (correlation time 15 runs), has a
 * run effect of 1 % and 5 % outliers, the gate raises no false alarm in 400 gates of identical
 * sides, nor with +1 % or -5 % planted, and finds +5 % in at least 95 %; so with separate runs
 * against their roof, whose machine differs between the sides. Bounds and p values are those of
 * tables of the rank tests; Holm's procedure rejects what a worked example does; each state has its
 * exit code. Fails if one stage decides alone, a margin is left out, a rank is off by one, or pairs
 * are taken for separate runs. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/philox.h"
#include "report/gate.h"

static rb_err err;

/* ---- numbers ---- */

static rb_gate_shift paired(const double *d, size_t n, double margin) {
  rb_gate_shift shift;
  cr_assert(rb_gate_paired(d, n, margin, &shift, &err), "%s", err.text);
  return shift;
}

/* Critical values of the signed-rank test, one-sided 5 % (e.g. Conover, table A12): n = 8: 5, 10:
 * 10, 20: 60. */
Test(gate, bounds_of_pairs) {
  const size_t sizes[] = {8, 10, 20}, criticals[] = {5, 10, 60};
  double d[20], walsh[210];
  for (size_t k = 0; k < 3; k++) {
    size_t n = sizes[k], used = 0;
    for (size_t i = 0; i < n; i++)
      d[i] = pow(1.37, (double)i) - 3; /* no two averages alike */
    for (size_t i = 0; i < n; i++)
      for (size_t j = i; j < n; j++)
        walsh[used++] = 0.5 * (d[i] + d[j]);
    rb_gate_shift shift = paired(d, n, 0.02);
    size_t below = 0, above = 0;
    for (size_t i = 0; i < used; i++) {
      below += walsh[i] < shift.lo;
      above += walsh[i] > shift.hi;
    }
    cr_expect(shift.able && below == criticals[k] && above == criticals[k],
              "n = %zu: %zu below, %zu above", n, below, above);
    cr_expect(shift.lo <= shift.value && shift.value <= shift.hi);
  }
  cr_expect_not(paired(d, 7, 0.02).able);
}

/* The test at a margin rejects exactly when the bound has passed it. */
Test(gate, bounds_and_tests_agree) {
  rb_random random = rb_random_make(3, RB_STREAM_CHECK);
  double d[27], base[6], fresh[6];
  const rb_gate_known known = {1e-4, 1e-5};
  for (int i = 0; i < 500; i++) {
    size_t n = 8 + rb_random_below(&random, 20);
    for (size_t j = 0; j < n; j++)
      d[j] = 0.02 + 0.02 * rb_random_normal(&random);
    rb_gate_shift s = paired(d, n, 0.02);
    cr_assert_eq(s.p_slower <= RB_GATE_ALPHA, s.lo > 0.02);
    cr_assert_eq(s.p_same <= RB_GATE_ALPHA, s.hi < 0.02);
    cr_assert_eq(s.p_faster <= RB_GATE_ALPHA, s.hi < -0.02);
    for (size_t j = 0; j < 6; j++) {
      base[j] = 0.01 * rb_random_normal(&random);
      fresh[j] = 0.035 + 0.01 * rb_random_normal(&random);
    }
    cr_assert(rb_gate_unpaired(base, 6, fresh, 3 + i % 4, known, 0.02, &s, &err));
    cr_assert_eq(s.p_slower <= RB_GATE_ALPHA, s.lo > 0.02, "p %g, lo %g", s.p_slower, s.lo);
    cr_assert_eq(s.p_same <= RB_GATE_ALPHA, s.hi < 0.02);
  }
}

/* Mann and Whitney, one-sided 5 %: 3 and 3 runs can decide (1 of 20), 3 and 2 cannot; 19 and 1 can.
 */
Test(gate, runs_that_can_decide) {
  static const struct {
    size_t n_base, n_fresh;
    bool able;
  } table[] = {{1, 1, false}, {2, 2, false}, {3, 2, false},  {3, 3, true},
               {5, 1, false}, {5, 2, true},  {18, 1, false}, {19, 1, true}};
  double base[19], fresh[19];
  for (int i = 0; i < 19; i++) {
    base[i] = 0.0001 * i;
    fresh[i] = 1 + 0.0001 * i;
  }
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    rb_gate_shift s;
    cr_assert(rb_gate_unpaired(base, table[i].n_base, fresh, table[i].n_fresh,
                               (rb_gate_known){1e-4, 1e-5}, 0.02, &s, &err));
    cr_expect_eq(s.able, table[i].able, "%zu and %zu", table[i].n_base, table[i].n_fresh);
    cr_expect_eq(s.p_slower <= RB_GATE_ALPHA, table[i].able);
  }
}

Test(gate, sizes) {
  /* (1.6449 + 0.8416) 0.02 / sqrt(20) */
  cr_expect_float_eq(rb_gate_detectable(0.02, 20), 0.01112, 1e-5);
  cr_expect_eq(rb_gate_pairs_wanted(0, 0.02, 0.02), 8);
  cr_expect_eq(rb_gate_pairs_wanted(0.02, 0.02, 0.02), 0);
  cr_expect_eq(rb_gate_pairs_wanted(0.5, 0.02, 0.02), 8);
}

/* ---- deciding ---- */

static rb_gate_shift said(double p_slower, double p_same, double p_faster) {
  return (rb_gate_shift){.p_slower = p_slower,
                         .p_same = p_same,
                         .p_faster = p_faster,
                         .n_base = 20,
                         .n_fresh = 20,
                         .able = true};
}

/* 0.01 * 4 <= 0.05, 0.015 * 3 <= 0.05, 0.03 * 2 > 0.05, and then nothing more. */
Test(gate, step_down_stops) {
  rb_gate_cell cells[4];
  const double p[] = {0.04, 0.01, 0.03, 0.015};
  rb_gate gate = {.cells = cells, .n_cells = 4, .margin = 0.02, .paired = true};
  for (int i = 0; i < 4; i++)
    cells[i] =
        (rb_gate_cell){.timed = true, .first = said(0.001, 1, 1), .second = said(p[i], 1, 1)};
  cr_assert(rb_gate_decide(&gate, &err));
  cr_expect_eq(gate.n_state[RB_GATE_SLOWER], 2);
  cr_expect(cells[1].state == RB_GATE_SLOWER && cells[3].state == RB_GATE_SLOWER);
  cr_expect_eq(gate.code, RB_REGRESSION);
}

Test(gate, only_the_second_stage_decides) {
  rb_gate_cell cell = {.timed = true, .first = said(1e-6, 1, 1)};
  rb_gate gate = {.cells = &cell, .n_cells = 1, .margin = 0.02, .paired = true};
  cr_assert(rb_gate_decide(&gate, &err));
  cr_expect(cell.suspect && cell.state == RB_GATE_UNSURE && gate.code == RB_INCONCLUSIVE);
  cell.second = said(1, 0.01, 1);
  cr_assert(rb_gate_decide(&gate, &err));
  cr_expect(cell.state == RB_GATE_SAME && gate.code == RB_DONE);
  cell.second = said(0.2, 0.2, 1);
  cr_assert(rb_gate_decide(&gate, &err));
  cr_expect(cell.state == RB_GATE_UNSURE && gate.code == RB_INCONCLUSIVE);
  cell.second = said(0.01, 1, 1);
  cr_assert(rb_gate_decide(&gate, &err));
  cr_expect(cell.state == RB_GATE_SLOWER && gate.code == RB_REGRESSION);
  cell.first = said(0.3, 1, 1); /* no suspect: what came later does not count */
  cr_assert(rb_gate_decide(&gate, &err));
  cr_expect(cell.state == RB_GATE_UNSURE);
}

/* Noise that is larger than the margin: above it by chance is not enough. */
Test(gate, nothing_changed_must_be_excluded) {
  rb_gate_cell cell = {.timed = true, .first = said(0.01, 1, 1), .second = said(0.01, 1, 1)};
  rb_gate gate = {.cells = &cell, .n_cells = 1, .margin = 0.02, .paired = true};
  cell.second.p_nothing = 0.006;
  cr_assert(rb_gate_decide(&gate, &err));
  cr_expect(cell.state == RB_GATE_UNSURE && gate.code == RB_INCONCLUSIVE);
  cell.second.p_nothing = 0.005;
  cr_assert(rb_gate_decide(&gate, &err));
  cr_expect(cell.state == RB_GATE_SLOWER && gate.code == RB_REGRESSION);
}

/* 5 before 4 before 7 before 1 before 6 before 0. */
Test(gate, codes) {
  const rb_gate_cell made[] = {
      {.timed = true, .first = said(1, 0.001, 1)},
      {.timed = true, .first = said(1, 1, 1)},
      {.timed = true, .first = said(1e-6, 1, 1), .second = said(1e-6, 1, 1)},
      {.state = RB_GATE_MISSING},
      {.state = RB_GATE_WRONG},
      {.state = RB_GATE_MISSING, .failed = true}};
  const int codes[] = {0, 6, 1, 7, 4, 5};
  rb_gate_cell cells[6];
  rb_gate gate = {.cells = cells, .margin = 0.02, .paired = true};
  for (size_t n = 0; n < 6; n++) {
    memcpy(cells, made, sizeof made);
    gate.n_cells = n + 1;
    cr_assert(rb_gate_decide(&gate, &err));
    cr_expect_eq(gate.code, codes[n], "%zu cells: %d", n + 1, gate.code);
  }
  memcpy(cells, made, sizeof made);
  cells[0].differs = true;
  gate.n_cells = 1;
  cr_assert(rb_gate_decide(&gate, &err));
  cr_expect(gate.code == RB_REGRESSION && cells[0].state == RB_GATE_SAME);
  gate.n_cells = 0;
  cr_assert(rb_gate_decide(&gate, &err));
  cr_expect_eq(gate.code, RB_INCONCLUSIVE, "nothing was compared");
}

/* Each pair by itself: four in a row come in all 16 ways. */
Test(gate, order_is_drawn_for_each_pair) {
  bool first[256], again[256];
  size_t n_of[16] = {0};
  rb_gate_order(7, 256, first);
  rb_gate_order(7, 256, again);
  for (size_t i = 0; i + 4 <= 256; i++)
    n_of[first[i] | first[i + 1] << 1 | first[i + 2] << 2 | first[i + 3] << 3]++;
  for (size_t i = 0; i < 16; i++)
    cr_expect(n_of[i] > 4 && n_of[i] < 40, "way %zu: %zu of 253", i, n_of[i]);
  cr_expect_eq(memcmp(first, again, sizeof first), 0);
}

/* ---- a virtual machine ---- */

enum { CELLS = 4, PAIRS = 20 };

typedef struct machine {
  rb_random random;
  double drift;
  double tide; /* what every other two runs take longer, */
  size_t runs; /* by their count */
  size_t n_pairs, n_cells;
} machine;

static double noise = 1; /* all of the above, times this; and a quiet machine does nothing else */

static machine machine_of(uint64_t seed) {
  machine m = {.random = rb_random_make(seed, RB_STREAM_CHECK), .n_pairs = PAIRS, .n_cells = CELLS};
  m.drift = 0.03 * rb_random_normal(&m.random);
  return m;
}

/* One run: ln t of every cell without what was planted. *speed: what all of it has in common. */
static void run(machine *m, double t[CELLS], double *speed) {
  const double kept = exp(-1.0 / 15);
  m->drift = kept * m->drift + noise * 0.03 * sqrt(1 - kept * kept) * rb_random_normal(&m->random);
  double effect = noise * 0.01 * rb_random_normal(&m->random);
  if (rb_random_uniform(&m->random) < 0.05)
    effect += noise * (0.1 + 0.4 * rb_random_uniform(&m->random));
  if (m->tide > 0)
    effect += (m->runs++ / 2 % 2 ? m->tide : 0) + 0.1 * m->tide * rb_random_normal(&m->random);
  for (int i = 0; i < CELLS; i++)
    t[i] = m->drift + effect + 0.003 * rb_random_normal(&m->random);
  *speed = m->drift;
}

static void pairs(machine *m, uint64_t seed, double planted, double d[CELLS][PAIRS]) {
  bool fresh_first[PAIRS];
  rb_gate_order(seed, m->n_pairs, fresh_first);
  for (size_t i = 0; i < m->n_pairs; i++) {
    double first[CELLS], second[CELLS], speed;
    run(m, first, &speed);
    run(m, second, &speed);
    for (int c = 0; c < CELLS; c++)
      d[c][i] =
          (c == 0 ? planted : 0) + (fresh_first[i] ? first[c] - second[c] : second[c] - first[c]);
  }
}

/* The whole of `ab`, second stage included. */
static int gate_on(machine m, uint64_t seed, double planted) {
  double d[CELLS][PAIRS];
  rb_gate_cell cells[CELLS] = {0};
  rb_gate gate = {.cells = cells, .n_cells = m.n_cells, .margin = RB_GATE_MARGIN, .paired = true};
  pairs(&m, 2 * seed, planted, d);
  for (size_t c = 0; c < m.n_cells; c++) {
    cells[c].timed = true;
    cells[c].first = paired(d[c], m.n_pairs, log1p(gate.margin));
  }
  cr_assert(rb_gate_decide(&gate, &err));
  if (gate.n_suspects == 0)
    return gate.code;
  pairs(&m, 2 * seed + 1, planted, d);
  for (size_t c = 0; c < m.n_cells; c++)
    cells[c].second = paired(d[c], m.n_pairs, log1p(gate.margin));
  cr_assert(rb_gate_decide(&gate, &err));
  return gate.code;
}

static int gate_of_pairs(uint64_t seed, double planted) {
  return gate_on(machine_of(seed), seed, planted);
}

/* A host that moves two processors onto one core for two runs of every four: seen, with alarms in 4
 * gates of 20 where the order was turns of ABBA and BAAB and pairs were tested against the margin
 * alone. */
static int gate_in_tides(uint64_t seed, double planted) {
  machine m = machine_of(seed);
  m.tide = 0.5;
  m.n_pairs = RB_GATE_LEAST;
  m.n_cells = 1;
  m.runs = rb_random_below(&m.random, 4);
  return gate_on(m, seed, planted);
}

/* Alarms (code 1) and passes in n gates. */
static void count(int (*gate)(uint64_t, double), double planted, int n, int *alarms, int *passes) {
  *alarms = *passes = 0;
  for (int i = 0; i < n; i++) {
    int code = gate((uint64_t)i + 1, planted);
    *alarms += code == RB_REGRESSION;
    *passes += code == RB_DONE;
  }
}

static void expect_gates(const char *name, int (*gate)(uint64_t, double)) {
  enum { N = 400 };
  const double planted[] = {0, log(1.05), log(0.95), log(1.01)};
  for (int i = 0; i < 4; i++) {
    int alarms, passes;
    count(gate, planted[i], N, &alarms, &passes);
    printf("%s, %+.0f %%: %d alarms, %d passes in %d gates\n", name, 100 * expm1(planted[i]),
           alarms, passes, N);
    if (i == 1)
      cr_expect(alarms >= 0.95 * N, "%s: +5 %% found in %d of %d", name, alarms, N);
    else
      cr_expect_eq(alarms, 0, "%s: %d false alarms", name, alarms);
    cr_expect(i == 1 ? passes == 0 : passes > 0 || i == 3);
  }
}

Test(gate, simulated_pairs) {
  expect_gates("pairs", gate_of_pairs);
}

/* The chance that is left, .2 by the first stage and .005 by the second, is 1 in 1000. */
Test(gate, simulated_tides) {
  enum { N = 1000 };
  int alarms, passes;
  count(gate_in_tides, 0, N, &alarms, &passes);
  printf("pairs in tides, +0 %%: %d alarms, %d passes in %d gates\n", alarms, passes, N);
  cr_expect(alarms <= 5, "%d false alarms", alarms);
  count(gate_in_tides, log(2), N, &alarms, &passes);
  printf("pairs in tides, +100 %%: %d alarms, %d passes in %d gates\n", alarms, passes, N);
  cr_expect(alarms > 0.9 * N && passes == 0);
}

/* ---- separate runs ---- */

enum { RUNS = 5, LOADED_OF_10 = 2 };

/* A session of `n` runs: the roof of the same run drifts with the cells, which follow it only to a
 * part; in one of five sessions another program runs too, which delays each of them differently. */
static void session(machine *m, double planted, rb_gate_run runs[CELLS][RUNS]) {
  const double follows[CELLS] = {1, 0.9, 0.7, 1.1};
  bool loaded = noise == 1 && rb_random_below(&m->random, 10) < LOADED_OF_10;
  m->drift = noise * 0.03 * rb_random_normal(&m->random);
  for (int i = 0; i < RUNS; i++) {
    double t[CELLS], speed, load[3] = {0};
    run(m, t, &speed);
    for (int j = 0; loaded && j < 3; j++)
      load[j] = 0.3 * rb_random_uniform(&m->random);
    for (int c = 0; c < CELLS; c++) {
      double time = t[c] - speed + follows[c] * speed + (c == 0 ? planted : 0);
      runs[c][i] = (rb_gate_run){.ln_time = time + load[0],
                                 .ln_early = time - 0.005 + fmin(load[0], load[1]),
                                 .ln_roof = -speed + 0.003 * rb_random_normal(&m->random) -
                                            fmin(load[0], load[2]),
                                 .error = 0.002};
    }
  }
}

/* The whole of `check`, confirmed where there is a suspect. */
static int gate_of_runs(uint64_t seed, double planted) {
  machine m = machine_of(seed);
  rb_gate_run base[CELLS][RUNS], fresh[CELLS][RUNS];
  rb_gate_cell cells[CELLS] = {0};
  rb_gate gate = {.cells = cells, .n_cells = CELLS, .margin = RB_GATE_MARGIN};
  session(&m, 0, base);
  for (int stage = 0; stage < 2; stage++) {
    session(&m, planted, fresh);
    for (int c = 0; c < CELLS; c++) {
      cells[c].timed = true;
      cr_assert(rb_gate_runs(base[c], RUNS, fresh[c], RUNS, 0.01, log1p(gate.margin),
                             stage ? &cells[c].second : &cells[c].first, &err));
    }
    cr_assert(rb_gate_decide(&gate, &err));
    if (gate.n_suspects == 0)
      break;
  }
  return gate.code;
}

/* Nothing here can find +5 % as often as pairs do; what counts is that it raises no false alarm. */
Test(gate, simulated_runs) {
  enum { N = 300 };
  const double planted[] = {0, log(0.95), log(1.01), log(1.05), log(1.15)};
  for (int i = 0; i < 5; i++) {
    int alarms, passes;
    count(gate_of_runs, planted[i], N, &alarms, &passes);
    printf("runs, %+.0f %%: %d alarms, %d passes in %d gates\n", 100 * expm1(planted[i]), alarms,
           passes, N);
    if (i < 3)
      cr_expect_eq(alarms, 0, "%d false alarms", alarms);
    if (i == 4)
      cr_expect(alarms >= N / 2);
    cr_expect(i < 3 || passes == 0);
  }
}

/* With a third of that noise, and nothing else running, +5 % is found and most pass. */
Test(gate, simulated_runs_of_a_quiet_machine) {
  enum { N = 200 };
  int alarms, passes;
  noise = 1.0 / 3;
  count(gate_of_runs, log(1.05), N, &alarms, &passes);
  printf("quiet runs, +5 %%: %d alarms in %d gates\n", alarms, N);
  cr_expect(alarms >= 0.6 * N && passes == 0);
  count(gate_of_runs, 0, N, &alarms, &passes);
  printf("quiet runs, +0 %%: %d alarms, %d passes in %d gates\n", alarms, passes, N);
  cr_expect(alarms == 0 && passes >= N / 2);
}

/* One run a side supports nothing, however far apart they are. */
Test(gate, single_runs) {
  rb_gate_run base = {.ln_time = 0, .ln_early = 0, .ln_roof = 0, .error = 0.001}, fresh = base;
  rb_gate_shift shift;
  fresh.ln_time = fresh.ln_early = 1;
  cr_assert(rb_gate_runs(&base, 1, &fresh, 1, 0.01, 0.02, &shift, &err));
  cr_expect(!shift.able && shift.p_slower > RB_GATE_SCREEN && shift.p_same > RB_GATE_ALPHA);
  cr_expect_float_eq(shift.value, 1, 1e-12);
}
