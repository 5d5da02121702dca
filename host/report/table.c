// SPDX-License-Identifier: Apache-2.0
#include "report/table.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/escape.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/jsonout.h"

/* A text cell of a table for people is cut here; the other formats keep all of it. */
enum { TEXT_WIDTH = 100, INDENT = 2 };

/* A line above a row. */
typedef struct heading {
  size_t row;
  char *text;
} heading;

typedef struct cell {
  bool filled;
  bool truth;
  char *text;
  uint64_t integer;
  double real[3]; /* value, lo, hi; NAN where there is none */
} cell;

struct rb_table {
  rb_column *columns; /* (n_columns) */
  bool *hidden;       /* (n_columns) */
  size_t *cut;        /* (n_columns) width of a text at most */
  size_t n_columns;
  cell *cells; /* (n_rows, n_columns) */
  size_t n_rows, capacity;
  heading *headings; /* (n_headings) by row */
  size_t n_headings, headings_room;
  bool broken; /* memory ran out while filling; err says where */
  rb_err err;
};

const char *const rb_format_names[] = {"table", "json", "csv", "md", NULL};

bool rb_format_parse(const char *name, rb_format *format, rb_err *err) {
  for (int i = 0; rb_format_names[i]; i++)
    if (strcmp(name, rb_format_names[i]) == 0) {
      *format = (rb_format)i;
      return true;
    }
  return rb_fail(err, RB_USAGE, "--format %.40s: unknown format; try table, json, csv or md", name);
}

bool rb_table_open(const rb_column *columns, size_t n_columns, rb_table **out, rb_err *err) {
  void *memory = NULL;
  rb_table *table = NULL;
  *out = NULL;
  assert(n_columns > 0);
  if (!rb_alloc(&memory, 1, sizeof *table, "table", err))
    return false;
  table = memory;
  table->n_columns = n_columns;
  if (!rb_alloc(&memory, n_columns, sizeof *columns, "table columns", err))
    goto done;
  table->columns = memory;
  memcpy(table->columns, columns, n_columns * sizeof *columns);
  if (!rb_alloc(&memory, n_columns, sizeof(bool), "table columns", err))
    goto done;
  table->hidden = memory;
  if (!rb_alloc(&memory, n_columns, sizeof(size_t), "table columns", err))
    goto done;
  table->cut = memory;
  for (size_t i = 0; i < n_columns; i++)
    table->cut[i] = TEXT_WIDTH;
  *out = table;
  table = NULL;
done:
  rb_table_free(table);
  return *out != NULL;
}

void rb_table_free(rb_table *table) {
  if (!table)
    return;
  for (size_t i = 0; i < table->n_rows * table->n_columns; i++)
    free(table->cells[i].text);
  for (size_t i = 0; i < table->n_headings; i++)
    free(table->headings[i].text);
  free(table->headings);
  free(table->cut);
  free(table->cells);
  free(table->columns);
  free(table->hidden);
  free(table);
}

static const cell *cell_at(const rb_table *table, size_t row, size_t column) {
  assert(row < table->n_rows && column < table->n_columns);
  return &table->cells[row * table->n_columns + column];
}

/* The cell to fill, or NULL once memory ran out. */
static cell *last_cell(rb_table *table, size_t column) {
  assert(column < table->n_columns);
  if (table->broken)
    return NULL;
  assert(table->n_rows > 0);
  return &table->cells[(table->n_rows - 1) * table->n_columns + column];
}

void rb_table_row(rb_table *table) {
  void *cells = table->cells;
  if (table->broken)
    return;
  size_t need = (table->n_rows + 1) * table->n_columns;
  table->broken = !rb_grow(&cells, &table->capacity, need, sizeof(cell), "table", &table->err);
  table->cells = cells;
  table->n_rows += !table->broken;
}

void rb_table_heading(rb_table *table, const char *text) {
  void *headings = table->headings;
  heading one = {table->n_rows, NULL};
  if (table->broken)
    return;
  table->broken = !rb_grow(&headings, &table->headings_room, table->n_headings + 1, sizeof one,
                           "table", &table->err);
  table->headings = headings;
  table->broken = table->broken || !rb_copy_text(&one.text, text, &table->err);
  if (!table->broken)
    table->headings[table->n_headings++] = one;
}

void rb_table_text(rb_table *table, size_t column, const char *value) {
  cell *to = last_cell(table, column);
  assert(table->columns[column].type == RB_COLUMN_TEXT);
  if (!to || !value)
    return;
  free(to->text);
  to->text = NULL;
  table->broken = !rb_copy_text(&to->text, value, &table->err);
  to->filled = !table->broken;
}

