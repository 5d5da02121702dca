// SPDX-License-Identifier: Apache-2.0
#include "trace/record.h"
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "base/mem.h"
#include "trace/jsontext.h"

struct rb_record {
  json_t *object;
  bool is_cut; /* memory was out while it was made */
};

static json_t *get(const rb_record *record, rb_field field) {
  assert(field >= 0 && field < RB_N_FIELDS);
  return record ? json_object_get(record->object, rb_schema[field].name) : NULL;
}

/* Memory may have been out: jansson's calls fail, take any NULL, and drop the references they were
 * given. Then the record is not whole, and no line is made of it. */
static void keep(rb_record *record, bool ok) {
  if (record && !ok)
    record->is_cut = true;
}

/* Takes the reference to value. */
static void set(rb_record *record, rb_field field, rb_field_type type, json_t *value) {
  assert(field >= 0 && field < RB_N_FIELDS && rb_schema[field].type == type);
  (void)type;
  keep(record,
       json_object_set_new(record ? record->object : NULL, rb_schema[field].name, value) == 0);
}

/* Takes the reference to object; NULL if memory is out. */
static rb_record *make(json_t *object) {
  void *room = NULL;
  rb_err ignored;
  if (!rb_alloc(&room, 1, sizeof(rb_record), "trace record", &ignored)) {
    json_decref(object);
    return NULL;
  }
  rb_record *record = room;
  *record = (rb_record){.object = object, .is_cut = object == NULL};
  return record;
}

rb_record *rb_record_new(const char *type) {
  rb_record *record = make(json_object());
  rb_record_text(record, RB_F_type, type);
  if (strcmp(type, "run") == 0) {
    rb_record_text(record, RB_F_schema, RB_SCHEMA_NAME);
    rb_record_integer(record, RB_F_schema_version, RB_SCHEMA_VERSION);
  }
  return record;
}

bool rb_record_is_cut(const rb_record *record) {
  return record == NULL || record->is_cut;
}

void rb_record_free(rb_record *record) {
  if (!record)
    return;
  json_decref(record->object);
  free(record);
}

/* ---- text ---- */

/* Bytes of the valid UTF-8 character at text (Unicode 15, table 3-7), 0 if there is none. The
 * closing zero is never a continuation byte, so nothing behind it is read. */
static size_t character(const unsigned char *text) {
  unsigned char first = text[0], least = 0x80, most = 0xbf;
  size_t n = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (first > 0xf4 || n < 2)
    return first > 0xf4 ? 0 : n;
  if (first == 0xe0)
    least = 0xa0; /* shorter form exists */
  if (first == 0xf0)
    least = 0x90; /* shorter form exists */
  if (first == 0xed)
    most = 0x9f; /* surrogates */
  if (first == 0xf4)
    most = 0x8f; /* above U+10FFFF */
  if (text[1] < least || text[1] > most)
    return 0;
  for (size_t i = 2; i < n; i++)
    if (text[i] < 0x80 || text[i] > 0xbf)
      return 0;
  return n;
}

/* A valid copy, owned by the caller, or NULL. */
static char *clean(const char *text) {
  static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
  size_t whole = strlen(text), i = 0, n = 0;
  size_t most = whole < RB_RECORD_MAX_TEXT ? whole : RB_RECORD_MAX_TEXT;
  void *room = NULL;
  rb_err ignored;
  if (!rb_alloc(&room, 3 * most + 64, 1, "text", &ignored))
    return NULL;
  char *copy = room;
  while (i < most) {
    size_t length = character((const unsigned char *)text + i);
    if (i + length > most)
      break; /* do not cut a character */
    memcpy(copy + n, length ? text + i : replacement, length ? length : 3);
    n += length ? length : 3;
    i += length ? length : 1;
  }
  copy[n] = '\0';
  if (i < whole)
    snprintf(copy + n, 64, " [cut, %zu bytes in all]", whole);
  return copy;
}

