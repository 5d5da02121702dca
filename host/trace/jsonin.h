// SPDX-License-Identifier: Apache-2.0
/* Reading JSON with jansson, which calls a text bad when it was memory that failed: a good trace
 * must never count as damaged, as what recovers it would cut it there. Inside host/trace only. */
#ifndef RB_TRACE_JSONIN_H
#define RB_TRACE_JSONIN_H
#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>

/* One JSON value of n bytes without doubled keys, or NULL: then *why says what is wrong, unless
 * rb_jsonin_starved(). */
json_t *rb_jsonin_load(const char *text, size_t n, json_error_t *why);
/* Memory was out in this thread's last load. */
bool rb_jsonin_starved(void);

#endif
