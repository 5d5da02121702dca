// SPDX-License-Identifier: Apache-2.0
#include "operations.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bed.h"
#include "forwards.h"
#include "model/inputs.h"
#include "model/tolerance.h"

static void check_inputs(bed *w) {
  uint32_t ldx = w->l->ldx, d = w->p->d;
  float *before = bed_fill(w, RB_BUFFER_X, d, ldx);
  SUCCEED(rb_ops_inputs(w->net, w->step, w->tile, &err_));
  float *X = bed_copy(w, RB_BUFFER_X);
  double *x = calloc(d, sizeof *x);
  cr_assert(x);
  double allowed = w->p->law == RB_LAW_GAUSSIAN ? rb_tolerance_normal() : 0;
  for (uint32_t s = 0; s < w->l->tile; s++) {
    uint32_t at = w->tile.sample_first + s;
    if (s < w->tile.rows)
      rb_inputs_draw(w->p, w->step.head, w->step.round, w->tile.task_first + at / w->step.n,
                     at % w->step.n, x);
    for (uint32_t k = 0; k < ldx; k++) {
      size_t i = (size_t)s * ldx + k;
      bool drawn = s < w->tile.rows && k < d;
      bed_compare(w, X[i], drawn ? x[k] : before[i], drawn ? allowed : 0,
                  "inputs, row %u, column %u", s, k);
    }
  }
  free(before);
  free(X);
  free(x);
}

/* Signs that rounding leaves open may be either. */
static void check_labels(bed *w) {
  uint32_t ldx = w->l->ldx, d = w->p->d;
  bool per_task = w->p->inputs == RB_INPUTS_PER_TASK;
  float *X = bed_fill(w, RB_BUFFER_X, d, ldx), *M = bed_fill(w, RB_BUFFER_M, d, ldx);
  float *Y_before = bed_fill_signs(w, RB_BUFFER_Y);
  int8_t *tables = bed_fill_tables(w);
  uint32_t *before = bed_fill_patterns(w);
  SUCCEED(rb_ops_labels(w->net, w->step, w->tile, &err_));
  float *Y = bed_copy(w, RB_BUFFER_Y);
  uint32_t *patterns = bed_copy(w, RB_BUFFER_patterns);
  for (uint32_t s = 0; s < w->l->tile; s++) {
    bool mine = s < w->tile.rows;
    uint32_t pattern = patterns[s];
    if (mine)
      bed_compare(w, pattern >= w->n_patterns || bed_decided_otherwise(w, X, M, s, pattern), 0, 0,
                  "labels, pattern of row %u", s);
    else
      bed_compare(w, pattern, before[s], 0, "labels, pattern of row %u", s);
    double y = Y_before[s];
    if (mine && per_task && pattern < w->n_patterns)
      y = tables[(size_t)bed_task_of(w, s) * w->n_patterns + pattern];
    bed_compare(w, Y[s], y, 0, "labels, label of row %u", s);
  }
  free(X);
  free(M);
  free(Y_before);
  free(tables);
  free(before);
  free(Y);
  free(patterns);
}

/* Both in one, where there is a kernel for it, give the same inputs and labels as both alone, but
 * for signs that rounding leaves open. */
