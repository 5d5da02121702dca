// SPDX-License-Identifier: Apache-2.0
/* JUnit XML as Jenkins' xUnit plugin and what follows it read it. */
#ifndef RB_REPORT_JUNIT_H
#define RB_REPORT_JUNIT_H
#include "report/stream.h"

/* A testsuite for each run, a testcase for each row: wrong results and regressions are failures,
 * trouble of driver, build or memory is an error, what was not run to its end is skipped. A run of
 * which planned cells are missing, or that was not ended, has one testcase more, an error, so that
 * it never passes for whole. Errors: RB_FAILED when memory is out. */
bool rb_junit_write(const rb_stream *stream, FILE *out, rb_err *err);

#endif
