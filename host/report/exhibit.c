// SPDX-License-Identifier: Apache-2.0
#include "report/exhibit.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/accuracy.h"
#include "report/escape.h"
#include "report/figure.h"
#include "report/statement.h"
#include "report/table.h"
#include "report/wrap.h"

enum { MAX_WIDTH = 120, MAX_BINS = 5, MAX_PROBLEMS = 8, MAX_SOURCE = 18 };

/* Curves that are shown together. */
typedef struct shown {
  const rb_judge *judge;
  size_t from, to;
  bool md; /* a column for the group, no lines between rows */
} shown;

/* ---- n* over d ---- */

enum { AT_GROUP, AT_SOURCE, AT_D, AT_STAR, AT_TRIALS, AT_FAILED, AT_BIN };
enum { AT_ALIGNMENT = AT_BIN + MAX_BINS, AT_FEATURES, AT_NS, N_POINT_COLUMNS };

/* The bins of n that most trials of these curves lie in, ascending; returns how many. */
static size_t choose_bins(const shown *what, size_t most, size_t bins[MAX_BINS]) {
  size_t n[RB_ACCURACY_BINS] = {0}, n_chosen = 0;
  bool chosen[RB_ACCURACY_BINS] = {false};
  for (size_t i = what->from; i < what->to; i++) {
    const rb_trials_curve *curve = what->judge->curves[i].curve;
    for (size_t j = 0; j < curve->n_points; j++) {
      rb_accuracy accuracy = rb_accuracy_of(&curve->points[j]);
      for (size_t b = 0; b < RB_ACCURACY_BINS; b++)
        n[b] += accuracy.n[b];
    }
  }
  for (size_t k = 0; k < most; k++) {
    size_t best = 0;
    for (size_t b = 0; b < RB_ACCURACY_BINS; b++)
      if (!chosen[b] && (chosen[best] || n[b] > n[best]))
        best = b;
    chosen[best] = !chosen[best] && n[best] > 0;
  }
  for (size_t b = 0; b < RB_ACCURACY_BINS; b++)
    if (chosen[b] && n_chosen < most)
      bins[n_chosen++] = b;
  return n_chosen;
}

void rb_exhibit_star(char text[RB_EXHIBIT_ROOM], const rb_judge_curve *curve, size_t which) {
  const rb_exponent_point *point = &curve->exponent.points[which];
  const rb_trials_point *of = &curve->curve->points[which];
  char figure[RB_FIGURE_ROOM];
  if (point->censored == RB_EXPONENT_SEEN) {
    rb_figure_range(figure, RB_FIGURE_REAL,
                    (const double[]){exp(point->log_star), exp(point->lo), exp(point->hi)}, "");
    snprintf(text, RB_EXHIBIT_ROOM, "%s", figure);
  } else if (point->censored == RB_EXPONENT_ABOVE)
    snprintf(text, RB_EXHIBIT_ROOM, "> %.0f", exp(point->log_cap));
  else if (point->censored == RB_EXPONENT_BELOW)
    snprintf(text, RB_EXHIBIT_ROOM, "< %.0f", exp(of->trials[0].x));
  else
    snprintf(text, RB_EXHIBIT_ROOM, "-");
}

static void put_point(rb_table *table, const rb_judge_curve *curve, size_t which,
                      const size_t *bins, size_t n_bins) {
  const rb_trials_point *of = &curve->curve->points[which];
  rb_spread time = {0};
  double samples = rb_record_get_real(of->cell, RB_F_samples);
  rb_accuracy accuracy = rb_accuracy_of(of);
  char star[RB_EXHIBIT_ROOM];
  rb_exhibit_star(star, curve, which);
  rb_table_integer(table, AT_D, of->d);
  rb_table_text(table, AT_STAR, star);
  rb_table_integer(table, AT_TRIALS, of->n_trials);
  rb_table_real(table, AT_FAILED, rb_accuracy_failed(of));
  for (size_t i = 0; i < n_bins; i++)
    rb_table_real(table, AT_BIN + i, accuracy.mean[bins[i]]);
  rb_table_real(table, AT_ALIGNMENT, rb_record_get_real(of->cell, RB_F_alignment));
  rb_table_real(table, AT_FEATURES, rb_record_get_real(of->cell, RB_F_features_learned));
  if (rb_record_get_spread(of->cell, RB_F_time_ns, &time) && samples > 0)
    rb_table_real(table, AT_NS, time.median / samples);
}

