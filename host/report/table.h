// SPDX-License-Identifier: Apache-2.0
/* One typed row stream that feeds every writer: `list`, `run`, `show` and `verify` fill a table of
 * typed cells and write it as
 *
 *   table  aligned columns for people; numbers as report/figure.h prints them; null is "-"
 *   json   array of objects, raw numbers, null for missing
 *   csv    RFC 4180 (CR LF, quotes where needed), raw numbers with 17 digits, empty for missing
 *   md     GitHub table, figures as for people, pipes and markup escaped
 *
 * Text may come from anywhere: report/escape.h makes it harmless in every format. Out of memory
 * while filling is remembered and reported by the writer, so the setters return nothing. */
#ifndef RB_REPORT_TABLE_H
#define RB_REPORT_TABLE_H
#include <stdint.h>
#include <stdio.h>
#include "base/err.h"

typedef enum rb_format { RB_FORMAT_TABLE, RB_FORMAT_JSON, RB_FORMAT_CSV, RB_FORMAT_MD } rb_format;
/* table, json, csv, md; NULL-terminated, index = enum value. */
extern const char *const rb_format_names[];
/* Errors: RB_USAGE naming the known formats. */
bool rb_format_parse(const char *name, rb_format *format, rb_err *err);

typedef enum rb_column_type {
  RB_COLUMN_TEXT,
  RB_COLUMN_INTEGER,
  RB_COLUMN_TRUTH,   /* yes or no; true or false in json and csv */
  RB_COLUMN_SETTING, /* a number somebody chose: six digits, no more than it has */
  RB_COLUMN_REAL,    /* a measured number in `unit` */
  RB_COLUMN_PLAIN,   /* the same around 1: at most three decimals for people */
  RB_COLUMN_SI,      /* a number in `unit`, with prefixes k, M, G for people */
  RB_COLUMN_PERCENT, /* raw number is the fraction */
  RB_COLUMN_SHARE,   /* the same, whole percent for people */
  RB_COLUMN_TIME,    /* raw number in ns */
  RB_COLUMN_BYTES
} rb_column_type;

typedef enum rb_align { RB_ALIGN_BY_TYPE, RB_ALIGN_LEFT, RB_ALIGN_RIGHT } rb_align;

typedef struct rb_column {
  const char *name;  /* field name in json and csv, carries the unit (`time_ns`) */
  const char *title; /* heading in table and md; NULL: the name */
  const char *unit;  /* printed after a REAL or SI number for people; NULL: nothing */
  rb_column_type type;
  rb_align align; /* by type: text to the left, numbers to the right */
  bool ranged; /* cells carry lo and hi: fields name, name_lo, name_hi; "1.2 (1.1..1.4)" for people
                */
} rb_column;

typedef struct rb_table rb_table;
struct json_t;

/* An empty table. columns (n_columns) are copied, their strings are not and must outlive the table.
 * Errors: RB_FAILED when memory is out. Free with rb_table_free(). */
bool rb_table_open(const rb_column *columns, size_t n_columns, rb_table **out, rb_err *err);
void rb_table_free(rb_table *table); /* NULL allowed */

/* Begins a row of nulls; the setters below fill cells of the last row. */
void rb_table_row(rb_table *table);
/* Text is copied; NULL stays null. The column's type is asserted by every setter. */
void rb_table_text(rb_table *table, size_t column, const char *value);
void rb_table_integer(rb_table *table, size_t column, uint64_t value);
void rb_table_truth(rb_table *table, size_t column, bool value);
/* A value that is not finite stays null. */
void rb_table_real(rb_table *table, size_t column, double value);
/* value_lo_hi of a ranged column; each that is not finite is null, and so is the cell for people
 * where the value is not. */
void rb_table_range(rb_table *table, size_t column, const double value_lo_hi[3]);

size_t rb_table_rows(const rb_table *table);
bool rb_table_is_empty(const rb_table *table, size_t column); /* every cell null */
bool rb_table_is_constant(const rb_table *table,
                          size_t column); /* every cell the same; at least one row */
/* Every row has the same value in both columns (null equals null). */
bool rb_table_is_twin(const rb_table *table, size_t column, size_t other);
/* Leaves the column out of what rb_table_write() writes. */
void rb_table_hide(rb_table *table, size_t column);
bool rb_table_is_hidden(const rb_table *table, size_t column);
void rb_table_rename(rb_table *table, size_t column, const char *title);

/* A line of its own above the next row, in the table format and on a page alone; with such lines
 * rows are indented below them. Copied. */
void rb_table_heading(rb_table *table, const char *text);
/* Columns that the table takes on a terminal, hidden ones left out. */
bool rb_table_width(const rb_table *table, size_t *width, rb_err *err);
/* Cuts the text of a column of the table format, heading too, after width columns. */
void rb_table_cut(rb_table *table, size_t column, size_t width);

/* Writes everything and flushes. Errors: RB_FAILED when memory is or was out, or out cannot be
 * written. */
bool rb_table_write(const rb_table *table, rb_format format, FILE *out, rb_err *err);
/* One cell as people read it, safe for a terminal (md: for a Markdown page). */
bool rb_table_show_cell(const rb_table *table, size_t row, size_t column, rb_format format,
                        FILE *out, rb_err *err);
/* The table as part of a page (html.h): nothing is cut, and what is written above rows is a row
 * that spans all columns. caption: plain text above it. Errors as rb_table_write(). */
bool rb_table_html(const rb_table *table, const char *caption, FILE *out, rb_err *err);
/* The rows as a new reference to a JSON array, for writers that embed it; integers above 2^63 - 1
 * are texts of their digits, which JSON readers could not hold. */
bool rb_table_json(const rb_table *table, struct json_t **out, rb_err *err);

#endif
