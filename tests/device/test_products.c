// SPDX-License-Identifier: Apache-2.0
/* Proves: where only some neurons or samples are compared with the reference, the check of whole
 * products sees one wrong row, neuron or column of a tile, whichever it is, in either product, and
 * passes right ones. Fails if a random vector leaves an element out, or if the tolerance hides
 * the loss of one element or an error of a hundredth in a row or column. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cl/program.h"
#include "fixture.h"
#include "net/train.h"

typedef struct spoiled {
  const char *variant, *file, *from, *to;
} spoiled;

static const spoiled kernels[] = {
    /* the tile's last row, an inner neuron, the last neuron */
    {"vector8", "forward.cl", "STOREV(sum[a][b], z",
     "STOREV(sum[a][b] * (s0 + a == rows - 1 && panel == 1 && b == 1 ? 0.99f : 1.0f), z"},
    {"panels-8-3-4-4", "forward.cl", "? y * LOADV(head + b * VW)",
     "? y * LOADV(head + b * VW) * (b == PV - 1 ? 1.001f : 1.0f)"},

    {"vector8", "forward.cl", "j < m ? W[(ulong)j * ldx + k + c]",
     "j < m ? (j == m - 2 ? 1.01f : 1.0f) * W[(ulong)j * ldx + k + c]"},
    {"tiles", "forward.cl", "ldm + j) = SPANV(sum[a], b)",
     "ldm + j) = SPANV(sum[a], b) * (s == rows - 1 ? 1.01f : 1.0f)"},
    {"tiles", "tiles.h", "w, P, ldm, n_columns, item", "w, P, ldm, n_columns - 20, item"},
    {"tiles", "forward.cl", "j0 + b < m ? W", "j0 + b + 1 < m ? W"},
    /* TF32 alone */
    {"tf32x3", "tf32x3.h", "return x - hi;", "return 0.0f;"},
    /* halves cut off, and of one bit less */
    {"half", "half.h", "size + 0xfffu + (size >> 13 & 1u)", "size"},
    {"half", "half.h", "size + 0xfffu + (size >> 13 & 1u)) & 0xffffe000u",
     "size + 0x1fffu + (size >> 14 & 1u)) & 0xffffc000u"},
    {"pipeline", "forward.cl", "ldm + j0 + b] = SUMV(sum[a][b])",
     "ldm + j0 + b] = SUMV(sum[a][b]) * (s0 + a == rows - 1 ? 1.01f : 1.0f)"},
    /* the last column, the last row left out, an inner neuron */
    {"panels-8-3-4-4", "backward.cl", "STOREV(LOADV(to) + sum[b][c], to)",
     "STOREV(LOADV(to) + sum[b][c] * (panel == 2 && c == 1 ? 1.01f : 1.0f), to)"},
    {"panels-8-3-4-4", "backward.cl", "s < end; s++", "s + 1 < end; s++"},
    {"tiles", "backward.cl", "+= SPANV(sum[a], b)",
     "+= SPANV(sum[a], b) * (j == m - 2 && k == ldx - 16 ? 0.0f : 1.0f)"},
    {"tiles", "tiles.h", "LINE_OF(e) < n_lines", "LINE_OF(e) + 1 < n_lines"},
    {"tf32x3", "tiles_tensor.h", "LINE_OF(e) < n_lines", "LINE_OF(e) + 1 < n_lines"},
    {"half", "tiles_tensor.h", "LINE_OF(e) < n_lines", "LINE_OF(e) + 1 < n_lines"},
    {"pipeline", "backward.cl", "s < rows; s++", "s + 1 < rows; s++"},
};

/* Where labels are per task and D is not kept. */
static const spoiled subsets[] = {
    /* which samples are active; the last row of a task, the last neuron */
    {"vector8", "forward.cl", "? BIT_OF_ROW(a)", "&& (begin != 4 || panel != 1) ? BIT_OF_ROW(a)"},
    {"vector8", "subsets.cl", "s >= rows.begin && s < rows.end",
     "s >= rows.begin && s + 1 < rows.end"},
    {"vector8", "subsets.cl", "aj = (floatv)(a[j])",
     "aj = (floatv)(a[j] * (j == n - 1 ? 1.01f : 1.0f))"},
};

static rb_problem odd_problem(rb_random *random, rb_sampling inputs) {
  rb_problem p = rb_problem_default();
  rb_err err = {0};
  p.seed = rb_random_u32(random);
  p.d = fixture_between(random, 58, 63); /* the last vector of 8 columns holds data */
  p.m = fixture_between(random, 65, 100) | 1;
  p.T = 3;
  p.n1 = p.n2 = fixture_between(random, 30, 60) | 1; /* the last panel of lines is not full */
  p.inputs = inputs;
  cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
  return p;
}

static double error_of(fixture *f, const rb_variant *variant, const rb_problem *p, char *where) {
  rb_err err = {0};
  rb_check check = {0};
  rb_net *net = fixture_net(f, p, RB_BACKEND_NATIVE, 0, variant);
  cr_assert(rb_verify_products(net, &check, &err), "%s", err.text);
  rb_net_close(net);
  memcpy(where, check.where, sizeof check.where);
  return check.error;
}

static void plant(const spoiled *s, char **text) {
  *text = s ? fixture_mutate(s->file, s->from, s->to) : NULL;
  if (s)
    rb_program_plant(s->file, *text);
}

static void remove_planted(const spoiled *s, char *text) {
  if (s)
    rb_program_plant(s->file, NULL);
  free(text);
}

