// SPDX-License-Identifier: Apache-2.0
/* Going on with a run that broke off: whether it is the same run, and which of its cells are done.
 *
 * A cell is done if its record says ok, outside or wrong: what failed or was interrupted runs
 * again, and what is wrong is a result, which no repetition makes go away. */
#ifndef RB_STUDY_RESUME_H
#define RB_STUDY_RESUME_H
#include "cl/device.h"
#include "study/plan.h"
#include "trace/writer.h"

typedef struct rb_resume_cell {
  const rb_record *cell; /* done */
  bool used;             /* by a cell of the plan */
} rb_resume_cell;

typedef struct rb_resume {
  rb_trace kept;         /* empty: there is no run yet to go on with */
  rb_resume_cell *cells; /* (n_cells) sorted, for look-ups */
  size_t n_cells, n_used;
  uint64_t n_resumes; /* of the run, before this one */
  int exit_code;      /* worst of the cells that are done */
  bool *done;         /* (devices * cells of the plan) after rb_resume_match() */
  bool anyway;        /* goes on in spite of.. */
  char mixed[2048];   /* ..this; empty if there is nothing */
} rb_resume;

/* Takes the trace at path and its lock (rb_writer_resume()). header: what a new run would begin
 * with; its program, suite and overrides must be those of the trace, unless anyway. The caller
 * frees *out and closes *writer in every case. Errors: RB_USAGE naming what differs; those of
 * rb_writer_resume(), its doubt among them. */
bool rb_resume_open(const char *path, bool anyway, const rb_record *header, rb_resume *out,
                    rb_writer **writer, rb_err *err);
/* Whether nothing is left: the same run, sealed, and every planned cell done. */
bool rb_resume_is_complete(const rb_resume *resume);
/* Which cells need not run on each device. devices[i] is NULL where no cell needs one. Errors:
 * RB_USAGE, unless anyway: cells of another device, or by another driver. */
bool rb_resume_match(rb_resume *resume, const rb_plan *plan, const rb_device *const *devices,
                     size_t n_devices, rb_err *err);
/* Cuts the file behind what is kept and writes the resume record, or the header of a new run; makes
 * it of header. */
bool rb_resume_begin(const rb_resume *resume, rb_record *header, rb_writer *writer, rb_err *err);
void rb_resume_free(rb_resume *resume);

#endif
