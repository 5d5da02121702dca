// SPDX-License-Identifier: Apache-2.0
#include "net/variant.h"
#include <string.h>

/* Tile sizes of the panels: as many sums as hide the latency of a multiply-add and leave registers
 * for the operands: 32 vector registers (AVX-512) or 16. */
const rb_variant rb_variants[] = {
    {.name = "vector16",
     .version = RB_VERSION_PANELS,
     .width = 16,
     .lanes_per_row = 1,
     .vectors = 2,
     .rows = 8,
     .neurons = 8},
    {.name = "vector8",
     .version = RB_VERSION_PANELS,
     .width = 8,
     .lanes_per_row = 1,
     .vectors = 3,
     .rows = 4,
     .neurons = 4},
    {.name = "vector4",
     .version = RB_VERSION_PANELS,
     .width = 4,
     .lanes_per_row = 1,
     .vectors = 3,
     .rows = 4,
     .neurons = 4},
    {.name = "tiles",
     .version = RB_VERSION_TILES,
     .width = 1,
     .lanes_per_row = 64,
     .group = 16,
     .per = 4,
     .depth = 16},
    {0},
};

const rb_variant *rb_variant_find(const char *name) {
  for (const rb_variant *v = rb_variants; v->name; v++)
    if (strcmp(v->name, name) == 0)
      return v;
  return NULL;
}

const rb_variant *rb_variant_choose(const rb_device *device) {
  if (device->vector_width >= 16)
    return rb_variant_find("vector16");
  if (device->vector_width >= 8)
    return rb_variant_find("vector8");
  if (device->vector_width >= 4)
    return rb_variant_find("vector4");
  return rb_variant_find("tiles");
}

unsigned rb_variant_panel(const rb_variant *variant) {
  return variant->vectors * variant->width;
}