/* Titles of columns; they must live as long as the table. */
typedef struct titles {
  char failed[48];
  char bins[MAX_BINS][48];
} titles;

static bool open_points(const shown *what, titles *names, const size_t *bins, size_t n_bins,
                        rb_table **out, rb_err *err) {
  const rb_trials_curve *first = what->judge->curves[what->from].curve;
  bool neurons = first->neurons;
  const char *star = what->md ? "n* or m* (95 %)" : neurons ? "m* (95 %)" : "n* (95 %)";
  rb_column columns[N_POINT_COLUMNS] = {
      [AT_GROUP] = {.name = "group", .type = RB_COLUMN_TEXT},
      [AT_SOURCE] = {.name = "source", .type = RB_COLUMN_TEXT},
      [AT_D] = {.name = "d", .type = RB_COLUMN_INTEGER},
      [AT_STAR] = {.name = star, .type = RB_COLUMN_TEXT, .align = RB_ALIGN_RIGHT},
      [AT_TRIALS] = {.name = "trials", .type = RB_COLUMN_INTEGER},
      [AT_FAILED] = {.name = names->failed, .type = RB_COLUMN_SHARE},
      [AT_ALIGNMENT] = {.name = "alignment", .type = RB_COLUMN_PLAIN},
      [AT_FEATURES] = {.name = "features", .type = RB_COLUMN_PLAIN},
      [AT_NS] = {.name = "ns/sample", .type = RB_COLUMN_REAL}};
  uint64_t cap = rb_record_get_integer(first->cell, neurons ? RB_F_m : RB_F_n);
  if (what->md)
    snprintf(names->failed, sizeof names->failed, "fail above half of the most");
  else
    snprintf(names->failed, sizeof names->failed, "fail >%" PRIu64, cap / 2);
  for (size_t i = 0; i < MAX_BINS; i++) {
    uint64_t least = 0, most = 0;
    if (i < n_bins)
      rb_accuracy_range(bins[i], &least, &most);
    int used = snprintf(names->bins[i], sizeof names->bins[i], "%s%" PRIu64,
                        i == 0 ? "accuracy at " : "", least);
    if (most > least)
      snprintf(names->bins[i] + used, sizeof names->bins[i] - (size_t)used, "-%" PRIu64, most);
    columns[AT_BIN + i] = (rb_column){.name = names->bins[i], .type = RB_COLUMN_PLAIN};
  }
  if (!rb_table_open(columns, N_POINT_COLUMNS, out, err))
    return false;
  for (size_t i = n_bins; i < MAX_BINS; i++)
    rb_table_hide(*out, AT_BIN + i);
  return true;
}

/* "multitask T=64: independent" above the rows of a curve. */
static bool head_curve(const shown *what, size_t i, rb_table *table, rb_err *err) {
  const rb_judge_curve *curve = &what->judge->curves[i];
  char *source = NULL, heading[300];
  if (!rb_statement_source(what->judge, curve, &source, err))
    return false;
  if (curve->curve->source == RB_TRIALS_MULTITASK)
    snprintf(heading, sizeof heading, "%s: %s", source, rb_exponent_states[curve->exponent.state]);
  else
    snprintf(heading, sizeof heading, "%s", source);
  rb_table_heading(table, heading);
  free(source);
  return true;
}

/* Group and source, for md. */
static bool name_row(const shown *what, size_t i, rb_table *table, rb_err *err) {
  char *group = NULL, *source = NULL;
  bool ok = rb_trials_name(&what->judge->trials, what->judge->curves[i].curve, &group, err) &&
            rb_statement_source(what->judge, &what->judge->curves[i], &source, err);
  if (ok) {
    rb_table_text(table, AT_GROUP, group);
    rb_table_text(table, AT_SOURCE, source);
  }
  free(group);
  free(source);
  return ok;
}