static json_t *text_json(const char *text) {
  if (!text)
    return json_null();
  char *copy = clean(text);
  json_t *value = json_string_nocheck(copy);
  free(copy);
  return value;
}

/* ---- setters ---- */

static json_t *real_json(double value) {
  return isfinite(value) ? json_real(value) : json_null();
}

static json_t *integer_json(uint64_t value) {
  if (value <= INT64_MAX)
    return json_integer((json_int_t)value);
  char digits[24];
  snprintf(digits, sizeof digits, "%" PRIu64, value);
  return json_string(digits);
}

void rb_record_text(rb_record *record, rb_field field, const char *value) {
  set(record, field, RB_TYPE_text, text_json(value));
}

void rb_record_integer(rb_record *record, rb_field field, uint64_t value) {
  set(record, field, RB_TYPE_integer, integer_json(value));
}

void rb_record_real(rb_record *record, rb_field field, double value) {
  set(record, field, RB_TYPE_real, real_json(value));
}

void rb_record_truth(rb_record *record, rb_field field, bool value) {
  set(record, field, RB_TYPE_truth, json_boolean(value));
}

void rb_record_reals(rb_record *record, rb_field field, const double *values, size_t n) {
  json_t *array = json_array();
  for (size_t i = 0; i < n && i < RB_RECORD_MAX_REALS; i++)
    keep(record, json_array_append_new(array, real_json(values[i])) == 0);
  set(record, field, RB_TYPE_reals, array);
}

void rb_record_spread(rb_record *record, rb_field field, rb_spread value) {
  json_t *object =
      json_pack("{s:o, s:o, s:o, s:o}", "median", real_json(value.median), "lo",
                real_json(value.lo), "hi", real_json(value.hi), "n", integer_json(value.n));
  set(record, field, RB_TYPE_spread, object);
}

/* Takes the reference to value. */
static void set_entry(rb_record *record, rb_field field, rb_field_type type, const char *key,
                      json_t *value) {
  if (!json_is_object(get(record, field)))
    set(record, field, type, json_object());
  assert(rb_schema[field].type == type);
  char *name = clean(key);
  keep(record, json_object_set_new(get(record, field), name, value) == 0);
  free(name);
}

void rb_record_map(rb_record *record, rb_field field, const char *key, double value) {
  set_entry(record, field, RB_TYPE_map, key, real_json(value));
}

void rb_record_texts(rb_record *record, rb_field field, const char *key, const char *value) {
  set_entry(record, field, RB_TYPE_texts, key, text_json(value));
}

void rb_record_complete(rb_record *record, rb_field first, rb_field last) {
  for (rb_field field = first; field <= last; field++)
    if (record && !get(record, field))
      keep(record, json_object_set_new(record->object, rb_schema[field].name, json_null()) == 0);
}

/* ---- getters ---- */

/* The number that integer_json() wrote as text: canonical digits of 2^63 .. 2^64 - 1. */
static bool large_integer(const json_t *value, uint64_t *out) {
  const char *digits = json_string_value(value);
  size_t n = digits ? strlen(digits) : 0;
  if (n < 19 || n > 20 || digits[0] == '0')
    return false;
  uint64_t number = 0;
  for (size_t i = 0; i < n; i++) {
    if (digits[i] < '0' || digits[i] > '9' || __builtin_mul_overflow(number, 10, &number) ||
        __builtin_add_overflow(number, (uint64_t)(digits[i] - '0'), &number))
      return false;
  }
  *out = number;
  return number > INT64_MAX;
}

static double number(const json_t *value) {
  return json_is_number(value) ? json_number_value(value) : NAN;
}

bool rb_record_has(const rb_record *record, rb_field field) {
  json_t *value = get(record, field);
  return value && !json_is_null(value);
}

