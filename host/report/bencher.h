// SPDX-License-Identifier: Apache-2.0
/* Bencher Metric Format: {"case": {"latency": {"value", "lower_value", "upper_value"}, ..}, ..}. */
#ifndef RB_REPORT_BENCHER_H
#define RB_REPORT_BENCHER_H
#include "report/stream.h"

/* Time and samples/s are Bencher's own measures latency (ns) and throughput. Rows without a measure
 * are left out. *n_cases: how many there are. Errors: RB_FAILED. */
bool rb_bencher_write(const rb_stream *stream, FILE *out, size_t *n_cases, rb_err *err);

#endif
