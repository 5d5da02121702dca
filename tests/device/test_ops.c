// SPDX-License-Identifier: Apache-2.0
/* Proves: every kernel and both CLBlast products, each alone on random data, agree with plain
 * double loops for every variant at odd sizes (1, around 16 and 64, beyond); they leave padding,
 * rows past the tile and guard words alone; Philox words of the device are the host's, bit for bit.
 * Fails if a kernel drops a term or an edge, takes a wrong row, task or scale, or writes where it
 * should not. */
#include <criterion/criterion.h>
#include <stdio.h>
#include "operations.h"

/* Samples in a sum that the forward product ends with. */
static uint32_t head_rows(const rb_variant *v) {
  return v->version == RB_VERSION_TILES ? rb_variant_block(v) : v->rows;
}

static void check_one(fixture *f, const rb_problem *p, rb_backend backend,
                      const rb_variant *variant, bool fuse, double *worst) {
  uint32_t most = p->n1 > p->n2 ? p->n1 : p->n2, rows = head_rows(variant);
  uint32_t tile = fixture_between(&f->random, 1, most + most / 2) | 1;
  if (fuse) /* whole sums of forward_head in every task and tile */
    tile = (tile + rows - 1) / rows * rows;
  rb_net *net = fixture_net(f, p, backend, tile, variant);
  operations_check check;
  operations_run(net, &f->random, &check);
  cr_assert(check.error <= 1, "%s: %s", fixture_describe(p, rb_net_layout(net)), check.where);
  *worst = check.error > *worst ? check.error : *worst;
  rb_net_close(net);
}

/* n random problems, of which every second law, sampling and head step is the other one. */
static void check_many(const char *name, rb_backend backend, const rb_variant *variant,
                       unsigned n) {
  fixture f = fixture_open(name, true);
  double worst = 0;
  if (!fixture_runs(&f, variant))
    n = 0;
  for (unsigned i = 0; i < n; i++) {
    rb_problem p = fixture_problem(&f.random, 200);
    p.law = (rb_law)(i % 2);
    p.inputs = (rb_sampling)(i / 2 % 2);
    if (i < 4)
      p.ablation = RB_ABLATION_NONE; /* these use every kernel */
    if (i == 4)
      p.d = p.r = 1;
    if (i == 5)
      p.m = 1;
    if (i >= 6 && i < 8) { /* tiles of several parts */
      p.d = fixture_between(&f.random, p.r, 20);
      p.m = fixture_between(&f.random, 1, 20);
      p.n1 = p.n2 = fixture_between(&f.random, 2100, 2500);
    }
    if (i == 8) { /* more columns than samples.cl goes through at once */
      p.d = fixture_between(&f.random, 257, 600);
      p.n1 = p.n2 = fixture_between(&f.random, 1, 40);
    }
    if (i == 6 && p.d >= 4)
      p.r = 4; /* more patterns than head_bins keeps in registers */
    bool fuse =
        backend == RB_BACKEND_NATIVE && variant->version != RB_VERSION_PIPELINE && i % 4 < 2;
    uint32_t rows = head_rows(variant);
    if (fuse)
      p.n1 = (p.n1 + rows - 1) / rows * rows;
    check_one(&f, &p, backend, variant, fuse, &worst);
  }
  printf("%s: %u problems, worst error %.3f of what is allowed\n", name, n, worst);
  fflush(stdout);
  fixture_close(&f);
  fixture_no_leaks();
}

Test(ops, vector16) {
  check_many("ops vector16", RB_BACKEND_NATIVE, rb_variant_find("vector16"), 12);
}

Test(ops, vector8) {
  check_many("ops vector8", RB_BACKEND_NATIVE, rb_variant_find("vector8"), 12);
}

Test(ops, vector4) {
  check_many("ops vector4", RB_BACKEND_NATIVE, rb_variant_find("vector4"), 12);
}

Test(ops, tiles) {
  check_many("ops tiles", RB_BACKEND_NATIVE, rb_variant_find("tiles"), 12);
}

