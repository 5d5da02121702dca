// SPDX-License-Identifier: Apache-2.0
#include "report/plotstar.h"
#include <math.h>
#include <stdio.h>

/* Pixels. */
#define LEFT 90.0
#define RIGHT 24.0
#define AXES_HEIGHT 380.0
#define BELOW_AXES 70.0 /* ticks and the label of the axis */
#define LINE 20.0       /* of the key */
#define TICK_LEAST 26.0 /* between labels of y */
/* Neighbours at one d, as parts of the axis: enough that bars and arrows do not hide each other. */
#define APART 0.008
#define ARROWS_APART 0.024

typedef struct axes {
  double lo_x, hi_x, lo_y, hi_y; /* logarithms */
} axes;

/* What is drawn at one value of d: a point, or an arrow from the last n that was tried. */
typedef struct mark {
  rb_exponent_censored kind;
  double y, lo, hi; /* logarithms; lo and hi of a point only */
} mark;

static mark mark_of(const rb_plotgroup_curve *curve, size_t i) {
  const rb_exponent_point *point = &curve->fit.points[i];
  const rb_trials_point *tried = &curve->curve->points[i];
  mark m = {point->censored, point->log_star, point->lo, point->hi};
  if (m.kind == RB_EXPONENT_ABOVE)
    m.y = isfinite(point->log_cap) || tried->n_trials == 0 ? point->log_cap
                                                           : tried->trials[tried->n_trials - 1].x;
  if (m.kind == RB_EXPONENT_BELOW && tried->n_trials > 0)
    m.y = tried->trials[0].x;
  if (!isfinite(m.y) || point->d == 0)
    m.kind = RB_EXPONENT_NO_TRIALS;
  return m;
}

static size_t count(const rb_plotgroup_curve *curve, rb_exponent_censored kind) {
  size_t n = 0;
  for (size_t i = 0; i < curve->fit.n_points; i++)
    n += mark_of(curve, i).kind == kind;
  return n;
}

static size_t count_all(const rb_plotgroup *group, rb_exponent_censored kind) {
  size_t n = 0;
  for (size_t i = 0; i < group->n_curves; i++)
    n += count(&group->curves[i], kind);
  return n;
}

static bool is_fitted(const rb_plotgroup_curve *curve) {
  return isfinite(curve->fit.slope.value) && isfinite(curve->fit.intercept);
}

/* Points and caps decide; bars may widen the range only so far. */
static axes find_axes(const rb_plotgroup *group) {
  axes a = {log(group->d[0]), log(group->d[group->n_d - 1]), INFINITY, -INFINITY};
  double pad = fmax(.06 * (a.hi_x - a.lo_x), .1), lo = INFINITY, hi = -INFINITY;
  for (size_t i = 0; i < group->n_curves; i++)
    for (size_t k = 0; k < group->curves[i].fit.n_points; k++) {
      mark m = mark_of(&group->curves[i], k);
      if (m.kind == RB_EXPONENT_NO_TRIALS)
        continue;
      a.lo_y = fmin(a.lo_y, m.y);
      a.hi_y = fmax(a.hi_y, m.y);
      lo = m.kind == RB_EXPONENT_SEEN ? fmin(lo, m.lo) : lo;
      hi = m.kind == RB_EXPONENT_SEEN ? fmax(hi, m.hi) : hi;
    }
  if (a.lo_y > a.hi_y) /* nothing to draw */
    a.lo_y = a.hi_y = log(100);
  lo = fmax(lo, a.lo_y - log(3));
  hi = fmin(hi, a.hi_y + log(3));
  double arrow = .14 * fmax(a.hi_y - a.lo_y, log(2));
  a.hi_y += count_all(group, RB_EXPONENT_ABOVE) ? arrow : 0;
  a.lo_y -= count_all(group, RB_EXPONENT_BELOW) ? arrow : 0;
  a.lo_y = fmin(a.lo_y, lo);
  a.hi_y = fmax(a.hi_y, hi);
  double pad_y = fmax(.05 * (a.hi_y - a.lo_y), .5 * (log(2) - (a.hi_y - a.lo_y)));
  return (axes){a.lo_x - pad, a.hi_x + pad, a.lo_y - pad_y, a.hi_y + pad_y};
}

