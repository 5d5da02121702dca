// SPDX-License-Identifier: Apache-2.0
/* The regression gate on hostile traces (hostile.h): the first byte chooses format, pairs or
 * separate runs, and how many traces are the baseline. Proves: the gate decides or refuses; states
 * and code agree with the counts; what it says is harmless; a side against itself in the same order
 * never is a regression. */
#include "hostile.h"
#include "report/gateview.h"
#include "report/junit.h"
#include "report/noise.h"
#include "report/sides.h"

static void check_gate(const rb_gate *gate) {
  size_t n = 0;
  for (int i = 0; i < RB_GATE_N_STATES; i++)
    n += gate->n_state[i];
  REQUIRE(n == gate->n_cells);
  REQUIRE(gate->code != RB_DONE ||
          (gate->n_state[RB_GATE_SLOWER] == 0 && gate->n_state[RB_GATE_WRONG] == 0 &&
           gate->n_state[RB_GATE_MISSING] == 0));
  REQUIRE(gate->code >= RB_DONE && gate->code <= RB_MISSING && gate->code != RB_USAGE &&
          gate->code != RB_NO_DEVICE);
}

static void show(const rb_gate *gate, rb_format format) {
  written w;
  rb_err err = {0};
  written_begin(&w);
  REQUIRE_OK(rb_gateview_show(gate, format, w.out, &err), err);
  written_is(&w, format);
  written_begin(&w);
  REQUIRE_OK(rb_junit_gate(gate, w.out, &err), err);
  written_is_xml(&w);
}

static void show_noise(const rb_gate *gate, rb_format format) {
  rb_noise noise = {0};
  written w;
  rb_err err = {0};
  if (rb_noise_add(&noise, gate, &err)) {
    written_begin(&w);
    REQUIRE_OK(rb_noise_show(&noise, true, format, w.out, &err), err);
    written_is(&w, format);
  } else {
    REQUIRE(err.kind != RB_DONE && err.text[0]);
  }
  rb_noise_free(&noise);
}

static void judge(const rb_sides *sides, rb_format format, bool same) {
  rb_gate gate = {0};
  rb_err err = {0};
  if (rb_sides_gate(sides, &gate, &err)) {
    check_gate(&gate);
    REQUIRE(!same || gate.n_state[RB_GATE_SLOWER] == 0);
    show(&gate, format);
    show_noise(&gate, format);
  } else {
    REQUIRE((err.kind == RB_USAGE || err.kind == RB_INCONCLUSIVE) && err.text[0]);
  }
  rb_gate_free(&gate);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  if (n < 2)
    return 0;
  hostile h = hostile_read(data + 1, n - 1);
  rb_format format = (rb_format)(data[0] % 4);
  bool paired = data[0] & 4;
  size_t n_base = paired ? h.n / 2 : 1 + data[0] / 8u % 3;
  if (h.n > 0) {
    rb_sides same = {.first = {h.traces, h.traces, h.n, h.n},
                     .paired = paired,
                     .margin = 0.02,
                     .run_sd = RB_GATE_RUN_SD};
    judge(&same, format, true);
  }
  if (n_base > 0 && h.n > n_base) {
    rb_sides sides = {
        .first = {h.traces, h.traces + n_base, n_base, paired ? n_base : h.n - n_base},
        .paired = paired,
        .margin = 0.02,
        .run_sd = RB_GATE_RUN_SD};
    if (data[0] & 32)
      sides.second = sides.first;
    judge(&sides, format, false);
  }
  hostile_free(&h);
  return 0;
}