static bool make_points(const shown *what, size_t most_bins, titles *names, rb_table **out,
                        rb_err *err) {
  size_t bins[MAX_BINS], n_bins = choose_bins(what, most_bins, bins);
  if (!open_points(what, names, bins, n_bins, out, err))
    return false;
  for (size_t i = what->from; i < what->to; i++) {
    const rb_judge_curve *curve = &what->judge->curves[i];
    if (!what->md && !head_curve(what, i, *out, err))
      return false;
    for (size_t j = 0; j < curve->curve->n_points; j++) {
      rb_table_row(*out);
      if (what->md && !name_row(what, i, *out, err))
        return false;
      put_point(*out, curve, j, bins, n_bins);
    }
  }
  for (size_t column = 0; column < N_POINT_COLUMNS; column++)
    if (rb_table_is_empty(*out, column))
      rb_table_hide(*out, column);
  return true;
}

/* As many bins of accuracy as the width allows. */
static bool show_points(const shown *what, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  titles names = {0}; /* a column keeps a pointer into it from before it is written */
  size_t width = MAX_WIDTH + 1;
  bool ok = true;
  for (size_t most = MAX_BINS; ok && width > MAX_WIDTH; most--) {
    rb_table_free(table);
    table = NULL;
    ok = make_points(what, most, &names, &table, err) &&
         (what->md || rb_table_width(table, &width, err));
    if (what->md || most == 0)
      break;
  }
  ok = ok && rb_table_write(table, what->md ? RB_FORMAT_MD : RB_FORMAT_TABLE, out, err);
  rb_table_free(table);
  return ok;
}

/* ---- exponents ---- */

enum { AT_SLOPE = AT_SOURCE + 1, AT_90, AT_95, AT_JOINT, AT_RATIO, AT_CURVATURE, AT_STATE };
static const rb_column slope_columns[] = {
    {.name = "group", .type = RB_COLUMN_TEXT},
    {.name = "source", .type = RB_COLUMN_TEXT},
    {.name = "exponent", .type = RB_COLUMN_TEXT, .align = RB_ALIGN_RIGHT},
    {.name = "90 %", .type = RB_COLUMN_TEXT, .align = RB_ALIGN_RIGHT},
    {.name = "95 %", .type = RB_COLUMN_TEXT, .align = RB_ALIGN_RIGHT},
    {.name = "joint (95 %)", .type = RB_COLUMN_TEXT, .align = RB_ALIGN_RIGHT},
    {.name = "largest/least", .type = RB_COLUMN_TEXT, .align = RB_ALIGN_RIGHT},
    {.name = "curvature", .type = RB_COLUMN_TEXT, .align = RB_ALIGN_RIGHT},
    {.name = "state", .type = RB_COLUMN_TEXT},
};

/* What rounds to zero has no sign. */
static double settled(double value, int digits) {
  return fabs(value) < 0.5 * pow(10, -digits) ? 0 : value;
}

/* "-0.021..0.034"; an end that is not known stays open. */
static void put_interval(char *text, size_t room, double lo, double hi, int digits) {
  char low[40] = "", high[40] = "";
  if (isfinite(lo))
    snprintf(low, sizeof low, "%.*f", digits, settled(lo, digits));
  if (isfinite(hi))
    snprintf(high, sizeof high, "%.*f", digits, settled(hi, digits));
  snprintf(text, room, low[0] || high[0] ? "%s..%s" : "-", low, high);
}

static void set_interval(rb_table *table, size_t column, double lo, double hi, int digits) {
  char text[100];
  put_interval(text, sizeof text, lo, hi, digits);
  rb_table_text(table, column, text);
}

static void set_range(rb_table *table, size_t column, const double of[3], int digits) {
  char text[200], interval[100], value[40] = "-";
  put_interval(interval, sizeof interval, of[1], of[2], digits);
  if (isfinite(of[0]))
    snprintf(value, sizeof value, "%.*f", digits, settled(of[0], digits));
  snprintf(text, sizeof text, interval[1] ? "%s (%s)" : "%s", value, interval);
  rb_table_text(table, column, text);
}

