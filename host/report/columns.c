// SPDX-License-Identifier: Apache-2.0
#include "report/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/problem.h"
#include "report/escape.h"

enum { LINE_WIDTH = 100 };

/* Sections that show a column; MACHINE is for json and csv alone. */
enum { CHECK = 1, LEARN = 2, TIME = 4, EVERY = 7, MACHINE = 0 };

typedef enum role {
  ROLE_KEY,      /* configuration: the same in all cells of a row */
  ROLE_CELL,     /* only where a row is one cell */
  ROLE_FIRST,    /* text or number of the first cell that has it */
  ROLE_LEARNED,  /* real or last of reals: median and interval over seeds */
  ROLE_MEDIAN,   /* real */
  ROLE_LARGEST,  /* real or integer */
  ROLE_RATE,     /* real of rated cells: median */
  ROLE_DURATION, /* spread of rated cells: the cell's own, or over the seeds' medians */
  ROLE_ALL,      /* truth: true if true in every cell that has it */
  ROLE_COUNT,    /* cells in the row */
  ROLE_OK,       /* cells with status ok */
  ROLE_STATUS,   /* the worst */
  ROLE_REASON,   /* of the first cell with the worst status */
  ROLE_NOTES     /* what is to be said about the timing */
} role;

typedef struct shown {
  rb_field field;
  const char *name, *title; /* NULL: as in the schema; the name */
  rb_column_type type;
  role role;
  unsigned sections;
} shown;

static const shown all_shown[] = {
    {RB_F_part, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_mode, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_device, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_workload, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_backend, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_variant, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_sampler, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_d, NULL, NULL, RB_COLUMN_INTEGER, ROLE_KEY, EVERY},
    {RB_F_r, NULL, NULL, RB_COLUMN_INTEGER, ROLE_KEY, EVERY},
    {RB_F_T, NULL, NULL, RB_COLUMN_INTEGER, ROLE_KEY, EVERY},
    {RB_F_m, NULL, NULL, RB_COLUMN_INTEGER, ROLE_KEY, EVERY},
    {RB_F_n1, NULL, NULL, RB_COLUMN_INTEGER, ROLE_KEY, EVERY},
    {RB_F_n2, NULL, NULL, RB_COLUMN_INTEGER, ROLE_KEY, EVERY},
    {RB_F_rounds, NULL, NULL, RB_COLUMN_INTEGER, ROLE_KEY, EVERY},
    {RB_F_law, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_tasks, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_inputs, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_ablation, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_eta_a, NULL, NULL, RB_COLUMN_SETTING, ROLE_KEY, EVERY},
    {RB_F_eta_w, NULL, NULL, RB_COLUMN_SETTING, ROLE_KEY, EVERY},
    {RB_F_decay, NULL, NULL, RB_COLUMN_SETTING, ROLE_KEY, EVERY},
    {RB_F_tile, NULL, NULL, RB_COLUMN_INTEGER, ROLE_KEY, EVERY},
    {RB_F_chunk, NULL, NULL, RB_COLUMN_INTEGER, ROLE_KEY, EVERY},
    {RB_F_seed, NULL, NULL, RB_COLUMN_INTEGER, ROLE_CELL, EVERY},
    {RB_F_id, NULL, NULL, RB_COLUMN_TEXT, ROLE_CELL, MACHINE},
    {RB_F_seed, "seeds", NULL, RB_COLUMN_INTEGER, ROLE_COUNT, EVERY},
    {RB_F_status, "n_ok", NULL, RB_COLUMN_INTEGER, ROLE_OK, MACHINE},
    {RB_F_alignment, NULL, NULL, RB_COLUMN_REAL, ROLE_LEARNED, LEARN},
    {RB_F_ratio, NULL, NULL, RB_COLUMN_REAL, ROLE_LEARNED, LEARN},
    {RB_F_ratio_bound, NULL, "ratio bound", RB_COLUMN_REAL, ROLE_MEDIAN, LEARN},
    {RB_F_sin_theta, NULL, "sin-theta", RB_COLUMN_REAL, ROLE_LEARNED, LEARN},
    {RB_F_singular_values, "singular_min", "weakest feature", RB_COLUMN_REAL, ROLE_LEARNED, LEARN},
    {RB_F_net_max, NULL, NULL, RB_COLUMN_REAL, ROLE_LARGEST, MACHINE},
    {RB_F_time_ns, NULL, "time", RB_COLUMN_TIME, ROLE_DURATION, TIME},
    {RB_F_samples_per_s, NULL, "samples/s", RB_COLUMN_SI, ROLE_RATE, TIME},
    {RB_F_gflops, NULL, "GFLOP/s", RB_COLUMN_REAL, ROLE_RATE, TIME},
    {RB_F_roof_fraction, NULL, "of roof", RB_COLUMN_PERCENT, ROLE_RATE, TIME},
    {RB_F_cold_ns, NULL, "cold", RB_COLUMN_TIME, ROLE_MEDIAN, MACHINE},
    {RB_F_compile_ns, NULL, "compile", RB_COLUMN_TIME, ROLE_MEDIAN, TIME},
    {RB_F_peak_device_bytes, NULL, "memory", RB_COLUMN_BYTES, ROLE_LARGEST, TIME},
    {RB_F_verified, NULL, NULL, RB_COLUMN_TRUTH, ROLE_ALL, EVERY},
    {RB_F_verify_scope, NULL, "scope", RB_COLUMN_TEXT, ROLE_FIRST, CHECK},
    {RB_F_verify_error, NULL, "error/tolerance", RB_COLUMN_REAL, ROLE_LARGEST, CHECK},
    {RB_F_clock, NULL, NULL, RB_COLUMN_TEXT, ROLE_FIRST, MACHINE},
    {RB_F_plausible, NULL, NULL, RB_COLUMN_TRUTH, ROLE_ALL, MACHINE},
    {RB_F_target_met, NULL, NULL, RB_COLUMN_TRUTH, ROLE_ALL, MACHINE},
    {RB_F_status, NULL, NULL, RB_COLUMN_TEXT, ROLE_STATUS, EVERY},
    {RB_F_reason, NULL, NULL, RB_COLUMN_TEXT, ROLE_REASON, MACHINE},
    {RB_F_type, "notes", NULL, RB_COLUMN_TEXT, ROLE_NOTES, EVERY},
};
enum {
  N_SHOWN = sizeof all_shown / sizeof all_shown[0],
  MAX_COLUMNS = N_SHOWN + RB_LOAD_MAX_PHASES + 1
};

