// SPDX-License-Identifier: Apache-2.0
/* Drawings of the page: inline SVG that keeps its type size at any width. Across, places are
 * percents of the width, which the page decides; down, they are pixels. Axis labels stand in the
 * margins that the style leaves around a plot (pagestyle.c).
 *
 * Series have a shape and a colour each (RB_SVG_SERIES of them, then they repeat), so that nothing
 * is told by colour alone. Texts are escaped here. Numbers that are not finite are drawn nowhere.
 */
#ifndef RB_REPORT_SVG_H
#define RB_REPORT_SVG_H
#include <stdbool.h>
#include <stdio.h>

enum { RB_SVG_SERIES = 6, RB_SVG_TICKS = 24, RB_SVG_TICK_ROOM = 32 };

typedef struct rb_svg_axis {
  double lo, hi;   /* values at the ends: finite, lo < hi, above 0 if log */
  double from, to; /* where these are: percent or pixels */
  bool log;
} rb_svg_axis;

typedef struct rb_svg_tick {
  double value;
  char text[RB_SVG_TICK_ROOM];
} rb_svg_tick;

/* An axis over lo..hi with some room at both ends; equal or unusable ends give one of some size. */
rb_svg_axis rb_svg_axis_over(double lo, double hi, bool log, double from, double to);
/* Place of a value; one outside is at the next end. */
double rb_svg_place(const rb_svg_axis *axis, double value);
/* Round numbers on it, `most` (2..RB_SVG_TICKS) at most unless that leaves fewer than two; returns
 * how many. */
size_t rb_svg_ticks(const rb_svg_axis *axis, size_t most, rb_svg_tick ticks[RB_SVG_TICKS]);

/* Markers for the whole page, once before any plot. */
void rb_svg_defs(FILE *out);
/* A plot of height_px; title and text say to who does not see it what it shows. id: its own. */
void rb_svg_begin(FILE *out, unsigned id, int height_px, const char *title, const char *text);
void rb_svg_end(FILE *out);
/* Grid, ticks and titles of both axes; y.from is the bottom. */
void rb_svg_frame(FILE *out, const rb_svg_axis *x, const rb_svg_axis *y, const char *x_title,
                  const char *y_title);
/* kind: class of the line (grid, roof, band, "s0".. for series). */
void rb_svg_line(FILE *out, const char *kind, double x1, double y1, double x2, double y2);
void rb_svg_rect(FILE *out, const char *kind, double x, double y, double width, double height);
/* anchor: start, middle or end; dx_px moves it. */
void rb_svg_text(FILE *out, const char *anchor, double x, double y, int dx_px, const char *text);
/* The marker of a series; tip: what it is, for pointers that rest on it. */
void rb_svg_mark(FILE *out, size_t series, double x, double y, const char *tip);
/* An item of a key: a marker with its name, as HTML. */
void rb_svg_key(FILE *out, size_t series, const char *name);

#endif
