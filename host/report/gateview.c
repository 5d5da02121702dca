// SPDX-License-Identifier: Apache-2.0
#include "report/gateview.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "report/escape.h"
#include "report/gatephrases.h"
#include "report/gatesheet.h"
#include "report/jsonout.h"
#include "report/wrap.h"

enum { REASONS_TOLD = 20 }; /* cells whose reason is told to people */

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
  for (int i = 0; ok && i < RB_GATEPHRASES_STEPS; i++) {
    char *text = NULL;
    ok = rb_gatephrases_step(gate, i, &text, err) &&
         (!text || put_sentence(md, "next: ", text, out, err));
    free(text);
  }
  return ok;
}

static bool show_people(const rb_gate *gate, rb_format format, FILE *out, rb_err *err) {
  bool md = format == RB_FORMAT_MD;
  char *claim = NULL;
  rb_table *table = NULL;
  bool ok = rb_gatephrases_claim(gate, &claim, err) && rb_gatesheet_make(gate, true, &table, err);
  if (ok) {
    fprintf(out, "%s\n\n", claim);
    size_t n_plain = gate->n_cells - rb_table_rows(table);
    ok = rb_table_rows(table) == 0 || rb_table_write(table, format, out, err);
    if (n_plain)
      fprintf(out, "%s%zu cell%s that %s not timed: right, and counts the same\n",
              md && rb_table_rows(table) ? "\n" : "", n_plain, n_plain == 1 ? "" : "s",
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
  return list && json_array_append_new(list, rb_jsonout_text(text)) == 0;
}

static json_t *gate_json(const rb_gate *gate) {
  json_t *notes = json_array(), *steps = json_array();
  char *claim = NULL, name[40];
  rb_err ignored = {0};
  bool ok = notes && steps && rb_gatephrases_claim(gate, &claim, &ignored);
  for (size_t i = 0; ok && i < gate->n_notes; i++)
    ok = add_text(notes, gate->notes[i]);
  for (int i = 0; ok && i < RB_GATEPHRASES_STEPS; i++) {
    char *text = NULL;
    ok = rb_gatephrases_step(gate, i, &text, &ignored) && (!text || add_text(steps, text));
    free(text);
  }
  json_t *out = json_pack("{s:o, s:i, s:s, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "text",
                          rb_jsonout_text(claim), "exit_code", gate->code, "kind",
                          gate->paired ? "ab" : "check", "margin", gate->margin, "n_cells",
                          (json_int_t)gate->n_cells, "n_base", (json_int_t)gate->n_base, "n_new",
                          (json_int_t)gate->n_fresh, "n_confirm", (json_int_t)gate->n_confirm,
                          "n_suspects", (json_int_t)gate->n_suspects, "n_counts_differ",
                          (json_int_t)gate->n_differ, "notes", notes, "next", steps);
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
            rb_gatesheet_make(gate, false, &table, err);
  ok = ok && rb_table_json(table, &rows, err) && json_object_set(whole, "cells", rows) == 0;
  json_decref(rows);
  rb_table_free(table);
  if (!ok) {
    json_decref(whole);
    whole = NULL;
  }
  return rb_jsonout_write(whole, "JSON of the gate", out, err);
}

static bool show_csv(const rb_gate *gate, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  bool ok =
      rb_gatesheet_make(gate, false, &table, err) && rb_table_write(table, RB_FORMAT_CSV, out, err);
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
