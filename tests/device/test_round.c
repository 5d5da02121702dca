// SPDX-License-Identifier: Apache-2.0
/* Proves: whole trainings on the device agree with the reference in heads, gradients and updated
 * weights: both input laws, both task laws, both samplings, every ablation, 1 to 3 rounds, tiles of
 * 1, odd and chosen sizes, every variant, both backends, at random odd sizes. Fails if any kernel,
 * its launch or the order of a round is wrong at some size, or writes outside its buffers. */
#include <criterion/criterion.h>
#include <stdio.h>
#include "fixture.h"
#include "net/train.h"

/* Over the random problems of a test: what did occur, so that nothing is left out unseen. */
typedef struct coverage {
  unsigned problems;
  unsigned laws, tasks, inputs, ablations, rounds, tiles; /* bit sets; tiles: chosen, 1, odd */
  double worst;
} coverage;

static uint32_t random_tile(rb_random *random, const rb_problem *p) {
  uint32_t most = p->n1 > p->n2 ? p->n1 : p->n2;
  switch (rb_random_below(random, 3)) {
  case 0:
    return p->rounds * p->T * most <= 600 ? 1 : 0; /* five launches a sample take long */
  case 1:
    return fixture_between(random, 1, most) | 1;
  default:
    return 0;
  }
}

static void train(fixture *f, const rb_problem *p, rb_backend backend, uint32_t tile,
                  const rb_variant *variant, coverage *seen) {
  rb_layout layout = fixture_layout(f, p, backend, tile, variant);
  rb_trained trained;
  rb_err err = {0};
  cr_assert(rb_train_device(f->session, p, &layout, &trained, &err), "%s: %s",
            fixture_describe(p, &layout), err.text);
  cr_assert(trained.error <= 1, "%s: %s", fixture_describe(p, &layout), trained.where);
  cr_assert_str_eq(trained.scope, "full");
  seen->problems++;
  seen->laws |= 1u << p->law;
  seen->tasks |= 1u << p->tasks;
  seen->inputs |= 1u << p->inputs;
  seen->ablations |= 1u << p->ablation;
  seen->rounds |= 1u << p->rounds;
  seen->tiles |= 1u << (tile == 0 ? 0 : tile == 1 ? 1 : 2);
  seen->worst = trained.error > seen->worst ? trained.error : seen->worst;
  rb_train_free(&trained);
}

static void many(const char *name, rb_backend backend, const rb_variant *variant, unsigned n,
                 uint32_t most) {
  fixture f = fixture_open(name, true);
  coverage seen = {0};
  if (!fixture_runs(&f, variant))
    n = 0;
  for (unsigned i = 0; i < n; i++) {
    rb_problem p = fixture_problem(&f.random, most);
    train(&f, &p, backend, random_tile(&f.random, &p), variant, &seen);
  }
  printf("%s: %u problems, worst error %.3f of what is allowed; laws %x tasks %x inputs %x "
         "ablations %x rounds %x tiles %x\n",
         name, seen.problems, seen.worst, seen.laws, seen.tasks, seen.inputs, seen.ablations,
         seen.rounds, seen.tiles);
  fflush(stdout);
  fixture_close(&f);
  fixture_no_leaks();
}

Test(round, vector16) {
  many("round vector16", RB_BACKEND_NATIVE, rb_variant_find("vector16"), 12, 140);
}

Test(round, vector8) {
  many("round vector8", RB_BACKEND_NATIVE, rb_variant_find("vector8"), 12, 140);
}

Test(round, vector4) {
  many("round vector4", RB_BACKEND_NATIVE, rb_variant_find("vector4"), 12, 140);
}

Test(round, tiles) {
  many("round tiles", RB_BACKEND_NATIVE, rb_variant_find("tiles"), 12, 140);
}

Test(round, tiles_small) {
  many("round tiles-small", RB_BACKEND_NATIVE, rb_variant_find("tiles-small"), 12, 140);
}

Test(round, half) {
  rb_variant small = fixture_variant("half-8-2-16-8"); /* fits llvmpipe's local memory, too */
  many("round half", RB_BACKEND_NATIVE, &small, 12, 140);
}

Test(round, tf32x3) {
  many("round tf32x3", RB_BACKEND_NATIVE, rb_variant_find("tf32x3"), 12, 140);
}

Test(round, pipeline) {
  many("round pipeline", RB_BACKEND_NATIVE, rb_variant_find("pipeline"), 12, 140);
}

Test(round, clblast) {
  fixture f = fixture_open("round clblast", false);
  const rb_variant chosen = rb_variant_choose(f.device);
  fixture_close(&f);
  many("round clblast", RB_BACKEND_CLBLAST, &chosen, 12, 140);
}
