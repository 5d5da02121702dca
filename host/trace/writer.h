// SPDX-License-Identifier: Apache-2.0
/* Writing a trace (docs/TRACE.md): JSON Lines in BGZF blocks, with a manifest beside it. */
#ifndef RB_TRACE_WRITER_H
#define RB_TRACE_WRITER_H
#include "trace/reader.h"

typedef struct rb_writer rb_writer;

/* Creates path (O_EXCL unless force; parent folders made), takes the writer's lock, writes the
 * header record alone in the first block and the first manifest. header is a record of type run
 * with a run_id of 32 lower-case hexadecimal digits; it is not kept. With force an old trace and
 * its manifest go away, unless another process is writing it. Errors: RB_USAGE if path exists (says
 * --force), RB_FAILED otherwise; nothing new is left behind then. */
bool rb_writer_open(const char *path, bool force, const rb_record *header, rb_writer **out,
                    rb_err *err);
/* Takes the trace at path and its lock, to go on with it. *kept, the caller's, gets its records up
 * to the first bad block or to the last whole cell (RB_READ_TAIL), end_marker if the manifest says
 * sealed too; nothing on disk changes before rb_writer_append(). A file that is not there is made,
 * and one that a killed run left without any record and without a manifest is taken for new: then
 * kept->n_records is 0, and rb_writer_begin() is next, in place of rb_writer_append(). doubt->kind
 * is RB_DONE, or else doubt says why the trace should not be gone on with: committed records are
 * damaged, altered or missing, or nothing says that they are not. Errors: RB_FAILED: it is no
 * trace, or holds several runs, or another process is writing it. */
bool rb_writer_resume(const char *path, rb_writer **out, rb_trace *kept, rb_err *doubt,
                      rb_err *err);
/* Empties the file and writes the header, as rb_writer_open() does. */
bool rb_writer_begin(rb_writer *writer, const rb_record *header, rb_err *err);
/* Cuts the file behind what is kept. *n_cut: bytes of records that are lost so, which is not the
 * end marker. Errors: RB_FAILED, and then of every later call. */
bool rb_writer_append(rb_writer *writer, uint64_t *n_cut, rb_err *err);
/* Queues one record; nothing touches the file until commit (or a full block). Errors (RB_FAILED):
 * the record's line is longer than RB_RECORD_MAX_LINE (the record is left out, the writer goes on),
 * or a full block could not be written. */
bool rb_writer_add(rb_writer *writer, const rb_record *record, rb_err *err);
/* Full block(s) to the file, fsync, manifest renewed; nothing queued, nothing done. Never call
 * inside a timed region. After a failed write or fsync every later call fails with the first error.
 */
bool rb_writer_commit(rb_writer *writer, rb_err *err);
/* Commits, then if seal writes the end marker and a sealed manifest. Frees the writer in every
 * case; NULL is allowed and does nothing. A file that was made, and has no header yet, goes away.
 */
bool rb_writer_close(rb_writer *writer, bool seal, rb_err *err);
const char *rb_writer_run_id(const rb_writer *writer);

#endif
