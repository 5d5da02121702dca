// SPDX-License-Identifier: Apache-2.0
#include "report/cases.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/escape.h"

enum { SINGLE_WIDTH = 16 };

static bool is_of_mode(const rb_load_row *row, const char *mode) {
  return !mode || strcmp(rb_load_mode(row->cells[0]), mode) == 0;
}

static bool is_mode(const char *mode, const char *wanted) {
  return mode && strcmp(mode, wanted) == 0;
}

bool rb_cases_default_steps(const rb_load *load, const char *mode) {
  for (size_t i = 0; i < load->n_rows; i++)
    if (is_of_mode(&load->rows[i], mode) && !rb_load_has_default_steps(load->rows[i].cells[0]))
      return false;
  return true;
}

/* ---- order ---- */

static const rb_record *cell_of(const rb_case *one) {
  return one->row->cells[0];
}

static int by_place(size_t a, size_t b) {
  return (a > b) - (a < b);
}

static int by_part(const void *left, const void *right) {
  const rb_case *a = left, *b = right;
  int order = rb_load_compare(cell_of(a), cell_of(b), RB_F_device);
  order = order ? order : rb_load_compare(cell_of(a), cell_of(b), RB_F_part);
  return order ? order : by_place(a->place, b->place);
}

/* `group` holds the place of the first row of its part here. */
static int by_file(const void *left, const void *right) {
  const rb_case *a = left, *b = right;
  int order = by_place(a->group, b->group);
  return order ? order : by_place(a->place, b->place);
}

/* Shapes by size, backends of one shape side by side. */
static int by_shape(const void *left, const void *right) {
  static const rb_field fields[] = {
      RB_F_d,     RB_F_r,      RB_F_T,        RB_F_m,      RB_F_n1,    RB_F_n2,     RB_F_law,
      RB_F_tasks, RB_F_inputs, RB_F_ablation, RB_F_rounds, RB_F_decay, RB_F_backend};
  const rb_case *a = left, *b = right;
  int order = by_place(a->group, b->group);
  for (size_t i = 0; order == 0 && i < sizeof fields / sizeof fields[0]; i++)
    order = rb_load_compare(cell_of(a), cell_of(b), fields[i]);
  return order ? order : by_place(a->place, b->place);
}

/* Two points of a curve differ in these; step sizes that follow from the shape do not depend on d.
 */
static rb_load_set along_curve(void) {
  return rb_load_bit(RB_F_d) | rb_load_bit(RB_F_n1) | rb_load_bit(RB_F_n2) |
         rb_load_bit(RB_F_variant) | rb_load_bit(RB_F_tile) | rb_load_bit(RB_F_chunk);
}

/* n before m, then in the order that the fields are written. */
static int compare_curves(const rb_case *a, const rb_case *b) {
  int order = -rb_load_compare(cell_of(a), cell_of(b), RB_F_quantity);
  const rb_load_set along = along_curve();
  for (size_t i = 0; order == 0 && i < rb_load_n_key; i++)
    if (!(along >> i & 1))
      order = rb_load_compare(cell_of(a), cell_of(b), rb_load_key[i]);
  return order;
}

static int by_curve(const void *left, const void *right) {
  const rb_case *a = left, *b = right;
  int order = by_place(a->group, b->group);
  order = order ? order : compare_curves(a, b);
  order = order ? order : rb_load_compare(cell_of(a), cell_of(b), RB_F_d);
  return order ? order : by_place(a->place, b->place);
}

static bool same_part(const rb_case *a, const rb_case *b) {
  return rb_load_compare(cell_of(a), cell_of(b), RB_F_device) == 0 &&
         rb_load_compare(cell_of(a), cell_of(b), RB_F_part) == 0;
}

static bool collect(const rb_load *load, const char *mode, rb_cases *out, rb_err *err) {
  void *memory = NULL;
  if (!rb_alloc(&memory, load->n_rows, sizeof *out->rows, "cases", err))
    return false;
  out->rows = memory;
  for (size_t i = 0; i < load->n_rows; i++)
    if (is_of_mode(&load->rows[i], mode))
      out->rows[out->n_rows++] = (rb_case){.row = &load->rows[i], .place = i, .group = i};
  qsort(out->rows, out->n_rows, sizeof *out->rows, by_part);
  for (size_t i = 1; i < out->n_rows; i++)
    if (same_part(&out->rows[i], &out->rows[i - 1]))
      out->rows[i].group = out->rows[i - 1].group;
  qsort(out->rows, out->n_rows, sizeof *out->rows,
        is_mode(mode, "time")         ? by_shape
        : is_mode(mode, "complexity") ? by_curve
                                      : by_file);
  if (!rb_alloc(&memory, out->n_rows, sizeof *out->groups, "cases", err))
    return false;
  out->groups = memory;
  for (size_t i = 0, part = 0; i < out->n_rows; i++) {
    bool starts = i == 0 || out->rows[i].group != part;
    out->n_parts += starts;
    if (starts || (is_mode(mode, "complexity") && compare_curves(&out->rows[i - 1], &out->rows[i])))
      out->groups[out->n_groups++] = (rb_case_group){.first = i};
    part = out->rows[i].group;
    out->rows[i].group = out->n_groups - 1;
    out->groups[out->n_groups - 1].n++;
  }
  return true;
}

