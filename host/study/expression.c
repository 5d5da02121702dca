// SPDX-License-Identifier: Apache-2.0
/* Recursive descent, one function per precedence:
 *   sum     = product { (+|-) product }
 *   product = sign { (*|/) sign }
 *   sign    = (+|-) sign | atom [ ^ sign ]
 *   atom    = number | name | ( sum ) | (min|max) ( sum , sum )
 * Every way down passes sign(), which therefore bounds the depth. */
#include "study/expression.h"
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct scanner {
  const char *text;
  size_t at; /* next byte */
  unsigned depth;
  bool compute; /* false: syntax and names only */
  rb_lookup *lookup;
  void *context;
  rb_err *err;
} scanner;

static bool sum(scanner *s, double *value);

__attribute__((format(printf, 3, 4))) static bool fail_at(scanner *s, size_t at, const char *format,
                                                          ...) {
  char what[256];
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  return rb_fail(s->err, RB_USAGE, "column %zu: %s", at + 1, what);
}

static char peek(scanner *s) {
  while (s->text[s->at] == ' ' || s->text[s->at] == '\t')
    s->at++;
  return s->text[s->at];
}

static bool unexpected(scanner *s, const char *wanted) {
  unsigned char c = (unsigned char)peek(s);
  if (c == 0)
    return fail_at(s, s->at, "wanted %s, found the end", wanted);
  if (!isprint(c))
    return fail_at(s, s->at, "wanted %s, found byte 0x%02x", wanted, c);
  return fail_at(s, s->at, "wanted %s, found '%c'", wanted, c);
}

static bool take(scanner *s, char c) {
  if (peek(s) != c)
    return unexpected(s, c == '(' ? "'('" : c == ')' ? "')'" : "','");
  s->at++;
  return true;
}

static size_t digits(const char *text) {
  return strspn(text, "0123456789");
}

/* Scanned here and not by strtod alone, which also takes inf, nan and 0x10. */
static bool number(scanner *s, double *value) {
  const char *from = s->text + s->at;
  size_t n = digits(from), whole = n, fraction = 0;
  if (from[n] == '.') {
    fraction = digits(from + n + 1);
    n += 1 + fraction;
  }
  if (whole + fraction == 0)
    return unexpected(s, "digits beside the point");
  if (from[n] == 'e' || from[n] == 'E') {
    size_t sign = from[n + 1] == '+' || from[n + 1] == '-' ? 1 : 0;
    size_t exponent = digits(from + n + 1 + sign);
    if (exponent == 0)
      return fail_at(s, s->at + n, "wanted digits after '%c' of a number such as 1e3", from[n]);
    n += 1 + sign + exponent;
  }
  char copy[RB_EXPRESSION_LENGTH + 1];
  memcpy(copy, from, n);
  copy[n] = 0;
  *value = strtod(copy, NULL);
  s->at += n;
  return true;
}

static bool function(scanner *s, bool largest, double *value) {
  double a, b;
  if (!take(s, '(') || !sum(s, &a) || !take(s, ',') || !sum(s, &b) || !take(s, ')'))
    return false;
  *value = largest ? fmax(a, b) : fmin(a, b);
  return true;
}

static bool name(scanner *s, double *value) {
  char word[32];
  size_t start = s->at, n = 0;
  while (isalnum((unsigned char)s->text[s->at + n]) || s->text[s->at + n] == '_')
    n++;
  if (n >= sizeof word)
    return fail_at(s, start, "unknown name '%.32s...'", s->text + start);
  memcpy(word, s->text + start, n);
  word[n] = 0;
  s->at += n;
  if (strcmp(word, "min") == 0 || strcmp(word, "max") == 0)
    return function(s, word[1] == 'a', value);
  if (s->lookup == NULL)
    return fail_at(s, start, "name '%s' where only numbers are allowed", word);
  *value = 1;
  if (!s->lookup(s->context, word, value))
    return fail_at(s, start, "unknown name '%s'", word);
  return true;
}

static bool atom(scanner *s, double *value) {
  char c = peek(s);
  if (isdigit((unsigned char)c) || c == '.')
    return number(s, value);
  if (isalpha((unsigned char)c) || c == '_')
    return name(s, value);
  if (c != '(')
    return unexpected(s, "a number, a name or '('");
  s->at++;
  return sum(s, value) && take(s, ')');
}