/* Where curve i stands beside the others at its point k, as a factor of d. */
static double beside(const rb_plotgroup *group, const axes *a, size_t i, size_t k) {
  double d = (double)group->curves[i].fit.points[k].d, before = 0, all = 0;
  bool arrow = mark_of(&group->curves[i], k).kind != RB_EXPONENT_SEEN;
  for (size_t j = 0; j < group->n_curves; j++)
    for (size_t p = 0; p < group->curves[j].fit.n_points; p++)
      if ((double)group->curves[j].fit.points[p].d == d &&
          (mark_of(&group->curves[j], p).kind != RB_EXPONENT_SEEN) == arrow) {
        before += j < i;
        all++;
      }
  double step = (arrow ? ARROWS_APART : APART) * (a->hi_x - a->lo_x);
  return exp((before - (all - 1) / 2) * step);
}

/* One block of the marks of a kind: d, n*, and the ends of the bar or arrow. */
static void write_marks(const rb_plotgroup *group, const axes *a, size_t i,
                        rb_exponent_censored kind, FILE *out, const char *name) {
  double arrow = .1 * (a->hi_y - a->lo_y);
  fprintf(out, "%s << END\n", name);
  for (size_t k = 0; k < group->curves[i].fit.n_points; k++) {
    mark m = mark_of(&group->curves[i], k);
    if (m.kind != kind)
      continue;
    double y = exp(m.y), x = (double)group->curves[i].fit.points[k].d * beside(group, a, i, k);
    if (kind == RB_EXPONENT_SEEN) /* beyond the axes a bar is cut anyway */
      fprintf(out, "%.6g %.6g %.6g %.6g\n", x, y, exp(fmax(m.lo, a->lo_y - 1)),
              exp(fmin(m.hi, a->hi_y + 1)));
    else
      fprintf(out, "%.6g %.6g %.6g\n", x, y,
              exp(m.y + (kind == RB_EXPONENT_ABOVE ? arrow : -arrow)) - y);
  }
  fputs("END\n", out);
}

/* Where the fitted line is at the ends of the range of d, and in its middle. */
static void write_line(const rb_plotgroup_curve *curve, FILE *out, const char *name, double factor,
                       bool flat) {
  const rb_exponent *fit = &curve->fit;
  double lo = log((double)fit->points[0].d), hi = log((double)fit->points[fit->n_points - 1].d);
  fprintf(out, "%s << END\n", name);
  for (int i = 0; i < 2; i++) {
    double x = i ? hi : lo, y = exp(fit->intercept + fit->slope.value * (flat ? (lo + hi) / 2 : x));
    fprintf(out, "%.6g %.6g %.6g\n", exp(x), y / factor, y * factor);
  }
  fputs("END\n", out);
}

/* The band that a line with an exponent within the margin does not leave. */
static const rb_plotgroup_curve *banded(const rb_plotgroup *group) {
  for (size_t i = 0; i < group->n_curves; i++) {
    const rb_plotgroup_curve *curve = &group->curves[i];
    if (curve->curve->source == RB_TRIALS_MULTITASK && is_fitted(curve) &&
        curve->curve->margin > 1 && isfinite(curve->fit.delta))
      return curve;
  }
  return NULL;
}

static void write_blocks(const rb_plotgroup *group, const axes *a, FILE *out, size_t number) {
  static const char *const kinds[] = {"seen", "above", "below"};
  char name[64];
  for (size_t i = 0; i < group->n_curves; i++) {
    const rb_plotgroup_curve *curve = &group->curves[i];
    for (int kind = RB_EXPONENT_SEEN; kind <= RB_EXPONENT_BELOW; kind++)
      if (count(curve, kind)) {
        snprintf(name, sizeof name, "$%s_%zu_%zu", kinds[kind], number, i);
        write_marks(group, a, i, kind, out, name);
      }
    if (is_fitted(curve)) {
      snprintf(name, sizeof name, "$line_%zu_%zu", number, i);
      write_line(curve, out, name, 1, false);
    }
  }
  const rb_plotgroup_curve *band = banded(group);
  if (band) {
    snprintf(name, sizeof name, "$band_%zu", number);
    write_line(band, out, name, sqrt(band->curve->margin), true);
  }
}

