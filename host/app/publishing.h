// SPDX-License-Identifier: Apache-2.0
/* `verify --publishable`: which cells a trace must have, by the suite as this program has it. */
#ifndef RB_APP_PUBLISHING_H
#define RB_APP_PUBLISHING_H
#include "report/publish.h"

/* Reads the trace at path, makes the plan of its suite with its overrides, and judges it. *report
 * is that of rb_trace_verify(). *out is the caller's, freed by rb_publish_free(). Errors: RB_FAILED
 * when memory is out; what is wrong with the trace or its suite is a fault in *out. */
bool rb_publishing_judge(const char *path, const rb_verify_report *report, rb_publish *out,
                         rb_err *err);

#endif
