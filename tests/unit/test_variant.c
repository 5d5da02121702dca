// SPDX-License-Identifier: Apache-2.0
/* Proves: kernel variants are read from text exactly as documented, and nothing that the kernels
 * cannot be built from or that would not fit registers is let through; a device's own variant comes
 * before the declared order, and a text that means nothing falls back to it. Fails if a bound, the
 * whole-text rule or that order is lost. */
#include <criterion/criterion.h>
#include <string.h>
#include "net/layout.h"

Test(variant, parsed) {
  rb_variant v;
  rb_err err;
  for (const rb_variant *known = rb_variants; known->name[0]; known++) {
    cr_assert(rb_variant_parse(known->name, &v, &err), "%s", err.text);
    cr_assert(memcmp(&v, known, sizeof v) == 0);
  }
  cr_assert(rb_variant_parse("panels-16-2-10-16", &v, &err), "%s", err.text);
  cr_assert(v.version == RB_VERSION_PANELS && v.width == 16 && v.vectors == 2 && v.rows == 10 &&
            v.neurons == 16 && v.lanes_per_row == 1);
  cr_assert_str_eq(v.name, "panels-16-2-10-16");
  cr_assert_eq(rb_variant_panel(&v), 32);
  cr_assert(rb_variant_parse("tiles-8-4-16-64", &v, &err), "%s", err.text);
  cr_assert(v.version == RB_VERSION_TILES && v.group == 8 && v.per == 4 && v.depth == 16 &&
            v.lanes_per_row == 64);
  cr_assert_eq(rb_variant_panel(&v), 0);
  cr_assert(v.registers == 0 && rb_variant_block(&v) == 32);
  cr_assert(rb_variant_parse("tiles-16-8-8-64-128", &v, &err), "%s", err.text);
  cr_assert(v.lanes_per_row == 64 && v.registers == 128 && rb_variant_block(&v) == 128);
  cr_assert_eq(v.arithmetic, RB_ARITHMETIC_MULTIPLY_ADD);
  cr_assert(rb_variant_parse("half-8-4-32-64", &v, &err), "%s", err.text);
  cr_assert(v.version == RB_VERSION_TILES && v.arithmetic == RB_ARITHMETIC_HALF && v.depth == 32 &&
            rb_variant_precision(&v) == RB_PRECISION_HALF);
  cr_assert(rb_variant_parse("tf32x3-8-4-16-64-128", &v, &err), "%s", err.text);
  cr_assert_eq(rb_variant_precision(&v), RB_PRECISION_SINGLE);
  cr_assert(v.version == RB_VERSION_TILES && v.arithmetic == RB_ARITHMETIC_TF32X3 && v.group == 8 &&
            v.per == 4 && v.depth == 16 && v.lanes_per_row == 64 && v.registers == 128);
  cr_assert(rb_variant_parse("pipeline-8-2-4", &v, &err), "%s", err.text);
  cr_assert(v.version == RB_VERSION_PIPELINE && v.width == 8 && v.rows == 2 && v.neurons == 4 &&
            v.lanes_per_row == 1);
  cr_assert_eq(rb_variant_panel(&v), 0);
}

Test(variant, subsets) {
  rb_variant v;
  rb_err err;
  cr_assert(rb_variant_parse("panels-16-2-8-8-4", &v, &err), "%s", err.text);
  cr_assert(v.subset == 4 && rb_variant_tables(&v) == 8 && rb_variant_entries(&v) == 8 * 16);
  cr_assert(rb_variant_parse("panels-16-2-8-8-6", &v, &err), "%s", err.text); /* 5 5 6 5 5 6 */
  cr_assert(rb_variant_tables(&v) == 6 && rb_variant_entries(&v) == 4 * 32 + 2 * 64);
  cr_assert(rb_variant_table_from(&v, 2) == 10 && rb_variant_table_from(&v, 3) == 16);
  cr_assert(rb_variant_parse("panels-16-1-8-8-8", &v, &err), "%s", err.text);
  cr_assert(v.subset == 8 && rb_variant_tables(&v) == 4 && rb_variant_entries(&v) == 4 * 256);
  cr_assert(rb_variant_parse("panels-16-2-8-8", &v, &err), "%s", err.text);
  cr_assert(v.subset == 1 && rb_variant_tables(&v) == 0 && rb_variant_entries(&v) == 0 && !v.signs);
  cr_assert(rb_variant_parse("signs-16-2-8-8-4", &v, &err), "%s", err.text);
  cr_assert(v.subset == 4 && v.signs && v.integers == 2 && v.version == RB_VERSION_PANELS);
  cr_assert(rb_variant_parse("bytes-16-2-8-8-4", &v, &err), "%s", err.text);
  cr_assert(v.subset == 4 && v.signs && v.integers == 4 && v.version == RB_VERSION_PANELS);
}

