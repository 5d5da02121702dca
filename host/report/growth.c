// SPDX-License-Identifier: Apache-2.0
#include "report/growth.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stats.h"
#include "report/devices.h"

const char *const rb_growth_axes[] = {"n", "T", "m", "d"};
const char *const rb_growth_states[] = {"proportional", "cliff",        "above",
                                        "below",        "inconclusive", "refused"};

/* Sizes nearer than this give no local slope: it would carry 5 times the noise of their times. */
#define LEAST_RATIO 1.2

/* ---- curves ---- */

const rb_field rb_growth_fields[] = {RB_F_n1, RB_F_T, RB_F_m, RB_F_d};

rb_load_set rb_growth_along(rb_growth_axis axis) {
  return rb_load_bit(rb_growth_fields[axis]) | (axis == RB_GROWTH_N ? rb_load_bit(RB_F_n2) : 0) |
         rb_load_bit(RB_F_variant) | rb_load_bit(RB_F_tile) | rb_load_bit(RB_F_chunk);
}

/* A row that may be a point of a curve. */
typedef struct candidate {
  const rb_load_row *row;
  rb_load_set along;
  uint64_t size;
  bool default_steps;
} candidate;

/* Step sizes that follow from the shape are the same setting. */
static int compare_curves(const candidate *a, const candidate *b) {
  const rb_load_set steps = rb_load_bit(RB_F_eta_a) | rb_load_bit(RB_F_eta_w);
  int order = a->default_steps - b->default_steps;
  rb_load_set skipped = a->along | (a->default_steps ? steps : 0);
  for (size_t i = 0; order == 0 && i < rb_load_n_key; i++)
    if (!(skipped >> i & 1))
      order = rb_load_compare(a->row->cells[0], b->row->cells[0], rb_load_key[i]);
  return order;
}

static int by_curve(const void *left, const void *right) {
  const candidate *a = left, *b = right;
  int order = compare_curves(a, b);
  return order ? order : (a->size > b->size) - (a->size < b->size);
}

/* The timed rows of the trace, curve by curve, into list (n_rows); returns how many. */
static size_t list_rows(const rb_load *load, rb_growth_axis axis, candidate *list) {
  size_t n = 0;
  for (size_t i = 0; i < load->n_rows; i++) {
    const rb_record *cell = load->rows[i].cells[0];
    if (strcmp(rb_load_mode(cell), "time") != 0 ||
        rb_record_get_integer(cell, rb_growth_fields[axis]) == 0 ||
        (axis == RB_GROWTH_N &&
         rb_record_get_integer(cell, RB_F_n1) != rb_record_get_integer(cell, RB_F_n2)))
      continue;
    list[n++] = (candidate){&load->rows[i], rb_growth_along(axis),
                            rb_record_get_integer(cell, rb_growth_fields[axis]),
                            rb_load_has_default_steps(cell)};
  }
  qsort(list, n, sizeof *list, by_curve);
  return n;
}

static size_t count_sizes(const candidate *list, size_t n) {
  size_t n_sizes = n > 0;
  for (size_t i = 1; i < n; i++)
    n_sizes += list[i].size != list[i - 1].size;
  return n_sizes;
}

/* ---- sizes ---- */

static double find_run_error(const rb_load *load, const rb_record *cell) {
  return fmax(RB_GROWTH_RUN_ERROR, rb_devices_scatter(load, cell));
}

/* The values of a field over the cells of a row that can be used, into values (n_cells). */
static size_t gather(const rb_load_row *row, rb_field field, double *values) {
  size_t n = 0;
  for (size_t i = 0; i < row->n_cells; i++) {
    rb_spread time = {0};
    double value = NAN;
    if (field != RB_F_time_ns)
      value = rb_record_get_real(row->cells[i], field);
    else if (rb_record_get_spread(row->cells[i], field, &time))
      value = time.median;
    if (rb_load_is_rated(row->cells[i]) && isfinite(value) && value > 0)
      values[n++] = value;
  }
  return n;
}

