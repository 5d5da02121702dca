// SPDX-License-Identifier: Apache-2.0
#include "report/crossover.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/growth.h"

const char *const rb_crossover_states[] = {"overtakes", "falls behind", "none: faster",
                                           "none: slower", "none: not told apart"};

/* A cell that may be a point of a curve. */
typedef struct point {
  const rb_compare_cell *of;
  const rb_record *cell; /* of the base */
  rb_load_set skipped;
  uint64_t size;
} point;

static int compare_curves(const point *a, const point *b) {
  const rb_load_set steps = rb_load_bit(RB_F_eta_a) | rb_load_bit(RB_F_eta_w);
  bool has_a = !(a->skipped & steps), has_b = !(b->skipped & steps);
  int order = has_a - has_b;
  for (size_t i = 0; order == 0 && i < rb_load_n_key; i++)
    if (!(a->skipped >> i & 1))
      order = rb_load_compare(a->cell, b->cell, rb_load_key[i]);
  return order ? order : rb_load_compare(a->cell, b->cell, RB_F_seed);
}

static int by_curve(const void *left, const void *right) {
  const point *a = left, *b = right;
  int order = compare_curves(a, b);
  order = order ? order : (a->size > b->size) - (a->size < b->size);
  return order ? order : (a->of > b->of) - (a->of < b->of);
}

/* The compared cells, curve by curve, into list (n_cells); returns how many. */
static size_t list_points(const rb_compare_pair *pair, rb_growth_axis axis, point *list) {
  const rb_load_set steps = rb_load_bit(RB_F_eta_a) | rb_load_bit(RB_F_eta_w);
  size_t n = 0;
  for (size_t i = 0; i < pair->n_cells; i++) {
    const rb_compare_cell *of = &pair->cells[i];
    const rb_record *cell = of->cells[0];
    if (of->state > RB_COMPARE_UNSURE || strcmp(rb_load_mode(cell), "time") != 0 ||
        rb_record_get_integer(cell, rb_growth_fields[axis]) == 0 ||
        (axis == RB_GROWTH_N &&
         rb_record_get_integer(cell, RB_F_n1) != rb_record_get_integer(cell, RB_F_n2)))
      continue;
    list[n++] = (point){of, cell,
                        rb_growth_along(axis) | rb_match_apart() |
                            (rb_load_has_default_steps(cell) ? steps : 0),
                        rb_record_get_integer(cell, rb_growth_fields[axis])};
  }
  qsort(list, n, sizeof *list, by_curve);
  return n;
}

/* A size that two parts of a suite have counts once. */
static size_t drop_twins(point *list, size_t n) {
  size_t kept = n > 0;
  for (size_t i = 1; i < n; i++)
    if (list[i].size != list[kept - 1].size)
      list[kept++] = list[i];
  return kept;
}

static int sign_of(const point *one) {
  return one->of->state == RB_COMPARE_FASTER ? 1 : one->of->state == RB_COMPARE_SLOWER ? -1 : 0;
}

/* Where the line through list[from..to], whose ends have opposite signs, first meets 0. */
static double first_zero(const point *list, size_t from, size_t to) {
  for (size_t i = from; i < to; i++) {
    double x1 = log((double)list[i].size), x2 = log((double)list[i + 1].size);
    double y1 = log(list[i].of->ratio[0]), y2 = log(list[i + 1].of->ratio[0]);
    if ((y1 <= 0 && y2 >= 0) || (y1 >= 0 && y2 <= 0))
      return y1 == y2 ? exp(x1) : exp(x1 - y1 * (x2 - x1) / (y2 - y1));
  }
  return NAN;
}

static bool add(rb_compare_pair *pair, size_t *room, const rb_crossover *one, rb_err *err) {
  void *grown = pair->crossovers;
  bool ok = rb_grow(&grown, room, pair->n_crossovers + 1, sizeof *one, "crossovers", err);
  pair->crossovers = grown;
  if (ok)
    pair->crossovers[pair->n_crossovers++] = *one;
  return ok;
}

static bool add_curve(rb_compare_pair *pair, size_t *room, rb_crossover one, const point *list,
                      rb_err *err) {
  size_t before = one.n_sizes; /* the last size told apart; none yet */
  size_t n_before = pair->n_crossovers;
  bool ok = true;
  for (size_t i = 0; i < one.n_sizes; i++)
    one.n_told += sign_of(&list[i]) != 0;
  for (size_t i = 0; ok && i < one.n_sizes; i++) {
    int sign = sign_of(&list[i]);
    if (sign == 0)
      continue;
    if (before < one.n_sizes && sign != sign_of(&list[before])) {
      one.state = sign > 0 ? RB_CROSSOVER_UP : RB_CROSSOVER_DOWN;
      one.size = first_zero(list, before, i);
      one.between[0] = list[before].size, one.between[1] = list[i].size;
      ok = add(pair, room, &one, err);
    }
    before = i;
  }
  if (!ok || pair->n_crossovers > n_before)
    return ok;
  one.state = before == one.n_sizes        ? RB_CROSSOVER_UNSURE
              : sign_of(&list[before]) > 0 ? RB_CROSSOVER_FASTER
                                           : RB_CROSSOVER_SLOWER;
  return add(pair, room, &one, err);
}

bool rb_crossover_find(rb_compare_pair *pair, rb_err *err) {
  void *memory = NULL;
  size_t room = 0, n_curves = 0;
  if (!rb_alloc(&memory, pair->n_cells, sizeof(point), "points of curves", err))
    return false;
  point *list = memory;
  bool ok = true;
  for (int axis = 0; ok && axis < RB_GROWTH_N_AXES; axis++) {
    size_t n = list_points(pair, (rb_growth_axis)axis, list);
    for (size_t from = 0, to = 0; ok && from < n; from = to) {
      for (to = from + 1; to < n && compare_curves(&list[from], &list[to]) == 0; to++) {
      }
      size_t n_sizes = drop_twins(&list[from], to - from);
      rb_crossover one = {.curve = n_curves,
                          .axis = axis,
                          .cell = list[from].cell,
                          .n_sizes = n_sizes,
                          .range = {list[from].size, list[from + n_sizes - 1].size},
                          .size = NAN};
      if (n_sizes < 2)
        continue;
      n_curves++;
      ok = add_curve(pair, &room, one, &list[from], err);
    }
  }
  free(list);
  return ok;
}