/* ---- what is said where ---- */

/* The value of a field that more than half of the cells have (Boyer and Moore's vote); NULL if
 * there is none. */
static const rb_record *find_usual(const rb_record *const *cells, size_t n, rb_field field) {
  const rb_record *candidate = NULL;
  size_t votes = 0, count = 0;
  for (size_t i = 0; i < n; i++) {
    if (votes == 0)
      candidate = cells[i];
    votes = rb_load_compare(cells[i], candidate, field) == 0 ? votes + 1 : votes - 1;
  }
  for (size_t i = 0; i < n; i++)
    count += rb_load_compare(cells[i], candidate, field) == 0;
  return 2 * count > n && rb_record_has(candidate, field) ? candidate : NULL;
}

/* n1 = n1 * d and n2 = n2 * d in cells of several d; both 0 where it is not so. */
typedef struct multiples {
  uint64_t n1, n2;
} multiples;

/* The whole number that the field is of d in every cell; 0 if there is none. */
static uint64_t multiple_of_d(const rb_record *const *cells, size_t n, rb_field field) {
  uint64_t d = rb_record_get_integer(cells[0], RB_F_d);
  uint64_t factor = d ? rb_record_get_integer(cells[0], field) / d : 0;
  for (size_t i = 0; i < n; i++)
    if (rb_record_get_integer(cells[i], field) != factor * rb_record_get_integer(cells[i], RB_F_d))
      return 0;
  return factor;
}

static multiples find_multiples(const rb_record *const *cells, size_t n) {
  multiples of = {multiple_of_d(cells, n, RB_F_n1), multiple_of_d(cells, n, RB_F_n2)};
  bool varies = false;
  for (size_t i = 1; i < n; i++)
    varies |= rb_load_compare(cells[i], cells[0], RB_F_d) != 0;
  return varies && of.n1 && of.n2 ? of : (multiples){0, 0};
}

static void put_multiples(multiples of, FILE *out) {
  if (of.n1 && of.n1 == of.n2)
    fprintf(out, " n1=n2=%" PRIu64 "*d", of.n1);
  else if (of.n1)
    fprintf(out, " n1=%" PRIu64 "*d n2=%" PRIu64 "*d", of.n1, of.n2);
}

static rb_load_set both_samples(void) {
  return rb_load_bit(RB_F_n1) | rb_load_bit(RB_F_n2);
}

/* What is known of all rows while texts are made. */
typedef struct scope {
  const rb_record **cells; /* (n_rows) the first of each row */
  size_t n_rows;
  rb_load_set told;                                /* tells the rows apart */
  const rb_record *usual[8 * sizeof(rb_load_set)]; /* by rb_load_key; NULL: none */
  multiples samples;                               /* of all rows */
  size_t n_parts;
  bool curves;             /* groups are curves */
  bool devices;            /* there are several */
  bool seeds, seed_varies; /* rows are cells, so the seed is told too */
  size_t ignored;          /* what open_memstream() wants to count into */
} scope;

static bool finish(FILE *memory, rb_err *err) {
  return fclose(memory) == 0 || rb_fail(err, RB_FAILED, "out of memory while naming cases");
}

static FILE *begin(scope *of, char **text, rb_err *err) {
  FILE *memory = rb_mem_stream(text, &of->ignored);
  if (!memory)
    rb_fail(err, RB_FAILED, "out of memory while naming cases");
  return memory;
}

static rb_load_set step_sizes(void) {
  return rb_load_bit(RB_F_eta_a) | rb_load_bit(RB_F_eta_w);
}

/* Bits of set that the cell has, with another value than the usual one. */
static rb_load_set unusual(const scope *of, const rb_record *cell, rb_load_set set) {
  if (rb_load_has_default_steps(cell))
    set &= ~step_sizes();
  for (size_t i = 0; i < rb_load_n_key; i++)
    if (!rb_record_has(cell, rb_load_key[i]) ||
        (of->usual[i] && rb_load_compare(cell, of->usual[i], rb_load_key[i]) == 0))
      set &= ~((rb_load_set)1 << i);
  return set;
}

