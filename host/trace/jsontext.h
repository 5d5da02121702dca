// SPDX-License-Identifier: Apache-2.0
/* JSON by jansson where memory may be out: reading, it calls a good text bad, and a good trace must
 * never count as damaged, as what recovers it would cut it there; writing, it leaves letters out.
 * Inside host/trace only. */
#ifndef RB_TRACE_JSONTEXT_H
#define RB_TRACE_JSONTEXT_H
#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>

/* One JSON value of n bytes without doubled keys, or NULL: then *why says what is wrong, unless
 * rb_jsontext_starved(). */
json_t *rb_jsontext_load(const char *text, size_t n, json_error_t *why);
/* Memory was out in this thread's last load. */
bool rb_jsontext_starved(void);
/* The text of a value, with jansson's flags; the caller's (free()). NULL: memory is out. */
char *rb_jsontext_dump(const json_t *value, size_t flags);

#endif
