// SPDX-License-Identifier: Apache-2.0
#include "report/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"
#include "report/script.h"

/* ---- axes ---- */

#define ROOM 0.04  /* of the axis, at either end */
#define MOST 1e140 /* hi / lo stays a number, with room; what lies beyond is drawn at the edge */

rb_svg_axis rb_svg_axis_over(double lo, double hi, bool log, double from, double to) {
  if (!isfinite(lo) || !isfinite(hi) || lo > hi || (log && !(lo > 0)))
    lo = log ? 0.1 : 0, hi = 1;
  lo = fmin(fmax(lo, log ? 1 / MOST : -MOST), MOST);
  hi = fmin(fmax(hi, log ? 1 / MOST : -MOST), MOST);
  if (hi - lo < 1 / MOST && (!log || hi == lo)) {
    hi = log ? 3 * lo : lo + fmax(1, fabs(lo)) / 2;
    lo = log ? lo / 3 : lo - fmax(1, fabs(lo)) / 2;
  }
  double room = ROOM * (log ? log10(hi / lo) : hi - lo);
  return (rb_svg_axis){log ? lo / pow(10, room) : lo - room, log ? hi * pow(10, room) : hi + room,
                       from, to, log};
}

double rb_svg_place(const rb_svg_axis *axis, double value) {
  double share = axis->log ? log(value / axis->lo) / log(axis->hi / axis->lo)
                           : (value - axis->lo) / (axis->hi - axis->lo);
  share = isnan(share) || share < 0 ? 0 : share > 1 ? 1 : share;
  return axis->from + share * (axis->to - axis->from);
}

static size_t add_tick(rb_svg_tick *ticks, size_t n, double value) {
  if (n == RB_SVG_TICKS)
    return n;
  ticks[n].value = value;
  if (value >= 1 && value < 1e15 && value == floor(value))
    rb_script_count(ticks[n].text, value);
  else
    snprintf(ticks[n].text, RB_SVG_TICK_ROOM, "%.3g", value);
  return n + 1;
}

/* Multiples of step in the axis. */
static size_t linear_ticks(const rb_svg_axis *axis, size_t most, rb_svg_tick *ticks) {
  static const double steps[] = {1, 2, 5, 10};
  double least = (axis->hi - axis->lo) / (double)most, power = pow(10, floor(log10(least)));
  double step = 10 * power;
  for (int i = 3; i >= 0; i--)
    step = steps[i] * power >= least ? steps[i] * power : step;
  size_t n = 0;
  for (double at = ceil(axis->lo / step); at * step <= axis->hi && n < RB_SVG_TICKS; at++)
    n = add_tick(ticks, n, at == 0 ? 0 : at * step);
  return n;
}

/* Powers of ten, each `step`th, with the digits of the set. */
static size_t decade_ticks(const rb_svg_axis *axis, const double *digits, size_t n_digits, int step,
                           rb_svg_tick *ticks) {
  size_t n = 0;
  int first = (int)floor(log10(axis->lo)), last = (int)ceil(log10(axis->hi));
  for (int power = first; power <= last; power++)
    for (size_t i = 0; power % step == 0 && i < n_digits; i++) {
      double value = power < 0 ? digits[i] / pow(10, -power) : digits[i] * pow(10, power);
      if (value >= axis->lo && value <= axis->hi)
        n = add_tick(ticks, n, value);
    }
  return n;
}

