// SPDX-License-Identifier: Apache-2.0
#include "operations.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model/inputs.h"
#include "model/tolerance.h"

/* What the operations see. Copies of buffers are of floats (patterns and tables of their own
 * types) and whole. */
typedef struct work {
  rb_net *net;
  const rb_problem *p;
  const rb_layout *l;
  rb_random *random;
  operations_check *check;
  rb_step step;
  rb_tile tile;
  uint32_t n_tasks, n_patterns; /* tasks whose heads are used, 2^r */
} work;

#define SUCCEED(call)                                                                              \
  do {                                                                                             \
    rb_err err_ = {0};                                                                             \
    bool ok_ = (call);                                                                             \
    cr_assert(ok_, "%s: %s", fixture_describe(w->p, w->l), err_.text);                             \
  } while (0)

/* A float sum of k terms, with up to three more roundings of its parts, of this magnitude. */
static double rounding(double k, double magnitude) {
  return rb_tolerance_product(k + 3) * magnitude;
}

static void compare(work *w, double device, double host, double allowed, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
static void compare(work *w, double device, double host, double allowed, const char *format, ...) {
  double difference = fabs(device - host);
  if (difference == 0)
    return;
  double error = allowed > 0 && isfinite(difference) ? difference / allowed : INFINITY;
  if (error <= w->check->error)
    return;
  char what[64];
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  w->check->error = error;
  snprintf(w->check->where, sizeof w->check->where,
           "%s: device %.9g, host %.9g, allowed %.3g (tile of %u rows)", what, device, host,
           allowed, w->tile.rows);
}

/* Floats in a row of X or Z; 0 for any other buffer, and where rows are as they are. */
static size_t row_of(const work *w, rb_net_buffer which) {
  return w->l->panel == 0       ? 0
         : which == RB_BUFFER_X ? w->l->ldx
         : which == RB_BUFFER_Z ? w->l->ldm
                                : 0;
}

/* Between panels and rows: to and from (count floats). */
static void turn(const work *w, size_t ld, size_t count, const float *from, float *to,
                 bool into_panels) {
  for (size_t i = 0; i < count; i++) {
    size_t at = rb_layout_at(w->l, i / ld, i % ld, ld);
    if (into_panels)
      to[at] = from[i];
    else
      to[i] = from[at];
  }
}

static void *copy_of(work *w, rb_net_buffer which) {
  size_t bytes = w->l->counts[which] * rb_layout_sizes[which];
  void *out = calloc(bytes + 1, 1);
  cr_assert(out);
  SUCCEED(rb_buffer_read(w->net->buffers[which], 0, bytes, out, "test", &err_));
  if (row_of(w, which)) {
    float *rows = calloc(bytes + 1, 1);
    cr_assert(rows);
    turn(w, row_of(w, which), w->l->counts[which], out, rows, false);
    free(out);
    return rows;
  }
  return out;
}

static void put(work *w, rb_net_buffer which, const void *data) {
  size_t bytes = w->l->counts[which] * rb_layout_sizes[which];
  if (row_of(w, which) == 0) {
    SUCCEED(rb_buffer_write(w->net->buffers[which], 0, bytes, data, "test", &err_));
    return;
  }
  float *panels = calloc(bytes + 1, 1);
  cr_assert(panels);
  turn(w, row_of(w, which), w->l->counts[which], data, panels, true);
  SUCCEED(rb_buffer_write(w->net->buffers[which], 0, bytes, panels, "test", &err_));
  free(panels);
}

/* Rows of `pad` floats, the first `width` of them random and a tenth of these zero, into the
 * buffer; the copy is the caller's. */
static float *fill(work *w, rb_net_buffer which, uint32_t width, uint32_t pad) {
  size_t n = w->l->counts[which];
  float *out = calloc(n + 1, sizeof *out);
  cr_assert(out);
  for (size_t i = 0; i < n; i++)
    if (i % pad < width && rb_random_below(w->random, 10) != 0)
      out[i] = (float)rb_random_normal(w->random);
  put(w, which, out);
  return out;
}

static float *fill_signs(work *w, rb_net_buffer which) {
  size_t n = w->l->counts[which];
  float *out = calloc(n + 1, sizeof *out);
  cr_assert(out);
  for (size_t i = 0; i < n; i++)
    out[i] = rb_random_below(w->random, 2) ? 1.0f : -1.0f;
  put(w, which, out);
  return out;
}

static uint32_t *fill_patterns(work *w) {
  size_t n = w->l->counts[RB_BUFFER_patterns];
  uint32_t *out = calloc(n + 1, sizeof *out);
  cr_assert(out);
  for (size_t i = 0; i < n; i++)
    out[i] = rb_random_below(w->random, w->n_patterns);
  put(w, RB_BUFFER_patterns, out);
  return out;
}

static int8_t *fill_tables(work *w) {
  size_t n = w->l->counts[RB_BUFFER_tables];
  int8_t *out = calloc(n + 1, 1);
  cr_assert(out);
  for (size_t i = 0; i < n; i++)
    out[i] = rb_random_below(w->random, 2) ? 1 : -1;
  put(w, RB_BUFFER_tables, out);
  return out;
}

static uint32_t task_of(const work *w, uint32_t row) {
  return w->tile.task_local + (w->tile.sample_first + row) / w->step.n;
}

static void check_inputs(work *w) {
  uint32_t ldx = w->l->ldx, d = w->p->d;
  float *before = fill(w, RB_BUFFER_X, d, ldx);
  SUCCEED(rb_ops_inputs(w->net, w->step, w->tile, &err_));
  float *X = copy_of(w, RB_BUFFER_X);
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
      compare(w, X[i], drawn ? x[k] : before[i], drawn ? allowed : 0, "inputs, row %u, column %u",
              s, k);
    }
  }
  free(before);
  free(X);
  free(x);
}

