// SPDX-License-Identifier: Apache-2.0
#include "report/columns.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/problem.h"
#include "report/escape.h"
#include "report/shares.h"
#include "report/star.h"
#include "report/wrap.h"

enum { LABEL_WIDTH = 24 }; /* columns for part and case side by side */

/* Sections that show a column; MACHINE is for json and csv alone. */
enum { CHECK = 1, LEARN = 2, TIME = 4, COMPLEXITY = 8, EVERY = 15, MACHINE = 0 };

typedef enum role {
  ROLE_PART,
  ROLE_CASE,
  ROLE_KEY,       /* configuration: the same in all cells of a row */
  ROLE_CELL,      /* only where a row is one cell */
  ROLE_FIRST,     /* text or number of the first cell that has it */
  ROLE_LEARNED,   /* real or last of reals: median and interval over seeds */
  ROLE_MEDIAN,    /* real */
  ROLE_LARGEST,   /* real or integer */
  ROLE_SUM,       /* integer */
  ROLE_STAR,      /* n* or m*: the cell's own, or over the seeds' medians */
  ROLE_STAR_TEXT, /* the same as people read it */
  ROLE_FEATURES,  /* features learned as people read them: "1.8 of 2" */
  ROLE_RATE,      /* real of rated cells: median */
  ROLE_DURATION,  /* spread of rated cells: the cell's own, or over the seeds' medians */
  ROLE_ALL,       /* truth: true if true in every cell that has it */
  ROLE_ANY,       /* truth: true if true in one of them */
  ROLE_COUNT,     /* cells in the row */
  ROLE_OK,        /* cells with status ok */
  ROLE_STATUS,    /* the worst */
  ROLE_REASON,    /* of the first cell with the worst status */
  ROLE_NOTES      /* what is to be said about the timing */
} role;

typedef struct shown {
  rb_field field;
  const char *name, *title; /* NULL: as in the schema; the name */
  rb_column_type type;
  role role;
  unsigned sections;
} shown;

