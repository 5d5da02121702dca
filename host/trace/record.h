// SPDX-License-Identifier: Apache-2.0
/* One record: a JSON object whose fields are those of trace/schema.h. */
#ifndef RB_TRACE_RECORD_H
#define RB_TRACE_RECORD_H
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/stats.h"
#include "trace/schema.h"

typedef struct rb_record rb_record; /* owns a JSON object */

/* Bounds, so that what is written can be read: a line has at most 1 MiB without its newline, 8
 * levels and 65,536 values. Setters cut a text after 16,384 bytes (the text then says so) and an
 * array after 32,768 numbers. */
#define RB_RECORD_MAX_LINE ((size_t)1 << 20)
#define RB_RECORD_MAX_DEPTH 8
#define RB_RECORD_MAX_VALUES 65536
#define RB_RECORD_MAX_TEXT 16384
#define RB_RECORD_MAX_REALS 32768

/* A new record of the given type (docs/TRACE.md); "run" comes with the schema's name and version.
 * When memory is out it is NULL or not whole: setters and getters take NULL, and what is not whole
 * has no line, so that it is the writer that says so. */
rb_record *rb_record_new(const char *type);
/* Whether memory was out while it was made, so that a field is missing; also of NULL. */
bool rb_record_is_cut(const rb_record *record);
void rb_record_free(rb_record *record); /* NULL allowed */

/* Setters assert the field's declared type. A real that is not finite, or NULL text, is stored as
 * null. Text may be any bytes: each byte that is not part of valid UTF-8 becomes U+FFFD. */
void rb_record_text(rb_record *record, rb_field field, const char *value);
void rb_record_integer(rb_record *record, rb_field field, uint64_t value);
void rb_record_real(rb_record *record, rb_field field, double value);
void rb_record_truth(rb_record *record, rb_field field, bool value);
void rb_record_reals(rb_record *record, rb_field field, const double *values, size_t n);
void rb_record_spread(rb_record *record, rb_field field, rb_spread value);
/* One entry of a map (real) or texts (text) field; a later call with the same key replaces it. */
void rb_record_map(rb_record *record, rb_field field, const char *key, double value);
void rb_record_texts(rb_record *record, rb_field field, const char *key, const char *value);
/* Fields first..last that are absent become null, so that readers find every name that is promised.
 */
void rb_record_complete(rb_record *record, rb_field first, rb_field last);

/* Getters: NULL / NAN / 0 / false when the field is absent, null or of another type. Text belongs
 * to the record. */
bool rb_record_has(const rb_record *record, rb_field field); /* present and not null */
/* Whether both have the same in a field; absent and null are the same. */
bool rb_record_same(const rb_record *a, const rb_record *b, rb_field field);
const char *rb_record_get_text(const rb_record *record, rb_field field);
bool rb_record_is_text(const rb_record *record, rb_field field, const char *wanted);
uint64_t rb_record_get_integer(const rb_record *record, rb_field field);
double rb_record_get_real(const rb_record *record, rb_field field); /* integers too */
bool rb_record_get_truth(const rb_record *record, rb_field field);
/* Copies at most room values (null as NAN) and returns how many it copied. */
size_t rb_record_get_reals(const rb_record *record, rb_field field, double *values, size_t room);
bool rb_record_get_spread(const rb_record *record, rb_field field, rb_spread *value);
/* Calls visit for each entry of a map or texts field in stored order (value_text NULL for map,
 * "" for a null text; value NAN for a null number). */
void rb_record_each(const rb_record *record, rb_field field,
                    void (*visit)(void *context, const char *key, double value,
                                  const char *value_text),
                    void *context);

/* One line without newline; owned by the caller (free()); NULL if the record is not whole. Fields
 * in schema order, unknown ones behind them; 17 significant digits; pure ASCII; an integer above
 * 2^63 - 1 is the text of its digits, as JSON readers have no such number. */
char *rb_record_line(const rb_record *record);
/* Parses one line (n bytes, untrusted), bounded as above. Unknown fields are kept (newer schema).
 * Errors (RB_FAILED): beyond a bound, not JSON, a key twice, not an object, no type, a known field
 * of another type than declared (null is always allowed except for type), memory. *out is owned by
 * the caller, NULL on error. */
bool rb_record_parse(const char *line, size_t n, rb_record **out, rb_err *err);
/* This thread's last rb_record_parse() failed because memory was out: nothing is wrong with the
 * line. */
bool rb_record_starved(void);

#endif
