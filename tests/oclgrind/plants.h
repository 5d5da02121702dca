// SPDX-License-Identifier: Apache-2.0
/* Bugs to plant into the kernels: each is a replacement of text that must occur exactly as often as
 * `times` says, so that a plant cannot quietly stop fitting the kernel. What Oclgrind must say
 * about each stands in CMakeLists.txt. */
#ifndef RB_TESTS_OCLGRIND_PLANTS_H
#define RB_TESTS_OCLGRIND_PLANTS_H

typedef struct plant {
  const char *name, *file, *from, *to;
  unsigned times;
} plant;

static const plant plants[] = {
    /* Vector versions: rows and neurons past the edge. */
    {"read_outside", "panels.h", "begin : rows - TS", "begin : begin", 1},
    {"write_outside", "backward.cl", "if (j0 + b < m)", "if (j0 < m)", 1},
    /* Tiles: the panel is read before all have written it, or overwritten while others read. */
    {"no_barrier", "tiles.h", "    barrier(CLK_LOCAL_MEM_FENCE);\n    if (k + DEPTH",
     "    if (k + DEPTH", 1},
    {"no_second_barrier", "tiles.h", "    barrier(CLK_LOCAL_MEM_FENCE);\n  }\n", "  }\n", 2},
    {"no_copy_barrier", "tiles_tensor.h",
     "    wait_for_copies();\n    barrier(CLK_LOCAL_MEM_FENCE);\n", "    wait_for_copies();\n", 2},
    /* Two work-items own one weight. */
    {"two_owners", "update.cl", "get_global_id(0) * VW, j = get_global_id(1);",
     "get_global_id(0) / 2 * VW, j = get_global_id(1);", 1},
    {"uninitialised_local", "vector.h", "  partial[lane] = x;",
     "  if (lane > 0)\n    partial[lane] = x;", 1},
    {"uninitialised_private", "activation.cl", "float best = 0.0f;\n  for", "float best;\n  for",
     1},
    /* Half of the group waits where the others do not. */
    {"divergent_barrier", "vector.h",
     "partial[lane] += partial[lane + half_width];\n    barrier(CLK_LOCAL_MEM_FENCE);",
     "{ partial[lane] += partial[lane + half_width];\n    barrier(CLK_LOCAL_MEM_FENCE); }", 1},
    /* Nothing wrong, but more than is needed: only counts of instructions see it (counts). */
    {"extra_barrier", "samples.cl", "    GROUP_BARRIER;", "    GROUP_BARRIER;\n    GROUP_BARRIER;",
     1},
    {"extra_load", "update.cl", "  STOREV(MAD((floatv)(step)",
     "  (void)*(__global const volatile float *)g;\n  STOREV(MAD((floatv)(step)", 1},
};

#endif