Test(ops, tiles_small) {
  check_many("ops tiles-small", RB_BACKEND_NATIVE, rb_variant_find("tiles-small"), 12);
}

Test(ops, tf32x3) {
  check_many("ops tf32x3", RB_BACKEND_NATIVE, rb_variant_find("tf32x3"), 12);
}

/* One fragment of an item, and other numbers of warps along a side. */
Test(ops, tf32x3_of_other_shapes) {
  static const char *const texts[] = {"tf32x3-8-2-8-8", "tf32x3-8-4-16-16", "tf32x3-16-2-8-8"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char name[64];
    rb_variant v = fixture_variant(texts[i]);
    snprintf(name, sizeof name, "ops %s", texts[i]);
    check_many(name, RB_BACKEND_NATIVE, &v, 8);
  }
}

/* A small one: half itself does not fit llvmpipe, and takes PoCL long to compile (test_products.c
 * has it). */
Test(ops, half) {
  rb_variant v = fixture_variant("half-8-2-16-8");
  check_many("ops half-8-2-16-8", RB_BACKEND_NATIVE, &v, 8);
}

Test(ops, pipeline) {
  check_many("ops pipeline", RB_BACKEND_NATIVE, rb_variant_find("pipeline"), 12);
}

/* No spans, and panels of half as many columns. */
Test(ops, tiles_by_single_results) {
  rb_variant v;
  rb_err err;
  cr_assert(rb_variant_parse("tiles-4-2-8-8", &v, &err), "%s", err.text);
  check_many("ops tiles-4-2-8-8", RB_BACKEND_NATIVE, &v, 8);
  cr_assert(rb_variant_parse("tiles-8-1-4-8", &v, &err), "%s", err.text);
  check_many("ops tiles-8-1-4-8", RB_BACKEND_NATIVE, &v, 8);
  /* Staged at once: more columns than rows are padded to else. */
  cr_assert(rb_variant_parse("tiles-4-2-32-8", &v, &err), "%s", err.text);
  check_many("ops tiles-4-2-32-8", RB_BACKEND_NATIVE, &v, 8);
}

/* D kept and multiplied, and tables of other sizes: of two rows, and of all the rows of a byte. */
Test(ops, panels_by_subsets) {
  static const char *const texts[] = {"panels-8-3-4-4",    "panels-16-1-8-8-8", "panels-4-2-6-4-2",
                                      "panels-8-2-6-4-3",  "panels-1-4-4-2-4",  "signs-8-3-4-4-2",
                                      "signs-4-2-8-4-4",   "signs-16-2-4-8-7",  "signs-8-2-8-8-5",
                                      "bytes-16-2-10-8-6", "bytes-8-3-4-4-4",   "bytes-4-1-4-4-2",
                                      "bytes-16-1-12-8-4"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char name[64];
    rb_variant v = fixture_variant(texts[i]);
    snprintf(name, sizeof name, "ops %s", texts[i]);
    check_many(name, RB_BACKEND_NATIVE, &v, 8);
  }
}

Test(ops, clblast) {
  fixture f = fixture_open("ops clblast", false);
  const rb_variant chosen = rb_variant_choose(f.device);
  fixture_close(&f);
  check_many("ops clblast", RB_BACKEND_CLBLAST, &chosen, 12);
}

/* Equal to the host's on every device, so equal between devices. */
Test(ops, words) {
  fixture f = fixture_open("ops words", true);
  for (const rb_variant *v = rb_variants; v->name[0]; v++)
    for (int i = 0; i < 3; i++) {
      rb_problem p = fixture_problem(&f.random, 200);
      uint32_t n_wrong;
      operations_words(f.session, &p, v, &f.random, &n_wrong);
      cr_assert(n_wrong == 0, "%s: %u words of the device are not the host's, d=%u seed=%llu",
                v->name, n_wrong, p.d, (unsigned long long)p.seed);
    }
  fixture_close(&f);
}
