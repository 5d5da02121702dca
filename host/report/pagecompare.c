// SPDX-License-Identifier: Apache-2.0
#include "report/pagecompare.h"

#include <math.h>
#include <stdlib.h>

#include "report/comparephrases.h"
#include "report/comparesheet.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/pagestrip.h"

enum { MOST_STRIPS = 40, MOST_TOLD = 40 };

static bool put_systems(const rb_compare *compare, FILE *out, rb_err *err) {
  bool ok = true;
  fputs("<ol>\n", out);
  for (size_t i = 0; ok && i < compare->systems.n; i++) {
    char *text = NULL;
    ok = rb_comparephrases_system(compare, i, false, &text, err);
    rb_html_sentence(out, "li", text);
  }
  fputs("</ol>\n", out);
  return ok;
}

/* ---- ratios ---- */

static bool is_drawn(const rb_compare_cell *cell) {
  return cell->state <= RB_COMPARE_UNSURE && cell->ratio[0] > 0 && isfinite(cell->ratio[0]);
}

static rb_svg_axis find_axis(const rb_compare_pair *pair) {
  double lo = 0.8, hi = 1.25;
  for (size_t i = 0; i < pair->n_cells; i++)
    for (int part = 0; part < 3 && is_drawn(&pair->cells[i]); part++) {
      double ratio = pair->cells[i].ratio[part];
      if (isfinite(ratio) && ratio > 0) {
        lo = fmin(lo, ratio);
        hi = fmax(hi, ratio);
      }
    }
  return rb_svg_axis_over(lo, hi, true, 0, 100);
}

/* Triangles point up where the other one is faster, down where it is slower. */
static rb_pagestrip_mark mark_of(rb_compare_state state) {
  return state == RB_COMPARE_FASTER   ? RB_PAGESTRIP_UP
         : state == RB_COMPARE_SLOWER ? RB_PAGESTRIP_DOWN
                                      : RB_PAGESTRIP_CIRCLE;
}

static void put_ratios(const rb_compare_pair *pair, const rb_comparenames *by, FILE *out) {
  rb_svg_axis axis = find_axis(pair);
  size_t n = 0, n_all = 0;
  for (size_t i = 0; i < pair->n_cells; i++)
    n_all += is_drawn(&pair->cells[i]);
  if (n_all == 0)
    return;
  fprintf(out,
          "<figure><figcaption><b>Rate of system %zu over that of system %zu</b>, with its 95 %% "
          "interval. Triangles upwards: %zu is faster; downwards: slower; circles: not told apart.",
          pair->other + 1, pair->base + 1, pair->other + 1);
  if (n_all > MOST_STRIPS)
    fprintf(out, " The first %d of %zu are drawn; the table has all of them.", MOST_STRIPS, n_all);
  fputs("</figcaption>\n", out);
  rb_pagestrip_begin(&axis, out);
  for (size_t i = 0; i < pair->n_cells && n < MOST_STRIPS; i++) {
    const rb_compare_cell *cell = &pair->cells[i];
    char figure[RB_FIGURE_ROOM];
    if (!is_drawn(cell))
      continue;
    n++;
    rb_figure_range(figure, RB_FIGURE_REAL, cell->ratio, "");
    rb_pagestrip_put(&axis,
                     &(rb_pagestrip){.name = by->fulls[i] ? by->fulls[i] : "the only case",
                                     .figure = figure,
                                     .state = rb_compare_states[cell->state],
                                     .value_lo_hi = cell->ratio,
                                     .none = {1, 1},
                                     .mark = mark_of(cell->state)},
                     out);
  }
  rb_pagestrip_end(out);
  fputs("</figure>\n", out);
}

/* ---- tables and sentences ---- */

static bool put_sheets(const rb_compare_pair *pair, const rb_comparenames *by, FILE *out,
                       rb_err *err) {
  static const char *const titles[RB_COMPARESHEET_N] = {
      "Table: rates of both", "Table: time to a trained result", "Table: energy of a round"};
  bool ok = true;
  for (int i = 0; ok && i < RB_COMPARESHEET_N; i++) {
    rb_comparesheet sheet = {0};
    ok = rb_comparesheet_make(pair, by, (rb_comparesheet_kind)i, true, &sheet, err);
    if (ok && rb_table_rows(sheet.table)) {
      rb_html_fold(out, titles[i]);
      ok = rb_table_html(sheet.table, by->common ? by->common : "", out, err);
      rb_html_unfold(out);
    }
    rb_comparesheet_free(&sheet);
  }
  return ok;
}

static bool put_refused(const rb_compare_pair *pair, FILE *out, rb_err *err) {
  rb_comparenames by = {0};
  size_t n = 0;
  for (size_t i = 0; i < pair->n_cells; i++)
    n += pair->cells[i].reason != NULL;
  if (n == 0)
    return true;
  bool ok = rb_comparenames_find(pair, true, &by, err);
  fprintf(out, "<details><summary>Not comparable: %zu</summary>\n<ul>\n", n);
  n = 0;
  for (size_t i = 0; ok && i < pair->n_cells && n < MOST_TOLD; i++) {
    if (!pair->cells[i].reason)
      continue;
    n++;
    fputs("<li>", out);
    rb_html_text(out, by.fulls[i]);
    fputs(by.fulls[i] ? ": " : "", out);
    rb_html_text(out, pair->cells[i].reason);
    fputs("</li>\n", out);
  }
  fprintf(out, "</ul>\n<p class=\"soft\">At most %d are listed.</p></details>\n", MOST_TOLD);
  rb_comparenames_free(&by);
  return ok;
}

static bool put_pair(const rb_compare *compare, const rb_compare_pair *pair, FILE *out,
                     rb_err *err) {
  rb_comparenames by = {0};
  char *text = NULL;
  bool ok = rb_comparephrases_pair(pair, &text, err);
  fprintf(out, "<h3>System %zu against system %zu</h3>\n", pair->other + 1, pair->base + 1);
  rb_html_sentence(out, "p", text);
  text = NULL;
  ok = ok && rb_comparenames_find(pair, false, &by, err);
  if (ok)
    put_ratios(pair, &by, out);
  ok = ok && rb_comparephrases_target(compare, pair, &text, err);
  rb_html_sentence(out, "p", text);
  for (size_t i = 0; ok && i < pair->n_crossovers && i < MOST_TOLD; i++) {
    text = NULL;
    ok = rb_comparephrases_crossover(pair, &pair->crossovers[i], &text, err);
    rb_html_sentence(out, "p", text);
  }
  ok = ok && put_sheets(pair, &by, out, err) && put_refused(pair, out, err);
  rb_comparenames_free(&by);
  return ok;
}

bool rb_pagecompare_put(rb_pagedata *page, FILE *out, rb_err *err) {
  const rb_compare *compare = &page->compare;
  char *text = NULL;
  if (!page->is_compared)
    return true;
  fputs("<h2 id=\"comparison\">Comparison</h2>\n", out);
  bool ok = rb_comparephrases_claim(compare, &text, err);
  rb_html_sentence(out, "p", text);
  ok = ok && put_systems(compare, out, err);
  for (size_t i = 0; ok && i < compare->n_pairs; i++)
    ok = put_pair(compare, &compare->pairs[i], out, err);
  for (int i = 0; ok && i < RB_COMPAREPHRASES_NOTES; i++) {
    text = NULL;
    ok = rb_comparephrases_note(compare, i, &text, err);
    rb_html_sentence(out, "p class=\"soft\"", text);
  }
  return ok;
}