static void check_samples(bed *w) {
  float *M = bed_fill(w, RB_BUFFER_M, w->p->d, w->l->ldx);
  int8_t *tables = bed_fill_tables(w);
  bool per_task = w->p->inputs == RB_INPUTS_PER_TASK;
  uint32_t *patterns_before = bed_fill_patterns(w), *X_before = bed_copy(w, RB_BUFFER_X);
  float *Y_before = bed_fill_signs(w, RB_BUFFER_Y);
  SUCCEED(rb_ops_samples(w->net, w->step, w->tile, &err_));
  uint32_t *X_both = bed_copy(w, RB_BUFFER_X), *patterns = bed_copy(w, RB_BUFFER_patterns);
  float *Y = bed_copy(w, RB_BUFFER_Y), *X = bed_copy(w, RB_BUFFER_X);
  bed_put(w, RB_BUFFER_X, X_before);
  SUCCEED(rb_ops_inputs(w->net, w->step, w->tile, &err_));
  uint32_t *X_alone = bed_copy(w, RB_BUFFER_X);
  for (size_t k = 0; k < w->l->counts[RB_BUFFER_X]; k++)
    bed_compare(w, X_both[k], X_alone[k], 0, "inputs_labels, X, element %zu", k);
  for (uint32_t s = 0; s < w->l->tile; s++) {
    bool mine = s < w->tile.rows;
    double y = Y_before[s];
    if (mine)
      bed_compare(w, patterns[s] >= w->n_patterns || bed_decided_otherwise(w, X, M, s, patterns[s]),
                  0, 0, "inputs_labels, pattern of row %u", s);
    else
      bed_compare(w, patterns[s], patterns_before[s], 0, "inputs_labels, pattern of row %u", s);
    if (mine && per_task && patterns[s] < w->n_patterns)
      y = tables[(size_t)bed_task_of(w, s) * w->n_patterns + patterns[s]];
    bed_compare(w, Y[s], y, 0, "inputs_labels, label of row %u", s);
  }
  free(M);
  free(tables);
  free(patterns_before);
  free(X_before);
  free(Y_before);
  free(X_both);
  free(patterns);
  free(Y);
  free(X);
  free(X_alone);
}

static void check_head_sum(bed *w) {
  uint32_t ldm = w->l->ldm, m = w->p->m;
  float *Z = bed_fill(w, RB_BUFFER_Z, m, ldm), *Y = bed_fill_signs(w, RB_BUFFER_Y);
  float *before = bed_fill(w, RB_BUFFER_A, m, ldm);
  SUCCEED(rb_ops_head_sum(w->net, w->step, w->tile, &err_));
  float *A = bed_copy(w, RB_BUFFER_A);
  double scale = w->p->eta_a / w->p->n1;
  for (uint32_t t = 0; t < w->l->chunk; t++)
    for (uint32_t j = 0; j < ldm; j++) {
      size_t i = (size_t)t * ldm + j;
      double sum = before[i], size = 0, n = 0;
      for (uint32_t s = 0; s < w->tile.rows; s++)
        if (bed_task_of(w, s) == t) {
          double term = scale * Y[s] * fmax(Z[(size_t)s * ldm + j], 0);
          sum += term;
          size += fabs(term);
          n++;
        }
      bed_compare(w, A[i], sum, n > 0 ? bed_rounding(n, size + fabs(before[i])) : 0,
                  "head_sum, task %u, neuron %u", t, j);
    }
  free(Z);
  free(Y);
  free(before);
  free(A);
}

/* Sum over the parts (n_parts, count) of element i; *size += magnitudes. */
static double parts_of(const float *parts, uint32_t n_parts, size_t count, size_t i, double *size) {
  double sum = 0;
  for (uint32_t part = 0; part < n_parts; part++) {
    sum += parts[part * count + i];
    *size += fabs(parts[part * count + i]);
  }
  return sum;
}

static void check_head_bins(bed *w) {
  uint32_t ldm = w->l->ldm, m = w->p->m;
  float *Z = bed_fill(w, RB_BUFFER_Z, m, ldm), *before = bed_fill(w, RB_BUFFER_R, m, ldm);
  free(bed_fill(w, RB_BUFFER_tile_R, m, ldm));
  uint32_t *patterns = bed_fill_patterns(w);
  SUCCEED(rb_ops_head_bins(w->net, w->step, w->tile, &err_));
  SUCCEED(rb_ops_bins_sum(w->net, &err_));
  float *R = bed_copy(w, RB_BUFFER_R);
  for (uint32_t q = 0; q < w->n_patterns; q++)
    for (uint32_t j = 0; j < ldm; j++) {
      size_t i = (size_t)q * ldm + j;
      double sum, size = 0, n = w->l->bins - 1.0;
      sum = parts_of(before, w->l->bins, (size_t)w->n_patterns * ldm, i, &size);
      for (uint32_t s = 0; s < w->tile.rows; s++)
        if (patterns[s] == q) {
          sum += fmax(Z[(size_t)s * ldm + j], 0);
          size += fmax(Z[(size_t)s * ldm + j], 0);
          n++;
        }
      bed_compare(w, R[i], sum, n > 0 ? bed_rounding(n, size) : 0,
                  "head_bins, pattern %u, neuron %u", q, j);
    }
  free(Z);
  free(before);
  free(patterns);
  free(R);
}

