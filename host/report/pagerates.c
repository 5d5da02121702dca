// SPDX-License-Identifier: Apache-2.0
#include "report/pagerates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/columns.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/pageroofline.h"
#include "report/shares.h"
#include "report/svg.h"

/* Of one figure: what a page can show at a glance, and of phases what has a pattern of its own. */
enum { MOST_BARS = 40, MOST_SHARES = 6, BAR_HEIGHT = 18 };

/* The timed rows of a trace. */
typedef struct rates {
  rb_pagedata *page;
  const rb_load *load;
  rb_cases cases;
} rates;

/* Row number `bar` of those that are shown: all, or evenly chosen ones. */
static size_t chosen(const rates *of, size_t bar, size_t n_bars) {
  return bar * of->cases.n_rows / n_bars;
}

static size_t count_bars(const rates *of) {
  return of->cases.n_rows < MOST_BARS ? of->cases.n_rows : MOST_BARS;
}

static void put_chosen(const rates *of, FILE *out) {
  if (of->cases.n_rows > MOST_BARS)
    fprintf(out, " %d of %zu cases are drawn, evenly chosen; the table has all of them.", MOST_BARS,
            of->cases.n_rows);
}

/* The title of the group that a row begins, if it is another one than that of the row before. */
static void put_group(const rates *of, size_t bar, size_t n_bars, FILE *out) {
  const rb_case *row = &of->cases.rows[chosen(of, bar, n_bars)];
  if (bar > 0 && of->cases.rows[chosen(of, bar - 1, n_bars)].group == row->group)
    return;
  const char *title = of->cases.groups[row->group].title;
  if (!title[0])
    return;
  fputs("<li class=\"part\">", out);
  rb_html_text(out, title);
  fputs("</li>\n", out);
}

static void put_name(const rb_case *row, FILE *out) {
  const char *backend = rb_record_get_text(row->row->cells[0], RB_F_backend);
  fputs("<li><span class=\"name\">", out);
  rb_html_text(out, row->name[0] ? row->name : backend ? backend : "cell");
  fputs("</span> ", out);
}

/* ---- rate against roof ---- */

/* The largest rate: bars of rows without a roof are measured by it. */
static bool find_most(const rates *of, double *most, rb_err *err) {
  double values[3];
  bool ok = true;
  *most = 0;
  for (size_t i = 0; ok && i < of->cases.n_rows; i++) {
    ok = rb_pagedata_measure(of->page, of->cases.rows[i].row, RB_STREAM_gflops, values, err);
    *most = values[0] > *most ? values[0] : *most;
  }
  return ok;
}

static void draw_bar(const double share[3], bool roof, FILE *out) {
  double end = 100 * fmin(fmax(share[0], 0), 1);
  fprintf(out, "<svg class=\"bar\" width=\"100%%\" height=\"%d\" aria-hidden=\"true\">\n",
          BAR_HEIGHT);
  if (roof)
    rb_svg_rect(out, "track", 0, 1, 100, BAR_HEIGHT - 2);
  rb_svg_rect(out, "fill", 0, 1, end, BAR_HEIGHT - 2);
  if (share[2] > share[1]) {
    double lo = 100 * fmax(share[1], 0), hi = 100 * fmin(share[2], 1), middle = BAR_HEIGHT / 2.0;
    rb_svg_line(out, "error", lo, middle, hi, middle);
    rb_svg_line(out, "error", lo, middle - 3, lo, middle + 3);
    rb_svg_line(out, "error", hi, middle - 3, hi, middle + 3);
  }
  rb_svg_end(out);
}

