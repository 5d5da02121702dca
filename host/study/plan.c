// SPDX-License-Identifier: Apache-2.0
/* A part becomes columns (one per axis), a column entries (one per item, each a value, a range or
 * an expression), and the columns' positions an odometer. Counting needs no cell, so that a suite
 * of 10^18 cells is refused as fast as one of ten. */
#include "study/plan.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/sha256.h"
#include "study/expression.h"
#include "study/names.h"
#include "study/range.h"

typedef struct entry {
  const rb_item *item; /* NULL: the backend of the command line */
  bool depends;        /* an expression that names axes: one value, resolved per cell */
  rb_range range;      /* else; a single value is a range of one */
} entry;

typedef struct column {
  rb_axis_key key;
  entry *entries; /* (n_entries) */
  size_t n_entries;
  uint64_t n_values;
  /* odometer: value `at` of entry `now` */
  size_t now;
  uint64_t at;
} column;

typedef struct sheet {
  const rb_part *part;
  column columns[RB_N_AXES];
  size_t n_columns;
  uint64_t n_cells;
} sheet;

/* A cell while its axes are resolved. */
typedef struct resolver {
  const sheet *sheet;
  double values[RB_N_AXES];
  enum { UNKNOWN, RESOLVING, KNOWN } states[RB_N_AXES];
  rb_axis_key chain[RB_N_AXES]; /* (n_chain) axes being resolved, outermost first */
  size_t n_chain;
  bool failed; /* then `inner` says why a look-up failed, better than the expression could */
  rb_err inner;
} resolver;

static bool resolve(resolver *r, rb_axis_key key, rb_err *err);

/* Columns */

static const char *const *words_of(rb_axis_key key) {
  switch (key) {
  case RB_AXIS_law:
    return rb_law_names;
  case RB_AXIS_tasks:
    return rb_task_law_names;
  case RB_AXIS_inputs:
    return rb_sampling_names;
  case RB_AXIS_ablation:
    return rb_ablation_names;
  case RB_AXIS_backend:
    return rb_backend_names;
  case RB_AXIS_sampler:
    return rb_sampler_names;
  case RB_AXIS_source:
    return rb_source_names;
  case RB_AXIS_task:
    return rb_new_task_names;
  case RB_AXIS_quantity:
    return rb_quantity_names;
  case RB_AXIS_head:
    return rb_head_names;
  default:
    return NULL;
  }
}

static bool read_word(rb_axis_key key, const rb_item *item, entry *out, rb_err *err) {
  const char *const *words = words_of(key);
  int word = rb_names_find(item->text, words);
  char list[256];
  out->range = rb_range_single(word);
  return word >= 0 || rb_fail(err, RB_USAGE, "%s '%.64s' is none of: %s", rb_axis_names[key],
                              item->text, rb_names_list(words, list, sizeof list));
}

typedef struct name_use {
  bool used;
  char missing[32]; /* a name that is no number axis */
} name_use;

static int number_axis(const char *name) {
  int key = rb_names_find(name, rb_axis_names);
  return key < RB_AXIS_FIRST_WORD ? key : -1;
}

static bool note_name(void *context, const char *name, double *value) {
  name_use *use = context;
  (void)value;
  use->used = true;
  if (number_axis(name) >= 0)
    return true;
  snprintf(use->missing, sizeof use->missing, "%s", name);
  return false;
}

static bool unknown_name(const char *name, rb_err *err) {
  const char *numbers[RB_AXIS_FIRST_WORD + 1] = {NULL};
  for (int i = 0; i < RB_AXIS_FIRST_WORD; i++)
    numbers[i] = rb_axis_names[i];
  if (rb_names_find(name, rb_axis_names) >= 0)
    return rb_fail(err, RB_USAGE, "axis '%s' holds words and cannot be computed with", name);
  return rb_names_unknown("name", name, numbers, NULL, err);
}

static bool read_number(const rb_item *item, entry *out, rb_err *err) {
  name_use use = {false, ""};
  double value;
  if (rb_range_is(item->text))
    return rb_range_read(item->text, RB_PLAN_CELLS, &out->range, err);
  if (!rb_expression_check(item->text, false, note_name, &use, err))
    return use.missing[0] ? unknown_name(use.missing, err) : false;
  out->depends = use.used;
  if (use.used)
    value = 0;
  else if (!rb_expression_value(item->text, NULL, NULL, &value, err))
    return false;
  out->range = rb_range_single(value);
  return true;
}

