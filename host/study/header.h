// SPDX-License-Identifier: Apache-2.0
/* The first record of a trace: what ran, from which sources, where. */
#ifndef RB_STUDY_HEADER_H
#define RB_STUDY_HEADER_H
#include "study/plan.h"
#include "trace/record.h"

typedef struct rb_header {
  const char *tool_version, *git_revision;
  const char *command; /* the command line */
  const char *layers;  /* OpenCL layers asked for, or NULL */
  const char *backend; /* in place of the suite's, or NULL */
  const rb_suite *suite;
  size_t n_cells;
  const char *energy; /* rb_energy_describe(), or NULL */
} rb_header;

/* A record of type run with a fresh run_id, the time, and facts about the host (CPU, governor,
 * load, memory, kernel, container or virtual machine), but no libraries. Owned by the caller.
 * Errors: RB_FAILED when the system gives no random bytes. */
bool rb_header_make(const rb_header *header, rb_record **out, rb_err *err);
/* Libraries. loader: rb_session_loader(), which only a process that uses OpenCL can ask. */
void rb_header_libraries(rb_record *header, const char *loader);
/* The last record of a trace. */
rb_record *rb_header_end(int exit_code, size_t n_done);

#endif