/* ---- a row's values ---- */

static bool has_learned(const rb_record *cell) {
  return rb_load_status(cell) == RB_STATUS_OK || rb_record_get_truth(cell, RB_F_verified);
}

/* One number of a cell for what; NAN if the cell has none or it must not count. */
static double number_of(const rb_record *cell, const shown *what) {
  bool rate = what->role == ROLE_RATE || what->role == ROLE_DURATION;
  rb_spread time = {0};
  double values[RB_MAX_R];
  size_t n = 0;
  if (rate ? !rb_load_is_rated(cell) : what->role == ROLE_LEARNED && !has_learned(cell))
    return NAN;
  switch (rb_schema[what->field].type) {
  case RB_TYPE_spread:
    return rb_record_get_spread(cell, what->field, &time) ? time.median : NAN;
  case RB_TYPE_reals:
    n = rb_record_get_reals(cell, what->field, values, RB_MAX_R);
    return n > 0 && n <= RB_MAX_R ? values[n - 1] : NAN;
  default:
    return rb_record_has(cell, what->field) ? rb_record_get_real(cell, what->field) : NAN;
  }
}

/* The numbers of a row into values (n_cells); returns how many there are. */
static size_t gather(const rb_load_row *row, const shown *what, double *values) {
  size_t n = 0;
  for (size_t i = 0; i < row->n_cells; i++) {
    double value = number_of(row->cells[i], what);
    if (isfinite(value))
      values[n++] = value;
  }
  return n;
}

