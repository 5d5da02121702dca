// SPDX-License-Identifier: Apache-2.0
#include "report/noise.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/figure.h"
#include "report/jsonout.h"
#include "report/wrap.h"

static rb_noise_cell *find(rb_noise *noise, const char *name) {
  for (size_t i = 0; i < noise->n_cells; i++)
    if (strcmp(noise->cells[i].name, name) == 0)
      return &noise->cells[i];
  return NULL;
}

static bool add_cell(rb_noise *noise, const rb_gate_cell *from, rb_err *err) {
  rb_noise_cell *cell = find(noise, from->name);
  if (!cell) {
    size_t room = noise->n_cells;
    if (!rb_grow((void **)&noise->cells, &room, noise->n_cells + 1, sizeof *cell, "cells", err))
      return false;
    cell = &noise->cells[noise->n_cells++];
    *cell = (rb_noise_cell){0};
    memcpy(cell->name, from->name, sizeof cell->name);
  }
  size_t n_free = from->first.n_base - 1;
  cell->squares += from->first.sd * from->first.sd * (double)n_free;
  cell->n_free += n_free;
  cell->largest = fmax(cell->largest, fabs(from->first.value));
  cell->n_suspect += from->suspect;
  return true;
}

bool rb_noise_add(rb_noise *noise, const rb_gate *gate, rb_err *err) {
  bool ok = true, timed = false;
  for (size_t i = 0; ok && i < gate->n_cells; i++) {
    const rb_gate_cell *cell = &gate->cells[i];
    if (cell->state >= RB_GATE_NOT_COMPARABLE)
      return rb_fail(err, (rb_kind)(gate->code == RB_REGRESSION ? RB_FAILED : gate->code),
                     "the program does not agree with itself, so it calibrates nothing: %s: %s",
                     cell->name, cell->reason);
    if (cell->timed && cell->first.n_base > 1) {
      timed = true;
      ok = add_cell(noise, cell, err);
    }
  }
  if (ok && !timed)
    return rb_fail(err, RB_INCONCLUSIVE,
                   "no cell of the suite is timed; a suite with mode: time calibrates");
  noise->n_gates++;
  noise->n_pairs = gate->n_base;
  noise->margin_used = gate->margin;
  noise->n_alarms += gate->code == RB_REGRESSION;
  noise->n_unsure += gate->code == RB_INCONCLUSIVE;
  return ok;
}

void rb_noise_free(rb_noise *noise) {
  free(noise->cells);
  *noise = (rb_noise){0};
}

double rb_noise_sd(const rb_noise_cell *cell) {
  return sqrt(cell->squares / (double)cell->n_free);
}

double rb_noise_worst_sd(const rb_noise *noise) {
  double most = 0;
  for (size_t i = 0; i < noise->n_cells; i++)
    most = fmax(most, rb_noise_sd(&noise->cells[i]));
  return most;
}

double rb_noise_margin(const rb_noise *noise) {
  double least = expm1(rb_gate_detectable(rb_noise_worst_sd(noise), noise->n_pairs));
  /* Rounded up, as the margin is shown. */
  return fmin(1, fmax(RB_GATE_MARGIN, ceil(1000 * least) / 1000));
}

/* P(X <= k) of n trials with chance p. */
static double binomial_below(size_t k, size_t n, double p) {
  double sum = 0;
  for (size_t i = 0; i <= k; i++)
    sum += exp(lgamma((double)n + 1) - lgamma((double)i + 1) - lgamma((double)(n - i) + 1) +
               (double)i * log(p) + (double)(n - i) * log1p(-p));
  return sum;
}

double rb_noise_alarm_bound(size_t n_alarms, size_t n_gates) {
  double lo = 0, hi = 1;
  if (n_alarms >= n_gates)
    return 1;
  for (int i = 0; i < 60; i++) { /* bisection, to the last digit */
    double middle = 0.5 * (lo + hi);
    if (binomial_below(n_alarms, n_gates, middle) > RB_GATE_ALPHA)
      lo = middle;
    else
      hi = middle;
  }
  return hi;
}

/* ---- showing ---- */

enum { AT_CASE, AT_SD, AT_DETECTABLE, AT_LARGEST, AT_SUSPECT };
static const rb_column columns[] = {
    {.name = "case", .type = RB_COLUMN_TEXT},
    {.name = "sd", .title = "pairs differ by (sd)", .type = RB_COLUMN_PERCENT},
    {.name = "detectable", .type = RB_COLUMN_PERCENT},
    {.name = "largest_shift", .title = "largest shift", .type = RB_COLUMN_PERCENT},
    {.name = "n_suspected", .title = "suspected", .type = RB_COLUMN_INTEGER},
};

