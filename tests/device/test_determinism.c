// SPDX-License-Identifier: Apache-2.0
/* Proves: the same problem gives the same bits of W+ twice in a session and in a session of its
 * own, for every variant and CLBlast; another tile size changes rounding only; another seed changes
 * W+. Fails if a kernel races, sums in an order left to the scheduler, reads what it did not write,
 * or if the seed does not reach the device. */
#include <criterion/criterion.h>
#include <string.h>
#include "fixture.h"
#include "net/train.h"

static void train(fixture *f, const rb_problem *p, rb_backend backend, uint32_t tile,
                  const rb_variant *variant, char hash[65]) {
  rb_layout layout = fixture_layout(f, p, backend, tile, variant);
  rb_trained trained;
  rb_err err = {0};
  cr_assert(rb_train_device(f->session, p, &layout, &trained, &err), "%s: %s",
            fixture_describe(p, &layout), err.text);
  cr_assert(trained.error <= 1, "%s: %s", fixture_describe(p, &layout), trained.where);
  memcpy(hash, trained.hash, 65);
  rb_train_free(&trained);
}

static void twice(const char *name, rb_backend backend, const rb_variant *wanted) {
  fixture f = fixture_open(name, true);
  const rb_variant chosen = rb_variant_choose(f.device), *variant = wanted ? wanted : &chosen;
  if (!fixture_runs(&f, variant)) {
    fixture_close(&f);
    return;
  }
  for (int i = 0; i < 2; i++) {
    char first[65], second[65], fresh[65], seed[65], tiled[65];
    rb_problem p = fixture_problem(&f.random, 130);
    p.inputs = (rb_sampling)i;
    p.T = fixture_between(&f.random, 2, 5);
    /* Many weights and head samples: no two runs agree by chance, nor as all neurons are dead. */
    p.d = fixture_between(&f.random, 20, 130);
    p.m = fixture_between(&f.random, 20, 130);
    p.n1 = p.n2 = fixture_between(&f.random, 20, 60);
    if (p.inputs == RB_INPUTS_SHARED && p.ablation == RB_ABLATION_NO_HEAD)
      p.ablation = RB_ABLATION_NONE; /* one head, opposite labels of one sample: W+ = 0, any seed */
    rb_layout layout = fixture_layout(&f, &p, backend, 0, variant);
    train(&f, &p, backend, 0, variant, first);
    train(&f, &p, backend, 0, variant, second);
    cr_assert_str_eq(first, second, "%s: twice in a session, seed %llu", name,
                     (unsigned long long)p.seed);
    fixture other = fixture_open(name, true);
    train(&other, &p, backend, 0, variant, fresh);
    fixture_close(&other);
    cr_assert_str_eq(first, fresh, "%s: in a session of its own, seed %llu", name,
                     (unsigned long long)p.seed);
    train(&f, &p, backend, 7, variant, tiled); /* right within rounding, or it fails there */
    p.seed++;
    train(&f, &p, backend, 0, variant, seed);
    cr_assert_str_neq(first, seed, "%s: another seed gave the same weights; %s", name,
                      fixture_describe(&p, &layout));
  }
  fixture_close(&f);
  fixture_no_leaks();
}

Test(determinism, vector16) {
  twice("determinism vector16", RB_BACKEND_NATIVE, rb_variant_find("vector16"));
}

Test(determinism, vector8) {
  twice("determinism vector8", RB_BACKEND_NATIVE, rb_variant_find("vector8"));
}

Test(determinism, vector4) {
  twice("determinism vector4", RB_BACKEND_NATIVE, rb_variant_find("vector4"));
}

Test(determinism, tiles) {
  twice("determinism tiles", RB_BACKEND_NATIVE, rb_variant_find("tiles"));
}

Test(determinism, half) {
  twice("determinism half", RB_BACKEND_NATIVE, rb_variant_find("half"));
}

Test(determinism, tf32x3) {
  twice("determinism tf32x3", RB_BACKEND_NATIVE, rb_variant_find("tf32x3"));
}

Test(determinism, tiles_small) {
  twice("determinism tiles-small", RB_BACKEND_NATIVE, rb_variant_find("tiles-small"));
}

Test(determinism, pipeline) {
  twice("determinism pipeline", RB_BACKEND_NATIVE, rb_variant_find("pipeline"));
}

Test(determinism, clblast) {
  twice("determinism clblast", RB_BACKEND_CLBLAST, NULL);
}
