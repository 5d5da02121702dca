// SPDX-License-Identifier: Apache-2.0
/* What a reader of a trace must not overlook. */
#ifndef RB_REPORT_WARNING_H
#define RB_REPORT_WARNING_H
#include "report/load.h"

typedef enum rb_warning {
  RB_WARNING_UNSEALED,    /* no end marker */
  RB_WARNING_INTERRUPTED, /* cells missing, or the run says it was stopped */
  RB_WARNING_MIXED,       /* a resume went on although something was not as before */
  RB_WARNING_ABOVE_ROOF,  /* implausible rates */
  RB_WARNING_HOST_CLOCK,  /* device times could not be used */
  RB_WARNING_WIDE,        /* wanted width of the interval missed */
  RB_WARNING_SMALL_TILE,  /* the device refused memory for the tile that was wanted */
  RB_N_WARNINGS
} rb_warning;

/* *out: one line (unescaped, owned by the caller), or NULL if there is nothing to warn of. Errors:
 * RB_FAILED when memory is out. */
bool rb_warning_text(const rb_load *load, rb_warning which, char **out, rb_err *err);

#endif