static bool write_case(scope *of, rb_load_set set, const rb_record *cell, char **text,
                       rb_err *err) {
  FILE *memory = begin(of, text, err);
  if (!memory)
    return false;
  rb_load_write(cell, set, false, memory);
  if (of->seeds && of->seed_varies && rb_record_has(cell, RB_F_seed))
    fprintf(memory, "%sseed=%" PRIu64, ftell(memory) > 0 ? " " : "",
            rb_record_get_integer(cell, RB_F_seed));
  return finish(memory, err);
}

static bool write_title(scope *of, const rb_record *cell, rb_load_set set, multiples samples,
                        rb_case_group *group, rb_err *err) {
  const char *part = rb_record_get_text(cell, RB_F_part);
  const char *device = rb_record_get_text(cell, RB_F_device_name);
  FILE *memory = begin(of, &group->name, err);
  if (!memory)
    return false;
  fputs(part ? part : "cells", memory);
  device = device ? device : rb_record_get_text(cell, RB_F_device);
  if (device && of->devices && !rb_load_is_reference(cell))
    fprintf(memory, " on %s", device);
  if (!finish(memory, err) || !(memory = begin(of, &group->title, err)))
    return false;
  set = unusual(of, cell, set);
  if (of->n_parts > 1 || !set)
    fprintf(memory, "%s%s", group->name, set ? ": " : "");
  rb_load_write(cell, set, true, memory);
  put_multiples(samples, memory);
  return finish(memory, err);
}

/* What sets a part of one row apart stands in the row if it is short, not in the title. */
static bool name_single(rb_case_group *group, rb_case *row, rb_err *err) {
  if (rb_escape_width(row->full) > SINGLE_WIDTH)
    return true;
  free(row->name);
  free(group->title);
  row->name = group->title = NULL;
  return rb_copy_text(&row->name, row->full, err) && rb_copy_text(&group->title, group->name, err);
}

static bool name_groups(scope *of, rb_cases *out, rb_err *err) {
  const rb_load_set device = rb_load_bit(RB_F_device);
  bool ok = true;
  for (size_t i = 0; ok && i < out->n_groups; i++) {
    rb_case_group *group = &out->groups[i];
    const rb_record *const *cells = &of->cells[group->first];
    group->told =
        rb_load_told(cells, group->n) & (of->samples.n1 ? ~both_samples() : ~(rb_load_set)0);
    rb_load_set shared = of->told & ~group->told & ~device, short_told = group->told;
    multiples samples = {0, 0};
    if (of->curves && !of->samples.n1)
      samples = find_multiples(cells, group->n);
    short_told &= samples.n1 ? ~both_samples() : ~(rb_load_set)0;
    ok = write_title(of, cells[0], shared, samples, group, err);
    for (size_t j = group->first; ok && j < group->first + group->n; j++) {
      const rb_record *cell = of->cells[j];
      rb_load_set full = unusual(of, cell, shared) | group->told;
      ok = write_case(of, short_told, cell, &out->rows[j].name, err) &&
           write_case(of, full, cell, &out->rows[j].full, err);
    }
    ok = ok && (group->n > 1 || of->curves || name_single(group, &out->rows[group->first], err));
  }
  return ok;
}

/* Every field that could be shown to people as the same in all rows. */
static rb_load_set common_fields(const rb_load *load, const char *mode, const scope *of) {
  const rb_field never[] = {RB_F_part,     RB_F_mode, RB_F_device,
                            RB_F_workload, RB_F_tile, RB_F_chunk};
  rb_load_set set = 0;
  for (size_t i = 0; i < rb_load_n_key; i++)
    set |= (rb_load_set)1 << i;
  for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
    set &= ~rb_load_bit(never[i]);
  if (rb_cases_default_steps(load, mode))
    set &= ~step_sizes();
  if (rb_load_is_direct(of->cells[0]))
    set &= ~rb_load_bit(RB_F_sampler);
  for (size_t i = 0; i < rb_load_n_key; i++)
    for (size_t j = 1; j < of->n_rows && (set >> i & 1); j++)
      if (rb_load_compare(of->cells[j], of->cells[0], rb_load_key[i]) != 0)
        set &= ~((rb_load_set)1 << i);
  return set;
}

static bool write_common(scope *of, rb_load_set set, rb_cases *out, rb_err *err) {
  FILE *memory = begin(of, &out->common, err);
  if (!memory)
    return false;
  if (out->n_parts == 1 && rb_record_has(of->cells[0], RB_F_part))
    fprintf(memory, "part=%s ", rb_record_get_text(of->cells[0], RB_F_part));
  rb_load_write(of->cells[0], set, true, memory);
  put_multiples(of->samples, memory);
  if (of->seeds && !of->seed_varies && rb_record_has(of->cells[0], RB_F_seed))
    fprintf(memory, " seed=%" PRIu64, rb_record_get_integer(of->cells[0], RB_F_seed));
  return finish(memory, err);
}

