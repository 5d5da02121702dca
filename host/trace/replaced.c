// SPDX-License-Identifier: Apache-2.0
#include "trace/replaced.h"
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

/* A cell and its place. */
typedef struct placed {
  const rb_record *cell;
  size_t run, resumes; /* headers in the file, and resumes of the run, before it */
  size_t at;           /* in the trace's records */
} placed;

static const char *text_of(const rb_record *record, rb_field field) {
  const char *text = rb_record_get_text(record, field);
  return text ? text : "";
}

static bool may_be_replaced(const rb_record *cell) {
  const char *status = text_of(cell, RB_F_status);
  return strcmp(status, rb_status_names[RB_STATUS_FAILED]) == 0 ||
         strcmp(status, rb_status_names[RB_STATUS_INTERRUPTED]) == 0;
}

static int by_key(const placed *a, const placed *b) {
  static const rb_field key[] = {RB_F_id, RB_F_part, RB_F_device};
  int order = (a->run > b->run) - (a->run < b->run);
  for (size_t i = 0; order == 0 && i < sizeof key / sizeof *key; i++)
    order = strcmp(text_of(a->cell, key[i]), text_of(b->cell, key[i]));
  return order;
}

static int by_key_and_place(const void *left, const void *right) {
  const placed *a = left, *b = right;
  int order = by_key(a, b);
  return order ? order : (a->at > b->at) - (a->at < b->at);
}

/* Every cell with its place; drop[] gets the end records. Returns how many cells. */
static size_t place_cells(const rb_trace *trace, placed *cells, bool *drop) {
  size_t n = 0, run = 0, resumes = 0, last_end = SIZE_MAX;
  for (size_t i = 0; i < trace->n_records; i++) {
    const rb_record *record = trace->records[i];
    if (rb_record_is_text(record, RB_F_type, "run")) {
      run++;
      resumes = 0;
      last_end = SIZE_MAX;
    } else if (rb_record_is_text(record, RB_F_type, "resume")) {
      resumes++;
      if (last_end != SIZE_MAX)
        drop[last_end] = true;
    } else if (rb_record_is_text(record, RB_F_type, "end")) {
      last_end = i;
    } else if (rb_record_is_text(record, RB_F_type, "cell")) {
      cells[n++] = (placed){record, run, resumes, i};
    }
  }
  return n;
}

static void mark_cell(const rb_trace *trace, size_t at, bool *drop) {
  const char *id = text_of(trace->records[at], RB_F_id);
  drop[at] = true;
  while (at-- > 0 && rb_record_is_text(trace->records[at], RB_F_type, "trial") &&
         strcmp(text_of(trace->records[at], RB_F_cell), id) == 0)
    drop[at] = true;
}

static void mark_replaced(const rb_trace *trace, placed *cells, size_t n, bool *drop) {
  qsort(cells, n, sizeof *cells, by_key_and_place);
  for (size_t i = 0, next; i < n; i = next) {
    for (next = i + 1; next < n && by_key(&cells[i], &cells[next]) == 0;)
      next++;
    for (size_t k = i; k + 1 < next; k++)
      if (cells[k].resumes < cells[next - 1].resumes && may_be_replaced(cells[k].cell))
        mark_cell(trace, cells[k].at, drop);
  }
}

static bool was_resumed(const rb_trace *trace) {
  for (size_t i = 0; i < trace->n_records; i++)
    if (rb_record_is_text(trace->records[i], RB_F_type, "resume"))
      return true;
  return false;
}

bool rb_replaced_drop(rb_trace *trace, rb_err *err) {
  placed *cells = NULL;
  bool *drop = NULL;
  size_t n = 0;
  if (!was_resumed(trace))
    return true;
  bool ok = rb_alloc((void **)&cells, trace->n_records, sizeof *cells, "cells of a trace", err) &&
            rb_alloc((void **)&drop, trace->n_records, sizeof *drop, "records of a trace", err);
  if (ok) {
    mark_replaced(trace, cells, place_cells(trace, cells, drop), drop);
    for (size_t i = 0; i < trace->n_records; i++)
      if (drop[i])
        rb_record_free(trace->records[i]);
      else
        trace->records[n++] = trace->records[i];
    trace->n_records = n;
  }
  free(drop);
  free(cells);
  return ok;
}
