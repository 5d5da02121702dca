// SPDX-License-Identifier: Apache-2.0
/* What the sections of a page are made from. Holds pointers into the traces. */
#ifndef RB_REPORT_PAGEDATA_H
#define RB_REPORT_PAGEDATA_H
#include "report/compare.h"
#include "report/page.h"
#include "report/stream.h"

typedef struct rb_pagedata {
  const rb_trace *traces;
  const char *const *paths;
  size_t n_traces;
  rb_load *loads;              /* (n_traces) seeds drawn together */
  rb_stream stream;            /* of all of them */
  const rb_stream_row **order; /* (stream.n_rows) by the address of the cell */
  rb_compare compare;          /* empty if it could not be made */
  bool is_compared; /* there is something to say of it: pairs of several traces, or of one
                       that has cells to compare; with a baseline they are runs of one side */
  const rb_page_baseline *baseline; /* NULL: none */
  unsigned n_figures;               /* so far: names of elements */
} rb_pagedata;

/* Errors: RB_USAGE if a trace is named twice, RB_FAILED when memory is out. Free with
 * rb_pagedata_free() in any case. More systems than can be compared are no error: nothing is. */
bool rb_pagedata_make(const rb_trace *traces, const char *const *paths, size_t n,
                      const rb_page_baseline *baseline, rb_pagedata *out, rb_err *err);
void rb_pagedata_free(rb_pagedata *page);

/* value_lo_hi of a measure: that of the cell; over several seeds their median with its interval
 * (the range below six). NAN where there is none. Errors: RB_FAILED when memory is out. */
bool rb_pagedata_measure(const rb_pagedata *page, const rb_load_row *row, rb_stream_measure measure,
                         double value_lo_hi[3], rb_err *err);
/* The same as people read it, "176 GFLOP/s (174..178)"; *has (may be NULL): there is one. */
bool rb_pagedata_figure(const rb_pagedata *page, const rb_load_row *row, rb_stream_measure measure,
                        char *text, bool *has, rb_err *err);
/* Whether the trace has a cell of this mode. */
bool rb_pagedata_has_mode(const rb_load *load, const char *mode);

#endif
