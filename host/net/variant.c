// SPDX-License-Identifier: Apache-2.0
#include "net/variant.h"
#include <stdio.h>
#include <string.h>

const char *const rb_arithmetic_names[RB_N_ARITHMETICS] = {"tiles", "tf32x3", "half"};

/* Tile sizes of the panels: as many sums as hide the latency of a multiply-add and leave registers
 * for the operands: 32 vector registers (AVX-512) or 16. */
const rb_variant rb_variants[] = {
    {.name = "vector16",
     .version = RB_VERSION_PANELS,
     .width = 16,
     .lanes_per_row = 1,
     .vectors = 2,
     .rows = 8,
     .neurons = 8,
     .subset = 6,
     .signs = true},
    {.name = "vector8",
     .version = RB_VERSION_PANELS,
     .width = 8,
     .lanes_per_row = 1,
     .vectors = 3,
     .rows = 4,
     .neurons = 4,
     .subset = 6},
    {.name = "vector4",
     .version = RB_VERSION_PANELS,
     .width = 4,
     .lanes_per_row = 1,
     .vectors = 3,
     .rows = 4,
     .neurons = 4,
     .subset = 6},
    {.name = "tiles",
     .version = RB_VERSION_TILES,
     .width = 1,
     .lanes_per_row = 64,
     .group = 16,
     .per = 8,
     .depth = 16},
    {.name = "tf32x3",
     .version = RB_VERSION_TILES,
     .width = 1,
     .lanes_per_row = 64,
     .group = 16,
     .per = 8,
     .depth = 8,
     .arithmetic = RB_ARITHMETIC_TF32X3},
    {.name = "half",
     .version = RB_VERSION_TILES,
     .width = 1,
     .lanes_per_row = 64,
     .group = 16,
     .per = 8,
     .depth = 16,
     .arithmetic = RB_ARITHMETIC_HALF},
    /* For CPUs without vectors, and devices that launch fewer than 256 work-items in a group. */
    {.name = "tiles-small",
     .version = RB_VERSION_TILES,
     .width = 1,
     .lanes_per_row = 16,
     .group = 8,
     .per = 4,
     .depth = 8},
    /* 128 multiply-adds a turn: a small part of the arithmetic units of an FPGA card, and as long a
     * line of memory as one port of it reads at once. */
    {.name = "pipeline",
     .version = RB_VERSION_PIPELINE,
     .width = 16,
     .lanes_per_row = 1,
     .rows = 2,
     .neurons = 4},
    {.name = ""},
};

const rb_variant *rb_variant_find(const char *name) {
  for (const rb_variant *v = rb_variants; v->name[0]; v++)
    if (strcmp(v->name, name) == 0)
      return v;
  return NULL;
}

static bool among(unsigned value, unsigned a, unsigned b, unsigned c, unsigned d) {
  return value == a || value == b || value == c || value == d;
}

static bool power_of_two(unsigned value) {
  return value > 0 && (value & (value - 1)) == 0;
}

enum { SIGNS_MOST = 64 }; /* bits of a number in kernels/signs.cl */
/* The tables of a work-item of kernels/subsets.cl are in local memory. */
enum { SUBSET_MOST = 8, TABLES_BYTES = 64 << 10 };

static unsigned tables_bytes(const rb_variant *v) {
  return (unsigned)sizeof(float) * v->vectors * v->width * rb_variant_entries(v);
}

/* Bounds that keep a work-item's sums countable in registers and a work-group launchable. */
static bool panels_valid(const rb_variant *v) {
  return among(v->width, 1, 4, 8, 16) && v->vectors >= 1 && v->vectors <= 16 && v->rows >= 1 &&
         v->rows <= 32 && v->neurons >= 1 && v->vectors * v->width % v->neurons == 0 &&
         v->vectors * v->width <= 128 && v->rows * v->vectors <= 64 &&
         v->neurons * v->vectors <= 64 && v->subset >= 1 && v->subset <= SUBSET_MOST &&
         tables_bytes(v) <= TABLES_BYTES;
}

/* Lines that tensor cores multiply at once. */
static unsigned lines_at_once(const rb_variant *v) {
  return v->arithmetic == RB_ARITHMETIC_HALF ? 16 : 8;
}

static bool tiles_valid(const rb_variant *v) {
  bool tensor = v->arithmetic != RB_ARITHMETIC_MULTIPLY_ADD;
  return v->group >= 2 && v->group <= 32 && v->per >= 1 && v->per <= 16 &&
         v->group * v->per % 4 == 0 && among(v->depth, 4, 8, 16, 32) &&
         power_of_two(v->lanes_per_row) && v->lanes_per_row <= 1024 &&
         (!tensor || (v->group % 8 == 0 && v->per % 2 == 0 && v->depth >= lines_at_once(v))) &&
         (v->registers == 0 || (v->registers >= 32 && v->registers <= 255));
}

