// SPDX-License-Identifier: Apache-2.0
#include "report/gateview.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/figure.h"
#include "report/phrase.h"
#include "report/wrap.h"

enum { NAME_WIDTH = 44, REASONS_TOLD = 20 }; /* of a case; cells whose reason is told to people */

static bool is_confirmed(const rb_gate_cell *cell) {
  return cell->suspect && cell->second.n_base > 0;
}

/* The shift that decided. */
static const rb_gate_shift *shift_of(const rb_gate_cell *cell) {
  return is_confirmed(cell) ? &cell->second : &cell->first;
}

static const char *plural(size_t n) {
  return n == 1 ? "" : "s";
}

/* ---- sentences ---- */

bool rb_gateview_claim(const rb_gate *gate, char **out, rb_err *err) {
  const size_t *n = gate->n_state;
  char margin[RB_FIGURE_ROOM];
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  rb_figure_one(margin, RB_FIGURE_PERCENT, gate->margin, "");
  fputs(gate->code == RB_DONE                        ? "no regression"
        : gate->code == RB_REGRESSION                ? "regression"
        : gate->code == RB_WRONG                     ? "wrong results"
        : gate->code == RB_FAILED                    ? "cells failed"
        : gate->code == RB_MISSING                   ? "cells are missing"
        : n[RB_GATE_NOT_COMPARABLE] == gate->n_cells ? "not comparable"
                                                     : "inconclusive",
        t.to);
  fprintf(t.to, ": of %zu cell%s", gate->n_cells, plural(gate->n_cells));
  const char *separator = " ";
  for (int i = 0; i < RB_GATE_N_STATES; i++)
    if (n[i]) {
      fprintf(t.to, "%s%zu %s", separator, n[i], rb_gate_states[i]);
      separator = ", ";
    }
  if (gate->n_differ)
    fprintf(t.to, "; counts of %zu differ", gate->n_differ);
  fprintf(t.to, "; margin %s", margin);
  return rb_phrase_close(&t, err);
}

/* Pairs that the unsure cells want; 0 if no number would do. */
static size_t pairs_wanted(const rb_gate *gate) {
  size_t most = 0;
  for (size_t i = 0; i < gate->n_cells; i++) {
    const rb_gate_cell *cell = &gate->cells[i];
    const rb_gate_shift *shift = shift_of(cell);
    if (cell->state != RB_GATE_UNSURE)
      continue;
    size_t wanted = rb_gate_pairs_wanted(shift->value, shift->sd, log1p(gate->margin));
    if (wanted == 0 || wanted > RB_GATE_PAIRS)
      return 0;
    most = wanted > most ? wanted : most;
  }
  return most;
}

static bool has_unconfirmed(const rb_gate *gate) {
  for (size_t i = 0; i < gate->n_cells; i++)
    if (gate->cells[i].suspect && !is_confirmed(&gate->cells[i]))
      return true;
  return false;
}

static void put_unsure(const rb_gate *gate, FILE *to) {
  size_t wanted = pairs_wanted(gate);
  if (!gate->paired)
    fputs(
        "unsure: give more runs, at least 3 and better 5 a side (--base TRACE, --new TRACE), made "
        "on a quiet machine; `relubench ab` decides finer, as its sides share the machine's state",
        to);
  else if (wanted > gate->n_base)
    fprintf(to, "unsure: about %zu pairs would decide (--pairs %zu)", wanted, wanted);
  else if (wanted)
    fputs("unsure: another comparison of as many pairs may decide; do not repeat it until it suits",
          to);
  else
    fputs("unsure: the shift is too near the margin, or the machine too noisy, for any number of "
          "pairs: stop what else runs, fix the clock, or choose another --margin; `relubench "
          "calibrate` tells which margin this machine supports",
          to);
}

bool rb_gateview_step(const rb_gate *gate, int i, char **out, rb_err *err) {
  const size_t *n = gate->n_state;
  size_t n_failed = 0;
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  for (size_t j = 0; j < gate->n_cells; j++)
    n_failed += gate->cells[j].failed;
  if (i == 0 && n[RB_GATE_WRONG])
    fputs("wrong: mend the result first; `relubench show` of the new trace says more, and nothing "
          "is said of its speed until it is right",
          t.to);
  if (i == 1 && n_failed)
    fputs("failed: the reason is the driver's or the compiler's; run the suite again once it is "
          "mended",
          t.to);
  if (i == 2 && n[RB_GATE_MISSING] > n_failed)
    fputs("missing: run the whole suite again; cells that were dropped on purpose need a new "
          "baseline",
          t.to);
  if (i == 3 && n[RB_GATE_SLOWER])
    fputs("slower: `relubench show` of both sides tells which phase; if it is meant, keep the new "
          "traces as the baseline",
          t.to);
  if (i == 4 && gate->n_differ)
    fputs("counts: what the device is asked to do has changed; if it is meant, keep the new traces "
          "as the baseline",
          t.to);
  if (i == 5 && !gate->paired && has_unconfirmed(gate))
    fputs(
        "suspects: run the suite again, 3 times or more, and add each trace with --confirm TRACE; "
        "only fresh data decide",
        t.to);
  else if (i == 5 && n[RB_GATE_UNSURE])
    put_unsure(gate, t.to);
  if (i == 6 && n[RB_GATE_NOT_COMPARABLE])
    fputs("not comparable: compare runs of one suite on one device; a baseline belongs to the "
          "device that it was made on",
          t.to);
  return rb_phrase_close(&t, err);
}

