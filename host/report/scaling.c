// SPDX-License-Identifier: Apache-2.0
#include "report/scaling.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/devices.h"
#include "report/escape.h"
#include "report/head.h"
#include "report/jsonout.h"
#include "report/remark.h"
#include "report/warning.h"
#include "report/wrap.h"

enum { MAX_POINTS_TOLD = 8 }; /* cliffs and sizes left out of one curve; the table has the rest */

/* ---- sizes ---- */

/* Configuration of a curve: what it varies is null. */
static const rb_field fields[] = {RB_F_device, RB_F_part,     RB_F_backend, RB_F_sampler, RB_F_law,
                                  RB_F_inputs, RB_F_ablation, RB_F_d,       RB_F_r,       RB_F_T,
                                  RB_F_m,      RB_F_n1,       RB_F_n2,      RB_F_rounds};
enum { N_FIELDS = sizeof fields / sizeof fields[0], AT_FIELDS = 2, AT_OWN = AT_FIELDS + N_FIELDS };
#define CONFIGURATION                                                                              \
  {.name = "curve", .type = RB_COLUMN_INTEGER}, {.name = "axis", .type = RB_COLUMN_TEXT},          \
      {.name = "device", .type = RB_COLUMN_TEXT}, {.name = "part", .type = RB_COLUMN_TEXT},        \
      {.name = "backend", .type = RB_COLUMN_TEXT}, {.name = "sampler", .type = RB_COLUMN_TEXT},    \
      {.name = "law", .type = RB_COLUMN_TEXT}, {.name = "inputs", .type = RB_COLUMN_TEXT},         \
      {.name = "ablation", .type = RB_COLUMN_TEXT}, {.name = "d", .type = RB_COLUMN_INTEGER},      \
      {.name = "r", .type = RB_COLUMN_INTEGER}, {.name = "T", .type = RB_COLUMN_INTEGER},          \
      {.name = "m", .type = RB_COLUMN_INTEGER}, {.name = "n1", .type = RB_COLUMN_INTEGER},         \
      {.name = "n2", .type = RB_COLUMN_INTEGER}, {                                                 \
    .name = "rounds", .type = RB_COLUMN_INTEGER                                                    \
  }

static void begin_row(rb_table *table, size_t number, const rb_growth_curve *curve) {
  rb_table_row(table);
  rb_table_integer(table, 0, number);
  rb_table_text(table, 1, rb_growth_axes[curve->axis]);
  for (size_t i = 0; i < N_FIELDS; i++) {
    if ((rb_growth_along(curve->axis) & rb_load_bit(fields[i])) ||
        !rb_record_has(curve->cell, fields[i]))
      continue;
    if (rb_schema[fields[i]].type == RB_TYPE_text)
      rb_table_text(table, AT_FIELDS + i, rb_record_get_text(curve->cell, fields[i]));
    else
      rb_table_integer(table, AT_FIELDS + i, rb_record_get_integer(curve->cell, fields[i]));
  }
}

enum {
  AT_SIZE = AT_OWN,
  AT_TIME,
  AT_BEST,
  AT_ROOF,
  AT_SLOPE,
  AT_STEP,
  AT_STEP_LO,
  AT_MEMORY,
  AT_USED,
  AT_FILLED,
  AT_CLIFF,
  AT_NOTE
};
static const rb_column size_columns[] = {
    CONFIGURATION,
    {.name = "size", .type = RB_COLUMN_INTEGER},
    {.name = "time_ns", .title = "time (95 %)", .type = RB_COLUMN_TIME, .ranged = true},
    {.name = "of_best", .title = "rate/best", .type = RB_COLUMN_PERCENT},
    {.name = "roof_fraction", .title = "roof", .type = RB_COLUMN_PERCENT},
    {.name = "local_slope", .title = "local slope", .type = RB_COLUMN_PLAIN},
    {.name = "step", .type = RB_COLUMN_PLAIN},
    {.name = "step_lo", .title = "at least", .type = RB_COLUMN_PLAIN},
    {.name = "peak_device_bytes", .title = "memory", .type = RB_COLUMN_BYTES},
    {.name = "used", .type = RB_COLUMN_TRUTH},
    {.name = "filled", .type = RB_COLUMN_TRUTH},
    {.name = "cliff", .type = RB_COLUMN_TRUTH},
    {.name = "note", .type = RB_COLUMN_TEXT},
};
enum { N_SIZE_COLUMNS = sizeof size_columns / sizeof size_columns[0] };

