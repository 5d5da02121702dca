// SPDX-License-Identifier: Apache-2.0
/* JUnit XML as Jenkins' xUnit plugin and what follows it read it. */
#ifndef RB_REPORT_JUNIT_H
#define RB_REPORT_JUNIT_H
#include "report/gate.h"
#include "report/stream.h"

/* A testsuite for each run, a testcase for each row: wrong results and regressions are failures,
 * trouble of driver, build or memory is an error, what was not run to its end is skipped. A run of
 * which planned cells are missing, or that was not ended, has one testcase more, an error, so that
 * it never passes for whole. Errors: RB_FAILED when memory is out. */
bool rb_junit_write(const rb_stream *stream, FILE *out, rb_err *err);
/* One testsuite of a comparison, a testcase for each cell: what is slower, wrong or asks something
 * else of the device is a failure, what failed or is missing an error, what cannot be told or
 * compared is skipped. Its time is that of the new side. Claim, notes and next steps are its
 * output. Errors as above. */
bool rb_junit_gate(const rb_gate *gate, FILE *out, rb_err *err);

#endif
