// SPDX-License-Identifier: Apache-2.0
#include "study/resume.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "study/recording.h"

static const char *text_of(const rb_record *record, rb_field field) {
  const char *text = rb_record_get_text(record, field);
  return text ? text : "";
}

/* why: what speaks against going on. Kept for the trace if that does not matter, else the error. */
static bool accept(rb_resume *r, const rb_err *why, rb_err *err) {
  size_t used = strlen(r->mixed);
  snprintf(r->mixed + used, sizeof r->mixed - used, "%s%s", used ? "; " : "", why->text);
  return r->anyway ||
         rb_fail(err, why->kind, "%.1800s; to go on all the same: --resume-anyway", why->text);
}

/* ---- the same run? ---- */

static bool compare_headers(rb_resume *r, const char *path, const rb_record *header, rb_err *err) {
  const rb_record *old = r->kept.records[0];
  rb_err why;
  if (!rb_record_same(old, header, RB_F_suite_hash) ||
      !rb_record_same(old, header, RB_F_overrides)) {
    rb_fail(
        &why, RB_USAGE,
        "%.512s is of another suite or has other options: it was begun by `%.512s` (suite %.80s, "
        "hash %.12s; now %.80s, %.12s)",
        path, text_of(old, RB_F_command), text_of(old, RB_F_suite), text_of(old, RB_F_suite_hash),
        text_of(header, RB_F_suite), text_of(header, RB_F_suite_hash));
    if (!accept(r, &why, err))
      return false;
  }
  if (rb_record_same(old, header, RB_F_tool_version) &&
      rb_record_same(old, header, RB_F_git_revision))
    return true;
  rb_fail(&why, RB_USAGE,
          "%.512s is by another program: relubench %.40s (%.60s), this is %.40s "
          "(%.60s)",
          path, text_of(old, RB_F_tool_version), text_of(old, RB_F_git_revision),
          text_of(header, RB_F_tool_version), text_of(header, RB_F_git_revision));
  return accept(r, &why, err);
}

/* ---- cells that are done ---- */

/* What a record is looked up by; a plan's cell has the same three. */
typedef struct key {
  const char *part, *id, *device;
} key;

static key key_of(const rb_record *cell) {
  return (key){text_of(cell, RB_F_part), text_of(cell, RB_F_id), text_of(cell, RB_F_device)};
}

static int compare_keys(key a, key b) {
  int order = strcmp(a.id, b.id);
  order = order ? order : strcmp(a.part, b.part);
  return order ? order : strcmp(a.device, b.device);
}

static int by_key(const void *left, const void *right) {
  const rb_resume_cell *a = left, *b = right;
  return compare_keys(key_of(a->cell), key_of(b->cell));
}

static bool index_cells(rb_resume *r, rb_err *err) {
  if (!rb_alloc((void **)&r->cells, r->kept.n_records, sizeof *r->cells, "cells of a trace", err))
    return false;
  for (size_t i = 0; i < r->kept.n_records; i++) {
    const rb_record *record = r->kept.records[i];
    r->n_resumes += rb_record_is_text(record, RB_F_type, "resume");
    if (!rb_record_is_text(record, RB_F_type, "cell"))
      continue;
    for (int status = 0; status < RB_N_STATUS; status++)
      if (status != RB_STATUS_FAILED && status != RB_STATUS_INTERRUPTED &&
          strcmp(text_of(record, RB_F_status), rb_status_names[status]) == 0) {
        r->cells[r->n_cells++].cell = record;
        r->exit_code = rb_worse(r->exit_code, rb_result_exit((rb_status)status));
      }
  }
  qsort(r->cells, r->n_cells, sizeof *r->cells, by_key);
  return true;
}

bool rb_resume_open(const char *path, bool anyway, const rb_record *header, rb_resume *out,
                    rb_writer **writer, rb_err *err) {
  rb_err doubt;
  *out = (rb_resume){.anyway = anyway};
  if (!rb_writer_resume(path, writer, &out->kept, &doubt, err))
    return false;
  return out->kept.n_records == 0 ||
         ((doubt.kind == RB_DONE || accept(out, &doubt, err)) &&
          compare_headers(out, path, header, err) && index_cells(out, err));
}

bool rb_resume_is_complete(const rb_resume *resume) {
  return resume->kept.n_records > 0 && resume->kept.end_marker && resume->mixed[0] == 0 &&
         resume->n_cells >= rb_record_get_integer(resume->kept.records[0], RB_F_n_cells);
}

