// SPDX-License-Identifier: Apache-2.0
#include "report/plotaccuracy.h"
#include <math.h>
#include <stdio.h>

enum { COLUMNS = 2 };
/* Pixels. */
#define LEFT 90.0
#define RIGHT 16.0
#define BETWEEN 24.0 /* columns of panels */
#define PANEL_TITLE 24.0
#define AXES_HEIGHT 184.0
#define BELOW_AXES 36.0 /* ticks */
#define AXIS_LABEL 30.0
#define LINE 20.0 /* of the key */
#define KEY_LEFT 44.0
#define DIGIT_PX 8.5
#define TICK_LEAST 37.0 /* between labels of n */

typedef struct axes {
  double lo_x, hi_x; /* logarithms */
  double lo_y, hi_y;
} axes;

static axes find_axes(const rb_plotgroup *group) {
  axes a = {INFINITY, -INFINITY, group->target, group->target};
  for (size_t i = 0; i < group->n_curves; i++)
    for (size_t k = 0; k < group->curves[i].curve->n_points; k++)
      for (size_t b = 0; b < group->curves[i].bins[k].n; b++) {
        const rb_plotbin *bin = &group->curves[i].bins[k].bins[b];
        a.lo_x = fmin(a.lo_x, bin->x);
        a.hi_x = fmax(a.hi_x, bin->x);
        a.lo_y = fmin(a.lo_y, bin->lo); /* the NAN of an unknown target gives way */
        a.hi_y = fmax(a.hi_y, bin->hi);
      }
  if (a.lo_x > a.hi_x) { /* nothing to draw */
    a.lo_x = a.hi_x = log(100);
    a.lo_y = 0;
    a.hi_y = 1;
  }
  double pad_x = fmax(.06 * (a.hi_x - a.lo_x), .5 * (log(2) - (a.hi_x - a.lo_x))),
         pad_y = fmax(.06 * (a.hi_y - a.lo_y), .01);
  return (axes){a.lo_x - pad_x, a.hi_x + pad_x, fmax(0, a.lo_y - pad_y), fmin(1, a.hi_y + pad_y)};
}

/* "rrggbb" of place i of n, from dark to light: viridis (S. van der Walt and N. Smith, 2015)
 * without its last quarter, which is too light on white. */
static void colour_of(size_t i, size_t n, char text[8]) {
  static const int anchors[][3] = {{0x44, 0x01, 0x54}, {0x48, 0x28, 0x78}, {0x3E, 0x4A, 0x89},
                                   {0x31, 0x68, 0x8E}, {0x26, 0x82, 0x8E}, {0x1F, 0x9E, 0x89},
                                   {0x35, 0xB7, 0x79}, {0x6D, 0xCD, 0x59}};
  double at = n > 1 ? 7.0 * (double)i / (double)(n - 1) : 0;
  int below = at >= 7 ? 6 : (int)at, mixed[3];
  for (int c = 0; c < 3; c++)
    mixed[c] =
        (int)lround(anchors[below][c] + (at - below) * (anchors[below + 1][c] - anchors[below][c]));
  snprintf(text, 8, "%02X%02X%02X", mixed[0] & 255, mixed[1] & 255, mixed[2] & 255);
}

static int shape_of(size_t i) {
  static const int shapes[] = {7, 5, 9, 13, 11, 15};
  return shapes[i % (sizeof shapes / sizeof *shapes)];
}

/* Values of d stand side by side within a bin. */
static double beside(const rb_plotgroup *group, double d) {
  double n = (double)group->n_d, place = (double)rb_plotgroup_place(group, d);
  return exp((place - (n - 1) / 2) / n * .5 * log(2) / RB_PLOTBINS_PER_DOUBLING);
}

static void write_blocks(const rb_plotgroup *group, FILE *out, size_t number, size_t i) {
  const rb_plotgroup_curve *curve = &group->curves[i];
  for (size_t k = 0; k < curve->curve->n_points; k++) {
    if (curve->bins[k].n == 0)
      continue;
    double factor = beside(group, (double)curve->curve->points[k].d);
    fprintf(out, "$accuracy_%zu_%zu_%zu << END\n", number, i, k);
    for (size_t b = 0; b < curve->bins[k].n; b++) {
      const rb_plotbin *bin = &curve->bins[k].bins[b];
      fprintf(out, "%.6g %.6g %.6g %.6g\n", exp(bin->x) * factor, bin->mean, bin->lo, bin->hi);
    }
    fputs("END\n", out);
  }
}