/* Bytes too are counted, never measured. */
static bool holds_integer(const rb_column *column) {
  return column->type == RB_COLUMN_INTEGER || column->type == RB_COLUMN_BYTES;
}

void rb_table_integer(rb_table *table, size_t column, uint64_t value) {
  cell *to = last_cell(table, column);
  assert(holds_integer(&table->columns[column]));
  if (!to)
    return;
  to->integer = value;
  to->filled = true;
}

void rb_table_truth(rb_table *table, size_t column, bool value) {
  cell *to = last_cell(table, column);
  assert(table->columns[column].type == RB_COLUMN_TRUTH);
  if (!to)
    return;
  to->truth = value;
  to->filled = true;
}

void rb_table_range(rb_table *table, size_t column, const double value_lo_hi[3]) {
  cell *to = last_cell(table, column);
  assert(table->columns[column].type >= RB_COLUMN_SETTING &&
         !holds_integer(&table->columns[column]));
  if (!to || !(isfinite(value_lo_hi[0]) || isfinite(value_lo_hi[1]) || isfinite(value_lo_hi[2])))
    return;
  memcpy(to->real, value_lo_hi, sizeof to->real);
  to->filled = true;
}

void rb_table_real(rb_table *table, size_t column, double value) {
  rb_table_range(table, column, (const double[3]){value, NAN, NAN});
}

size_t rb_table_rows(const rb_table *table) {
  return table->n_rows;
}

static bool same_real(double a, double b) {
  return a == b || (isnan(a) && isnan(b));
}

static bool same_cell(const cell *a, const cell *b) {
  if (a->filled != b->filled)
    return false;
  if ((a->text || b->text) && (!a->text || !b->text || strcmp(a->text, b->text) != 0))
    return false;
  return a->integer == b->integer && a->truth == b->truth && same_real(a->real[0], b->real[0]) &&
         same_real(a->real[1], b->real[1]) && same_real(a->real[2], b->real[2]);
}

bool rb_table_is_empty(const rb_table *table, size_t column) {
  for (size_t i = 0; i < table->n_rows; i++)
    if (cell_at(table, i, column)->filled)
      return false;
  return true;
}

bool rb_table_is_constant(const rb_table *table, size_t column) {
  for (size_t i = 1; i < table->n_rows; i++)
    if (!same_cell(cell_at(table, i, column), cell_at(table, 0, column)))
      return false;
  return table->n_rows > 0;
}

bool rb_table_is_twin(const rb_table *table, size_t column, size_t other) {
  for (size_t i = 0; i < table->n_rows; i++)
    if (!same_cell(cell_at(table, i, column), cell_at(table, i, other)))
      return false;
  return true;
}

void rb_table_hide(rb_table *table, size_t column) {
  assert(column < table->n_columns);
  table->hidden[column] = true;
}

bool rb_table_is_hidden(const rb_table *table, size_t column) {
  assert(column < table->n_columns);
  return table->hidden[column];
}

void rb_table_rename(rb_table *table, size_t column, const char *title) {
  assert(column < table->n_columns);
  table->columns[column].title = title;
}

void rb_table_cut(rb_table *table, size_t column, size_t width) {
  assert(column < table->n_columns && width > 3);
  table->cut[column] = width;
}

/* ---- for people ---- */

static void figure_text(const rb_column *column, const cell *from, char text[RB_FIGURE_ROOM]) {
  static const rb_figure kinds[] = {
      [RB_COLUMN_REAL] = RB_FIGURE_REAL,   [RB_COLUMN_PLAIN] = RB_FIGURE_PLAIN,
      [RB_COLUMN_SI] = RB_FIGURE_SI,       [RB_COLUMN_PERCENT] = RB_FIGURE_PERCENT,
      [RB_COLUMN_SHARE] = RB_FIGURE_SHARE, [RB_COLUMN_TIME] = RB_FIGURE_TIME};
  if (column->type == RB_COLUMN_INTEGER)
    snprintf(text, RB_FIGURE_ROOM, "%" PRIu64, from->integer);
  else if (column->type == RB_COLUMN_BYTES)
    rb_figure_range(text, RB_FIGURE_BYTES, (const double[3]){(double)from->integer, NAN, NAN}, "");
  else if (column->type == RB_COLUMN_TRUTH)
    snprintf(text, RB_FIGURE_ROOM, "%s", from->truth ? "yes" : "no");
  else if (column->type == RB_COLUMN_SETTING)
    snprintf(text, RB_FIGURE_ROOM, "%.6g", from->real[0]);
  else
    rb_figure_range(text, kinds[column->type], from->real, column->unit ? column->unit : "");
}

