// SPDX-License-Identifier: Apache-2.0
#include "report/sheet.h"

#include <assert.h>
#include <math.h>

#include "report/load.h"

enum { AT_CASE, AT_OUTCOME, AT_WHY, AT_TRACE, N_OWN, MAX_COLUMNS = 96 };

/* Of the header, then of the cell beside its configuration. */
static const rb_field of_run[] = {RB_F_run_id,       RB_F_started,    RB_F_tool_version,
                                  RB_F_git_revision, RB_F_suite_hash, RB_F_suite};
static const rb_field of_cell[] = {
    RB_F_id,         RB_F_device_name, RB_F_platform,     RB_F_driver,  RB_F_status,
    RB_F_verified,   RB_F_seed,        RB_F_verify_error, RB_F_clock,   RB_F_plausible,
    RB_F_target_met, RB_F_cold_ns,     RB_F_compile_ns,   RB_F_load_ns, RB_F_samples,
    RB_F_flop,       RB_F_censored,    RB_F_n_trials};
enum { N_RUN = sizeof of_run / sizeof of_run[0], N_CELL = sizeof of_cell / sizeof of_cell[0] };

/* Columns in the order: own, run, cell, configuration, measures, count of repetitions. */
typedef struct sheet {
  rb_column columns[MAX_COLUMNS];
  size_t n, configuration, measures;
} sheet;

static void add_field(sheet *to, rb_field field) {
  static const rb_column_type types[] = {[RB_TYPE_text] = RB_COLUMN_TEXT,
                                         [RB_TYPE_integer] = RB_COLUMN_INTEGER,
                                         [RB_TYPE_real] = RB_COLUMN_REAL,
                                         [RB_TYPE_truth] = RB_COLUMN_TRUTH};
  assert(to->n < MAX_COLUMNS && rb_schema[field].type <= RB_TYPE_truth);
  to->columns[to->n++] =
      (rb_column){.name = rb_schema[field].name, .type = types[rb_schema[field].type]};
}

static void lay_out(sheet *to) {
  static const rb_column own[N_OWN] = {{.name = "case", .type = RB_COLUMN_TEXT},
                                       {.name = "outcome", .type = RB_COLUMN_TEXT},
                                       {.name = "why", .type = RB_COLUMN_TEXT},
                                       {.name = "trace", .type = RB_COLUMN_TEXT}};
  *to = (sheet){.n = 0};
  for (int i = 0; i < N_OWN; i++)
    to->columns[to->n++] = own[i];
  for (int i = 0; i < N_RUN; i++)
    add_field(to, of_run[i]);
  for (int i = 0; i < N_CELL; i++)
    add_field(to, of_cell[i]);
  to->configuration = to->n;
  for (size_t i = 0; i < rb_load_n_key; i++)
    add_field(to, rb_load_key[i]);
  to->measures = to->n;
  assert(to->n + RB_STREAM_N_MEASURES < MAX_COLUMNS);
  for (int i = 0; i < RB_STREAM_N_MEASURES; i++) {
    const rb_stream_info *info = &rb_stream_measures[i];
    to->columns[to->n++] = (rb_column){.name = rb_schema[info->field].name,
                                       .title = info->title,
                                       .type = info->type,
                                       .ranged = info->ranged};
  }
  to->columns[to->n++] = (rb_column){.name = "repetitions", .type = RB_COLUMN_INTEGER};
}

static void put_field(rb_table *table, size_t at, const rb_record *record, rb_field field) {
  if (!record || !rb_record_has(record, field))
    return;
  if (rb_schema[field].type == RB_TYPE_text)
    rb_table_text(table, at, rb_record_get_text(record, field));
  else if (rb_schema[field].type == RB_TYPE_integer)
    rb_table_integer(table, at, rb_record_get_integer(record, field));
  else if (rb_schema[field].type == RB_TYPE_truth)
    rb_table_truth(table, at, rb_record_get_truth(record, field));
  else
    rb_table_real(table, at, rb_record_get_real(record, field));
}

static void put_measures(rb_table *table, size_t at, const rb_stream_row *row) {
  rb_spread time = {0};
  for (int i = 0; i < RB_STREAM_N_MEASURES; i++) {
    const double *value = row->measures[i];
    if (rb_stream_measures[i].type == RB_COLUMN_BYTES && isfinite(value[0]))
      rb_table_integer(table, at + (size_t)i,
                       rb_record_get_integer(row->cell, rb_stream_measures[i].field));
    else if (rb_stream_measures[i].ranged)
      rb_table_range(table, at + (size_t)i, value);
    else if (rb_stream_measures[i].type != RB_COLUMN_BYTES)
      rb_table_real(table, at + (size_t)i, value[0]);
  }
  if (rb_stream_has(row, RB_STREAM_time_ns) && rb_record_get_spread(row->cell, RB_F_time_ns, &time))
    rb_table_integer(table, at + RB_STREAM_N_MEASURES, time.n);
}

static void put_row(rb_table *table, const sheet *of, const rb_stream *stream,
                    const rb_stream_row *row) {
  const rb_stream_run *run = &stream->runs[row->run];
  rb_table_row(table);
  rb_table_text(table, AT_CASE, row->name);
  rb_table_text(table, AT_OUTCOME, rb_stream_outcomes[row->outcome]);
  rb_table_text(table, AT_WHY, row->why);
  rb_table_text(table, AT_TRACE, run->path);
  for (size_t i = 0; i < N_RUN; i++)
    put_field(table, N_OWN + i, run->header, of_run[i]);
  for (size_t i = 0; i < N_CELL; i++)
    put_field(table, N_OWN + N_RUN + i, row->cell, of_cell[i]);
  for (size_t i = 0; i < rb_load_n_key; i++)
    put_field(table, of->configuration + i, row->cell, rb_load_key[i]);
  put_measures(table, of->measures, row);
}

bool rb_sheet_fill(const rb_stream *stream, rb_format format, rb_table **out, rb_err *err) {
  sheet of;
  lay_out(&of);
  if (!rb_table_open(of.columns, of.n, out, err))
    return false;
  for (size_t i = 0; i < stream->n_rows; i++)
    put_row(*out, &of, stream, &stream->rows[i]);
  if (format != RB_FORMAT_MD)
    return true;
  for (size_t i = 0; i < of.n; i++)
    if ((i > AT_WHY && i < of.measures) || (i > AT_OUTCOME && rb_table_is_empty(*out, i)))
      rb_table_hide(*out, i);
  return true;
}

/* What people find elsewhere on a page: a name of many words, the hash of a configuration that the
 * row has in full, an outcome of which the status says more, and what devices have beside a name.
 */
static bool is_told(const sheet *of, size_t column) {
  static const rb_field told[] = {RB_F_id, RB_F_platform, RB_F_driver};
  for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
    if (column >= N_OWN + N_RUN && column < of->configuration &&
        of_cell[column - N_OWN - N_RUN] == told[i])
      return true;
  return column == AT_CASE || column == AT_OUTCOME;
}

size_t rb_sheet_narrow(rb_table *table) {
  sheet of;
  size_t n = 0;
  lay_out(&of);
  for (size_t i = 0; i < of.n; i++)
    if (is_told(&of, i) || rb_table_is_empty(table, i) || rb_table_is_constant(table, i))
      rb_table_hide(table, i);
    else
      n++;
  return n;
}