static bool make_cells(const rb_noise *noise, rb_table **out, rb_err *err) {
  if (!rb_table_open(columns, sizeof columns / sizeof *columns, out, err))
    return false;
  for (size_t i = 0; i < noise->n_cells; i++) {
    const rb_noise_cell *cell = &noise->cells[i];
    rb_table_row(*out);
    rb_table_text(*out, AT_CASE, cell->name);
    rb_table_real(*out, AT_SD, rb_noise_sd(cell));
    rb_table_real(*out, AT_DETECTABLE, rb_gate_detectable(rb_noise_sd(cell), noise->n_pairs));
    rb_table_real(*out, AT_LARGEST, cell->largest);
    rb_table_integer(*out, AT_SUSPECT, cell->n_suspect);
  }
  return true;
}

static bool put_claims(const rb_noise *noise, bool kept, FILE *out, rb_err *err) {
  char text[480], margin[RB_FIGURE_ROOM], used[RB_FIGURE_ROOM];
  rb_figure_one(margin, RB_FIGURE_PERCENT, rb_noise_margin(noise), "");
  rb_figure_one(used, RB_FIGURE_PERCENT, noise->margin_used, "");
  snprintf(text, sizeof text,
           "%zu of %zu gates of %zu pairs called the program slower than itself by %s: the chance "
           "of a false alarm is below %.1f %% (95 %%); %zu could not tell",
           noise->n_alarms, noise->n_gates, noise->n_pairs, used,
           100 * rb_noise_alarm_bound(noise->n_alarms, noise->n_gates), noise->n_unsure);
  if (!rb_wrap_put(out, "", text, err))
    return false;
  snprintf(text, sizeof text,
           "margin %s: the least that %zu pairs support on this machine, and not below %.0f %%; %s",
           margin, noise->n_pairs, 100 * RB_GATE_MARGIN,
           kept ? "kept, check and ab use it for this device and suite"
           : rb_noise_margin(noise) > RB_NOISE_MOST
               ? "not kept, as regressions would pass unseen: stop what else runs, or make the "
                 "cells of the suite longer, or give more pairs"
               : "not kept");
  return rb_wrap_put(out, "", text, err);
}

static bool show_json(const rb_noise *noise, bool kept, rb_table *table, FILE *out, rb_err *err) {
  json_t *rows = NULL;
  json_t *about = json_pack(
      "{s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:b}", "n_gates", (json_int_t)noise->n_gates,
      "n_pairs", (json_int_t)noise->n_pairs, "n_alarms", (json_int_t)noise->n_alarms, "n_unsure",
      (json_int_t)noise->n_unsure, "alarm_hi95",
      rb_jsonout_number(rb_noise_alarm_bound(noise->n_alarms, noise->n_gates)), "margin_used",
      rb_jsonout_number(noise->margin_used), "sd", rb_jsonout_number(rb_noise_worst_sd(noise)),
      "margin", rb_jsonout_number(rb_noise_margin(noise)), "kept", kept);
  json_t *whole = json_object();
  bool ok = whole && json_object_set_new(whole, "calibration", about) == 0 &&
            rb_table_json(table, &rows, err) && json_object_set(whole, "cells", rows) == 0;
  json_decref(rows);
  if (!ok) {
    json_decref(whole);
    whole = NULL;
  }
  return rb_jsonout_write(whole, "JSON of the calibration", out, err);
}

bool rb_noise_show(const rb_noise *noise, bool kept, rb_format format, FILE *out, rb_err *err) {
  bool people = format == RB_FORMAT_TABLE || format == RB_FORMAT_MD;
  rb_table *table = NULL;
  bool ok = make_cells(noise, &table, err) && (!people || put_claims(noise, kept, out, err));
  fputs(ok && people ? "\n" : "", out);
  ok = ok && (format == RB_FORMAT_JSON ? show_json(noise, kept, table, out, err)
                                       : rb_table_write(table, format, out, err));
  rb_table_free(table);
  if (ok && (fflush(out) != 0 || ferror(out)))
    return rb_fail(err, RB_FAILED, "cannot write about the calibration: %s", strerror(errno));
  return ok;
}