static bool put_slope(const shown *what, size_t i, int digits, rb_table *table, rb_err *err) {
  const rb_exponent *e = &what->judge->curves[i].exponent;
  const rb_exponent_slope *s = &e->slope, *j = &e->joint;
  char value[40] = "-";
  rb_table_row(table);
  if (!name_row(what, i, table, err))
    return false;
  if (isfinite(s->value))
    snprintf(value, sizeof value, "%.*f", digits, settled(s->value, digits));
  rb_table_text(table, AT_SLOPE, value);
  set_interval(table, AT_90, s->lo90, s->hi90, digits);
  set_interval(table, AT_95, s->lo95, s->hi95, digits);
  set_range(table, AT_JOINT, (const double[]){j->value, j->lo95, j->hi95}, digits);
  set_range(table, AT_RATIO, e->ratio, 2);
  set_range(table, AT_CURVATURE, e->curvature, 2);
  rb_table_text(table, AT_STATE, rb_exponent_states[e->state]);
  return true;
}

static bool make_slopes(const shown *what, int digits, rb_table **out, rb_err *err) {
  bool ok = rb_table_open(slope_columns, sizeof slope_columns / sizeof *slope_columns, out, err);
  for (size_t i = what->from; ok && i < what->to; i++)
    ok = put_slope(what, i, digits, *out, err);
  if (ok && !what->md) {
    rb_table_hide(*out, AT_GROUP);
    rb_table_hide(*out, AT_STATE);
    rb_table_cut(*out, AT_SOURCE, MAX_SOURCE);
  }
  return ok;
}

/* With three digits, or two where the lines become too long. */
static bool show_slopes(const shown *what, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  size_t width = MAX_WIDTH + 1;
  bool ok = true;
  for (int digits = 3; ok && digits > 1 && width > MAX_WIDTH; digits--) {
    rb_table_free(table);
    table = NULL;
    ok = make_slopes(what, digits, &table, err) && rb_table_width(table, &width, err);
    if (what->md)
      break;
  }
  ok = ok && rb_table_write(table, what->md ? RB_FORMAT_MD : RB_FORMAT_TABLE, out, err);
  rb_table_free(table);
  return ok;
}

/* ---- words ---- */

/* A line of text: wrapped for a terminal, an item of a list in md. */
static bool put_words(const shown *what, const char *label, const char *text, FILE *out,
                      rb_err *err) {
  char *clean = NULL;
  if (!what->md)
    return rb_wrap_put(out, label, text, err);
  if (!rb_escape_copy(text, RB_ESCAPE_MARKDOWN, 0, &clean, err))
    return false;
  fprintf(out, "- %s\n", clean);
  free(clean);
  return true;
}

static bool put_statements(const shown *what, FILE *out, rb_err *err) {
  bool ok = true;
  for (size_t i = what->from; ok && i < what->to; i++) {
    const rb_judge_curve *curve = &what->judge->curves[i];
    char *text = NULL, *cost = NULL;
    if (curve->curve->source != RB_TRIALS_MULTITASK)
      continue;
    ok = rb_statement_curve(curve, &text, err) && put_words(what, "  ", text, out, err) &&
         rb_statement_cost(curve, &cost, err) && (!cost || put_words(what, "  ", cost, out, err));
    free(text);
    free(cost);
  }
  return ok;
}

/* "random T=64 holds: ..." for each, then the sources that are not there. */
static bool put_controls(const shown *what, FILE *out, rb_err *err) {
  bool has[RB_TRIALS_N_SOURCES] = {false}, ok = true;
  for (size_t i = what->from; ok && i < what->to; i++) {
    const rb_judge_curve *curve = &what->judge->curves[i];
    char *source = NULL, text[sizeof curve->control.text + 300];
    if (curve->curve->source < RB_TRIALS_N_SOURCES)
      has[curve->curve->source] = true;
    if (curve->curve->source == RB_TRIALS_MULTITASK)
      continue;
    ok = rb_statement_source(what->judge, curve, &source, err);
    if (ok) {
      snprintf(text, sizeof text, "%s %s: %s", source, rb_control_states[curve->control.state],
               curve->control.text);
      ok = put_words(what, "  control ", text, out, err);
    }
    free(source);
  }
  for (int i = 0; ok && i < RB_TRIALS_N_SOURCES && what->judge->curves[what->from].asked; i++)
    if (!has[i]) {
      char text[80];
      snprintf(text, sizeof text, "%s: no cells of this source here", rb_trials_sources[i]);
      ok = put_words(what, i == RB_TRIALS_MULTITASK ? "  " : "  control ", text, out, err);
    }
  return ok;
}

