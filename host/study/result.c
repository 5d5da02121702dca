// SPDX-License-Identifier: Apache-2.0
#include "study/result.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "cl/blas.h"
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
  free(r->expect_holds);
  free(r->expect_left);
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
               {"net_max", r->trained.net_largest}};
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

bool rb_result_judge(rb_result *r, rb_err *err) {
  const rb_problem *p = &r->cell->problem;
  const rb_trained *t = &r->trained;
  if (!(t->error <= 1))
    judge(r, RB_STATUS_WRONG, "%.3g times the tolerance away from the reference: %s", t->error,
          t->where);
  if (!(t->gradient_norm > 0))
    judge(r, RB_STATUS_WRONG, "the gradient is %g: nothing was learned", t->gradient_norm);
  if (!(t->weights_moved > 0))
    judge(r, RB_STATUS_WRONG, "the weights did not move (%g)", t->weights_moved);
  if (!(t->net_largest < 1))
    judge(r, RB_STATUS_OUTSIDE,
          "%s |net| = %.3g is not below 1: outside the linear region of the hinge loss; try a "
          "smaller eta_a",
          strcmp(t->net_kind, "bound") == 0 ? "the bound on" : "the largest", t->net_largest);
  if (r->cell->part->mode != RB_MODE_CHECK) {
    if (!metrics(r, err) || !ratio_bound(p, &r->ratio_bound, err))
      return false;
    judge_ratio(r);
    if (!expectations(r, err))
      return false;
  }
  r->trained_ok = true;
  return true;
}

/* ---- records ---- */

static void add_device(rb_record *record, const rb_device *device) {
  if (device == NULL) {
    rb_record_text(record, RB_F_device, "host reference");
    return;
  }
  rb_record_text(record, RB_F_device, device->identity);
  rb_record_text(record, RB_F_device_name, device->name);
  rb_record_text(record, RB_F_platform, device->platform);
  rb_record_text(record, RB_F_driver, device->driver);
}

static void add_problem(rb_record *record, const rb_cell *cell) {
  const rb_problem *p = &cell->problem;
  rb_record_text(record, RB_F_workload, "multitask");
  rb_record_text(record, RB_F_sampler, rb_sampler_names[p->sampler]);
  rb_record_integer(record, RB_F_seed, p->seed);
  rb_record_integer(record, RB_F_d, p->d);
  rb_record_integer(record, RB_F_r, p->r);
  rb_record_integer(record, RB_F_T, p->T);
  rb_record_integer(record, RB_F_m, p->m);
  rb_record_integer(record, RB_F_n1, p->n1);
  rb_record_integer(record, RB_F_n2, p->n2);
  rb_record_integer(record, RB_F_rounds, p->rounds);
  rb_record_text(record, RB_F_law, rb_law_names[p->law]);
  rb_record_text(record, RB_F_tasks, rb_task_law_names[p->tasks]);
  rb_record_text(record, RB_F_inputs, rb_sampling_names[p->inputs]);
  rb_record_text(record, RB_F_ablation, rb_ablation_names[p->ablation]);
  rb_record_real(record, RB_F_eta_a, p->eta_a);
  rb_record_real(record, RB_F_eta_w, p->eta_w);
  rb_record_real(record, RB_F_decay, p->decay);
  rb_record_real(record, RB_F_samples, rb_problem_samples(p) * p->rounds);
  rb_record_real(record, RB_F_flop, rb_problem_flop(p) * p->rounds);
}

static void add_training(rb_record *record, const rb_result *r) {
  const rb_trained *t = &r->trained;
  rb_record_truth(record, RB_F_verified, t->error <= 1);
  rb_record_text(record, RB_F_verify_scope, t->scope);
  rb_record_real(record, RB_F_verify_error, t->error);
  rb_record_real(record, RB_F_gradient_norm, t->gradient_norm);
  rb_record_real(record, RB_F_weights_moved, t->weights_moved);
  rb_record_real(record, RB_F_net_max, t->net_largest);
  rb_record_text(record, RB_F_net_kind, t->net_kind);
  rb_record_text(record, RB_F_weights_hash, t->hash);
  rb_record_integer(record, RB_F_peak_device_bytes, t->peak_bytes);
  if (!r->measured)
    return;
  rb_record_real(record, RB_F_alignment, r->after.alignment);
  rb_record_real(record, RB_F_alignment0, r->before.alignment);
  rb_record_real(record, RB_F_ratio, r->after.ratio);
  rb_record_real(record, RB_F_ratio0, r->before.ratio);
  rb_record_real(record, RB_F_ratio_bound, r->ratio_bound);
  rb_record_real(record, RB_F_sin_theta, r->after.sin_theta);
  rb_record_reals(record, RB_F_singular_values, r->after.singular, r->cell->problem.r);
  const rb_part *part = r->cell->part;
  for (size_t i = 0; i < part->n_expects; i++) {
    char seen[64];
    snprintf(seen, sizeof seen, "%s: %.9g", r->expect_holds[i] ? "holds" : "does not hold",
             r->expect_left[i]);
    rb_record_texts(record, RB_F_expectations, part->expects[i].text, seen);
  }
}

