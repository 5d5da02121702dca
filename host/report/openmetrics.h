// SPDX-License-Identifier: Apache-2.0
/* OpenMetrics 1.0 text, for Prometheus and what reads its format. */
#ifndef RB_REPORT_OPENMETRICS_H
#define RB_REPORT_OPENMETRICS_H
#include "report/stream.h"

/* A gauge for each measure, in base units with the unit as suffix, and two more (_low, _high) for
 * its 95 % interval where it has one; relubench_passed, 0 or 1, for every row; relubench_run_info
 * for every run. Labels of a row are its outcome, those of its name, `device` and `device_name`.
 * Errors: RB_FAILED when memory is out. */
bool rb_openmetrics_write(const rb_stream *stream, FILE *out, rb_err *err);

#endif
