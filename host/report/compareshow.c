// SPDX-License-Identifier: Apache-2.0
#include "report/compareshow.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/comparenames.h"
#include "report/comparephrases.h"
#include "report/comparesheet.h"
#include "report/comparetables.h"
#include "report/jsonout.h"
#include "report/phrase.h"
#include "report/section.h"
#include "report/warning.h"
#include "report/wrap.h"

enum { MOST_TOLD = 40 /* of a kind, to people; json has all */, LEAST_CASE = 12 };

/* ---- tables for people ---- */

static bool fit(rb_table *table, rb_err *err) {
  size_t width = RB_SECTION_WIDTH + 1;
  for (size_t cut = RB_WRAP_WIDTH; width > RB_SECTION_WIDTH && cut >= LEAST_CASE; cut--) {
    rb_table_cut(table, 0, cut);
    if (!rb_table_width(table, &width, err))
      return false;
  }
  return true;
}

static bool put_sheet(const rb_compare_pair *pair, const rb_comparenames *by,
                      rb_comparesheet_kind which, bool md, FILE *out, rb_err *err) {
  rb_comparesheet sheet = {0};
  bool ok = rb_comparesheet_make(pair, by, which, !md, &sheet, err);
  if (ok && rb_table_rows(sheet.table)) {
    fputs(md ? "\n" : "", out);
    ok = fit(sheet.table, err) &&
         rb_table_write(sheet.table, md ? RB_FORMAT_MD : RB_FORMAT_TABLE, out, err);
    fputs("\n", out);
  }
  rb_comparesheet_free(&sheet);
  return ok;
}

/* ---- sentences ---- */

static void put_more(size_t n, bool md, FILE *out) {
  if (n > MOST_TOLD)
    fprintf(out, "%sand %zu more: --json has all of them\n", md ? "- " : "  ", n - MOST_TOLD);
}

static bool put_refused(const rb_compare_pair *pair, const rb_comparenames *by, bool md, FILE *out,
                        rb_err *err) {
  size_t n = 0;
  bool ok = true;
  for (size_t i = 0; ok && i < pair->n_cells; i++) {
    const char *name = by->fulls[i];
    char *text = NULL;
    rb_phrase t;
    if (!pair->cells[i].reason || n++ >= MOST_TOLD)
      continue;
    ok = rb_phrase_open(&t, &text, err);
    if (ok) {
      fprintf(t.to, "not comparable: %s%s%s", name ? name : "", name ? ": " : "",
              pair->cells[i].reason);
      ok = rb_phrase_close(&t, err) && rb_wrap_sentence(out, md, "  ", text, err);
    }
  }
  put_more(n, md, out);
  return ok;
}

static bool put_crossovers(const rb_compare_pair *pair, bool md, FILE *out, rb_err *err) {
  char *text = NULL;
  bool ok = true;
  for (size_t i = 0; ok && i < pair->n_crossovers && i < MOST_TOLD; i++)
    ok = rb_comparephrases_crossover(pair, &pair->crossovers[i], &text, err) &&
         rb_wrap_sentence(out, md, "  ", text, err);
  put_more(pair->n_crossovers, md, out);
  return ok;
}

static bool put_common(const rb_comparenames *by, bool md, FILE *out, rb_err *err) {
  char *text = NULL;
  rb_phrase t;
  if (!by->common)
    return true;
  if (!rb_phrase_open(&t, &text, err))
    return false;
  fprintf(t.to, "%s%s", md ? "all rows: " : "", by->common);
  return rb_phrase_close(&t, err) && rb_wrap_sentence(out, md, "  all rows   ", text, err);
}

static bool put_pair(const rb_compare *compare, const rb_compare_pair *pair, bool md, FILE *out,
                     rb_err *err) {
  rb_comparenames by = {0}, by_all = {0};
  char *text = NULL;
  bool ok = rb_comparenames_find(pair, false, &by, err) &&
            rb_comparenames_find(pair, true, &by_all, err) &&
            rb_comparephrases_pair(pair, &text, err) && rb_wrap_sentence(out, md, "", text, err) &&
            put_common(&by, md, out, err) &&
            put_sheet(pair, &by, RB_COMPARESHEET_RATES, md, out, err) &&
            rb_comparephrases_target(compare, pair, &text, err) &&
            rb_wrap_sentence(out, md, "  ", text, err) &&
            put_sheet(pair, &by, RB_COMPARESHEET_TARGET, md, out, err);
  const size_t sides[2] = {pair->base, pair->other};
  for (int i = 0; ok && i < 2; i++)
    ok = rb_comparephrases_energy(compare, sides[i], &text, err) &&
         rb_wrap_sentence(out, md, "  ", text, err);
  ok = ok && put_sheet(pair, &by, RB_COMPARESHEET_ENERGY, md, out, err);
  ok = ok && put_crossovers(pair, md, out, err);
  ok = ok && put_refused(pair, &by_all, md, out, err);
  fputc('\n', out);
  rb_comparenames_free(&by);
  rb_comparenames_free(&by_all);
  return ok;
}