static bool put_bar(const rates *of, const rb_case *row, double most, FILE *out, rb_err *err) {
  double share[3], rate[3];
  char text[RB_FIGURE_ROOM], fraction[RB_FIGURE_ROOM];
  bool has = false, roof = false;
  bool ok = rb_pagedata_figure(of->page, row->row, RB_STREAM_gflops, text, &has, err) &&
            rb_pagedata_figure(of->page, row->row, RB_STREAM_roof_fraction, fraction, &roof, err) &&
            rb_pagedata_measure(of->page, row->row, RB_STREAM_roof_fraction, share, err) &&
            rb_pagedata_measure(of->page, row->row, RB_STREAM_gflops, rate, err);
  if (!ok)
    return false;
  put_name(row, out);
  fputs("<span class=\"value\">", out);
  if (has)
    rb_html_text(out, text);
  else
    fputs("no rate: not verified, failed or above its roof", out);
  if (has && roof) {
    fputs(", ", out);
    fraction[strcspn(fraction, "%") + 1] = '\0'; /* the interval is that of the rate */
    rb_html_text(out, fraction);
    fputs(" of the roof", out);
  }
  fputs("</span>\n", out);
  for (int i = 0; i < 3 && !roof; i++)
    share[i] = rate[i] / most;
  if (has)
    draw_bar(share, roof, out);
  fputs("</li>\n", out);
  return true;
}

static bool put_bars(const rates *of, FILE *out, rb_err *err) {
  double most = 0;
  size_t n = count_bars(of);
  bool ok = find_most(of, &most, err);
  if (!ok || !(most > 0))
    return ok;
  fputs("<figure><figcaption><b>Rate against the roof.</b> A full bar is the compute roof that the "
        "FMA probe reached in the same run; the mark at its end is the 95 % interval.",
        out);
  put_chosen(of, out);
  fputs("</figcaption>\n<ul class=\"bars\">\n", out);
  for (size_t i = 0; ok && i < n; i++) {
    put_group(of, i, n, out);
    ok = put_bar(of, &of->cases.rows[chosen(of, i, n)], most, out, err);
  }
  fputs("</ul></figure>\n", out);
  return ok;
}

/* ---- phases ---- */

/* The phases that are shown, and the rest. */
typedef struct phases {
  size_t shown[MOST_SHARES];
  size_t n;
} phases;

static phases choose_phases(const rb_load *load) {
  unsigned folded = rb_shares_fold(load, "time", MOST_SHARES);
  phases of = {.n = 0};
  for (size_t i = 0; i < load->n_phases; i++)
    if (!(folded >> i & 1) && of.n < MOST_SHARES)
      of.shown[of.n++] = i;
  return of;
}

/* Medians over the seeds; the last is what the others leave of the whole. */
static bool find_shares(const rates *of, const phases *by, const rb_load_row *row,
                        double shares[MOST_SHARES + 1], bool *has, rb_err *err) {
  void *memory = NULL;
  double rest = 1;
  if (!rb_alloc(&memory, row->n_cells, sizeof(double), "shares of phases", err))
    return false;
  double *values = memory;
  *has = by->n > 0;
  for (size_t phase = 0; phase < by->n; phase++) {
    size_t n = 0;
    for (size_t i = 0; i < row->n_cells; i++) {
      double all[RB_LOAD_MAX_PHASES + 1];
      rb_load_shares(of->load, row->cells[i], all);
      if (rb_load_is_rated(row->cells[i]) && isfinite(all[by->shown[phase]]))
        values[n++] = all[by->shown[phase]];
    }
    *has = *has && n > 0;
    shares[phase] = n ? rb_stats_spread(values, n).median : NAN;
    rest -= shares[phase];
  }
  shares[by->n] = fmax(rest, 0);
  free(values);
  return true;
}

static const char *phase_name(const rates *of, const phases *by, size_t i) {
  return i < by->n ? of->load->phases[by->shown[i]] + RB_LOAD_PHASE_PREFIX : "other";
}

/* Letters stand for the phases, so that colours are not needed. */
static void put_stack(const rates *of, const phases *by, const double *shares, FILE *out) {
  const double least_lettered = 0.05;
  double from = 0;
  fprintf(out, "<svg class=\"bar\" width=\"100%%\" height=\"%d\" role=\"img\" aria-label=\"",
          BAR_HEIGHT + 2);
  for (size_t i = 0; i <= by->n; i++) {
    fputs(i ? ", " : "", out);
    rb_html_text(out, phase_name(of, by, i));
    fprintf(out, " %.0f %%", 100 * shares[i]);
  }
  fputs("\">\n", out);
  for (size_t i = 0; i <= by->n; i++) {
    char kind[24], letter[2] = {(char)('A' + i), '\0'};
    double width = fmin(100 * shares[i], 100 - from);
    snprintf(kind, sizeof kind, "p%zu", i < by->n ? i : MOST_SHARES);
    rb_svg_rect(out, kind, from, 1, width, BAR_HEIGHT);
    if (shares[i] >= least_lettered)
      rb_svg_text(out, "middle", from + width / 2, 14, 0, letter);
    from += width;
  }
  rb_svg_end(out);
}

