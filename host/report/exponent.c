// SPDX-License-Identifier: Apache-2.0
#include "report/exponent.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/dispersion.h"
#include "report/psychometric.h"
#include "report/slope.h"

const char *const rb_exponent_states[] = {"independent", "grows", "falls", "inconclusive",
                                          "refused"};

/* The rule: so many values of d over so many decades. */
enum { LEAST_POINTS = 5 };
static const double LEAST_DECADES = 1.5;
/* An exponent beyond this is none that could be told from infinity. */
static const double MAX_SLOPE = 10;
/* ln n* is looked for as far as this from the trials of its d. */
static const double REACH = 10;
/* Squares of normal quantiles: what twice a log-likelihood may fall within a 90 % or 95 % interval,
 * and at a bound to one side of 95 %. */
static const double DROP_90 = 2.705543, DROP_95 = 3.841459, DROP_ONE_SIDED = 2.705543;

/* A fit under way. */
typedef struct fit {
  const rb_trials_curve *curve;
  rb_exponent *out;
  rb_psychometric *free_stars, *line;
  rb_psychometric_bin *bins;
  size_t n_bins;
  size_t used[RB_TRIALS_MAX_POINTS], first_bin[RB_TRIALS_MAX_POINTS + 1];
  size_t n_used;  /* points with trials that may count */
  double *design; /* (n_used, 2) */
} fit;

/* ---- from trials to bins ---- */

static bool make_bins(fit *f, rb_err *err) {
  void *memory = NULL;
  size_t n = 0;
  for (size_t i = 0; i < f->curve->n_points; i++)
    n += f->curve->points[i].n_trials;
  if (!rb_alloc(&memory, n, sizeof *f->bins, "trials of a curve", err))
    return false;
  f->bins = memory;
  for (size_t i = 0; i < f->curve->n_points; i++) {
    const rb_trials_point *point = &f->curve->points[i];
    if (point->n_trials == 0 || point->problem[0])
      continue;
    f->first_bin[f->n_used] = f->n_bins;
    for (size_t j = 0; j < point->n_trials; j++) {
      const rb_trial *trial = &point->trials[j];
      if (j == 0 || trial->x != point->trials[j - 1].x)
        f->bins[f->n_bins++] = (rb_psychometric_bin){.x = trial->x, .point = f->n_used};
      f->bins[f->n_bins - 1].n++;
      f->bins[f->n_bins - 1].n_successes += trial->success;
    }
    f->used[f->n_used++] = i;
  }
  f->first_bin[f->n_used] = f->n_bins;
  return true;
}

static bool open_model(rb_psychometric **out, const fit *f, size_t n_columns, rb_err *err) {
  void *memory = NULL;
  if (!rb_alloc(&memory, 1, sizeof **out, "fit of a curve", err))
    return false;
  rb_psychometric *model = memory;
  model->bins = f->bins, model->n_bins = f->n_bins;
  model->n_points = f->n_used, model->n_columns = n_columns;
  rb_psychometric_begin(model);
  *out = model;
  return true;
}

/* ---- ln n* of every d ---- */

static const rb_trials_point *point_of(const fit *f, size_t used) {
  return &f->curve->points[f->used[used]];
}

static void fit_stars(fit *f) {
  rb_psychometric *model = f->free_stars;
  double s = exp(model->at[f->n_used]);
  for (size_t i = 0; i < f->n_used; i++) {
    const rb_trials_point *point = point_of(f, i);
    double n = (double)point->n_trials, k = (double)point->n_successes, mean = 0;
    for (size_t j = 0; j < point->n_trials; j++)
      mean += point->trials[j].x / n;
    model->at[i] = mean - s * log((k + 0.5) / (n - k + 0.5));
    model->lower[i] = point->trials[0].x - REACH;
    model->upper[i] = point->trials[point->n_trials - 1].x + REACH;
  }
  rb_psychometric_fit(model);
}

/* Where the likelihood has fallen by drop / 2 from its value at star, on the way to `end`. */
static double find_bound(const fit *f, size_t used, const rb_psychometric_shape *shape, double star,
                         double end, double drop) {
  const rb_psychometric_bin *bins = f->bins + f->first_bin[used];
  size_t n = f->first_bin[used + 1] - f->first_bin[used];
  double wanted = rb_psychometric_likelihood(shape, bins, n, star) - drop / 2, inside = star;
  if (rb_psychometric_likelihood(shape, bins, n, end) > wanted)
    return end;
  for (int i = 0; i < 40; i++) {
    double middle = 0.5 * (inside + end);
    if (rb_psychometric_likelihood(shape, bins, n, middle) > wanted)
      inside = middle;
    else
      end = middle;
  }
  return inside;
}