size_t rb_svg_ticks(const rb_svg_axis *axis, size_t most, rb_svg_tick ticks[RB_SVG_TICKS]) {
  static const double all[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, some[] = {1, 2, 5}, few[] = {1, 3},
                      one[] = {1};
  static const struct {
    const double *digits;
    size_t n;
  } sets[] = {{all, 9}, {some, 3}, {few, 2}, {one, 1}};
  size_t n = 0;
  if (!axis->log)
    return linear_ticks(axis, most, ticks);
  double decades = log10(axis->hi / axis->lo);
  for (int i = 0; i < 4; i++)
    if ((decades + 0.1) * (double)sets[i].n <= (double)most || i == 3) {
      int step = i == 3 ? (int)ceil(decades / (double)most) : 1;
      n = decade_ticks(axis, sets[i].digits, sets[i].n, step < 1 ? 1 : step, ticks);
      break;
    }
  /* Less than a decade, and no or one round number in it: as good as linear. */
  rb_svg_axis same = *axis;
  same.log = false;
  return n < 2 ? linear_ticks(&same, most > 3 ? 4 : most, ticks) : n;
}

/* ---- elements ---- */

static bool is_drawn(double x, double y) {
  return isfinite(x) && isfinite(y);
}

void rb_svg_line(FILE *out, const char *kind, double x1, double y1, double x2, double y2) {
  if (is_drawn(x1, y1) && is_drawn(x2, y2))
    fprintf(out, "<line class=\"%s\" x1=\"%.2f%%\" y1=\"%.1f\" x2=\"%.2f%%\" y2=\"%.1f\"/>\n", kind,
            x1, y1, x2, y2);
}

void rb_svg_rect(FILE *out, const char *kind, double x, double y, double width, double height) {
  if (is_drawn(x, y) && is_drawn(width, height) && width >= 0 && height >= 0)
    fprintf(out, "<rect class=\"%s\" x=\"%.2f%%\" y=\"%.1f\" width=\"%.2f%%\" height=\"%.1f\"/>\n",
            kind, x, y, width, height);
}

void rb_svg_text(FILE *out, const char *anchor, double x, double y, int dx_px, const char *text) {
  if (!is_drawn(x, y))
    return;
  fprintf(out, "<text x=\"%.2f%%\" y=\"%.1f\" dx=\"%d\" text-anchor=\"%s\">", x, y, dx_px, anchor);
  rb_html_text(out, text);
  fputs("</text>\n", out);
}

void rb_svg_mark(FILE *out, size_t series, double x, double y, const char *tip) {
  if (!is_drawn(x, y))
    return;
  fprintf(out, "<use href=\"#mark%zu\" class=\"s%zu\" x=\"%.2f%%\" y=\"%.1f\">",
          series % RB_SVG_SERIES, series % RB_SVG_SERIES, x, y);
  if (tip) {
    fputs("<title>", out);
    rb_html_text(out, tip);
    fputs("</title>", out);
  }
  fputs("</use>\n", out);
}

void rb_svg_key(FILE *out, size_t series, const char *name) {
  fprintf(out,
          "<li><svg class=\"key\" width=\"14\" height=\"14\" aria-hidden=\"true\">"
          "<use href=\"#mark%zu\" class=\"s%zu\" x=\"7\" y=\"7\"/></svg> ",
          series % RB_SVG_SERIES, series % RB_SVG_SERIES);
  rb_html_text(out, name);
  fputs("</li>\n", out);
}

/* ---- plots ---- */

void rb_svg_defs(FILE *out) {
  static const char *const shapes[RB_SVG_SERIES] = {
      "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z",
      "M-4-4h8v8h-8z",
      "M0-5.5L5 4H-5z",
      "M0-6L5 0L0 6L-5 0z",
      "M0 5.5L5-4H-5z",
      "M-1.6-5h3.2v3.4h3.4v3.2h-3.4v3.4h-3.2v-3.4h-3.4v-3.2h3.4z"};
  fputs("<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>\n", out);
  for (int i = 0; i < RB_SVG_SERIES; i++)
    fprintf(out, "<path id=\"mark%d\" d=\"%s\"/>\n", i, shapes[i]);
  fputs("</defs></svg>\n", out);
}

void rb_svg_begin(FILE *out, unsigned id, int height_px, const char *title, const char *text) {
  fprintf(out,
          "<svg class=\"plot\" width=\"100%%\" height=\"%d\" role=\"img\" "
          "aria-labelledby=\"t%u d%u\">\n<title id=\"t%u\">",
          height_px, id, id, id);
  rb_html_text(out, title);
  fprintf(out, "</title>\n<desc id=\"d%u\">", id);
  rb_html_text(out, text);
  fputs("</desc>\n", out);
}

void rb_svg_end(FILE *out) {
  fputs("</svg>\n", out);
}

enum { MOST_X = 6, MOST_Y = 6 }; /* ticks that fit on a narrow telephone */

void rb_svg_frame(FILE *out, const rb_svg_axis *x, const rb_svg_axis *y, const char *x_title,
                  const char *y_title) {
  rb_svg_tick ticks[RB_SVG_TICKS];
  size_t n = rb_svg_ticks(x, MOST_X, ticks);
  for (size_t i = 0; i < n; i++) {
    double at = rb_svg_place(x, ticks[i].value);
    rb_svg_line(out, "grid", at, y->from, at, y->to);
    rb_svg_text(out, "middle", at, y->from + 16, 0, ticks[i].text);
  }
  n = rb_svg_ticks(y, MOST_Y, ticks);
  for (size_t i = 0; i < n; i++) {
    double at = rb_svg_place(y, ticks[i].value);
    rb_svg_line(out, "grid", x->from, at, x->to, at);
    rb_svg_text(out, "end", x->from, at + 4, -6, ticks[i].text);
  }
  rb_svg_line(out, "axis", x->from, y->from, x->to, y->from);
  rb_svg_line(out, "axis", x->from, y->from, x->from, y->to);
  rb_svg_text(out, "middle", (x->from + x->to) / 2, y->from + 34, 0, x_title);
  rb_svg_text(out, "start", x->from, y->to - 10, -40, y_title);
}