/* Cells that cannot be used, one by one, the rest counted. */
static bool put_problems(const shown *what, FILE *out, rb_err *err) {
  size_t n = 0;
  bool ok = true;
  for (size_t i = what->from; ok && i < what->to; i++)
    for (size_t j = 0; ok && j < what->judge->curves[i].curve->n_points; j++) {
      const rb_trials_point *point = &what->judge->curves[i].curve->points[j];
      char text[RB_TRIALS_PROBLEM_ROOM + 80];
      if (!point->problem[0] || n++ >= MAX_PROBLEMS)
        continue;
      snprintf(text, sizeof text, "%s d=%" PRIu64 ": %s",
               rb_trials_sources[what->judge->curves[i].curve->source], point->d, point->problem);
      ok = put_words(what, "  left out ", text, out, err);
    }
  if (ok && n > MAX_PROBLEMS) {
    char text[80];
    snprintf(text, sizeof text, "%zu more", n - MAX_PROBLEMS);
    ok = put_words(what, "  left out ", text, out, err);
  }
  return ok;
}

/* "samples parity r=2: n* is where half of the trials have accuracy 0.8; n up to 1024" */
static bool put_title(const shown *what, FILE *out, rb_err *err) {
  const rb_trials_curve *curve = what->judge->curves[what->from].curve;
  const char *letter = curve->neurons ? "m" : "n";
  char *name = NULL, *line = NULL;
  size_t n = 0;
  if (!rb_trials_name(&what->judge->trials, curve, &name, err))
    return false;
  FILE *memory = rb_mem_stream(&line, &n);
  if (memory)
    fprintf(memory, "%s: %s* is where half of the trials reach accuracy %.4g; %s up to %" PRIu64,
            name, letter, rb_record_get_real(curve->cell, RB_F_target), letter,
            rb_record_get_integer(curve->cell, curve->neurons ? RB_F_m : RB_F_n));
  free(name);
  bool ok = (memory && fclose(memory) == 0) ||
            rb_fail(err, RB_FAILED, "out of memory while writing the verdict");
  ok = ok && (what->md ? put_words(what, "", line, out, err) : rb_wrap_put(out, "", line, err));
  free(line);
  return ok;
}

/* ---- the whole ---- */

bool rb_exhibit_group(const rb_judge *judge, size_t from, size_t to, FILE *out, rb_err *err) {
  shown what = {judge, from, to, false};
  bool ok = put_title(&what, out, err) && put_statements(&what, out, err) &&
            put_controls(&what, out, err) && put_problems(&what, out, err);
  fputc('\n', out);
  ok = ok && show_points(&what, out, err);
  fputc('\n', out);
  ok = ok && show_slopes(&what, out, err);
  fputc('\n', out);
  return ok;
}

bool rb_exhibit_md(const rb_judge *judge, FILE *out, rb_err *err) {
  shown all = {judge, 0, judge->n_curves, true};
  char *claim = NULL;
  bool ok = rb_statement_claim(judge, &claim, err);
  if (ok)
    fprintf(out, "%s\n\n", claim);
  free(claim);
  for (size_t from = 0, to = 0; ok && from < judge->n_curves; from = to) {
    while (to < judge->n_curves &&
           judge->curves[to].curve->group == judge->curves[from].curve->group)
      to++;
    shown what = {judge, from, to, true};
    ok = put_title(&what, out, err) && put_statements(&what, out, err) &&
         put_controls(&what, out, err) && put_problems(&what, out, err);
    fputc('\n', out);
  }
  ok = ok && show_slopes(&all, out, err);
  fputc('\n', out);
  return ok && show_points(&all, out, err);
}
