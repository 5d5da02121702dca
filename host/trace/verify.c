// SPDX-License-Identifier: Apache-2.0
#include "trace/reader.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "trace/manifest.h"
#include "trace/walk.h"

typedef struct tally {
  rb_verify_report *report;
  uint64_t schema_version; /* of the first header */
} tally;

static void count(const rb_trace *trace, tally *to) {
  rb_verify_report *report = to->report;
  for (size_t i = 0; i < trace->n_records; i++) {
    const rb_record *record = trace->records[i];
    if (rb_record_is_text(record, RB_F_type, "cell")) {
      report->n_cells++;
      report->n_wrong += rb_record_is_text(record, RB_F_status, "wrong");
      report->n_failed += rb_record_is_text(record, RB_F_status, "failed");
    } else if (rb_record_is_text(record, RB_F_type, "run") && to->schema_version == 0) {
      const char *run_id = rb_record_get_text(record, RB_F_run_id);
      snprintf(report->run_id, sizeof report->run_id, "%s", run_id ? run_id : "");
      to->schema_version = rb_record_get_integer(record, RB_F_schema_version);
    }
  }
}

/* The first difference between the file and its manifest, in *err. */
static bool agrees(const char *path, const rb_manifest *manifest, const rb_walk *walk,
                   const tally *seen, rb_err *err) {
  const rb_verify_report *report = seen->report;
  if (report->n_bytes < manifest->bytes)
    return rb_fail(err, RB_FAILED,
                   "%s has %" PRIu64 " bytes, but its manifest counts %" PRIu64 ": it was cut",
                   path, report->n_bytes, manifest->bytes);
  if (report->n_bytes > manifest->bytes)
    return rb_fail(err, RB_FAILED,
                   "%s has %" PRIu64 " bytes, but its manifest counts %" PRIu64
                   ": it is still being written, the run broke off after its last commit, or bytes "
                   "were added",
                   path, report->n_bytes, manifest->bytes);
  if (strcmp(report->sha256, manifest->sha256) != 0)
    return rb_fail(err, RB_FAILED, "%s: the SHA-256 is not that of its manifest: it was altered",
                   path);
  if (strcmp(report->run_id, manifest->run_id) != 0)
    return rb_fail(err, RB_FAILED, "%s: its manifest is of another run, %s", path,
                   manifest->run_id);
  if (report->n_records != manifest->rows || report->n_blocks != manifest->blocks)
    return rb_fail(err, RB_FAILED,
                   "%s has %" PRIu64 " records in %" PRIu64
                   " blocks, but its manifest counts %" PRIu64 " in %" PRIu64,
                   path, report->n_records, report->n_blocks, manifest->rows, manifest->blocks);
  if (walk->end_marker != manifest->sealed)
    return rb_fail(err, RB_FAILED, "%s %s an end marker, but its manifest says %s", path,
                   walk->end_marker ? "has" : "lacks", manifest->sealed ? "sealed" : "not sealed");
  if (seen->schema_version != manifest->schema_version)
    return rb_fail(err, RB_FAILED,
                   "%s has schema version %" PRIu64 ", but its manifest says %" PRIu64, path,
                   seen->schema_version, manifest->schema_version);
  return true;
}

bool rb_trace_verify(const char *path, rb_verify_report *report, rb_err *err) {
  rb_walk walk;
  rb_manifest manifest = {0};
  rb_err problem = {0};
  *report = (rb_verify_report){0};
  tally seen = {report, 0};
  rb_trace trace = {0};
  /* Salvage, so that a damaged trace is counted and hashed to its end. */
  bool ok = rb_walk_records(path, RB_READ_SALVAGE, &trace, &walk, &problem);
  count(&trace, &seen);
  report->n_records = trace.n_lines;
  rb_trace_free(&trace);
  if (walk.unreadable)
    return rb_fail(err, problem.kind, "%s", problem.text);
  report->n_blocks = walk.n_blocks;
  report->n_bytes = walk.n_bytes;
  snprintf(report->sha256, sizeof report->sha256, "%s", walk.sha256);
  if (ok && walk.n_bad > 0) {
    problem = walk.first;
    ok = false;
  }
  if (ok && !walk.bgzf)
    ok = rb_fail(&problem, RB_FAILED, "%s is gzip, but not in BGZF blocks as relubench writes it",
                 path);
  if (ok && seen.schema_version == 0)
    ok = rb_fail(&problem, RB_FAILED, "%s has no header record", path);
  rb_err missing = {0};
  bool has_manifest = rb_manifest_read(path, &manifest, &missing);
  if (ok && !has_manifest) {
    problem = missing;
    ok = false;
  }
  report->intact = ok && agrees(path, &manifest, &walk, &seen, &problem);
  report->sealed = walk.end_marker && manifest.sealed;
  if (!report->intact)
    snprintf(report->problem, sizeof report->problem, "%.*s", (int)sizeof report->problem - 1,
             problem.text);
  return true;
}