static bool read_entry(rb_axis_key key, const rb_item *item, entry *out, rb_err *err) {
  *out = (entry){.item = item};
  if (key >= RB_AXIS_FIRST_WORD)
    return read_word(key, item, out, err) || rb_suite_locate(&item->place, err);
  if (read_number(item, out, err))
    return true;
  rb_prefix(err, "%s '%.80s'", rb_axis_names[key], item->text);
  return rb_suite_locate(&item->place, err);
}

static bool make_column(const rb_axis *axis, column *out, rb_err *err) {
  void *entries;
  *out = (column){.key = axis->key};
  if (!rb_alloc(&entries, axis->n_items, sizeof *out->entries, "items of an axis", err))
    return false;
  out->entries = entries;
  for (size_t i = 0; i < axis->n_items; i++) {
    if (!read_entry(axis->key, &axis->items[i], &out->entries[i], err))
      return false;
    out->n_entries++;
    out->n_values += out->entries[i].range.count; /* <= RB_SUITE_ITEMS * RB_PLAN_CELLS */
  }
  return true;
}

/* The one-valued column of a backend that the command line chose. */
static bool override_column(int backend, column *out, rb_err *err) {
  void *entries;
  *out = (column){.key = RB_AXIS_backend};
  if (!rb_alloc(&entries, 1, sizeof *out->entries, "backend", err))
    return false;
  out->entries = entries;
  out->entries[0].range = rb_range_single(backend);
  out->n_entries = out->n_values = 1;
  return true;
}

static bool make_sheet(const rb_part *part, int backend_override, sheet *out, rb_err *err) {
  bool fits = true;
  out->part = part;
  out->n_cells = 1;
  for (size_t i = 0; i < part->n_axes; i++) {
    if (backend_override >= 0 && part->axes[i].key == RB_AXIS_backend)
      continue;
    column *c = &out->columns[out->n_columns++];
    if (!make_column(&part->axes[i], c, err))
      return false;
    fits = fits && rb_mul_u64(out->n_cells, c->n_values, &out->n_cells);
  }
  if (fits && out->n_cells <= RB_PLAN_CELLS)
    return backend_override < 0 ||
           override_column(backend_override, &out->columns[out->n_columns++], err);
  if (fits)
    rb_fail(err, RB_USAGE, "part '%s' has %llu cells, more than %d; write fewer values", part->name,
            (unsigned long long)out->n_cells, RB_PLAN_CELLS);
  else
    rb_fail(err, RB_USAGE, "part '%s' has more than 2^64 cells, %d are allowed", part->name,
            RB_PLAN_CELLS);
  return rb_suite_locate(&part->place, err);
}

static void free_sheet(sheet *s) {
  for (size_t i = 0; i < s->n_columns; i++)
    free(s->columns[i].entries);
}

/* On to the next point, the last column first; false after the last point. */
static bool step(sheet *s) {
  for (size_t i = s->n_columns; i-- > 0;) {
    column *c = &s->columns[i];
    if (++c->at < c->entries[c->now].range.count)
      return true;
    c->at = 0;
    if (++c->now < c->n_entries)
      return true;
    c->now = 0;
  }
  return false;
}

/* Values of a cell */

static const column *find_column(const sheet *s, rb_axis_key key) {
  for (size_t i = 0; i < s->n_columns; i++)
    if (s->columns[i].key == key)
      return &s->columns[i];
  return NULL;
}

static const entry *current(const column *c) {
  return c != NULL ? &c->entries[c->now] : NULL;
}

static double largest_whole(rb_axis_key key) {
  return key == RB_AXIS_seed ? 9007199254740991.0 : 4294967295.0;
}

static bool is_whole(rb_axis_key key) {
  return key <= RB_AXIS_LAST_WHOLE;
}

static bool check_value(rb_axis_key key, double value, const entry *e, rb_err *err) {
  if (!is_whole(key) || (value >= 0 && value <= largest_whole(key) && value == floor(value)))
    return true;
  rb_fail(err, RB_USAGE, "%s = %.17g, from '%.80s', is no whole number in 0..%.0f",
          rb_axis_names[key], value, e->item->text, largest_whole(key));
  return rb_suite_locate(&e->item->place, err);
}