/* Signs that rounding leaves open may be either. */
static void check_labels(work *w) {
  uint32_t ldx = w->l->ldx, d = w->p->d, r = w->p->r;
  bool per_task = w->p->inputs == RB_INPUTS_PER_TASK;
  float *X = fill(w, RB_BUFFER_X, d, ldx), *M = fill(w, RB_BUFFER_M, d, ldx);
  float *Y_before = fill_signs(w, RB_BUFFER_Y);
  int8_t *tables = fill_tables(w);
  uint32_t *before = fill_patterns(w);
  SUCCEED(rb_ops_labels(w->net, w->step, w->tile, &err_));
  float *Y = copy_of(w, RB_BUFFER_Y);
  uint32_t *patterns = copy_of(w, RB_BUFFER_patterns);
  for (uint32_t s = 0; s < w->l->tile; s++) {
    bool mine = s < w->tile.rows;
    uint32_t pattern = patterns[s];
    for (uint32_t k = 0; mine && k < r; k++) {
      double u = 0, size = 0;
      for (uint32_t c = 0; c < d; c++) {
        double term = (double)X[(size_t)s * ldx + c] * M[(size_t)k * ldx + c];
        u += term;
        size += fabs(term);
      }
      if (fabs(u) > rounding(d, size) || size == 0)
        compare(w, pattern >> k & 1, u >= 0, 0, "labels, row %u, bit %u", s, k);
    }
    if (mine)
      compare(w, pattern < w->n_patterns, 1, 0, "labels, row %u, a pattern of r bits", s);
    else
      compare(w, pattern, before[s], 0, "labels, pattern of row %u", s);
    double y = Y_before[s];
    if (mine && per_task && pattern < w->n_patterns)
      y = tables[(size_t)task_of(w, s) * w->n_patterns + pattern];
    compare(w, Y[s], y, 0, "labels, label of row %u", s);
  }
  free(X);
  free(M);
  free(Y_before);
  free(tables);
  free(before);
  free(Y);
  free(patterns);
}

