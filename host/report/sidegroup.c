// SPDX-License-Identifier: Apache-2.0
#include "report/sidegroup.h"

#include <stdlib.h>

#include "base/mem.h"
#include "report/devices.h"
#include "report/match.h"

/* ---- orders ---- */

typedef int order(const rb_record *a, const rb_record *b);

static int by_id(const rb_record *a, const rb_record *b) {
  int found = rb_load_compare(a, b, RB_F_part);
  return found ? found : rb_load_compare(a, b, RB_F_id);
}

static int by_id_and_device(const rb_record *a, const rb_record *b) {
  int found = by_id(a, b);
  return found ? found : rb_load_compare(a, b, RB_F_device);
}

static int by_work(const rb_record *a, const rb_record *b) {
  int found = rb_load_compare(a, b, RB_F_part);
  return found ? found : rb_match_compare(a, b);
}

static int by_trace(const rb_sidegroup_cell *a, const rb_sidegroup_cell *b) {
  int found = (a->trace > b->trace) - (a->trace < b->trace);
  return found ? found : (a->place > b->place) - (a->place < b->place);
}

static int sort_cells(const void *left, const void *right, order *key) {
  const rb_sidegroup_cell *a = left, *b = right;
  int found = key(a->cell, b->cell);
  found = found ? found : (int)a->side - (int)b->side;
  return found ? found : by_trace(a, b);
}

static int sort_by_id(const void *left, const void *right) {
  return sort_cells(left, right, by_id);
}

static int sort_by_id_and_device(const void *left, const void *right) {
  return sort_cells(left, right, by_id_and_device);
}

static int sort_by_work(const void *left, const void *right) {
  return sort_cells(left, right, by_work);
}

/* Cells of one configuration whose keys are equal too make a group. */
typedef struct scheme {
  order *configuration, *key;
  int (*sort)(const void *, const void *);
} scheme;

static const scheme of_check = {by_id, by_id_and_device, sort_by_id_and_device};
static const scheme of_pairs = {by_id, by_id, sort_by_id};
static const scheme of_pairs_by_work = {by_work, by_work, sort_by_work};

/* ---- cells ---- */

static bool collect(rb_sidegroups *out, const rb_trace *traces, size_t n, rb_side side,
                    size_t *room, rb_err *err) {
  void *grown = out->cells;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < traces[i].n_records; j++) {
      const rb_record *record = traces[i].records[j];
      if (!rb_record_is_text(record, RB_F_type, "cell"))
        continue;
      if (!rb_grow(&grown, room, out->n_cells + 1, sizeof *out->cells, "cells", err))
        return false;
      out->cells = grown;
      out->cells[out->n_cells++] = (rb_sidegroup_cell){record, side, i, j};
    }
  return true;
}

static bool collect_all(const rb_sides *sides, rb_sidegroups *out, rb_err *err) {
  const rb_sides_stage *first = &sides->first, *second = &sides->second;
  size_t room = 0;
  return collect(out, first->base, first->n_base, RB_SIDE_BASE, &room, err) &&
         collect(out, first->fresh, first->n_fresh, RB_SIDE_FRESH, &room, err) &&
         collect(out, second->base, second->n_base, RB_SIDE_BASE_AGAIN, &room, err) &&
         collect(out, second->fresh, second->n_fresh, RB_SIDE_FRESH_AGAIN, &room, err);
}

/* ---- groups ---- */

/* The end of the sorted cells from `from` on that are equal to it. */
static size_t end_of(const rb_sidegroups *of, size_t from, order *same) {
  size_t to = from + 1;
  while (to < of->n_cells && same(of->cells[to].cell, of->cells[from].cell) == 0)
    to++;
  return to;
}

/* The first cell of a side among from..to; NULL if it has none. */
static const rb_sidegroup_cell *first_of(const rb_sidegroups *of, size_t from, size_t to,
                                         rb_side side) {
  for (size_t i = from; i < to; i++)
    if (of->cells[i].side == side)
      return &of->cells[i];
  return NULL;
}

static void sort_related(rb_sidegroups *out, const scheme *by) {
  size_t n_fresh = 0;
  out->related = false;
  qsort(out->cells, out->n_cells, sizeof *out->cells, by->sort);
  for (size_t i = 0, end; i < out->n_cells; i = end) {
    end = end_of(out, i, by->configuration);
    bool fresh = first_of(out, i, end, RB_SIDE_FRESH) != NULL;
    out->related |= fresh && first_of(out, i, end, RB_SIDE_BASE);
    n_fresh += fresh;
  }
  out->related |= n_fresh == 0;
}

static rb_sidegroup make_group(const rb_sidegroups *of, size_t from, size_t to) {
  rb_sidegroup group = {.cells = &of->cells[from], .n = to - from};
  for (size_t i = from; i < to; i++) {
    rb_side side = of->cells[i].side;
    group.of[side] = group.n_of[side] ? group.of[side] : &of->cells[i];
    group.n_of[side]++;
  }
  return group;
}

static int sort_groups(const void *left, const void *right) {
  const rb_sidegroup *a = left, *b = right;
  return by_trace(a->of[RB_SIDE_BASE], b->of[RB_SIDE_BASE]);
}

static bool make_groups(rb_sidegroups *out, const scheme *by, rb_err *err) {
  if (!rb_alloc((void **)&out->list, out->n_cells, sizeof *out->list, "cells", err))
    return false;
  for (size_t i = 0, end; i < out->n_cells; i = end) {
    end = end_of(out, i, by->configuration);
    const rb_sidegroup_cell *fresh = first_of(out, i, end, RB_SIDE_FRESH);
    size_t before = out->n;
    for (size_t j = i, to; j < end; j = to) {
      to = end_of(out, j, by->key);
      rb_sidegroup group = make_group(out, j, to);
      group.elsewhere = fresh ? rb_devices_name(fresh->cell) : NULL;
      if (group.n_of[RB_SIDE_BASE])
        out->list[out->n++] = group;
    }
    out->n_new += out->n == before && fresh;
  }
  qsort(out->list, out->n, sizeof *out->list, sort_groups);
  return true;
}

bool rb_sidegroups_find(const rb_sides *sides, rb_sidegroups *out, rb_err *err) {
  const scheme *by = sides->paired ? &of_pairs : &of_check;
  *out = (rb_sidegroups){0};
  if (!collect_all(sides, out, err))
    return false;
  sort_related(out, by);
  if (!out->related && sides->paired) {
    by = &of_pairs_by_work;
    sort_related(out, by);
  }
  return make_groups(out, by, err);
}

void rb_sidegroups_free(rb_sidegroups *groups) {
  free(groups->cells);
  free(groups->list);
  *groups = (rb_sidegroups){0};
}
