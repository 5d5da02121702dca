// SPDX-License-Identifier: Apache-2.0
/* SIGINT and SIGTERM. The calling thread, and those it starts later, block them; a thread of their
 * own takes them. A terminal sends Ctrl-C to drivers' children too, and these inherit the block:
 * PoCL's linker, killed in the middle of a build, would take the program along (PoCL 3.1 aborts).
 */
#ifndef RB_APP_STOP_H
#define RB_APP_STOP_H
#include <stdatomic.h>
#include "base/err.h"

/* Call before anything starts a thread or a child. Until rb_stop_defer() a signal ends the process
 * at once, with 130 or 143. Errors: RB_FAILED when there is no thread to be had. */
bool rb_stop_install(rb_err *err);
/* From now on the first signal only sets the returned flag to its number, so that the run ends
 * after the current step; the second one ends the process at once. */
const atomic_int *rb_stop_defer(void);
/* The same in a worker, whose supervisor takes signals too and ends it: no signal ends the process.
 */
const atomic_int *rb_stop_obey(void);
/* The flag, wherever it is wanted before. */
const atomic_int *rb_stop_flag(void);

#endif