static void put_numbers(const rb_load_row *row, const shown *what, double *values, rb_table *table,
                        size_t column) {
  size_t n = gather(row, what, values);
  if (n == 0)
    return;
  rb_spread over = rb_stats_spread(values, n);
  if (what->role == ROLE_LARGEST) {
    double largest = values[n - 1]; /* sorted by now */
    if (what->type == RB_COLUMN_BYTES)
      rb_table_integer(table, column, (uint64_t)largest);
    else
      rb_table_real(table, column, largest);
    return;
  }
  for (size_t i = 0; n == 1 && what->role == ROLE_DURATION && i < row->n_cells; i++)
    if (isfinite(number_of(row->cells[i], what)))
      rb_record_get_spread(row->cells[i], what->field, &over);
  if (what->role == ROLE_LEARNED || what->role == ROLE_DURATION)
    rb_table_range(table, column, (const double[3]){over.median, over.lo, over.hi});
  else
    rb_table_real(table, column, over.median);
}

static const rb_record *first_with(const rb_load_row *row, rb_field field) {
  for (size_t i = 0; i < row->n_cells; i++)
    if (rb_record_has(row->cells[i], field))
      return row->cells[i];
  return NULL;
}

static void put_field(const rb_record *cell, const shown *what, rb_table *table, size_t column) {
  if (!cell || !rb_record_has(cell, what->field))
    return;
  if (what->type == RB_COLUMN_TEXT)
    rb_table_text(table, column, rb_record_get_text(cell, what->field));
  else if (what->type == RB_COLUMN_INTEGER)
    rb_table_integer(table, column, rb_record_get_integer(cell, what->field));
  else
    rb_table_real(table, column, rb_record_get_real(cell, what->field));
}

static void put_all(const rb_load_row *row, const shown *what, rb_table *table, size_t column) {
  bool all = true;
  for (size_t i = 0; i < row->n_cells; i++)
    if (rb_record_has(row->cells[i], what->field))
      all &= rb_record_get_truth(row->cells[i], what->field);
  if (first_with(row, what->field))
    rb_table_truth(table, column, all);
}

static rb_status worst_of(const rb_load_row *row, const rb_record **cell, size_t *n_worst) {
  rb_status worst = RB_STATUS_OK;
  *cell = row->cells[0];
  *n_worst = 0;
  for (size_t i = 0; i < row->n_cells; i++) {
    rb_status status = rb_load_status(row->cells[i]);
    if (status > worst) {
      worst = status;
      *n_worst = 0;
      *cell = row->cells[i];
    }
    *n_worst += status == worst;
  }
  return worst;
}

static void put_status(const rb_load_row *row, const shown *what, bool people, rb_table *table,
                       size_t column) {
  const rb_record *cell = NULL;
  size_t n_worst = 0;
  char text[64];
  rb_status worst = worst_of(row, &cell, &n_worst);
  if (what->role == ROLE_REASON) {
    if (worst != RB_STATUS_OK)
      put_field(cell, what, table, column);
    return;
  }
  snprintf(text, sizeof text, "%s", rb_status_names[worst]);
  if (people && n_worst < row->n_cells)
    snprintf(text, sizeof text, "%zu of %zu %s", n_worst, row->n_cells, rb_status_names[worst]);
  rb_table_text(table, column, text);
}

static void put_notes(const rb_load_row *row, rb_table *table, size_t column) {
  bool above = false, host = false, wide = false;
  char text[64];
  for (size_t i = 0; i < row->n_cells; i++) {
    above |= rb_load_is_above_roof(row->cells[i]);
    host |= rb_load_is_host_clock(row->cells[i]);
    wide |= rb_load_is_wide(row->cells[i]);
  }
  snprintf(text, sizeof text, "%s%s%s%s%s", above ? "above roof" : "", above && host ? ", " : "",
           host ? "host clock" : "", (above || host) && wide ? ", " : "",
           wide ? "wide interval" : "");
  rb_table_text(table, column, text[0] ? text : NULL);
}

static void put_ok(const rb_load_row *row, rb_table *table, size_t column) {
  uint64_t n = 0;
  for (size_t i = 0; i < row->n_cells; i++)
    n += rb_load_status(row->cells[i]) == RB_STATUS_OK;
  rb_table_integer(table, column, n);
}