bool rb_record_same(const rb_record *a, const rb_record *b, rb_field field) {
  bool has = rb_record_has(a, field);
  return has == rb_record_has(b, field) && (!has || json_equal(get(a, field), get(b, field)));
}

const char *rb_record_get_text(const rb_record *record, rb_field field) {
  return rb_schema[field].type == RB_TYPE_text ? json_string_value(get(record, field)) : NULL;
}

bool rb_record_is_text(const rb_record *record, rb_field field, const char *wanted) {
  const char *text = rb_record_get_text(record, field);
  return text && strcmp(text, wanted) == 0;
}

uint64_t rb_record_get_integer(const rb_record *record, rb_field field) {
  json_t *value = get(record, field);
  uint64_t large = 0;
  if (rb_schema[field].type != RB_TYPE_integer || large_integer(value, &large))
    return large;
  return json_is_integer(value) ? (uint64_t)json_integer_value(value) : 0;
}

double rb_record_get_real(const rb_record *record, rb_field field) {
  json_t *value = get(record, field);
  uint64_t large = 0;
  if (rb_schema[field].type == RB_TYPE_integer && large_integer(value, &large))
    return (double)large;
  return number(value);
}

bool rb_record_get_truth(const rb_record *record, rb_field field) {
  return json_is_true(get(record, field));
}

size_t rb_record_get_reals(const rb_record *record, rb_field field, double *values, size_t room) {
  json_t *array = get(record, field);
  size_t n = json_array_size(array);
  n = n < room ? n : room;
  for (size_t i = 0; i < n; i++)
    values[i] = number(json_array_get(array, i));
  return n;
}

bool rb_record_get_spread(const rb_record *record, rb_field field, rb_spread *value) {
  json_t *object = get(record, field);
  if (rb_schema[field].type != RB_TYPE_spread || !json_is_object(object))
    return false;
  *value = (rb_spread){.median = number(json_object_get(object, "median")),
                       .lo = number(json_object_get(object, "lo")),
                       .hi = number(json_object_get(object, "hi")),
                       .n = (size_t)json_integer_value(json_object_get(object, "n"))};
  return true;
}

void rb_record_each(const rb_record *record, rb_field field,
                    void (*visit)(void *context, const char *key, double value,
                                  const char *value_text),
                    void *context) {
  json_t *object = get(record, field), *value;
  const char *key;
  rb_field_type type = rb_schema[field].type;
  if (type != RB_TYPE_map && type != RB_TYPE_texts)
    return;
  json_object_foreach(object, key, value) {
    const char *text = json_string_value(value);
    if (type == RB_TYPE_map)
      visit(context, key, number(value), NULL);
    else
      visit(context, key, NAN, text ? text : "");
  }
}

/* ---- lines ---- */

char *rb_record_line(const rb_record *record) {
  json_t *ordered = json_object(), *value;
  const char *key;
  bool ok = record && !record->is_cut;
  for (int i = 0; ok && i < RB_N_FIELDS; i++)
    if ((value = get(record, (rb_field)i)))
      ok = json_object_set(ordered, rb_schema[i].name, value) == 0;
  json_object_foreach(ok ? record->object : NULL, key, value) {
    if (!json_object_get(ordered, key))
      ok = json_object_set(ordered, key, value) == 0 && ok;
  }
  const size_t how = JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(17);
  char *line = ok ? rb_jsontext_dump(ordered, how) : NULL;
  json_decref(ordered);
  return line;
}

/* Looked at before jansson sees the line, since its memory grows with values and its stack with
 * levels. */
