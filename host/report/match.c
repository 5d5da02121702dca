// SPDX-License-Identifier: Apache-2.0
#include "report/match.h"

#include <stdlib.h>

#include "base/mem.h"

rb_load_set rb_match_apart(void) {
  return rb_load_bit(RB_F_part) | rb_load_bit(RB_F_device) | rb_load_bit(RB_F_backend) |
         rb_load_bit(RB_F_variant) | rb_load_bit(RB_F_tile) | rb_load_bit(RB_F_chunk);
}

/* Old traces do not name the sampler where it is direct. */
static int compare_field(const rb_record *a, const rb_record *b, rb_field field) {
  return field == RB_F_sampler && rb_load_is_direct(a) && rb_load_is_direct(b)
             ? 0
             : rb_load_compare(a, b, field);
}

rb_load_set rb_match_differs(const rb_record *a, const rb_record *b) {
  rb_load_set set = 0;
  for (size_t i = 0; i < rb_load_n_key; i++)
    if (compare_field(a, b, rb_load_key[i]) != 0)
      set |= (rb_load_set)1 << i;
  return set & ~rb_match_apart();
}

/* ---- orders ---- */

/* A cell that has no match yet. */
typedef struct entry {
  const rb_record *cell;
  size_t place; /* in its system */
} entry;

typedef int order(const rb_record *a, const rb_record *b);

static int by_fields(const rb_record *a, const rb_record *b, const rb_field *fields, size_t n) {
  int found = 0;
  for (size_t i = 0; found == 0 && i < n; i++)
    found = compare_field(a, b, fields[i]);
  return found;
}

static int by_setting(const rb_record *a, const rb_record *b) {
  const rb_load_set apart = rb_match_apart();
  int found = 0;
  for (size_t i = 0; found == 0 && i < rb_load_n_key; i++)
    if (!(apart >> i & 1))
      found = compare_field(a, b, rb_load_key[i]);
  return found;
}

int rb_match_compare(const rb_record *a, const rb_record *b) {
  int found = by_setting(a, b);
  return found ? found : rb_load_compare(a, b, RB_F_seed);
}

static int by_shape(const rb_record *a, const rb_record *b) {
  static const rb_field fields[] = {RB_F_mode, RB_F_d, RB_F_r, RB_F_T, RB_F_m, RB_F_n1, RB_F_n2};
  return by_fields(a, b, fields, sizeof fields / sizeof fields[0]);
}

/* Cells that a suite asks for in two parts, or with two tiles, meet their like. */
static int by_rest(const entry *a, const entry *b) {
  static const rb_field fields[] = {RB_F_part, RB_F_tile, RB_F_chunk, RB_F_variant, RB_F_seed};
  int found = by_fields(a->cell, b->cell, fields, sizeof fields / sizeof fields[0]);
  return found ? found : (a->place > b->place) - (a->place < b->place);
}

static int sort_work(const void *left, const void *right) {
  const entry *a = left, *b = right;
  int found = rb_match_compare(a->cell, b->cell);
  return found ? found : by_rest(a, b);
}

static int sort_setting(const void *left, const void *right) {
  const entry *a = left, *b = right;
  int found = by_setting(a->cell, b->cell);
  return found ? found : by_rest(a, b);
}

static int sort_shape(const void *left, const void *right) {
  const entry *a = left, *b = right;
  int found = by_shape(a->cell, b->cell);
  return found ? found : by_rest(a, b);
}

static int sort_shown(const void *left, const void *right) {
  const rb_match *a = left, *b = right;
  const rb_record *one = a->cells[0] ? a->cells[0] : a->cells[1];
  const rb_record *two = b->cells[0] ? b->cells[0] : b->cells[1];
  int found = rb_load_compare(one, two, RB_F_part);
  found = found ? found : rb_match_compare(one, two);
  return found ? found : (int)a->kind - (int)b->kind;
}

/* ---- joining ---- */

typedef struct side {
  entry *entries; /* (n) */
  size_t n;
} side;

/* How many entries from `from` on are equal to it. */
static size_t run_length(const side *of, size_t from, order *compare) {
  size_t to = from + 1;
  while (to < of->n && compare(of->entries[from].cell, of->entries[to].cell) == 0)
    to++;
  return to - from;
}

static void add_match(rb_matches *to, rb_match_kind kind, const rb_record *a, const rb_record *b) {
  to->list[to->n++] = (rb_match){kind, {a, b}};
}

/* Pairs what is equal by compare, k-th with k-th. What is over goes back to its side, or with
 * repeated is a repetition of what was paired. */
static void join(side *a, side *b, order *compare, int (*sort)(const void *, const void *),
                 rb_match_kind kind, bool repeated, rb_matches *out) {
  size_t i = 0, j = 0, left_a = 0, left_b = 0;
  qsort(a->entries, a->n, sizeof *a->entries, sort);
  qsort(b->entries, b->n, sizeof *b->entries, sort);
  while (i < a->n || j < b->n) {
    int found = i == a->n ? 1 : j == b->n ? -1 : compare(a->entries[i].cell, b->entries[j].cell);
    size_t n_a = found <= 0 ? run_length(a, i, compare) : 0;
    size_t n_b = found >= 0 ? run_length(b, j, compare) : 0;
    size_t n_both = n_a < n_b ? n_a : n_b;
    for (size_t k = 0; k < n_both; k++)
      add_match(out, kind, a->entries[i + k].cell, b->entries[j + k].cell);
    for (size_t k = n_both; k < n_a; k++)
      if (repeated && n_both)
        add_match(out, RB_MATCH_REPEATED, a->entries[i + k].cell, NULL);
      else
        a->entries[left_a++] = a->entries[i + k];
    for (size_t k = n_both; k < n_b; k++)
      if (repeated && n_both)
        add_match(out, RB_MATCH_REPEATED, NULL, b->entries[j + k].cell);
      else
        b->entries[left_b++] = b->entries[j + k];
    i += n_a, j += n_b;
  }
  a->n = left_a, b->n = left_b;
}

static bool open_side(const rb_system *system, side *out, rb_err *err) {
  void *memory = NULL;
  if (!rb_alloc(&memory, system->n_cells, sizeof(entry), "cells to match", err))
    return false;
  *out = (side){memory, system->n_cells};
  for (size_t i = 0; i < out->n; i++)
    out->entries[i] = (entry){system->cells[i], i};
  return true;
}

bool rb_matches_find(const rb_system *base, const rb_system *other, rb_matches *out, rb_err *err) {
  void *memory = NULL;
  side a = {0}, b = {0};
  *out = (rb_matches){0};
  bool ok = open_side(base, &a, err) && open_side(other, &b, err) &&
            rb_alloc(&memory, a.n + b.n, sizeof *out->list, "matches of cells", err);
  if (ok) {
    out->list = memory;
    join(&a, &b, rb_match_compare, sort_work, RB_MATCH_SAME, true, out);
    join(&a, &b, by_setting, sort_setting, RB_MATCH_SEED, false, out);
    join(&a, &b, by_shape, sort_shape, RB_MATCH_SETTING, false, out);
    for (size_t i = 0; i < a.n; i++)
      add_match(out, RB_MATCH_ALONE, a.entries[i].cell, NULL);
    for (size_t i = 0; i < b.n; i++)
      add_match(out, RB_MATCH_ALONE, NULL, b.entries[i].cell);
    qsort(out->list, out->n, sizeof *out->list, sort_shown);
  }
  free(a.entries);
  free(b.entries);
  return ok;
}

void rb_matches_free(rb_matches *matches) {
  free(matches->list);
  *matches = (rb_matches){0};
}
