// SPDX-License-Identifier: Apache-2.0
#include "report/remark.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/figure.h"
#include "report/phrase.h"
#include "report/reasons.h"

static const char *axis_of(const rb_growth_curve *curve) {
  return rb_growth_axes[curve->axis];
}

/* "n = 64" */
static void put_size(const rb_growth_curve *curve, size_t i, FILE *to) {
  fprintf(to, "%s = %" PRIu64, axis_of(curve), curve->points[i].size);
}

bool rb_remark_claim(const rb_growth *growth, char **out, rb_err *err) {
  static const char *const words[] = {"proportional",           "with a cliff", "growing faster",
                                      "growing slower than it", "inconclusive", "refused"};
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  fprintf(t.to, "time is proportional to the work along %zu of %zu curve%s",
          growth->n_state[RB_GROWTH_PROPORTIONAL], growth->n_curves,
          growth->n_curves == 1 ? "" : "s");
  const char *separator = "; ";
  for (int i = RB_GROWTH_PROPORTIONAL + 1; i < RB_GROWTH_N_STATES; i++)
    if (growth->n_state[i]) {
      fprintf(t.to, "%s%zu %s", separator, growth->n_state[i], words[i]);
      separator = ", ";
    }
  return rb_phrase_close(&t, err);
}

/* What the curve holds fixed: the shape, and what tells timed cells of the trace apart. */
bool rb_remark_title(const rb_growth *growth, const rb_growth_curve *curve, char **out,
                     rb_err *err) {
  const rb_load *load = &growth->load;
  rb_load_set set = rb_load_told(load->cells, load->n_cells) | rb_load_bit(RB_F_backend) |
                    rb_load_bit(RB_F_d) | rb_load_bit(RB_F_T) | rb_load_bit(RB_F_m) |
                    rb_load_bit(RB_F_n1) | rb_load_bit(RB_F_n2);
  set &= ~(rb_growth_along(curve->axis) | rb_load_bit(RB_F_variant) | rb_load_bit(RB_F_tile) |
           rb_load_bit(RB_F_chunk) | rb_load_bit(RB_F_eta_a) | rb_load_bit(RB_F_eta_w));
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  if (rb_record_has(curve->cell, RB_F_part) && rb_load_varies(load, RB_F_part))
    fprintf(t.to, "part %s: ", rb_record_get_text(curve->cell, RB_F_part));
  fprintf(t.to, "time over %s at ", axis_of(curve));
  rb_load_write(curve->cell, set, true, t.to);
  return rb_phrase_close(&t, err);
}

static void put_consequence(const rb_growth_curve *curve, FILE *to) {
  const char *axis = axis_of(curve);
  switch (curve->state) {
  case RB_GROWTH_PROPORTIONAL:
    fprintf(to, "proportional to the work within %g, and no cliff", RB_GROWTH_TOLERANCE);
    break;
  case RB_GROWTH_CLIFF_FOUND:
    fprintf(to, "%zu cliff%s", curve->n_cliffs, curve->n_cliffs == 1 ? "" : "s");
    break;
  case RB_GROWTH_ABOVE:
    fprintf(to, "faster than the work, by more than %g", RB_GROWTH_TOLERANCE);
    break;
  case RB_GROWTH_BELOW:
    fprintf(to, "slower than the work, by more than %g: a cost that does not grow with %s is left",
            RB_GROWTH_TOLERANCE, axis);
    break;
  default:
    fprintf(to,
            "neither inside nor outside of 1 +- %g; a quieter machine, more repetitions or larger "
            "%s narrow the interval",
            RB_GROWTH_TOLERANCE, axis);
  }
}

bool rb_remark_slope(const rb_growth_curve *curve, char **out, rb_err *err) {
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  if (curve->state == RB_GROWTH_REFUSED)
    fprintf(t.to, "nothing is said of the slope: %s", curve->reason);
  else {
    fprintf(t.to, "time goes as %s^%.3f (95 %% interval %.3f .. %.3f) from ", axis_of(curve),
            curve->slope[0], curve->slope[1], curve->slope[2]);
    put_size(curve, curve->first_filled, t.to);
    fprintf(t.to, " up, where the machine is filled (%zu sizes): ", curve->n_filled);
    put_consequence(curve, t.to);
  }
  return rb_phrase_close(&t, err);
}

