// SPDX-License-Identifier: Apache-2.0
/* What the tests of exponents and verdicts share: trials drawn from the model with a planted n*(d),
 * placed adaptively as a search places them, as a curve or as records of a trace. */
#ifndef TRIALS_FIXTURE_H
#define TRIALS_FIXTURE_H
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/philox.h"
#include "base/sha256.h"
#include "report/exponent.h"

static rb_err err;

/* ---- worlds ---- */

enum { MOST_TRIALS = 2000, N_PRETRAININGS = 8, GRID = 81 };

typedef struct world {
  size_t n_d;
  double d_min, d_max;
  size_t n_trials;            /* of each d */
  double scale, guess, lapse; /* s, g, l */
  double exponent, level;     /* n* = level (d / d_mid)^exponent, d_mid the geometric middle */
  double least, cap;          /* of n */
  double scatter, spread;     /* sd of ln n* between values of d, between pretrainings of one */
  double common;              /* and of what a pretraining has at every d */
} world;

/* What a suite of the kind has: 6 values of d over 1.5 decades, n* about 95. */
static inline world usual(void) {
  return (world){6, 128, 4096, 350, 0.27, 0, 0.005, 0, 95, 4, 1024, 0, 0, 0};
}

static inline uint64_t d_at(const world *w, size_t i) {
  double share = w->n_d > 1 ? (double)i / (double)(w->n_d - 1) : 0;
  return (uint64_t)llround(w->d_min * pow(w->d_max / w->d_min, share));
}

/* ln n* at the i-th d without scatter; P(success) is 1/2 there. */
static inline double planted(const world *w, size_t i) {
  return log(w->level) + w->exponent * (log((double)d_at(w, i)) - 0.5 * log(w->d_min * w->d_max));
}

/* A grid over ln n with the likelihood of the trials so far, as the search has it: s is taken for
 * 0.35. The next n is a random quantile of the curve about an n* drawn from it. */
typedef struct search {
  double lo, step, log_post[GRID], sum[GRID];
  double won[2 * GRID + 1], lost[2 * GRID + 1]; /* log-likelihoods by distance on the grid */
} search;

static const double TAKEN_SCALE = 0.35;

static inline void begin_search(search *s, const world *w) {
  s->lo = log(w->least);
  s->step = (log(w->cap) + 1 - s->lo) / (GRID - 1);
  for (int i = 0; i <= 2 * GRID; i++) {
    double f = 0.01 + 0.98 / (1 + exp(-(i - GRID) * s->step / TAKEN_SCALE));
    s->won[i] = log(f), s->lost[i] = log(1 - f);
  }
  for (int i = 0; i < GRID; i++)
    s->log_post[i] = 0;
}

static inline void sum_search(search *s) {
  double most = -INFINITY, sum = 0;
  for (int i = 0; i < GRID; i++)
    most = fmax(most, s->log_post[i]);
  for (int i = 0; i < GRID; i++)
    s->sum[i] = sum += exp(s->log_post[i] - most);
}

static inline double next_n(const search *s, const world *w, rb_random *random) {
  double at = rb_random_uniform(random) * s->sum[GRID - 1];
  double q = 0.12 + 0.76 * rb_random_uniform(random);
  int i = 0;
  while (i < GRID - 1 && s->sum[i] < at)
    i++;
  double n = round(exp(s->lo + i * s->step + TAKEN_SCALE * log(q / (1 - q))));
  return fmin(fmax(n, w->least), w->cap);
}

static inline void learn(search *s, double x, bool success) {
  int place = (int)lround((x - s->lo) / s->step);
  for (int i = 0; i < GRID; i++) {
    int apart = place - i + GRID;
    apart = apart < 0 ? 0 : apart > 2 * GRID ? 2 * GRID : apart;
    s->log_post[i] += success ? s->won[apart] : s->lost[apart];
  }
}

/* What the pretrainings of a curve have in common. */
static double shared_off[N_PRETRAININGS];