/* All bars, half transparent, then all points, so that no bar hides one. */
static void write_plot(const rb_plotgroup *group, FILE *out, size_t number, size_t i) {
  const rb_plotgroup_curve *curve = &group->curves[i];
  char colour[8];
  fputs("plot NaN", out);
  if (isfinite(group->target))
    fprintf(out, ", \\\n  %.6g with lines dt 2 lc rgb '#404040' lw 1", group->target);
  for (int points = 0; points < 2; points++)
    for (size_t k = 0; k < curve->curve->n_points; k++) {
      size_t place = rb_plotgroup_place(group, (double)curve->curve->points[k].d);
      if (curve->bins[k].n == 0)
        continue;
      fprintf(out, ", \\\n  $accuracy_%zu_%zu_%zu using ", number, i, k);
      colour_of(place, group->n_d, colour);
      if (points)
        fprintf(out, "1:2 with points pt %d ps 0.6*P lc rgb '#%s' lw 1", shape_of(place), colour);
      else
        fprintf(out, "1:3:(0):($4-$3) with vectors nohead lc rgb '#70%s' lw 1.2", colour);
    }
  fputs("\n", out);
}

static size_t n_rows(size_t n, size_t columns) {
  return (n + columns - 1) / columns;
}

/* Width of an entry of the key. */
static double key_step(const rb_plotgroup *group) {
  size_t longest = 0;
  for (size_t i = 0; i < group->n_d; i++) {
    char text[RB_SCRIPT_COUNT_ROOM];
    size_t n = rb_script_count(text, group->d[i]);
    longest = n > longest ? n : longest;
  }
  return DIGIT_PX * (double)longest + 32;
}

static size_t key_columns(const rb_plotgroup *group) {
  double columns = (RB_PLOTACCURACY_WIDTH - LEFT - KEY_LEFT) / key_step(group);
  return columns < 1 ? 1 : (size_t)columns;
}

double rb_plotaccuracy_height(const rb_plotgroup *group) {
  return (double)n_rows(group->n_curves, COLUMNS) * (PANEL_TITLE + AXES_HEIGHT + BELOW_AXES) +
         AXIS_LABEL + LINE * (double)(n_rows(group->n_d, key_columns(group)) + 1) + 12;
}

static void write_key(const rb_plotgroup *group, const rb_script *script, double x, double y) {
  size_t columns = key_columns(group);
  int tag = 10;
  char text[128], options[96], colour[8];
  rb_script_label(script, tag++, x, y, "d =", "left");
  for (size_t i = 0; i < group->n_d; i++) {
    double at = x + KEY_LEFT + key_step(group) * (double)(i % columns),
           down = y + LINE * (double)(i / columns);
    colour_of(i, group->n_d, colour);
    snprintf(options, sizeof options, "point pt %d ps 0.7*P lc rgb '#%s'", shape_of(i), colour);
    rb_script_label(script, tag++, at, down, "", options);
    rb_script_count(text, group->d[i]);
    rb_script_label(script, tag++, at + 12, down, text, "left");
  }
  y += LINE * (double)n_rows(group->n_d, columns);
  int used = snprintf(text, sizeof text, "bars: 95 %% intervals");
  if (isfinite(group->target))
    snprintf(text + used, sizeof text - (size_t)used, "; dashed: the target, %g", group->target);
  rb_script_label(script, tag, x, y, text, "left textcolor rgb '#505050'");
}

void rb_plotaccuracy_write(const rb_plotgroup *group, const rb_script *script, double x, double y,
                           size_t number) {
  axes a = find_axes(group);
  FILE *out = script->out;
  double width = (RB_PLOTACCURACY_WIDTH - LEFT - RIGHT - BETWEEN) / COLUMNS,
         step = PANEL_TITLE + AXES_HEIGHT + BELOW_AXES,
         below = y + step * (double)n_rows(group->n_curves, COLUMNS);
  fprintf(out, "set logscale x\nset xrange [%.6g:%.6g]; set yrange [%.6g:%.6g]\nset ytics auto\n",
          exp(a.lo_x), exp(a.hi_x), a.lo_y, a.hi_y);
  rb_script_log_ticks(out, 'x', exp(a.lo_x), exp(a.hi_x), width, TICK_LEAST);
  for (size_t i = 0; i < group->n_curves; i++) {
    size_t column = i % COLUMNS;
    double left = x + LEFT + (double)column * (width + BETWEEN),
           top = y + step * (double)(i / COLUMNS) + PANEL_TITLE;
    write_blocks(group, out, number, i);
    rb_script_margins(script, (rb_script_place){left, top, width, AXES_HEIGHT});
    rb_script_label(script, 1, left, top - 11, group->curves[i].name, "left");
    fprintf(out, "set format y '%s'\n", column ? "" : "%g");
    if (i == 0) {
      rb_script_label(script, 2, x + 26, (y + below) / 2, "mean test accuracy",
                      "center rotate by 90");
      rb_script_label(script, 3, x + LEFT + width + BETWEEN / 2, below + 16,
                      group->neurons ? "neurons m" : "samples n", "center");
      write_key(group, script, x + LEFT, below + AXIS_LABEL + 16);
    }
    write_plot(group, out, number, i);
    fputs("unset label\n", out);
  }
  fputs("set format y '%g'; unset logscale\n", out);
}