static bool cycle(const resolver *r, rb_axis_key key, rb_err *err) {
  char path[256];
  size_t from = 0, used = 0;
  while (r->chain[from] != key)
    from++;
  for (size_t i = from; i < r->n_chain && used < sizeof path; i++)
    used += (size_t)snprintf(path + used, sizeof path - used, "%s -> ", rb_axis_names[r->chain[i]]);
  rb_fail(err, RB_USAGE, "%s depends on itself: %s%s", rb_axis_names[key], path,
          rb_axis_names[key]);
  return rb_suite_locate(&current(find_column(r->sheet, key))->item->place, err);
}

static bool look_up(void *context, const char *name, double *value) {
  resolver *r = context;
  rb_err why;
  rb_axis_key key = (rb_axis_key)number_axis(name); /* read_number() let no other pass */
  bool chosen_later = key == RB_AXIS_eta_a || key == RB_AXIS_eta_w || key == RB_AXIS_tile;
  if (!resolve(r, key, &why)) {
    r->inner = why;
    r->failed = true;
    return false;
  }
  *value = r->values[key];
  if (!chosen_later || *value != 0)
    return true;
  r->failed = true;
  rb_fail(&r->inner, RB_USAGE, "%s is chosen later here; write the axis %s to compute with it",
          name, name);
  rb_axis_key user = r->chain[r->n_chain - 1];
  return rb_suite_locate(&current(find_column(r->sheet, user))->item->place, &r->inner);
}

/* Sets values[key]; recursion is bounded by the number of axes. */
static bool resolve(resolver *r, rb_axis_key key, rb_err *err) {
  if (r->states[key] == KNOWN)
    return true;
  if (r->states[key] == RESOLVING)
    return cycle(r, key, err);
  const column *c = find_column(r->sheet, key);
  const entry *e = current(c);
  if (e != NULL && e->depends) {
    r->states[key] = RESOLVING;
    r->chain[r->n_chain++] = key;
    if (!rb_expression_value(e->item->text, look_up, r, &r->values[key], err)) {
      if (r->failed) {
        *err = r->inner;
        return false;
      }
      rb_prefix(err, "%s '%.80s'", rb_axis_names[key], e->item->text);
      return rb_suite_locate(&e->item->place, err);
    }
    r->n_chain--;
  } else if (e != NULL) {
    r->values[key] = rb_range_at(&e->range, c->at);
  }
  if (e != NULL && e->item != NULL && !check_value(key, r->values[key], e, err))
    return false;
  r->states[key] = KNOWN;
  return true;
}

static void set_defaults(double values[RB_N_AXES]) {
  rb_problem p = rb_problem_default();
  rb_downstream o = rb_downstream_default();
  const double defaults[RB_N_AXES] = {
      [RB_AXIS_seed] = (double)p.seed,
      [RB_AXIS_d] = p.d,
      [RB_AXIS_r] = p.r,
      [RB_AXIS_T] = p.T,
      [RB_AXIS_m] = p.m,
      [RB_AXIS_n1] = p.n1,
      [RB_AXIS_n2] = p.n2,
      [RB_AXIS_rounds] = p.rounds,
      [RB_AXIS_tile] = 0,
      [RB_AXIS_eta_a] = p.eta_a,
      [RB_AXIS_eta_w] = p.eta_w,
      [RB_AXIS_decay] = p.decay,
      [RB_AXIS_law] = p.law,
      [RB_AXIS_tasks] = p.tasks,
      [RB_AXIS_inputs] = p.inputs,
      [RB_AXIS_ablation] = p.ablation,
      [RB_AXIS_backend] = RB_BACKEND_NATIVE,
      [RB_AXIS_sampler] = p.sampler,
      [RB_AXIS_n] = o.n,
      [RB_AXIS_pretrainings] = o.pretrainings,
      [RB_AXIS_trials] = o.trials,
      [RB_AXIS_target] = o.target,
      [RB_AXIS_precision] = o.precision,
      [RB_AXIS_source] = o.source,
      [RB_AXIS_task] = o.task,
      [RB_AXIS_quantity] = o.quantity,
      [RB_AXIS_head] = o.head,
  };
  memcpy(values, defaults, sizeof defaults);
}

