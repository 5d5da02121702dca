// SPDX-License-Identifier: Apache-2.0
#include "study/recording.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "cl/blas.h"

static void add_device(rb_record *record, const rb_device *device) {
  if (device == NULL) {
    rb_record_text(record, RB_F_device, RB_RECORDING_HOST);
    return;
  }
  rb_record_text(record, RB_F_device, device->identity);
  rb_record_text(record, RB_F_device_name, device->name);
  rb_record_text(record, RB_F_platform, device->platform);
  rb_record_text(record, RB_F_driver, device->driver);
}

/* What the cell trains: source single has one task of as many inputs in all. */
static rb_problem trained_problem(const rb_cell *cell) {
  rb_problem p = cell->problem;
  if (cell->part->mode == RB_MODE_COMPLEXITY) {
    p = rb_downstream_pretraining(&p, cell->downstream.source, 0);
    p.seed = cell->problem.seed; /* the master seed */
  }
  return p;
}

static void add_problem(rb_record *record, const rb_cell *cell) {
  const rb_problem trained = trained_problem(cell), *p = &trained;
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
  rb_record_truth(record, RB_F_verified, t->error <= 1 && r->complexity.feature_error <= 1);
  rb_record_text(record, RB_F_verify_scope, t->scope);
  rb_record_real(record, RB_F_verify_error, t->error);
  rb_record_real(record, RB_F_gradient_norm, t->gradient_norm);
  rb_record_real(record, RB_F_weights_moved, t->weights_moved);
  rb_record_real(record, RB_F_net_max, t->net_largest);
  rb_record_text(record, RB_F_net_kind, t->net_kind);
  rb_record_text(record, RB_F_weights_hash, t->hash[0] ? t->hash : NULL);
  rb_record_integer(record, RB_F_peak_device_bytes, t->peak_bytes);
  if (!r->measured)
    return;
  rb_record_real(record, RB_F_alignment, r->after.alignment);
  rb_record_real(record, RB_F_alignment0, r->before.alignment);
  rb_record_real(record, RB_F_ratio, r->after.ratio);
  rb_record_real(record, RB_F_ratio0, r->before.ratio);
  rb_record_real(record, RB_F_ratio_bound, r->ratio_bound);
  rb_record_real(record, RB_F_sin_theta, r->after.sin_theta);
  if (r->sin_theta_rounds)
    rb_record_reals(record, RB_F_sin_theta_rounds, r->sin_theta_rounds, r->cell->problem.rounds);
  rb_record_reals(record, RB_F_singular_values, r->after.singular, r->cell->problem.r);
  rb_record_real(record, RB_F_features_learned, r->features_learned);
  const rb_part *part = r->cell->part;
  for (size_t i = 0; i < part->n_expects; i++) {
    char seen[64];
    snprintf(seen, sizeof seen, "%s: %.9g", r->expect_holds[i] ? "holds" : "does not hold",
             r->expect_left[i]);
    rb_record_texts(record, RB_F_expectations, part->expects[i].text, seen);
  }
}

/* Of one round. */
static double operations_of(const rb_result *r) {
  const rb_problem p = trained_problem(r->cell);
  return r->cell->backend == RB_BACKEND_REFERENCE ? rb_problem_flop(&p)
                                                  : rb_layout_operations(&r->layout, &p);
}

/* Rates only of cells that are right: a wrong one carries none. */
static void add_times(rb_record *record, const rb_result *r, const rb_roof *roof) {
  const rb_times *t = &r->times;
  const rb_problem trained = trained_problem(r->cell), *p = &trained;
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
  if (r->cell->part->mode == RB_MODE_TIME) {
    char energy[RB_TIMES_ENERGY_TEXT];
    rb_record_real(record, RB_F_energy_j, rb_times_energy_j(t, energy, sizeof energy));
    rb_record_text(record, RB_F_energy, energy);
    rb_record_truth(record, RB_F_target_met,
                    spread.hi - spread.lo <= r->cell->part->width * spread.median);
  }
  rb_record_real(record, RB_F_samples_per_s, samples_per_s);
  rb_record_real(record, RB_F_gflops, gflops);
  rb_record_real(record, RB_F_operations, operations_of(r) * p->rounds);
  if (roof) {
    double done = operations_of(r) * p->rounds / spread.median;
    rb_record_real(record, RB_F_roof_fraction, done / roof->gflops);
    rb_record_truth(record, RB_F_plausible, done <= roof->gflops);
  }
  rb_record_real(record, RB_F_cold_ns, t->cold_ns > 0 ? t->cold_ns : NAN);
  snprintf(clock, sizeof clock, "%s%s%s", t->host_clock ? "host" : "device",
           t->host_clock ? ": " : "", t->host_clock ? t->reason : "");
  rb_record_text(record, RB_F_clock, clock);
  rb_record_integer(record, RB_F_n_again, t->n_again);
  for (size_t i = 0; i < t->n_phases; i++) {
    double median;
    rb_record_map(record, RB_F_launches, t->phases[i], (double)t->launches[i]);
    if (!t->host_clock && rb_times_phase(t, i, &median, &ignored))
      rb_record_map(record, RB_F_phases, t->phases[i], median);
  }
}

static void add_downstream(rb_record *record, const rb_cell *cell) {
  const rb_downstream *o = &cell->downstream;
  rb_record_text(record, RB_F_source, rb_source_names[o->source]);
  rb_record_text(record, RB_F_task, rb_new_task_names[o->task]);
  rb_record_text(record, RB_F_quantity, rb_quantity_names[o->quantity]);
  rb_record_text(record, RB_F_head, rb_head_names[o->head]);
  rb_record_integer(record, RB_F_n, o->n);
  rb_record_real(record, RB_F_target, o->target);
  rb_record_integer(record, RB_F_pretrainings, o->pretrainings);
  rb_record_integer(record, RB_F_trials, o->trials);
  rb_record_real(record, RB_F_precision, o->precision);
  rb_record_real(record, RB_F_margin, cell->part->margin);
}

