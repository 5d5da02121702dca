// SPDX-License-Identifier: Apache-2.0
#include "report/comparenames.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "report/phrase.h"

const rb_record *rb_comparenames_cell(const rb_compare_cell *cell) {
  return cell->cells[cell->cells[0] ? 0 : 1];
}

/* Cells that are named together. */
typedef struct group {
  const rb_record **cells; /* (n) */
  const size_t *places;    /* (n) in the pair */
  size_t n;
} group;

static bool same_in(const group *of, rb_field field) {
  for (size_t i = 1; i < of->n; i++)
    if (rb_load_compare(of->cells[i], of->cells[0], field) != 0)
      return false;
  return true;
}

static rb_load_set told_in(const group *of) {
  return rb_load_told(of->cells, of->n) & ~rb_match_apart();
}

/* What is the same in all of them, without step sizes that follow from the shape. */
static rb_load_set common_in(const group *of) {
  rb_load_set set = 0, steps = rb_load_bit(RB_F_eta_a) | rb_load_bit(RB_F_eta_w);
  for (size_t i = 0; i < rb_load_n_key; i++)
    set |= same_in(of, rb_load_key[i]) ? (rb_load_set)1 << i : 0;
  for (size_t i = 0; i < of->n; i++)
    if (!rb_load_has_default_steps(of->cells[i]))
      steps = 0;
  return set & ~(rb_match_apart() | rb_load_bit(RB_F_workload) | steps);
}

/* How a text about a cell is put together. */
typedef struct wording {
  const char *after_part; /* NULL: the part is left out */
  rb_load_set set;
  bool named, seed;
} wording;

static bool write_text(const rb_record *cell, const wording *how, char **out, rb_err *err) {
  const char *part = rb_record_get_text(cell, RB_F_part);
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  if (how->after_part && part)
    fprintf(t.to, "%s%s", part, how->after_part);
  rb_load_write(cell, how->set, how->named, t.to);
  if (how->seed && rb_record_has(cell, RB_F_seed))
    fprintf(t.to, "%sseed=%" PRIu64, how->set ? " " : "", rb_record_get_integer(cell, RB_F_seed));
  return rb_phrase_close(&t, err);
}

/* The part [from, to) of all. */
static bool name_part(const group *all, size_t from, size_t to, rb_comparenames *out, rb_err *err) {
  const group own = {all->cells + from, all->places + from, to - from};
  bool parts = own.n < all->n, seeds = !same_in(&own, RB_F_seed);
  const rb_load_set told = told_in(all);
  const wording name = {NULL, told_in(&own), false, seeds},
                full = {parts ? " " : NULL, told, false, !same_in(all, RB_F_seed)},
                title = {": ", told & common_in(&own), false, full.seed && !seeds};
  bool ok = !parts || write_text(own.cells[0], &title, &out->titles[own.places[0]], err);
  for (size_t i = 0; ok && i < own.n; i++)
    ok = write_text(own.cells[i], &name, &out->names[own.places[i]], err) &&
         write_text(own.cells[i], &full, &out->fulls[own.places[i]], err);
  return ok;
}

static bool name_all(const group *all, rb_comparenames *out, rb_err *err) {
  bool parts = !same_in(all, RB_F_part), ok = true;
  const wording common = {NULL, common_in(all) | (parts ? 0 : rb_load_bit(RB_F_part)), true,
                          same_in(all, RB_F_seed)};
  ok = all->n == 0 || write_text(all->cells[0], &common, &out->common, err);
  for (size_t from = 0, to = 0; ok && from < all->n; from = to) {
    for (to = from + 1; to < all->n; to++)
      if (rb_load_compare(all->cells[from], all->cells[to], RB_F_part) != 0)
        break;
    ok = name_part(all, from, to, out, err);
  }
  return ok;
}

bool rb_comparenames_find(const rb_compare_pair *pair, bool all, rb_comparenames *out,
                          rb_err *err) {
  void *cells = NULL, *places = NULL, *texts = NULL;
  group chosen = {0};
  *out = (rb_comparenames){0};
  bool ok = rb_alloc(&cells, pair->n_cells, sizeof *chosen.cells, "cells of a pair", err) &&
            rb_alloc(&places, pair->n_cells, sizeof(size_t), "cells of a pair", err) &&
            rb_alloc(&texts, 3 * pair->n_cells, sizeof(char *), "names of cells", err);
  if (ok) {
    size_t *at = places;
    out->n_cells = pair->n_cells;
    out->names = texts;
    out->fulls = out->names + pair->n_cells;
    out->titles = out->fulls + pair->n_cells;
    chosen = (group){cells, at, 0};
    for (size_t i = 0; i < pair->n_cells; i++)
      if (all || pair->cells[i].state <= RB_COMPARE_UNSURE) {
        chosen.cells[chosen.n] = rb_comparenames_cell(&pair->cells[i]);
        at[chosen.n++] = i;
      }
    ok = name_all(&chosen, out, err);
  }
  free(cells);
  free(places);
  return ok;
}

void rb_comparenames_free(rb_comparenames *names) {
  for (size_t i = 0; i < 3 * names->n_cells; i++)
    free(names->names[i]); /* the three lists are one block */
  free(names->names);
  free(names->common);
  *names = (rb_comparenames){0};
}