static inline void draw_common(const world *w, rb_random *random) {
  for (int k = 0; k < N_PRETRAININGS; k++)
    shared_off[k] = w->common > 0 ? w->common * rb_random_normal(random) : 0;
}

/* The trials of one d, in order; returns ln n* with its scatter. */
static inline double draw_trials(const world *w, size_t i, rb_random *random, rb_trial *trials) {
  double star = planted(w, i) + w->scatter * rb_random_normal(random), off[N_PRETRAININGS];
  /* P = 1/2 at star: where F = (1/2 - g) / (1 - g - l). */
  double shift = log((0.5 - w->guess) / (0.5 - w->lapse));
  search s;
  begin_search(&s, w);
  for (int k = 0; k < N_PRETRAININGS; k++)
    off[k] = w->spread * rb_random_normal(random) + shared_off[k];
  for (size_t j = 0; j < w->n_trials; j++) {
    if (j % 8 == 0)
      sum_search(&s);
    double x = log(next_n(&s, w, random)), here = star + off[j % N_PRETRAININGS];
    double f = 1 / (1 + exp(-((x - here) / w->scale + shift)));
    bool won = rb_random_uniform(random) < w->guess + (1 - w->guess - w->lapse) * f;
    trials[j] = (rb_trial){x, won ? 0.85 : 0.75, j % N_PRETRAININGS, won};
    learn(&s, x, won);
  }
  return star;
}

/* ---- curves without a trace ---- */

typedef struct planted_curve {
  rb_trials_curve curve;
  rb_trials_point points[RB_TRIALS_MAX_POINTS + 1];
  rb_trial *trials;
  double stars[RB_TRIALS_MAX_POINTS + 1]; /* true ln n*, scatter included */
} planted_curve;

static inline int by_x(const void *left, const void *right) {
  const rb_trial *a = left, *b = right;
  return (a->x > b->x) - (a->x < b->x);
}

static inline rb_record *empty_cell(void) {
  static rb_record *cell;
  cell = cell ? cell : rb_record_new("cell");
  return cell;
}

static inline void plant(planted_curve *to, const world *w, rb_random *random) {
  memset(to, 0, sizeof *to);
  to->trials = calloc(w->n_d * w->n_trials + 1, sizeof *to->trials);
  cr_assert_not_null(to->trials);
  draw_common(w, random);
  for (size_t i = 0; i < w->n_d; i++) {
    rb_trial *trials = to->trials + i * w->n_trials;
    rb_trials_point *point = &to->points[i];
    to->stars[i] = draw_trials(w, i, random, trials);
    qsort(trials, w->n_trials, sizeof *trials, by_x);
    *point = (rb_trials_point){.cell = empty_cell(),
                               .d = d_at(w, i),
                               .log_cap = log(w->cap),
                               .trials = trials,
                               .n_trials = w->n_trials};
    for (size_t j = 0; j < w->n_trials; j++)
      point->n_successes += trials[j].success;
  }
  to->curve = (rb_trials_curve){
      .cell = empty_cell(), .margin = 1.25, .points = to->points, .n_points = w->n_d};
}

static inline rb_exponent fitted(const planted_curve *of) {
  rb_exponent out;
  cr_assert(rb_exponent_fit(&of->curve, &out, &err), "%s", err.text);
  return out;
}

/* ---- records of a trace ---- */

static rb_record **records;
static size_t n_records, room;

static inline rb_record *added(rb_record *record) {
  if (n_records == room) {
    room = room ? 2 * room : 64;
    records = realloc(records, room * sizeof *records);
    cr_assert_not_null(records);
  }
  return records[n_records++] = record;
}

static inline void clear(void) {
  for (size_t i = 0; i < n_records; i++)
    rb_record_free(records[i]);
  free(records);
  records = NULL;
  n_records = room = 0;
}

static inline rb_trace built(void) {
  return (rb_trace){.records = records, .n_records = n_records, .bgzf = true, .end_marker = true};
}

