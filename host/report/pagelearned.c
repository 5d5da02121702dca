// SPDX-License-Identifier: Apache-2.0
#include "report/pagelearned.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/columns.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/phrase.h"
#include "report/svg.h"

enum { LEAST_SIZES = 3, MOST_POINTS = 400, HEIGHT = 240, TOP = 26, BOTTOM = 44 };

/* What a curve may be over. */
static const struct {
  rb_field field, with; /* with: a second one that is the same */
  const char *title;
} axes[] = {{RB_F_T, RB_F_T, "T, tasks"},
            {RB_F_d, RB_F_d, "d, dimension of the input"},
            {RB_F_n1, RB_F_n2, "n1 = n2, samples of a task"},
            {RB_F_n1, RB_F_n1, "n1, samples of the head step"},
            {RB_F_n2, RB_F_n2, "n2, samples of the other step"},
            {RB_F_m, RB_F_m, "m, neurons"},
            {RB_F_r, RB_F_r, "r, dimension of the subspace"},
            {RB_F_rounds, RB_F_rounds, "rounds"}};
enum { N_AXES = sizeof axes / sizeof axes[0] };

static const struct {
  rb_stream_measure measure;
  const char *title, *best;
  bool log;
} panels[] = {{RB_STREAM_ratio, "ratio: off the subspace / weakest on it", "best is 0", true},
              {RB_STREAM_sin_theta, "sin-theta to the hidden subspace", "best is 0", false},
              {RB_STREAM_alignment, "alignment: share of W in the subspace", "best is 1", false}};
enum { N_PANELS = sizeof panels / sizeof panels[0] };

/* A row of the part that is drawn. */
typedef struct point {
  const rb_case *from;
  double x, y[3];
  size_t series;
} point;

/* One part of the suite over one axis. */
typedef struct curves {
  rb_pagedata *page;
  const rb_cases *cases;
  const rb_case_group *group;
  int axis;
  point *points; /* (n) by series, then by x */
  size_t n, n_series, n_left_out;
  const rb_record *names[RB_SVG_SERIES]; /* a cell of each series */
  rb_load_set told;                      /* tells the series apart */
} curves;

static const rb_record *cell_of(const rb_case *row) {
  return row->row->cells[0];
}

static rb_load_set along(int axis) {
  return rb_load_bit(axes[axis].field) | rb_load_bit(axes[axis].with) | rb_load_bit(RB_F_eta_a) |
         rb_load_bit(RB_F_eta_w) | rb_load_bit(RB_F_variant) | rb_load_bit(RB_F_tile) |
         rb_load_bit(RB_F_chunk);
}

/* How many values the group has on an axis; 0 if n1 and n2 are not the same. */
static size_t count_sizes(const rb_cases *cases, const rb_case_group *group, int axis) {
  size_t n = 0;
  for (size_t i = group->first; i < group->first + group->n; i++) {
    const rb_record *cell = cell_of(&cases->rows[i]);
    bool seen = false;
    if (rb_record_get_integer(cell, axes[axis].field) !=
            rb_record_get_integer(cell, axes[axis].with) ||
        rb_record_get_integer(cell, axes[axis].field) == 0)
      return 0;
    for (size_t j = group->first; j < i && !seen; j++)
      seen = rb_load_compare(cell, cell_of(&cases->rows[j]), axes[axis].field) == 0;
    n += !seen;
  }
  return n;
}

static int choose_axis(const rb_cases *cases, const rb_case_group *group) {
  size_t most = LEAST_SIZES - 1;
  int best = -1;
  for (int i = 0; i < N_AXES && group->n <= MOST_POINTS; i++) {
    size_t n = count_sizes(cases, group, i);
    if (n > most) {
      most = n;
      best = i;
    }
  }
  return best;
}

/* Every size on the axis comes with one number of samples, as where it is a multiple of d. */
static bool samples_follow(const curves *of) {
  for (size_t i = of->group->first; i < of->group->first + of->group->n; i++)
    for (size_t j = of->group->first; j < i; j++) {
      const rb_record *a = cell_of(&of->cases->rows[i]), *b = cell_of(&of->cases->rows[j]);
      if (rb_load_compare(a, b, axes[of->axis].field) == 0 &&
          (rb_load_compare(a, b, RB_F_n1) != 0 || rb_load_compare(a, b, RB_F_n2) != 0))
        return false;
    }
  return true;
}

static bool is_same_series(const curves *of, const rb_record *a, const rb_record *b) {
  for (size_t i = 0; i < rb_load_n_key; i++)
    if ((of->told >> i & 1) && rb_load_compare(a, b, rb_load_key[i]) != 0)
      return false;
  return true;
}

