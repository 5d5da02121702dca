// SPDX-License-Identifier: Apache-2.0
/* Arithmetic of suites: numbers, names, + - * / ^ ( ) min max, Also one comparison
 * (< <= > >= ==) for expectations. Untrusted input: depth and length bounded. */
#ifndef RB_STUDY_EXPRESSION_H
#define RB_STUDY_EXPRESSION_H
#include "base/err.h"

/* Looks a name up; false if unknown (or not known yet). */
typedef bool rb_lookup(void *context, const char *name, double *value);

/* Value of text. Errors (RB_USAGE): syntax with the column in the text, unknown name, division by 0, a result
 * that is not finite. */
bool rb_expression_value(const char *text, rb_lookup *lookup, void *context, double *value, rb_err *err);
/* Text must be "expression comparison expression"; *holds is the outcome, *left the value on the left. */
bool rb_expression_test(const char *text, rb_lookup *lookup, void *context, bool *holds, double *left,
                        rb_err *err);

#endif
