// SPDX-License-Identifier: Apache-2.0
/* Whether a trace may stand among the reference results (`relubench verify --publishable`): whole
 * and sealed, of a suite in this program's version with every cell of it, with all that names the
 * device and the host, right, and plausible.
 *
 * What makes numbers plausible is recomputed from the repetitions, never taken from the rates that
 * the trace states: rates against the roofs of the same run, the interval of the median, flop of
 * the shape, the clocks against each other. That finds accidents and clumsy hands; nothing here can
 * tell a forgery that is consistent in itself. */
#ifndef RB_REPORT_PUBLISH_H
#define RB_REPORT_PUBLISH_H
#include "report/load.h"

enum {
  RB_PUBLISH_REPETITIONS = 10, /* of a timed cell: fewer give no 95 % interval worth the name */
  RB_PUBLISH_TEXT = 600
};
/* Device times of the phases of a repetition add up to no more than this times the whole: medians
 * of parts may exceed the median of the whole a little. */
#define RB_PUBLISH_PHASES 1.25

typedef enum rb_publish_area {
  RB_PUBLISH_SEAL,         /* manifest, hash, end marker */
  RB_PUBLISH_COMPLETENESS, /* end record, cells of the suite */
  RB_PUBLISH_IDENTITY,     /* of program, suite, host, device and driver */
  RB_PUBLISH_RESULT,       /* wrong, failed, not verified */
  RB_PUBLISH_PLAUSIBILITY, /* rates, roofs, clocks, repetitions */
  RB_PUBLISH_HOST,         /* something else ran too */
  RB_PUBLISH_N_AREAS
} rb_publish_area;
extern const char *const rb_publish_areas[]; /* index = enum value */

typedef struct rb_publish_fault {
  rb_publish_area area;
  rb_kind code;               /* RB_DONE: a note, no fault */
  char text[RB_PUBLISH_TEXT]; /* what is wrong and what to do; untrusted */
} rb_publish_fault;

/* The suite as this program has it: what must be in the trace. */
typedef struct rb_publish_cell {
  const char *part, *id;
} rb_publish_cell;
typedef struct rb_publish_plan {
  const rb_publish_cell *cells; /* (n_cells), the cut of the trace's overrides applied */
  size_t n_cells;
  const char *hash;    /* of the suite and these overrides */
  const char *problem; /* why there is no plan, or NULL */
} rb_publish_plan;

typedef struct rb_publish {
  const char *path;
  rb_publish_fault *faults; /* (n_faults) as they were found; owned */
  size_t n_faults, room;
  size_t n_wrong; /* faults that are no notes */
  rb_kind code;   /* the worst of them; RB_DONE: publishable */
} rb_publish;

/* All faults of a trace into *out: equal faults of many cells are one, with the first cell by name.
 * load: of the same file, rows not grouped; NULL if it cannot be read, and then only the seal is
 * judged. *out is the caller's, freed by rb_publish_free(). Errors: RB_FAILED when memory is out.
 */
bool rb_publish_judge(const char *path, const rb_verify_report *report, const rb_load *load,
                      const rb_publish_plan *plan, rb_publish *out, rb_err *err);
void rb_publish_free(rb_publish *publish);
/* One more fault or, with RB_DONE, a note. Errors: RB_FAILED when memory is out. */
bool rb_publish_say(rb_publish *publish, rb_publish_area area, rb_kind code, rb_err *err,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
