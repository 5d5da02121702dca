// SPDX-License-Identifier: Apache-2.0
#include "report/pagestar.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "report/exhibit.h"
#include "report/html.h"
#include "report/statement.h"
#include "report/svg.h"
#include "report/table.h"

enum { HEIGHT = 320, TOP = 26, BOTTOM = 44 };

/* Curves from..to, one group. */
typedef struct group {
  rb_pagedata *page;
  const rb_judge *judge;
  size_t from, to;
} group;

static const rb_judge_curve *curve_of(const group *of, size_t i) {
  return &of->judge->curves[i];
}

/* Where a point is drawn, in ln: a bound where the target is not reached or the least is enough. */
static double height_of(const rb_judge_curve *curve, size_t i) {
  const rb_exponent_point *point = &curve->exponent.points[i];
  const rb_trials_point *trials = &curve->curve->points[i];
  if (point->censored == RB_EXPONENT_SEEN)
    return point->log_star;
  if (point->censored == RB_EXPONENT_ABOVE)
    return point->log_cap;
  return point->censored == RB_EXPONENT_BELOW && trials->n_trials ? trials->trials[0].x : NAN;
}

static void find_ranges(const group *of, double d[2], double star[2]) {
  d[0] = star[0] = INFINITY;
  d[1] = star[1] = -INFINITY;
  for (size_t c = of->from; c < of->to; c++)
    for (size_t i = 0; i < curve_of(of, c)->exponent.n_points; i++) {
      const rb_exponent_point *point = &curve_of(of, c)->exponent.points[i];
      const double heights[] = {height_of(curve_of(of, c), i), point->lo, point->hi};
      d[0] = fmin(d[0], (double)point->d);
      d[1] = fmax(d[1], (double)point->d);
      for (int k = 0; k < 3; k++)
        if (isfinite(heights[k])) {
          star[0] = fmin(star[0], heights[k]);
          star[1] = fmax(star[1], heights[k]);
        }
    }
}

/* The band that a multitask line must stay in to count as independent, around its middle. */
static void draw_band(const rb_judge_curve *curve, const rb_svg_axis *x, const rb_svg_axis *y,
                      FILE *out) {
  const rb_exponent *e = &curve->exponent;
  double margin = curve->curve->margin;
  if (curve->curve->source != RB_TRIALS_MULTITASK || !isfinite(e->slope.value) || !(margin > 1))
    return;
  double middle = exp(e->intercept + e->slope.value * log(e->d_min * e->d_max) / 2);
  double from = rb_svg_place(x, e->d_min), to = rb_svg_place(x, e->d_max);
  double top = rb_svg_place(y, middle * sqrt(margin)),
         bottom = rb_svg_place(y, middle / sqrt(margin));
  rb_svg_rect(out, "band", from, top, to - from, bottom - top);
}

static void draw_curve(const rb_judge_curve *curve, size_t series, double shift,
                       const rb_svg_axis *x, const rb_svg_axis *y, FILE *out) {
  const rb_exponent *e = &curve->exponent;
  char kind[32], star[RB_EXHIBIT_ROOM], tip[RB_EXHIBIT_ROOM + 64];
  snprintf(kind, sizeof kind, "curve s%zu", series % RB_SVG_SERIES);
  if (isfinite(e->slope.value))
    rb_svg_line(out, kind, rb_svg_place(x, e->d_min),
                rb_svg_place(y, exp(e->intercept + e->slope.value * log(e->d_min))),
                rb_svg_place(x, e->d_max),
                rb_svg_place(y, exp(e->intercept + e->slope.value * log(e->d_max))));
  snprintf(kind, sizeof kind, "spread s%zu", series % RB_SVG_SERIES);
  for (size_t i = 0; i < e->n_points; i++) {
    const rb_exponent_point *point = &e->points[i];
    double at = rb_svg_place(x, (double)point->d) + shift, height = height_of(curve, i);
    double down = rb_svg_place(y, exp(height));
    if (!isfinite(height))
      continue;
    if (point->censored == RB_EXPONENT_SEEN && isfinite(point->lo) && isfinite(point->hi))
      rb_svg_line(out, kind, at, rb_svg_place(y, exp(point->lo)), at,
                  rb_svg_place(y, exp(point->hi)));
    rb_exhibit_star(star, curve, i);
    snprintf(tip, sizeof tip, "d = %" PRIu64 ": %s", point->d, star);
    rb_svg_mark(out, series, at, down, tip);
    if (point->censored == RB_EXPONENT_ABOVE)
      rb_svg_text(out, "middle", at, down - 8, 0, "\xE2\x86\x91"); /* an arrow upwards */
    if (point->censored == RB_EXPONENT_BELOW)
      rb_svg_text(out, "middle", at, down + 17, 0, "\xE2\x86\x93");
  }
}

