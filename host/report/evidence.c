// SPDX-License-Identifier: Apache-2.0
#include "report/evidence.h"

#include <math.h>

#include "report/accuracy.h"

const char *const rb_evidence_censored[] = {"seen", "above", "below", "none"};

/* What both tables say of the configuration, from the first cell of the curve or from the cell. */
#define CONFIGURATION                                                                              \
  {.name = "curve", .type = RB_COLUMN_INTEGER}, {.name = "group", .type = RB_COLUMN_INTEGER},      \
      {.name = "device", .type = RB_COLUMN_TEXT}, {.name = "part", .type = RB_COLUMN_TEXT},        \
      {.name = "source", .type = RB_COLUMN_TEXT}, {.name = "task", .type = RB_COLUMN_TEXT},        \
      {.name = "quantity", .type = RB_COLUMN_TEXT}, {.name = "sampler", .type = RB_COLUMN_TEXT},   \
      {.name = "head", .type = RB_COLUMN_TEXT}, {.name = "seed", .type = RB_COLUMN_INTEGER},       \
      {.name = "r", .type = RB_COLUMN_INTEGER}, {.name = "T", .type = RB_COLUMN_INTEGER},          \
      {.name = "m", .type = RB_COLUMN_INTEGER}, {.name = "n", .type = RB_COLUMN_INTEGER},          \
      {.name = "target", .type = RB_COLUMN_REAL}, {                                                \
    .name = "margin", .type = RB_COLUMN_REAL                                                       \
  }
enum { AT_CURVE, AT_GROUP, AT_FIELDS, N_FIELDS = 14, AT_OWN = AT_FIELDS + N_FIELDS };
static const rb_field fields[N_FIELDS] = {
    RB_F_device, RB_F_part, RB_F_source, RB_F_task, RB_F_quantity, RB_F_sampler, RB_F_head,
    RB_F_seed,   RB_F_r,    RB_F_T,      RB_F_m,    RB_F_n,        RB_F_target,  RB_F_margin};

static void put_field(rb_table *table, size_t column, const rb_record *cell, rb_field field) {
  if (!rb_record_has(cell, field))
    return;
  if (rb_schema[field].type == RB_TYPE_text)
    rb_table_text(table, column, rb_record_get_text(cell, field));
  else if (rb_schema[field].type == RB_TYPE_integer)
    rb_table_integer(table, column, rb_record_get_integer(cell, field));
  else
    rb_table_real(table, column, rb_record_get_real(cell, field));
}

static void begin_row(rb_table *table, size_t curve, const rb_trials_curve *of,
                      const rb_record *cell) {
  rb_table_row(table);
  rb_table_integer(table, AT_CURVE, curve);
  rb_table_integer(table, AT_GROUP, of->group);
  for (size_t i = 0; i < N_FIELDS; i++)
    put_field(table, AT_FIELDS + i, cell, fields[i]);
}

static void put_reals(rb_table *table, size_t column, const double *values, size_t n) {
  for (size_t i = 0; i < n; i++)
    rb_table_real(table, column + i, values[i]);
}

/* ---- curves ---- */

enum {
  AT_STATE = AT_OWN,
  AT_REASON,
  AT_CONTROL,
  AT_CONTROL_REASON,
  AT_N_D,
  AT_D_MIN,
  AT_D_MAX,
  AT_DELTA,
  AT_SLOPE, /* value, se, lo90, hi90, lo95, hi95 */
  AT_INTERCEPT = AT_SLOPE + 6,
  AT_CHI2,
  AT_JOINT, /* value, lo90, hi90, lo95, hi95 */
  AT_JOINT_INTERCEPT = AT_JOINT + 5,
  AT_RATIO,                    /* value, lo, hi */
  AT_CURVATURE = AT_RATIO + 3, /* value, lo, hi */
  AT_SCALE = AT_CURVATURE + 3,
  AT_GUESS,
  AT_LAPSE,
  AT_DISPERSION,
  AT_CONTRAST,
  AT_COST, /* value, lo, hi */
};

