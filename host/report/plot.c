// SPDX-License-Identifier: Apache-2.0
#include "report/plot.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "report/escape.h"
#include "report/plotaccuracy.h"
#include "report/plotstar.h"

const char *const rb_plot_figures[] = {"complexity", "accuracy", "both", NULL};

/* Pixels. */
#define TITLE 64.0 /* two lines above a block */
#define TITLE_LEFT 90.0
#define FOOT 14.0     /* below a block */
#define LETTER_PX 9.0 /* of a title, on the average */
enum { TAG = 101 };   /* of the titles' labels: panels have smaller ones */

/* The curves of one group: curves[first] and those behind it. */
typedef struct slice {
  size_t first, n;
} slice;

typedef struct work {
  const rb_plot_options *options;
  rb_trials trials;
  slice slices[RB_PLOT_MAX_GROUPS];
  rb_plotgroup groups[RB_PLOT_MAX_GROUPS];
  size_t n_groups;
} work;

static bool is_text(const rb_record *cell, rb_field field, const char *wanted) {
  const char *text = rb_record_get_text(cell, field);
  return !wanted || (text && strcmp(text, wanted) == 0);
}

static bool is_wanted(const rb_plot_options *o, const rb_record *cell) {
  char seed[24];
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)rb_record_get_integer(cell, RB_F_seed));
  return is_text(cell, RB_F_part, o->part) && is_text(cell, RB_F_task, o->task) &&
         is_text(cell, RB_F_quantity, o->quantity) && (!o->seed || strcmp(o->seed, seed) == 0);
}

static bool choose_groups(work *w, rb_err *err) {
  const rb_trials *trials = &w->trials;
  size_t n_chosen = 0;
  if (trials->n_curves == 0)
    return rb_fail(err, RB_USAGE,
                   "the trace has no complexity cells, and only those are plotted; run a suite "
                   "with a part of `mode: complexity`");
  for (size_t i = 0, next = 0; i < trials->n_curves; i = next) {
    for (next = i; next < trials->n_curves && trials->curves[next].group == trials->curves[i].group;
         next++) {
    }
    if (!is_wanted(w->options, trials->curves[i].cell))
      continue;
    if (next - i > RB_PLOT_MAX_CURVES)
      return rb_fail(
          err, RB_USAGE,
          "%zu curves belong into one figure, which holds %d; put fewer sources or values "
          "of T into one part of the suite",
          next - i, RB_PLOT_MAX_CURVES);
    if (n_chosen < RB_PLOT_MAX_GROUPS)
      w->slices[n_chosen] = (slice){i, next - i};
    n_chosen++;
  }
  if (n_chosen == 0)
    return rb_fail(err, RB_USAGE,
                   "no complexity cell of the trace is of that part, task, quantity and seed; "
                   "`relubench show` lists them");
  if (n_chosen > RB_PLOT_MAX_GROUPS)
    return rb_fail(err, RB_USAGE,
                   "%zu groups of curves are more than the %d that one figure holds; choose with "
                   "--part, --task, --quantity or --seed",
                   n_chosen, RB_PLOT_MAX_GROUPS);
  w->n_groups = n_chosen;
  return true;
}

static bool load_groups(work *w, rb_err *err) {
  rb_plot_figure figure = w->options->figure;
  for (size_t i = 0; i < w->n_groups; i++)
    if (!rb_plotgroup_load(&w->trials.curves[w->slices[i].first], w->slices[i].n,
                           figure != RB_PLOT_ACCURACY, figure != RB_PLOT_COMPLEXITY, &w->groups[i],
                           err))
      return false;
  return true;
}

static double block_width(rb_plot_figure figure) {
  return (figure == RB_PLOT_ACCURACY ? 0 : RB_PLOTSTAR_WIDTH) +
         (figure == RB_PLOT_COMPLEXITY ? 0 : RB_PLOTACCURACY_WIDTH);
}

static double block_height(const work *w, size_t i) {
  double height = 0;
  if (w->options->figure != RB_PLOT_ACCURACY)
    height = rb_plotstar_height(&w->groups[i]);
  if (w->options->figure != RB_PLOT_COMPLEXITY)
    height = fmax(height, rb_plotaccuracy_height(&w->groups[i]));
  return TITLE + height + FOOT;
}