static void check_head_from_bins(bed *w) {
  uint32_t ldm = w->l->ldm, m = w->p->m, P = w->n_patterns;
  float *R = bed_fill(w, RB_BUFFER_R, m, ldm), *before = bed_fill(w, RB_BUFFER_A, m, ldm);
  int8_t *tables = bed_fill_tables(w);
  SUCCEED(rb_ops_head_from_bins(w->net, w->n_tasks, &err_));
  float *A = bed_copy(w, RB_BUFFER_A);
  double scale = w->p->eta_a / w->p->n1;
  for (uint32_t t = 0; t < w->l->chunk; t++)
    for (uint32_t j = 0; j < ldm; j++) {
      size_t i = (size_t)t * ldm + j;
      double sum = t < w->n_tasks ? 0 : before[i], size = 0;
      for (uint32_t q = 0; t < w->n_tasks && q < P; q++) {
        double term = scale * tables[(size_t)t * P + q] * R[(size_t)q * ldm + j];
        sum += term;
        size += fabs(term);
      }
      bed_compare(w, A[i], sum, bed_rounding(P, size), "head_from_bins, task %u, neuron %u", t, j);
    }
  free(R);
  free(before);
  free(tables);
  free(A);
}

static void check_head_to_bins(bed *w) {
  uint32_t ldm = w->l->ldm, m = w->p->m, P = w->n_patterns;
  float *A = bed_fill(w, RB_BUFFER_A, m, ldm), *before = bed_fill(w, RB_BUFFER_C, m, ldm);
  int8_t *tables = bed_fill_tables(w);
  SUCCEED(rb_ops_head_to_bins(w->net, w->n_tasks, &err_));
  float *C = bed_copy(w, RB_BUFFER_C);
  for (uint32_t q = 0; q < P; q++)
    for (uint32_t j = 0; j < ldm; j++) {
      size_t i = (size_t)q * ldm + j;
      double sum = before[i], size = fabs(before[i]);
      for (uint32_t t = 0; t < w->n_tasks; t++) {
        double term = (double)tables[(size_t)t * P + q] * A[(size_t)t * ldm + j] / w->p->T;
        sum += term;
        size += fabs(term);
      }
      bed_compare(w, C[i], sum, bed_rounding(w->n_tasks, size),
                  "head_to_bins, pattern %u, neuron %u", q, j);
    }
  free(A);
  free(before);
  free(tables);
  free(C);
}

static void check_norms(bed *w) {
  uint32_t ldm = w->l->ldm, m = w->p->m;
  float *A = bed_fill(w, RB_BUFFER_A, m, ldm), *before = bed_fill(w, RB_BUFFER_norms, 1, 1);
  float *largest = bed_fill_largest(w);
  SUCCEED(rb_ops_norms(w->net, w->n_tasks, &err_));
  float *norms = bed_copy(w, RB_BUFFER_norms);
  for (uint32_t t = 0; t < w->l->chunk; t++) {
    double sum = t < w->n_tasks ? 0 : before[t], size = 0;
    for (uint32_t j = 0; t < w->n_tasks && j < m; j++) {
      size += (double)A[(size_t)t * ldm + j] * A[(size_t)t * ldm + j];
      sum = size;
    }
    bed_compare(w, norms[t], sum, bed_rounding(m, size), "activation_norms, task %u", t);
  }
  bed_compare_largest(w, largest, norms, w->n_tasks, 1);
  free(A);
  free(before);
  free(largest);
  free(norms);
}