static const rb_column curve_columns[] = {
    CONFIGURATION,
    {.name = "state", .type = RB_COLUMN_TEXT},
    {.name = "reason", .type = RB_COLUMN_TEXT},
    {.name = "control", .type = RB_COLUMN_TEXT},
    {.name = "control_reason", .type = RB_COLUMN_TEXT},
    {.name = "n_d", .type = RB_COLUMN_INTEGER},
    {.name = "d_min", .type = RB_COLUMN_INTEGER},
    {.name = "d_max", .type = RB_COLUMN_INTEGER},
    {.name = "delta", .type = RB_COLUMN_REAL},
    {.name = "exponent", .type = RB_COLUMN_REAL},
    {.name = "exponent_se", .type = RB_COLUMN_REAL},
    {.name = "exponent_lo90", .type = RB_COLUMN_REAL},
    {.name = "exponent_hi90", .type = RB_COLUMN_REAL},
    {.name = "exponent_lo95", .type = RB_COLUMN_REAL},
    {.name = "exponent_hi95", .type = RB_COLUMN_REAL},
    {.name = "intercept", .type = RB_COLUMN_REAL},
    {.name = "chi2", .type = RB_COLUMN_REAL},
    {.name = "joint", .type = RB_COLUMN_REAL},
    {.name = "joint_lo90", .type = RB_COLUMN_REAL},
    {.name = "joint_hi90", .type = RB_COLUMN_REAL},
    {.name = "joint_lo95", .type = RB_COLUMN_REAL},
    {.name = "joint_hi95", .type = RB_COLUMN_REAL},
    {.name = "joint_intercept", .type = RB_COLUMN_REAL},
    {.name = "ratio", .type = RB_COLUMN_REAL},
    {.name = "ratio_lo95", .type = RB_COLUMN_REAL},
    {.name = "ratio_hi95", .type = RB_COLUMN_REAL},
    {.name = "curvature", .type = RB_COLUMN_REAL},
    {.name = "curvature_lo95", .type = RB_COLUMN_REAL},
    {.name = "curvature_hi95", .type = RB_COLUMN_REAL},
    {.name = "scale", .type = RB_COLUMN_REAL},
    {.name = "guess", .type = RB_COLUMN_REAL},
    {.name = "lapse", .type = RB_COLUMN_REAL},
    {.name = "dispersion", .type = RB_COLUMN_REAL},
    {.name = "contrast", .type = RB_COLUMN_REAL},
    {.name = "cost_exponent", .type = RB_COLUMN_REAL},
    {.name = "cost_exponent_lo95", .type = RB_COLUMN_REAL},
    {.name = "cost_exponent_hi95", .type = RB_COLUMN_REAL},
};

static void put_curve(rb_table *table, size_t i, const rb_judge_curve *curve) {
  const rb_exponent *e = &curve->exponent;
  const rb_exponent_slope *s = &e->slope, *j = &e->joint;
  const rb_line *cost = &curve->cost;
  begin_row(table, i, curve->curve, curve->curve->cell);
  rb_table_text(table, AT_STATE, rb_exponent_states[e->state]);
  rb_table_text(table, AT_REASON, e->reason[0] ? e->reason : NULL);
  if (curve->curve->source != RB_TRIALS_MULTITASK) {
    rb_table_text(table, AT_CONTROL, rb_control_states[curve->control.state]);
    rb_table_text(table, AT_CONTROL_REASON, curve->control.text);
  }
  rb_table_integer(table, AT_N_D, e->n_points);
  rb_table_integer(table, AT_D_MIN, e->points[0].d);
  rb_table_integer(table, AT_D_MAX, e->points[e->n_points - 1].d);
  rb_table_real(table, AT_DELTA, e->delta);
  put_reals(table, AT_SLOPE, (const double[]){s->value, s->se, s->lo90, s->hi90, s->lo95, s->hi95},
            6);
  rb_table_real(table, AT_INTERCEPT, e->intercept);
  rb_table_real(table, AT_CHI2, e->chi2);
  put_reals(table, AT_JOINT, (const double[]){j->value, j->lo90, j->hi90, j->lo95, j->hi95}, 5);
  rb_table_real(table, AT_JOINT_INTERCEPT, e->joint_intercept);
  put_reals(table, AT_RATIO, e->ratio, 3);
  put_reals(table, AT_CURVATURE, e->curvature, 3);
  put_reals(table, AT_SCALE,
            (const double[]){e->scale, e->guess, e->lapse, e->dispersion, e->contrast}, 5);
  put_reals(table, AT_COST,
            (const double[]){cost->slope, cost->slope - cost->half, cost->slope + cost->half}, 3);
}

bool rb_evidence_curves(const rb_judge *judge, rb_table **out, rb_err *err) {
  if (!rb_table_open(curve_columns, sizeof curve_columns / sizeof *curve_columns, out, err))
    return false;
  for (size_t i = 0; i < judge->n_curves; i++)
    put_curve(*out, i, &judge->curves[i]);
  return true;
}

/* ---- points ---- */

enum {
  AT_D = AT_OWN,
  AT_STAR,
  AT_STAR_LO,
  AT_STAR_HI,
  AT_LOG_SE,
  AT_CENSORED,
  AT_TRIALS,
  AT_SUCCESSES,
  AT_FAILED,
  AT_ALIGNMENT,
  AT_FEATURES,
  AT_NS,
  AT_PROBLEM,
  AT_POINT_STATE
};

