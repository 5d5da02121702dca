// SPDX-License-Identifier: Apache-2.0
#include "study/ledger.h"
#include <string.h>
#include "study/run.h"

static const double commit_every_s = 1;

bool rb_ledger_put(void *context, rb_record *record, size_t cell, int code, rb_err *err) {
  rb_ledger *ledger = context;
  const char *type = rb_record_get_text(record, RB_F_type);
  bool is_trial = type && strcmp(type, "trial") == 0;
  ledger->exit_code = rb_worse(ledger->exit_code, code);
  ledger->n_done += cell != RB_RUN_NO_CELL;
  if (ledger->n_resumes && !is_trial)
    rb_record_integer(record, RB_F_resumed, ledger->n_resumes);
  if (!rb_writer_add(ledger->writer, record, err))
    return false;
  if (is_trial || rb_clock_since_s(ledger->committed) <= commit_every_s)
    return true;
  bool ok = rb_writer_commit(ledger->writer, err);
  ledger->committed = rb_clock_now();
  return ok;
}