static const char *note_of(const rb_growth_point *point) {
  return !point->used                    ? "left out"
         : point->cliff && point->filled ? "filled, cliff"
         : point->cliff                  ? "cliff"
         : point->filled                 ? "filled"
                                         : NULL;
}

static void put_sizes(rb_table *table, size_t number, const rb_growth_curve *curve, bool people) {
  for (size_t i = 0; i < curve->n_points; i++) {
    const rb_growth_point *point = &curve->points[i];
    begin_row(table, number, curve);
    rb_table_integer(table, AT_SIZE, point->size);
    rb_table_range(table, AT_TIME, point->time);
    rb_table_real(table, AT_BEST, point->of_best);
    rb_table_real(table, AT_ROOF, point->roof);
    rb_table_real(table, AT_SLOPE, point->slope);
    rb_table_real(table, AT_STEP, point->step[0]);
    rb_table_real(table, AT_STEP_LO, point->step[1]);
    if (isfinite(point->peak_bytes))
      rb_table_integer(table, AT_MEMORY, (uint64_t)point->peak_bytes);
    rb_table_truth(table, AT_USED, point->used);
    rb_table_truth(table, AT_FILLED, point->filled);
    rb_table_truth(table, AT_CLIFF, point->cliff);
    if (people)
      rb_table_text(table, AT_NOTE, note_of(point));
  }
}

/* The note stands for three columns, and the sentences for the lower end of a step. */
static void hide_for_people(rb_table *table, size_t from) {
  static const size_t told[] = {AT_STEP_LO, AT_USED, AT_FILLED, AT_CLIFF};
  for (size_t i = from; i < AT_OWN; i++)
    rb_table_hide(table, i);
  for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
    rb_table_hide(table, told[i]);
  for (size_t i = AT_OWN; i < N_SIZE_COLUMNS; i++)
    if (rb_table_is_empty(table, i))
      rb_table_hide(table, i);
}

/* For programs the note is no column. */
static bool make_sizes(const rb_growth *growth, rb_table **out, rb_err *err) {
  if (!rb_table_open(size_columns, AT_NOTE, out, err))
    return false;
  for (size_t i = 0; i < growth->n_curves; i++)
    put_sizes(*out, i, &growth->curves[i], false);
  return true;
}

/* ---- curves ---- */

enum {
  AT_STATE = AT_OWN,
  AT_REASON,
  AT_N_SIZES,
  AT_N_USED,
  AT_N_FILLED,
  AT_FROM,
  AT_TO,
  AT_RUN_ERROR,
  AT_VALUE, /* value, lo, hi */
  AT_N_CLIFFS = AT_VALUE + 3,
  AT_FIXED,
  AT_EACH,
  AT_MISFIT,
  AT_FLAT
};
static const rb_column curve_columns[] = {
    CONFIGURATION,
    {.name = "state", .type = RB_COLUMN_TEXT},
    {.name = "reason", .type = RB_COLUMN_TEXT},
    {.name = "n_sizes", .type = RB_COLUMN_INTEGER},
    {.name = "n_used", .type = RB_COLUMN_INTEGER},
    {.name = "n_filled", .type = RB_COLUMN_INTEGER},
    {.name = "filled_from", .type = RB_COLUMN_INTEGER},
    {.name = "filled_to", .type = RB_COLUMN_INTEGER},
    {.name = "run_error", .type = RB_COLUMN_REAL},
    {.name = "slope", .type = RB_COLUMN_REAL},
    {.name = "slope_lo95", .type = RB_COLUMN_REAL},
    {.name = "slope_hi95", .type = RB_COLUMN_REAL},
    {.name = "n_cliffs", .type = RB_COLUMN_INTEGER},
    {.name = "fixed_ns", .type = RB_COLUMN_TIME, .ranged = true},
    {.name = "each_ns", .type = RB_COLUMN_TIME, .ranged = true},
    {.name = "misfit", .type = RB_COLUMN_REAL},
    {.name = "memory_flat_from", .type = RB_COLUMN_INTEGER},
};

