// SPDX-License-Identifier: Apache-2.0
#include "trace/reader.h"
#include <stdlib.h>
#include "base/mem.h"
#include "trace/replaced.h"
#include "trace/walk.h"

typedef struct collector {
  rb_trace *trace;
  size_t room;
} collector;

static bool collect(void *context, rb_record *record, rb_err *err) {
  collector *to = context;
  rb_trace *trace = to->trace;
  void *records = trace->records;
  if (!rb_grow(&records, &to->room, trace->n_records + 1, sizeof *trace->records,
               "records of the trace", err)) {
    rb_record_free(record);
    return false;
  }
  trace->records = records;
  trace->records[trace->n_records++] = record;
  return true;
}

bool rb_walk_records(const char *path, rb_read_mode mode, rb_trace *out, rb_walk *walk,
                     rb_err *err) {
  collector to = {out, 0};
  *out = (rb_trace){0};
  bool ok = rb_walk_file(path, mode, collect, &to, walk, err);
  bool tail = mode == RB_READ_TAIL;
  while (tail && out->n_records > walk->kept_records)
    rb_record_free(out->records[--out->n_records]);
  out->n_lines = out->n_records;
  out->bgzf = walk->bgzf;
  out->end_marker = walk->end_marker;
  out->n_blocks = tail ? walk->kept_blocks : walk->n_blocks;
  out->n_bytes = tail ? walk->kept_bytes : walk->n_bytes;
  return ok && rb_replaced_drop(out, err);
}

bool rb_trace_read(const char *path, rb_read_mode mode, rb_trace *out, size_t *n_bad, rb_err *err) {
  rb_walk walk;
  bool ok = rb_walk_records(path, mode, out, &walk, err);
  if (n_bad)
    *n_bad = walk.n_bad;
  if (!ok)
    rb_trace_free(out);
  return ok;
}

void rb_trace_free(rb_trace *trace) {
  for (size_t i = 0; i < trace->n_records; i++)
    rb_record_free(trace->records[i]);
  free(trace->records);
  *trace = (rb_trace){0};
}