static void put_column(const rb_load_row *row, const shown *what, const rb_columns_view *view,
                       double *values, rb_table *table, size_t column) {
  switch (what->role) {
  case ROLE_KEY:
  case ROLE_CELL:
    put_field(row->cells[0], what, table, column);
    break;
  case ROLE_FIRST:
    put_field(first_with(row, what->field), what, table, column);
    break;
  case ROLE_LEARNED:
  case ROLE_MEDIAN:
  case ROLE_LARGEST:
  case ROLE_RATE:
  case ROLE_DURATION:
    put_numbers(row, what, values, table, column);
    break;
  case ROLE_ALL:
    put_all(row, what, table, column);
    break;
  case ROLE_COUNT:
    rb_table_integer(table, column, row->n_cells);
    break;
  case ROLE_OK:
    put_ok(row, table, column);
    break;
  case ROLE_STATUS:
  case ROLE_REASON:
    put_status(row, what, view->people, table, column);
    break;
  case ROLE_NOTES:
    put_notes(row, table, column);
    break;
  }
}

/* Median over the rated cells of each phase's share; values has room for the cells of every phase.
 */
static void put_phases(const rb_load *load, const rb_load_row *row, double *values, rb_table *table,
                       size_t column) {
  for (size_t phase = 0; phase <= load->n_phases; phase++) {
    size_t n = 0;
    for (size_t i = 0; i < row->n_cells; i++) {
      double shares[RB_LOAD_MAX_PHASES + 1];
      rb_load_shares(load, row->cells[i], shares);
      if (rb_load_is_rated(row->cells[i]) && isfinite(shares[phase]))
        values[n++] = shares[phase];
    }
    if (n)
      rb_table_real(table, column + phase, rb_stats_spread(values, n).median);
  }
}

/* ---- the table ---- */

static bool is_in(const shown *what, const rb_columns_view *view) {
  return what->role != (view->cells ? ROLE_COUNT : ROLE_CELL) &&
         !(view->cells && what->role == ROLE_OK);
}

/* The columns of a view into columns (MAX_COLUMNS) and what each shows (NULL: a phase); returns
 * their number. Phases follow the rates. */
static size_t list_columns(const rb_load *load, const rb_columns_view *view, rb_column *columns,
                           const shown **shows) {
  size_t n = 0;
  for (size_t i = 0; i < N_SHOWN; i++) {
    const shown *what = &all_shown[i];
    if (!is_in(what, view))
      continue;
    columns[n] = (rb_column){.name = what->name ? what->name : rb_schema[what->field].name,
                             .title = what->title,
                             .type = what->type,
                             .ranged = what->role == ROLE_LEARNED || what->role == ROLE_DURATION};
    shows[n++] = what;
    for (size_t j = 0; what->field == RB_F_roof_fraction && j <= load->n_phases; j++) {
      columns[n] = (rb_column){.name = load->phases[j],
                               .title = load->phases[j] + RB_LOAD_PHASE_PREFIX,
                               .type = RB_COLUMN_PERCENT};
      shows[n++] = NULL;
    }
  }
  return n;
}

static bool is_of_mode(const rb_load *load, size_t row, const char *mode) {
  return !mode || strcmp(rb_load_mode(load->rows[row].cells[0]), mode) == 0;
}

bool rb_columns_fill(const rb_load *load, const rb_columns_view *view, rb_table **out,
                     rb_err *err) {
  rb_column columns[MAX_COLUMNS];
  const shown *shows[MAX_COLUMNS];
  size_t n = list_columns(load, view, columns, shows);
  void *values = NULL;
  *out = NULL;
  if (!rb_alloc(&values, load->n_cells, sizeof(double), "numbers of the summary", err))
    return false;
  bool ok = rb_table_open(columns, n, out, err);
  for (size_t i = 0; ok && i < load->n_rows; i++) {
    const rb_load_row *row = &load->rows[i];
    if (!is_of_mode(load, i, view->mode))
      continue;
    rb_table_row(*out);
    for (size_t j = 0; j < n; j++)
      if (shows[j])
        put_column(row, shows[j], view, values, *out, j);
      else if (shows[j - 1])
        put_phases(load, row, values, *out, j);
  }
  free(values);
  return ok;
}

