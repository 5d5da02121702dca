// SPDX-License-Identifier: Apache-2.0
/* --format and --json, which most commands share, as a child parser of argp. */
#ifndef RB_APP_FORMAT_H
#define RB_APP_FORMAT_H
#include <argp.h>
#include "report/table.h"

/* Ends with 0; the parent passes a `rb_format *` as the child's input on ARGP_KEY_INIT. */
extern const struct argp_child rb_format_child[];

#endif