static void fill_cell(const double *v, const rb_part *part, rb_cell *out) {
  *out = (rb_cell){
      .problem =
          {
              .seed = (uint64_t)v[RB_AXIS_seed],
              .d = (uint32_t)v[RB_AXIS_d],
              .r = (uint32_t)v[RB_AXIS_r],
              .m = (uint32_t)v[RB_AXIS_m],
              .T = (uint32_t)v[RB_AXIS_T],
              .n1 = (uint32_t)v[RB_AXIS_n1],
              .n2 = (uint32_t)v[RB_AXIS_n2],
              .rounds = (uint32_t)v[RB_AXIS_rounds],
              .law = (rb_law)v[RB_AXIS_law],
              .tasks = (rb_task_law)v[RB_AXIS_tasks],
              .inputs = (rb_sampling)v[RB_AXIS_inputs],
              .ablation = (rb_ablation)v[RB_AXIS_ablation],
              .sampler = (rb_sampler)v[RB_AXIS_sampler],
              .eta_a = v[RB_AXIS_eta_a],
              .eta_w = v[RB_AXIS_eta_w],
              .decay = v[RB_AXIS_decay],
          },
      .downstream =
          {
              .source = (rb_source)v[RB_AXIS_source],
              .task = (rb_new_task)v[RB_AXIS_task],
              .quantity = (rb_quantity)v[RB_AXIS_quantity],
              .head = (rb_head)v[RB_AXIS_head],
              .n = (uint32_t)v[RB_AXIS_n],
              .pretrainings = (uint32_t)v[RB_AXIS_pretrainings],
              .trials = (uint32_t)v[RB_AXIS_trials],
              .target = v[RB_AXIS_target],
              .precision = v[RB_AXIS_precision],
          },
      .backend = (rb_backend)v[RB_AXIS_backend],
      .tile = (uint32_t)v[RB_AXIS_tile],
      .part = part,
  };
}

/* Puts the place, the part and the cell's written values before a text of rb_problem_settle(). That
 * begins with the field at fault, so the place is that axis's where it is written, else the part's.
 */
static bool refuse_cell(const resolver *r, rb_err *err) {
  const sheet *s = r->sheet;
  char values[512] = "", first[16];
  size_t used = 0;
  snprintf(first, sizeof first, "%.*s", (int)strcspn(err->text, " "), err->text);
  int field = rb_names_find(first, rb_axis_names);
  const entry *e = field < 0 ? NULL : current(find_column(s, (rb_axis_key)field));
  for (size_t i = 0; i < s->n_columns && used < sizeof values; i++) {
    rb_axis_key key = s->columns[i].key;
    const char *const *words = words_of(key), *gap = i ? " " : "";
    int n = words ? snprintf(values + used, sizeof values - used, "%s%s=%s", gap,
                             rb_axis_names[key], words[(int)r->values[key]])
                  : snprintf(values + used, sizeof values - used, "%s%s=%.17g", gap,
                             rb_axis_names[key], r->values[key]);
    used += (size_t)n;
  }
  rb_prefix(err, "part '%s' (%s)", s->part->name, s->n_columns ? values : "all defaults");
  return rb_suite_locate(e != NULL && e->item != NULL ? &e->item->place : &s->part->place, err);
}

/* Identity */

static void make_id(rb_cell *cell) {
  const rb_problem *p = &cell->problem;
  const rb_downstream *o = &cell->downstream;
  char text[2048]; /* 28 lines of at most 40 bytes */
  int n = snprintf(text, sizeof text,
                   "T=%.17g\nablation=%s\nbackend=%s\nd=%.17g\ndecay=%.17g\neta_a=%.17g\n"
                   "eta_w=%.17g\ninputs=%s\nlaw=%s\nm=%.17g\nmode=%s\nn1=%.17g\nn2=%.17g\n"
                   "r=%.17g\nrounds=%.17g\nseed=%.17g\ntasks=%s\ntile=%.17g\n",
                   (double)p->T, rb_ablation_names[p->ablation], rb_backend_names[cell->backend],
                   (double)p->d, p->decay, p->eta_a, p->eta_w, rb_sampling_names[p->inputs],
                   rb_law_names[p->law], (double)p->m, rb_mode_names[cell->part->mode],
                   (double)p->n1, (double)p->n2, (double)p->r, (double)p->rounds, (double)p->seed,
                   rb_task_law_names[p->tasks], (double)cell->tile);
  if (p->sampler != RB_SAMPLER_DIRECT)
    n += snprintf(text + n, sizeof text - (size_t)n, "sampler=%s\n", rb_sampler_names[p->sampler]);
  if (cell->part->mode == RB_MODE_COMPLEXITY)
    n += snprintf(text + n, sizeof text - (size_t)n,
                  "source=%s\ntask=%s\nquantity=%s\nhead=%s\nn=%.17g\npretrainings=%.17g\n"
                  "trials=%.17g\ntarget=%.17g\nprecision=%.17g\n",
                  rb_source_names[o->source], rb_new_task_names[o->task],
                  rb_quantity_names[o->quantity], rb_head_names[o->head], (double)o->n,
                  (double)o->pretrainings, (double)o->trials, o->target, o->precision);
  rb_sha256_hex(text, (size_t)n, cell->id);
}

