// SPDX-License-Identifier: Apache-2.0
/* Proves: the roofs are rates of work that was done, with every launch beside the best. Fails if a
 * probe is not checked: mutants that leave the loop early or copy one half only are then believed,
 * and are faster. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include "cl/program.h"
#include "fixture.h"
#include "study/roof.h"

enum { N_LAUNCHES = 4 };

static void expect_probe(const rb_probe *probe) {
  const rb_spread *s = &probe->spread;
  cr_assert_eq(s->n, (size_t)N_LAUNCHES);
  cr_assert(s->lo > 0 && s->lo <= s->median && s->median <= s->hi && s->hi <= probe->best);
}

Test(roof, rates_of_every_launch) {
  fixture f = fixture_open("rates", true);
  rb_roof roof;
  rb_err err;
  char text[64];
  const rb_probe *fma = &roof.arithmetic[RB_ARITHMETIC_MULTIPLY_ADD];
  cr_assert(rb_roof_measure(f.session, N_LAUNCHES, true, &roof, &err), "%s", err.text);
  expect_probe(fma);
  expect_probe(&roof.copy);
  cr_assert_eq(roof.gflops, fma->best);
  cr_assert_eq(roof.gb_per_s, roof.copy.best);
  cr_assert(fma->chains >= 8 && fma->width >= 1 && roof.copy.bytes >= 64 << 10);
  rb_roof_describe(fma, text, sizeof text);
  cr_assert(strstr(text, "chains of"), "%s", text);
  rb_roof_describe(&roof.copy, text, sizeof text);
  cr_assert(strstr(text, "iB"), "%s", text);
  cr_assert(rb_session_check_guards(f.session, &err), "%s", err.text);
  cr_assert_eq(rb_session_live_bytes(f.session), 0u);
  fixture_close(&f);
  fixture_no_leaks();
}

Test(roof, a_loop_left_early_is_wrong) {
  fixture f = fixture_open("loop", false);
  char *text = fixture_mutate("probe.cl", "t < turns;", "t < turns - turns / 8;");
  rb_roof roof;
  rb_err err;
  rb_program_plant("probe.cl", text);
  cr_assert_not(rb_roof_measure(f.session, N_LAUNCHES, true, &roof, &err));
  cr_assert_eq(err.kind, RB_WRONG, "%s", err.text);
  cr_assert(strstr(err.text, "measuring the roofs: probe_fma with "), "%s", err.text);
  rb_program_plant("probe.cl", NULL);
  free(text);
  fixture_close(&f);
}

Test(roof, a_loop_of_tensor_cores_left_early_is_wrong) {
  fixture f = fixture_open("tensor loop", false);
  char *text = fixture_mutate("probe.cl", "turn < turns;", "turn < turns - turns / 8;");
  rb_roof roof;
  rb_err err;
  rb_program_plant("probe.cl", text);
  bool ok = rb_roof_measure(f.session, N_LAUNCHES, true, &roof, &err);
  if (rb_variant_tensor_cores(f.device))
    cr_assert(!ok && err.kind == RB_WRONG && strstr(err.text, "probe_tensor with "), "%s",
              err.text);
  else
    cr_assert(ok && roof.arithmetic[RB_ARITHMETIC_TF32X3].best == 0 &&
              roof.arithmetic[RB_ARITHMETIC_HALF].best == 0 &&
              roof.gflops == roof.arithmetic[RB_ARITHMETIC_MULTIPLY_ADD].best);
  rb_program_plant("probe.cl", NULL);
  free(text);
  fixture_close(&f);
}

Test(roof, half_a_copy_is_wrong) {
  fixture f = fixture_open("copy", false);
  char *text = fixture_mutate("probe.cl", "k >= count)", "k >= count / 2)");
  rb_roof roof;
  rb_err err;
  rb_program_plant("probe.cl", text);
  /* Where even half of it takes longer than the driver's command, that is what is measured. */
  if (rb_roof_measure(f.session, N_LAUNCHES, true, &roof, &err))
    cr_assert_eq(roof.copy.width, 0u, "vectors of %u", roof.copy.width);
  else
    cr_assert(err.kind == RB_WRONG && strstr(err.text, "the copy probe: bytes "), "%s", err.text);
  rb_program_plant("probe.cl", NULL);
  free(text);
  fixture_close(&f);
}
