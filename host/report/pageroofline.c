// SPDX-License-Identifier: Apache-2.0
#include "report/pageroofline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/problem.h"
#include "report/devices.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/phrase.h"
#include "report/svg.h"

enum { MOST_POINTS = 200, HEIGHT = 300, TOP = 26, BOTTOM = 44 };

typedef struct point {
  const rb_load_row *row;
  double x, rate[3]; /* flop/byte, GFLOP/s */
  size_t series;
} point;

typedef struct roofline {
  const rb_record *device;
  double flop, byte; /* roofs: GFLOP/s, GB/s */
  point *points;     /* (n) */
  size_t n;
  const char *backends[RB_SVG_SERIES];
  size_t n_backends;
} roofline;

double rb_pageroofline_intensity(const rb_record *cell) {
  const struct {
    rb_field field;
    uint64_t most;
  } bounds[] = {{RB_F_d, RB_MAX_D_COLLAPSED}, {RB_F_m, RB_MAX_M},    {RB_F_r, RB_MAX_R},
                {RB_F_T, UINT32_MAX},         {RB_F_n1, UINT32_MAX}, {RB_F_n2, UINT32_MAX}};
  for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
    uint64_t value = rb_record_get_integer(cell, bounds[i].field);
    if (value == 0 || value > bounds[i].most)
      return NAN;
  }
  rb_problem problem = rb_problem_default();
  problem.d = (uint32_t)rb_record_get_integer(cell, RB_F_d);
  problem.m = (uint32_t)rb_record_get_integer(cell, RB_F_m);
  problem.r = (uint32_t)rb_record_get_integer(cell, RB_F_r);
  problem.T = (uint32_t)rb_record_get_integer(cell, RB_F_T);
  problem.n1 = (uint32_t)rb_record_get_integer(cell, RB_F_n1);
  problem.n2 = (uint32_t)rb_record_get_integer(cell, RB_F_n2);
  problem.inputs =
      rb_record_is_text(cell, RB_F_inputs, "shared") ? RB_INPUTS_SHARED : RB_INPUTS_PER_TASK;
  problem.ablation =
      rb_record_is_text(cell, RB_F_ablation, "no-head") ? RB_ABLATION_NO_HEAD : RB_ABLATION_NONE;
  problem.sampler = rb_load_is_direct(cell) ? RB_SAMPLER_DIRECT : RB_SAMPLER_COLLAPSED;
  return problem.r > problem.d ? NAN : rb_problem_flop(&problem) / rb_problem_tile_bytes(&problem);
}

static size_t series_of(roofline *of, const rb_record *cell) {
  const char *backend = rb_record_get_text(cell, RB_F_backend);
  backend = backend ? backend : "unknown";
  for (size_t i = 0; i < of->n_backends; i++)
    if (strcmp(of->backends[i], backend) == 0)
      return i;
  if (of->n_backends == RB_SVG_SERIES)
    return RB_SVG_SERIES - 1;
  of->backends[of->n_backends] = backend;
  return of->n_backends++;
}

static bool collect(const rb_pagedata *page, const rb_load *load, roofline *of, rb_err *err) {
  void *memory = NULL;
  double roof[3];
  rb_devices_roof(load, of->device, RB_F_roof_gflops, roof);
  of->flop = roof[0];
  rb_devices_roof(load, of->device, RB_F_roof_gb_per_s, roof);
  of->byte = roof[0];
  if (!(of->flop > 0) || !(of->byte > 0))
    return true;
  if (!rb_alloc(&memory, load->n_rows, sizeof *of->points, "points of a roofline", err))
    return false;
  of->points = memory;
  for (size_t i = 0; i < load->n_rows; i++) {
    const rb_record *cell = load->rows[i].cells[0];
    point one = {.row = &load->rows[i], .x = rb_pageroofline_intensity(cell)};
    if (strcmp(rb_load_mode(cell), "time") != 0 || rb_load_is_reference(cell) ||
        rb_load_compare(cell, of->device, RB_F_device) != 0)
      continue;
    if (!rb_pagedata_measure(page, one.row, RB_STREAM_gflops, one.rate, err))
      return false;
    for (int part = 0; part < 3; part++)
      one.rate[part] *= rb_load_done(cell);
    one.x *= rb_load_done(cell);
    if (!isfinite(one.x) || !(one.rate[0] > 0) || of->n == MOST_POINTS)
      continue;
    one.series = series_of(of, cell);
    of->points[of->n++] = one;
  }
  return true;
}

/* "native d=64: 12.3 flop/byte, 176 GFLOP/s", owned by the caller. */
static bool describe(const rb_load *load, const point *one, char **out, rb_err *err) {
  char x[RB_FIGURE_ROOM], rate[RB_FIGURE_ROOM];
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  rb_figure_one(x, RB_FIGURE_REAL, one->x, "flop/byte");
  rb_figure_range(rate, RB_FIGURE_REAL, one->rate, "GFLOP/s");
  rb_load_name(load, one->row->cells[0], false, t.to);
  fprintf(t.to, ": %s, %s", x, rate);
  return rb_phrase_close(&t, err);
}

static void draw_roofs(const roofline *of, const rb_svg_axis *x, const rb_svg_axis *y, FILE *out) {
  double ridge = of->flop / of->byte, left = fmax(x->lo, y->lo / of->byte);
  double turn = fmin(fmax(ridge, x->lo), x->hi);
  if (left < turn)
    rb_svg_line(out, "roof", rb_svg_place(x, left), rb_svg_place(y, left * of->byte),
                rb_svg_place(x, turn), rb_svg_place(y, turn * of->byte));
  if (turn < x->hi)
    rb_svg_line(out, "roof", rb_svg_place(x, turn), rb_svg_place(y, of->flop), x->to,
                rb_svg_place(y, of->flop));
}