static bool pipeline_valid(const rb_variant *v) {
  return among(v->width, 1, 4, 8, 16) && v->rows >= 1 && v->rows <= 32 && v->neurons >= 1 &&
         v->neurons <= 32 && v->rows * v->neurons <= 64;
}

/* Whether text is "tiles-...", "tf32x3-..." or "half-..." with numbers in whatever range. */
static bool parse_tiles(const char *text, rb_variant *out) {
  char version[7], rest;
  int used;
  if (sscanf(text, "%6[a-z0-9]-%3u-%3u-%3u-%4u%n", version, &out->group, &out->per, &out->depth,
             &out->lanes_per_row, &used) != 5)
    return false;
  out->version = RB_VERSION_TILES;
  out->width = 1;
  for (int a = 0; a < RB_N_ARITHMETICS; a++)
    if (strcmp(version, rb_arithmetic_names[a]) == 0) {
      out->arithmetic = a;
      return !text[used] ||
             (sscanf(text + used, "-%3u%c", &out->registers, &rest) == 1 && out->registers > 0);
    }
  return false;
}

bool rb_variant_parse(const char *text, rb_variant *out, rb_err *err) {
  enum { ABSENT = 1000 }; /* more than three digits say */
  unsigned n[5] = {[4] = ABSENT};
  char rest;
  const rb_variant *named = rb_variant_find(text);
  *out = named ? *named : (rb_variant){0};
  if (named)
    return true;
  snprintf(out->name, sizeof out->name, "%s", text);
  bool whole = strlen(text) < sizeof out->name;
  if (whole &&
      (sscanf(text, "panels-%3u-%3u-%3u-%3u%c", &n[0], &n[1], &n[2], &n[3], &rest) == 4 ||
       sscanf(text, "panels-%3u-%3u-%3u-%3u-%1u%c", &n[0], &n[1], &n[2], &n[3], &n[4], &rest) ==
           5 ||
       sscanf(text, "signs-%3u-%3u-%3u-%3u-%1u%c", &n[0], &n[1], &n[2], &n[3], &n[4], &rest) == 5 ||
       sscanf(text, "bytes-%3u-%3u-%3u-%3u-%1u%c", &n[0], &n[1], &n[2], &n[3], &n[4], &rest) ==
           5)) {
    out->version = RB_VERSION_PANELS;
    out->lanes_per_row = 1;
    out->width = n[0];
    out->vectors = n[1];
    out->rows = n[2];
    out->neurons = n[3];
    out->subset = n[4] == ABSENT ? 1 : n[4];
    out->signs = text[0] != 'p';
    out->integers = text[0] == 'b' ? 4 : text[0] == 's' ? 2 : 0;
    if (panels_valid(out) &&
        (!out->signs || (out->subset > 1 && rb_variant_panel(out) <= SIGNS_MOST)))
      return true;
  } else if (whole && parse_tiles(text, out)) {
    if (tiles_valid(out))
      return true;
  } else if (whole && sscanf(text, "pipeline-%3u-%3u-%3u%c", &n[0], &n[1], &n[2], &rest) == 3) {
    out->version = RB_VERSION_PIPELINE;
    out->lanes_per_row = 1;
    out->width = n[0];
    out->rows = n[1];
    out->neurons = n[2];
    if (pipeline_valid(out))
      return true;
  }
  return rb_fail(
      err, RB_USAGE,
      "'%.64s' is no kernel variant: vector16, vector8, vector4, tiles, tiles-small, "
      "tf32x3, half, pipeline, panels-VW-VECTORS-ROWS-NEURONS[-SUBSET] (VW 1, 4, 8 or 16; NEURONS "
      "divides VW * "
      "VECTORS; SUBSET at most 8; at most 64 vectors of sums and 64 KiB of tables of sums "
      "over subsets of 32 samples), signs-VW-VECTORS-ROWS-NEURONS-SUBSET or bytes-.. (the same, VW "
      "* "
      "VECTORS at most 64), "
      "tiles-GROUP-PER-DEPTH-LANES[-REGISTERS] (GROUP to "
      "32, PER to 16, 4 divides GROUP * PER, DEPTH 4, 8, 16 or 32, LANES a power of two, "
      "REGISTERS 32 to 255), tf32x3-GROUP-PER-DEPTH-LANES[-REGISTERS] (the same where 8 divides "
      "GROUP and DEPTH, 2 divides PER), half-GROUP-PER-DEPTH-LANES[-REGISTERS] (the same where 16 "
      "divides DEPTH) or "
      "pipeline-VW-ROWS-NEURONS (VW as above; at most 64 vectors of sums)",
      text);
}

