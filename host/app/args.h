// SPDX-License-Identifier: Apache-2.0
/* Command lines through argp, with one line for a usage error where argp prints two. */
#ifndef RB_APP_ARGS_H
#define RB_APP_ARGS_H
#include <argp.h>

/* For ARGP_KEY_INIT: silences what argp would print after an error. */
void rb_args_quiet(struct argp_state *state);
/* Parses; ends the process after --help (0) and after a usage error (2). One of
 * argp's parsers calls rb_args_quiet(). */
void rb_args_parse(const struct argp *argp, int argc, char **argv, void *input);
/* What the parser of a command with one argument, a trace, does with keys that are not its own:
 * takes it into *path (NULL before), or ends the process if there are two or none. */
error_t rb_args_trace(const struct argp_state *state, int key, const char *arg, const char **path);
/* Prints "relubench <command>: <text>" on standard error and ends the process with 2. */
_Noreturn void rb_args_fail(const struct argp_state *state, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