static void check_forward(work *w) {
  uint32_t ldx = w->l->ldx, ldm = w->l->ldm, d = w->p->d, m = w->p->m;
  float *X = fill(w, RB_BUFFER_X, d, ldx), *W = fill(w, RB_BUFFER_W, d, ldx);
  float *before = fill(w, RB_BUFFER_Z, m, ldm);
  SUCCEED(rb_ops_pack(w->net, &err_));
  SUCCEED(rb_ops_forward(w->net, w->step, w->tile, &err_));
  float *Z = copy_of(w, RB_BUFFER_Z);
  for (uint32_t s = 0; s < w->l->tile; s++)
    for (uint32_t j = 0; j < ldm; j++) {
      size_t i = (size_t)s * ldm + j;
      double sum = before[i], size = 0;
      if (s < w->tile.rows && j < m) {
        sum = 0;
        for (uint32_t k = 0; k < d; k++) {
          double term = (double)X[(size_t)s * ldx + k] * W[(size_t)j * ldx + k];
          sum += term;
          size += fabs(term);
        }
      }
      compare(w, Z[i], sum, rounding(d, size), "forward, row %u, neuron %u", s, j);
    }
  free(X);
  free(W);
  free(before);
  free(Z);
}

static void check_head_sum(work *w) {
  uint32_t ldm = w->l->ldm, m = w->p->m;
  float *Z = fill(w, RB_BUFFER_Z, m, ldm), *Y = fill_signs(w, RB_BUFFER_Y);
  float *before = fill(w, RB_BUFFER_A, m, ldm);
  SUCCEED(rb_ops_head_sum(w->net, w->step, w->tile, &err_));
  float *A = copy_of(w, RB_BUFFER_A);
  double scale = w->p->eta_a / w->p->n1;
  for (uint32_t t = 0; t < w->l->chunk; t++)
    for (uint32_t j = 0; j < ldm; j++) {
      size_t i = (size_t)t * ldm + j;
      double sum = before[i], size = 0, n = 0;
      for (uint32_t s = 0; s < w->tile.rows; s++)
        if (task_of(w, s) == t) {
          double term = scale * Y[s] * fmax(Z[(size_t)s * ldm + j], 0);
          sum += term;
          size += fabs(term);
          n++;
        }
      compare(w, A[i], sum, n > 0 ? rounding(n, size + fabs(before[i])) : 0,
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

static void check_head_bins(work *w) {
  uint32_t ldm = w->l->ldm, m = w->p->m;
  float *Z = fill(w, RB_BUFFER_Z, m, ldm), *before = fill(w, RB_BUFFER_R, m, ldm);
  free(fill(w, RB_BUFFER_tile_R, m, ldm));
  uint32_t *patterns = fill_patterns(w);
  SUCCEED(rb_ops_head_bins(w->net, w->step, w->tile, &err_));
  SUCCEED(rb_ops_bins_sum(w->net, &err_));
  float *R = copy_of(w, RB_BUFFER_R);
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
      compare(w, R[i], sum, n > 0 ? rounding(n, size) : 0, "head_bins, pattern %u, neuron %u", q,
              j);
    }
  free(Z);
  free(before);
  free(patterns);
  free(R);
}

static void check_head_from_bins(work *w) {
  uint32_t ldm = w->l->ldm, m = w->p->m, P = w->n_patterns;
  float *R = fill(w, RB_BUFFER_R, m, ldm), *before = fill(w, RB_BUFFER_A, m, ldm);
  int8_t *tables = fill_tables(w);
  SUCCEED(rb_ops_head_from_bins(w->net, w->n_tasks, &err_));
  float *A = copy_of(w, RB_BUFFER_A);
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
      compare(w, A[i], sum, rounding(P, size), "head_from_bins, task %u, neuron %u", t, j);
    }
  free(R);
  free(before);
  free(tables);
  free(A);
}

static void check_head_to_bins(work *w) {
  uint32_t ldm = w->l->ldm, m = w->p->m, P = w->n_patterns;
  float *A = fill(w, RB_BUFFER_A, m, ldm), *before = fill(w, RB_BUFFER_C, m, ldm);
  int8_t *tables = fill_tables(w);
  SUCCEED(rb_ops_head_to_bins(w->net, w->n_tasks, &err_));
  float *C = copy_of(w, RB_BUFFER_C);
  for (uint32_t q = 0; q < P; q++)
    for (uint32_t j = 0; j < ldm; j++) {
      size_t i = (size_t)q * ldm + j;
      double sum = before[i], size = fabs(before[i]);
      for (uint32_t t = 0; t < w->n_tasks; t++) {
        double term = (double)tables[(size_t)t * P + q] * A[(size_t)t * ldm + j] / w->p->T;
        sum += term;
        size += fabs(term);
      }
      compare(w, C[i], sum, rounding(w->n_tasks, size), "head_to_bins, pattern %u, neuron %u", q,
              j);
    }
  free(A);
  free(before);
  free(tables);
  free(C);
}

/* largest[slot] of values[0..n) and of what was there; the other slot is kept. */
static void compare_largest(work *w, const float *before, const float *values, uint32_t n,
                            uint32_t slot) {
  float *found = copy_of(w, RB_BUFFER_largest), most = before[slot];
  for (uint32_t s = 0; s < n; s++)
    most = fmaxf(most, values[s]);
  compare(w, found[slot], most, 0, "activation_max, slot %u", slot);
  compare(w, found[1 - slot], before[1 - slot], 0, "activation_max, slot %u", 1 - slot);
  free(found);
}

/* Either below what comes, so that it must be replaced, or above. */
static float *fill_largest(work *w) {
  float *out = calloc(2, sizeof *out);
  cr_assert(out);
  for (int slot = 0; slot < 2; slot++)
    out[slot] = rb_random_below(w->random, 2) ? 0.0f : 1e30f;
  put(w, RB_BUFFER_largest, out);
  return out;
}

static void check_norms(work *w) {
  uint32_t ldm = w->l->ldm, m = w->p->m;
  float *A = fill(w, RB_BUFFER_A, m, ldm), *before = fill(w, RB_BUFFER_norms, 1, 1);
  float *largest = fill_largest(w);
  SUCCEED(rb_ops_norms(w->net, w->n_tasks, &err_));
  float *norms = copy_of(w, RB_BUFFER_norms);
  for (uint32_t t = 0; t < w->l->chunk; t++) {
    double sum = t < w->n_tasks ? 0 : before[t], size = 0;
    for (uint32_t j = 0; t < w->n_tasks && j < m; j++) {
      size += (double)A[(size_t)t * ldm + j] * A[(size_t)t * ldm + j];
      sum = size;
    }
    compare(w, norms[t], sum, rounding(m, size), "activation_norms, task %u", t);
  }
  compare_largest(w, largest, norms, w->n_tasks, 1);
  free(A);
  free(before);
  free(largest);
  free(norms);
}

/* D is a selection and a sign, so it is exact. */
static void check_activation(work *w) {
  uint32_t ldm = w->l->ldm, m = w->p->m;
  bool shared = w->p->inputs == RB_INPUTS_SHARED;
  rb_net_buffer heads_buffer = shared ? RB_BUFFER_C : RB_BUFFER_A;
  float *Z = fill(w, RB_BUFFER_Z, m, ldm), *Y = fill_signs(w, RB_BUFFER_Y);
  float *heads = fill(w, heads_buffer, m, ldm), *before = fill(w, RB_BUFFER_net, 1, 1);
  uint32_t *patterns = fill_patterns(w);
  float *largest = fill_largest(w);
  SUCCEED(rb_ops_activation(w->net, w->step, w->tile, &err_));
  float *D = copy_of(w, RB_BUFFER_Z), *net = copy_of(w, RB_BUFFER_net);
  for (uint32_t s = 0; s < w->l->tile; s++) {
    double sum = 0, size = 0;
    bool mine = s < w->tile.rows;
    for (uint32_t j = 0; j < ldm; j++) {
      size_t i = (size_t)s * ldm + j;
      double z = Z[i], dz = z;
      if (mine) {
        double weight = heads[(size_t)(shared ? patterns[s] : task_of(w, s)) * ldm + j];
        dz = z > 0 ? (shared ? weight : Y[s] * weight) : 0;
        double term = z > 0 ? z * (shared ? z : weight) : 0;
        sum += term;
        size += fabs(term);
      }
      compare(w, D[i], dz, 0, "activation, D of row %u, neuron %u", s, j);
    }
    compare(w, net[s], mine ? fabs(sum) : before[s], rounding(m, size), "activation, net of row %u",
            s);
  }
  compare_largest(w, largest, net, w->tile.rows, 0);
  free(Z);
  free(Y);
  free(heads);
  free(before);
  free(patterns);
  free(largest);
  free(D);
  free(net);
}

static void check_backward(work *w) {
  uint32_t ldx = w->l->ldx, ldm = w->l->ldm, d = w->p->d, m = w->p->m;
  float *D = fill(w, RB_BUFFER_Z, m, ldm), *X = fill(w, RB_BUFFER_X, d, ldx);
  float *before = fill(w, RB_BUFFER_G, d, ldx);
  SUCCEED(rb_ops_backward(w->net, w->step, w->tile, &err_));
  SUCCEED(rb_ops_gradient_sum(w->net, &err_));
  float *G = copy_of(w, RB_BUFFER_G);
  for (uint32_t j = 0; j < m; j++)
    for (uint32_t k = 0; k < ldx; k++) {
      size_t i = (size_t)j * ldx + k;
      double size = 0, sum = parts_of(before, w->l->parts, (size_t)m * ldx, i, &size);
      for (uint32_t s = 0; k < d && s < w->tile.rows; s++) {
        double term = (double)D[(size_t)s * ldm + j] * X[(size_t)s * ldx + k];
        sum += term;
        size += fabs(term);
      }
      compare(w, G[i], sum, rounding(w->tile.rows + w->l->parts, size),
              "backward, neuron %u, column %u", j, k);
    }
  free(D);
  free(X);
  free(before);
  free(G);
}

static void check_update(work *w) {
  float *before = fill(w, RB_BUFFER_W, w->p->d, w->l->ldx);
  float *G = fill(w, RB_BUFFER_G, w->p->d, w->l->ldx);
  SUCCEED(rb_ops_update(w->net, &err_));
  float *W = copy_of(w, RB_BUFFER_W);
  double keep = 1 - w->p->decay, step = w->p->eta_w * rb_net_mean(w->net);
  for (uint32_t j = 0; j < w->p->m; j++)
    for (uint32_t k = 0; k < w->l->ldx; k++) {
      size_t i = (size_t)j * w->l->ldx + k;
      double kept = keep * before[i], added = step * G[i];
      compare(w, W[i], kept + added, rounding(2, fabs(kept) + fabs(added)),
              "update, neuron %u, column %u", j, k);
    }
  free(before);
  free(G);
  free(W);
}

/* A random tile of the step's batch, seldom at a task's start or full. */
static void choose_tile(work *w, bool head) {
  const rb_problem *p = w->p;
  uint32_t n = head ? p->n1 : p->n2;
  uint32_t all = n * (p->inputs == RB_INPUTS_SHARED ? 1 : w->l->chunk);
  w->step = (rb_step){.head = head, .round = rb_random_below(w->random, 1000), .n = n};
  uint32_t position = rb_random_below(w->random, 4) ? rb_random_below(w->random, all) : 0;
  uint32_t most = all - position < w->l->tile ? all - position : w->l->tile;
  w->tile =
      (rb_tile){.rows = rb_random_below(w->random, 2) ? most : fixture_between(w->random, 1, most),
                .task_local = position / n,
                .sample_first = position % n};
  w->tile.task_first = w->tile.task_local + rb_random_below(w->random, 100000);
  w->n_tasks = fixture_between(w->random, 1, w->l->chunk);
}

void operations_run(rb_net *net, rb_random *random, operations_check *check) {
  work room = {.net = net, .p = &net->problem, .l = &net->layout, .random = random, .check = check},
       *w = &room;
  bool shared = w->p->inputs == RB_INPUTS_SHARED, head = w->p->ablation != RB_ABLATION_NO_HEAD;
  w->n_patterns = 1u << w->p->r;
  *check = (operations_check){0};
  choose_tile(w, true);
  check_inputs(w);
  check_labels(w);
  check_forward(w);
  if (head && !shared)
    check_head_sum(w);
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
  check_activation(w);
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
  rb_range range = {blocks * 16, rows, 0, 0};
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