static bool make_curves(const rb_growth *growth, rb_table **out, rb_err *err) {
  if (!rb_table_open(curve_columns, sizeof curve_columns / sizeof curve_columns[0], out, err))
    return false;
  for (size_t i = 0; i < growth->n_curves; i++) {
    const rb_growth_curve *curve = &growth->curves[i];
    begin_row(*out, i, curve);
    rb_table_text(*out, AT_STATE, rb_growth_states[curve->state]);
    rb_table_text(*out, AT_REASON, curve->reason[0] ? curve->reason : NULL);
    rb_table_integer(*out, AT_N_SIZES, curve->n_points);
    rb_table_integer(*out, AT_N_USED, curve->n_used);
    rb_table_integer(*out, AT_N_FILLED, curve->n_filled);
    if (curve->n_filled) {
      size_t last = curve->n_points - 1;
      while (!curve->points[last].filled)
        last--;
      rb_table_integer(*out, AT_FROM, curve->points[curve->first_filled].size);
      rb_table_integer(*out, AT_TO, curve->points[last].size);
    }
    rb_table_real(*out, AT_RUN_ERROR, curve->run_error);
    for (size_t j = 0; j < 3; j++)
      rb_table_real(*out, AT_VALUE + j, curve->slope[j]);
    rb_table_integer(*out, AT_N_CLIFFS, curve->n_cliffs);
    rb_table_range(*out, AT_FIXED, curve->fixed);
    rb_table_range(*out, AT_EACH, curve->each);
    rb_table_real(*out, AT_MISFIT, curve->misfit);
    if (curve->first_flat < curve->n_points)
      rb_table_integer(*out, AT_FLAT, curve->points[curve->first_flat].size);
  }
  return true;
}

/* ---- people ---- */

static bool put_sentences(const rb_growth *growth, const rb_growth_curve *curve, bool md, FILE *out,
                          rb_err *err) {
  static bool (*const all[])(const rb_growth_curve *, char **,
                             rb_err *) = {rb_remark_slope, rb_remark_fixed, rb_remark_memory};
  char *text = NULL;
  size_t n = 0;
  bool ok = rb_remark_title(growth, curve, &text, err) && rb_wrap_sentence(out, md, "", text, err);
  for (int i = 0; ok && i < 3; i++)
    ok = all[i](curve, &text, err) && rb_wrap_sentence(out, md, "  ", text, err);
  for (size_t i = 0; ok && i < curve->n_points && n < MAX_POINTS_TOLD; i++) {
    ok = rb_remark_point(curve, i, &text, err);
    n += ok && text;
    ok = ok && rb_wrap_sentence(out, md, "  ", text, err);
  }
  return ok;
}

/* What a reader must not overlook, index 0..RB_N_WARNINGS. */
static bool find_warning(const rb_growth *growth, int which, char **out, rb_err *err) {
  return which == RB_N_WARNINGS ? rb_remark_busy(growth, out, err)
                                : rb_warning_text(&growth->load, (rb_warning)which, out, err);
}

static bool put_warnings(const rb_growth *growth, bool md, FILE *out, rb_err *err) {
  bool ok = true;
  for (int i = 0; ok && i <= RB_N_WARNINGS; i++) {
    char *text = NULL;
    ok = find_warning(growth, i, &text, err) && rb_wrap_sentence(out, md, "warning: ", text, err);
  }
  return ok;
}

static bool show_curve(const rb_growth *growth, size_t i, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  bool ok = put_sentences(growth, &growth->curves[i], false, out, err) &&
            rb_table_open(size_columns, N_SIZE_COLUMNS, &table, err);
  if (ok) {
    put_sizes(table, i, &growth->curves[i], true);
    rb_table_rename(table, AT_SIZE, rb_growth_axes[growth->curves[i].axis]);
    hide_for_people(table, 0);
    ok = rb_table_write(table, RB_FORMAT_TABLE, out, err);
  }
  fputc('\n', out);
  rb_table_free(table);
  return ok;
}

static bool show_table(const rb_growth *growth, const rb_scaling_options *options, FILE *out,
                       rb_err *err) {
  char *claim = NULL;
  bool ok = rb_head_verdict(&growth->load, out, err) && rb_remark_claim(growth, &claim, err) &&
            rb_wrap_sentence(out, false, "", claim, err) &&
            rb_devices_roofs(&growth->load, out, err);
  fputc('\n', out);
  for (size_t i = 0; ok && i < growth->n_curves; i++)
    ok = show_curve(growth, i, out, err);
  ok = ok && put_warnings(growth, false, out, err);
  fputc('\n', out);
  return ok && rb_head_provenance(&growth->load, options->path, out, err);
}