static rb_exponent_censored censor(const rb_trials_point *point, double star) {
  bool said =
      rb_record_has(point->cell, RB_F_censored) && rb_record_get_truth(point->cell, RB_F_censored);
  if (point->n_successes == 0 || star > point->log_cap || said)
    return RB_EXPONENT_ABOVE;
  if (point->n_successes == point->n_trials || star < point->trials[0].x)
    return RB_EXPONENT_BELOW;
  return RB_EXPONENT_SEEN;
}

static bool fill_points(fit *f, rb_err *err) {
  rb_psychometric *model = f->free_stars;
  rb_psychometric_shape shape = rb_psychometric_shape_of(model);
  double z = sqrt(DROP_95);
  f->out->scale = shape.scale, f->out->guess = shape.guess, f->out->lapse = shape.lapse;
  for (size_t i = 0; i < f->n_used; i++) {
    rb_exponent_point *point = &f->out->points[f->used[i]];
    point->censored = censor(point_of(f, i), model->at[i]);
    point->log_star = point->censored == RB_EXPONENT_SEEN ? model->at[i] : NAN;
  }
  if (!rb_dispersion_find(f->curve, f->out, err))
    return false;
  double dispersion = f->out->dispersion;
  for (size_t i = 0; i < f->n_used; i++) {
    rb_exponent_point *point = &f->out->points[f->used[i]];
    double star = model->at[i], drop = DROP_ONE_SIDED * dispersion;
    double variance = model->covariance[i * (model->n_columns + 3) + i];
    if (point->censored == RB_EXPONENT_ABOVE) {
      point->lo = find_bound(f, i, &shape, star, model->lower[i], drop);
    } else if (point->censored == RB_EXPONENT_BELOW) {
      point->hi = find_bound(f, i, &shape, star, model->upper[i], drop);
    } else {
      point->se = sqrt(variance * dispersion);
      point->lo = star - z * point->se, point->hi = star + z * point->se;
    }
  }
  return true;
}

/* ---- the joint fit ---- */

/* Twice the fall of the log-likelihood when the slope is held at value. */
static double fall_at(rb_psychometric *model, double best, double value) {
  model->at[1] = model->lower[1] = model->upper[1] = value;
  rb_psychometric_fit(model);
  return 2 * (best - model->log_likelihood);
}

/* Where the profile has fallen by drop, from `best` in steps that begin with `step`; infinite where
 * it never does. The model is left anywhere. */
static double find_end(rb_psychometric *model, double best, double from, double step, double drop) {
  double inside = from, fall_inside = 0, outside = from, fall = 0;
  while (fall < drop) {
    inside = outside, fall_inside = fall;
    outside += step;
    step *= 1.5;
    if (fabs(outside) > MAX_SLOPE)
      return step > 0 ? INFINITY : -INFINITY;
    fall = fall_at(model, best, outside);
  }
  /* The root of the fall is close to a straight line in the slope. */
  for (int i = 0; i < 20 && fabs(outside - inside) > 1e-4 * fabs(outside - from); i++) {
    double low = sqrt(fmax(fall_inside, 0)), high = sqrt(fall), share = (sqrt(drop) - low);
    share = fmin(fmax(share / (high - low), 0.01), 0.99);
    double middle = inside + share * (outside - inside), there = fall_at(model, best, middle);
    if (fabs(sqrt(fmax(there, 0)) - sqrt(drop)) < 1e-4)
      return middle;
    if (there < drop)
      inside = middle, fall_inside = there;
    else
      outside = middle, fall = there;
  }
  return 0.5 * (inside + outside);
}

static void begin_line(fit *f) {
  rb_psychometric *line = f->line;
  double n = (double)f->n_used, mean = 0, sxx = 0, sxy = 0;
  for (size_t i = 0; i < f->n_used; i++)
    mean += log((double)point_of(f, i)->d) / n;
  for (size_t i = 0; i < f->n_used; i++) {
    /* Where the target is not reached the start is just above the largest n: far from the trials
     * the likelihood is flat. */
    double star = fmin(f->free_stars->at[i], point_of(f, i)->log_cap + 0.5);
    double x = log((double)point_of(f, i)->d) - mean;
    /* Centred, so that the level does not depend on the slope. */
    f->design[2 * i] = 1, f->design[2 * i + 1] = x;
    sxx += x * x, sxy += x * star;
    line->at[0] += star / n;
  }
  line->design = f->design;
  line->at[1] = fmin(fmax(sxy / sxx, -0.5 * MAX_SLOPE), 0.5 * MAX_SLOPE);
  line->lower[0] = -1e3, line->upper[0] = 1e3;
  line->lower[1] = -MAX_SLOPE, line->upper[1] = MAX_SLOPE;
  for (int j = 0; j < 3; j++)
    line->at[2 + j] = f->free_stars->at[f->n_used + (size_t)j];
}