/* D is a selection and a sign, so it is exact. */
static void check_activation(bed *w) {
  uint32_t ldm = w->l->ldm, m = w->p->m;
  bool shared = w->p->inputs == RB_INPUTS_SHARED;
  rb_net_buffer heads_buffer = shared ? RB_BUFFER_C : RB_BUFFER_A;
  float *Z = bed_fill(w, RB_BUFFER_Z, m, ldm), *Y = bed_fill_signs(w, RB_BUFFER_Y);
  float *heads = bed_fill(w, heads_buffer, m, ldm), *before = bed_fill(w, RB_BUFFER_net, 1, 1);
  uint32_t *patterns = bed_fill_patterns(w);
  float *largest = bed_fill_largest(w);
  SUCCEED(rb_ops_activation(w->net, w->step, w->tile, &err_));
  float *D = bed_copy(w, RB_BUFFER_Z), *net = bed_copy(w, RB_BUFFER_net);
  for (uint32_t s = 0; s < w->l->tile; s++) {
    double sum = 0, size = 0;
    bool mine = s < w->tile.rows;
    for (uint32_t j = 0; j < ldm; j++) {
      size_t i = (size_t)s * ldm + j;
      double z = Z[i], dz = z;
      if (mine) {
        double weight = heads[(size_t)(shared ? patterns[s] : bed_task_of(w, s)) * ldm + j];
        dz = z > 0 ? (shared ? weight : Y[s] * weight) : 0;
        double term = z > 0 ? z * (shared ? z : weight) : 0;
        sum += term;
        size += fabs(term);
      }
      bed_compare(w, D[i], dz, 0, "activation, D of row %u, neuron %u", s, j);
    }
    bed_compare(w, net[s], mine ? fabs(sum) : before[s], bed_rounding(m, size),
                "activation, net of row %u", s);
  }
  bed_compare_largest(w, largest, net, w->tile.rows, 0);
  free(Z);
  free(Y);
  free(heads);
  free(before);
  free(patterns);
  free(largest);
  free(D);
  free(net);
}

static void check_backward(bed *w) {
  uint32_t ldx = w->l->ldx, ldm = w->l->ldm, d = w->p->d, m = w->p->m;
  float *D = w->l->subsets ? bed_fill_active(w) : bed_fill_weights(w);
  float *X = bed_fill(w, RB_BUFFER_X, d, ldx), *before = bed_fill(w, RB_BUFFER_G, d, ldx);
  SUCCEED(rb_ops_backward(w->net, w->step, w->tile, &err_));
  SUCCEED(rb_ops_gradient_sum(w->net, &err_));
  float *G = bed_copy(w, RB_BUFFER_G), up = rb_ops_heads_up(w->net);
  for (uint32_t j = 0; j < m; j++)
    for (uint32_t k = 0; k < ldx; k++) {
      size_t i = (size_t)j * ldx + k;
      double size = 0, sum = parts_of(before, w->l->parts, (size_t)m * ldx, i, &size);
      for (uint32_t s = 0; k < d && s < w->tile.rows; s++) {
        double term = bed_term(w, up, D[(size_t)s * ldm + j], X[(size_t)s * ldx + k]);
        sum += term;
        size += fabs(term);
      }
      bed_compare(w, G[i], sum, bed_rounding(w->tile.rows + w->l->parts, size),
                  "backward, neuron %u, column %u", j, k);
    }
  free(D);
  free(X);
  free(before);
  free(G);
}

static void check_update(bed *w) {
  float *before = bed_fill(w, RB_BUFFER_W, w->p->d, w->l->ldx);
  float *G = bed_fill(w, RB_BUFFER_G, w->p->d, w->l->ldx);
  SUCCEED(rb_ops_update(w->net, &err_));
  float *W = bed_copy(w, RB_BUFFER_W);
  double keep = 1 - w->p->decay, step = w->p->eta_w * rb_net_mean(w->net);
  for (uint32_t j = 0; j < w->p->m; j++)
    for (uint32_t k = 0; k < w->l->ldx; k++) {
      size_t i = (size_t)j * w->l->ldx + k;
      double kept = keep * before[i], added = step * G[i];
      bed_compare(w, W[i], kept + added, bed_rounding(2, fabs(kept) + fabs(added)),
                  "update, neuron %u, column %u", j, k);
    }
  free(before);
  free(G);
  free(W);
}

