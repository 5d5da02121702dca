// SPDX-License-Identifier: Apache-2.0
#include "study/result.h"
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "model/oracle.h"
#include "model/tasks.h"
#include "study/expression.h"

int rb_result_exit(rb_status status) {
  static const int codes[] = {[RB_STATUS_OK] = RB_DONE,
                              [RB_STATUS_OUTSIDE] = RB_INCONCLUSIVE,
                              [RB_STATUS_INTERRUPTED] = RB_DONE, /* the signal decides */
                              [RB_STATUS_FAILED] = RB_FAILED,
                              [RB_STATUS_WRONG] = RB_WRONG};
  return codes[status];
}

void rb_result_free(rb_result *r) {
  rb_train_free(&r->trained);
  rb_times_free(&r->times);
  rb_complexity_free(&r->complexity);
  free(r->expect_holds);
  free(r->expect_left);
  free(r->sin_theta_rounds);
  *r = (rb_result){0};
}

/* ---- judging ---- */

static void judge(rb_result *r, rb_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The worse status keeps its reason. */
static void judge(rb_result *r, rb_status status, const char *format, ...) {
  if (status <= r->status)
    return;
  r->status = status;
  va_list args;
  va_start(args, format);
  vsnprintf(r->reason, sizeof r->reason, format, args);
  va_end(args);
}

/* Oracle 6, which speaks about one round with balanced tasks, independent Gaussian inputs and W+
 * proportional to G, with the tables that were drawn; NAN elsewhere. */
static bool ratio_bound(const rb_problem *p, double *bound, rb_err *err) {
  bool applies = p->law == RB_LAW_GAUSSIAN && p->tasks == RB_TASKS_BALANCED &&
                 p->inputs == RB_INPUTS_PER_TASK && p->ablation == RB_ABLATION_NONE &&
                 p->rounds == 1 && p->decay == 1;
  double bound2 = NAN;
  if (applies && !rb_oracle_ratio2_bound_drawn(p, &bound2, err))
    return false;
  *bound = sqrt(bound2);
  return true;
}

static bool measure(const rb_problem *p, const float *weights, const double *M, double *W,
                    rb_metrics *out, rb_err *err) {
  size_t size = (size_t)p->m * p->d;
  for (size_t i = 0; i < size; i++)
    W[i] = weights[i];
  return rb_metrics_measure(p, W, M, out, err);
}

static bool metrics(rb_result *r, rb_err *err) {
  const rb_problem inner = rb_problem_inner(&r->cell->problem), *p = &inner;
  double *W = NULL, *M = NULL;
  r->measured = rb_alloc((void **)&W, (size_t)p->m * p->d, sizeof *W, "weights", err) &&
                rb_alloc((void **)&M, (size_t)p->r * p->d, sizeof *M, "subspace", err) &&
                rb_tasks_subspace(p, M, err) && measure(p, r->trained.W0, M, W, &r->before, err) &&
                measure(p, r->trained.W, M, W, &r->after, err);
  free(W);
  free(M);
  return r->measured;
}

static bool look_up(void *context, const char *name, double *value) {
  const rb_result *r = context;
  const rb_problem *p = &r->cell->problem;
  const struct {
    const char *name;
    double value;
  } known[] = {{"seed", (double)p->seed},
               {"d", p->d},
               {"r", p->r},
               {"T", p->T},
               {"m", p->m},
               {"n1", p->n1},
               {"n2", p->n2},
               {"rounds", p->rounds},
               {"tile", r->cell->tile},
               {"eta_a", p->eta_a},
               {"eta_w", p->eta_w},
               {"decay", p->decay},
               {"alignment", r->after.alignment},
               {"alignment0", r->before.alignment},
               {"ratio", r->after.ratio},
               {"ratio0", r->before.ratio},
               {"ratio_bound", r->ratio_bound},
               {"sin_theta", r->after.sin_theta},
               {"singular_2", p->r > 1 ? r->after.singular[1] : NAN},
               {"gradient_norm", r->trained.gradient_norm},
               {"weights_moved", r->trained.weights_moved},
               {"net_max", r->trained.net_largest},
               {"n", r->cell->downstream.n},
               {"pretrainings", r->cell->downstream.pretrainings},
               {"trials", r->cell->downstream.trials},
               {"target", r->cell->downstream.target},
               {"precision", r->cell->downstream.precision},
               {"features_learned", r->features_learned},
               {"star", r->complexity.found.censored ? INFINITY : r->complexity.found.median},
               {"censored", r->complexity.found.censored}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(known[i].name, name) == 0) {
      *value = known[i].value;
      return true;
    }
  return false;
}

static bool expectations(rb_result *r, rb_err *err) {
  const rb_part *part = r->cell->part;
  if (!rb_alloc((void **)&r->expect_holds, part->n_expects, sizeof(bool), "expectations", err) ||
      !rb_alloc((void **)&r->expect_left, part->n_expects, sizeof(double), "expectations", err))
    return false;
  for (size_t i = 0; i < part->n_expects; i++) {
    const rb_item *item = &part->expects[i];
    if (!rb_expression_test(item->text, look_up, r, &r->expect_holds[i], &r->expect_left[i], err))
      return rb_suite_locate(&item->place, err);
    if (!r->expect_holds[i])
      judge(r, RB_STATUS_WRONG, "the suite expects '%s'; the left side is %.6g", item->text,
            r->expect_left[i]);
  }
  return true;
}

/* Where the bound leaves no other way. */
static void judge_ratio(rb_result *r) {
  if (r->ratio_bound < r->before.ratio && !(r->after.ratio < r->before.ratio))
    judge(r, RB_STATUS_WRONG,
          "the ratio went from %.4g to %.4g, but must fall: its bound (oracle 6) is %.4g",
          r->before.ratio, r->after.ratio, r->ratio_bound);
}

/* What training must have done. */
static void judge_training(rb_result *r) {
  const rb_trained *t = &r->trained;
  if (!(t->gradient_norm > 0))
    judge(r, RB_STATUS_WRONG, "the gradient is %g: nothing was learned", t->gradient_norm);
  if (!(t->weights_moved > 0))
    judge(r, RB_STATUS_WRONG, "the weights did not move (%g)", t->weights_moved);
  if (!(t->net_largest < 1))
    judge(r, RB_STATUS_OUTSIDE,
          "%s |net| = %.3g is not below 1: outside the linear region of the hinge loss; try a "
          "smaller eta_a",
          strcmp(t->net_kind, "bound") == 0 ? "the bound on" : "the largest", t->net_largest);
}

static void judge_error(rb_result *r, double error, const char *where) {
  if (!(error <= 1))
    judge(r, RB_STATUS_WRONG, "%.3g times the tolerance away from the reference: %s", error, where);
}

bool rb_result_judge(rb_result *r, rb_err *err) {
  judge_error(r, r->trained.error, r->trained.where);
  judge_training(r);
  if (r->cell->part->mode != RB_MODE_CHECK) {
    if (!metrics(r, err) || !ratio_bound(&r->cell->problem, &r->ratio_bound, err))
      return false;
    r->features_learned = r->after.learned;
    judge_ratio(r);
    if (!expectations(r, err))
      return false;
  }
  r->trained_ok = true;
  return true;
}

/* ---- complexity ---- */

/* Median over the pretrainings of the double at `offset` of a pretraining. */
static double median(const rb_bench *bench, size_t offset) {
  double values[RB_MAX_PRETRAININGS];
  for (uint32_t k = 0; k < bench->count; k++)
    memcpy(&values[k], (const char *)&bench->all[k] + offset, sizeof *values);
  return rb_stats_spread(values, bench->count).median;
}

static rb_metrics median_metrics(const rb_bench *bench, size_t offset, uint32_t r) {
  rb_metrics m = {.alignment = median(bench, offset + offsetof(rb_metrics, alignment)),
                  .ratio = median(bench, offset + offsetof(rb_metrics, ratio)),
                  .sin_theta = median(bench, offset + offsetof(rb_metrics, sin_theta)),
                  .norm = median(bench, offset + offsetof(rb_metrics, norm))};
  for (uint32_t i = 0; i < r; i++)
    m.singular[i] = median(bench, offset + offsetof(rb_metrics, singular) + i * sizeof(double));
  return m;
}

static void summarize(rb_result *r, const rb_bench *bench) {
  rb_trained *t = &r->trained;
  *t = (rb_trained){.scope = bench->scope,
                    .net_kind = bench->net_kind,
                    .error = bench->error,
                    .peak_bytes = bench->peak_bytes,
                    .net_largest = NAN,
                    .gradient_norm = INFINITY,
                    .weights_moved = INFINITY};
  memcpy(t->hash, bench->hash, sizeof t->hash);
  memcpy(t->where, bench->where, sizeof t->where);
  for (uint32_t k = 0; k < bench->count; k++) { /* the worst of each */
    const rb_pretrained *one = &bench->all[k];
    t->gradient_norm = fmin(t->gradient_norm, one->gradient_norm);
    t->weights_moved = fmin(t->weights_moved, one->weights_moved);
    t->net_largest = fmax(t->net_largest, one->net_largest);
    r->features_learned += (double)one->metrics.learned / bench->count;
  }
  r->before = median_metrics(bench, offsetof(rb_pretrained, before), r->cell->problem.r);
  r->after = median_metrics(bench, offsetof(rb_pretrained, metrics), r->cell->problem.r);
  r->measured = true;
}

/* The time of every pretraining that was not compared with the reference meanwhile. */
static bool take_times(rb_result *r, const rb_bench *bench, rb_err *err) {
  rb_times *t = &r->times;
  if (!rb_alloc((void **)&t->repetitions, bench->count, sizeof *t->repetitions, "times", err))
    return false;
  t->host_clock = true;
  snprintf(t->reason, sizeof t->reason, "whole pretrainings");
  for (uint32_t k = 0; k < bench->count; k++) /* the first one also warms up, if others follow */
    if (isfinite(bench->all[k].train_ns) && (k > 0 || bench->count == 1))
      t->repetitions[t->n++].host_ns = bench->all[k].train_ns;
  return true;
}

bool rb_result_judge_complexity(rb_result *r, const rb_bench *bench, rb_err *err) {
  const rb_complexity *c = &r->complexity;
  rb_source source = r->cell->downstream.source;
  r->ratio_bound = NAN;
  if (bench->count == 0)
    return true;
  summarize(r, bench);
  judge_error(r, c->feature_error, c->where);
  if (source == RB_SOURCE_MULTITASK || source == RB_SOURCE_SINGLE) {
    judge_error(r, r->trained.error, r->trained.where);
    judge_training(r);
    if (!take_times(r, bench, err))
      return false;
  }
  r->trained_ok = true;
  return expectations(r, err);
}
