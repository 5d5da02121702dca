// SPDX-License-Identifier: Apache-2.0
#include "report/junit.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/escape.h"
#include "report/figure.h"
#include "report/gatephrases.h"
#include "report/load.h"

/* Of a run. */
typedef struct counts {
  size_t tests, failures, errors, skipped;
  double seconds;
} counts;

static bool put_text(const char *text, FILE *out, rb_err *err) {
  char *clean = NULL;
  if (!rb_escape_copy(text, RB_ESCAPE_XML, 0, &clean, err))
    return false;
  fputs(clean, out);
  free(clean);
  return true;
}

/* Writes ` name="value"`. */
static bool put_attribute(const char *name, const char *value, FILE *out, rb_err *err) {
  fprintf(out, " %s=\"", name);
  bool ok = put_text(value, out, err);
  fputc('"', out);
  return ok;
}

static const char *text_or(const rb_record *record, rb_field field, const char *otherwise) {
  const char *text = record ? rb_record_get_text(record, field) : NULL;
  return text ? text : otherwise;
}

/* The measured time of a row: all repetitions. */
static bool sum_times(const rb_stream_row *row, double *seconds, rb_err *err) {
  double *times = NULL;
  size_t n = 0;
  *seconds = 0;
  if (!rb_stream_times(row, &times, &n, err))
    return false;
  for (size_t i = 0; i < n; i++)
    *seconds += times[i] / 1e9;
  free(times);
  return true;
}

static bool is_missing(const rb_stream_run *run) {
  return !run->ended || run->n_rows < run->n_planned;
}

static bool count_run(const rb_stream *stream, const rb_stream_run *run, counts *of, rb_err *err) {
  bool ok = true;
  *of = (counts){.tests = run->n_rows + is_missing(run), .errors = is_missing(run)};
  for (size_t i = run->first; ok && i < run->first + run->n_rows; i++) {
    double seconds = 0;
    ok = sum_times(&stream->rows[i], &seconds, err);
    of->seconds += seconds;
    of->failures += stream->rows[i].outcome >= RB_STREAM_REGRESSION;
    of->errors += stream->rows[i].outcome == RB_STREAM_TROUBLE;
    of->skipped += stream->rows[i].outcome == RB_STREAM_SKIPPED;
  }
  return ok;
}

/* The outcome of a case; tag NULL: it passed, type NULL: none. */
static bool put_problem(const char *tag, const char *type, const char *message, FILE *out,
                        rb_err *err) {
  if (!tag)
    return true;
  fprintf(out, "   <%s", tag);
  bool ok = (!type || put_attribute("type", type, out, err)) &&
            put_attribute("message", message, out, err);
  fputs("/>\n", out);
  return ok;
}

static void begin_suites(const counts *all, FILE *out) {
  fprintf(out,
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"relubench\" "
          "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\">\n",
          all->tests, all->failures, all->errors, all->seconds);
}

/* Ends the attributes of a testsuite. */
static void put_counts(const counts *of, FILE *out) {
  fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n",
          of->tests, of->failures, of->errors, of->skipped, of->seconds);
}

/* ` classname="SUITE.PART"`: how readers group. */
static bool put_class(const char *suite, const char *part, FILE *out, rb_err *err) {
  fputs(" classname=\"", out);
  bool ok = put_text(suite, out, err);
  fputc('.', out);
  ok = ok && put_text(part, out, err);
  fputc('"', out);
  return ok;
}

/* ---- cases ---- */

static bool put_outcome(const rb_stream_row *row, FILE *out, rb_err *err) {
  static const struct {
    const char *tag, *type;
  } tags[RB_STREAM_N_OUTCOMES] = {[RB_STREAM_SKIPPED] = {"skipped", NULL},
                                  [RB_STREAM_TROUBLE] = {"error", "device-trouble"},
                                  [RB_STREAM_REGRESSION] = {"failure", "regression"},
                                  [RB_STREAM_WRONG] = {"failure", "wrong-result"}};
  return put_problem(tags[row->outcome].tag, tags[row->outcome].type, row->why ? row->why : "", out,
                     err);
}

/* "time 1.22 ms (1.21..1.23), 622 k samples/s, .." */
static bool put_measures(const rb_stream_row *row, FILE *out, rb_err *err) {
  static const rb_figure kinds[] = {
      [RB_COLUMN_REAL] = RB_FIGURE_REAL, [RB_COLUMN_PLAIN] = RB_FIGURE_PLAIN,
      [RB_COLUMN_SI] = RB_FIGURE_SI,     [RB_COLUMN_PERCENT] = RB_FIGURE_PERCENT,
      [RB_COLUMN_TIME] = RB_FIGURE_TIME, [RB_COLUMN_BYTES] = RB_FIGURE_BYTES};
  bool any = false, ok = true;
  for (int i = 0; ok && i < RB_STREAM_N_MEASURES; i++) {
    char text[RB_FIGURE_ROOM];
    if (!rb_stream_has(row, (rb_stream_measure)i))
      continue;
    fputs(any ? ", " : "   <system-out>", out);
    any = true;
    rb_figure_range(text, kinds[rb_stream_measures[i].type], row->measures[i], "");
    fprintf(out, "%s ", rb_stream_measures[i].title);
    ok = put_text(text, out, err);
  }
  if (ok && rb_load_is_above_roof(row->cell)) {
    fputs(any ? "; " : "   <system-out>", out);
    any = true;
    fputs("rates above the roof are implausible and left out", out);
  }
  fputs(any ? "</system-out>\n" : "", out);
  return ok;
}