/* The number of the series of a cell; RB_SVG_SERIES: there are too many. */
static size_t series_of(curves *of, const rb_record *cell) {
  for (size_t i = 0; i < of->n_series; i++)
    if (is_same_series(of, of->names[i], cell))
      return i;
  if (of->n_series == RB_SVG_SERIES)
    return RB_SVG_SERIES;
  of->names[of->n_series] = cell;
  return of->n_series++;
}

static int by_series(const void *left, const void *right) {
  const point *a = left, *b = right;
  if (a->series != b->series)
    return a->series > b->series ? 1 : -1;
  return (a->x > b->x) - (a->x < b->x);
}

static bool collect(curves *of, rb_err *err) {
  void *memory = NULL;
  if (!rb_alloc(&memory, of->group->n, sizeof *of->points, "points of curves", err))
    return false;
  of->points = memory;
  of->told = of->group->told & ~along(of->axis);
  if (samples_follow(of))
    of->told &= ~(rb_load_bit(RB_F_n1) | rb_load_bit(RB_F_n2));
  for (size_t i = of->group->first; i < of->group->first + of->group->n; i++) {
    const rb_case *row = &of->cases->rows[i];
    point one = {.from = row,
                 .x = (double)rb_record_get_integer(cell_of(row), axes[of->axis].field),
                 .series = series_of(of, cell_of(row))};
    if (one.series == RB_SVG_SERIES)
      of->n_left_out++;
    else
      of->points[of->n++] = one;
  }
  qsort(of->points, of->n, sizeof *of->points, by_series);
  return true;
}

/* ---- drawing ---- */

static bool measure(curves *of, rb_stream_measure which, double *lo, double *hi, rb_err *err) {
  *lo = INFINITY;
  *hi = -INFINITY;
  for (size_t i = 0; i < of->n; i++) {
    point *one = &of->points[i];
    if (!rb_pagedata_measure(of->page, one->from->row, which, one->y, err))
      return false;
    for (int part = 0; part < 3; part++)
      if (isfinite(one->y[part])) {
        *lo = fmin(*lo, one->y[part]);
        *hi = fmax(*hi, one->y[part]);
      }
  }
  return true;
}

static void draw_point(const curves *of, size_t i, const rb_svg_axis *x, const rb_svg_axis *y,
                       FILE *out) {
  const point *one = &of->points[i], *last = i ? one - 1 : NULL;
  double at = rb_svg_place(x, one->x), down = rb_svg_place(y, one->y[0]);
  char kind[32], tip[3 * RB_FIGURE_ROOM], figure[RB_FIGURE_ROOM];
  if (!isfinite(one->y[0]) || (y->log && !(one->y[0] > 0)))
    return;
  if (last && last->series == one->series && isfinite(last->y[0])) {
    snprintf(kind, sizeof kind, "curve s%zu", one->series);
    rb_svg_line(out, kind, rb_svg_place(x, last->x), rb_svg_place(y, last->y[0]), at, down);
  }
  if (one->y[2] > one->y[1]) {
    snprintf(kind, sizeof kind, "spread s%zu", one->series);
    rb_svg_line(out, kind, at, rb_svg_place(y, one->y[1]), at, rb_svg_place(y, one->y[2]));
  }
  rb_figure_range(figure, RB_FIGURE_PLAIN, one->y, "");
  snprintf(tip, sizeof tip, "%s = %.0f: %s", rb_schema[axes[of->axis].field].name, one->x, figure);
  rb_svg_mark(out, one->series, at, down, tip);
}

/* "From 5.88 at T = 1 to 0.19 at T = 100" of the first series, for who does not see it. */
static void describe(const curves *of, char *text, size_t room) {
  const point *from = &of->points[0], *to = from;
  char first[RB_FIGURE_ROOM], last[RB_FIGURE_ROOM];
  const char *axis = rb_schema[axes[of->axis].field].name;
  while (to + 1 < of->points + of->n && to[1].series == from->series)
    to++;
  rb_figure_one(first, RB_FIGURE_PLAIN, from->y[0], "");
  rb_figure_one(last, RB_FIGURE_PLAIN, to->y[0], "");
  snprintf(text, room, "%zu curves; the first from %s at %s = %.0f to %s at %s = %.0f. %s",
           of->n_series, first, axis, from->x, last, axis, to->x,
           "The table has the numbers of all.");
}

