// SPDX-License-Identifier: Apache-2.0
/* Proves: device memory does not grow with the samples: at n = 2^20 a cell wants and takes the
 * bytes of n = 2^14; what is taken is what was laid out, and all of it is given back. Fails if a
 * buffer is sized by n or T, or if the session miscounts. The whole training at 2^20 runs where it
 * takes seconds: devices with explicit vectors. */
#include <criterion/criterion.h>
#include <stdio.h>
#include "fixture.h"
#include "net/train.h"

static rb_problem problem_of(uint32_t n) {
  rb_problem p = rb_problem_default();
  rb_err err = {0};
  p.d = p.m = 16;
  p.T = 1;
  p.n1 = p.n2 = n;
  cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
  return p;
}

static uint64_t peak_of(fixture *f, uint32_t n) {
  rb_problem p = problem_of(n);
  rb_layout layout = fixture_layout(f, &p, RB_BACKEND_NATIVE, 0, NULL);
  rb_trained trained;
  rb_err err = {0};
  cr_assert(rb_train_device(f->session, &p, &layout, &trained, &err), "%s", err.text);
  cr_assert(trained.error <= 1, "%s", trained.where);
  cr_assert_eq(trained.peak_bytes, layout.bytes, "n = %u: peak %llu, laid out %llu", n,
               (unsigned long long)trained.peak_bytes, (unsigned long long)layout.bytes);
  cr_assert_eq(rb_session_live_bytes(f->session), 0);
  uint64_t peak = trained.peak_bytes;
  rb_train_free(&trained);
  return peak;
}

Test(memory, layout) {
  fixture f = fixture_open("memory layout", false);
  for (int backend = RB_BACKEND_NATIVE; backend <= RB_BACKEND_CLBLAST; backend++) {
    rb_problem small = problem_of(1u << 14), large = problem_of(1u << 20);
    rb_layout a = fixture_layout(&f, &small, backend, 0, NULL);
    rb_layout b = fixture_layout(&f, &large, backend, 0, NULL);
    cr_assert_eq(a.bytes, b.bytes, "%s: %llu bytes at 2^14, %llu at 2^20",
                 rb_backend_names[backend], (unsigned long long)a.bytes,
                 (unsigned long long)b.bytes);
  }
  fixture_close(&f);
  fixture_no_leaks();
}

Test(memory, trained) {
  fixture f = fixture_open("memory trained", false);
  bool quick = rb_variant_choose(f.device).width > 1 && f.device->timer_ns > 0;
  if (!quick)
    printf("SKIPPED: training at n = 2^20 on '%s' (2^14 and 2^16 instead)\n", f.device->name);
  fflush(stdout);
  uint64_t small = peak_of(&f, 1u << 14), large = peak_of(&f, quick ? 1u << 20 : 1u << 16);
  cr_assert_eq(small, large, "%llu bytes at the smaller n, %llu at the larger",
               (unsigned long long)small, (unsigned long long)large);
  fixture_close(&f);
  fixture_no_leaks();
}