/* How much less the trials say than independent ones around a line would: by the spread between
 * pretrainings, or by that of the values of d around the line. */
static double find_excess(const fit *f) {
  double fall = 2 * (f->free_stars->log_likelihood - f->line->log_likelihood);
  double of_line = f->n_used > 2 ? fall / (double)(f->n_used - 2) : 1;
  return fmax(f->out->contrast, of_line);
}

/* A slope at a bound of its range is no estimate, but bounds the truth to one side. */
static void fit_line(fit *f) {
  rb_psychometric *line = f->line;
  rb_exponent_slope *joint = &f->out->joint;
  begin_line(f);
  rb_psychometric_fit(line);
  double best = line->log_likelihood, slope = line->at[1], level = line->at[0];
  double middle = log((double)point_of(f, 0)->d) - f->design[1];
  bool inside = fabs(slope) < MAX_SLOPE;
  double excess = find_excess(f), drop90 = DROP_90 * excess, drop95 = DROP_95 * excess;
  double step = sqrt(line->covariance[(line->n_columns + 3) + 1] * excess);
  step = isfinite(step) && step > 1e-6 ? fmin(step, 1) : 0.1;
  double kept[RB_PSYCHOMETRIC_ROOM];
  memcpy(kept, line->at, sizeof kept);
  joint->lo90 = find_end(line, best, slope, -1.7 * step, drop90);
  joint->lo95 = isfinite(joint->lo90)
                    ? find_end(line, best, slope, 1.2 * (joint->lo90 - slope), drop95)
                    : joint->lo90;
  memcpy(line->at, kept, sizeof kept);
  joint->hi90 = find_end(line, best, slope, 1.7 * step, drop90);
  joint->hi95 = isfinite(joint->hi90)
                    ? find_end(line, best, slope, 1.2 * (joint->hi90 - slope), drop95)
                    : joint->hi90;
  joint->value = inside ? slope : NAN;
  f->out->joint_intercept = inside ? level - slope * middle : NAN;
}

/* ---- what is to be said ---- */

/* "d=512 and 2 more" of n values. */
static void name_values(char *text, size_t room, const uint64_t *values, size_t n) {
  int used = snprintf(text, room, "d=%" PRIu64, values[0]);
  if (n == 2)
    snprintf(text + used, room - (size_t)used, " and d=%" PRIu64, values[1]);
  if (n > 2)
    snprintf(text + used, room - (size_t)used, " and %zu more", n - 1);
}

static bool refuse_points(const rb_trials_curve *curve, rb_exponent *out) {
  uint64_t above[RB_TRIALS_MAX_POINTS], below[RB_TRIALS_MAX_POINTS];
  size_t n_above = 0, n_below = 0, room = sizeof out->reason;
  const char *what = curve->neurons ? "m" : "n";
  char names[64];
  for (size_t i = 0; i < out->n_points; i++) {
    const rb_trials_point *point = &curve->points[i];
    if (point->problem[0]) {
      snprintf(out->reason, room, "the cell at d=%" PRIu64 " cannot be used: %s", point->d,
               point->problem);
      return true;
    }
    if (out->points[i].censored == RB_EXPONENT_ABOVE)
      above[n_above++] = point->d;
    if (out->points[i].censored == RB_EXPONENT_BELOW)
      below[n_below++] = point->d;
  }
  if (curve->n_missing) {
    name_values(names, sizeof names, curve->missing, curve->n_missing);
    snprintf(out->reason, room, "no cell for %s, which other sources have", names);
  } else if (n_above) {
    name_values(names, sizeof names, above, n_above);
    snprintf(out->reason, room, "the target is not reached at the largest %s for %s", what, names);
  } else if (n_below) {
    name_values(names, sizeof names, below, n_below);
    snprintf(out->reason, room, "the target is reached at the least %s already for %s", what,
             names);
  }
  return out->reason[0] != '\0';
}

static bool is_refused(const rb_trials_curve *curve, rb_exponent *out) {
  size_t room = sizeof out->reason;
  double decades = log10(out->d_max / out->d_min);
  if (curve->problem[0] || out->n_points > RB_TRIALS_MAX_POINTS) {
    snprintf(out->reason, room, "%s", curve->problem[0] ? curve->problem : "too many values of d");
    return true;
  }
  if (refuse_points(curve, out))
    return true;
  if (out->n_points < LEAST_POINTS)
    snprintf(out->reason, room, "%zu value%s of d, at least %d are needed", out->n_points,
             out->n_points == 1 ? "" : "s", LEAST_POINTS);
  else if (!(decades >= LEAST_DECADES))
    snprintf(out->reason, room, "d spans %.2f decades, at least %.1f are needed", decades,
             LEAST_DECADES);
  else if (!(out->delta > 0) || !isfinite(out->delta))
    snprintf(out->reason, room, "the suite fixed no margin above 1");
  else if (!isfinite(out->slope.value) || !isfinite(out->slope.se))
    snprintf(out->reason, room, "the trials do not fix n* well enough for a line");
  return out->reason[0] != '\0';
}