static void draw(const group *of, FILE *out) {
  double d[2], star[2], spread = 1.2;
  bool neurons = curve_of(of, of->from)->curve->neurons;
  size_t n = of->to - of->from;
  find_ranges(of, d, star);
  if (!(star[0] <= star[1]))
    return;
  rb_svg_axis x = rb_svg_axis_over(d[0], d[1], true, 0, 100);
  rb_svg_axis y =
      rb_svg_axis_over(exp(star[0]) / 1.1, exp(star[1]) * 1.15, true, HEIGHT - BOTTOM, TOP);
  fputs("<div class=\"plot\">", out);
  rb_svg_begin(out, of->page->n_figures++, HEIGHT, neurons ? "m* against d" : "n* against d",
               "Sources of features side by side at each d; the table below has their numbers, and "
               "the sentences what follows.");
  rb_svg_frame(out, &x, &y, "d, dimension of the input",
               neurons ? "m*, neurons that a new task needs" : "n*, samples that a new task needs");
  for (size_t c = of->from; c < of->to; c++)
    draw_band(curve_of(of, c), &x, &y, out);
  for (size_t c = of->from; c < of->to; c++)
    draw_curve(curve_of(of, c), c - of->from,
               spread * ((double)(c - of->from) - (double)(n - 1) / 2), &x, &y, out);
  rb_svg_end(out);
  fputs("</div>\n", out);
}

/* ---- words and numbers ---- */

static bool put_keys(const group *of, FILE *out, rb_err *err) {
  bool ok = true;
  fputs("<ul class=\"keys\">\n", out);
  for (size_t c = of->from; ok && c < of->to; c++) {
    char *name = NULL;
    ok = rb_statement_source(of->judge, curve_of(of, c), &name, err);
    if (ok)
      rb_svg_key(out, c - of->from, name);
    free(name);
  }
  fputs("</ul>\n", out);
  return ok;
}

static bool put_sentences(const group *of, FILE *out, rb_err *err) {
  bool ok = true;
  fputs("<ul>\n", out);
  for (size_t c = of->from; ok && c < of->to; c++) {
    const rb_judge_curve *curve = curve_of(of, c);
    char *name = NULL, *text = NULL;
    bool multitask = curve->curve->source == RB_TRIALS_MULTITASK;
    ok = rb_statement_source(of->judge, curve, &name, err) && rb_statement_curve(curve, &text, err);
    if (ok) {
      fputs("<li><b>", out);
      rb_html_text(out, name);
      fprintf(out, "</b> (%s%s): ", multitask ? "" : "control ",
              multitask ? rb_exponent_states[curve->exponent.state]
                        : rb_control_states[curve->control.state]);
      rb_html_text(out, multitask ? text : curve->control.text);
      fputs("</li>\n", out);
    }
    free(name);
    free(text);
  }
  fputs("</ul>\n", out);
  return ok;
}

enum { AT_SOURCE, AT_D, AT_STAR, AT_TRIALS, AT_ALIGNMENT, AT_FEATURES };

