// SPDX-License-Identifier: Apache-2.0
/* --format and --json of commands that judge: those of format.h, and junit; and --junit, a file. */
#ifndef RB_APP_GATEFORMAT_H
#define RB_APP_GATEFORMAT_H
#include <argp.h>
#include <stdio.h>
#include "report/gate.h"
#include "report/table.h"

typedef struct rb_gateformat {
  rb_format format;
  bool junit;       /* in place of it */
  const char *file; /* gets the same as JUnit XML; or NULL */
} rb_gateformat;

/* Ends with 0; the parent passes a `rb_gateformat *` as the child's input on ARGP_KEY_INIT. */
extern const struct argp_child rb_gateformat_child[];
/* Errors: RB_FAILED when memory is out, or out or the file cannot be written. */
bool rb_gateformat_show(const rb_gateformat *format, const rb_gate *gate, FILE *out, rb_err *err);

#endif
