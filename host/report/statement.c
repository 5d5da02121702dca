// SPDX-License-Identifier: Apache-2.0
#include "report/statement.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/phrase.h"

static const char *star_of(const rb_judge_curve *curve) {
  return curve->curve->neurons ? "m*" : "n*";
}

/* ---- one curve ---- */

static void put_slope(const rb_judge_curve *curve, FILE *to) {
  const rb_exponent *e = &curve->exponent;
  fprintf(to, "the exponent of %s is %.3f (90 %% interval %.3f .. %.3f)", star_of(curve),
          e->slope.value, e->slope.lo90, e->slope.hi90);
}

static void put_joint(const rb_judge_curve *curve, FILE *to) {
  const rb_exponent_slope *joint = &curve->exponent.joint;
  if (!isfinite(joint->value))
    return;
  fprintf(to, " One likelihood over all trials puts the exponent at %.3f (95 %% interval ",
          joint->value);
  if (isfinite(joint->lo95) && isfinite(joint->hi95))
    fprintf(to, "%.3f .. %.3f).", joint->lo95, joint->hi95);
  else if (isfinite(joint->lo95))
    fprintf(to, "from %.3f up).", joint->lo95);
  else if (isfinite(joint->hi95))
    fprintf(to, "up to %.3f).", joint->hi95);
  else
    fputs("without bounds).", to);
}

/* The slope may be flat where n* is not. */
static void put_caution(const rb_judge_curve *curve, FILE *to) {
  const rb_exponent *e = &curve->exponent;
  if (e->state == RB_EXPONENT_INDEPENDENT && e->ratio[1] > curve->curve->margin)
    fprintf(to,
            " Yet %s of two d differ by a factor of %.3g (%.3g .. %.3g), more than the margin "
            "of %.4g: a line is not what they follow.",
            star_of(curve), e->ratio[0], e->ratio[1], e->ratio[2], curve->curve->margin);
}

/* What would narrow the interval: trials do not where values of d differ by more than trials say.
 */
static void put_advice(const rb_exponent *e, FILE *to) {
  size_t degrees = e->n_points - 2;
  if (e->chi2 > 2 * (double)degrees)
    fprintf(to,
            "The values of d scatter more than their trials say (chi2 %.1f on %zu degrees): more "
            "pretrainings or values of d narrow the interval, more trials hardly.",
            e->chi2, degrees);
  else
    fputs("More trials narrow the interval.", to);
}

static void put_range(const rb_exponent *e, FILE *to) {
  fprintf(to, "Over d in [%" PRIu64 ", %" PRIu64 "] ", e->points[0].d,
          e->points[e->n_points - 1].d);
}

bool rb_statement_curve(const rb_judge_curve *curve, char **out, rb_err *err) {
  const rb_exponent *e = &curve->exponent;
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  if (!curve->asked) {
    fprintf(t.to, "One value of d: whether %s depends on it is not asked here.", star_of(curve));
    return rb_phrase_close(&t, err);
  }
  put_range(e, t.to);
  switch (e->state) {
  case RB_EXPONENT_INDEPENDENT:
    put_slope(curve, t.to);
    fprintf(t.to, ", inside the +-%.3f fixed beforehand; nothing is claimed outside that range.",
            e->delta);
    put_caution(curve, t.to);
    break;
  case RB_EXPONENT_GROWS:
  case RB_EXPONENT_FALLS:
    fprintf(t.to, "%s %s with d: ", star_of(curve), rb_exponent_states[e->state]);
    put_slope(curve, t.to);
    fprintf(t.to, ", outside the +-%.3f fixed beforehand.", e->delta);
    break;
  case RB_EXPONENT_INCONCLUSIVE:
    fprintf(t.to, "nothing can be concluded: ");
    put_slope(curve, t.to);
    fprintf(t.to, ", neither inside nor outside the +-%.3f fixed beforehand. ", e->delta);
    put_advice(e, t.to);
    break;
  case RB_EXPONENT_REFUSED:
    fprintf(t.to, "nothing is said about %s: %s.", star_of(curve), e->reason);
    if (isfinite(e->slope.value)) {
      fputs(" As far as it goes ", t.to);
      put_slope(curve, t.to);
      fputc('.', t.to);
    } else
      put_joint(curve, t.to);
    break;
  }
  return rb_phrase_close(&t, err);
}

