// SPDX-License-Identifier: Apache-2.0
/* Where suites and traces are. */
#ifndef RB_APP_SUITEFILE_H
#define RB_APP_SUITEFILE_H
#include <stddef.h>
#include "app/runopts.h"
#include "study/plan.h"

/* Path of a suite into path: name itself if it has a '/' or ends in .yaml; else <name>.yaml in
 * RELUBENCH_SUITES, ./suites, ../suites beside the program, or the installed data, found from the
 * program or where they were installed to. Errors: RB_USAGE listing the
 * suites there are. */
bool rb_suitefile_find(const char *name, char *path, size_t room, rb_err *err);
/* The suite that opts name, with their overrides, and its cells; both freed by the caller in every
 * case. Errors: RB_USAGE, RB_FAILED. */
bool rb_suitefile_plan(const rb_runopts *opts, rb_suite *suite, rb_plan *plan, rb_err *err);
/* Whether the folder of a trace that the user named is there: a name mistyped makes no folders.
 * Errors: RB_USAGE. */
bool rb_suitefile_output(const char *path, rb_err *err);
/* results/runs/<suite>-<utc>-<first 8 of run_id>.jsonl.gz into path. */
void rb_suitefile_trace(const char *suite, const char *run_id, char *path, size_t room);

#endif
