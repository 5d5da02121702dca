// SPDX-License-Identifier: Apache-2.0
/* What writers of JSON share: values from untrusted text and numbers that may not be there. */
#ifndef RB_REPORT_JSONOUT_H
#define RB_REPORT_JSONOUT_H
#include <stdio.h>
#include "base/err.h"

struct json_t;

/* New references; NULL when memory is out, which json_object_set_new() and the like take for a
 * failure. A number that is not finite is null, and so is NULL; bytes that are not UTF-8 become
 * U+FFFD. */
struct json_t *rb_jsonout_number(double value);
struct json_t *rb_jsonout_text(const char *value);
/* Writes whole, printable ASCII with 17 digits, and a newline; gives the reference back. NULL
 * (memory was out) and a stream that takes nothing are errors: RB_FAILED, naming `what`. */
bool rb_jsonout_write(struct json_t *whole, const char *what, FILE *out, rb_err *err);

#endif
