// SPDX-License-Identifier: Apache-2.0
#include "report/pagestrip.h"

#include <math.h>

#include "report/html.h"

enum { HEIGHT = 18, MOST_TICKS = 6 };

void rb_pagestrip_begin(const rb_svg_axis *axis, FILE *out) {
  rb_svg_tick ticks[RB_SVG_TICKS];
  size_t n = rb_svg_ticks(axis, MOST_TICKS, ticks);
  fputs("<ul class=\"bars\">\n<li class=\"strip\"><svg class=\"bar scale\" width=\"100%\" "
        "height=\"16\" aria-hidden=\"true\">\n",
        out);
  for (size_t i = 0; i < n; i++)
    rb_svg_text(out, "middle", rb_svg_place(axis, ticks[i].value), 12, 0, ticks[i].text);
  rb_svg_end(out);
  fputs("</li>\n", out);
}

static void draw(const rb_svg_axis *axis, const rb_pagestrip *strip, FILE *out) {
  static const size_t series[] = {
      [RB_PAGESTRIP_CIRCLE] = 0, [RB_PAGESTRIP_UP] = 2, [RB_PAGESTRIP_DOWN] = 4};
  const double *value = strip->value_lo_hi;
  double from = rb_svg_place(axis, strip->none[0]), to = rb_svg_place(axis, strip->none[1]);
  double middle = HEIGHT / 2.0;
  fprintf(out, "<svg class=\"bar\" width=\"100%%\" height=\"%d\" aria-hidden=\"true\">\n", HEIGHT);
  if (to > from)
    rb_svg_rect(out, "band", from, 0, to - from, HEIGHT);
  rb_svg_line(out, "grid", 0, middle, 100, middle);
  rb_svg_line(out, "limit", from, 0, from, HEIGHT);
  if (to > from)
    rb_svg_line(out, "limit", to, 0, to, HEIGHT);
  if (isfinite(value[1]) && isfinite(value[2]))
    rb_svg_line(out, "spread s0", rb_svg_place(axis, value[1]), middle,
                rb_svg_place(axis, value[2]), middle);
  rb_svg_mark(out, series[strip->mark], rb_svg_place(axis, value[0]), middle, NULL);
  rb_svg_end(out);
}

void rb_pagestrip_put(const rb_svg_axis *axis, const rb_pagestrip *strip, FILE *out) {
  fputs("<li class=\"strip\"><span class=\"name\">", out);
  rb_html_text(out, strip->name);
  fputs("</span> <span class=\"value\">", out);
  rb_html_text(out, strip->figure);
  fprintf(out, ", %s</span>\n", strip->state);
  draw(axis, strip, out);
  fputs("</li>\n", out);
}

void rb_pagestrip_end(FILE *out) {
  fputs("</ul>\n", out);
}
