// SPDX-License-Identifier: Apache-2.0
/* Reading a trace (docs/TRACE.md): untrusted input, bounded everywhere. Accepts BGZF blocks and,
 * for reading only, other gzip of at most 256 times its length. */
#ifndef RB_TRACE_READER_H
#define RB_TRACE_READER_H
#include "trace/record.h"

typedef struct rb_trace {
  rb_record **records; /* (n_records) in file order; [0] is the header, unless salvage lost it */
  size_t n_records;
  bool bgzf, end_marker;
  uint64_t n_blocks; /* that hold data; the end marker is none */
  uint64_t n_bytes;  /* of the file; in tail mode of the part that is kept, where a resume appends:
                       the end marker is not in it */
  uint64_t n_lines;  /* records in these bytes: n_records and those that a resume has replaced */
} rb_trace;

typedef enum rb_read_mode {
  RB_READ_STRICT, /* any damage is an error; a missing end marker is none (end_marker says it) */
  RB_READ_TAIL,   /* stop at the first bad block: what a resume would keep; BGZF only */
  RB_READ_SALVAGE /* skip bad blocks and lines, count them in n_bad */
} rb_read_mode;

/* Reads path whole; *out owns the records (rb_trace_free), empty on error. What a resume has
 * replaced (trace/replaced.h) is left out. *n_bad (may be NULL) counts skipped blocks and lines.
 * Errors (RB_FAILED): cannot open, damage with block number and byte offset, not a trace, schema
 * newer than this program. */
bool rb_trace_read(const char *path, rb_read_mode mode, rb_trace *out, size_t *n_bad, rb_err *err);
void rb_trace_free(rb_trace *trace);

/* The verdict of `relubench verify`: container, CRCs, records, end marker, and the manifest's rows,
 * blocks, bytes and SHA-256. */
typedef struct rb_verify_report {
  bool intact;        /* manifest there, nothing damaged, cut or altered */
  bool sealed;        /* end marker there and manifest sealed */
  uint64_t n_records; /* of which a resume may have replaced some, which are not counted below */
  uint64_t n_cells, n_wrong, n_failed, n_blocks, n_bytes;
  char run_id[33], sha256[65];
  char problem[512]; /* first thing wrong, empty if intact */
} rb_verify_report;
/* Returns false only if the file cannot be opened or read at all; a damaged trace is a report with
 * intact = false, and so is one without a manifest, as nothing says that it is whole. */
bool rb_trace_verify(const char *path, rb_verify_report *report, rb_err *err);

#endif