/* Rates only of cells that are right: a wrong one carries none. */
static void add_times(rb_record *record, const rb_result *r, const rb_roof *roof) {
  const rb_times *t = &r->times;
  const rb_problem *p = &r->cell->problem;
  rb_spread spread;
  rb_err ignored;
  char clock[192];
  if (t->n == 0 || r->status == RB_STATUS_WRONG || r->status == RB_STATUS_FAILED ||
      !rb_times_spread(t, &spread, &ignored))
    return;
  double samples_per_s = rb_problem_samples(p) * p->rounds / spread.median * 1e9;
  double gflops = rb_problem_flop(p) * p->rounds / spread.median;
  rb_record_spread(record, RB_F_time_ns, spread);
  double *all = NULL;
  if (rb_alloc((void **)&all, t->n, sizeof *all, "samples", &ignored)) {
    for (size_t i = 0; i < t->n; i++)
      all[i] = rb_times_ns(t, i);
    rb_record_reals(record, RB_F_times_ns, all, t->n);
  }
  free(all);
  rb_record_truth(record, RB_F_target_met,
                  spread.hi - spread.lo <= r->cell->part->width * spread.median);
  rb_record_real(record, RB_F_samples_per_s, samples_per_s);
  rb_record_real(record, RB_F_gflops, gflops);
  if (roof) {
    rb_record_real(record, RB_F_roof_fraction, gflops / roof->gflops);
    rb_record_truth(record, RB_F_plausible, gflops <= roof->gflops);
  }
  rb_record_real(record, RB_F_cold_ns, t->cold_ns);
  snprintf(clock, sizeof clock, "%s%s%s", t->host_clock ? "host" : "device",
           t->host_clock ? ": " : "", t->host_clock ? t->reason : "");
  rb_record_text(record, RB_F_clock, clock);
  for (size_t i = 0; i < t->n_phases; i++) {
    double median;
    rb_record_map(record, RB_F_launches, t->phases[i], (double)t->launches[i]);
    if (!t->host_clock && rb_times_phase(t, i, &median, &ignored))
      rb_record_map(record, RB_F_phases, t->phases[i], median);
  }
}

static void add_option(void *context, const char *kernel, const char *options) {
  rb_record_texts(context, RB_F_build_options, kernel, options);
}

rb_record *rb_result_record(const rb_result *r, rb_session *session, const rb_roof *roof) {
  const rb_cell *cell = r->cell;
  rb_record *record = rb_record_new("cell");
  bool on_device = cell->backend != RB_BACKEND_REFERENCE;
  add_device(record, on_device ? rb_session_device(session) : NULL);
  rb_record_text(record, RB_F_suite, cell->suite);
  rb_record_text(record, RB_F_id, cell->id);
  rb_record_text(record, RB_F_part, cell->part->name);
  rb_record_text(record, RB_F_mode, rb_mode_names[cell->part->mode]);
  rb_record_text(record, RB_F_backend, rb_backend_names[cell->backend]);
  add_problem(record, cell);
  if (on_device && r->layout.variant) {
    rb_record_text(record, RB_F_variant, r->layout.variant->name);
    rb_record_integer(record, RB_F_tile, r->layout.tile);
    rb_record_integer(record, RB_F_chunk, r->layout.chunk);
    rb_record_real(record, RB_F_compile_ns, (double)r->compile_ns);
    rb_net_options(&cell->problem, &r->layout, add_option, record);
  }
  if (cell->backend == RB_BACKEND_CLBLAST) {
    char text[RB_DEVICE_TEXT + 64];
    rb_blas_describe(session, text, sizeof text);
    rb_record_text(record, RB_F_blas, text);
  }
  rb_record_text(record, RB_F_status, rb_status_names[r->status]);
  rb_record_text(record, RB_F_reason, r->reason[0] ? r->reason : NULL);
  if (r->trained_ok) {
    add_training(record, r);
    add_times(record, r, on_device ? roof : NULL);
  } else {
    rb_record_truth(record, RB_F_verified, false);
  }
  rb_record_complete(record, RB_F_device, RB_F_driver);
  rb_record_complete(record, RB_F_id, RB_F_blas);
  return record;
}

rb_record *rb_result_roof_record(const rb_roof *roof, const rb_device *device, const char *when,
                                 const char *reason) {
  rb_record *record = rb_record_new("roof");
  add_device(record, device);
#define X(field, type, parameter, title)                                                           \
  {                                                                                                \
    char text[32];                                                                                 \
    snprintf(text, sizeof text, "%llu", (unsigned long long)device->field);                        \
    rb_record_texts(record, RB_F_device_facts, #field, text);                                      \
  }
  RB_DEVICE_NUMBERS(X)
#undef X
  rb_record_real(record, RB_F_roof_gflops, reason ? NAN : roof->gflops);
  rb_record_real(record, RB_F_roof_gb_per_s, reason ? NAN : roof->gb_per_s);
  rb_record_text(record, RB_F_status, reason ? "failed" : "ok");
  rb_record_text(record, RB_F_reason, reason);
  rb_record_text(record, RB_F_when, when);
  return record;
}
