// SPDX-License-Identifier: Apache-2.0
#include "report/pagerounds.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/phrase.h"
#include "report/svg.h"
#include "report/table.h"

enum {
  MOST_COURSES = 200, /* in the table; RB_SVG_SERIES of them are drawn */
  MOST_ROUNDS = 64,   /* that are drawn, evenly chosen */
  MOST_COLUMNS = 8,   /* rounds in the table, the same way */
  HEIGHT = 260,
  TOP = 26,
  BOTTOM = 44
};

/* A case that was followed. */
typedef struct course {
  const rb_load_row *row;
  rb_spread *after; /* (n) sin-theta after each round, over the seeds */
  size_t n;
} course;

typedef struct courses {
  rb_pagedata *page;
  const rb_load *load;
  course *list; /* (n) in the order of the trace */
  size_t n, n_left_out;
  size_t most; /* rounds of the longest */
} courses;

/* Number `i` of n that stand for `all`: evenly chosen, the first and the last among them. */
static size_t chosen(size_t i, size_t n, size_t all) {
  return n < 2 ? 0 : i * (all - 1) / (n - 1);
}

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

/* ---- values ---- */

/* The rounds that every seed of the row was followed for. */
static size_t count_rounds(const rb_load_row *row, double *values) {
  size_t n = RB_RECORD_MAX_REALS;
  for (size_t i = 0; i < row->n_cells; i++)
    n = least(n, rb_load_has_learned(row->cells[i])
                     ? rb_record_get_reals(row->cells[i], RB_F_sin_theta_rounds, values,
                                           RB_RECORD_MAX_REALS)
                     : 0);
  return n;
}

/* room: for RB_RECORD_MAX_REALS values. */
static bool follow(const rb_load_row *row, size_t n, double *room, course *out, rb_err *err) {
  void *memory = NULL, *after = NULL;
  bool ok = rb_alloc(&memory, n * row->n_cells, sizeof(double), "rounds", err) &&
            rb_alloc(&after, n, sizeof *out->after, "rounds", err);
  double *by_round = memory; /* (n, n_cells) */
  *out = (course){row, after, n};
  for (size_t i = 0; ok && i < row->n_cells; i++) {
    rb_record_get_reals(row->cells[i], RB_F_sin_theta_rounds, room, RB_RECORD_MAX_REALS);
    for (size_t k = 0; k < n; k++)
      by_round[k * row->n_cells + i] = room[k];
  }
  for (size_t k = 0; ok && k < n; k++)
    out->after[k] = rb_stats_spread(&by_round[k * row->n_cells], row->n_cells);
  free(memory);
  return ok;
}

static bool collect(courses *of, rb_err *err) {
  void *room = NULL, *list = NULL;
  bool ok = rb_alloc(&room, RB_RECORD_MAX_REALS, sizeof(double), "rounds", err) &&
            rb_alloc(&list, MOST_COURSES, sizeof *of->list, "cases that were followed", err);
  of->list = list;
  for (size_t i = 0; ok && i < of->load->n_rows; i++) {
    size_t n = count_rounds(&of->load->rows[i], room);
    if (n < 2)
      continue;
    if (of->n == MOST_COURSES) {
      of->n_left_out++;
      continue;
    }
    ok = follow(&of->load->rows[i], n, room, &of->list[of->n], err);
    of->n++;
    of->most = n > of->most ? n : of->most;
  }
  free(room);
  return ok;
}

static bool name_course(const courses *of, const course *one, char **out, rb_err *err) {
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  rb_load_name(of->load, one->row->cells[0], false, t.to);
  return rb_phrase_close(&t, err);
}

/* ---- the figure ---- */

static void draw_course(const course *one, size_t series, const rb_svg_axis *x,
                        const rb_svg_axis *y, FILE *out) {
  size_t n = least(one->n, MOST_ROUNDS);
  double before = NAN, before_at = NAN;
  char kind[32], tip[RB_FIGURE_ROOM + 40], figure[RB_FIGURE_ROOM];
  for (size_t i = 0; i < n; i++) {
    size_t k = chosen(i, n, one->n);
    const rb_spread *after = &one->after[k];
    double at = rb_svg_place(x, (double)(k + 1)), down = rb_svg_place(y, after->median);
    if (!isfinite(after->median))
      continue;
    snprintf(kind, sizeof kind, "curve s%zu", series);
    rb_svg_line(out, kind, before_at, before, at, down);
    snprintf(kind, sizeof kind, "spread s%zu", series);
    if (after->hi > after->lo)
      rb_svg_line(out, kind, at, rb_svg_place(y, after->lo), at, rb_svg_place(y, after->hi));
    rb_figure_range(figure, RB_FIGURE_PLAIN, (double[]){after->median, after->lo, after->hi}, "");
    snprintf(tip, sizeof tip, "after round %zu: %s", k + 1, figure);
    rb_svg_mark(out, series, at, down, tip);
    before = down;
    before_at = at;
  }
}