/* Over seeds the median of their medians; of one cell what its repetitions gave. */
static void fill_point(rb_growth_point *point, double run_error, double *values) {
  const rb_load_row *row = point->row;
  size_t n = gather(row, RB_F_roof_fraction, values);
  point->roof = n ? rb_stats_spread(values, n).median : NAN;
  n = gather(row, RB_F_time_ns, values);
  point->used = n > 0;
  if (!point->used)
    return;
  rb_spread time = rb_stats_spread(values, n);
  for (size_t i = 0; n == 1 && i < row->n_cells; i++)
    if (rb_load_is_rated(row->cells[i]))
      rb_record_get_spread(row->cells[i], RB_F_time_ns, &time);
  bool ranged = time.lo > 0 && time.lo <= time.median && time.median <= time.hi;
  point->time[0] = time.median;
  point->time[1] = ranged ? time.lo : time.median;
  point->time[2] = ranged ? time.hi : time.median;
  double half = 0.5 * log(point->time[2] / point->time[1]);
  point->se = hypot(half / rb_stats_t(0.975, RB_STATS_NORMAL), run_error);
}

static void fill_memory(rb_growth_point *point) {
  const rb_load_row *row = point->row;
  for (size_t i = 0; i < row->n_cells; i++)
    if (rb_record_has(row->cells[i], RB_F_peak_device_bytes))
      point->peak_bytes = fmax(
          point->peak_bytes, (double)rb_record_get_integer(row->cells[i], RB_F_peak_device_bytes));
}

static double each_ns(const rb_growth_point *point) {
  return point->time[0] / (double)point->size;
}

/* What is known from neighbours, and which sizes are filled. */
static void compare_points(rb_growth_curve *curve) {
  const rb_growth_point *before = NULL;
  double best = INFINITY; /* ns per unit, of a rate that was surely reached: by a fast moment of one
                           * size no other would fill the machine */
  for (size_t i = 0; i < curve->n_points; i++)
    if (curve->points[i].used)
      best = fmin(best, curve->points[i].time[2] / (double)curve->points[i].size);
  for (size_t i = 0; i < curve->n_points; i++) {
    rb_growth_point *point = &curve->points[i];
    if (!point->used)
      continue;
    point->of_best = fmin(1, best / each_ns(point));
    if (curve->n_filled == 0 && point->of_best >= RB_GROWTH_FILLED)
      curve->first_filled = i;
    point->filled = curve->first_filled <= i;
    if (before) {
      double ratio = (double)point->size / (double)before->size;
      point->slope =
          ratio >= LEAST_RATIO ? log(point->time[0] / before->time[0]) / log(ratio) : NAN;
      point->step[0] = each_ns(point) / each_ns(before);
      point->step[1] =
          point->step[0] * exp(-rb_stats_t(0.975, RB_STATS_NORMAL) * hypot(point->se, before->se));
      point->cliff = point->step[1] > RB_GROWTH_CLIFF;
    }
    curve->n_filled += point->filled;
    curve->n_cliffs += point->filled && point->cliff;
    curve->n_used++;
    before = point;
  }
}

/* Where from up to the largest size memory is that of the largest; one size alone says nothing. */
static void find_flat(rb_growth_curve *curve) {
  size_t last = curve->n_points - 1, i = last;
  double most = curve->points[last].peak_bytes;
  while (i > 0 && curve->points[i - 1].peak_bytes * RB_GROWTH_FLAT >= most &&
         curve->points[i - 1].peak_bytes <= most * RB_GROWTH_FLAT)
    i--;
  curve->first_flat = i < last ? i : curve->n_points;
}

/* ---- fits ---- */

static void set_range(double of[3], double value, double half) {
  of[0] = value, of[1] = value - half, of[2] = value + half;
}