/* A warning of one trace, with its path where there are several. */
static bool find_warning(const rb_compare *compare, size_t trace, int which, char **out,
                         rb_err *err) {
  char *text = NULL;
  rb_phrase t;
  *out = NULL;
  bool ok = rb_warning_text(&compare->loads[trace], (rb_warning)which, &text, err);
  if (ok && text && (ok = rb_phrase_open(&t, out, err))) {
    if (compare->paths && compare->n_traces > 1)
      fprintf(t.to, "%s: ", compare->paths[trace]);
    fputs(text, t.to);
    ok = rb_phrase_close(&t, err);
  }
  free(text);
  return ok;
}

/* Calls visit with every note and warning, which takes the text over. */
static bool each_remark(const rb_compare *compare,
                        bool (*visit)(void *context, bool warning, char *text, rb_err *err),
                        void *context, rb_err *err) {
  char *text = NULL;
  bool ok = true;
  for (int i = 0; ok && i < RB_COMPAREPHRASES_NOTES; i++)
    ok = rb_comparephrases_note(compare, i, &text, err) && visit(context, false, text, err);
  for (size_t t = 0; ok && t < compare->n_traces; t++)
    for (int i = 0; ok && i < RB_N_WARNINGS; i++)
      ok = find_warning(compare, t, i, &text, err) && visit(context, true, text, err);
  return ok;
}

typedef struct printer {
  FILE *out;
  bool md;
} printer;

static bool print_remark(void *context, bool warning, char *text, rb_err *err) {
  const printer *to = context;
  return rb_wrap_sentence(to->out, to->md, warning ? "warning: " : "note: ", text, err);
}

static bool show_people(const rb_compare *compare, bool md, FILE *out, rb_err *err) {
  char *text = NULL, label[32];
  printer to = {out, md};
  bool ok =
      rb_comparephrases_claim(compare, &text, err) && rb_wrap_sentence(out, md, "", text, err);
  for (size_t i = 0; ok && i < compare->systems.n; i++) {
    snprintf(label, sizeof label, "  %zu  ", i + 1);
    ok = rb_comparephrases_system(compare, i, md, &text, err) &&
         rb_wrap_sentence(out, md, label, text, err);
  }
  fputc('\n', out);
  for (size_t i = 0; ok && i < compare->n_pairs; i++)
    ok = put_pair(compare, &compare->pairs[i], md, out, err);
  return ok && each_remark(compare, print_remark, &to, err);
}

/* ---- programs ---- */

static bool collect_remark(void *context, bool warning, char *text, rb_err *err) {
  json_t *lists = context;
  json_t *list = json_object_get(lists, warning ? "warnings" : "notes");
  bool ok = !text || json_array_append_new(list, rb_jsonout_text(text)) == 0;
  free(text);
  return ok || rb_fail(err, RB_FAILED, "out of memory while making JSON of a comparison");
}

static json_t *compare_json(const rb_compare *compare) {
  char *claim = NULL;
  rb_err ignored = {0};
  if (!rb_comparephrases_claim(compare, &claim, &ignored))
    return NULL;
  json_t *out = json_pack("{s:o, s:i, s:f, s:b, s:I, s:I, s:I, s:I, s:[], s:[]}", "text",
                          rb_jsonout_text(claim), "exit_code", compare->code, "sin_theta_target",
                          compare->target, "suites_differ", compare->suites_differ, "n_traces",
                          (json_int_t)compare->n_traces, "n_systems",
                          (json_int_t)compare->systems.n, "n_pairs", (json_int_t)compare->n_pairs,
                          "n_compared", (json_int_t)compare->n_compared, "notes", "warnings");
  free(claim);
  if (out && !each_remark(compare, collect_remark, out, &ignored)) {
    json_decref(out);
    return NULL;
  }
  return out;
}

/* Adds the rows of a table that make() fills. */
static bool add_rows(const rb_compare *compare, const char *name,
                     bool (*make)(const rb_compare *, rb_table **, rb_err *), json_t *to,
                     rb_err *err) {
  rb_table *table = NULL;
  json_t *rows = NULL;
  bool ok = make(compare, &table, err) && rb_table_json(table, &rows, err) &&
            json_object_set(to, name, rows) == 0;
  json_decref(rows);
  rb_table_free(table);
  return ok;
}

static bool show_json(const rb_compare *compare, FILE *out, rb_err *err) {
  json_t *whole = json_object();
  bool ok = whole && json_object_set_new(whole, "compare", compare_json(compare)) == 0 &&
            add_rows(compare, "systems", rb_comparetables_systems, whole, err) &&
            add_rows(compare, "cells", rb_comparetables_cells, whole, err) &&
            add_rows(compare, "crossovers", rb_comparetables_crossovers, whole, err);
  if (!ok) {
    json_decref(whole);
    whole = NULL;
  }
  return rb_jsonout_write(whole, "JSON of the comparison", out, err);
}

static bool show_csv(const rb_compare *compare, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  bool ok = rb_comparetables_cells(compare, &table, err) &&
            rb_table_write(table, RB_FORMAT_CSV, out, err);
  rb_table_free(table);
  return ok;
}

bool rb_compareshow(const rb_compare *compare, rb_format format, FILE *out, rb_err *err) {
  bool ok = format == RB_FORMAT_JSON  ? show_json(compare, out, err)
            : format == RB_FORMAT_CSV ? show_csv(compare, out, err)
                                      : show_people(compare, format == RB_FORMAT_MD, out, err);
  if (ok && (fflush(out) != 0 || ferror(out)))
    return rb_fail(err, RB_FAILED, "cannot write about the comparison: %s", strerror(errno));
  return ok;
}
