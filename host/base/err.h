// SPDX-License-Identifier: Apache-2.0
/* Errors: one line that says what was wrong, where, and what to try. The kind is the process's exit
 * code if nothing worse follows (docs/CLI.md lists them).
 *
 * Convention of the whole program: a fallible call returns bool and takes `rb_err *err` last; the
 * line that fails speaks once, through rb_fail(); callers pass the same err upward untouched or
 * prefix it with rb_prefix(). `err` is never NULL. */
#ifndef RB_BASE_ERR_H
#define RB_BASE_ERR_H
#include <stdbool.h>
#include <stdarg.h>

typedef enum rb_kind {
  RB_DONE = 0,
  RB_REGRESSION = 1,
  RB_USAGE = 2,        /* bad command line, suite or configuration */
  RB_NO_DEVICE = 3,    /* no device matches */
  RB_WRONG = 4,        /* a result is wrong */
  RB_FAILED = 5,       /* driver, build or I/O failure */
  RB_INCONCLUSIVE = 6, /* inconclusive or not comparable */
  RB_MISSING = 7,      /* cells of the baseline are missing */
  RB_INTERRUPTED = 130 /* SIGINT (143: SIGTERM), after the trace was flushed */
} rb_kind;

typedef struct rb_err {
  rb_kind kind;
  bool memory; /* the device refused memory: the same with less of it may work */
  char text[2048];
} rb_err;

/* Sets *err and returns false, so that a failing line reads `return rb_fail(err, RB_FAILED,
 * "...")`. */
bool rb_fail(rb_err *err, rb_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts "<prefix>: " before the text that is there; keeps the kind; returns false. */
bool rb_prefix(rb_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The worse of two exit codes: 130/143 > 5 > 4 > 3 > 2 > 7 > 1 > 6 > 0. */
int rb_worse(int a, int b);

#endif