/* "m = 64", or "n = 512 to 4096" where it is not the same at every d; nothing if it is not said. */
static void write_range(const rb_trials_curve *curve, rb_field field, FILE *out) {
  double lo = INFINITY, hi = -INFINITY;
  for (size_t i = 0; i < curve->n_points; i++) {
    double value = rb_record_get_real(curve->points[i].cell, field);
    lo = fmin(lo, value);
    hi = fmax(hi, value);
  }
  if (lo < hi)
    fprintf(out, ", %s = %.10g to %.10g", rb_schema[field].name, lo, hi);
  else if (lo == hi)
    fprintf(out, ", %s = %.10g", rb_schema[field].name, lo);
}

static const char *text_or(const rb_record *cell, rb_field field, const char *otherwise) {
  const char *text = rb_record_get_text(cell, field);
  return text && text[0] ? text : otherwise;
}

/* What tells the group apart beside its title: the part alone where that is all. */
static bool name_group(const work *w, size_t i, char **out, rb_err *err) {
  const rb_record *cell = w->groups[i].cell;
  char usual[512];
  if (!rb_trials_name(&w->trials, w->groups[i].curves[0].curve, out, err))
    return false;
  const char *part = text_or(cell, RB_F_part, "cells");
  snprintf(usual, sizeof usual, "%s %s r=%llu", part, text_or(cell, RB_F_task, "-"),
           (unsigned long long)rb_record_get_integer(cell, RB_F_r));
  if (strcmp(usual, *out) == 0)
    (*out)[strlen(part)] = 0;
  return true;
}

/* Two lines: what was learned, and by whom. */
static bool write_titles(const work *w, size_t i, const rb_script *script, double x, double y,
                         rb_err *err) {
  const rb_plotgroup *group = &w->groups[i];
  const rb_record *cell = group->cell;
  char *name = NULL, *lines[2] = {NULL, NULL};
  size_t n;
  if (!name_group(w, i, &name, err))
    return false;
  FILE *first = rb_mem_stream(&lines[0], &n), *second = rb_mem_stream(&lines[1], &n);
  bool ok = first && second;
  if (ok) {
    fprintf(first, "task %s", text_or(cell, RB_F_task, "unknown"));
    write_range(group->curves[0].curve, RB_F_r, first);
    write_range(group->curves[0].curve, group->neurons ? RB_F_n : RB_F_m, first);
    fprintf(first, ", %s sampler", text_or(cell, RB_F_sampler, "unknown"));
    fprintf(second, "%s, seed %llu, on %s", name,
            (unsigned long long)rb_record_get_integer(cell, RB_F_seed),
            text_or(cell, RB_F_device_name, text_or(cell, RB_F_device, "the host")));
  }
  ok = !(first && fclose(first) != 0) && ok;
  ok = !(second && fclose(second) != 0) && ok;
  if (ok) {
    size_t room = (size_t)((block_width(w->options->figure) - TITLE_LEFT) / LETTER_PX);
    fprintf(script->out, "set label %d ", TAG);
    rb_script_text(script->out, lines[0], room);
    fputs(" at ", script->out);
    rb_script_at(script, x + TITLE_LEFT, y + 22);
    fprintf(script->out, " left font TITLE\nset label %d ", TAG + 1);
    rb_script_text(script->out, lines[1], room);
    fputs(" at ", script->out);
    rb_script_at(script, x + TITLE_LEFT, y + 44);
    fputs(" left textcolor rgb '#505050'\n", script->out);
  } else {
    rb_fail(err, RB_FAILED, "title of a figure: out of memory");
  }
  free(name);
  free(lines[0]);
  free(lines[1]);
  return ok;
}

static bool write_block(const work *w, size_t i, const rb_script *script, double x, double y,
                        rb_err *err) {
  rb_plot_figure figure = w->options->figure;
  fprintf(script->out, "\n# figure %zu of %zu\n", i + 1, w->n_groups);
  if (!write_titles(w, i, script, x, y, err))
    return false;
  y += TITLE;
  if (figure != RB_PLOT_ACCURACY) {
    rb_plotstar_write(&w->groups[i], script, x, y, i);
    x += RB_PLOTSTAR_WIDTH;
  }
  if (figure != RB_PLOT_COMPLEXITY)
    rb_plotaccuracy_write(&w->groups[i], script, x, y, i);
  return true;
}