/* x, y, w: room for n_points each. */
static void fit_slope(rb_growth_curve *curve, double *x, double *y, double *w) {
  size_t n = 0;
  for (size_t i = 0; i < curve->n_points; i++) {
    const rb_growth_point *point = &curve->points[i];
    if (!point->filled)
      continue;
    x[n] = log((double)point->size), y[n] = log(point->time[0]);
    w[n++] = 1 / (point->se * point->se);
  }
  if (n < RB_GROWTH_LEAST)
    return;
  rb_weighted line = rb_stats_weighted(x, y, w, n);
  set_range(curve->slope, line.slope, rb_stats_half(1 / line.sxx, line.chi2, n - 2, 0.975));
}

/* Errors of a time are in proportion to it. */
static void fit_fixed(rb_growth_curve *curve, double *x, double *y, double *w) {
  size_t n = 0;
  for (size_t i = 0; i < curve->n_points; i++) {
    const rb_growth_point *point = &curve->points[i];
    if (!point->used)
      continue;
    x[n] = (double)point->size, y[n] = point->time[0];
    w[n++] = pow(point->se * point->time[0], -2);
  }
  if (n < RB_GROWTH_LEAST)
    return;
  rb_weighted line = rb_stats_weighted(x, y, w, n);
  double variance = 1 / line.sum + line.mean * line.mean / line.sxx;
  set_range(curve->each, line.slope, rb_stats_half(1 / line.sxx, line.chi2, n - 2, 0.975));
  set_range(curve->fixed, line.level - line.slope * line.mean,
            rb_stats_half(variance, line.chi2, n - 2, 0.975));
  curve->misfit = 0;
  for (size_t i = 0; i < curve->n_points; i++) {
    const rb_growth_point *point = &curve->points[i];
    double fitted = curve->fixed[0] + curve->each[0] * (double)point->size;
    double miss = fmax(point->time[1] - fitted, fitted - point->time[2]);
    if (point->used)
      curve->misfit = fmax(curve->misfit, miss / point->time[0]);
  }
}

static void judge(rb_growth_curve *curve) {
  const double *s = curve->slope, low = 1 - RB_GROWTH_TOLERANCE, high = 1 + RB_GROWTH_TOLERANCE;
  const char *axis = rb_growth_axes[curve->axis];
  if (curve->n_used < RB_GROWTH_LEAST)
    snprintf(curve->reason, sizeof curve->reason,
             "%zu of %zu sizes can be used, and a slope needs %d", curve->n_used, curve->n_points,
             RB_GROWTH_LEAST);
  else if (curve->n_filled < RB_GROWTH_LEAST)
    snprintf(curve->reason, sizeof curve->reason,
             "only %zu of its sizes fill%s the machine (a rate of at least %g of the best), and a "
             "slope needs %d: let %s go further up",
             curve->n_filled, curve->n_filled == 1 ? "s" : "", RB_GROWTH_FILLED, RB_GROWTH_LEAST,
             axis);
  curve->state = curve->reason[0]              ? RB_GROWTH_REFUSED
                 : curve->n_cliffs             ? RB_GROWTH_CLIFF_FOUND
                 : s[1] > high                 ? RB_GROWTH_ABOVE
                 : s[2] < low                  ? RB_GROWTH_BELOW
                 : s[1] >= low && s[2] <= high ? RB_GROWTH_PROPORTIONAL
                                               : RB_GROWTH_INCONCLUSIVE;
}

/* ---- the whole ---- */

/* Points of the curve made of list (n), whose sizes differ or not: what is there twice is refused,
 * as nobody could tell which of the two follows on the size before. */