static void write_arrows(const rb_plotgroup_style *style, const rb_script *script, const char *kind,
                         size_t number, size_t i) {
  fprintf(script->out,
          ", \\\n  $%s_%zu_%zu using 1:2:(0):3 with vectors head filled size screen %.5f,22 "
          "lc rgb '%s' lw 1.4, \\\n"
          "  $%s_%zu_%zu using 1:2 with points pt %d ps 0.9*P lc rgb '%s' lw 1.4",
          kind, number, i, 9 / script->width, style->colour, kind, number, i, style->open,
          style->colour);
}

static void write_plot(const rb_plotgroup *group, const rb_script *script, size_t number) {
  FILE *out = script->out;
  const rb_plotgroup_curve *band = banded(group);
  /* Something to plot even where there is nothing. */
  fputs("plot NaN", out);
  if (band)
    fprintf(out,
            ", \\\n  $band_%zu using 1:2:3 with filledcurves fc rgb '%s' fs transparent solid 0.12",
            number, band->style->colour);
  for (size_t i = 0; i < group->n_curves; i++) {
    const rb_plotgroup_curve *curve = &group->curves[i];
    const rb_plotgroup_style *style = curve->style;
    if (is_fitted(curve))
      fprintf(out, ", \\\n  $line_%zu_%zu using 1:2 with lines dt %d lc rgb '%s' lw 1.4", number, i,
              style->dash, style->colour);
    if (count(curve, RB_EXPONENT_SEEN))
      fprintf(out,
              ", \\\n  $seen_%zu_%zu using 1:2:3:4 with yerrorbars pt %d ps 0.9*P lc rgb '%s' "
              "lw 1.4",
              number, i, style->filled, style->colour);
    if (count(curve, RB_EXPONENT_ABOVE))
      write_arrows(style, script, "above", number, i);
    if (count(curve, RB_EXPONENT_BELOW))
      write_arrows(style, script, "below", number, i);
  }
  fputs("\n", out);
}

/* A minus as long as a digit, where the value does not round to 0. */
static const char *sign(double value) {
  return value <= -.0005 ? "\xE2\x88\x92" : "";
}

/* What the key says of a curve behind its name. */
static void describe(const rb_plotgroup_curve *curve, bool neurons, char *text, size_t room) {
  const rb_exponent_slope *slope = &curve->fit.slope;
  size_t n = curve->fit.n_points, n_above = count(curve, RB_EXPONENT_ABOVE),
         n_below = count(curve, RB_EXPONENT_BELOW);
  if (is_fitted(curve))
    snprintf(text, room, "exponent %s%.3f (%s%.3f to %s%.3f)%s", sign(slope->value),
             fabs(slope->value), sign(slope->lo90), fabs(slope->lo90), sign(slope->hi90),
             fabs(slope->hi90), curve->fit.state == RB_EXPONENT_REFUSED ? ", no verdict" : "");
  else if (n_above == n)
    snprintf(text, room, "target not reached at any d");
  else if (n_above)
    snprintf(text, room, "target not reached at %zu of %zu values of d", n_above, n);
  else if (n_below)
    snprintf(text, room, "reached with the least %c at %zu of %zu values of d", neurons ? 'm' : 'n',
             n_below, n);
  else if (count(curve, RB_EXPONENT_NO_TRIALS))
    snprintf(text, room, "no trials at %zu of %zu values of d", count(curve, RB_EXPONENT_NO_TRIALS),
             n);
  else
    snprintf(text, room, "no exponent from %zu value%s of d", n, n == 1 ? "" : "s");
}

typedef struct notes {
  char lines[4][128];
  size_t n;
} notes;