/* ---- cells ---- */

enum {
  AT_CASE,
  AT_PART,
  AT_ID,
  AT_STATE,
  AT_CHANGE,
  AT_RUNS,
  AT_BASE,
  AT_NEW,
  AT_BASE_ROOF,
  AT_NEW_ROOF,
  AT_N_BASE,
  AT_N_NEW,
  AT_SUSPECT,
  AT_FIRST,
  AT_FIRST_P,
  AT_SECOND,
  AT_SECOND_P,
  AT_SD,
  AT_DETECTABLE,
  AT_DIFFERS,
  AT_EXACT,
  AT_REASON
};
static const rb_column columns[] = {
    [AT_CASE] = {.name = "case", .type = RB_COLUMN_TEXT},
    [AT_PART] = {.name = "part", .type = RB_COLUMN_TEXT},
    [AT_ID] = {.name = "id", .type = RB_COLUMN_TEXT},
    [AT_STATE] = {.name = "state", .type = RB_COLUMN_TEXT},
    [AT_CHANGE] = {.name = "change_text", .title = "change of time", .type = RB_COLUMN_TEXT},
    [AT_RUNS] = {.name = "runs_text",
                 .title = "runs",
                 .type = RB_COLUMN_TEXT,
                 .align = RB_ALIGN_RIGHT},
    [AT_BASE] = {.name = "base_ns", .title = "baseline", .type = RB_COLUMN_TIME},
    [AT_NEW] = {.name = "new_ns", .title = "new", .type = RB_COLUMN_TIME},
    [AT_BASE_ROOF] = {.name = "base_roof_fraction", .title = "roof", .type = RB_COLUMN_PERCENT},
    [AT_NEW_ROOF] = {.name = "new_roof_fraction", .title = "new", .type = RB_COLUMN_PERCENT},
    [AT_N_BASE] = {.name = "n_base", .type = RB_COLUMN_INTEGER},
    [AT_N_NEW] = {.name = "n_new", .type = RB_COLUMN_INTEGER},
    [AT_SUSPECT] = {.name = "suspect", .type = RB_COLUMN_TRUTH},
    [AT_FIRST] = {.name = "change", .type = RB_COLUMN_REAL, .ranged = true},
    [AT_FIRST_P] = {.name = "p_slower", .type = RB_COLUMN_REAL},
    [AT_SECOND] = {.name = "confirmed_change", .type = RB_COLUMN_REAL, .ranged = true},
    [AT_SECOND_P] = {.name = "confirmed_p_slower", .type = RB_COLUMN_REAL},
    [AT_SD] = {.name = "sd", .type = RB_COLUMN_REAL},
    [AT_DETECTABLE] = {.name = "detectable", .type = RB_COLUMN_REAL},
    [AT_DIFFERS] = {.name = "counts_differ", .type = RB_COLUMN_TRUTH},
    [AT_EXACT] = {.name = "counts", .type = RB_COLUMN_TEXT},
    [AT_REASON] = {.name = "reason", .type = RB_COLUMN_TEXT},
};
enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

/* "+5.1 % (+4.0..+6.2)" */
static void put_change(rb_table *table, const rb_gate_shift *shift) {
  char text[96];
  if (!isfinite(shift->value))
    return;
  int n = snprintf(text, sizeof text, "%+.1f %%", 100 * expm1(shift->value));
  if (isfinite(shift->lo) && isfinite(shift->hi))
    snprintf(text + n, sizeof text - (size_t)n, " (%+.1f..%+.1f)", 100 * expm1(shift->lo),
             100 * expm1(shift->hi));
  rb_table_text(table, AT_CHANGE, text);
}

static void put_shift(rb_table *table, const rb_gate_shift *shift, size_t at, size_t at_p) {
  if (shift->n_base == 0)
    return;
  rb_table_range(table, at,
                 (const double[3]){expm1(shift->value), expm1(shift->lo), expm1(shift->hi)});
  rb_table_real(table, at_p, shift->p_slower);
}

