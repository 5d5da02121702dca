// SPDX-License-Identifier: Apache-2.0
#include "report/pagedata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/figure.h"

static int by_address(const void *left, const void *right) {
  uintptr_t a = (uintptr_t)(*(const rb_stream_row *const *)left)->cell;
  uintptr_t b = (uintptr_t)(*(const rb_stream_row *const *)right)->cell;
  return (a > b) - (a < b);
}

static bool order_rows(rb_pagedata *out, rb_err *err) {
  void *memory = NULL;
  if (!rb_alloc(&memory, out->stream.n_rows, sizeof *out->order, "cells of the page", err))
    return false;
  out->order = memory;
  for (size_t i = 0; i < out->stream.n_rows; i++)
    out->order[i] = &out->stream.rows[i];
  qsort(out->order, out->stream.n_rows, sizeof *out->order, by_address);
  return true;
}

bool rb_pagedata_make(const rb_trace *traces, const char *const *paths, size_t n,
                      const rb_page_baseline *baseline, rb_pagedata *out, rb_err *err) {
  void *memory = NULL;
  *out = (rb_pagedata){.traces = traces, .paths = paths, .baseline = baseline};
  if (!rb_alloc(&memory, n, sizeof *out->loads, "traces of the page", err))
    return false;
  out->loads = memory;
  for (; out->n_traces < n; out->n_traces++)
    if (!rb_load_trace(&traces[out->n_traces], true, &out->loads[out->n_traces], err))
      return false;
  if (!rb_stream_make(traces, paths, n, &out->stream, err) || !order_rows(out, err))
    return false;
  if (baseline)
    return true;
  if (!rb_compare_traces(traces, paths, n, RB_QUALITY_TARGET, &out->compare, err)) {
    rb_compare_free(&out->compare);
    return err->kind == RB_USAGE; /* too many systems */
  }
  out->is_compared = out->compare.n_pairs && (n > 1 || out->compare.n_compared);
  return true;
}

void rb_pagedata_free(rb_pagedata *page) {
  for (size_t i = 0; i < page->n_traces; i++)
    rb_load_free(&page->loads[i]);
  free(page->loads);
  free(page->order);
  rb_stream_free(&page->stream);
  rb_compare_free(&page->compare);
  *page = (rb_pagedata){0};
}

static const rb_stream_row *find_row(const rb_pagedata *page, const rb_record *cell) {
  const rb_stream_row wanted = {.cell = cell}, *key = &wanted;
  const rb_stream_row **found =
      bsearch(&key, page->order, page->stream.n_rows, sizeof *page->order, by_address);
  return found ? *found : NULL;
}

bool rb_pagedata_measure(const rb_pagedata *page, const rb_load_row *row, rb_stream_measure measure,
                         double value_lo_hi[3], rb_err *err) {
  void *memory = NULL;
  size_t n = 0;
  value_lo_hi[0] = value_lo_hi[1] = value_lo_hi[2] = NAN;
  if (!rb_alloc(&memory, row->n_cells, sizeof(double), "values over seeds", err))
    return false;
  double *values = memory;
  for (size_t i = 0; i < row->n_cells; i++) {
    const rb_stream_row *from = find_row(page, row->cells[i]);
    if (!from || !rb_stream_has(from, measure))
      continue;
    values[n++] = from->measures[measure][0];
    memcpy(value_lo_hi, from->measures[measure], 3 * sizeof(double)); /* of a single one */
  }
  if (n > 1) {
    rb_spread spread = rb_stats_spread(values, n);
    memcpy(value_lo_hi, (const double[]){spread.median, spread.lo, spread.hi}, 3 * sizeof(double));
  }
  free(values);
  return true;
}

bool rb_pagedata_figure(const rb_pagedata *page, const rb_load_row *row, rb_stream_measure measure,
                        char *text, bool *has, rb_err *err) {
  static const rb_figure kinds[] = {
      [RB_COLUMN_REAL] = RB_FIGURE_REAL, [RB_COLUMN_PLAIN] = RB_FIGURE_PLAIN,
      [RB_COLUMN_SI] = RB_FIGURE_SI,     [RB_COLUMN_PERCENT] = RB_FIGURE_PERCENT,
      [RB_COLUMN_TIME] = RB_FIGURE_TIME, [RB_COLUMN_BYTES] = RB_FIGURE_BYTES};
  const rb_stream_info *info = &rb_stream_measures[measure];
  bool unit = measure == RB_STREAM_gflops;
  double values[3];
  if (!rb_pagedata_measure(page, row, measure, values, err))
    return false;
  rb_figure_range(text, kinds[info->type], values, unit ? info->unit : "");
  if (has)
    *has = isfinite(values[0]);
  return true;
}

bool rb_pagedata_has_mode(const rb_load *load, const char *mode) {
  for (size_t i = 0; i < load->n_cells; i++)
    if (strcmp(rb_load_mode(load->cells[i]), mode) == 0)
      return true;
  return false;
}
