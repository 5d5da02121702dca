// SPDX-License-Identifier: Apache-2.0
/* Lines of text for people, wrapped between words. */
#ifndef RB_REPORT_WRAP_H
#define RB_REPORT_WRAP_H
#include <stdio.h>
#include "base/err.h"

enum { RB_WRAP_WIDTH = 100 };

/* Writes label (ASCII of this program), then text (untrusted; escaped here), with line ends between
 * words so that no line is wider than RB_WRAP_WIDTH; further lines begin below the text. A longer
 * word is broken. Errors: RB_FAILED when memory is out. */
bool rb_wrap_put(FILE *out, const char *label, const char *text, rb_err *err);
/* The same of a sentence that the caller gives away (freed here; NULL: nothing), or with md an item
 * of a list without the label. */
bool rb_wrap_sentence(FILE *out, bool md, const char *label, char *text, rb_err *err);

#endif
