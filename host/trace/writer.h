// SPDX-License-Identifier: Apache-2.0
/* Writing a trace (docs/TRACE.md): JSON Lines in BGZF blocks, with a manifest beside it. */
#ifndef RB_TRACE_WRITER_H
#define RB_TRACE_WRITER_H
#include "trace/record.h"

typedef struct rb_writer rb_writer;

/* Creates path (O_EXCL unless force; parent folders made), takes the writer's lock, writes the
 * header record alone in the first block and the first manifest. header is a record of type run
 * with a run_id of 32 lower-case hexadecimal digits; it is not kept. With force an old trace and
 * its manifest go away, unless another process is writing it. Errors: RB_USAGE if path exists (says
 * --force), RB_FAILED otherwise; nothing new is left behind then. */
bool rb_writer_open(const char *path, bool force, const rb_record *header, rb_writer **out,
                    rb_err *err);
/* Queues one record; nothing touches the file until commit (or a full block). Errors (RB_FAILED):
 * the record's line is longer than RB_RECORD_MAX_LINE (the record is left out, the writer goes on),
 * or a full block could not be written. */
bool rb_writer_add(rb_writer *writer, const rb_record *record, rb_err *err);
/* Full block(s) to the file, fsync, manifest renewed; nothing queued, nothing done. Never call
 * inside a timed region. After a failed write or fsync every later call fails with the first error.
 */
bool rb_writer_commit(rb_writer *writer, rb_err *err);
/* Commits, then if seal writes the end marker and a sealed manifest. Frees the writer in every
 * case; NULL is allowed and does nothing. */
bool rb_writer_close(rb_writer *writer, bool seal, rb_err *err);
const char *rb_writer_run_id(const rb_writer *writer);

#endif