/* By hand: 2 tasks of 10 samples in tables of 4, and 20 in each of the first step. */
Test(variant, operations) {
  rb_problem p = rb_problem_default();
  rb_err err;
  p.d = 100, p.m = 50, p.T = 2, p.n1 = 20, p.n2 = 10;
  cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
  rb_layout l = {.subsets = true};
  cr_assert(rb_variant_parse("panels-16-2-8-8-4", &l.variant, &err), "%s", err.text);
  double forward = 2 * 2 * (20 + 10) * 100 * 50, labels = 10 * 100, tables = 3 * 15 * 100,
         lookups = 3 * 100 * 50, heads = 2 * 100 * 50;
  cr_assert_float_eq(rb_layout_operations(&l, &p),
                     forward + 2 * (labels + tables + lookups + heads), 1e-6);
  double gradient = 2 * (labels + tables + lookups + heads), second = 2 * 2 * 10 * 100 * 50;
  l.signs = true; /* a half or a quarter of the second X W^T, with 10 samples a task */
  l.integers = 2;
  cr_assert_float_eq(rb_layout_operations(&l, &p), forward - second / 2 + gradient, 1e-6);
  l.integers = 4;
  cr_assert_float_eq(rb_layout_operations(&l, &p), forward - .75 * second + gradient, 1e-6);
  l.signed_heads = true; /* and of the first, with 20 */
  cr_assert_float_eq(rb_layout_operations(&l, &p),
                     forward / 4 + gradient + 2 * (20 * 100 + 5 * 15 * 100 + 5 * 100 * 50 + heads),
                     1e-6);
  l.subsets = l.signs = l.signed_heads = false;
  cr_assert_float_eq(rb_layout_operations(&l, &p), rb_problem_flop(&p), 1e-6);
}

Test(variant, refused) {
  static const char *const wrong[] = {
      "",
      "vector",
      "vector160",
      "panels",
      "panels-16-2-8",
      "panels-16-2-8-8x",
      "panels-16-2-8-8-4x",
      "panels-16-2-8-8-0",
      "signs-16-2-8-8", /* of subsets only */
      "signs-16-2-8-8-1",
      "panels-16-2-16-8-16", /* two digits */
      "panels-16-2-8-8-9",
      "panels-16-2-8-8-8", /* 128 KiB */
      "signs-16-8-8-8-4",  /* more neurons than a number has bits */
      "panels-16-2-8-7",   /* divides no panel */
      "panels-5-2-8-5",    /* no vector of OpenCL C */
      "panels-16-0-8-8",
      "panels-16-2-0-8",
      "panels-16-2-33-8",
      "panels-16-2-8-0",
      "panels-16-16-8-16", /* 256 columns */
      "panels-16-3-32-16", /* 96 vectors of sums */
      "panels-16-2-8-4294967304",
      "tiles-33-4-16-64",
      "tiles-16-4-5-64",
      "tiles-16-4-16-48",
      "tiles-16-17-16-64",
      "tiles-16-4-2-64", /* no float4 along the panel */
      "tiles-5-2-8-64",
      "tiles-16-8-8-64-0", /* registers */
      "tiles-16-8-8-64-31",
      "tiles-16-8-8-64-256",
      "tiles-16-8-8-64-128x",
      "tiles-16-8-8-64-",
      "tiles-16-8-8",
      "tile-16-8-8-64",
      "tf32x-16-8-8-64",
      "tf32x3-16-8-4-64", /* half a step of a fragment */
      "tf32x3-16-3-8-64",
      "tf32x3-4-8-8-64", /* half a warp */
      "half-16-8-8-64",  /* half a step of a fragment */
      "half-16-3-16-64",
      "half-4-8-16-64",
      "half-",
      "halves-16-8-16-64",
      "pipeline-8-2",
      "pipeline-5-2-4",
      "pipeline-8-0-4",
      "pipeline-8-16-8", /* 128 vectors of sums */
      "pipeline-8-2-4-0",
      "panels-16-2-8-8                                                            ",
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    rb_variant v;
    rb_err err = {0};
    cr_assert_not(rb_variant_parse(wrong[i], &v, &err), "'%s'", wrong[i]);
    cr_assert(err.kind == RB_USAGE && strstr(err.text, "is no kernel variant"), "%s", err.text);
  }
}