static bool draw(rb_pagedata *page, const rb_load *load, const roofline *of, FILE *out,
                 rb_err *err) {
  double lo = of->flop / of->byte, hi = lo, least = of->flop;
  char about[3 * RB_FIGURE_ROOM], flop[RB_FIGURE_ROOM], byte[RB_FIGURE_ROOM];
  bool ok = true;
  for (size_t i = 0; i < of->n; i++) {
    lo = fmin(lo, of->points[i].x);
    hi = fmax(hi, of->points[i].x);
    least = fmin(least, of->points[i].rate[0]);
  }
  rb_svg_axis x = rb_svg_axis_over(lo / 2, hi * 2, true, 0, 100);
  rb_svg_axis y = rb_svg_axis_over(least / 2, of->flop * 1.2, true, HEIGHT - BOTTOM, TOP);
  rb_figure_one(flop, RB_FIGURE_REAL, of->flop, "GFLOP/s");
  rb_figure_one(byte, RB_FIGURE_REAL, of->byte, "GB/s");
  snprintf(about, sizeof about, "Roofs: %s and %s. %zu cases below; the table has their numbers.",
           flop, byte, of->n);
  fputs("<div class=\"plot\">", out);
  rb_svg_begin(out, page->n_figures++, HEIGHT, "Roofline", about);
  rb_svg_frame(out, &x, &y, "flop done for each byte of tiles", "GFLOP/s done");
  draw_roofs(of, &x, &y, out);
  for (size_t i = 0; ok && i < of->n; i++) {
    const point *one = &of->points[i];
    double at = rb_svg_place(&x, one->x);
    char *tip = NULL, kind[24];
    ok = describe(load, one, &tip, err);
    snprintf(kind, sizeof kind, "spread s%zu", one->series);
    if (one->rate[2] > one->rate[1])
      rb_svg_line(out, kind, at, rb_svg_place(&y, one->rate[1]), at,
                  rb_svg_place(&y, one->rate[2]));
    rb_svg_mark(out, one->series, at, rb_svg_place(&y, one->rate[0]), tip);
    free(tip);
  }
  rb_svg_end(out);
  fputs("</div>\n", out);
  return ok;
}

enum { AT_CASE, AT_X, AT_RATE, AT_BOUND, AT_SHARE };
static const rb_column columns[] = {
    {.name = "case", .type = RB_COLUMN_TEXT},
    {.name = "flop/byte", .type = RB_COLUMN_REAL},
    {.name = "GFLOP/s done", .type = RB_COLUMN_REAL, .ranged = true},
    {.name = "roof there", .type = RB_COLUMN_REAL, .unit = "GFLOP/s"},
    {.name = "of it", .type = RB_COLUMN_PERCENT},
};

static bool put_table(const rb_load *load, const roofline *of, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  bool ok = rb_table_open(columns, sizeof columns / sizeof columns[0], &table, err);
  for (size_t i = 0; ok && i < of->n; i++) {
    const point *one = &of->points[i];
    double bound = fmin(of->flop, one->x * of->byte);
    char *name = NULL;
    rb_phrase t;
    ok = rb_phrase_open(&t, &name, err);
    if (!ok)
      break;
    rb_load_name(load, one->row->cells[0], false, t.to);
    ok = rb_phrase_close(&t, err);
    rb_table_row(table);
    rb_table_text(table, AT_CASE, name);
    rb_table_real(table, AT_X, one->x);
    rb_table_range(table, AT_RATE, one->rate);
    rb_table_real(table, AT_BOUND, bound);
    rb_table_real(table, AT_SHARE, one->rate[0] / bound);
    free(name);
  }
  rb_html_fold(out, "Table: points of the roofline");
  ok = ok && rb_table_html(table, "Rates under the roofline", out, err);
  rb_html_unfold(out);
  rb_table_free(table);
  return ok;
}

static bool put_roofline(rb_pagedata *page, const rb_load *load, const roofline *of, FILE *out,
                         rb_err *err) {
  fputs("<figure><figcaption><b>Roofline</b> of ", out);
  rb_html_text(out, rb_devices_name(of->device));
  fputs(". The line is what the device reaches at most: to the left what it copies, to the right "
        "what "
        "it computes, both measured in this run. Bytes are counted as if no tile stayed in a "
        "cache, 4 (2 d "
        "+ 4 m) a sample, so a device with a large cache may be above the left part.</figcaption>\n"
        "<ul class=\"keys\">\n",
        out);
  for (size_t i = 0; i < of->n_backends; i++)
    rb_svg_key(out, i, of->backends[i]);
  fputs("</ul>\n", out);
  bool ok = draw(page, load, of, out, err) && put_table(load, of, out, err);
  fputs("</figure>\n", out);
  return ok;
}

bool rb_pageroofline_put(rb_pagedata *page, size_t trace, FILE *out, rb_err *err) {
  const rb_load *load = &page->loads[trace];
  const rb_record *devices[RB_MAX_DEVICES];
  size_t n = rb_devices_find(load, devices);
  bool ok = true;
  for (size_t i = 0; ok && i < n; i++) {
    roofline of = {.device = devices[i]};
    ok = collect(page, load, &of, err) && (of.n == 0 || put_roofline(page, load, &of, out, err));
    free(of.points);
  }
  return ok;
}