/* The cell as people read it, unescaped: in figure, or the cell's own text. */
static const char *read_cell(const rb_table *table, size_t row, size_t column,
                             char figure[RB_FIGURE_ROOM]) {
  const cell *from = cell_at(table, row, column);
  snprintf(figure, RB_FIGURE_ROOM, "-");
  if (from->text)
    return from->text;
  if (from->filled)
    figure_text(&table->columns[column], from, figure);
  return figure;
}

/* The same escaped, owned by the caller. */
static bool render(const rb_table *table, size_t row, size_t column, rb_format format, char **out,
                   rb_err *err) {
  char figure[RB_FIGURE_ROOM];
  const char *text = read_cell(table, row, column, figure);
  if (format == RB_FORMAT_MD && !cell_at(table, row, column)->filled)
    text = ""; /* an empty cell says as much as "-" */
  if (format == RB_FORMAT_MD)
    return rb_escape_copy(text, RB_ESCAPE_MARKDOWN, 0, out, err);
  return rb_escape_copy(text, RB_ESCAPE_TERMINAL, table->cut[column], out, err);
}

bool rb_table_show_cell(const rb_table *table, size_t row, size_t column, rb_format format,
                        FILE *out, rb_err *err) {
  char *text = NULL;
  bool ok = render(table, row, column, format, &text, err);
  fputs(ok ? text : "", out);
  free(text);
  return ok;
}

static bool to_right(const rb_column *column) {
  return column->align == RB_ALIGN_BY_TYPE ? column->type != RB_COLUMN_TEXT
                                           : column->align == RB_ALIGN_RIGHT;
}

/* What a page for people is laid out from: every visible cell as text, headings first. */
typedef struct page {
  size_t *shown; /* (n_shown) column numbers */
  size_t n_shown, n_lines;
  char **texts;  /* (n_lines, n_shown) */
  size_t *width; /* (n_shown) columns of the widest text */
} page;

static void page_free(page *of) {
  for (size_t i = 0; of->texts && i < of->n_lines * of->n_shown; i++)
    free(of->texts[i]);
  free(of->texts);
  free(of->shown);
  free(of->width);
}

static bool page_fill(const rb_table *table, rb_format format, page *to, rb_err *err) {
  rb_escape_style style = format == RB_FORMAT_MD ? RB_ESCAPE_MARKDOWN : RB_ESCAPE_TERMINAL;
  void *memory = NULL;
  if (!rb_alloc(&memory, table->n_columns, sizeof *to->shown, "table page", err))
    return false;
  to->shown = memory;
  for (size_t i = 0; i < table->n_columns; i++)
    if (!table->hidden[i])
      to->shown[to->n_shown++] = i;
  to->n_lines = table->n_rows + 1;
  if (!rb_alloc(&memory, to->n_shown, sizeof *to->width, "table page", err))
    return false;
  to->width = memory;
  if (!rb_alloc(&memory, to->n_shown * to->n_lines, sizeof *to->texts, "table page", err))
    return false;
  to->texts = memory;
  for (size_t i = 0; i < to->n_lines * to->n_shown; i++) {
    size_t line = i / to->n_shown, at = i % to->n_shown, column = to->shown[at];
    const rb_column *shown = &table->columns[column];
    const char *title = shown->title ? shown->title : shown->name;
    size_t cut = format == RB_FORMAT_MD ? 0 : table->cut[column];
    if (!(line ? render(table, line - 1, column, format, &to->texts[i], err)
               : rb_escape_copy(title, style, cut, &to->texts[i], err)))
      return false;
    size_t width = rb_escape_width(to->texts[i]);
    to->width[at] = width > to->width[at] ? width : to->width[at];
  }
  return true;
}

/* text in a field of `width` columns; nothing after the text if it is the last of its line. */
static void put_field(FILE *out, const char *text, size_t width, bool right, bool last) {
  int gap = (int)(width - rb_escape_width(text));
  if (right)
    fprintf(out, "%*s%s", gap, "", text);
  else
    fprintf(out, "%s%*s", text, last ? 0 : gap, "");
}

static void put_rule(const rb_table *table, const page *from, FILE *out) {
  for (size_t i = 0; i < from->n_shown; i++)
    fputs(to_right(&table->columns[from->shown[i]]) ? "| ---: " : "| --- ", out);
  fputs("|\n", out);
}