/* Fonts are of one size everywhere: 14 pixels are 10.5 points at 96 pixels an inch. */
static void write_head(const rb_script *script, rb_plot_terminal terminal) {
  FILE *out = script->out;
  double w = script->width, h = script->height;
  fputs("# Made by relubench plot for gnuplot 5.4 or later, which draws to standard output.\n",
        out);
  if (terminal == RB_PLOT_SVG)
    fprintf(out, "set terminal svg noenhanced rounded size %.0f,%.0f font 'sans-serif,14' ", w, h);
  else if (terminal == RB_PLOT_PNG)
    fprintf(out,
            "set terminal pngcairo noenhanced rounded size %.0f,%.0f font 'sans-serif,10.5' "
            "fontscale 2 linewidth 2 pointscale 2 ",
            2 * w, 2 * h);
  else
    fprintf(out,
            "set terminal pdfcairo noenhanced rounded size %.4fin,%.4fin font 'sans-serif,10.5' "
            "fontscale 0.75 ",
            w / 96, h / 96);
  fprintf(out,
          "background '#ffffff'\n"
          "TITLE = '%s'; P = %s\n"
          "set encoding utf8\n"
          "set border 3 lw 1 lc rgb '#404040'\n"
          "set tics nomirror out scale 0.6 textcolor rgb '#202020'\n"
          "set grid back lt 1 lc rgb '#e4e4e4' lw 0.6\n"
          "set errorbars 0.6; set pointintervalbox 0.001\n"
          "unset key\n"
          "set multiplot\n",
          terminal == RB_PLOT_SVG ? ",16" : ",12",
          terminal == RB_PLOT_PNG   ? "1.2"
          : terminal == RB_PLOT_PDF ? "0.85"
                                    : "0.7");
}

static bool write_script(const work *w, FILE *out, rb_err *err) {
  size_t columns = w->n_groups > 1 && w->options->figure != RB_PLOT_BOTH ? 2 : 1;
  double width = block_width(w->options->figure), y = 0, row[RB_PLOT_MAX_GROUPS] = {0};
  rb_script script = {out, width * (double)columns, 0};
  for (size_t i = 0; i < w->n_groups; i++)
    row[i / columns] = fmax(row[i / columns], block_height(w, i));
  for (size_t i = 0; i < w->n_groups; i++)
    script.height += row[i];
  write_head(&script, w->options->terminal);
  for (size_t i = 0; i < w->n_groups; i++) {
    if (!write_block(w, i, &script, width * (double)(i % columns), y, err))
      return false;
    if ((i + 1) % columns == 0)
      y += row[i / columns];
  }
  fputs("unset multiplot\n", out);
  return true;
}

/* "samples: n* of 4 sources over 6 values of d, 4800 trials" */
static bool tell(const work *w, size_t i, FILE *talk, rb_err *err) {
  const rb_plotgroup *group = &w->groups[i];
  char *name = NULL;
  if (!rb_trials_name(&w->trials, group->curves[0].curve, &name, err))
    return false;
  fputs("drawn: ", talk);
  rb_escape_print(talk, name);
  fprintf(talk, ": %s of %zu source%s over %zu value%s of d, %zu trials",
          group->neurons ? "m*" : "n*", group->n_curves, group->n_curves == 1 ? "" : "s",
          group->n_d, group->n_d == 1 ? "" : "s", group->n_trials);
  if (group->n_left_out)
    fprintf(talk, "; %zu of them left out, in bins of fewer than %d", group->n_left_out,
            RB_PLOTBINS_LEAST_TRIALS);
  fputc('\n', talk);
  free(name);
  return true;
}

bool rb_plot_write(const rb_trace *trace, const rb_plot_options *options, FILE *out, FILE *talk,
                   rb_err *err) {
  work w = {.options = options};
  bool ok = rb_trials_load(trace, &w.trials, err) && choose_groups(&w, err) &&
            load_groups(&w, err) && write_script(&w, out, err);
  for (size_t i = 0; ok && i < w.n_groups; i++)
    ok = tell(&w, i, talk, err);
  for (size_t i = 0; i < w.n_groups; i++)
    rb_plotgroup_free(&w.groups[i]);
  rb_trials_free(&w.trials);
  if (ok && (fflush(out) != 0 || ferror(out)))
    ok = rb_fail(err, RB_FAILED, "cannot write the script of a figure");
  return ok;
}