static void add_search(rb_record *record, const rb_complexity *c) {
  rb_search_found found = c->found;
  rb_spread star = {found.median, found.lo, found.hi, c->n_trials};
  if (found.censored) /* nothing is known of it but that it is beyond what was tried */
    star.median = star.hi = NAN;
  rb_record_spread(record, RB_F_star, star);
  rb_record_truth(record, RB_F_censored, found.censored);
  rb_record_integer(record, RB_F_n_trials, c->n_trials);
  rb_record_real(record, RB_F_feature_error, c->feature_error);
}

rb_record *rb_recording_trial(const rb_result *r, size_t i, const rb_device *device) {
  const rb_cell *cell = r->cell;
  const rb_downstream *o = &cell->downstream;
  const rb_outcome *trial = &r->complexity.trials[i];
  rb_record *record = rb_record_new("trial");
  rb_record_text(record, RB_F_device, device->identity);
  rb_record_text(record, RB_F_cell, cell->id);
  rb_record_text(record, RB_F_part, cell->part->name);
  rb_record_text(record, RB_F_source, rb_source_names[o->source]);
  rb_record_text(record, RB_F_task, rb_new_task_names[o->task]);
  rb_record_text(record, RB_F_quantity, rb_quantity_names[o->quantity]);
  rb_record_text(record, RB_F_sampler, rb_sampler_names[cell->problem.sampler]);
  rb_record_integer(record, RB_F_d, cell->problem.d);
  rb_record_integer(record, RB_F_r, cell->problem.r);
  rb_record_integer(record, RB_F_m, trial->m);
  rb_record_integer(record, RB_F_n, trial->n);
  rb_record_integer(record, RB_F_pretraining, trial->pretraining);
  rb_record_integer(record, RB_F_seed, trial->seed);
  rb_record_real(record, RB_F_accuracy, trial->accuracy);
  rb_record_truth(record, RB_F_success, trial->success);
  return record;
}

static void add_option(void *context, const char *kernel, const char *options) {
  rb_record_texts(context, RB_F_build_options, kernel, options);
}

/* session: NULL for a cell of the reference, or if none is open. */
static rb_record *record_cell(const rb_result *r, const rb_device *device, rb_session *session,
                              const rb_roof *roof) {
  const rb_cell *cell = r->cell;
  rb_record *record = rb_record_new("cell");
  bool on_device = cell->backend != RB_BACKEND_REFERENCE;
  add_device(record, on_device ? device : NULL);
  rb_record_text(record, RB_F_suite, cell->suite);
  rb_record_text(record, RB_F_id, cell->id);
  rb_record_text(record, RB_F_part, cell->part->name);
  rb_record_text(record, RB_F_mode, rb_mode_names[cell->part->mode]);
  rb_record_text(record, RB_F_backend, rb_backend_names[cell->backend]);
  add_problem(record, cell);
  if (on_device && r->layout.variant.name[0]) {
    rb_record_text(record, RB_F_variant, r->layout.variant.name);
    rb_record_integer(record, RB_F_tile, r->layout.tile);
    if (r->squeeze.refused) {
      rb_record_integer(record, RB_F_tile_refused, r->squeeze.refused);
      rb_record_text(record, RB_F_tile_reason, r->squeeze.said);
    }
    rb_record_integer(record, RB_F_chunk, r->layout.chunk);
    rb_record_real(record, RB_F_compile_ns, (double)r->builds.compile_ns);
    rb_record_integer(record, RB_F_n_compiled, r->builds.n_compiled);
    rb_record_real(record, RB_F_load_ns, (double)r->builds.load_ns);
    rb_record_integer(record, RB_F_n_loaded, r->builds.n_loaded);
    rb_net_options(&cell->problem, &r->layout, add_option, record);
  }
  if (cell->backend == RB_BACKEND_CLBLAST && session) {
    char text[RB_DEVICE_TEXT + 64];
    rb_blas_describe(session, text, sizeof text);
    rb_record_text(record, RB_F_blas, text);
  }
  rb_record_text(record, RB_F_status, rb_status_names[r->status]);
  rb_record_text(record, RB_F_reason, r->reason[0] ? r->reason : NULL);
  if (cell->part->mode == RB_MODE_COMPLEXITY) {
    add_downstream(record, cell);
    if (r->trained_ok)
      add_search(record, &r->complexity);
  }
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

rb_record *rb_recording_cell(const rb_result *r, rb_session *session, const rb_roof *roof) {
  return record_cell(r, session ? rb_session_device(session) : NULL, session, roof);
}

rb_record *rb_recording_failed(const rb_cell *cell, const rb_device *device, const char *reason) {
  rb_result r = {.cell = cell, .status = RB_STATUS_FAILED};
  snprintf(r.reason, sizeof r.reason, "%s", reason);
  return record_cell(&r, device, NULL, NULL);
}

rb_record *rb_recording_roof(const rb_roof *roof, const rb_device *device, const char *when,
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
  if (reason == NULL) {
    char shape[64];
    rb_roof_describe(rb_roof_compute(roof, device), shape, sizeof shape);
    rb_record_text(record, RB_F_roof_fma, shape);
    rb_roof_describe(&roof->copy, shape, sizeof shape);
    rb_record_text(record, RB_F_roof_copy, shape);
  }
  rb_record_text(record, RB_F_status, reason ? "failed" : "ok");
  rb_record_text(record, RB_F_reason, reason);
  rb_record_text(record, RB_F_when, when);
  return record;
}
