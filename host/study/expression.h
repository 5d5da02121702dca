// SPDX-License-Identifier: Apache-2.0
/* Arithmetic of suites: numbers, names, + - * / ^ ( ) min(a,b) max(a,b), and one comparison
 * (< <= > >= ==) for expectations. Numbers are decimal (10, .5, 1e3); ^ binds tighter than a sign
 * before it and groups to the right, so -2^2 = -4 and 2^3^2 = 512. Untrusted input: at most
 * RB_EXPRESSION_LENGTH bytes, nested at most RB_EXPRESSION_DEPTH deep. Errors are RB_USAGE and
 * begin "column N: ", N counted from 1 in the text. */
#ifndef RB_STUDY_EXPRESSION_H
#define RB_STUDY_EXPRESSION_H
#include "base/err.h"

enum { RB_EXPRESSION_LENGTH = 1000, RB_EXPRESSION_DEPTH = 50 };

/* Looks a name up; false if unknown. */
typedef bool rb_lookup(void *context, const char *name, double *value);

/* Value of text. lookup NULL: no names are allowed. Errors: syntax, unknown name, division by 0, a
 * result that is not finite. */
bool rb_expression_value(const char *text, rb_lookup *lookup, void *context, double *value,
                         rb_err *err);
/* Text must be "expression comparison expression"; *holds is the outcome, *left the value on the
 * left. Names may be infinite or NaN here (the ratio of a collapsed W is), and a comparison with
 * NaN does not hold. Errors: syntax, unknown name, division by 0. */
bool rb_expression_test(const char *text, rb_lookup *lookup, void *context, bool *holds,
                        double *left, rb_err *err);
/* Syntax and names alone, of a comparison or of a value; nothing is computed, and what lookup
 * stores is not looked at. Errors: syntax, unknown name. */
bool rb_expression_check(const char *text, bool comparison, rb_lookup *lookup, void *context,
                         rb_err *err);

#endif