/* The headings above a row from *next on. */
static bool put_headings(const rb_table *table, size_t row, size_t *next, FILE *out, rb_err *err) {
  for (; *next < table->n_headings && table->headings[*next].row == row; ++*next) {
    char *text = NULL;
    if (!rb_escape_copy(table->headings[*next].text, RB_ESCAPE_TERMINAL, TEXT_WIDTH, &text, err))
      return false;
    fprintf(out, "%s\n", text);
    free(text);
  }
  return true;
}

static size_t indent_of(const rb_table *table) {
  return table->n_headings ? INDENT : 0;
}

static bool write_page(const rb_table *table, rb_format format, FILE *out, rb_err *err) {
  bool md = format == RB_FORMAT_MD, ok = false;
  size_t next = 0;
  page of = {0};
  if (!page_fill(table, format, &of, err))
    goto done;
  for (size_t line = 0; line < of.n_lines; line++) {
    if (!md && line && !put_headings(table, line - 1, &next, out, err))
      goto done;
    fprintf(out, "%*s", md ? 0 : (int)indent_of(table), "");
    for (size_t i = 0; i < of.n_shown; i++) {
      const char *text = of.texts[line * of.n_shown + i];
      bool last = i + 1 == of.n_shown;
      if (md)
        fprintf(out, "| %s ", text);
      else
        put_field(out, text, of.width[i], to_right(&table->columns[of.shown[i]]), last);
      fputs(md ? last ? "|" : "" : last ? "" : "  ", out);
    }
    fputc('\n', out);
    if (md && line == 0)
      put_rule(table, &of, out);
  }
  ok = true;
done:
  page_free(&of);
  return ok;
}

bool rb_table_width(const rb_table *table, size_t *width, rb_err *err) {
  page of = {0};
  bool ok = page_fill(table, RB_FORMAT_TABLE, &of, err);
  *width = indent_of(table);
  for (size_t i = 0; ok && i < of.n_shown; i++)
    *width += of.width[i] + (i ? 2 : 0);
  page_free(&of);
  return ok;
}

/* ---- for a page ---- */

/* Line 0 is the heading. */
static void put_html_line(const rb_table *table, size_t line, FILE *out) {
  char figure[RB_FIGURE_ROOM];
  fputs("<tr>", out);
  for (size_t i = 0; i < table->n_columns; i++) {
    const rb_column *column = &table->columns[i];
    const char *title = column->title ? column->title : column->name;
    if (table->hidden[i])
      continue;
    fprintf(out, "<%s%s>", line ? "td" : "th scope=\"col\"",
            to_right(column) ? " class=\"n\"" : "");
    rb_html_text(out, line ? read_cell(table, line - 1, i, figure) : title);
    fputs(line ? "</td>" : "</th>", out);
  }
  fputs("</tr>\n", out);
}

bool rb_table_html(const rb_table *table, const char *caption, FILE *out, rb_err *err) {
  if (table->broken)
    return rb_fail(err, table->err.kind, "%s", table->err.text);
  for (int i = 0; i < 2; i++) { /* to see, and for who does not */
    fputs(i ? "<div class=\"scroll\" tabindex=\"0\"><table aria-label=\"" : "<p class=\"soft\">",
          out);
    rb_html_text(out, caption);
    fputs(i ? "\"><thead>\n" : "</p>\n", out);
  }
  put_html_line(table, 0, out);
  fputs("</thead><tbody>\n", out);
  for (size_t line = 1, next = 0; line <= table->n_rows; line++) {
    for (; next < table->n_headings && table->headings[next].row + 1 == line; next++) {
      fprintf(out, "<tr><th class=\"part\" colspan=\"%zu\">", table->n_columns);
      rb_html_text(out, table->headings[next].text);
      fputs("</th></tr>\n", out);
    }
    put_html_line(table, line, out);
  }
  fputs("</tbody></table></div>\n", out);
  return true;
}

/* ---- for programs ---- */

static const char *const endings[] = {"", "_lo", "_hi"};

static bool is_missing(const rb_column *column, const cell *from, int part) {
  return column->type >= RB_COLUMN_SETTING && !holds_integer(column) && !isfinite(from->real[part]);
}

static bool put_csv_text(FILE *out, const char *text, rb_err *err) {
  char *clean = NULL;
  if (!rb_escape_copy(text, RB_ESCAPE_LINES, 0, &clean, err))
    return false;
  bool quoted = clean[strcspn(clean, ",\"\r\n")] != '\0';
  if (quoted)
    fputc('"', out);
  for (const char *at = clean; *at; at++)
    fputs(*at == '"' ? "\"\"" : (const char[]){*at, '\0'}, out);
  if (quoted)
    fputc('"', out);
  free(clean);
  return true;
}