/* TF32 and copies to local memory came with it (PTX ISA 7.0, sm_80). */
enum { TENSOR_CORES_LEAST = 8 };

bool rb_variant_tensor_cores(const rb_device *device) {
  return device->compute_capability >= TENSOR_CORES_LEAST;
}

/* PRODUCT_ROWS_FLOATS of kernels/tiles.h and tiles_tensor.h, the most of any kernel. */
static unsigned local_floats_of(const rb_variant *v) {
  unsigned block = rb_variant_block(v), panels = 2 * v->depth * (block + 4),
           sums = v->group * block;
  switch (v->arithmetic) {
  case RB_ARITHMETIC_TF32X3:
    return 2 * (block * (v->depth + 4) + v->depth * (block + 8));
  case RB_ARITHMETIC_HALF:
    return 2 * (block * (v->depth + 8) + v->depth * (block + 4));
  default:
    return panels > sums ? panels : sums;
  }
}

bool rb_variant_check(const rb_variant *v, const rb_device *device, rb_err *err) {
  unsigned items = v->group * v->group > v->lanes_per_row ? v->group * v->group : v->lanes_per_row;
  bool tensor = v->arithmetic != RB_ARITHMETIC_MULTIPLY_ADD;
  unsigned local_bytes =
      v->subset > 1 ? tables_bytes(v) : local_floats_of(v) * (unsigned)sizeof(float);
  bool nvidia = strstr(device->extensions, "cl_nv_compiler_options") != NULL;
  if (v->registers > 0 && !nvidia)
    return rb_fail(
        err, RB_USAGE,
        "kernel variant '%s' limits registers, which the compiler of '%s' cannot be told", v->name,
        device->name);
  if (tensor && nvidia && !rb_variant_tensor_cores(device))
    return rb_fail(
        err, RB_USAGE,
        "kernel variant '%s' multiplies by tensor cores of compute capability %d; '%s' has "
        "%u",
        v->name, TENSOR_CORES_LEAST, device->name, device->compute_capability);
  if (items > device->group_size || local_bytes > device->local_bytes)
    return rb_fail(
        err, RB_USAGE,
        "kernel variant '%s' wants work-groups of %u items with %u bytes of local memory; "
        "'%s' has %llu and %llu",
        v->name, items, local_bytes, device->name, (unsigned long long)device->group_size,
        (unsigned long long)device->local_bytes);
  return true;
}

bool rb_variant_fits(const rb_variant *v, const rb_device *device) {
  rb_err ignored;
  return rb_variant_check(v, device, &ignored);
}

static const rb_variant *declared(const rb_device *device) {
  if (device->kind == RB_KIND_ACCELERATOR)
    return rb_variant_find("pipeline");
  if (device->vector_width >= 16)
    return rb_variant_find("vector16");
  if (device->vector_width >= 8)
    return rb_variant_find("vector8");
  if (device->vector_width >= 4)
    return rb_variant_find("vector4");
  /* The 64 sums of an item of `tiles` do not fit a CPU's registers: llvmpipe takes three times as
   * long for a round. */
  const rb_variant *tiles = rb_variant_find("tiles");
  bool large = device->kind != RB_KIND_CPU && rb_variant_fits(tiles, device);
  return large ? tiles : rb_variant_find("tiles-small");
}

rb_variant rb_variant_choose(const rb_device *device) {
  rb_variant own;
  rb_err ignored;
  return device->variant[0] && rb_variant_parse(device->variant, &own, &ignored)
             ? own
             : *declared(device);
}

const char *rb_variant_arithmetic_option(rb_arithmetic arithmetic) {
  static const char *const options[RB_N_ARITHMETICS] = {"", " -DTF32X3=1", " -DHALF=1"};
  return options[arithmetic];
}

rb_precision rb_variant_precision(const rb_variant *v) {
  return v->arithmetic == RB_ARITHMETIC_HALF ? RB_PRECISION_HALF : RB_PRECISION_SINGLE;
}

unsigned rb_variant_tables(const rb_variant *v) {
  return v->subset > 1 ? (RB_WORD_ROWS + v->subset - 1) / v->subset : 0;
}

unsigned rb_variant_table_from(const rb_variant *v, unsigned i) {
  return RB_WORD_ROWS * i / rb_variant_tables(v);
}

unsigned rb_variant_entries(const rb_variant *v) {
  unsigned sum = 0;
  for (unsigned i = 0; i < rb_variant_tables(v); i++)
    sum += 1u << (rb_variant_table_from(v, i + 1) - rb_variant_table_from(v, i));
  return sum;
}

unsigned rb_variant_block(const rb_variant *variant) {
  return variant->group * variant->per;
}

unsigned rb_variant_panel(const rb_variant *variant) {
  return variant->vectors * variant->width;
}
