// SPDX-License-Identifier: Apache-2.0
#include "report/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "report/evidence.h"
#include "report/exhibit.h"
#include "report/head.h"
#include "report/jsonout.h"
#include "report/statement.h"
#include "report/warning.h"
#include "report/wrap.h"

/* ---- people ---- */

enum { N_OF_LOAD = 3, N_NOTES };

/* What is to be known about the trace, NULL at the end of the list. */
static bool find_note(const rb_judge *judge, int which, char **out, rb_err *err) {
  static const rb_warning of_load[N_OF_LOAD] = {RB_WARNING_UNSEALED, RB_WARNING_INTERRUPTED,
                                                RB_WARNING_MIXED};
  return which < N_OF_LOAD ? rb_warning_text(&judge->load, of_load[which], out, err)
                           : rb_statement_rest(judge, out, err);
}

static bool put_notes(const rb_judge *judge, FILE *out, rb_err *err) {
  bool ok = true, first = true;
  for (int i = 0; ok && i < N_NOTES; i++) {
    char *text = NULL;
    ok = find_note(judge, i, &text, err) && (!text || rb_wrap_put(out, "warning: ", text, err));
    first = first && !text;
    free(text);
  }
  fputs(first ? "" : "\n", out);
  return ok;
}

static bool show_table(const rb_judge *judge, const rb_verdict_options *options, FILE *out,
                       rb_err *err) {
  char *claim = NULL;
  bool ok = rb_head_verdict(&judge->load, out, err) && rb_statement_claim(judge, &claim, err) &&
            rb_wrap_put(out, "", claim, err);
  fputc('\n', out);
  free(claim);
  for (size_t from = 0, to = 0; ok && from < judge->n_curves; from = to) {
    while (to < judge->n_curves &&
           judge->curves[to].curve->group == judge->curves[from].curve->group)
      to++;
    ok = rb_exhibit_group(judge, from, to, out, err);
  }
  return ok && put_notes(judge, out, err) &&
         rb_head_provenance(&judge->load, options->path, out, err);
}

/* ---- programs ---- */

static json_t *notes_json(const rb_judge *judge) {
  json_t *list = json_array();
  bool ok = list != NULL;
  for (int i = 0; ok && i < N_NOTES; i++) {
    char *text = NULL;
    rb_err ignored = {0};
    ok = find_note(judge, i, &text, &ignored) &&
         (!text || json_array_append_new(list, rb_jsonout_text(text)) == 0);
    free(text);
  }
  if (!ok)
    json_decref(list);
  return ok ? list : NULL;
}

static json_t *verdict_json(const rb_judge *judge) {
  char *claim = NULL;
  rb_err ignored = {0};
  const char *suite = judge->load.run ? rb_record_get_text(judge->load.run, RB_F_suite) : NULL;
  const char *run = judge->load.run ? rb_record_get_text(judge->load.run, RB_F_run_id) : NULL;
  if (!rb_statement_claim(judge, &claim, &ignored))
    return NULL;
  json_t *out = json_pack(
      "{s:b, s:i, s:o, s:s?, s:s?, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "holds",
      judge->code == RB_DONE, "exit_code", judge->code, "text", rb_jsonout_text(claim), "suite",
      suite, "run_id", run, "n_multitask", (json_int_t)judge->n_multitask, "n_independent",
      (json_int_t)judge->n_state[RB_EXPONENT_INDEPENDENT], "n_controls",
      (json_int_t)judge->n_controls, "n_controls_held",
      (json_int_t)judge->n_control[RB_CONTROL_HOLDS], "n_cells", (json_int_t)judge->trials.n_cells,
      "n_cells_missing", (json_int_t)judge->n_missing, "n_trials", (json_int_t)judge->trials.n_used,
      "n_trials_stray", (json_int_t)judge->trials.n_stray, "n_duplicates",
      (json_int_t)judge->trials.n_duplicates, "warnings", notes_json(judge));
  free(claim);
  return out;
}

static const struct {
  const char *name;
  bool (*make)(const rb_judge *judge, rb_table **out, rb_err *err);
} tables[] = {{"curves", rb_evidence_curves},
              {"points", rb_evidence_points},
              {"accuracy", rb_evidence_accuracy}};
enum { N_TABLES = sizeof tables / sizeof tables[0], POINTS = 1 };

static bool show_json(const rb_judge *judge, FILE *out, rb_err *err) {
  json_t *whole = json_object();
  bool ok = whole && json_object_set_new(whole, "verdict", verdict_json(judge)) == 0;
  for (int i = 0; ok && i < N_TABLES; i++) {
    rb_table *table = NULL;
    json_t *rows = NULL;
    ok = tables[i].make(judge, &table, err) && rb_table_json(table, &rows, err) &&
         json_object_set_new(whole, tables[i].name, rows) == 0;
    rb_table_free(table);
  }
  if (!ok) {
    json_decref(whole);
    whole = NULL;
  }
  return rb_jsonout_write(whole, "JSON of the verdict", out, err);
}

static bool show_csv(const rb_judge *judge, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  bool ok =
      tables[POINTS].make(judge, &table, err) && rb_table_write(table, RB_FORMAT_CSV, out, err);
  rb_table_free(table);
  return ok;
}

bool rb_verdict_show(const rb_judge *judge, const rb_verdict_options *options, FILE *out,
                     rb_err *err) {
  bool ok = false;
  switch (options->format) {
  case RB_FORMAT_TABLE:
    ok = show_table(judge, options, out, err);
    break;
  case RB_FORMAT_JSON:
    ok = show_json(judge, out, err);
    break;
  case RB_FORMAT_CSV:
    ok = show_csv(judge, out, err);
    break;
  case RB_FORMAT_MD:
    ok = rb_exhibit_md(judge, out, err);
    break;
  }
  if (ok && (fflush(out) != 0 || ferror(out)))
    return rb_fail(err, RB_FAILED, "cannot write the verdict: %s", strerror(errno));
  return ok;
}
