// SPDX-License-Identifier: Apache-2.0
#include "report/control.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const rb_control_states[] = {"holds", "fails", "open"};

static const double ONE_SIDED = 1.644854; /* normal quantile of 95 % */

static size_t count(const rb_exponent *exponent, rb_exponent_censored which) {
  size_t n = 0;
  for (size_t i = 0; i < exponent->n_points; i++)
    n += exponent->points[i].censored == which;
  return n;
}

/* Something is missing, so that what is there is not the control that was planned. */
static bool is_incomplete(const rb_control_side *side) {
  const rb_trials_curve *curve = side->curve;
  bool incomplete = curve->problem[0] || curve->n_missing;
  for (size_t i = 0; i < curve->n_points; i++)
    incomplete |= curve->points[i].problem[0] != '\0';
  return incomplete;
}

/* n* of a over n* of b: the mean over the d where both are seen, its logarithm and standard error.
 * n_behind counts the d where a is seen and b does not reach the target. */
typedef struct compared {
  double mean, se;
  size_t n, n_behind;
} compared;

static compared compare(const rb_control_side *a, const rb_control_side *b) {
  compared out = {0};
  double weight = 0;
  for (size_t i = 0, j = 0; i < a->exponent->n_points && j < b->exponent->n_points;) {
    const rb_exponent_point *p = &a->exponent->points[i], *q = &b->exponent->points[j];
    if (p->d != q->d) {
      i += p->d < q->d;
      j += q->d < p->d;
      continue;
    }
    bool seen = p->censored == RB_EXPONENT_SEEN;
    if (seen && q->censored == RB_EXPONENT_SEEN && p->se > 0 && q->se > 0) {
      double w = 1 / (p->se * p->se + q->se * q->se);
      out.mean += w * (p->log_star - q->log_star);
      weight += w;
      out.n++;
    }
    out.n_behind += (seen || p->censored == RB_EXPONENT_BELOW) && q->censored == RB_EXPONENT_ABOVE;
    i++, j++;
  }
  out.mean /= weight > 0 ? weight : 1;
  out.se = weight > 0 ? sqrt(1 / weight) : INFINITY;
  return out;
}

static const char *quantity_of(const rb_control_side *side) {
  return side->curve->neurons ? "m" : "n";
}

/* "n* is 0.186 (0.18..0.193) of multitask's" */
static void put_ratio(char *text, size_t room, const char *quantity, const compared *of) {
  double z = 1.959964;
  snprintf(text, room, "%s* is %.3g (%.3g..%.3g) times that of multitask", quantity, exp(of->mean),
           exp(of->mean - z * of->se), exp(of->mean + z * of->se));
}

static rb_control judge_random(const rb_control_side *side) {
  rb_control out = {0};
  const rb_exponent *e = side->exponent;
  const char *q = quantity_of(side);
  size_t n_above = count(e, RB_EXPONENT_ABOVE);
  if (n_above) {
    snprintf(out.text, sizeof out.text,
             "not independent of d: the target is not reached at the largest %s for %zu of %zu d",
             q, n_above, e->n_points);
  } else if (e->state == RB_EXPONENT_REFUSED) {
    out.state = RB_CONTROL_OPEN;
    snprintf(out.text, sizeof out.text, "cannot be judged: %s", e->reason);
  } else if (e->state == RB_EXPONENT_INDEPENDENT) {
    out.state = RB_CONTROL_FAILS;
    snprintf(out.text, sizeof out.text,
             "independent of d too, so the rule does not tell learned features from others");
  } else
    snprintf(out.text, sizeof out.text,
             "not independent of d: the exponent of %s* is %.3f (90 %% "
             "interval %.3f .. %.3f)",
             q, e->slope.value, e->slope.lo90, e->slope.hi90);
  return out;
}

