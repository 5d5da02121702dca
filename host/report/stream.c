// SPDX-License-Identifier: Apache-2.0
#include "report/stream.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/escape.h"
#include "report/load.h"
#include "report/reasons.h"

enum { LABEL_WIDTH = 120, RUN_DIGITS = 8 };

const char *const rb_stream_outcomes[] = {"passed",     "skipped", "error",
                                          "regression", "wrong",   NULL};

const rb_stream_info rb_stream_measures[RB_STREAM_N_MEASURES] = {
#define X(name, title, unit, better, type)                                                         \
  {                                                                                                \
      RB_F_##name,                                                                                 \
      title,                                                                                       \
      unit,                                                                                        \
      better,                                                                                      \
      type,                                                                                        \
      RB_STREAM_##name <= RB_STREAM_roof_fraction || RB_STREAM_##name == RB_STREAM_star},
    RB_STREAM_MEASURES(X)
#undef X
};

bool rb_stream_has(const rb_stream_row *row, rb_stream_measure measure) {
  return isfinite(row->measures[measure][0]);
}

const char *rb_stream_unit(const rb_stream_row *row, rb_stream_measure measure) {
  const char *quantity = rb_record_get_text(row->cell, RB_F_quantity);
  if (measure != RB_STREAM_star)
    return rb_stream_measures[measure].unit;
  return quantity && strcmp(quantity, "m") == 0 ? "neurons" : "samples";
}

/* ---- measures ---- */

static void put_value(rb_stream_row *row, rb_stream_measure measure) {
  row->measures[measure][0] = rb_record_get_real(row->cell, rb_stream_measures[measure].field);
}

/* The interval of a rate is that of the time it comes from. */
static void put_rate(rb_stream_row *row, rb_stream_measure measure, const rb_spread *time) {
  double *to = row->measures[measure];
  put_value(row, measure);
  if (!(time->lo > 0) || !(time->hi >= time->lo))
    return;
  to[1] = to[0] * time->median / time->hi;
  to[2] = to[0] * time->median / time->lo;
}

static void put_spread(rb_stream_row *row, rb_stream_measure measure, const rb_spread *spread) {
  const double values[3] = {spread->median, spread->lo, spread->hi};
  memcpy(row->measures[measure], values, sizeof values);
}

static void measure_row(rb_stream_row *row) {
  rb_spread time = {0}, star = {0};
  for (int i = 0; i < RB_STREAM_N_MEASURES; i++)
    for (int part = 0; part < 3; part++)
      row->measures[i][part] = NAN;
  if (row->outcome != RB_STREAM_PASSED)
    return;
  if (rb_load_is_rated(row->cell) && rb_record_get_spread(row->cell, RB_F_time_ns, &time) &&
      time.median > 0) {
    put_spread(row, RB_STREAM_time_ns, &time);
    put_rate(row, RB_STREAM_samples_per_s, &time);
    put_rate(row, RB_STREAM_gflops, &time);
    put_rate(row, RB_STREAM_roof_fraction, &time);
  }
  if (!rb_load_is_reference(row->cell)) /* on the host nothing is counted */
    put_value(row, RB_STREAM_peak_device_bytes);
  for (int i = RB_STREAM_alignment; i <= RB_STREAM_features_learned; i++)
    put_value(row, (rb_stream_measure)i);
  if (rb_record_get_spread(row->cell, RB_F_star, &star) &&
      !rb_record_get_truth(row->cell, RB_F_censored))
    put_spread(row, RB_STREAM_star, &star);
}

bool rb_stream_times(const rb_stream_row *row, double **out, size_t *n, rb_err *err) {
  void *memory = NULL;
  *n = 0;
  if (!rb_alloc(&memory, RB_RECORD_MAX_REALS, sizeof **out, "times of a cell", err))
    return false;
  *out = memory;
  size_t n_read = rb_stream_has(row, RB_STREAM_time_ns)
                      ? rb_record_get_reals(row->cell, RB_F_times_ns, *out, RB_RECORD_MAX_REALS)
                      : 0;
  for (size_t i = 0; i < n_read; i++)
    if (isfinite((*out)[i]) && (*out)[i] > 0)
      (*out)[(*n)++] = (*out)[i];
  return true;
}

/* ---- names ---- */

/* What may be needed to tell rows apart, bit by bit. */
enum { WITH_RUN = 1, WITH_CHOICES = 2, WITH_ALL = WITH_RUN | WITH_CHOICES };

typedef struct naming {
  unsigned with;
  bool devices; /* there are several */
} naming;

/* A field of rb_load_key that a name leaves out: what is usual, and what the program chose. */
static bool is_left_out(const rb_record *cell, rb_field field, const naming *how) {
  switch (field) {
  case RB_F_workload:
    return rb_record_is_text(cell, field, "multitask");
  case RB_F_sampler:
    return rb_load_is_direct(cell);
  case RB_F_law:
    return rb_record_is_text(cell, field, "gaussian");
  case RB_F_tasks:
    return rb_record_is_text(cell, field, "balanced");
  case RB_F_inputs:
    return rb_record_is_text(cell, field, "per-task");
  case RB_F_ablation:
    return rb_record_is_text(cell, field, "none");
  case RB_F_rounds:
  case RB_F_decay:
    return rb_record_get_real(cell, field) == 1;
  case RB_F_eta_a:
  case RB_F_eta_w:
    return rb_load_has_default_steps(cell);
  case RB_F_device:
    return !how->devices || rb_load_is_reference(cell);
  case RB_F_variant:
  case RB_F_tile:
  case RB_F_chunk:
  case RB_F_pretrainings:
  case RB_F_trials:
  case RB_F_precision:
    return !(how->with & WITH_CHOICES);
  default:
    return false;
  }
}

static bool add_label(rb_stream_row *row, const char *key, const char *value, rb_err *err) {
  rb_stream_label *label = &row->labels[row->n_labels];
  if (!value || !value[0] || row->n_labels == RB_STREAM_MAX_LABELS)
    return true;
  if (!rb_copy_text(&label->value, value, err))
    return false;
  label->key = key;
  row->n_labels++;
  return true;
}

static bool add_field(rb_stream_row *row, rb_field field, rb_err *err) {
  char number[40];
  if (!rb_record_has(row->cell, field))
    return true;
  if (rb_schema[field].type == RB_TYPE_text)
    return add_label(row, rb_schema[field].name, rb_record_get_text(row->cell, field), err);
  if (rb_schema[field].type == RB_TYPE_integer)
    snprintf(number, sizeof number, "%" PRIu64, rb_record_get_integer(row->cell, field));
  else
    snprintf(number, sizeof number, "%.12g", rb_record_get_real(row->cell, field));
  return add_label(row, rb_schema[field].name, number, err);
}

static void free_name(rb_stream_row *row) {
  for (size_t i = 0; i < row->n_labels; i++)
    free(row->labels[i].value);
  row->n_labels = 0;
  free(row->name);
  row->name = NULL;
}

static bool write_name(rb_stream_row *row, rb_err *err) {
  size_t n = 0;
  FILE *out = rb_mem_stream(&row->name, &n);
  bool ok = out != NULL;
  for (size_t i = 0; ok && i < row->n_labels; i++) {
    char *word = NULL;
    ok = rb_escape_copy(row->labels[i].value, RB_ESCAPE_WORD, LABEL_WIDTH, &word, err);
    if (ok)
      fprintf(out, "%s%s=%s", i ? "/" : "", row->labels[i].key, word);
    free(word);
  }
  if (ok && row->n_labels == 0)
    fputs("cell", out); /* of a foreign trace that tells nothing of it */
  if (out && fclose(out) == 0 && ok)
    return true;
  return rb_fail(err, RB_FAILED, "out of memory while naming a cell");
}

static bool name_row(const rb_stream *stream, rb_stream_row *row, const naming *how, rb_err *err) {
  const rb_record *header = stream->runs[row->run].header;
  const char *run_id = header ? rb_record_get_text(header, RB_F_run_id) : NULL;
  char run[RUN_DIGITS + 1];
  free_name(row);
  bool ok = add_field(row, RB_F_suite, err);
  for (size_t i = 0; ok && i < rb_load_n_key; i++)
    if (!is_left_out(row->cell, rb_load_key[i], how))
      ok = add_field(row, rb_load_key[i], err);
  ok = ok && add_field(row, RB_F_seed, err);
  snprintf(run, sizeof run, "%s", run_id ? run_id : "");
  if (ok && how->with & WITH_RUN)
    ok = add_label(row, "run", run, err);
  return ok && write_name(row, err);
}

static int by_name(const void *left, const void *right) {
  const rb_stream_row *a = *(const rb_stream_row *const *)left;
  const rb_stream_row *b = *(const rb_stream_row *const *)right;
  return strcmp(a->name, b->name);
}

/* Two rows of one name; NULL if there are none. order: room for n_rows. */
static const rb_stream_row *find_double(const rb_stream *stream, const rb_stream_row **order) {
  for (size_t i = 0; i < stream->n_rows; i++)
    order[i] = &stream->rows[i];
  qsort(order, stream->n_rows, sizeof *order, by_name);
  for (size_t i = 1; i < stream->n_rows; i++)
    if (strcmp(order[i - 1]->name, order[i]->name) == 0)
      return order[i];
  return NULL;
}

static bool has_devices(const rb_stream *stream) {
  const rb_record *first = NULL;
  for (size_t i = 0; i < stream->n_rows; i++) {
    const rb_record *cell = stream->rows[i].cell;
    if (rb_load_is_reference(cell))
      continue;
    if (first && rb_load_compare(cell, first, RB_F_device) != 0)
      return true;
    first = first ? first : cell;
  }
  return false;
}

static bool name_rows(rb_stream *stream, rb_err *err) {
  const rb_stream_row *twice = NULL;
  void *order = NULL;
  naming how = {0, has_devices(stream)};
  bool ok = rb_alloc(&order, stream->n_rows, sizeof twice, "names of cells", err);
  for (; ok; how.with++) {
    for (size_t i = 0; ok && i < stream->n_rows; i++)
      ok = name_row(stream, &stream->rows[i], &how, err);
    twice = ok ? find_double(stream, order) : NULL;
    if (!twice || how.with == WITH_ALL)
      break;
  }
  free(order);
  if (twice)
    return rb_fail(err, RB_USAGE,
                   "cell %.400s is there twice, last in %.400s; name each trace once", twice->name,
                   stream->runs[twice->run].path);
  return ok;
}

/* ---- reading ---- */

static void judge_row(rb_stream_row *row) {
  static const rb_stream_outcome outcomes[RB_N_STATUS] = {[RB_STATUS_OK] = RB_STREAM_PASSED,
                                                          [RB_STATUS_OUTSIDE] = RB_STREAM_PASSED,
                                                          [RB_STATUS_INTERRUPTED] =
                                                              RB_STREAM_SKIPPED,
                                                          [RB_STATUS_FAILED] = RB_STREAM_TROUBLE,
                                                          [RB_STATUS_WRONG] = RB_STREAM_WRONG};
  row->outcome = outcomes[rb_load_status(row->cell)];
  row->why = row->outcome == RB_STREAM_PASSED ? NULL : rb_reasons_text(row->cell);
}

static rb_stream_run *begin_run(rb_stream *out, const char *path, const rb_record *header) {
  rb_stream_run *run = &out->runs[out->n_runs++];
  *run = (rb_stream_run){.header = header, .path = path, .first = out->n_rows};
  run->n_planned = header ? rb_record_get_integer(header, RB_F_n_cells) : 0;
  return run;
}

static void read_trace(const rb_trace *trace, const char *path, rb_stream *out) {
  rb_stream_run *run = NULL;
  for (size_t i = 0; i < trace->n_records; i++) {
    const rb_record *record = trace->records[i];
    bool header = rb_record_is_text(record, RB_F_type, "run");
    if (header || !run)
      run = begin_run(out, path, header ? record : NULL);
    if (rb_record_is_text(record, RB_F_type, "end")) {
      uint64_t code = rb_record_get_integer(record, RB_F_exit_code);
      run->ended = code != 130 && code != 143;
    }
    if (!run->device && rb_record_has(record, RB_F_device) && !rb_load_is_reference(record))
      run->device = record;
    if (!rb_record_is_text(record, RB_F_type, "cell"))
      continue;
    rb_stream_row *row = &out->rows[out->n_rows++];
    *row = (rb_stream_row){.cell = record, .run = out->n_runs - 1};
    run->n_rows++;
    judge_row(row);
    measure_row(row);
  }
}

bool rb_stream_make(const rb_trace *traces, const char *const *paths, size_t n_traces,
                    rb_stream *out, rb_err *err) {
  size_t n_runs = n_traces, n_rows = 0;
  void *memory = NULL;
  *out = (rb_stream){0};
  for (size_t i = 0; i < n_traces; i++)
    for (size_t k = 0; k < traces[i].n_records; k++) {
      n_runs += rb_record_is_text(traces[i].records[k], RB_F_type, "run");
      n_rows += rb_record_is_text(traces[i].records[k], RB_F_type, "cell");
    }
  bool ok = rb_alloc(&memory, n_runs, sizeof *out->runs, "runs of the traces", err);
  out->runs = memory;
  ok = ok && rb_alloc(&memory, n_rows, sizeof *out->rows, "cells of the traces", err);
  out->rows = ok ? memory : NULL;
  for (size_t i = 0; ok && i < n_traces; i++)
    read_trace(&traces[i], paths[i], out);
  for (size_t i = 0; ok && i < out->n_runs; i++)
    if (out->runs[i].n_planned < out->runs[i].n_rows) /* a merge may drop inner headers */
      out->runs[i].n_planned = out->runs[i].n_rows;
  ok = ok && name_rows(out, err);
  if (!ok)
    rb_stream_free(out);
  return ok;
}

void rb_stream_free(rb_stream *stream) {
  for (size_t i = 0; i < stream->n_rows; i++)
    free_name(&stream->rows[i]);
  free(stream->rows);
  free(stream->runs);
  *stream = (rb_stream){0};
}