static bool sign(scanner *s, double *value) {
  if (++s->depth > RB_EXPRESSION_DEPTH)
    return fail_at(s, s->at, "nested more than %d deep", RB_EXPRESSION_DEPTH);
  char c = peek(s);
  if (c == '-' || c == '+') {
    s->at++;
    if (!sign(s, value))
      return false;
    *value = c == '-' ? -*value : *value;
  } else {
    if (!atom(s, value))
      return false;
    if (peek(s) == '^') {
      double exponent;
      s->at++;
      if (!sign(s, &exponent))
        return false;
      *value = s->compute ? pow(*value, exponent) : 1;
    }
  }
  s->depth--;
  return true;
}

static bool product(scanner *s, double *value) {
  if (!sign(s, value))
    return false;
  for (char c = peek(s); c == '*' || c == '/'; c = peek(s)) {
    size_t at = s->at++;
    double right;
    if (!sign(s, &right))
      return false;
    if (c == '/' && s->compute && right == 0)
      return fail_at(s, at, "division by 0");
    *value = c == '*' ? *value * right : s->compute ? *value / right : 1;
  }
  return true;
}

static bool sum(scanner *s, double *value) {
  if (!product(s, value))
    return false;
  for (char c = peek(s); c == '+' || c == '-'; c = peek(s)) {
    double right;
    s->at++;
    if (!product(s, &right))
      return false;
    *value = c == '+' ? *value + right : *value - right;
  }
  return true;
}

static bool start(scanner *s) {
  if (strnlen(s->text, RB_EXPRESSION_LENGTH + 1) > RB_EXPRESSION_LENGTH)
    return fail_at(s, RB_EXPRESSION_LENGTH, "longer than %d bytes", RB_EXPRESSION_LENGTH);
  return true;
}

static bool value_of(scanner *s, double *value) {
  if (!start(s) || !sum(s, value))
    return false;
  return peek(s) == 0 || unexpected(s, "an operator or the end");
}

typedef enum relation { LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL } relation;

static bool comparison(scanner *s, relation *out) {
  char c = peek(s);
  bool equal = c != 0 && s->text[s->at + 1] == '=';
  if ((c != '<' && c != '>' && c != '=') || (c == '=' && !equal))
    return unexpected(s, "an operator or one of < <= > >= ==");
  s->at += equal ? 2 : 1;
  *out = c == '='   ? EQUAL
         : c == '<' ? (equal ? LESS_EQUAL : LESS)
         : equal    ? GREATER_EQUAL
                    : GREATER;
  return true;
}

static bool holds_of(scanner *s, bool *holds, double *left) {
  relation kind = LESS;
  double right;
  if (!start(s) || !sum(s, left) || !comparison(s, &kind) || !sum(s, &right))
    return false;
  if (peek(s) != 0)
    return unexpected(s, "an operator or the end");
  switch (kind) {
  case LESS:
    *holds = *left < right;
    break;
  case LESS_EQUAL:
    *holds = *left <= right;
    break;
  case GREATER:
    *holds = *left > right;
    break;
  case GREATER_EQUAL:
    *holds = *left >= right;
    break;
  case EQUAL:
    *holds = *left == right;
    break;
  }
  return true;
}

bool rb_expression_value(const char *text, rb_lookup *lookup, void *context, double *value,
                         rb_err *err) {
  scanner s = {.text = text, .compute = true, .lookup = lookup, .context = context, .err = err};
  if (!value_of(&s, value))
    return false;
  if (!isfinite(*value))
    return fail_at(&s, 0, "the result is not finite");
  return true;
}

bool rb_expression_test(const char *text, rb_lookup *lookup, void *context, bool *holds,
                        double *left, rb_err *err) {
  scanner s = {.text = text, .compute = true, .lookup = lookup, .context = context, .err = err};
  return holds_of(&s, holds, left);
}

bool rb_expression_check(const char *text, bool comparison, rb_lookup *lookup, void *context,
                         rb_err *err) {
  scanner s = {.text = text, .lookup = lookup, .context = context, .err = err};
  double value;
  bool holds;
  return comparison ? holds_of(&s, &holds, &value) : value_of(&s, &value);
}