bool rb_statement_cost(const rb_judge_curve *curve, char **out, rb_err *err) {
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  if (isfinite(curve->cost.slope))
    fprintf(t.to,
            "Cost: ns per sample of the pretraining go as d^%.3f (95 %% interval %.3f .. %.3f)",
            curve->cost.slope, curve->cost.slope - curve->cost.half,
            curve->cost.slope + curve->cost.half);
  return rb_phrase_close(&t, err);
}

/* Another curve of the group has the same source and tasks. Those stand side by side. */
static bool has_twin(const rb_judge *judge, const rb_judge_curve *curve) {
  size_t at = (size_t)(curve - judge->curves);
  for (size_t i = at > 0 ? at - 1 : 0; i <= at + 1 && i < judge->n_curves; i++) {
    const rb_trials_curve *other = judge->curves[i].curve;
    if (i != at && other->group == curve->curve->group && other->source == curve->curve->source &&
        rb_load_compare(other->cell, curve->curve->cell, RB_F_T) == 0)
      return true;
  }
  return false;
}

bool rb_statement_source(const rb_judge *judge, const rb_judge_curve *curve, char **out,
                         rb_err *err) {
  const rb_record *cell = curve->curve->cell;
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  fputs(rb_trials_sources[curve->curve->source], t.to);
  if (rb_record_has(cell, RB_F_T))
    fprintf(t.to, " T=%" PRIu64, rb_record_get_integer(cell, RB_F_T));
  if (has_twin(judge, curve))
    fprintf(t.to, " n1=%" PRIu64 " n2=%" PRIu64 " at d=%" PRIu64,
            rb_record_get_integer(cell, RB_F_n1), rb_record_get_integer(cell, RB_F_n2),
            rb_record_get_integer(cell, RB_F_d));
  return rb_phrase_close(&t, err);
}

/* ---- the whole ---- */

static void put_states(const rb_judge *judge, FILE *to) {
  static const char *const words[] = {"independent", "growing", "falling", "inconclusive",
                                      "refused"}; /* as rb_exponent_state */
  const char *separator = "";
  for (int i = 0; i <= RB_EXPONENT_REFUSED; i++)
    if (judge->n_state[i]) {
      fprintf(to, "%s%zu %s", separator, judge->n_state[i], words[i]);
      separator = ", ";
    }
}

static void put_absent(const rb_judge *judge, FILE *to) {
  const char *separator = "; no cells of source ";
  for (int i = 0; i < RB_TRIALS_N_SOURCES; i++)
    if (!judge->has[i]) {
      fprintf(to, "%s%s", separator, rb_trials_sources[i]);
      separator = ", ";
    }
}

static void put_counts(const rb_judge *judge, FILE *to) {
  fprintf(to, "of %zu multitask curves ", judge->n_multitask);
  put_states(judge, to);
  fprintf(to, "%s; of %zu controls %zu hold", judge->n_multitask ? "" : "none", judge->n_controls,
          judge->n_control[RB_CONTROL_HOLDS]);
  if (judge->n_control[RB_CONTROL_FAILS])
    fprintf(to, ", %zu fail", judge->n_control[RB_CONTROL_FAILS]);
  if (judge->n_control[RB_CONTROL_OPEN])
    fprintf(to, ", %zu cannot be judged", judge->n_control[RB_CONTROL_OPEN]);
}

bool rb_statement_claim(const rb_judge *judge, char **out, rb_err *err) {
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  bool asked = judge->n_multitask + judge->n_controls > 0;
  if (judge->code == RB_DONE)
    fprintf(
        t.to,
        "the claim holds: %zu of %zu multitask curves independent of d, %zu of %zu controls hold",
        judge->n_multitask, judge->n_multitask, judge->n_controls, judge->n_controls);
  else if (!asked)
    fputs("no claim: each group of cells has one value of d", t.to);
  else {
    fputs(judge->code == RB_WRONG ? "a control fails, so nothing is claimed: "
                                  : "the claim is not made: ",
          t.to);
    put_counts(judge, t.to);
  }
  if (asked)
    put_absent(judge, t.to);
  if (judge->n_missing)
    fprintf(t.to, "; %" PRIu64 " planned cells are not in the trace", judge->n_missing);
  if (judge->trials.n_stray)
    fprintf(t.to, "; %zu trials have no cell in the trace", judge->trials.n_stray);
  return rb_phrase_close(&t, err);
}

bool rb_statement_rest(const rb_judge *judge, char **out, rb_err *err) {
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  if (judge->trials.n_duplicates)
    fprintf(t.to, "%zu further records of cells that are there were left out, with their trials",
            judge->trials.n_duplicates);
  return rb_phrase_close(&t, err);
}
