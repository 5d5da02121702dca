// SPDX-License-Identifier: Apache-2.0
/* The traces that a command line names, in its order. */
#ifndef RB_APP_TRACEFILES_H
#define RB_APP_TRACEFILES_H
#include <argp.h>
#include "trace/reader.h"

/* Begins as {0}; freed with rb_tracefiles_free() in any case. */
typedef struct rb_tracefiles {
  const char **paths; /* (n) */
  size_t n, room;
  rb_trace *traces; /* (n) once they are read */
} rb_tracefiles;

/* One more. Ends the process where memory is out. */
void rb_tracefiles_add(const struct argp_state *state, rb_tracefiles *files, const char *path);
/* What the parser of a command whose arguments are all traces does with keys that are not its own:
 * takes them, or ends the process with 2 if there are none. */
error_t rb_tracefiles_args(struct argp_state *state, int key, rb_tracefiles *files);

/* Reads all of them. whole: one with a manifest must be what that says; one that was copied without
 * it must be readable. Errors: those of rb_trace_read(); RB_FAILED for one that is not whole. */
bool rb_tracefiles_read(rb_tracefiles *files, bool whole, rb_err *err);
/* What a reader must not overlook, on standard error. Errors: RB_FAILED when memory is out. */
bool rb_tracefiles_warn(const rb_tracefiles *files, rb_err *err);
void rb_tracefiles_free(rb_tracefiles *files);

#endif