static bool put_csv_cell(FILE *out, const rb_column *column, const cell *from, int part,
                         rb_err *err) {
  if (!from->filled || is_missing(column, from, part))
    return true;
  if (column->type == RB_COLUMN_TEXT)
    return put_csv_text(out, from->text, err);
  if (holds_integer(column))
    fprintf(out, "%" PRIu64, from->integer);
  else if (column->type == RB_COLUMN_TRUTH)
    fputs(from->truth ? "true" : "false", out);
  else
    fprintf(out, "%.17g", from->real[part]);
  return true;
}

/* Line 0 is the heading. */
static bool write_csv(const rb_table *table, FILE *out, rb_err *err) {
  for (size_t line = 0; line <= table->n_rows; line++) {
    bool first = true;
    for (size_t i = 0; i < table->n_columns; i++) {
      const rb_column *column = &table->columns[i];
      for (int part = 0; !table->hidden[i] && part < (column->ranged ? 3 : 1); part++) {
        fputs(first ? "" : ",", out);
        first = false;
        if (line) {
          if (!put_csv_cell(out, column, cell_at(table, line - 1, i), part, err))
            return false;
          continue;
        }
        if (!put_csv_text(out, column->name, err))
          return false;
        fputs(endings[part], out);
      }
    }
    fputs("\r\n", out);
  }
  return true;
}

/* A new reference, NULL when memory is out. */
static json_t *json_cell(const rb_column *column, const cell *from, int part) {
  rb_err ignored = {0};
  char *clean = NULL;
  json_t *value = NULL;
  if (!from->filled || is_missing(column, from, part))
    return json_null();
  if (column->type == RB_COLUMN_TRUTH)
    return json_boolean(from->truth);
  if (holds_integer(column) && from->integer <= INT64_MAX)
    return json_integer((json_int_t)from->integer);
  if (holds_integer(column))
    return json_sprintf("%" PRIu64, from->integer);
  if (column->type != RB_COLUMN_TEXT)
    return json_real(from->real[part]);
  if (rb_escape_copy(from->text, RB_ESCAPE_UTF8, 0, &clean, &ignored))
    value = json_string(clean);
  free(clean);
  return value;
}

static bool json_row(const rb_table *table, size_t row, json_t *object) {
  bool ok = true;
  for (size_t i = 0; ok && i < table->n_columns; i++) {
    const rb_column *column = &table->columns[i];
    for (int part = 0; ok && !table->hidden[i] && part < (column->ranged ? 3 : 1); part++) {
      json_t *key = json_sprintf("%s%s", column->name, endings[part]);
      json_t *value = json_cell(column, cell_at(table, row, i), part);
      ok = key && json_object_set(object, json_string_value(key), value) == 0;
      json_decref(value);
      json_decref(key);
    }
  }
  return ok;
}

bool rb_table_json(const rb_table *table, struct json_t **out, rb_err *err) {
  json_t *array = json_array();
  bool ok = array != NULL;
  for (size_t i = 0; ok && i < table->n_rows; i++) {
    json_t *object = json_object();
    ok = object && json_row(table, i, object);
    ok = json_array_append_new(array, object) == 0 && ok;
  }
  *out = ok ? array : NULL;
  if (!ok) {
    json_decref(array);
    return rb_fail(err, RB_FAILED, "table of %zu rows: out of memory while making JSON of it",
                   table->n_rows);
  }
  return true;
}

static bool write_json(const rb_table *table, FILE *out, rb_err *err) {
  json_t *array = NULL;
  return rb_table_json(table, &array, err) &&
         rb_jsonout_write(array, "the table as JSON", out, err);
}

bool rb_table_write(const rb_table *table, rb_format format, FILE *out, rb_err *err) {
  bool ok = false;
  if (table->broken)
    return rb_fail(err, table->err.kind, "%s", table->err.text);
  switch (format) {
  case RB_FORMAT_TABLE:
  case RB_FORMAT_MD:
    ok = write_page(table, format, out, err);
    break;
  case RB_FORMAT_JSON:
    ok = write_json(table, out, err);
    break;
  case RB_FORMAT_CSV:
    ok = write_csv(table, out, err);
    break;
  }
  if (ok && (fflush(out) != 0 || ferror(out)))
    return rb_fail(err, RB_FAILED, "cannot write the table: %s", strerror(errno));
  return ok;
}
