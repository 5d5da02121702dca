// SPDX-License-Identifier: Apache-2.0
/* Proves: cells of two sides meet by part, id and device, in the order of the baseline; those of
 * pairs, where no id is shared, by what they compute; a cell on another device is told from one
 * that is missing; launches, flop and memory that differ are named, also of a phase that one side
 * alone has, and fail separate runs but no pairs. Fails if a device tells pairs apart, two cells of
 * one run pass for a pair, a new phase goes unseen, or other kernels are compared. The program's
 * tests (tests/cli/check.sh, ab.sh) look at states, codes and words. */
#include "compare_fixture.h"
#include "report/sides.h"

static rb_gate gate;

static void clear_gate(void) {
  rb_gate_free(&gate);
  clear_all();
}
TestSuite(sides, .fini = clear_gate);

static rb_record *add_sided(const char *device, const char *id, uint64_t T) {
  rb_record *cell = add_work(device, T, 1e6, 0.01);
  rb_record_text(cell, RB_F_id, id);
  rb_record_text(cell, RB_F_variant, "vector8");
  return cell;
}

/* Trace 0 is the baseline, trace 1 the new side. */
static const rb_gate *judged(bool paired) {
  rb_sides sides = {.first = {&traces[0], &traces[1], 1, 1},
                    .paired = paired,
                    .margin = RB_GATE_MARGIN,
                    .run_sd = RB_GATE_RUN_SD};
  rb_gate_free(&gate);
  cr_assert(rb_sides_gate(&sides, &gate, &err), "%s", err.text);
  return &gate;
}

Test(sides, order_and_absences) {
  add_sided("one", "id-b", 4);
  add_sided("one", "id-a", 2);
  add_sided("one", "id-c", 8);
  end_trace();
  add_sided("one", "id-a", 2);
  add_sided("two", "id-b", 4);
  add_sided("one", "id-d", 16);
  end_trace();
  const rb_gate *g = judged(false);
  cr_assert_eq(g->n_cells, 3);
  cr_expect_str_eq(g->cells[0].id, "id-b");
  cr_expect_str_eq(g->cells[1].id, "id-a");
  cr_expect_eq(g->cells[0].state, RB_GATE_NOT_COMPARABLE);
  cr_expect_eq(g->cells[1].state, RB_GATE_UNSURE); /* one run a side */
  cr_expect_eq(g->cells[2].state, RB_GATE_MISSING);
  cr_assert_eq(g->n_notes, 1);
  cr_expect_str_eq(g->notes[0], "1 cell of the new side is not in the baseline");
}

Test(sides, pairs_meet_on_two_devices_and_by_work) {
  for (int same_id = 0; same_id < 2; same_id++) {
    add_sided("one", "id-a", 2);
    end_trace();
    rb_record *cell = add_sided("two", same_id ? "id-a" : "id-other", 2);
    rb_record_text(cell, RB_F_backend, "clblast");
    end_trace();
    cr_expect_eq(judged(true)->cells[0].first.n_base, 1, "one pair");
    cr_expect_eq(judged(false)->cells[0].state, RB_GATE_NOT_COMPARABLE);
    clear_all();
  }
}

Test(sides, two_cells_of_a_run_are_no_pair) {
  add_sided("one", "id-a", 2);
  end_trace();
  add_sided("one", "id-a", 2);
  add_sided("one", "id-a", 2);
  end_trace();
  cr_expect_eq(judged(true)->cells[0].state, RB_GATE_NOT_COMPARABLE);
  cr_expect_str_eq(gate.cells[0].reason, "several cells of a run match it");
}

Test(sides, counts) {
  rb_record *cell = add_sided("one", "id-a", 2);
  rb_record_map(cell, RB_F_launches, "head/product", 2);
  rb_record_map(cell, RB_F_launches, "head/labels", 1);
  rb_record_real(cell, RB_F_flop, 100);
  end_trace();
  cell = add_sided("one", "id-a", 2);
  rb_record_map(cell, RB_F_launches, "head/product", 3);
  rb_record_map(cell, RB_F_launches, "head/copy", 4);
  rb_record_real(cell, RB_F_flop, 101);
  end_trace();
  const char *wanted = "launches of head/product: 3, were 2; launches of head/labels: 0, were 1; "
                       "launches of head/copy: 4, were 0; flop: 101, were 100";
  cr_expect_str_eq(judged(false)->cells[0].exact, wanted);
  cr_expect(gate.cells[0].differs && gate.code == RB_REGRESSION);
  cr_expect_str_eq(judged(true)->cells[0].exact, wanted);
  cr_expect_not(gate.cells[0].differs);
  rb_record_text(cell, RB_F_variant, "tiles");
  cr_expect_str_eq(judged(false)->cells[0].exact,
                   "other kernels, so counts are not compared: tiles, were vector8");
  cr_expect_not(gate.cells[0].differs);
}
