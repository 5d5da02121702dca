// SPDX-License-Identifier: Apache-2.0
/* Pieces of a gnuplot script: texts, places in pixels, ticks.
 *
 * gnuplot runs commands from its input: a line that begins with ! or `system`, text in backquotes,
 * a macro behind @. Texts from outside therefore enter a script only through rb_script_text(). */
#ifndef RB_REPORT_SCRIPT_H
#define RB_REPORT_SCRIPT_H
#include <stddef.h>
#include <stdio.h>

/* A rectangle in pixels of the canvas, from its upper left corner. */
typedef struct rb_script_place {
  double x, y, width, height;
} rb_script_place;

typedef struct rb_script {
  FILE *out;
  double width, height; /* of the canvas, pixels */
} rb_script;

/* Writes text as one quoted string of gnuplot, on one line and as valid UTF-8, at most max_width
 * columns wide (0: 400). Nothing in it is seen as a command, a macro, an escape or markup (the
 * scripts' terminals are `noenhanced`): an apostrophe becomes a typographic one, and controls,
 * backquotes and the & of &# become visible, as \x0a, \x60 and \x26. */
void rb_script_text(FILE *out, const char *text, size_t max_width);
/* The edges of the next plot, axes included, text not. */
void rb_script_margins(const rb_script *script, rb_script_place area);
/* "screen X, screen Y" of a point in pixels. */
void rb_script_at(const rb_script *script, double x, double y);
/* A text at a point, as label `tag`, with what gnuplot may be told of labels in options ("left").
 */
void rb_script_label(const rb_script *script, int tag, double x, double y, const char *text,
                     const char *options);

enum { RB_SCRIPT_COUNT_ROOM = 32 };
/* A count as short as it gets without loss: "16384", "2^20", "1e9". Returns its length. */
size_t rb_script_count(char text[RB_SCRIPT_COUNT_ROOM], double value);
/* Ticks of a logarithmic axis ('x' or 'y') that shows lo..hi in length_px: at round numbers, as
 * fine as labels at least least_px apart allow, and small ones without labels between. */
void rb_script_log_ticks(FILE *out, char axis, double lo, double hi, double length_px,
                         double least_px);
/* Ticks of the logarithmic x axis at values (n, ascending); labels that would touch are left out.
 */
void rb_script_ticks_at(FILE *out, const double *values, size_t n, double lo, double hi,
                        double length_px);

#endif
