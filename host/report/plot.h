// SPDX-License-Identifier: Apache-2.0
/* Figures of the complexity cells of a trace, as a script for gnuplot (5.4 or later).
 *
 * The script is complete, data included, and draws to the standard output of gnuplot. What it draws
 * of n* and its exponents is what the fit in report/exponent.h says; of accuracies what the bins in
 * report/plotbins.h say. */
#ifndef RB_REPORT_PLOT_H
#define RB_REPORT_PLOT_H
#include <stdio.h>
#include "trace/reader.h"

typedef enum rb_plot_figure {
  RB_PLOT_COMPLEXITY, /* n* against d */
  RB_PLOT_ACCURACY,   /* accuracy against n */
  RB_PLOT_BOTH
} rb_plot_figure;
extern const char *const rb_plot_figures[]; /* index = enum value, NULL at the end */

typedef enum rb_plot_terminal {
  RB_PLOT_SVG,
  RB_PLOT_PNG,
  RB_PLOT_PDF,
} rb_plot_terminal;

typedef struct rb_plot_options {
  rb_plot_figure figure;
  rb_plot_terminal terminal;
  /* Only groups of this part, task ("parity"), quantity ("n", "m") or seed (digits); NULL: all. */
  const char *part, *task, *quantity, *seed;
} rb_plot_options;

enum { RB_PLOT_MAX_GROUPS = 12, RB_PLOT_MAX_CURVES = 8 };

/* Writes the script to out, and to talk one line a group that says what is drawn. Errors: RB_USAGE
 * when the trace has nothing of that kind, or more groups or curves than a figure holds (the error
 * says how to choose); RB_FAILED when memory is out or out cannot be written. */
bool rb_plot_write(const rb_trace *trace, const rb_plot_options *options, FILE *out, FILE *talk,
                   rb_err *err);

#endif
