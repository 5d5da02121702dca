// SPDX-License-Identifier: Apache-2.0
/* One line of progress with the time left, rewritten in place; only on a terminal. */
#ifndef RB_APP_PROGRESS_H
#define RB_APP_PROGRESS_H
#include "study/run.h"

/* For rb_run.progress; the context is not used. */
void rb_progress_show(void *context, const rb_progress *progress);
/* Puts a line in its place, as much of it as the terminal is wide. */
void rb_progress_line(const char *line);
/* Clears the line, if one is there. */
void rb_progress_clear(void);
/* Whether progress should be shown: standard error is a terminal. */
bool rb_progress_wanted(void);

#endif
