// SPDX-License-Identifier: Apache-2.0
#include "mutants.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "cl/program.h"
#include "downstream.h"
#include "net/train.h"
#include "operations.h"

/* Odd sizes whose last vectors hold data; tiles that begin and end inside tasks. */
enum { TILE = 17, TILE_ALIGNED = 16 };
enum { TRIES_OF_MUTANT = 100, TRIES_OF_UNBROKEN = 20 };

static uint32_t tile_of(const rb_problem *p) {
  return p->n1 > 1000 ? 0 : p->n1 % 4 == 0 ? TILE_ALIGNED : TILE;
}

static rb_problem problem_of(problem_kind kind, rb_random *random) {
  rb_problem p = rb_problem_default();
  rb_err err = {0};
  p.seed = (uint64_t)rb_random_u32(random) << 32 | rb_random_u32(random);
  p.d = 63;
  p.m = 79;
  p.r = 3;
  p.T = 5; /* many: equal tables for all would hide their index */
  p.n1 = 23;
  p.n2 = 29;
  p.decay = 0.25;
  if (kind == PARTS || kind == PARTS_SHARED) {
    p.d = 7;
    p.m = 9;
    p.T = 2;
    p.n1 = p.n2 = kind == PARTS ? 1150 : 2300;
  }
  if (kind == ALIGNED)
    p.n1 = 24;
  if (kind == HEADS)
    p.n1 = RB_LAYOUT_HEAD_SAMPLES + 3;
  if (kind == MANY_PATTERNS)
    p.r = 4;
  if (kind == DEEP) {
    p.d = 519;
    p.m = 9;
  }
  p.law = kind == SIGNS ? RB_LAW_RADEMACHER : RB_LAW_GAUSSIAN;
  p.inputs = kind == SHARED || kind == PARTS_SHARED || kind == MANY_PATTERNS ? RB_INPUTS_SHARED
                                                                             : RB_INPUTS_PER_TASK;
  cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
  return p;
}

/* Whether the check named by `by` finds the planted text wrong. What is random in a check of one
 * operation may spare the place, so these are repeated. */
static bool found_by(fixture *f, const char *file, seen_by by, const rb_problem *p,
                     const rb_variant *variant, int tries) {
  /* The tiles' own products end with what activation.cl does: only CLBlast's need it. */
  bool tiles = variant->version == RB_VERSION_TILES && strcmp(file, "activation.cl") == 0;
  rb_backend backend = tiles ? RB_BACKEND_CLBLAST : RB_BACKEND_NATIVE;
  enum { TRIES_OF_TRIALS = 2 };
  rb_err err = {0};
  bool wrong = false;
  for (int i = 0; by == WORDS && i < tries && !wrong; i++) {
    uint32_t n_wrong = 0;
    operations_words(f->session, p, variant, &f->random, &n_wrong);
    wrong = n_wrong > 0;
  }
  if (by == OPERATIONS) {
    rb_net *net = fixture_net(f, p, backend, tile_of(p), variant);
    operations_check check;
    for (int i = 0; i < tries && !wrong; i++) {
      operations_run(net, &f->random, &check);
      wrong = check.error > 1;
    }
    rb_net_close(net);
  }
  for (int i = 0; by == TRIAL && i < TRIES_OF_TRIALS && !wrong; i++) {
    rb_check check;
    downstream_trial trial;
    downstream_check(f->session, p, RB_BACKEND_NATIVE, variant, &f->random, &check, &trial);
    wrong = check.error > 1;
  }
  for (int i = 0; by == KERNELS && i < tries && !wrong; i++) {
    rb_check check;
    downstream_kernels(f->session, variant, &f->random, &check);
    wrong = check.error > 1;
  }
  if (by == TRAINING) {
    rb_layout layout = fixture_layout(f, p, backend, tile_of(p), variant);
    rb_trained trained;
    cr_assert(rb_train_device(f->session, p, &layout, &trained, &err), "%s", err.text);
    wrong = trained.error > 1;
    rb_train_free(&trained);
  }
  return wrong;
}

static void try_one(const char *file, const mutant *tried) {
  fixture f = fixture_open(tried->from, true);
  const rb_variant one = fixture_variant(tried->variant), *variant = &one;
  if (fixture_runs(&f, variant)) {
    rb_problem p = problem_of(tried->kind, &f.random);
    char *text = fixture_mutate(file, tried->from, tried->to);
    rb_program_plant(file, text);
    cr_expect(found_by(&f, file, tried->seen_by, &p, variant, TRIES_OF_MUTANT),
              "SURVIVED in %s, %s: '%s' for '%s'", file, tried->variant, tried->to, tried->from);
    rb_program_plant(file, NULL);
    free(text);
  }
  fixture_close(&f);
}

/* The file's own text passes every check. */
static void try_unbroken(const char *file, const char *variant_name) {
  fixture f = fixture_open(file, true);
  const rb_variant one = fixture_variant(variant_name), *variant = &one;
  if (fixture_runs(&f, variant)) {
    char *text = fixture_mutate(file, "SPDX", "SPDX");
    rb_program_plant(file, text);
    for (problem_kind kind = PER_TASK; kind <= SIGNS; kind++) {
      rb_problem p = problem_of(kind, &f.random);
      for (seen_by by = TRAINING; by <= WORDS; by++)
        cr_assert_not(found_by(&f, file, by, &p, variant, TRIES_OF_UNBROKEN),
                      "%s unbroken, %s, kind %d, check %d", file, variant_name, kind, by);
    }
    rb_program_plant(file, NULL);
    free(text);
  }
  fixture_close(&f);
}

void mutants_try(const char *file, const mutant *mutants, size_t n) {
  try_unbroken(file, mutants[0].variant);
  for (size_t i = 0; i < n; i++)
    try_one(file, &mutants[i]);
}