static bool put_shares(const rates *of, FILE *out, rb_err *err) {
  phases by = choose_phases(of->load);
  double shares[MOST_SHARES + 1];
  bool ok = true, has = false, any = false;
  size_t n = count_bars(of);
  for (size_t i = 0; ok && !any && i < n; i++)
    ok = find_shares(of, &by, of->cases.rows[chosen(of, i, n)].row, shares, &any, err);
  if (!ok || !any)
    return ok;
  fputs(
      "<figure><figcaption><b>Where the time of a round goes</b>, by phase; other: further phases "
      "and the time between commands.",
      out);
  put_chosen(of, out);
  fputs("</figcaption>\n<ul class=\"keys\">\n", out);
  for (size_t i = 0; i <= by.n; i++) {
    fprintf(out, "<li><span class=\"swatch q%zu\">%c</span> ", i < by.n ? i : (size_t)MOST_SHARES,
            (char)('A' + i));
    rb_html_text(out, phase_name(of, &by, i));
    fputs("</li>\n", out);
  }
  fputs("</ul>\n<ul class=\"bars\">\n", out);
  for (size_t i = 0; ok && i < n; i++) {
    const rb_case *row = &of->cases.rows[chosen(of, i, n)];
    char time[RB_FIGURE_ROOM];
    ok = find_shares(of, &by, row->row, shares, &has, err) &&
         rb_pagedata_figure(of->page, row->row, RB_STREAM_time_ns, time, NULL, err);
    if (!ok || !has)
      continue;
    put_group(of, i, n, out);
    put_name(row, out);
    fputs("<span class=\"value\">", out);
    rb_html_text(out, time);
    fputs("</span>\n", out);
    put_stack(of, &by, shares, out);
    fputs("</li>\n", out);
  }
  fputs("</ul></figure>\n", out);
  return ok;
}

/* ---- all of it ---- */

static bool put_table(const rates *of, FILE *out, rb_err *err) {
  rb_columns_view view = {.people = true,
                          .mode = "time",
                          .cases = &of->cases,
                          .folded = rb_shares_fold(of->load, "time", RB_LOAD_MAX_PHASES)};
  rb_table *table = NULL;
  bool ok = rb_columns_fill(of->load, &view, &table, err);
  if (ok) {
    rb_columns_trim(of->load, &view, table);
    rb_html_fold(out, "Table: rates and phases of every case");
    ok = rb_table_html(table,
                       of->cases.seeds == 1 ? "Median of one repetition, with its 95 % interval"
                                            : "Medians over the seeds",
                       out, err);
    rb_html_unfold(out);
  }
  rb_table_free(table);
  return ok;
}

bool rb_pagerates_put(rb_pagedata *page, size_t trace, FILE *out, rb_err *err) {
  rates of = {.page = page, .load = &page->loads[trace]};
  bool ok = rb_cases_make(of.load, "time", &of.cases, err);
  if (ok && of.cases.n_rows) {
    fputs("<h3>Rates</h3>\n<p class=\"same\">", out);
    if (of.cases.common[0])
      fputs("All cases: ", out);
    rb_html_text(out, of.cases.common);
    fputs(of.cases.usual[0] ? ". Most cases: " : "", out);
    rb_html_text(out, of.cases.usual);
    fputs("</p>\n<div class=\"pair\">\n", out);
    ok = put_bars(&of, out, err) && put_shares(&of, out, err);
    fputs("</div>\n", out);
    ok = ok && put_table(&of, out, err) && rb_pageroofline_put(page, trace, out, err);
  }
  rb_cases_free(&of.cases);
  return ok;
}