static rb_control judge_true(const rb_control_side *side, const rb_control_side *multitask,
                             size_t n) {
  rb_control out = {0};
  const char *q = quantity_of(side);
  size_t n_above = count(side->exponent, RB_EXPONENT_ABOVE), n_points = side->exponent->n_points;
  size_t n_below = count(side->exponent, RB_EXPONENT_BELOW), n_compared = 0;
  if (n_above) {
    snprintf(out.text, sizeof out.text,
             "the target is not reached at the largest %s for %zu of %zu d: it is out of reach", q,
             n_above, n_points);
    out.state = RB_CONTROL_FAILS;
    return out;
  }
  for (size_t i = 0; i < n; i++) {
    compared with = compare(side, &multitask[i]);
    n_compared += with.n;
    if (with.n && (out.state != RB_CONTROL_FAILS))
      put_ratio(out.text, sizeof out.text, q, &with);
    if (with.n && with.mean - ONE_SIDED * with.se > 0)
      out.state = RB_CONTROL_FAILS;
  }
  if (n_compared == 0 && n_below)
    snprintf(out.text, sizeof out.text,
             "the target is reached at the least %s already for %zu of "
             "%zu d",
             q, n_below, n_points);
  else if (n_compared == 0)
    snprintf(out.text, sizeof out.text, "the target is reached for every d, by multitask for none");
  return out;
}

/* Which of the cells that may be used learned as many features as there are, or do not say. */
static rb_control judge_features(const rb_control_side *side) {
  rb_control out = {0};
  double least = INFINITY, most = -INFINITY;
  uint64_t r = rb_record_get_integer(side->curve->cell, RB_F_r);
  for (size_t i = 0; i < side->curve->n_points; i++) {
    const rb_trials_point *point = &side->curve->points[i];
    double learned = rb_record_get_real(point->cell, RB_F_features_learned);
    if (!isfinite(learned)) {
      snprintf(out.text, sizeof out.text,
               "the cell at d=%" PRIu64 " does not say how many features"
               " were learned",
               point->d);
      out.state = RB_CONTROL_OPEN;
      return out;
    }
    least = fmin(least, learned), most = fmax(most, learned);
  }
  if (!(most < (double)r))
    out.state = RB_CONTROL_FAILS;
  if (least == most)
    snprintf(out.text, sizeof out.text, "%.3g of %" PRIu64 " features learned", most, r);
  else
    snprintf(out.text, sizeof out.text, "%.3g to %.3g of %" PRIu64 " features learned", least, most,
             r);
  return out;
}

static rb_control judge_single(const rb_control_side *side, const rb_control_side *multitask,
                               size_t n) {
  rb_control out = judge_features(side);
  const char *q = quantity_of(side);
  size_t n_above = count(side->exponent, RB_EXPONENT_ABOVE), n_points = side->exponent->n_points;
  if (out.state != RB_CONTROL_HOLDS)
    return out;
  size_t used = strlen(out.text);
  if (n_above) {
    used += (size_t)snprintf(out.text + used, sizeof out.text - used,
                             "; the target is not reached at the largest %s for %zu of %zu d", q,
                             n_above, n_points);
  }
  for (size_t i = 0; i < n; i++) {
    compared with = compare(side, &multitask[i]);
    bool better = with.n_behind || (with.n && with.mean + ONE_SIDED * with.se < 0);
    if (with.n == 0 && !better)
      continue;
    if (better)
      out.state = RB_CONTROL_FAILS;
    char ratio[160] = "multitask does not reach the target where it does";
    if (with.n)
      put_ratio(ratio, sizeof ratio, q, &with);
    snprintf(out.text + used, sizeof out.text - used, "; %s", ratio);
    if (better)
      break;
  }
  return out;
}

rb_control rb_control_judge(const rb_control_side *control, const rb_control_side *multitask,
                            size_t n) {
  rb_control out = {.state = RB_CONTROL_OPEN};
  if (control->curve->source == RB_TRIALS_RANDOM)
    return judge_random(control);
  if (is_incomplete(control)) {
    snprintf(out.text, sizeof out.text, "cannot be judged: %s", control->exponent->reason);
    return out;
  }
  if (n == 0) {
    snprintf(out.text, sizeof out.text, "there is no multitask curve to compare with");
    return out;
  }
  return control->curve->source == RB_TRIALS_TRUE ? judge_true(control, multitask, n)
                                                  : judge_single(control, multitask, n);
}