static void see(const spoiled *s, rb_sampling inputs) {
  char *text, where[160];
  fixture f = fixture_open(s->to, true);
  const rb_variant variant = fixture_variant(s->variant);
  if (fixture_runs(&f, &variant)) {
    rb_problem p = odd_problem(&f.random, inputs);
    plant(s, &text);
    cr_expect_gt(error_of(&f, &variant, &p, where), 1, "%s, '%s' was not seen: %s",
                 p.inputs ? "shared" : "per-task", s->to, where);
    remove_planted(s, text);
  }
  fixture_close(&f);
}

Test(products, spoiled) {
  for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
    see(&kernels[i], RB_INPUTS_PER_TASK);
    see(&kernels[i], RB_INPUTS_SHARED);
  }
  for (size_t i = 0; i < sizeof subsets / sizeof *subsets; i++)
    see(&subsets[i], RB_INPUTS_PER_TASK);
}

Test(products, right) {
  fixture f = fixture_open("products right", true);
  for (const rb_variant *v = rb_variants; v->name[0]; v++)
    for (int i = 0; i < 6 && fixture_runs(&f, v); i++) {
      char where[160];
      rb_problem p = odd_problem(&f.random, (rb_sampling)(i % 2));
      cr_assert_leq(error_of(&f, v, &p, where), 1, "%s: %s", v->name, where);
    }
  fixture_close(&f);
}

/* Large shapes are for devices with a fast variant, which *fast is then. */
static bool is_fast(const fixture *f, const char *what, const rb_variant **fast) {
  *fast = rb_variant_find("vector8");
  if (rb_variant_choose(f->device).width >= 8 && !strstr(f->device->name, "llvmpipe"))
    return true;
  printf("SKIPPED: %s on '%s'\n", what, f->device->name);
  fflush(stdout);
  return false;
}

/* W or a tile of X, so wide that a launch goes through a slice of it; and a slice that is
 * another's. */
Test(products, sliced) {
  static const spoiled first_again = {"vector8", "forward.cl",
                                      "(ulong)panel * ldx + first) * PANEL",
                                      "(ulong)panel * ldx) * PANEL"};
  for (int i = 0; i < 3; i++) {
    char where[160], *text;
    fixture f = fixture_open("products sliced", true); /* which keeps kernels */
    const rb_variant *variant;
    if (is_fast(&f, "products in slices", &variant)) {
      const spoiled *planted = i == 2 ? &first_again : NULL;
      rb_problem p = odd_problem(&f.random, RB_INPUTS_PER_TASK);
      uint32_t *small = i == 1 ? &p.d : &p.m, *large = i == 1 ? &p.m : &p.d;
      rb_err err = {0};
      *large = fixture_between(&f.random, 17000, 19000);
      *small = fixture_between(&f.random, 200, 250);
      p.n1 = p.n2 = fixture_between(&f.random, 100, 130);
      cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
      plant(planted, &text);
      double error = error_of(&f, variant, &p, where);
      remove_planted(planted, text);
      cr_assert_eq(error > 1, i == 2, "d = %u, m = %u: error %g, %s", p.d, p.m, error, where);
    }
    fixture_close(&f);
  }
}

static const spoiled packing = {"vector8", "forward.cl", "j < m ? W[(ulong)j * ldx + k + c]",
                                "j < m ? (j == m / 2 ? 1.01f : 1.0f) * W[(ulong)j * ldx + k + c]"};

/* Shapes that rb_train_device compares only in part, right and spoiled. */
static void train_partly(const rb_problem *wanted, const char *scope, const spoiled *one) {
  fixture f = fixture_open(scope, true);
  const rb_variant *fast;
  rb_variant variant = fixture_variant(one->variant);
  bool run = is_fast(&f, scope, &fast);
  fixture_close(&f);
  for (int broken = 0; run && broken < 2; broken++) {
    char *text;
    rb_err err = {0};
    rb_trained trained;
    rb_problem p = *wanted;
    cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
    fixture g = fixture_open(scope, false);
    plant(broken ? one : NULL, &text);
    rb_layout layout = fixture_layout(&g, &p, RB_BACKEND_NATIVE, 0, &variant);
    cr_assert(rb_train_device(g.session, &p, &layout, &trained, &err), "%s", err.text);
    cr_assert_str_eq(trained.scope, scope);
    cr_assert_eq(trained.error > 1, broken, "%s: error %g, %s", broken ? "broken" : "right",
                 trained.error, trained.where);
    rb_train_free(&trained);
    remove_planted(broken ? one : NULL, text);
    fixture_close(&g);
  }
}

Test(products, some_neurons) {
  rb_problem p = rb_problem_default();
  p.d = 129;
  p.m = 1101;
  p.T = 3;
  p.n1 = p.n2 = 1501;
  train_partly(&p, "neurons", &packing);
}

Test(products, some_samples) {
  rb_problem p = rb_problem_default();
  p.d = 257;
  p.m = 301;
  p.T = 5;
  p.n1 = p.n2 = 12001;
  train_partly(&p, "neurons+samples", &packing);
}

/* Weights as integers, so wide that a launch goes through a slice of them. */
Test(products, sliced_signs) {
  static const spoiled first_again = {"signs-8-3-4-4-4", "signs.cl",
                                      "(ulong)panel * ldq + first) * PANEL",
                                      "(ulong)panel * ldq) * PANEL"};
  rb_problem p = rb_problem_default();
  p.d = 36001;
  p.m = 203;
  p.T = 2;
  p.n1 = p.n2 = 61;
  train_partly(&p, "neurons", &first_again);
}