static bool put_keys(const courses *of, size_t n, FILE *out, rb_err *err) {
  bool ok = true;
  fputs("<ul class=\"keys\">\n", out);
  for (size_t i = 0; ok && i < n; i++) {
    char *name = NULL;
    ok = name_course(of, &of->list[chosen(i, n, of->n)], &name, err);
    if (ok)
      rb_svg_key(out, i, name ? name : "cell");
    free(name);
  }
  fputs("</ul>\n", out);
  return ok;
}

static bool put_figure(const courses *of, FILE *out, rb_err *err) {
  size_t n = least(of->n, RB_SVG_SERIES), all = of->n + of->n_left_out;
  rb_svg_axis x = rb_svg_axis_over(1, (double)of->most, of->most > 20, 0, 100);
  rb_svg_axis y = {0, 1, HEIGHT - BOTTOM, TOP, false};
  fputs("<figure><figcaption><b>Round by round</b>: sin-theta to the hidden subspace after each "
        "round of training.",
        out);
  if (all > n)
    fprintf(out, " %zu of %zu cases are drawn, evenly chosen.", n, all);
  fputs("</figcaption>\n", out);
  bool ok = put_keys(of, n, out, err);
  fputs("<div class=\"plot\">", out);
  rb_svg_begin(out, of->page->n_figures++, HEIGHT, "sin-theta after each round",
               "A curve for each case; the table below has their numbers.");
  rb_svg_frame(out, &x, &y, "round", "sin-theta, best is 0");
  for (size_t i = 0; i < n; i++)
    draw_course(&of->list[chosen(i, n, of->n)], i, &x, &y, out);
  rb_svg_end(out);
  fputs("</div></figure>\n", out);
  return ok;
}

/* ---- the table ---- */

enum { AT_CASE, AT_ROUNDS, AT_FIRST };

static bool fill_table(const courses *of, const size_t *rounds, size_t n, rb_table *table,
                       rb_err *err) {
  bool ok = true;
  for (size_t i = 0; ok && i < of->n; i++) {
    const course *one = &of->list[i];
    char *name = NULL;
    ok = name_course(of, one, &name, err);
    rb_table_row(table);
    rb_table_text(table, AT_CASE, name);
    rb_table_integer(table, AT_ROUNDS, one->n);
    for (size_t k = 0; k < n; k++)
      if (rounds[k] < one->n)
        rb_table_real(table, AT_FIRST + k, one->after[rounds[k]].median);
    free(name);
  }
  return ok;
}

static bool put_table(const courses *of, FILE *out, rb_err *err) {
  rb_column columns[AT_FIRST + MOST_COLUMNS] = {{.name = "case", .type = RB_COLUMN_TEXT},
                                                {.name = "rounds", .type = RB_COLUMN_INTEGER}};
  char names[MOST_COLUMNS][32], caption[120];
  size_t rounds[MOST_COLUMNS], n = least(of->most, MOST_COLUMNS);
  rb_table *table = NULL;
  for (size_t k = 0; k < n; k++) {
    rounds[k] = chosen(k, n, of->most);
    snprintf(names[k], sizeof names[k], "after %zu", rounds[k] + 1);
    columns[AT_FIRST + k] = (rb_column){.name = names[k], .type = RB_COLUMN_PLAIN};
  }
  snprintf(caption, sizeof caption, "sin-theta after so many rounds, medians over the seeds%s",
           of->n_left_out ? "; the first cases are listed" : "");
  bool ok =
      rb_table_open(columns, AT_FIRST + n, &table, err) && fill_table(of, rounds, n, table, err);
  rb_html_fold(out, "Table: sin-theta round by round");
  ok = ok && rb_table_html(table, caption, out, err);
  rb_html_unfold(out);
  rb_table_free(table);
  return ok;
}

bool rb_pagerounds_put(rb_pagedata *page, size_t trace, FILE *out, rb_err *err) {
  courses of = {.page = page, .load = &page->loads[trace]};
  bool ok =
      collect(&of, err) && (of.n == 0 || (put_figure(&of, out, err) && put_table(&of, out, err)));
  for (size_t i = 0; i < of.n; i++)
    free(of.list[i].after);
  free(of.list);
  return ok;
}