/* Cells of one part by id: open addressing, slots hold index + 1, a power of two of them, at most
 * half full. */
typedef struct id_set {
  uint32_t *slots;
  size_t mask;
} id_set;

static bool open_set(id_set *s, uint64_t n_cells, rb_err *err) {
  size_t n = 4;
  void *slots;
  while (n < 2 * n_cells)
    n *= 2;
  if (!rb_alloc(&slots, n, sizeof *s->slots, "index of cells", err))
    return false;
  *s = (id_set){.slots = slots, .mask = n - 1};
  return true;
}

/* Whether cells[index] repeats one that was added; else adds it. */
static bool repeats(id_set *s, const rb_cell *cells, uint32_t index) {
  char start[16] = ""; /* 15 of the hash's digits are enough to spread */
  memcpy(start, cells[index].id, 15);
  size_t at = (size_t)strtoull(start, NULL, 16) & s->mask;
  for (; s->slots[at]; at = (at + 1) & s->mask)
    if (strcmp(cells[s->slots[at] - 1].id, cells[index].id) == 0)
      return true;
  s->slots[at] = index + 1;
  return false;
}

static bool add_cells(sheet *s, rb_plan *out, rb_err *err) {
  id_set seen = {0};
  bool done = false;
  if (!open_set(&seen, s->n_cells, err))
    return false;
  do {
    resolver r = {.sheet = s};
    rb_cell *cell = &out->cells[out->n_cells];
    set_defaults(r.values);
    for (int key = 0; key < RB_N_AXES; key++)
      if (!resolve(&r, (rb_axis_key)key, err))
        goto done;
    fill_cell(r.values, s->part, cell);
    if (s->part->mode == RB_MODE_COMPLEXITY && cell->backend == RB_BACKEND_REFERENCE) {
      rb_fail(err, RB_USAGE,
              "part '%s': backend reference has no mode complexity; use native or clblast",
              s->part->name);
      rb_suite_locate(&s->part->place, err);
      goto done;
    }
    if (!rb_problem_settle(&cell->problem, err) ||
        (s->part->mode == RB_MODE_COMPLEXITY &&
         !rb_downstream_check(&cell->downstream, &cell->problem, err))) {
      refuse_cell(&r, err);
      goto done;
    }
    make_id(cell);
    if (!repeats(&seen, out->cells, (uint32_t)out->n_cells))
      out->n_cells++;
  } while (step(s));
  done = true;
done:
  free(seen.slots);
  return done;
}

bool rb_plan_make(const rb_suite *suite, int backend_override, rb_plan *out, rb_err *err) {
  sheet *sheets = NULL;
  void *block = NULL;
  uint64_t total = 0;
  bool done = false;
  *out = (rb_plan){0};
  if (!rb_alloc(&block, suite->n_parts, sizeof *sheets, "parts of the plan", err))
    return false;
  sheets = block;
  for (size_t i = 0; i < suite->n_parts; i++) {
    if (!make_sheet(&suite->parts[i], backend_override, &sheets[i], err))
      goto done;
    total += sheets[i].n_cells;
  }
  if (total > RB_PLAN_CELLS) {
    rb_fail(err, RB_USAGE, "%.512s: the suite has %llu cells, more than %d; write fewer values",
            suite->path, (unsigned long long)total, RB_PLAN_CELLS);
    goto done;
  }
  if (!rb_alloc(&block, (size_t)total, sizeof *out->cells, "cells of the plan", err))
    goto done;
  out->cells = block;
  for (size_t i = 0; i < suite->n_parts; i++)
    if (!add_cells(&sheets[i], out, err))
      goto done;
  for (size_t i = 0; i < out->n_cells; i++)
    out->cells[i].suite = suite->name;
  done = true;
done:
  for (size_t i = 0; i < suite->n_parts; i++)
    free_sheet(&sheets[i]);
  free(sheets);
  if (!done)
    rb_plan_free(out);
  return done;
}

void rb_plan_free(rb_plan *plan) {
  free(plan->cells);
  *plan = (rb_plan){0};
}