bool rb_remark_fixed(const rb_growth_curve *curve, char **out, rb_err *err) {
  char fixed[RB_FIGURE_ROOM], each[RB_FIGURE_ROOM], misfit[RB_FIGURE_ROOM];
  const char *axis = axis_of(curve);
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  if (isfinite(curve->fixed[0]) && isfinite(curve->each[0])) {
    rb_figure_range(fixed, RB_FIGURE_TIME, curve->fixed, "");
    rb_figure_range(each, RB_FIGURE_TIME, curve->each, "");
    rb_figure_one(misfit, RB_FIGURE_PERCENT, curve->misfit, "");
    if (curve->fixed[1] > 0)
      fprintf(t.to, "a fixed cost of %s and %s for each unit of %s", fixed, each, axis);
    else
      fprintf(t.to, "%s for each unit of %s, and no fixed cost that can be told from 0", each,
              axis);
    fprintf(t.to, "; it misses the intervals of the times by at most %s", misfit);
  }
  return rb_phrase_close(&t, err);
}

bool rb_remark_memory(const rb_growth_curve *curve, char **out, rb_err *err) {
  char least[RB_FIGURE_ROOM], most[RB_FIGURE_ROOM];
  size_t last = curve->n_points - 1;
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  rb_figure_one(least, RB_FIGURE_BYTES, curve->points[0].peak_bytes, "");
  rb_figure_one(most, RB_FIGURE_BYTES, curve->points[last].peak_bytes, "");
  if (curve->first_flat < curve->n_points) {
    fprintf(t.to, "peak memory is %s, the same within %g %%, ", most, 100 * (RB_GROWTH_FLAT - 1));
    if (curve->first_flat == 0)
      fputs("at every size", t.to);
    else {
      fputs("from ", t.to);
      put_size(curve, curve->first_flat, t.to);
      fprintf(t.to, " up; %s at ", least);
      put_size(curve, 0, t.to);
    }
  } else if (isfinite(curve->points[0].peak_bytes) && isfinite(curve->points[last].peak_bytes)) {
    fprintf(t.to, "peak memory goes from %s at ", least);
    put_size(curve, 0, t.to);
    fprintf(t.to, " to %s at ", most);
    put_size(curve, last, t.to);
  }
  return rb_phrase_close(&t, err);
}

/* The used size before i; there is one where i is a cliff. */
static size_t before(const rb_growth_curve *curve, size_t i) {
  while (i > 0 && !curve->points[--i].used) {
  }
  return i;
}

/* The first cell that cannot be used, and why. */
static void put_left_out(const rb_growth_point *point, FILE *to) {
  for (size_t i = 0; i < point->row->n_cells; i++) {
    const rb_record *cell = point->row->cells[i];
    rb_status status = rb_load_status(cell);
    if (rb_load_is_above_roof(cell))
      fputs("above the roof", to);
    else if (rb_load_is_rated(cell))
      fputs("no time", to);
    else
      fprintf(to, "%s: %s", rb_status_names[status], rb_reasons_text(cell));
    return;
  }
}

bool rb_remark_point(const rb_growth_curve *curve, size_t i, char **out, rb_err *err) {
  const rb_growth_point *point = &curve->points[i];
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  if (point->cliff) {
    fputs("cliff at ", t.to);
    put_size(curve, i, t.to);
    fprintf(t.to, ": the time for each unit of %s is %.3g times (at least %.3g times) that at ",
            axis_of(curve), point->step[0], point->step[1]);
    put_size(curve, before(curve, i), t.to);
    fputs(point->filled ? "" : "; the machine is not filled there", t.to);
  } else if (!point->used) {
    fputs("left out ", t.to);
    put_size(curve, i, t.to);
    fputs(": ", t.to);
    put_left_out(point, t.to);
  }
  return rb_phrase_close(&t, err);
}

bool rb_remark_busy(const rb_growth *growth, char **out, rb_err *err) {
  double most = 0;
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  for (size_t i = 0; i < growth->n_curves; i++)
    most = fmax(most, growth->curves[i].run_error);
  if (most > RB_GROWTH_QUIET)
    fprintf(t.to,
            "the compute roof scattered by %.0f %% during the run: something else ran on the "
            "machine. Every time is taken to be that uncertain; run it again alone",
            100 * most);
  return rb_phrase_close(&t, err);
}