static void judge(const rb_trials_curve *curve, rb_exponent *out) {
  if (is_refused(curve, out))
    out->state = RB_EXPONENT_REFUSED;
  else if (out->slope.lo90 > -out->delta && out->slope.hi90 < out->delta)
    out->state = RB_EXPONENT_INDEPENDENT;
  else if (out->slope.lo90 > out->delta)
    out->state = RB_EXPONENT_GROWS;
  else if (out->slope.hi90 < -out->delta)
    out->state = RB_EXPONENT_FALLS;
  else
    out->state = RB_EXPONENT_INCONCLUSIVE;
}

/* ---- the whole ---- */

static void begin(const rb_trials_curve *curve, rb_exponent *out) {
  const rb_exponent_slope none = {NAN, NAN, NAN, NAN, NAN, NAN};
  out->scale = out->guess = out->lapse = out->intercept = out->joint_intercept = out->chi2 = NAN;
  out->slope = out->joint = none;
  for (int i = 0; i < 3; i++)
    out->curvature[i] = out->ratio[i] = NAN;
  out->dispersion = out->contrast = 1;
  for (size_t i = 0; i < out->n_points; i++)
    out->points[i] = (rb_exponent_point){.d = curve->points[i].d,
                                         .log_star = NAN,
                                         .se = NAN,
                                         .lo = -INFINITY,
                                         .hi = INFINITY,
                                         .log_cap = curve->points[i].log_cap,
                                         .censored = RB_EXPONENT_NO_TRIALS};
  out->d_min = (double)curve->points[0].d;
  out->d_max = (double)curve->points[out->n_points - 1].d;
  out->delta = log(curve->margin) / log(out->d_max / out->d_min);
}

/* Some trial succeeded and some failed: else there is nothing to fit. */
static bool tells(const fit *f) {
  bool won = false, lost = false;
  for (size_t i = 0; i < f->n_bins; i++) {
    won |= f->bins[i].n_successes > 0;
    lost |= f->bins[i].n_successes < f->bins[i].n;
  }
  return won && lost;
}

static void fill_censored(fit *f) {
  for (size_t i = 0; i < f->n_used; i++)
    f->out->points[f->used[i]].censored =
        point_of(f, i)->n_successes ? RB_EXPONENT_BELOW : RB_EXPONENT_ABOVE;
}

static bool fit_all(fit *f, rb_err *err) {
  void *memory = NULL;
  if (!make_bins(f, err) || !open_model(&f->free_stars, f, f->n_used, err) ||
      !open_model(&f->line, f, 2, err) ||
      !rb_alloc(&memory, 2 * f->n_used, sizeof(double), "fit of a curve", err))
    return false;
  f->design = memory;
  if (!tells(f)) {
    fill_censored(f);
    return true;
  }
  fit_stars(f);
  if (!fill_points(f, err))
    return false;
  if (f->n_used > 1)
    fit_line(f);
  rb_slope_fit(f->out);
  return true;
}

bool rb_exponent_fit(const rb_trials_curve *curve, rb_exponent *out, rb_err *err) {
  fit f = {.curve = curve, .out = out};
  void *memory = NULL;
  *out = (rb_exponent){0};
  if (!rb_alloc(&memory, curve->n_points, sizeof *out->points, "values of d", err))
    return false;
  out->points = memory;
  out->n_points = curve->n_points;
  begin(curve, out);
  bool ok = curve->n_points > RB_TRIALS_MAX_POINTS || fit_all(&f, err);
  free(f.bins);
  free(f.design);
  free(f.free_stars);
  free(f.line);
  if (ok)
    judge(curve, out);
  else
    rb_exponent_free(out);
  return ok;
}

void rb_exponent_free(rb_exponent *exponent) {
  free(exponent->points);
  *exponent = (rb_exponent){0};
}

double rb_exponent_success(const rb_exponent *exponent, double log_star, double x) {
  rb_psychometric_shape shape =
      rb_psychometric_shape_make(exponent->scale, exponent->guess, exponent->lapse);
  return isfinite(exponent->scale) ? rb_psychometric_success(&shape, x - log_star) : NAN;
}