static const shown all_shown[] = {
    {RB_F_part, NULL, NULL, RB_COLUMN_TEXT, ROLE_PART, EVERY},
    {RB_F_part, "case", NULL, RB_COLUMN_TEXT, ROLE_CASE, EVERY},
    {RB_F_part, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_mode, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_device, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_workload, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, MACHINE},
    {RB_F_backend, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_variant, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, EVERY},
    {RB_F_source, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, COMPLEXITY},
    {RB_F_task, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, COMPLEXITY},
    {RB_F_quantity, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, COMPLEXITY},
    {RB_F_head, NULL, NULL, RB_COLUMN_TEXT, ROLE_KEY, COMPLEXITY},
    {RB_F_n, NULL, NULL, RB_COLUMN_INTEGER, ROLE_KEY, COMPLEXITY},
    {RB_F_target, NULL, NULL, RB_COLUMN_SETTING, ROLE_KEY, COMPLEXITY},
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
    {RB_F_tile, NULL, NULL, RB_COLUMN_INTEGER, ROLE_KEY, CHECK},
    {RB_F_chunk, NULL, NULL, RB_COLUMN_INTEGER, ROLE_KEY, CHECK},
    {RB_F_pretrainings, NULL, NULL, RB_COLUMN_INTEGER, ROLE_KEY, COMPLEXITY},
    {RB_F_trials, NULL, "most trials", RB_COLUMN_INTEGER, ROLE_KEY, COMPLEXITY},
    {RB_F_precision, NULL, NULL, RB_COLUMN_SETTING, ROLE_KEY, COMPLEXITY},
    {RB_F_margin, NULL, NULL, RB_COLUMN_SETTING, ROLE_FIRST, MACHINE},
    {RB_F_seed, NULL, NULL, RB_COLUMN_INTEGER, ROLE_CELL, EVERY},
    {RB_F_id, NULL, NULL, RB_COLUMN_TEXT, ROLE_CELL, MACHINE},
    {RB_F_seed, "seeds", NULL, RB_COLUMN_INTEGER, ROLE_COUNT, EVERY},
    {RB_F_status, "n_ok", NULL, RB_COLUMN_INTEGER, ROLE_OK, MACHINE},
    {RB_F_star, "n* or m*", NULL, RB_COLUMN_TEXT, ROLE_STAR_TEXT, COMPLEXITY},
    {RB_F_star, NULL, NULL, RB_COLUMN_REAL, ROLE_STAR, MACHINE},
    {RB_F_censored, NULL, NULL, RB_COLUMN_TRUTH, ROLE_ANY, MACHINE},
    {RB_F_n_trials, NULL, "trials", RB_COLUMN_INTEGER, ROLE_SUM, COMPLEXITY},
    {RB_F_alignment, NULL, NULL, RB_COLUMN_PLAIN, ROLE_LEARNED, LEARN | COMPLEXITY},
    {RB_F_ratio, NULL, NULL, RB_COLUMN_PLAIN, ROLE_LEARNED, LEARN},
    {RB_F_ratio_bound, NULL, "bound", RB_COLUMN_PLAIN, ROLE_MEDIAN, LEARN},
    {RB_F_features_learned, "features", NULL, RB_COLUMN_TEXT, ROLE_FEATURES, LEARN | COMPLEXITY},
    {RB_F_features_learned, NULL, NULL, RB_COLUMN_PLAIN, ROLE_LEARNED, MACHINE},
    {RB_F_sin_theta, NULL, "sin-theta", RB_COLUMN_PLAIN, ROLE_LEARNED, LEARN | COMPLEXITY},
    {RB_F_singular_values, "singular_min", "weakest feature", RB_COLUMN_PLAIN, ROLE_LEARNED, LEARN},
    {RB_F_net_max, NULL, NULL, RB_COLUMN_REAL, ROLE_LARGEST, MACHINE},
    {RB_F_time_ns, NULL, "time", RB_COLUMN_TIME, ROLE_DURATION, TIME | COMPLEXITY},
    {RB_F_samples_per_s, NULL, "samples/s", RB_COLUMN_SI, ROLE_RATE, TIME},
    {RB_F_gflops, NULL, "GFLOP/s", RB_COLUMN_REAL, ROLE_RATE, TIME},
    {RB_F_roof_fraction, NULL, "roof", RB_COLUMN_PERCENT, ROLE_RATE, TIME},
    {RB_F_cold_ns, NULL, "cold", RB_COLUMN_TIME, ROLE_MEDIAN, MACHINE},
    {RB_F_compile_ns, NULL, "compile", RB_COLUMN_TIME, ROLE_MEDIAN, MACHINE},
    {RB_F_peak_device_bytes, NULL, "memory", RB_COLUMN_BYTES, ROLE_LARGEST, TIME},
    {RB_F_verified, NULL, NULL, RB_COLUMN_TRUTH, ROLE_ALL, EVERY},
    {RB_F_verify_scope, NULL, "scope", RB_COLUMN_TEXT, ROLE_FIRST, CHECK},
    {RB_F_verify_error, NULL, "error/tolerance", RB_COLUMN_PLAIN, ROLE_LARGEST, CHECK},
    {RB_F_feature_error, NULL, NULL, RB_COLUMN_PLAIN, ROLE_LARGEST, MACHINE},
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

/* One number of a cell for what; NAN if the cell has none or it must not count. */
static double number_of(const rb_record *cell, const shown *what) {
  bool rate = what->role == ROLE_RATE || what->role == ROLE_DURATION;
  bool learned = what->role == ROLE_LEARNED || what->role == ROLE_FEATURES;
  rb_spread time = {0};
  double values[RB_MAX_R];
  size_t n = 0;
  if (rate ? !rb_load_is_rated(cell) : learned && !rb_load_has_learned(cell))
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

static void put_numbers(const rb_load_row *row, const shown *what, bool ranged, double *values,
                        rb_table *table, size_t column) {
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
  if (ranged)
    rb_table_range(table, column, (const double[3]){over.median, over.lo, over.hi});
  else
    rb_table_real(table, column, over.median);
}

static void put_sum(const rb_load_row *row, const shown *what, double *values, rb_table *table,
                    size_t column) {
  size_t n = gather(row, what, values);
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += values[i];
  if (n)
    rb_table_integer(table, column, (uint64_t)sum);
}

static void put_star(const rb_load_row *row, role of, double *values, rb_table *table,
                     size_t column) {
  char text[RB_FIGURE_ROOM];
  double numbers[3];
  if (of == ROLE_STAR_TEXT && rb_star_text(row, values, text))
    rb_table_text(table, column, text);
  else if (of == ROLE_STAR && rb_star_numbers(row, values, numbers))
    rb_table_range(table, column, numbers);
}

/* "1.88 of 2" */
static void put_features(const rb_load_row *row, const shown *what, double *values, rb_table *table,
                         size_t column) {
  char text[64];
  size_t n = gather(row, what, values);
  if (n == 0)
    return;
  snprintf(text, sizeof text, "%.3g of %" PRIu64, rb_stats_spread(values, n).median,
           rb_record_get_integer(row->cells[0], RB_F_r));
  rb_table_text(table, column, text);
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

static void put_truth(const rb_load_row *row, const shown *what, rb_table *table, size_t column) {
  bool all = true, any = false;
  for (size_t i = 0; i < row->n_cells; i++)
    if (rb_record_has(row->cells[i], what->field)) {
      all &= rb_record_get_truth(row->cells[i], what->field);
      any |= rb_record_get_truth(row->cells[i], what->field);
    }
  if (first_with(row, what->field))
    rb_table_truth(table, column, what->role == ROLE_ALL ? all : any);
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

static void put_notes(const rb_load_row *row, bool people, rb_table *table, size_t column) {
  const struct {
    bool (*is)(const rb_record *cell);
    const char *text;
  } notes[] = {{rb_load_is_above_roof, "above roof"},
               {rb_load_is_host_clock, people ? "host" : "host clock"},
               {rb_load_is_wide, people ? "wide" : "wide interval"},
               {rb_load_is_small_tile, "small tile"}};
  char text[64] = "";
  for (size_t k = 0; k < sizeof notes / sizeof *notes; k++) {
    bool any = false;
    size_t used = strlen(text);
    for (size_t i = 0; i < row->n_cells; i++)
      any |= notes[k].is(row->cells[i]);
    if (any)
      snprintf(text + used, sizeof text - used, "%s%s", used ? ", " : "", notes[k].text);
  }
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
  /* Beside that of n* or m* people need no interval. */
  bool ranged = !view->people || strcmp(rb_load_mode(row->cells[0]), "complexity") != 0;
  switch (what->role) {
  case ROLE_PART:
  case ROLE_CASE:
    break; /* put_case() */
  case ROLE_KEY:
  case ROLE_CELL:
    put_field(row->cells[0], what, table, column);
    break;
  case ROLE_FIRST:
    put_field(first_with(row, what->field), what, table, column);
    break;
  case ROLE_LEARNED:
  case ROLE_DURATION:
    put_numbers(row, what, ranged, values, table, column);
    break;
  case ROLE_MEDIAN:
  case ROLE_LARGEST:
  case ROLE_RATE:
    put_numbers(row, what, false, values, table, column);
    break;
  case ROLE_SUM:
    put_sum(row, what, values, table, column);
    break;
  case ROLE_STAR:
  case ROLE_STAR_TEXT:
    put_star(row, what->role, values, table, column);
    break;
  case ROLE_FEATURES:
    put_features(row, what, values, table, column);
    break;
  case ROLE_ALL:
  case ROLE_ANY:
    put_truth(row, what, table, column);
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
    put_notes(row, view->people, table, column);
    break;
  }
}

/* ---- the table ---- */

/* Texts that only people read; json and csv have the numbers. */
static bool is_wording(const shown *what) {
  return what->role == ROLE_STAR_TEXT || what->role == ROLE_FEATURES;
}

static bool is_in(const shown *what, const rb_columns_view *view) {
  bool label = what->role == ROLE_PART || what->role == ROLE_CASE;
  if (is_wording(what) && !view->people)
    return false;
  if (view->cases ? what->role == ROLE_KEY || what->role == ROLE_CELL : label)
    return false;
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
                             .align = is_wording(what) ? RB_ALIGN_RIGHT : RB_ALIGN_BY_TYPE,
                             .ranged = what->role == ROLE_LEARNED || what->role == ROLE_DURATION ||
                                       what->role == ROLE_STAR};
    shows[n++] = what;
    for (size_t j = 0; what->field == RB_F_roof_fraction && j <= load->n_phases; j++) {
      columns[n] = (rb_column){.name = load->phases[j],
                               .title = load->phases[j] + RB_LOAD_PHASE_PREFIX,
                               .type = RB_COLUMN_SHARE};
      shows[n++] = NULL;
    }
  }
  return n;
}

static bool is_of_mode(const rb_load_row *row, const char *mode) {
  return !mode || strcmp(rb_load_mode(row->cells[0]), mode) == 0;
}

/* Groups have a heading where part and case side by side would take too much of the line. */
static bool has_headings(const rb_cases *cases) {
  size_t part = 0, widest = 0; /* columns */
  for (size_t i = 0; i < cases->n_rows; i++) {
    const char *name = cases->groups[cases->rows[i].group].name;
    size_t width = rb_escape_width(cases->rows[i].full);
    part = cases->n_parts > 1 && rb_escape_width(name) > part ? rb_escape_width(name) : part;
    widest = width > widest ? width : widest;
  }
  return cases->n_groups > 1 && part + widest > LABEL_WIDTH;
}

/* Part and case are the first two columns. */
static void put_case(const rb_cases *cases, size_t i, bool headings, rb_table *table) {
  const rb_case *one = &cases->rows[i];
  const rb_case_group *group = &cases->groups[one->group];
  if (headings && group->first == i)
    rb_table_heading(table, group->title);
  rb_table_row(table);
  rb_table_text(table, 0, headings || cases->n_parts == 1 ? NULL : group->name);
  const char *name = headings ? one->name : one->full;
  rb_table_text(table, 1, name[0] || headings ? name : NULL);
}

bool rb_columns_fill(const rb_load *load, const rb_columns_view *view, rb_table **out,
                     rb_err *err) {
  rb_column columns[MAX_COLUMNS];
  const shown *shows[MAX_COLUMNS];
  size_t n = list_columns(load, view, columns, shows);
  size_t n_rows = view->cases ? view->cases->n_rows : load->n_rows;
  bool headings = view->cases && has_headings(view->cases);
  void *values = NULL;
  *out = NULL;
  if (!rb_alloc(&values, load->n_cells, sizeof(double), "numbers of the summary", err))
    return false;
  bool ok = rb_table_open(columns, n, out, err);
  for (size_t i = 0; ok && i < n_rows; i++) {
    const rb_load_row *row = view->cases ? view->cases->rows[i].row : &load->rows[i];
    if (!is_of_mode(row, view->mode))
      continue;
    if (view->cases)
      put_case(view->cases, i, headings, *out);
    else
      rb_table_row(*out);
    for (size_t j = 0; j < n; j++)
      if (shows[j])
        put_column(row, shows[j], view, values, *out, j);
      else if (shows[j - 1])
        rb_shares_put(load, row, view->folded, values, *out, j);
  }
  free(values);
  return ok;
}

/* ---- for people ---- */

/* The sections of the modes that the view has rows of. */
static unsigned sections_of(const rb_load *load, const rb_columns_view *view) {
  static const char *const modes[] = {"check", "learn", "time", "complexity"};
  unsigned sections = 0;
  for (size_t i = 0; i < load->n_rows; i++) {
    const char *mode = rb_load_mode(load->rows[i].cells[0]);
    unsigned section = EVERY;
    for (int j = 0; j < 4; j++)
      section = strcmp(mode, modes[j]) == 0 ? 1u << j : section;
    sections |= is_of_mode(&load->rows[i], view->mode) ? section : 0;
  }
  return sections;
}

/* Nothing is said by the status of rows that are all ok, and by `verified` if all are. */
static bool is_all_well(const rb_load *load, const rb_columns_view *view, role of) {
  for (size_t i = 0; i < load->n_cells; i++) {
    const rb_record *cell = load->cells[i];
    if (view->mode && strcmp(rb_load_mode(cell), view->mode) != 0)
      continue;
    rb_status status = rb_load_status(cell);
    if (of == ROLE_STATUS && status != RB_STATUS_OK)
      return false;
    if (of == ROLE_ALL && status <= RB_STATUS_OUTSIDE && rb_record_has(cell, RB_F_verified) &&
        !rb_record_get_truth(cell, RB_F_verified))
      return false;
  }
  return true;
}

/* Features are all learned everywhere, so that sin-theta says as much, or the line is too short for
 * both; inputs are drawn as they usually are. */
static bool is_needless(const rb_load *load, const rb_columns_view *view, const shown *what) {
  bool features = what->role == ROLE_FEATURES;
  if (!features && what->field != RB_F_sampler)
    return false;
  for (size_t i = 0; i < load->n_cells && !(features && view->narrow); i++) {
    const rb_record *cell = load->cells[i];
    if (view->mode && strcmp(rb_load_mode(cell), view->mode) != 0)
      continue;
    if (features ? rb_record_has(cell, what->field) &&
                       (strcmp(rb_load_mode(cell), "complexity") == 0 ||
                        rb_record_get_real(cell, what->field) < rb_record_get_real(cell, RB_F_r))
                 : !rb_load_is_direct(cell))
      return false;
  }
  return true;
}

/* Of cells that all search for the same; else NULL. */
static const char *star_title(const rb_load *load) {
  const char *title = NULL;
  for (size_t i = 0; i < load->n_cells; i++) {
    const char *quantity = rb_record_get_text(load->cells[i], RB_F_quantity);
    const char *own = quantity && strcmp(quantity, "m") == 0 ? "m*" : "n*";
    if (quantity && title && strcmp(own, title) != 0)
      return NULL;
    title = quantity ? own : title;
  }
  return title;
}

void rb_columns_trim(const rb_load *load, const rb_columns_view *view, rb_table *table) {
  rb_column columns[MAX_COLUMNS];
  const shown *shows[MAX_COLUMNS];
  size_t n = list_columns(load, view, columns, shows);
  unsigned sections = sections_of(load, view);
  bool default_steps = rb_cases_default_steps(load, view->mode);
  bool no_phase = view->folded == (1u << load->n_phases) - 1; /* all of it is "other" */
  for (size_t i = 0; i < n; i++) {
    const shown *what = shows[i];
    rb_field field = what ? what->field : RB_F_type;
    if (what && what->role == ROLE_STAR_TEXT && star_title(load))
      rb_table_rename(table, i, star_title(load));
    if (!((what ? what->sections : TIME) & sections) || rb_table_is_empty(table, i) ||
        (!what && no_phase) || (default_steps && (field == RB_F_eta_a || field == RB_F_eta_w)) ||
        (field == RB_F_device && !rb_load_varies(load, field)) ||
        (what && is_needless(load, view, what)) ||
        (view->mode && view->mode[0] && field == RB_F_mode) ||
        (what && (what->role == ROLE_STATUS || what->role == ROLE_ALL) &&
         is_all_well(load, view, what->role)) ||
        (view->cases && what && (what->role == ROLE_COUNT || what->role == ROLE_FIRST) &&
         rb_table_is_constant(table, i)))
      rb_table_hide(table, i);
  }
}

static bool is_lifted(const shown *what) {
  return what->role == ROLE_KEY || what->role == ROLE_CELL || what->role == ROLE_COUNT ||
         what->role == ROLE_FIRST || what->role == ROLE_ALL || what->role == ROLE_STATUS;
}

bool rb_columns_lift(const rb_load *load, const rb_columns_view *view, rb_table *table, FILE *out,
                     rb_err *err) {
  rb_column columns[MAX_COLUMNS];
  const shown *shows[MAX_COLUMNS];
  size_t n = list_columns(load, view, columns, shows), room = 0;
  bool twin = false, ok = true;
  char *text = NULL;
  FILE *memory = rb_mem_stream(&text, &room);
  if (!memory)
    return rb_fail(err, RB_FAILED, "out of memory while writing the summary");
  for (size_t i = 0; ok && i < n; i++) {
    const shown *what = shows[i];
    if (what && what->field == RB_F_n1 && (twin = rb_table_is_twin(table, i, i + 1))) {
      rb_table_rename(table, i, "n1=n2");
      rb_table_hide(table, i + 1);
    }
    if (rb_table_is_hidden(table, i) || !what || !is_lifted(what) ||
        !rb_table_is_constant(table, i))
      continue;
    rb_table_hide(table, i);
    fprintf(memory, "%s%s=", ftell(memory) ? " " : "",
            what->field == RB_F_n1 && twin ? "n1=n2" : columns[i].name);
    ok = rb_table_show_cell(table, 0, i, RB_FORMAT_MD, memory, err);
  }
  fclose(memory);
  if (ok && text[0])
    ok = rb_wrap_put(out, "  ", text, err);
  free(text);
  return ok;
}