static bool put_table(const group *of, FILE *out, rb_err *err) {
  bool neurons = curve_of(of, of->from)->curve->neurons, ok = true;
  const rb_column columns[] = {{.name = "source", .type = RB_COLUMN_TEXT},
                               {.name = "d", .type = RB_COLUMN_INTEGER},
                               {.name = neurons ? "m* (95 %)" : "n* (95 %)",
                                .type = RB_COLUMN_TEXT,
                                .align = RB_ALIGN_RIGHT},
                               {.name = "trials", .type = RB_COLUMN_INTEGER},
                               {.name = "alignment", .type = RB_COLUMN_PLAIN},
                               {.name = "features learned", .type = RB_COLUMN_PLAIN}};
  rb_table *table = NULL;
  if (!rb_table_open(columns, sizeof columns / sizeof columns[0], &table, err))
    return false;
  for (size_t c = of->from; ok && c < of->to; c++) {
    const rb_judge_curve *curve = curve_of(of, c);
    char *name = NULL, star[RB_EXHIBIT_ROOM];
    ok = rb_statement_source(of->judge, curve, &name, err);
    for (size_t i = 0; ok && i < curve->curve->n_points; i++) {
      const rb_trials_point *point = &curve->curve->points[i];
      rb_exhibit_star(star, curve, i);
      rb_table_row(table);
      rb_table_text(table, AT_SOURCE, name);
      rb_table_integer(table, AT_D, point->d);
      rb_table_text(table, AT_STAR, star);
      rb_table_integer(table, AT_TRIALS, point->n_trials);
      rb_table_real(table, AT_ALIGNMENT, rb_record_get_real(point->cell, RB_F_alignment));
      rb_table_real(table, AT_FEATURES, rb_record_get_real(point->cell, RB_F_features_learned));
    }
    free(name);
  }
  rb_html_fold(out, neurons ? "Table: m* by source and d" : "Table: n* by source and d");
  ok = ok && rb_table_html(table, "> N: the target is not reached with N", out, err);
  rb_html_unfold(out);
  rb_table_free(table);
  return ok;
}

static bool put_group(const group *of, FILE *out, rb_err *err) {
  char *name = NULL;
  if (!rb_trials_name(&of->judge->trials, curve_of(of, of->from)->curve, &name, err))
    return false;
  fputs("<figure><figcaption><b>", out);
  rb_html_text(out, name);
  fputs(
      "</b>. Points with their 95 % interval; an arrow upwards: the target is not reached with the "
      "most that was tried. The band is as high as the margin: a line that stays in it counts as "
      "independent of d.</figcaption>\n",
      out);
  free(name);
  bool ok = put_keys(of, out, err);
  if (ok)
    draw(of, out);
  ok = ok && put_sentences(of, out, err) && put_table(of, out, err);
  fputs("</figure>\n", out);
  return ok;
}

bool rb_pagestar_put(rb_pagedata *page, size_t trace, FILE *out, rb_err *err) {
  rb_judge judge = {0};
  char *text = NULL;
  if (!rb_pagedata_has_mode(&page->loads[trace], "complexity"))
    return true;
  bool ok =
      rb_judge_trace(&page->traces[trace], &judge, err) && rb_statement_claim(&judge, &text, err);
  if (!ok) {
    rb_judge_free(&judge);
    return err->kind == RB_INCONCLUSIVE; /* its cells are no curves */
  }
  fputs("<h3>What a new task needs, against d</h3>\n", out);
  fprintf(out, "<p class=\"verdict\"><b>Verdict</b> (%s): ",
          judge.code == RB_DONE    ? "holds"
          : judge.code == RB_WRONG ? "a control fails"
                                   : "open");
  rb_html_text(out, text);
  fputs("</p>\n", out);
  free(text);
  for (size_t from = 0, to = 0; ok && from < judge.n_curves; from = to) {
    while (to < judge.n_curves && judge.curves[to].curve->group == judge.curves[from].curve->group)
      to++;
    ok = put_group(&(group){page, &judge, from, to}, out, err);
  }
  text = NULL;
  ok = ok && rb_statement_rest(&judge, &text, err);
  if (ok)
    rb_html_sentence(out, "p class=\"warning\"", text);
  rb_judge_free(&judge);
  return ok;
}