/* How a curve is written. */
typedef struct labels {
  const char *device, *source, *quantity;
  uint64_t T;
  double features; /* learned */
} labels;

static inline void write_common(rb_record *record, const world *w, const labels *l, uint64_t d) {
  bool neurons = strcmp(l->quantity, "m") == 0;
  rb_record_text(record, RB_F_device, l->device);
  rb_record_text(record, RB_F_part, neurons ? "neurons" : "samples");
  rb_record_text(record, RB_F_source, l->source);
  rb_record_text(record, RB_F_task, "parity");
  rb_record_text(record, RB_F_quantity, l->quantity);
  rb_record_text(record, RB_F_sampler, "direct");
  rb_record_integer(record, RB_F_d, d);
  rb_record_integer(record, RB_F_r, 2);
  rb_record_integer(record, RB_F_m, neurons ? (uint64_t)w->cap : 64);
  rb_record_integer(record, RB_F_n, neurons ? 1024 : (uint64_t)w->cap);
}

static inline rb_record *write_cell(const world *w, const labels *l, uint64_t d, const char *id,
                                    size_t n_trials) {
  rb_record *cell = added(rb_record_new("cell"));
  write_common(cell, w, l, d);
  rb_record_text(cell, RB_F_id, id);
  rb_record_text(cell, RB_F_mode, "complexity");
  rb_record_text(cell, RB_F_status, "ok");
  rb_record_truth(cell, RB_F_verified, true);
  rb_record_integer(cell, RB_F_seed, 1);
  rb_record_integer(cell, RB_F_T, l->T);
  rb_record_integer(cell, RB_F_n1, 48 * d);
  rb_record_integer(cell, RB_F_n2, 48 * d);
  rb_record_real(cell, RB_F_target, 0.8);
  rb_record_real(cell, RB_F_margin, 1.25);
  rb_record_integer(cell, RB_F_n_trials, n_trials);
  rb_record_real(cell, RB_F_alignment, 0.937);
  rb_record_real(cell, RB_F_features_learned, l->features);
  rb_record_real(cell, RB_F_samples, 96.0 * (double)d);
  double ns = 1e3 * (double)d * (double)d; /* ns per sample grow with d */
  rb_record_spread(cell, RB_F_time_ns, (rb_spread){ns, ns, ns, 8});
  return cell;
}

/* Trial records of one cell, then its own; returns it. */
static inline rb_record *write_point(const world *w, const labels *l, size_t i, rb_random *random) {
  static rb_trial trials[MOST_TRIALS];
  bool neurons = strcmp(l->quantity, "m") == 0;
  char id[65], text[200];
  snprintf(text, sizeof text, "%s %s T=%d d=%d", l->source, l->quantity, (int)l->T,
           (int)d_at(w, i));
  rb_sha256_hex(text, strlen(text), id); /* the same on every device */
  draw_trials(w, i, random, trials);
  for (size_t j = 0; j < w->n_trials; j++) {
    rb_record *trial = added(rb_record_new("trial"));
    write_common(trial, w, l, d_at(w, i));
    rb_record_text(trial, RB_F_cell, id);
    rb_record_integer(trial, neurons ? RB_F_m : RB_F_n, (uint64_t)llround(exp(trials[j].x)));
    rb_record_integer(trial, RB_F_seed, rb_random_u32(random));
    rb_record_integer(trial, RB_F_pretraining, trials[j].pretraining);
    rb_record_real(trial, RB_F_accuracy, trials[j].accuracy);
    rb_record_truth(trial, RB_F_success, trials[j].success);
  }
  return write_cell(w, l, d_at(w, i), id, w->n_trials);
}

static inline void write_curve(const world *w, const labels *l, rb_random *random) {
  draw_common(w, random);
  for (size_t i = 0; i < w->n_d; i++)
    write_point(w, l, i, random);
}

static const labels multitask = {"pci:01", "multitask", "n", 64, 2};

#endif
