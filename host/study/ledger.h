// SPDX-License-Identifier: Apache-2.0
/* The trace of a run as it grows: every record of a run goes through here, whichever process made
 * it. */
#ifndef RB_STUDY_LEDGER_H
#define RB_STUDY_LEDGER_H
#include "base/clock.h"
#include "trace/writer.h"

typedef struct rb_ledger {
  rb_writer *writer;
  uint64_t n_resumes;     /* of the run, told in cells and roofs */
  size_t n_done;          /* cells that are in the trace */
  int exit_code;          /* worst so far (docs/CLI.md) */
  rb_host_time committed; /* last */
} rb_ledger;

/* For rb_run.put; ledger is an rb_ledger. Commits at most once a second, and never between a cell
 * and its trials. Errors: RB_FAILED when the trace cannot be written. */
bool rb_ledger_put(void *ledger, rb_record *record, size_t cell, int code, rb_err *err);

#endif