/* ---- for people ---- */

/* The step sizes of every cell of the view are those that the problem gets when it names none. */
static bool has_default_steps(const rb_load *load, const rb_columns_view *view) {
  for (size_t i = 0; i < load->n_rows; i++) {
    const rb_record *cell = load->rows[i].cells[0];
    rb_problem problem = rb_problem_default();
    rb_err ignored = {0};
    if (!is_of_mode(load, i, view->mode))
      continue;
    problem.d = (uint32_t)rb_record_get_integer(cell, RB_F_d);
    problem.r = (uint32_t)rb_record_get_integer(cell, RB_F_r);
    problem.m = (uint32_t)rb_record_get_integer(cell, RB_F_m);
    if (!rb_problem_settle(&problem, &ignored) ||
        rb_record_get_real(cell, RB_F_eta_a) != problem.eta_a ||
        rb_record_get_real(cell, RB_F_eta_w) != problem.eta_w)
      return false;
  }
  return true;
}

static unsigned section_of(const char *mode) {
  static const char *const modes[] = {"check", "learn", "time"};
  for (int i = 0; mode && i < 3; i++)
    if (strcmp(mode, modes[i]) == 0)
      return 1u << i;
  return EVERY;
}

static bool is_lifted(const shown *what) {
  return what->role == ROLE_KEY || what->role == ROLE_CELL || what->role == ROLE_COUNT ||
         what->role == ROLE_FIRST || what->role == ROLE_ALL || what->role == ROLE_STATUS;
}

/* The lifted values, one "name=value" at a time, wrapped. */
typedef struct lifted {
  FILE *out;
  size_t width; /* of the line so far */
} lifted;

static bool lift_column(const rb_table *table, size_t column, const char *name, rb_format format,
                        lifted *to, rb_err *err) {
  char *text = NULL;
  size_t n = 0;
  FILE *memory = open_memstream(&text, &n);
  if (!memory)
    return rb_fail(err, RB_FAILED, "out of memory while writing the summary");
  fprintf(memory, "%s=", name);
  bool ok = rb_table_show_cell(table, 0, column, format, memory, err);
  fclose(memory);
  size_t width = ok ? rb_escape_width(text) : 0;
  if (ok && to->width && to->width + 1 + width > LINE_WIDTH) {
    fputc('\n', to->out);
    to->width = 0;
  }
  if (ok)
    fprintf(to->out, "%s%s", to->width ? " " : "  ", text);
  to->width += width + (to->width ? 1 : 2);
  free(text);
  return ok;
}

bool rb_columns_lift(const rb_load *load, const rb_columns_view *view, rb_table *table,
                     rb_format format, FILE *out, rb_err *err) {
  rb_column columns[MAX_COLUMNS];
  const shown *shows[MAX_COLUMNS];
  size_t n = list_columns(load, view, columns, shows);
  unsigned section = section_of(view->mode);
  bool default_steps = has_default_steps(load, view), twin = false;
  lifted line = {out, 0};
  for (size_t i = 0; i < n && rb_table_rows(table) > 0; i++) {
    const shown *what = shows[i];
    unsigned sections = what ? what->sections : TIME;
    rb_field field = what ? what->field : RB_F_type;
    bool constant = rb_table_is_constant(table, i);
    if (field == RB_F_n1 && (twin = rb_table_is_twin(table, i, i + 1)))
      rb_table_rename(table, i, "n1=n2");
    if (!(sections & section) || rb_table_is_empty(table, i) ||
        (default_steps && (field == RB_F_eta_a || field == RB_F_eta_w)) ||
        (twin && field == RB_F_n2) || (field == RB_F_device && !rb_load_varies(load, field)) ||
        (view->mode && view->mode[0] && field == RB_F_mode)) {
      rb_table_hide(table, i);
      continue;
    }
    if (!constant || !what || !is_lifted(what))
      continue;
    rb_table_hide(table, i);
    const char *name = field == RB_F_n1 && twin ? "n1=n2" : columns[i].name;
    if (!lift_column(table, i, name, format, &line, err))
      return false;
  }
  if (line.width)
    fputc('\n', out);
  return true;
}
