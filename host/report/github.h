// SPDX-License-Identifier: Apache-2.0
/* The custom format of github-action-benchmark. A file there has one direction, tool
 * customBiggerIsBetter or customSmallerIsBetter, so there are two. */
#ifndef RB_REPORT_GITHUB_H
#define RB_REPORT_GITHUB_H
#include "report/stream.h"

/* An array of {name, unit, value, range, extra}, an entry for each measure of a row that is better
 * that way; range is "± x", the larger half of its 95 % interval, where it has one. *n_entries: how
 * many. Errors: RB_FAILED. */
bool rb_github_write(const rb_stream *stream, rb_stream_better better, FILE *out, size_t *n_entries,
                     rb_err *err);

#endif