static bool draw_panel(curves *of, int panel, FILE *out, rb_err *err) {
  double lo = 0, hi = 0;
  char about[4 * RB_FIGURE_ROOM];
  if (!measure(of, panels[panel].measure, &lo, &hi, err))
    return false;
  if (!(lo <= hi))
    return true;
  double first = INFINITY, last = 0;
  for (size_t i = 0; i < of->n; i++) {
    first = fmin(first, of->points[i].x);
    last = fmax(last, of->points[i].x);
  }
  bool log_x = last > 8 * first, log_y = panels[panel].log && lo > 0;
  rb_svg_axis x = rb_svg_axis_over(first, last, log_x, 0, 100);
  rb_svg_axis y = log_y ? rb_svg_axis_over(lo, hi, true, HEIGHT - BOTTOM, TOP)
                        : (rb_svg_axis){0, fmax(1, hi), HEIGHT - BOTTOM, TOP, false};
  describe(of, about, sizeof about);
  fputs("<div><p class=\"under\">", out);
  rb_html_text(out, panels[panel].title);
  fputs("</p>\n<div class=\"plot\">", out);
  rb_svg_begin(out, of->page->n_figures++, HEIGHT, panels[panel].title, about);
  rb_svg_frame(out, &x, &y, axes[of->axis].title, panels[panel].best);
  for (size_t i = 0; i < of->n; i++)
    draw_point(of, i, &x, &y, out);
  rb_svg_end(out);
  fputs("</div></div>\n", out);
  return true;
}

static bool put_keys(const curves *of, FILE *out, rb_err *err) {
  bool ok = true;
  if (of->n_series < 2)
    return true;
  fputs("<ul class=\"keys\">\n", out);
  for (size_t i = 0; ok && i < of->n_series; i++) {
    char *name = NULL;
    rb_phrase t;
    ok = rb_phrase_open(&t, &name, err);
    if (!ok)
      break;
    rb_load_write(of->names[i], of->told, false, t.to);
    ok = rb_phrase_close(&t, err);
    rb_svg_key(out, i, name ? name : "the others");
    free(name);
  }
  fputs("</ul>\n", out);
  return ok;
}

static bool put_group(rb_pagedata *page, const rb_cases *cases, const rb_case_group *group,
                      FILE *out, rb_err *err) {
  curves of = {.page = page, .cases = cases, .group = group};
  of.axis = choose_axis(cases, group);
  if (of.axis < 0)
    return true;
  bool ok = collect(&of, err);
  if (ok && of.n) {
    fputs("<figure><figcaption><b>", out);
    rb_html_text(out, group->title[0] ? group->title : group->name);
    fputs("</b>", out);
    if (of.n_left_out)
      fprintf(out, " %zu points of further curves are in the table alone.", of.n_left_out);
    fputs("</figcaption>\n", out);
    ok = put_keys(&of, out, err);
    fputs("<div class=\"trio\">\n", out);
    for (int i = 0; ok && i < N_PANELS; i++)
      ok = draw_panel(&of, i, out, err);
    fputs("</div></figure>\n", out);
  }
  free(of.points);
  return ok;
}

static bool put_table(const rb_load *load, const rb_cases *cases, FILE *out, rb_err *err) {
  rb_columns_view view = {.people = true, .mode = "learn", .cases = cases};
  rb_table *table = NULL;
  bool ok = rb_columns_fill(load, &view, &table, err);
  if (ok) {
    rb_columns_trim(load, &view, table);
    rb_html_fold(out, "Table: what each case learned");
    ok = rb_table_html(table,
                       "Best is alignment 1, ratio 0 (bound: what a closed form allows), sin-theta "
                       "0, weakest feature 1",
                       out, err);
    rb_html_unfold(out);
  }
  rb_table_free(table);
  return ok;
}

bool rb_pagelearned_put(rb_pagedata *page, size_t trace, FILE *out, rb_err *err) {
  const rb_load *load = &page->loads[trace];
  rb_cases cases;
  bool ok = rb_cases_make(load, "learn", &cases, err);
  if (ok && cases.n_rows) {
    fputs("<h3>What was learned</h3>\n<p class=\"same\">", out);
    fputs(cases.seeds == 1 ? ""
                           : "Medians over the seeds, with their 95 % interval (below six seeds "
                             "the range). ",
          out);
    fputs(cases.common[0] ? "All cases: " : "", out);
    rb_html_text(out, cases.common);
    fputs(cases.usual[0] ? ". Most cases: " : "", out);
    rb_html_text(out, cases.usual);
    fputs("</p>\n", out);
    for (size_t i = 0; ok && i < cases.n_groups; i++)
      ok = put_group(page, &cases, &cases.groups[i], out, err);
    ok = ok && put_table(load, &cases, out, err);
  }
  rb_cases_free(&cases);
  return ok;
}
