// SPDX-License-Identifier: Apache-2.0
#include "report/pagegate.h"

#include <math.h>
#include <stdlib.h>

#include "report/gatephrases.h"
#include "report/gatesheet.h"
#include "report/html.h"
#include "report/pagestrip.h"

enum { MOST_STRIPS = 40, MOST_TOLD = 40, MOST_OPEN = 8 /* reasons that stand open */ };
/* Of the scale, in percent: what is farther off is drawn at its end. */
#define LEAST_CHANGE -60.0
#define MOST_CHANGE 150.0

/* ---- changes ---- */

/* Value and bounds in percent; false if there is nothing to draw. */
static bool find_change(const rb_gate_cell *cell, double value_lo_hi[3]) {
  const rb_gate_shift *shift = rb_gate_deciding(cell);
  value_lo_hi[0] = 100 * expm1(shift->value);
  value_lo_hi[1] = 100 * expm1(shift->lo);
  value_lo_hi[2] = 100 * expm1(shift->hi);
  return cell->timed && isfinite(value_lo_hi[0]);
}

static size_t count_drawn(const rb_gate *gate) {
  double change[3];
  size_t n = 0;
  for (size_t i = 0; i < gate->n_cells; i++)
    n += find_change(&gate->cells[i], change);
  return n;
}

static rb_svg_axis find_axis(const rb_gate *gate) {
  double lo = -200 * gate->margin, hi = 200 * gate->margin, change[3];
  for (size_t i = 0; i < gate->n_cells; i++)
    for (int part = 0; part < 3 && find_change(&gate->cells[i], change); part++)
      if (isfinite(change[part])) {
        lo = fmin(lo, fmax(change[part], LEAST_CHANGE));
        hi = fmax(hi, fmin(change[part], MOST_CHANGE));
      }
  return rb_svg_axis_over(lo, hi, false, 0, 100);
}

static void put_strip(const rb_gate *gate, const rb_gate_cell *cell, const rb_svg_axis *axis,
                      FILE *out) {
  double change[3];
  char figure[RB_GATEPHRASES_ROOM];
  find_change(cell, change);
  rb_gatephrases_change(rb_gate_deciding(cell), figure);
  rb_pagestrip_put(axis,
                   &(rb_pagestrip){.name = cell->name,
                                   .figure = figure,
                                   .state = rb_gate_states[cell->state],
                                   .value_lo_hi = change,
                                   .none = {-100 * gate->margin, 100 * gate->margin},
                                   .mark = cell->state == RB_GATE_FASTER   ? RB_PAGESTRIP_UP
                                           : cell->state == RB_GATE_SLOWER ? RB_PAGESTRIP_DOWN
                                                                           : RB_PAGESTRIP_CIRCLE},
                   out);
}

/* Those that are not the same come first. */
static void put_changes(const rb_gate *gate, FILE *out) {
  rb_svg_axis axis = find_axis(gate);
  size_t n = 0, n_all = count_drawn(gate);
  double change[3];
  if (n_all == 0)
    return;
  fprintf(out,
          "<figure><figcaption><b>Change of time against the baseline</b>, in percent, with its "
          "one-sided 95 %% bounds. The band is the margin of %.3g %%. Triangles downwards: slower; "
          "upwards: faster; circles: neither, or not decided.",
          100 * gate->margin);
  if (n_all > MOST_STRIPS)
    fprintf(out, " %d of %zu cells are drawn, first those that are not the same.", MOST_STRIPS,
            n_all);
  fputs("</figcaption>\n", out);
  rb_pagestrip_begin(&axis, out);
  for (int same = 0; same < 2; same++)
    for (size_t i = 0; i < gate->n_cells && n < MOST_STRIPS; i++) {
      const rb_gate_cell *cell = &gate->cells[i];
      if ((cell->state == RB_GATE_SAME) != same || !find_change(cell, change))
        continue;
      put_strip(gate, cell, &axis, out);
      n++;
    }
  rb_pagestrip_end(out);
  fputs("</figure>\n", out);
}

static bool put_table(const rb_gate *gate, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  char caption[200];
  bool ok = rb_gatesheet_make(gate, true, &table, err);
  size_t n_plain = ok ? gate->n_cells - rb_table_rows(table) : 0;
  snprintf(caption, sizeof caption, "Medians over the runs");
  if (n_plain)
    snprintf(caption, sizeof caption,
             "Medians over the runs; left out: cells that are not timed and right, %zu", n_plain);
  if (ok && rb_table_rows(table)) {
    rb_html_fold(out, "Table: every cell against the baseline");
    ok = rb_table_html(table, caption, out, err);
    rb_html_unfold(out);
  }
  rb_table_free(table);
  return ok;
}

/* ---- words ---- */

static void put_reason(const rb_gate_cell *cell, const char *text, FILE *out) {
  fputs("<li>", out);
  rb_html_text(out, cell->name);
  fputs(": ", out);
  rb_html_text(out, text);
  fputs("</li>\n", out);
}

