// SPDX-License-Identifier: Apache-2.0
/* `run` as a worker (study/worker.h), started by `run` with its own command line. */
#ifndef RB_APP_WORK_H
#define RB_APP_WORK_H
#include "app/runopts.h"

/* Does what the supervisor says. Returns the exit code, which says whether that was done; errors go
 * to the supervisor, or to standard error if there is none. */
int rb_work_serve(const rb_runopts *opts);

#endif