static bool is_bounded(const char *line, size_t n, rb_err *err) {
  size_t depth = 0, n_values = 1;
  bool in_text = false;
  if (n > RB_RECORD_MAX_LINE)
    return rb_fail(err, RB_FAILED, "a line of %zu bytes; at most %zu are read", n,
                   RB_RECORD_MAX_LINE);
  for (size_t i = 0; i < n; i++) {
    char c = line[i];
    if (in_text) {
      i += c == '\\';
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      if (++depth > RB_RECORD_MAX_DEPTH)
        return rb_fail(err, RB_FAILED, "nested deeper than %d levels at column %zu",
                       RB_RECORD_MAX_DEPTH, i + 1);
    } else if (c == '}' || c == ']') {
      depth -= depth > 0;
    } else if (c == ',' && ++n_values > RB_RECORD_MAX_VALUES) {
      return rb_fail(err, RB_FAILED, "more than %d values", RB_RECORD_MAX_VALUES);
    }
  }
  return true;
}

static bool is_real(const json_t *value) {
  return json_is_number(value) || json_is_null(value);
}

static bool is_count(const json_t *value) {
  return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool is_spread(const json_t *value) {
  static const char *const parts[] = {"median", "lo", "hi"};
  for (int i = 0; i < 3; i++)
    if (!json_object_get(value, parts[i]) || !is_real(json_object_get(value, parts[i])))
      return false;
  return is_count(json_object_get(value, "n"));
}

static bool is_of_type(json_t *value, rb_field_type type) {
  uint64_t large;
  const char *key;
  json_t *entry;
  size_t i;
  switch (type) {
  case RB_TYPE_text:
    return json_is_string(value);
  case RB_TYPE_integer:
    return is_count(value) || large_integer(value, &large);
  case RB_TYPE_real:
    return json_is_number(value);
  case RB_TYPE_truth:
    return json_is_boolean(value);
  case RB_TYPE_spread:
    return is_spread(value);
  case RB_TYPE_reals:
    json_array_foreach(value, i, entry) {
      if (!is_real(entry))
        return false;
    }
    return json_is_array(value);
  case RB_TYPE_map:
  case RB_TYPE_texts:
    json_object_foreach(value, key, entry) {
      if (type == RB_TYPE_map ? !is_real(entry) : !json_is_string(entry) && !json_is_null(entry))
        return false;
    }
    return json_is_object(value);
  }
  return false;
}

static bool check_types(const rb_record *record, rb_err *err) {
  static const char *const types[] = {"text",
                                      "an integer from 0 on",
                                      "a number",
                                      "true or false",
                                      "an array of numbers",
                                      "a spread {median, lo, hi, n}",
                                      "an object of numbers",
                                      "an object of texts"};
  if (!rb_record_get_text(record, RB_F_type))
    return rb_fail(err, RB_FAILED, "the record has no type");
  for (int i = 0; i < RB_N_FIELDS; i++) {
    json_t *value = get(record, (rb_field)i);
    if (value && !json_is_null(value) && !is_of_type(value, rb_schema[i].type))
      return rb_fail(err, RB_FAILED, "field %s is not %s", rb_schema[i].name,
                     types[rb_schema[i].type]);
  }
  return true;
}

static _Thread_local bool starved; /* the last parse had no memory */

static bool starve(size_t n, rb_err *err) {
  starved = true;
  return rb_fail(err, RB_FAILED, "out of memory while reading a record of %zu bytes", n);
}

bool rb_record_starved(void) {
  return starved;
}

bool rb_record_parse(const char *line, size_t n, rb_record **out, rb_err *err) {
  *out = NULL;
  starved = false;
  if (!is_bounded(line, n, err))
    return false;
  json_error_t why;
  json_t *object = rb_jsontext_load(line, n, &why);
  if (rb_jsontext_starved()) {
    json_decref(object);
    return starve(n, err);
  }
  if (!object)
    return rb_fail(err, RB_FAILED, "not JSON: %s at byte %d", why.text, why.position);
  rb_record *record = make(object);
  if (!record)
    return starve(n, err);
  bool ok = json_is_object(object) ? check_types(record, err)
                                   : rb_fail(err, RB_FAILED, "the line is not a JSON object");
  if (ok)
    *out = record;
  else
    rb_record_free(record);
  return ok;
}
