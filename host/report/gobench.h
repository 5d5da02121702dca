// SPDX-License-Identifier: Apache-2.0
/* The text of Go's benchmarks (Go proposal 14313), for benchstat. */
#ifndef RB_REPORT_GOBENCH_H
#define RB_REPORT_GOBENCH_H
#include "report/stream.h"

/* A line for each repetition: "BenchmarkRound/<name of the row>", 1, then its time, samples/s,
 * flop/s, fraction of the roof and peak bytes. suite and device are configuration lines, where they
 * change; rows that did not pass are "--- FAIL:" and "--- SKIP:" lines, which benchstat passes
 * over. *n_lines: how many repetitions. Errors: RB_FAILED. */
bool rb_gobench_write(const rb_stream *stream, FILE *out, size_t *n_lines, rb_err *err);

#endif
