// SPDX-License-Identifier: Apache-2.0
/* Another program, run to its end: text in, bytes out. No shell stands between. */
#ifndef RB_BASE_CHILD_H
#define RB_BASE_CHILD_H
#include <stdatomic.h>
#include <stddef.h>
#include "base/err.h"

enum { RB_CHILD_SAID_ROOM = 512 };

typedef struct rb_child {
  const char *const *argv; /* ends with NULL; argv[0] is looked for in PATH */
  const char *locale;      /* its LC_ALL; the rest of the environment is ours */
  const char *input;       /* (n_input) for its standard input, which then ends */
  size_t n_input;
  size_t max_output;      /* bytes that its standard output may have */
  double max_seconds;     /* that it may take */
  const char *advice;     /* what to try where there is no such program */
  int *code;              /* NULL: another code than 0 is an error; else the code, and it is none */
  const atomic_int *stop; /* NULL, or: once it is not 0 the program is killed */
} rb_child;

/* Runs it and waits. *output: what it wrote to standard output (n_output bytes and a zero behind
 * them), owned by the caller, NULL on error. said: the last line that it wrote to standard error,
 * untrusted text, "" if there was none. Errors (RB_FAILED): it cannot be started; it took too long,
 * wrote too much or was to stop, and was killed; it ended with another code than 0 (the error has
 * that line) or by a signal. */
bool rb_child_run(const rb_child *child, char **output, size_t *n_output,
                  char said[RB_CHILD_SAID_ROOM], rb_err *err);

#endif
