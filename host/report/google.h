// SPDX-License-Identifier: Apache-2.0
/* The JSON of google/benchmark, schema 1: what its compare.py and everything else that reads that
 * library's output takes. */
#ifndef RB_REPORT_GOOGLE_H
#define RB_REPORT_GOOGLE_H
#include "report/stream.h"

/* A case for each row with times: a repetition for each of them, then their median as an aggregate;
 * real_time and cpu_time are both the time of a repetition. Rows that did not pass are cases
 * without times, error_occurred (or skipped) and why. What is not known is null, but for the times
 * of such a case, which that library writes as 0. *n_cases: how many there are. Errors: RB_FAILED.
 */
bool rb_google_write(const rb_stream *stream, FILE *out, size_t *n_cases, rb_err *err);

#endif