/* A cell with the usual n1 and n2, which are the same; NULL if there is no such pair. Two
 * majorities share a cell. */
static const rb_record *find_twin(const scope *of, size_t at_n1, size_t at_n2) {
  const rb_record *n1 = of->usual[at_n1], *n2 = of->usual[at_n2];
  if (!n1 || !n2 || rb_record_get_integer(n1, RB_F_n1) != rb_record_get_integer(n2, RB_F_n2))
    return NULL;
  for (size_t i = 0; i < of->n_rows; i++)
    if (rb_load_compare(of->cells[i], n1, RB_F_n1) == 0 &&
        rb_load_compare(of->cells[i], n2, RB_F_n2) == 0)
      return of->cells[i];
  return NULL;
}

static bool write_usual(scope *of, rb_cases *out, rb_err *err) {
  const rb_record *twin = NULL;
  const char *space = "";
  FILE *memory = begin(of, &out->usual, err);
  if (!memory)
    return false;
  for (size_t i = 0; i < rb_load_n_key; i++) {
    rb_load_set set = (rb_load_set)1 << i;
    if (!of->usual[i] || (twin && rb_load_key[i] == RB_F_n2))
      continue;
    const rb_record *cell = of->usual[i];
    if (rb_load_key[i] == RB_F_n1 && (twin = find_twin(of, i, i + 1))) {
      cell = twin;
      set |= rb_load_bit(RB_F_n2);
    }
    fputs(space, memory);
    rb_load_write(cell, set, true, memory);
    space = " ";
  }
  return finish(memory, err);
}

/* There are several; the reference's host is none. */
static bool has_devices(const rb_load *load) {
  const rb_record *first = NULL;
  for (size_t i = 0; i < load->n_cells; i++) {
    const rb_record *cell = load->cells[i];
    if (rb_load_is_reference(cell))
      continue;
    if (first && rb_load_compare(cell, first, RB_F_device) != 0)
      return true;
    first = cell;
  }
  return false;
}

bool rb_cases_make(const rb_load *load, const char *mode, rb_cases *out, rb_err *err) {
  void *memory = NULL;
  scope of = {.devices = has_devices(load), .seeds = true};
  *out = (rb_cases){0};
  bool ok = collect(load, mode, out, err) &&
            rb_alloc(&memory, out->n_rows, sizeof *of.cells, "cases", err);
  if (!ok || out->n_rows == 0)
    goto done;
  of.cells = memory;
  of.n_rows = out->n_rows;
  of.n_parts = out->n_parts;
  out->seeds = out->rows[0].row->n_cells;
  for (size_t i = 0; i < out->n_rows; i++) {
    of.cells[i] = cell_of(&out->rows[i]);
    of.seeds &= out->rows[i].row->n_cells == 1;
    of.seed_varies |= rb_load_compare(of.cells[i], of.cells[0], RB_F_seed) != 0;
    out->seeds = out->rows[i].row->n_cells == out->seeds ? out->seeds : 0;
  }
  of.told = rb_load_told(of.cells, of.n_rows);
  of.curves = is_mode(mode, "complexity");
  of.samples = of.curves ? find_multiples(of.cells, of.n_rows) : (multiples){0, 0};
  of.told &= of.samples.n1 ? ~both_samples() : ~(rb_load_set)0;
  rb_load_set skipped = rb_load_bit(RB_F_device) | step_sizes();
  for (size_t i = 0; i < rb_load_n_key && !of.curves; i++)
    if ((of.told & ~skipped) >> i & 1)
      of.usual[i] = find_usual(of.cells, of.n_rows, rb_load_key[i]);
  ok = name_groups(&of, out, err) && write_common(&of, common_fields(load, mode, &of), out, err) &&
       write_usual(&of, out, err);
done:
  free(memory);
  if (!ok)
    rb_cases_free(out);
  return ok;
}

void rb_cases_free(rb_cases *cases) {
  for (size_t i = 0; i < cases->n_rows; i++) {
    free(cases->rows[i].name);
    free(cases->rows[i].full);
  }
  for (size_t i = 0; i < cases->n_groups; i++) {
    free(cases->groups[i].name);
    free(cases->groups[i].title);
  }
  free(cases->rows);
  free(cases->groups);
  free(cases->common);
  free(cases->usual);
  *cases = (rb_cases){0};
}
