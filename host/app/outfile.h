// SPDX-License-Identifier: Apache-2.0
/* A file that a command writes whole or not at all. */
#ifndef RB_APP_OUTFILE_H
#define RB_APP_OUTFILE_H
#include <stddef.h>
#include "base/err.h"

/* Whether path may be written, before the work is done: its folder is there, and the name is free,
 * or a regular file's and force. Errors: RB_USAGE. */
bool rb_outfile_check(const char *path, bool force, rb_err *err);
/* Writes n bytes under a temporary name beside path and renames it; without force a file that has
 * appeared there meanwhile is kept. Errors: RB_USAGE for that, RB_FAILED otherwise; nothing is left
 * behind then, and what was there stays. */
bool rb_outfile_write(const char *path, bool force, const char *bytes, size_t n, rb_err *err);

#endif