/* A random tile of the step's batch, seldom at a task's start or full. */
static void choose_tile(bed *w, bool head) {
  const rb_problem *p = w->p;
  uint32_t n = head ? p->n1 : p->n2;
  uint32_t all = n * (p->inputs == RB_INPUTS_SHARED ? 1 : w->l->chunk);
  w->step = (rb_step){.head = head, .round = rb_random_below(w->random, 1000), .n = n};
  uint32_t position = rb_random_below(w->random, 4) ? rb_random_below(w->random, all) : 0;
  uint32_t whole = head && w->l->fused_head ? w->l->head_rows : 1;
  position = position / whole * whole;
  uint32_t most = all - position < w->l->tile ? all - position : w->l->tile;
  uint32_t rows =
      rb_random_below(w->random, 2) ? most : fixture_between(w->random, 1, most / whole) * whole;
  w->tile = (rb_tile){.rows = rows, .task_local = position / n, .sample_first = position % n};
  w->tile.task_first = w->tile.task_local + rb_random_below(w->random, 100000);
  w->n_tasks = fixture_between(w->random, 1, w->l->chunk);
}

void operations_run(rb_net *net, rb_random *random, operations_check *check) {
  bed room = {.net = net, .p = &net->problem, .l = &net->layout, .random = random, .check = check},
      *w = &room;
  bool shared = w->p->inputs == RB_INPUTS_SHARED, head = w->p->ablation != RB_ABLATION_NO_HEAD;
  w->n_patterns = 1u << w->p->r;
  *check = (operations_check){0};
  choose_tile(w, true);
  check_inputs(w);
  check_labels(w);
  check_samples(w);
  forwards_check_product(w);
  if (head && !shared) {
    check_head_sum(w);
    forwards_check_head(w);
  }
  if (head && shared) {
    check_head_bins(w);
    check_head_from_bins(w);
  }
  choose_tile(w, false);
  if (shared) {
    check_head_to_bins(w);
    check_norms(w);
  }
  check_inputs(w);
  if (!w->l->fused)
    check_activation(w);
  forwards_check_activation(w);
  check_backward(w);
  check_update(w);
  SUCCEED(rb_session_check_guards(net->session, &err_));
}

void operations_words(rb_session *session, const rb_problem *p, const rb_variant *variant,
                      rb_random *random, uint32_t *n_wrong) {
  rb_err err = {0};
  rb_kernel *kernel = NULL;
  rb_buffer *buffer = NULL;
  uint32_t blocks = (p->d + 63) / 64, n = p->n1, rows = fixture_between(random, 1, 2 * n);
  uint32_t sample_first = rb_random_below(random, n), task_first = rb_random_below(random, 1000);
  uint32_t stream_round = RB_STREAM_HEAD | rb_random_below(random, 1 << 16) << 8;
  size_t count = (size_t)rows * blocks * 64;
  uint32_t *found = calloc(count, sizeof *found);
  cr_assert(found);
  char options[64];
  snprintf(options, sizeof options, "-DVW=%u", variant->width);
  cr_assert(rb_kernel_get(session, "inputs", "inputs_words", options, &kernel, &err) &&
                rb_buffer_create(session, "words", count, sizeof *found, &buffer, &err),
            "%s", err.text);
  const rb_arg args[] = {
      rb_arg_buffer(buffer),         rb_arg_u32(blocks),        rb_arg_u32(rows),
      rb_arg_u32((uint32_t)p->seed), rb_arg_u32(p->seed >> 32), rb_arg_u32(stream_round),
      rb_arg_u32(task_first),        rb_arg_u32(sample_first),  rb_arg_u32(n)};
  rb_ndrange range = {blocks * 16, rows, 0, 0};
  cr_assert(
      rb_kernel_launch(session, kernel, range, args, sizeof args / sizeof *args, "test", &err) &&
          rb_buffer_read(buffer, 0, count * sizeof *found, found, "test", &err) &&
          rb_session_check_guards(session, &err),
      "%s", err.text);
  *n_wrong = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t k = (uint32_t)(i % (blocks * 64)), at = sample_first + (uint32_t)(i / (blocks * 64));
    rb_words counter = {{k / 64 * 16 + k % 16, at % n, task_first + at / n, stream_round}};
    *n_wrong += found[i] != rb_philox(p->seed, counter).w[k % 64 / 16];
  }
  rb_buffer_free(buffer);
  free(found);
}