static bool put_row(const rb_stream_row *row, FILE *out, rb_err *err) {
  double seconds = 0;
  fputs("  <testcase", out);
  if (!put_attribute("name", row->name, out, err) ||
      !put_class(text_or(row->cell, RB_F_suite, "relubench"),
                 text_or(row->cell, RB_F_part, "cells"), out, err) ||
      !sum_times(row, &seconds, err))
    return false;
  fprintf(out, " time=\"%.3f\">\n", seconds);
  bool ok = put_outcome(row, out, err) && put_measures(row, out, err);
  fputs("  </testcase>\n", out);
  return ok;
}

/* ---- runs ---- */

static bool put_missing(const rb_stream_run *run, FILE *out, rb_err *err) {
  fputs("  <testcase name=\"all planned cells\"", out);
  bool ok = put_attribute("classname", text_or(run->header, RB_F_suite, "relubench"), out, err);
  fprintf(out,
          " time=\"0.000\">\n   <error type=\"missing-cells\" message=\"%zu of %" PRIu64
          " planned cells are in the trace%s\"/>\n  </testcase>\n",
          run->n_rows, run->n_planned, run->ended ? "" : ", and its run was not ended");
  return ok;
}

/* 2026-01-31T12:34:56 of a text that begins so; the type of the attribute has no zone. */
static bool take_timestamp(const char *text, char stamp[20]) {
  static const char pattern[] = "dddd-dd-ddTdd:dd:dd";
  for (int i = 0; i < 19; i++)
    if (pattern[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != pattern[i])
      return false;
  memcpy(stamp, text, 19);
  stamp[19] = '\0';
  return true;
}

static bool put_property(const rb_record *record, rb_field field, FILE *out, rb_err *err) {
  const char *value = record ? rb_record_get_text(record, field) : NULL;
  if (!value)
    return true;
  fprintf(out, "   <property name=\"%s\"", rb_schema[field].name);
  bool ok = put_attribute("value", value, out, err);
  fputs("/>\n", out);
  return ok;
}

static bool put_properties(const rb_stream_run *run, FILE *out, rb_err *err) {
  static const rb_field fields[] = {RB_F_run_id,       RB_F_suite_hash, RB_F_tool_version,
                                    RB_F_git_revision, RB_F_command,    RB_F_started};
  static const rb_field of_device[] = {RB_F_device, RB_F_device_name, RB_F_platform, RB_F_driver};
  bool ok = true;
  fputs("  <properties>\n   <property name=\"trace\"", out);
  ok = put_attribute("value", run->path, out, err);
  fputs("/>\n", out);
  for (size_t i = 0; ok && i < sizeof fields / sizeof fields[0]; i++)
    ok = put_property(run->header, fields[i], out, err);
  for (size_t i = 0; ok && i < sizeof of_device / sizeof of_device[0]; i++)
    ok = put_property(run->device, of_device[i], out, err);
  fputs("  </properties>\n", out);
  return ok;
}

static bool put_run(const rb_stream *stream, size_t index, const counts *of, FILE *out,
                    rb_err *err) {
  const rb_stream_run *run = &stream->runs[index];
  char stamp[20];
  fputs(" <testsuite", out);
  bool ok = put_attribute("name", text_or(run->header, RB_F_suite, "relubench"), out, err);
  fprintf(out, " id=\"%zu\" package=\"relubench\" hostname=\"localhost\"", index);
  if (take_timestamp(text_or(run->header, RB_F_started, ""), stamp))
    fprintf(out, " timestamp=\"%s\"", stamp);
  put_counts(of, out);
  ok = ok && put_properties(run, out, err);
  for (size_t i = run->first; ok && i < run->first + run->n_rows; i++)
    ok = put_row(&stream->rows[i], out, err);
  ok = ok && (!is_missing(run) || put_missing(run, out, err));
  fputs(" </testsuite>\n", out);
  return ok;
}

bool rb_junit_write(const rb_stream *stream, FILE *out, rb_err *err) {
  void *memory = NULL;
  counts all = {0};
  if (!rb_alloc(&memory, stream->n_runs, sizeof(counts), "counts of JUnit XML", err))
    return false;
  counts *of = memory;
  bool ok = true;
  for (size_t i = 0; ok && i < stream->n_runs; i++) {
    ok = count_run(stream, &stream->runs[i], &of[i], err);
    all.tests += of[i].tests;
    all.failures += of[i].failures;
    all.errors += of[i].errors;
    all.seconds += of[i].seconds;
  }
  begin_suites(&all, out);
  for (size_t i = 0; ok && i < stream->n_runs; i++)
    ok = put_run(stream, i, &of[i], out, err);
  fputs("</testsuites>\n", out);
  free(memory);
  return ok;
}

/* ---- comparisons ---- */

typedef struct problem {
  const char *tag, *type;
} problem;

/* What a reader gets to see of a cell; counts that differ fail it unless something worse does. */
static problem problem_of(const rb_gate_cell *cell) {
  static const problem problems[RB_GATE_N_STATES] = {[RB_GATE_SLOWER] = {"failure", "regression"},
                                                     [RB_GATE_UNSURE] = {"skipped", NULL},
                                                     [RB_GATE_NOT_COMPARABLE] = {"skipped", NULL},
                                                     [RB_GATE_MISSING] = {"error", "missing-cell"},
                                                     [RB_GATE_WRONG] = {"failure", "wrong-result"}};
  if (cell->failed)
    return (problem){"error", "device-trouble"};
  if (cell->differs && cell->state != RB_GATE_SLOWER)
    return (problem){"failure", "counts-differ"};
  return problems[cell->state];
}

static double seconds_of(const rb_gate_cell *cell) {
  return cell->timed && isfinite(cell->fresh_ns) ? cell->fresh_ns / 1e9 : 0;
}

static counts count_gate(const rb_gate *gate) {
  counts of = {.tests = gate->n_cells};
  for (size_t i = 0; i < gate->n_cells; i++) {
    const char *tag = problem_of(&gate->cells[i]).tag;
    of.failures += tag && strcmp(tag, "failure") == 0;
    of.errors += tag && strcmp(tag, "error") == 0;
    of.skipped += tag && strcmp(tag, "skipped") == 0;
    of.seconds += seconds_of(&gate->cells[i]);
  }
  return of;
}

static bool put_judged(const rb_gate *gate, const rb_gate_cell *cell, FILE *out, rb_err *err) {
  problem found = problem_of(cell);
  char *text = NULL;
  fputs("  <testcase", out);
  bool ok = rb_gatephrases_cell(cell, &text, err) && put_attribute("name", cell->name, out, err) &&
            put_class(gate->suite[0] ? gate->suite : "relubench",
                      cell->part[0] ? cell->part : "cells", out, err);
  fprintf(out, " time=\"%.3f\">\n", seconds_of(cell));
  ok = ok && put_problem(found.tag, found.type, text, out, err);
  fputs(found.tag ? "" : "   <system-out>", out);
  ok = ok && (found.tag || put_text(text, out, err));
  fputs(found.tag ? "" : "</system-out>\n", out);
  fputs("  </testcase>\n", out);
  free(text);
  return ok;
}

static bool put_line(const char *label, const char *text, FILE *out, rb_err *err) {
  fputs(label, out);
  bool ok = put_text(text, out, err);
  fputc('\n', out);
  return ok;
}

static bool put_words(const rb_gate *gate, const char *claim, FILE *out, rb_err *err) {
  fputs("  <system-out>", out);
  bool ok = put_line("", claim, out, err);
  for (size_t i = 0; ok && i < gate->n_notes; i++)
    ok = put_line("note: ", gate->notes[i], out, err);
  for (int i = 0; ok && i < RB_GATEPHRASES_STEPS; i++) {
    char *text = NULL;
    ok = rb_gatephrases_step(gate, i, &text, err) && (!text || put_line("next: ", text, out, err));
    free(text);
  }
  fputs("</system-out>\n", out);
  return ok;
}

bool rb_junit_gate(const rb_gate *gate, FILE *out, rb_err *err) {
  counts of = count_gate(gate);
  char *claim = NULL;
  if (!rb_gatephrases_claim(gate, &claim, err))
    return false;
  begin_suites(&of, out);
  fprintf(out,
          " <testsuite name=\"relubench %s\" id=\"0\" package=\"relubench\" hostname=\"localhost\"",
          gate->paired ? "ab" : "check");
  put_counts(&of, out);
  fputs("  <properties>\n   <property name=\"device\"", out);
  bool ok = put_attribute("value", gate->device, out, err);
  fprintf(out,
          "/>\n   <property name=\"margin\" value=\"%.17g\"/>\n   <property name=\"exit_code\" "
          "value=\"%d\"/>\n  </properties>\n",
          gate->margin, gate->code);
  for (size_t i = 0; ok && i < gate->n_cells; i++)
    ok = put_judged(gate, &gate->cells[i], out, err);
  ok = ok && put_words(gate, claim, out, err);
  fputs(" </testsuite>\n</testsuites>\n", out);
  free(claim);
  return ok;
}