static bool show_md(const rb_growth *growth, FILE *out, rb_err *err) {
  char *claim = NULL;
  rb_table *table = NULL;
  bool ok = rb_remark_claim(growth, &claim, err);
  if (ok)
    fprintf(out, "%s\n\n", claim);
  free(claim);
  for (size_t i = 0; ok && i < growth->n_curves; i++) {
    ok = put_sentences(growth, &growth->curves[i], true, out, err);
    fputc('\n', out);
  }
  ok = ok && rb_table_open(size_columns, N_SIZE_COLUMNS, &table, err);
  for (size_t i = 0; ok && i < growth->n_curves; i++)
    put_sizes(table, i, &growth->curves[i], true);
  if (ok) {
    hide_for_people(table, AT_FIELDS);
    ok = rb_table_write(table, RB_FORMAT_MD, out, err);
  }
  rb_table_free(table);
  fputc('\n', out);
  return ok && put_warnings(growth, true, out, err);
}

/* ---- programs ---- */

static json_t *warnings_json(const rb_growth *growth) {
  json_t *list = json_array();
  bool ok = list != NULL;
  for (int i = 0; ok && i <= RB_N_WARNINGS; i++) {
    char *text = NULL;
    rb_err ignored = {0};
    ok = find_warning(growth, i, &text, &ignored) &&
         (!text || json_array_append_new(list, rb_jsonout_text(text)) == 0);
    free(text);
  }
  if (!ok)
    json_decref(list);
  return ok ? list : NULL;
}

static json_t *scaling_json(const rb_growth *growth) {
  const rb_record *run = growth->load.run;
  char *claim = NULL;
  rb_err ignored = {0};
  if (!rb_remark_claim(growth, &claim, &ignored))
    return NULL;
  json_t *out = json_pack(
      "{s:o, s:i, s:s?, s:s?, s:f, s:f, s:f, s:f, s:I, s:o}", "text", rb_jsonout_text(claim),
      "exit_code", growth->code, "suite", run ? rb_record_get_text(run, RB_F_suite) : NULL,
      "run_id", run ? rb_record_get_text(run, RB_F_run_id) : NULL, "tolerance", RB_GROWTH_TOLERANCE,
      "filled_at", RB_GROWTH_FILLED, "cliff_above", RB_GROWTH_CLIFF, "flat_within", RB_GROWTH_FLAT,
      "n_curves", (json_int_t)growth->n_curves, "warnings", warnings_json(growth));
  free(claim);
  char name[32];
  for (int i = 0; out && i < RB_GROWTH_N_STATES; i++) {
    snprintf(name, sizeof name, "n_%s", rb_growth_states[i]);
    if (json_object_set_new(out, name, json_integer((json_int_t)growth->n_state[i])) != 0) {
      json_decref(out);
      out = NULL;
    }
  }
  return out;
}

static bool show_json(const rb_growth *growth, FILE *out, rb_err *err) {
  rb_table *curves = NULL, *sizes = NULL;
  json_t *curve_rows = NULL, *size_rows = NULL;
  json_t *whole = json_object();
  bool ok = whole && json_object_set_new(whole, "scaling", scaling_json(growth)) == 0 &&
            make_curves(growth, &curves, err) && rb_table_json(curves, &curve_rows, err) &&
            json_object_set(whole, "curves", curve_rows) == 0 && make_sizes(growth, &sizes, err) &&
            rb_table_json(sizes, &size_rows, err) &&
            json_object_set(whole, "sizes", size_rows) == 0;
  json_decref(curve_rows);
  json_decref(size_rows);
  rb_table_free(curves);
  rb_table_free(sizes);
  if (!ok) {
    json_decref(whole);
    whole = NULL;
  }
  return rb_jsonout_write(whole, "JSON of the scaling", out, err);
}

static bool show_csv(const rb_growth *growth, FILE *out, rb_err *err) {
  rb_table *table = NULL;
  bool ok = make_sizes(growth, &table, err) && rb_table_write(table, RB_FORMAT_CSV, out, err);
  rb_table_free(table);
  return ok;
}

bool rb_scaling_show(const rb_growth *growth, const rb_scaling_options *options, FILE *out,
                     rb_err *err) {
  bool ok = false;
  switch (options->format) {
  case RB_FORMAT_TABLE:
    ok = show_table(growth, options, out, err);
    break;
  case RB_FORMAT_JSON:
    ok = show_json(growth, out, err);
    break;
  case RB_FORMAT_CSV:
    ok = show_csv(growth, out, err);
    break;
  case RB_FORMAT_MD:
    ok = show_md(growth, out, err);
    break;
  }
  if (ok && (fflush(out) != 0 || ferror(out)))
    return rb_fail(err, RB_FAILED, "cannot write about scaling: %s", strerror(errno));
  return ok;
}
