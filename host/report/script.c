// SPDX-License-Identifier: Apache-2.0
#include "report/script.h"
#include <math.h>
#include <stdlib.h>
#include "report/escape.h"

enum { MAX_WIDTH = 400 };
#define DIGIT_PX 9.0         /* of the fonts in host/report/plot.c, rounded up */
#define LEAST_DECADE_PX 60.0 /* that has small ticks */

void rb_script_text(FILE *out, const char *text, size_t max_width) {
  rb_err err;
  char *safe = NULL;
  bool ok =
      rb_escape_copy(text, RB_ESCAPE_TERMINAL, max_width ? max_width : MAX_WIDTH, &safe, &err);
  fputc('\'', out);
  for (const char *c = ok ? safe : "(memory is out)"; *c; c++) {
    /* Doubled, as gnuplot's manual has it, an apostrophe that begins the string or follows another
     * one still ends it (5.4), and what comes behind would be a command. */
    if (*c == '\'')
      fputs("\xE2\x80\x99", out); /* the typographic one */
    else if (*c == '`')
      fputs("\\x60", out); /* would be a command between quotes of the other kind */
    else if (*c == '&' && c[1] == '#')
      fputs("\\x26", out); /* the SVG terminal takes it for a reference to a character */
    else
      fputc(*c, out);
  }
  fputc('\'', out);
  free(safe);
}

void rb_script_margins(const rb_script *script, rb_script_place area) {
  fprintf(script->out,
          "set lmargin at screen %.5f; set rmargin at screen %.5f\n"
          "set tmargin at screen %.5f; set bmargin at screen %.5f\n",
          area.x / script->width, (area.x + area.width) / script->width,
          1 - area.y / script->height, 1 - (area.y + area.height) / script->height);
}

void rb_script_at(const rb_script *script, double x, double y) {
  fprintf(script->out, "screen %.5f, screen %.5f", x / script->width, 1 - y / script->height);
}

void rb_script_label(const rb_script *script, int tag, double x, double y, const char *text,
                     const char *options) {
  fprintf(script->out, "set label %d ", tag);
  rb_script_text(script->out, text, 0);
  fputs(" at ", script->out);
  rb_script_at(script, x, y);
  fprintf(script->out, " %s\n", options);
}

size_t rb_script_count(char text[RB_SCRIPT_COUNT_ROOM], double value) {
  double power = log2(value);
  int exponent = 0, n;
  for (double rest = value; rest >= 10 && fmod(rest, 10) == 0; rest /= 10)
    exponent++;
  if (value >= 1e6 && power == floor(power))
    n = snprintf(text, RB_SCRIPT_COUNT_ROOM, "2^%.0f", power);
  else if (value >= 1e6 && exponent >= 4)
    n = snprintf(text, RB_SCRIPT_COUNT_ROOM, "%.0fe%d", value / pow(10, exponent), exponent);
  else
    n = snprintf(text, RB_SCRIPT_COUNT_ROOM, "%.0f", value);
  return n > 0 ? (size_t)n : 0;
}

/* Round numbers of a decade, from fine to coarse; each set ends with 10. */
static const double fine[] = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10};
static const double medium[] = {1, 2, 5, 10};
static const double coarse[] = {1, 10};

/* Whether neighbours of the set are far enough apart. */
static bool is_wide(const double *set, double decade_px, double least_px) {
  for (; *set < 10; set++)
    if (log10(set[1] / set[0]) * decade_px < least_px)
      return false;
  return true;
}

static bool is_among(const double *set, double digit) {
  while (*set < digit)
    set++;
  return *set == digit;
}

void rb_script_log_ticks(FILE *out, char axis, double lo, double hi, double length_px,
                         double least_px) {
  double decade_px = length_px / log10(hi / lo);
  const double *set = is_wide(fine, decade_px, least_px)     ? fine
                      : is_wide(medium, decade_px, least_px) ? medium
                                                             : coarse;
  int step = set == coarse ? (int)fmax(1, ceil(least_px / decade_px)) : 1;
  int first = (int)floor(log10(lo)), last = (int)ceil(log10(hi));
  const char *comma = "";
  fprintf(out, "set %ctics (", axis);
  for (int power = first; power <= last; power++)
    for (int tenth = 10; tenth < 100; tenth++) { /* of the power */
      double value = tenth / 10. * pow(10, power);
      bool labelled = power % step == 0 && is_among(set, tenth / 10.);
      bool small = tenth == 10 || (tenth % 10 == 0 && decade_px >= LEAST_DECADE_PX);
      char label[RB_SCRIPT_COUNT_ROOM] = "";
      if (value < lo || value > hi || !(labelled || small))
        continue;
      if (labelled && value == floor(value))
        rb_script_count(label, value);
      else if (labelled)
        snprintf(label, sizeof label, "%g", value);
      fprintf(out, "%s'%s' %g%s", comma, label, value, labelled ? "" : " 1");
      comma = ", ";
    }
  fputs(")\n", out);
}

void rb_script_ticks_at(FILE *out, const double *values, size_t n, double lo, double hi,
                        double length_px) {
  double free_from = -INFINITY;
  fputs("set xtics (", out);
  for (size_t i = 0; i < n; i++) {
    char label[RB_SCRIPT_COUNT_ROOM];
    double width = (double)rb_script_count(label, values[i]) * DIGIT_PX;
    double at = log(values[i] / lo) / log(hi / lo) * length_px;
    bool fits = at - width / 2 >= free_from;
    fprintf(out, "%s'%s' %.10g", i ? ", " : "", fits ? label : "", values[i]);
    if (fits)
      free_from = at + width / 2 + DIGIT_PX;
  }
  fputs(")\n", out);
}