static const rb_column point_columns[] = {
    CONFIGURATION,
    {.name = "d", .type = RB_COLUMN_INTEGER},
    {.name = "star", .type = RB_COLUMN_REAL},
    {.name = "star_lo95", .type = RB_COLUMN_REAL},
    {.name = "star_hi95", .type = RB_COLUMN_REAL},
    {.name = "log_star_se", .type = RB_COLUMN_REAL},
    {.name = "censored", .type = RB_COLUMN_TEXT},
    {.name = "n_trials", .type = RB_COLUMN_INTEGER},
    {.name = "n_successes", .type = RB_COLUMN_INTEGER},
    {.name = "failed_near_cap", .type = RB_COLUMN_PERCENT},
    {.name = "alignment", .type = RB_COLUMN_PLAIN},
    {.name = "features_learned", .type = RB_COLUMN_PLAIN},
    {.name = "ns_per_sample", .type = RB_COLUMN_REAL},
    {.name = "problem", .type = RB_COLUMN_TEXT},
    {.name = "state", .type = RB_COLUMN_TEXT},
};

static double ns_per_sample(const rb_record *cell) {
  rb_spread time = {0};
  double samples = rb_record_get_real(cell, RB_F_samples);
  bool has = rb_record_get_spread(cell, RB_F_time_ns, &time) && samples > 0;
  return has ? time.median / samples : NAN;
}

static void put_point(rb_table *table, size_t i, const rb_judge_curve *curve, size_t which) {
  const rb_trials_point *of = &curve->curve->points[which];
  const rb_exponent_point *point = &curve->exponent.points[which];
  begin_row(table, i, curve->curve, of->cell);
  rb_table_integer(table, AT_D, point->d);
  rb_table_real(table, AT_STAR, exp(point->log_star));
  /* exp(-INFINITY) is no bound that was found. */
  rb_table_real(table, AT_STAR_LO, isfinite(point->lo) ? exp(point->lo) : NAN);
  rb_table_real(table, AT_STAR_HI, isfinite(point->hi) ? exp(point->hi) : NAN);
  rb_table_real(table, AT_LOG_SE, point->se);
  rb_table_text(table, AT_CENSORED, rb_evidence_censored[point->censored]);
  rb_table_integer(table, AT_TRIALS, of->n_trials);
  rb_table_integer(table, AT_SUCCESSES, of->n_successes);
  rb_table_real(table, AT_FAILED, rb_accuracy_failed(of));
  rb_table_real(table, AT_ALIGNMENT, rb_record_get_real(of->cell, RB_F_alignment));
  rb_table_real(table, AT_FEATURES, rb_record_get_real(of->cell, RB_F_features_learned));
  rb_table_real(table, AT_NS, ns_per_sample(of->cell));
  rb_table_text(table, AT_PROBLEM, of->problem[0] ? of->problem : NULL);
  rb_table_text(table, AT_POINT_STATE, rb_exponent_states[curve->exponent.state]);
}

bool rb_evidence_points(const rb_judge *judge, rb_table **out, rb_err *err) {
  if (!rb_table_open(point_columns, sizeof point_columns / sizeof *point_columns, out, err))
    return false;
  for (size_t i = 0; i < judge->n_curves; i++)
    for (size_t j = 0; j < judge->curves[i].curve->n_points; j++)
      put_point(*out, i, &judge->curves[i], j);
  return true;
}

/* ---- accuracy ---- */

static const rb_column accuracy_columns[] = {
    {.name = "curve", .type = RB_COLUMN_INTEGER},
    {.name = "d", .type = RB_COLUMN_INTEGER},
    {.name = "least", .type = RB_COLUMN_INTEGER},
    {.name = "most", .type = RB_COLUMN_INTEGER},
    {.name = "n_trials", .type = RB_COLUMN_INTEGER},
    {.name = "accuracy", .type = RB_COLUMN_PLAIN},
    {.name = "n_successes", .type = RB_COLUMN_INTEGER},
};

static void put_bins(rb_table *table, size_t i, const rb_trials_point *point) {
  rb_accuracy accuracy = rb_accuracy_of(point);
  for (size_t bin = 0; bin < RB_ACCURACY_BINS; bin++) {
    uint64_t least, most;
    if (accuracy.n[bin] == 0)
      continue;
    rb_accuracy_range(bin, &least, &most);
    rb_table_row(table);
    rb_table_integer(table, 0, i);
    rb_table_integer(table, 1, point->d);
    rb_table_integer(table, 2, least);
    rb_table_integer(table, 3, most);
    rb_table_integer(table, 4, accuracy.n[bin]);
    rb_table_real(table, 5, accuracy.mean[bin]);
    rb_table_integer(table, 6, accuracy.n_successes[bin]);
  }
}

bool rb_evidence_accuracy(const rb_judge *judge, rb_table **out, rb_err *err) {
  if (!rb_table_open(accuracy_columns, sizeof accuracy_columns / sizeof *accuracy_columns, out,
                     err))
    return false;
  for (size_t i = 0; i < judge->n_curves; i++)
    for (size_t j = 0; j < judge->curves[i].curve->n_points; j++)
      put_bins(*out, i, &judge->curves[i].curve->points[j]);
  return true;
}
