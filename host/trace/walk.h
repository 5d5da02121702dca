// SPDX-License-Identifier: Apache-2.0
/* One pass over a trace file: blocks -> lines -> records, and the hash of its bytes on the way.
 * What rb_trace_read() and rb_trace_verify() share; a trace is untrusted, and every size is bounded
 * here. */
#ifndef RB_TRACE_WALK_H
#define RB_TRACE_WALK_H
#include "trace/reader.h"

/* All that is decoded may be this many times the bytes read so far, after a first MiB. Traces stay
 * below 40, since every cell has its own hash; deflate itself reaches 1032. */
#define RB_WALK_MAX_RATIO 256
/* A plan has at most 1,000,000 cells; leaves room for merged traces. */
#define RB_WALK_MAX_RECORDS 4000000
/* A bad block may cost as much as a good one and have 18 bytes only: an end to that. */
#define RB_WALK_MAX_BAD 10000

typedef struct rb_walk {
  bool unreadable;   /* the error is one of opening or reading, not of what was read */
  bool bgzf;         /* blocks, and not other gzip */
  bool end_marker;   /* the last block is the end marker */
  uint64_t n_blocks; /* blocks that hold data and are good */
  uint64_t n_bytes;  /* bytes read: the whole file in salvage mode, at least what was used else */
  uint64_t n_records;
  size_t n_bad; /* salvage: blocks and lines skipped */
  /* The longest beginning of the file that is good blocks and ends with a block of data and a line
   * at once, which is no trial, as its cell comes behind it; an end marker behind it is not in it,
   * so that a resume can append there: */
  uint64_t kept_blocks, kept_bytes, kept_records;
  char sha256[65]; /* of the n_bytes */
  rb_err first;    /* salvage: the first thing skipped; text empty if none */
} rb_walk;

/* Takes record, which is the visitor's even if it fails. */
typedef bool rb_walk_visit(void *context, rb_record *record, rb_err *err);

/* Strict: the first damage is the error, with block or line number and byte. Tail: the first bad
 * block ends the walk without an error. Salvage: bad blocks and lines are skipped. In every mode an
 * error: the file cannot be read (walk->unreadable), is no gzip at all, holds a newer schema, goes
 * beyond a bound. */
bool rb_walk_file(const char *path, rb_read_mode mode, rb_walk_visit *visit, void *context,
                  rb_walk *walk, rb_err *err);
/* The same into *out, without what a resume has replaced; in tail mode only what is kept. The
 * caller frees *out even after an error: what was read until then is in it. */
bool rb_walk_records(const char *path, rb_read_mode mode, rb_trace *out, rb_walk *walk,
                     rb_err *err);

#endif
