// SPDX-License-Identifier: Apache-2.0
#include "net/variant.h"
#include <string.h>

/* Tile sizes of the vector versions: as many sums as the register file holds, 32 vectors of 16
 * floats or else 16 vectors, with the operands beside them. */
const rb_variant rb_variants[] = {
    {"vector16", 16, 1, 0, 5, 5, 12, 32, "-DVW=16", "-DVARIANT=0 -DTS=5 -DTJ=5",
     "-DVARIANT=0 -DTJ=12 -DTK=2"},
    {"vector8", 8, 1, 0, 3, 4, 6, 16, "-DVW=8", "-DVARIANT=0 -DTS=3 -DTJ=4",
     "-DVARIANT=0 -DTJ=6 -DTK=2"},
    {"vector4", 4, 1, 0, 3, 4, 6, 8, "-DVW=4", "-DVARIANT=0 -DTS=3 -DTJ=4",
     "-DVARIANT=0 -DTJ=6 -DTK=2"},
    {"tiles", 1, 64, 16, 64, 64, 64, 64, "-DVW=1 -DLANES_PER_ROW=64",
     "-DVARIANT=1 -DGROUP=16 -DPER=4 -DDEPTH=16", "-DVARIANT=1 -DGROUP=16 -DPER=4 -DDEPTH=16"},
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