static bool fill_curve(const candidate *list, size_t n, rb_growth_curve *out, rb_err *err) {
  void *memory = NULL;
  size_t n_cells = 0;
  for (size_t i = 0; i < n; i++)
    n_cells = list[i].row->n_cells > n_cells ? list[i].row->n_cells : n_cells;
  if (!rb_alloc(&memory, n, sizeof *out->points, "sizes of a curve", err))
    return false;
  out->points = memory;
  out->n_points = out->first_filled = out->first_flat = n;
  out->misfit = NAN;
  set_range(out->slope, NAN, NAN);
  set_range(out->fixed, NAN, NAN);
  set_range(out->each, NAN, NAN);
  if (!rb_alloc(&memory, 3 * (n + n_cells), sizeof(double), "times of a curve", err))
    return false;
  double *room = memory;
  for (size_t i = 0; i < n; i++) {
    out->points[i] = (rb_growth_point){.size = list[i].size,
                                       .row = list[i].row,
                                       .time = {NAN, NAN, NAN},
                                       .se = NAN,
                                       .of_best = NAN,
                                       .slope = NAN,
                                       .step = {NAN, NAN},
                                       .peak_bytes = NAN};
    fill_point(&out->points[i], out->run_error, room);
    fill_memory(&out->points[i]);
    if (i > 0 && list[i].size == list[i - 1].size)
      snprintf(out->reason, sizeof out->reason,
               "%s = %" PRIu64 " is there twice, with another tile or variant: keep one of them "
               "(run with -a tile=0)",
               rb_growth_axes[out->axis], list[i].size);
  }
  if (!out->reason[0]) {
    compare_points(out);
    find_flat(out);
    fit_slope(out, room, room + n, room + 2 * n);
    fit_fixed(out, room, room + n, room + 2 * n);
    judge(out);
  } else
    out->state = RB_GROWTH_REFUSED;
  free(room);
  return true;
}

static bool add_curve(rb_growth *to, size_t *room, rb_growth_axis axis, const candidate *list,
                      size_t n, rb_err *err) {
  void *grown = to->curves;
  bool ok = rb_grow(&grown, room, to->n_curves + 1, sizeof *to->curves, "curves", err);
  to->curves = grown;
  if (!ok)
    return false;
  rb_growth_curve *curve = &to->curves[to->n_curves++];
  *curve = (rb_growth_curve){.axis = axis, .cell = list[0].row->cells[0]};
  /* Neighbours are mostly of one device; to look through the records for each takes long. */
  const rb_growth_curve *last = to->n_curves > 1 ? curve - 1 : NULL;
  curve->run_error = last && rb_load_compare(last->cell, curve->cell, RB_F_device) == 0
                         ? last->run_error
                         : find_run_error(&to->load, curve->cell);
  if (!fill_curve(list, n, curve, err))
    return false;
  to->n_state[curve->state]++;
  return true;
}

bool rb_growth_read(const rb_trace *trace, rb_growth *out, rb_err *err) {
  void *memory = NULL;
  size_t room = 0;
  *out = (rb_growth){.code = RB_INCONCLUSIVE};
  if (!rb_load_trace(trace, true, &out->load, err) ||
      !rb_alloc(&memory, out->load.n_rows, sizeof(candidate), "rows of the trace", err))
    return false;
  candidate *list = memory;
  bool ok = true;
  for (int axis = 0; ok && axis < RB_GROWTH_N_AXES; axis++) {
    size_t n = list_rows(&out->load, (rb_growth_axis)axis, list);
    for (size_t from = 0, to = 0; ok && from < n; from = to) {
      for (to = from + 1; to < n && compare_curves(&list[from], &list[to]) == 0; to++) {
      }
      if (count_sizes(&list[from], to - from) >= RB_GROWTH_LEAST)
        ok = add_curve(out, &room, (rb_growth_axis)axis, &list[from], to - from, err);
    }
  }
  free(list);
  if (ok && out->n_curves == 0)
    return rb_fail(err, RB_INCONCLUSIVE,
                   "the trace has no axis to judge: that takes cells of mode time at %d or more "
                   "sizes that differ in n1 = n2, T, m or d and in nothing else; `relubench run "
                   "scaling` has them",
                   RB_GROWTH_LEAST);
  out->code = out->n_state[RB_GROWTH_REFUSED] < out->n_curves ? RB_DONE : RB_INCONCLUSIVE;
  return ok;
}

void rb_growth_free(rb_growth *growth) {
  for (size_t i = 0; i < growth->n_curves; i++)
    free(growth->curves[i].points);
  free(growth->curves);
  rb_load_free(&growth->load);
  *growth = (rb_growth){0};
}