/* The first cell of this key that no other cell of the plan has taken, or NULL: two devices may
 * have one identity, and the reference is on the host whatever the session. */
static rb_resume_cell *find_cell(const rb_resume *r, key wanted) {
  size_t from = 0, to = r->n_cells;
  while (from < to) {
    size_t middle = from + (to - from) / 2;
    bool below = compare_keys(key_of(r->cells[middle].cell), wanted) < 0;
    from = below ? middle + 1 : from;
    to = below ? to : middle;
  }
  for (; from < r->n_cells && compare_keys(key_of(r->cells[from].cell), wanted) == 0; from++)
    if (!r->cells[from].used)
      return &r->cells[from];
  return NULL;
}

/* The cells of one device; *other gets a record by another driver. */
static void match_device(rb_resume *r, const rb_plan *plan, const rb_device *device, bool *done,
                         const rb_record **other) {
  for (size_t i = 0; i < plan->n_cells; i++) {
    const rb_cell *cell = &plan->cells[i];
    bool on_device = cell->backend != RB_BACKEND_REFERENCE;
    key wanted = {cell->part->name, cell->id, on_device ? device->identity : RB_RECORDING_HOST};
    rb_resume_cell *found = find_cell(r, wanted);
    if (found == NULL)
      continue;
    found->used = done[i] = true;
    r->n_used++;
    if (on_device && strcmp(text_of(found->cell, RB_F_driver), device->driver) != 0)
      *other = found->cell;
  }
}

bool rb_resume_match(rb_resume *resume, const rb_plan *plan, const rb_device *const *devices,
                     size_t n_devices, rb_err *err) {
  const rb_record *other = NULL;
  const char *driver = "";
  rb_err why;
  if (resume->kept.n_records == 0)
    return true;
  uint64_t planned = rb_record_get_integer(resume->kept.records[0], RB_F_n_cells);
  if (planned != plan->n_cells * n_devices) {
    rb_fail(&why, RB_USAGE,
            "the run was planned with %llu cells, and now there are %zu on %zu devices; -d chooses "
            "the devices",
            (unsigned long long)planned, plan->n_cells * n_devices, n_devices);
    if (!accept(resume, &why, err))
      return false;
  }
  if (!rb_alloc((void **)&resume->done, plan->n_cells * n_devices, sizeof *resume->done,
                "cells that are done", err))
    return false;
  for (size_t i = 0; i < n_devices; i++) {
    const rb_record *before = other;
    match_device(resume, plan, devices[i], resume->done + i * plan->n_cells, &other);
    driver = other != before ? devices[i]->driver : driver;
  }
  if (other) {
    rb_fail(&why, RB_USAGE, "driver %.120s made cells of the trace, now it is %.120s",
            text_of(other, RB_F_driver), driver);
    if (!accept(resume, &why, err))
      return false;
  }
  for (size_t i = 0; i < resume->n_cells; i++)
    if (!resume->cells[i].used) {
      rb_fail(&why, RB_USAGE,
              "%zu cells of the trace are not in this run, the first on device %.120s; -d chooses "
              "the devices",
              resume->n_cells - resume->n_used, text_of(resume->cells[i].cell, RB_F_device));
      return accept(resume, &why, err);
    }
  return true;
}

bool rb_resume_begin(const rb_resume *resume, rb_record *header, rb_writer *writer, rb_err *err) {
  uint64_t n_cut;
  if (resume->kept.n_records == 0)
    return rb_writer_begin(writer, header, err);
  if (!rb_writer_append(writer, &n_cut, err))
    return false;
  rb_record_text(header, RB_F_type, "resume");
  rb_record_text(header, RB_F_run_id, rb_writer_run_id(writer));
  rb_record_integer(header, RB_F_n_kept, resume->n_used);
  rb_record_integer(header, RB_F_cut_bytes, n_cut);
  rb_record_text(header, RB_F_mixed, resume->mixed[0] ? resume->mixed : NULL);
  rb_record_integer(header, RB_F_resumed, resume->n_resumes + 1);
  return rb_writer_add(writer, header, err) && rb_writer_commit(writer, err);
}

void rb_resume_free(rb_resume *resume) {
  rb_trace_free(&resume->kept);
  free(resume->cells);
  free(resume->done);
  *resume = (rb_resume){0};
}