static void put_times(rb_table *table, const rb_gate *gate, const rb_gate_cell *cell) {
  const rb_gate_shift *shift = shift_of(cell);
  char runs[64];
  snprintf(runs, sizeof runs, gate->paired ? "%zu pairs" : "%zu, %zu", shift->n_base,
           shift->n_fresh);
  put_change(table, shift);
  rb_table_text(table, AT_RUNS, runs);
  rb_table_real(table, AT_BASE, cell->base_ns);
  rb_table_real(table, AT_NEW, cell->fresh_ns);
  rb_table_real(table, AT_BASE_ROOF, cell->base_roof);
  rb_table_real(table, AT_NEW_ROOF, cell->fresh_roof);
  rb_table_integer(table, AT_N_BASE, shift->n_base);
  rb_table_integer(table, AT_N_NEW, shift->n_fresh);
  rb_table_truth(table, AT_SUSPECT, cell->suspect);
  put_shift(table, &cell->first, AT_FIRST, AT_FIRST_P);
  put_shift(table, &cell->second, AT_SECOND, AT_SECOND_P);
  rb_table_real(table, AT_SD, shift->sd);
  if (gate->paired)
    rb_table_real(table, AT_DETECTABLE, rb_gate_detectable(shift->sd, shift->n_base));
}

/* A cell that is right and was never timed: a row of it tells people nothing. */
static bool is_plain(const rb_gate_cell *cell) {
  return cell->state == RB_GATE_SAME && !cell->timed && !cell->differs;
}

static bool make_cells(const rb_gate *gate, bool people, rb_table **out, rb_err *err) {
  if (!rb_table_open(columns, N_COLUMNS, out, err))
    return false;
  for (size_t i = 0; i < gate->n_cells; i++) {
    const rb_gate_cell *cell = &gate->cells[i];
    if (people && is_plain(cell))
      continue;
    rb_table_row(*out);
    rb_table_text(*out, AT_CASE, cell->name);
    rb_table_text(*out, AT_PART, cell->part[0] ? cell->part : NULL);
    rb_table_text(*out, AT_ID, cell->id[0] ? cell->id : NULL);
    rb_table_text(*out, AT_STATE, rb_gate_states[cell->state]);
    if (cell->timed)
      put_times(*out, gate, cell);
    rb_table_truth(*out, AT_DIFFERS, cell->differs);
    rb_table_text(*out, AT_EXACT, cell->exact[0] ? cell->exact : NULL);
    rb_table_text(*out, AT_REASON, cell->reason[0] ? cell->reason : NULL);
  }
  return true;
}

/* People get the change as one text, programs as numbers. */
static void choose(rb_table *table, bool people) {
  for (size_t i = 0; i < N_COLUMNS; i++) {
    bool text = i == AT_CHANGE || i == AT_RUNS;
    bool shown = i == AT_CASE || i == AT_STATE || text || (i >= AT_BASE && i <= AT_NEW_ROOF);
    if (people ? !shown || rb_table_is_empty(table, i) : text)
      rb_table_hide(table, i);
  }
  if (people)
    rb_table_cut(table, AT_CASE, NAME_WIDTH);
}

/* ---- people ---- */

/* A sentence: wrapped for a terminal, an item of a list in md. */
static bool put_sentence(bool md, const char *label, const char *text, FILE *out, rb_err *err) {
  char *clean = NULL;
  bool ok = md ? rb_escape_copy(text, RB_ESCAPE_MARKDOWN, 0, &clean, err)
               : rb_wrap_put(out, label, text, err);
  if (ok && md)
    fprintf(out, "- %s%s\n", label, clean);
  free(clean);
  return ok;
}

static bool put_reasons(const rb_gate *gate, bool md, FILE *out, rb_err *err) {
  bool ok = true;
  size_t n = 0, n_left = 0;
  for (size_t i = 0; ok && i < gate->n_cells; i++) {
    const rb_gate_cell *cell = &gate->cells[i];
    const char *texts[] = {cell->reason, cell->exact};
    for (int j = 0; ok && j < 2; j++) {
      char line[RB_GATE_NAME + RB_GATE_TEXT + 8];
      if (texts[j][0] == 0)
        continue;
      if (n++ >= REASONS_TOLD) {
        n_left++;
        continue;
      }
      snprintf(line, sizeof line, "%s: %s", cell->name, texts[j]);
      ok = put_sentence(md, "", line, out, err);
    }
  }
  if (ok && n_left)
    fprintf(out, "%s%zu more; csv and json have them all\n", md ? "- " : "", n_left);
  return ok;
}