static void write_notes(const rb_plotgroup *group, notes *out) {
  const rb_plotgroup_curve *band = banded(group);
  char letter = group->neurons ? 'm' : 'n';
  bool fitted = false;
  out->n = 0;
  for (size_t i = 0; i < group->n_curves; i++)
    fitted = fitted || is_fitted(&group->curves[i]);
  if (count_all(group, RB_EXPONENT_SEEN))
    snprintf(out->lines[out->n++], sizeof *out->lines, "bars: 95 %% intervals%s",
             fitted ? "; brackets: 90 % intervals" : "");
  if (count_all(group, RB_EXPONENT_ABOVE))
    snprintf(out->lines[out->n++], sizeof *out->lines,
             "arrows up: target not reached at the largest %c tried", letter);
  if (count_all(group, RB_EXPONENT_BELOW))
    snprintf(out->lines[out->n++], sizeof *out->lines,
             "arrows down: target reached at the least %c tried", letter);
  if (band)
    snprintf(out->lines[out->n++], sizeof *out->lines,
             "band: margin %g; lines within have exponents up to %.3f", band->curve->margin,
             band->fit.delta);
}

static void write_key(const rb_plotgroup *group, const rb_script *script, double x, double y) {
  int tag = 10;
  notes below;
  for (size_t i = 0; i < group->n_curves; i++, y += LINE) {
    const rb_plotgroup_curve *curve = &group->curves[i];
    const rb_plotgroup_style *style = curve->style;
    char text[256], options[128];
    bool open = count(curve, RB_EXPONENT_SEEN) == 0;
    int used = snprintf(text, sizeof text, "%s: ", curve->name);
    describe(curve, group->neurons, text + used, sizeof text - (size_t)used);
    if (is_fitted(curve)) {
      fprintf(script->out, "set arrow %d from ", tag);
      rb_script_at(script, x, y);
      fputs(" to ", script->out);
      rb_script_at(script, x + 40, y);
      fprintf(script->out, " nohead dt %d lc rgb '%s' lw 1.4\n", style->dash, style->colour);
    }
    snprintf(options, sizeof options, "point pt %d ps 0.9*P lc rgb '%s' lw 1.4",
             open ? style->open : style->filled, style->colour);
    rb_script_label(script, tag, x + 20, y, "", options);
    rb_script_label(script, tag + 1, x + 50, y, text, "left");
    tag += 2;
  }
  write_notes(group, &below);
  for (size_t i = 0; i < below.n; i++, y += LINE)
    rb_script_label(script, tag++, x + 50, y, below.lines[i], "left textcolor rgb '#505050'");
}

double rb_plotstar_height(const rb_plotgroup *group) {
  notes below;
  write_notes(group, &below);
  return AXES_HEIGHT + BELOW_AXES + LINE * (double)(group->n_curves + below.n);
}

void rb_plotstar_write(const rb_plotgroup *group, const rb_script *script, double x, double y,
                       size_t number) {
  axes a = find_axes(group);
  FILE *out = script->out;
  double width = RB_PLOTSTAR_WIDTH - LEFT - RIGHT;
  char label[160];
  write_blocks(group, &a, out, number);
  rb_script_margins(script, (rb_script_place){x + LEFT, y, width, AXES_HEIGHT});
  fprintf(out, "set logscale xy\nset xrange [%.6g:%.6g]; set yrange [%.6g:%.6g]\n", exp(a.lo_x),
          exp(a.hi_x), exp(a.lo_y), exp(a.hi_y));
  rb_script_ticks_at(out, group->d, group->n_d, exp(a.lo_x), exp(a.hi_x), width);
  rb_script_log_ticks(out, 'y', exp(a.lo_y), exp(a.hi_y), AXES_HEIGHT, TICK_LEAST);
  rb_script_label(script, 1, x + LEFT + width / 2, y + AXES_HEIGHT + 46, "input dimension d",
                  "center");
  snprintf(label, sizeof label, "%s for accuracy %g with probability 1/2",
           group->neurons ? "neurons m*" : "samples n*", group->target);
  rb_script_label(script, 2, x + 14, y + AXES_HEIGHT / 2, label, "center rotate by 90");
  write_key(group, script, x + LEFT - 6, y + AXES_HEIGHT + BELOW_AXES + LINE / 2);
  write_plot(group, script, number);
  fputs("unset label; unset arrow; unset logscale\n", out);
}