static void put_reasons(const rb_gate *gate, FILE *out) {
  size_t n_all = 0, n = 0;
  for (size_t i = 0; i < gate->n_cells; i++)
    n_all += (gate->cells[i].reason[0] != 0) + (gate->cells[i].exact[0] != 0);
  if (n_all == 0)
    return;
  if (n_all > MOST_OPEN)
    fprintf(out, "<details><summary>Reasons: %zu</summary>\n", n_all);
  fputs("<ul>\n", out);
  for (size_t i = 0; i < gate->n_cells; i++) {
    const rb_gate_cell *cell = &gate->cells[i];
    if (cell->reason[0] && n++ < MOST_TOLD)
      put_reason(cell, cell->reason, out);
    if (cell->exact[0] && n++ < MOST_TOLD)
      put_reason(cell, cell->exact, out);
  }
  fputs("</ul>\n", out);
  if (n_all > MOST_TOLD)
    fprintf(out, "<p class=\"soft\">The first %d are listed.</p>\n", MOST_TOLD);
  if (n_all > MOST_OPEN)
    rb_html_unfold(out);
}

static bool put_steps(const rb_gate *gate, FILE *out, rb_err *err) {
  bool ok = true;
  for (int i = 0; ok && i < RB_GATEPHRASES_STEPS; i++) {
    char *text = NULL;
    ok = rb_gatephrases_step(gate, i, &text, err);
    if (ok && text) {
      fputs("<p class=\"warning\"><b>Next</b>: ", out);
      rb_html_text(out, text);
      fputs("</p>\n", out);
    }
    free(text);
  }
  for (size_t i = 0; ok && i < gate->n_notes; i++) {
    fputs("<p class=\"soft\">Note: ", out);
    rb_html_text(out, gate->notes[i]);
    fputs("</p>\n", out);
  }
  return ok;
}

/* ---- runs ---- */

enum { AT_SIDE, AT_TRACE, AT_STARTED, AT_PROGRAM, AT_DRIVER };
static const rb_column run_columns[] = {{.name = "side", .type = RB_COLUMN_TEXT},
                                        {.name = "trace", .type = RB_COLUMN_TEXT},
                                        {.name = "started", .type = RB_COLUMN_TEXT},
                                        {.name = "program", .type = RB_COLUMN_TEXT},
                                        {.name = "driver", .type = RB_COLUMN_TEXT}};

/* The text of the first record that has the field; NULL: none. */
static const char *find_text(const rb_trace *trace, rb_field field) {
  for (size_t i = 0; i < trace->n_records; i++)
    if (rb_record_has(trace->records[i], field))
      return rb_record_get_text(trace->records[i], field);
  return NULL;
}

static void put_runs(rb_table *table, const char *side, const rb_trace *traces,
                     const char *const *paths, size_t n) {
  for (size_t i = 0; i < n; i++) {
    rb_table_row(table);
    rb_table_text(table, AT_SIDE, side);
    rb_table_text(table, AT_TRACE, paths[i]);
    rb_table_text(table, AT_STARTED, find_text(&traces[i], RB_F_started));
    rb_table_text(table, AT_PROGRAM, find_text(&traces[i], RB_F_git_revision));
    rb_table_text(table, AT_DRIVER, find_text(&traces[i], RB_F_driver));
  }
}

static bool put_sides(const rb_pagedata *page, FILE *out, rb_err *err) {
  enum { N = sizeof run_columns / sizeof run_columns[0] };
  const rb_page_baseline *with = page->baseline;
  rb_table *table = NULL;
  bool ok = rb_table_open(run_columns, N, &table, err);
  if (ok) {
    put_runs(table, "baseline", with->base, with->base_paths, with->n_base);
    put_runs(table, "new", page->traces, page->paths, page->n_traces);
    put_runs(table, "confirming", with->confirm, with->confirm_paths, with->n_confirm);
    for (size_t i = AT_STARTED; i < N; i++)
      if (rb_table_is_empty(table, i))
        rb_table_hide(table, i);
    rb_html_fold(out, "Table: the runs of both sides");
    ok = rb_table_html(table, "Fresh runs, if there are any, decide about suspects", out, err);
    rb_html_unfold(out);
  }
  rb_table_free(table);
  return ok;
}

bool rb_pagegate_put(const rb_pagedata *page, FILE *out, rb_err *err) {
  char *claim = NULL;
  if (!page->baseline)
    return true;
  const rb_gate *gate = page->baseline->gate;
  if (!rb_gatephrases_claim(gate, &claim, err))
    return false;
  fputs("<section>\n<h2 id=\"regressions\">Regressions</h2>\n<p><b>", out);
  rb_html_text(out, claim);
  fputs("</b></p>\n", out);
  free(claim);
  put_reasons(gate, out);
  bool ok = put_steps(gate, out, err);
  put_changes(gate, out);
  ok = ok && put_table(gate, out, err) && put_sides(page, out, err);
  fputs("</section>\n", out);
  return ok;
}