static bool put_notes(const rb_gate *gate, bool md, FILE *out, rb_err *err) {
  bool ok = true;
  for (size_t i = 0; ok && i < gate->n_notes; i++)
    ok = put_sentence(md, "note: ", gate->notes[i], out, err);
  for (int i = 0; ok && i < RB_GATEVIEW_STEPS; i++) {
    char *text = NULL;
    ok = rb_gateview_step(gate, i, &text, err) &&
         (!text || put_sentence(md, "next: ", text, out, err));
    free(text);
  }
  return ok;
}

static bool show_people(const rb_gate *gate, rb_format format, FILE *out, rb_err *err) {
  bool md = format == RB_FORMAT_MD;
  char *claim = NULL;
  rb_table *table = NULL;
  bool ok = rb_gateview_claim(gate, &claim, err) && make_cells(gate, true, &table, err);
  if (ok) {
    fprintf(out, "%s\n\n", claim);
    choose(table, true);
    size_t n_plain = gate->n_cells - rb_table_rows(table);
    ok = rb_table_rows(table) == 0 || rb_table_write(table, format, out, err);
    if (n_plain)
      fprintf(out, "%s%zu cell%s that %s not timed: right, and counts the same\n",
              md && rb_table_rows(table) ? "\n" : "", n_plain, plural(n_plain),
              n_plain == 1 ? "is" : "are");
    fputc('\n', out);
  }
  ok = ok && put_reasons(gate, md, out, err) && put_notes(gate, md, out, err);
  free(claim);
  rb_table_free(table);
  return ok;
}

/* ---- programs ---- */

static bool add_text(json_t *list, const char *text) {
  return list && json_array_append_new(list, json_string(text)) == 0;
}

static json_t *gate_json(const rb_gate *gate) {
  json_t *notes = json_array(), *steps = json_array();
  char *claim = NULL, name[40];
  rb_err ignored = {0};
  bool ok = notes && steps && rb_gateview_claim(gate, &claim, &ignored);
  for (size_t i = 0; ok && i < gate->n_notes; i++) {
    char *clean = NULL;
    ok = rb_escape_copy(gate->notes[i], RB_ESCAPE_UTF8, 0, &clean, &ignored) &&
         add_text(notes, clean);
    free(clean);
  }
  for (int i = 0; ok && i < RB_GATEVIEW_STEPS; i++) {
    char *text = NULL;
    ok = rb_gateview_step(gate, i, &text, &ignored) && (!text || add_text(steps, text));
    free(text);
  }
  json_t *out =
      json_pack("{s:s, s:i, s:s, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "text",
                claim ? claim : "", "exit_code", gate->code, "kind", gate->paired ? "ab" : "check",
                "margin", gate->margin, "n_cells", (json_int_t)gate->n_cells, "n_base",
                (json_int_t)gate->n_base, "n_new", (json_int_t)gate->n_fresh, "n_confirm",
                (json_int_t)gate->n_confirm, "n_suspects", (json_int_t)gate->n_suspects,
                "n_counts_differ", (json_int_t)gate->n_differ, "notes", notes, "next", steps);
  free(claim);
  for (int i = 0; ok && out && i < RB_GATE_N_STATES; i++) {
    snprintf(name, sizeof name, "n_%s", rb_gate_states[i]);
    for (char *c = name; *c; c++)
      *c = *c == '-' ? '_' : *c;
    ok = json_object_set_new(out, name, json_integer((json_int_t)gate->n_state[i])) == 0;
  }
  if (!ok) {
    json_decref(out);
    out = NULL;
  }
  return out;
}

static bool show_json(const rb_gate *gate, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  json_t *rows = NULL, *whole = json_object();
  bool ok = whole && json_object_set_new(whole, "gate", gate_json(gate)) == 0 &&
            make_cells(gate, false, &table, err);
  if (ok)
    choose(table, false);
  ok = ok && rb_table_json(table, &rows, err) && json_object_set(whole, "cells", rows) == 0 &&
       json_dumpf(whole, out, JSON_INDENT(1) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(17)) == 0;
  fputc('\n', out);
  json_decref(rows);
  json_decref(whole);
  rb_table_free(table);
  return ok || rb_fail(err, RB_FAILED, "out of memory while making JSON, or it cannot be written");
}

static bool show_csv(const rb_gate *gate, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  bool ok = make_cells(gate, false, &table, err);
  if (ok) {
    choose(table, false);
    ok = rb_table_write(table, RB_FORMAT_CSV, out, err);
  }
  rb_table_free(table);
  return ok;
}

bool rb_gateview_show(const rb_gate *gate, rb_format format, FILE *out, rb_err *err) {
  bool ok = format == RB_FORMAT_JSON  ? show_json(gate, out, err)
            : format == RB_FORMAT_CSV ? show_csv(gate, out, err)
                                      : show_people(gate, format, out, err);
  if (ok && (fflush(out) != 0 || ferror(out)))
    return rb_fail(err, RB_FAILED, "cannot write about the comparison: %s", strerror(errno));
  return ok;
}