/* Work-items, local memory, and a compiler that can be told how many registers to take. */
Test(variant, fits) {
  static const struct {
    const char *variant;
    unsigned items, bytes;
  } needs[] = {
      {"tiles-16-8-16-64", 256, 2 * 16 * (128 + 4) * 4},
      {"tiles-16-8-8-64-128", 256, 2 * 8 * (128 + 4) * 4},
      {"tiles-16-8-4-64", 256, 16 * 128 * 4}, /* the sums of a block are more than its panels */
      {"tiles-8-4-8-256", 256, 2 * 8 * (32 + 4) * 4},
      {"tf32x3-16-8-16-64", 256, 2 * (128 * (16 + 4) + 16 * (128 + 8)) * 4},
      {"half-16-8-16-64", 256, 2 * (128 * (16 + 8) + 16 * (128 + 4)) * 4},
      {"panels-16-2-8-8-6", 1, 32 << 10},
  };
  for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
    rb_variant v;
    rb_err err = {0};
    rb_device device = {.group_size = needs[i].items, .local_bytes = needs[i].bytes};
    cr_assert(rb_variant_parse(needs[i].variant, &v, &err), "%s", err.text);
    cr_expect_eq(rb_variant_check(&v, &device, &err), v.registers == 0, "%s", v.name);
    cr_expect(v.registers == 0 || strstr(err.text, "limits registers"), "%s", err.text);
    strcpy(device.extensions, "cl_khr_fp64 cl_nv_compiler_options cl_nv_copy_opts");
    bool tensor = v.arithmetic != RB_ARITHMETIC_MULTIPLY_ADD;
    cr_expect_eq(rb_variant_check(&v, &device, &err), !tensor, "%s", v.name);
    cr_expect(!tensor || strstr(err.text, "of compute capability 8; '' has 0"), "%s", err.text);
    device.compute_capability = 8;
    cr_expect(rb_variant_fits(&v, &device), "%s", v.name);
    device.local_bytes--;
    cr_expect_not(rb_variant_check(&v, &device, &err), "%s", v.name);
    cr_expect(err.kind == RB_USAGE && strstr(err.text, "wants work-groups of "), "%s", err.text);
    device.local_bytes++;
    device.group_size -= v.version == RB_VERSION_TILES;
    cr_expect_eq(rb_variant_fits(&v, &device), v.version != RB_VERSION_TILES, "%s", v.name);
  }
}

/* The kernels are built for tensor cores by any compiler of NVIDIA's, which refuses where there are
 * none. */
Test(variant, tensor_cores) {
  rb_device device = {.compute_capability = 7};
  cr_assert_not(rb_variant_tensor_cores(&device));
  device.compute_capability = 8;
  cr_assert(rb_variant_tensor_cores(&device));
}

Test(variant, chosen) {
  rb_device device = {.vector_width = 8};
  cr_assert_str_eq(rb_variant_choose(&device).name, "vector8");
  device.vector_width = 16;
  cr_assert_str_eq(rb_variant_choose(&device).name, "vector16");
  device.vector_width = 1;
  device.group_size = 256;
  device.local_bytes = 32768;
  cr_assert_str_eq(rb_variant_choose(&device).name, "tiles");
  device.group_size = 128;
  cr_assert_str_eq(rb_variant_choose(&device).name, "tiles-small");
  device.group_size = 256;
  device.local_bytes = 16384;
  cr_assert_str_eq(rb_variant_choose(&device).name, "tiles-small");
  device.local_bytes = 32768;
  device.kind = RB_KIND_CPU;
  cr_assert_str_eq(rb_variant_choose(&device).name, "tiles-small");
  device.kind = RB_KIND_ACCELERATOR;
  cr_assert_str_eq(rb_variant_choose(&device).name, "pipeline");
  device.kind = RB_KIND_GPU;
  strcpy(device.variant, "panels-8-3-4-4");
  cr_assert_str_eq(rb_variant_choose(&device).name, "panels-8-3-4-4");
  strcpy(device.variant, "panels-8-3-4-5");
  cr_assert_str_eq(rb_variant_choose(&device).name, "tiles");
}
