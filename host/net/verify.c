// SPDX-License-Identifier: Apache-2.0
#include "net/verify.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/half.h"
#include "base/mem.h"
#include "base/philox.h"
#include "model/reference.h"
#include "model/tolerance.h"
#include "net/ops.h"

/* A second or two of one core: 20 ns a normal and 1 GFLOP/s of plain double loops. */
static const double budget_coordinates = 2e7, budget_flop = 2e9;
enum { TASKS_WHEN_SMALLER = 3, TASKS_WHEN_SHARED = 1000, ROUNDS_WHEN_SMALLER = 2 };

static uint32_t least_u32(double a, uint32_t b) {
  return a < b ? (uint32_t)a : b;
}

rb_verify_plan rb_verify_make_plan(const rb_problem *problem) {
  rb_verify_plan plan = {.scope = "full", .problem = *problem};
  rb_problem *p = &plan.problem;
  uint32_t d = rb_problem_inner(problem).d;
  double coordinates = p->rounds * rb_problem_samples(p) * d;
  if (p->inputs == RB_INPUTS_SHARED) /* the reference holds tables and heads of all tasks */
    coordinates += (double)p->rounds * p->T * ldexp(1, (int)p->r);
  if (coordinates > budget_coordinates) {
    plan.smaller = true;
    p->rounds = least_u32(p->rounds, ROUNDS_WHEN_SMALLER);
    bool shared = p->inputs == RB_INPUTS_SHARED;
    p->T = least_u32(p->T, shared ? TASKS_WHEN_SHARED : TASKS_WHEN_SMALLER);
    double n = budget_coordinates / (2.0 * p->rounds * d * (shared ? 1 : p->T));
    n = n < 1 ? 1 : n;
    /* No fewer than decide that heads come from signs, or other kernels would be compared. */
    uint32_t least = least_u32(RB_LAYOUT_HEAD_SAMPLES, p->n1);
    if (!shared && n < least) {
      p->T = least_u32(budget_coordinates / (2.0 * p->rounds * d * least), p->T);
      p->T = p->T < 1 ? 1 : p->T;
      n = least;
    }
    p->n1 = least_u32(n, p->n1);
    p->n2 = least_u32(n, p->n2);
    coordinates = p->rounds * rb_problem_samples(p) * d;
  }
  double rows = budget_flop / (6 * coordinates);
  plan.n_rows = least_u32(rows < 4 ? 4 : rows, p->m);
  if (plan.smaller)
    plan.scope = "neurons+samples";
  else if (plan.n_rows < p->m)
    plan.scope = "neurons";
  return plan;
}

void rb_verify_compare(rb_check *check, double device, double reference, double allowed,
                       const char *what, uint32_t i, const char *unit_i, uint32_t j,
                       const char *unit_j) {
  double difference = fabs(device - reference);
  double error = difference <= allowed                 ? (allowed > 0 ? difference / allowed : 0)
                 : allowed > 0 && isfinite(difference) ? difference / allowed
                                                       : INFINITY;
  if (error <= check->error && check->where[0])
    return;
  check->error = error;
  snprintf(check->where, sizeof check->where,
           "%s of %s %u, %s %u: device %.9g, reference %.9g, allowed %.3g", what, unit_i, i, unit_j,
           j, device, reference, allowed);
}

/* What one verified training holds. */
typedef struct work {
  rb_net *net;
  const rb_problem *p;
  rb_reference reference; /* of the round at hand */
  rb_check *check;
  uint32_t *rows;
  uint32_t n_rows;
  float *W, *W_next, *G, *A, *S; /* (m,d) each but A (chunk,m), S (m,m) or none */
  double *W_double;
  double net_max, net_slack; /* of the rounds so far */
} work;

static bool observe_heads(void *context, rb_net *net, uint32_t first, uint32_t count, rb_err *err) {
  work *w = context;
  const rb_problem *p = w->p;
  if (!rb_net_heads(net, count, w->A, err))
    return false;
  double tolerance = rb_tolerance_head(p->n1, p->d, rb_layout_precision(rb_net_layout(net)));
  for (uint32_t t = 0; t < count; t++)
    for (uint32_t i = 0; i < w->n_rows; i++) {
      size_t at = (size_t)(first + t) * w->n_rows + i;
      rb_verify_compare(w->check, w->A[(size_t)t * p->m + w->rows[i]], w->reference.A[at],
                        w->reference.A_slack[at] + tolerance * w->reference.A_scale[at], "head",
                        first + t, "task", w->rows[i], "neuron");
    }
  return true;
}

static void compare_gradient(work *w) {
  const rb_problem *p = w->p;
  double mean = rb_net_mean(w->net);
  double samples = p->inputs == RB_INPUTS_SHARED ? p->n2 : (double)p->T * p->n2;
  double tolerance = rb_tolerance_gradient(samples, rb_layout_precision(rb_net_layout(w->net)));
  for (uint32_t i = 0; i < w->n_rows; i++)
    for (uint32_t k = 0; k < p->d; k++) {
      size_t at = (size_t)i * p->d + k;
      rb_verify_compare(w->check, mean * w->G[(size_t)w->rows[i] * p->d + k], w->reference.G[at],
                        w->reference.G_slack[at] + tolerance * w->reference.G_scale[at], "gradient",
                        w->rows[i], "neuron", k, "coordinate");
    }
}

static void compare_covariance(work *w) {
  const rb_problem *p = w->p;
  const rb_reference *reference = &w->reference;
  double mean = rb_net_mean(w->net);
  double samples = p->inputs == RB_INPUTS_SHARED ? p->n2 : (double)p->T * p->n2;
  double tolerance = rb_tolerance_product(samples) +
                     rb_tolerance_operands(rb_layout_precision(rb_net_layout(w->net)));
  for (uint32_t i = 0; reference->S && i < w->n_rows; i++)
    for (uint32_t k = 0; k < w->n_rows; k++) {
      size_t at = (size_t)i * w->n_rows + k;
      rb_verify_compare(w->check, mean * mean * w->S[(size_t)w->rows[i] * p->m + w->rows[k]],
                        reference->S[at],
                        reference->S_slack[at] + tolerance * reference->S_scale[at], "covariance",
                        w->rows[i], "neuron", w->rows[k], "neuron");
    }
}

/* W+ = keep W + step G from the device's own G: three roundings of either term, and those of the
 * factors. */
static void compare_update(work *w) {
  const rb_problem *p = w->p;
  double keep = 1 - p->decay, step = p->eta_w * rb_net_mean(w->net);
  for (uint32_t j = 0; j < p->m; j++)
    for (uint32_t k = 0; k < p->d; k++) {
      size_t at = (size_t)j * p->d + k;
      double kept = keep * w->W[at], added = step * w->G[at];
      rb_verify_compare(w->check, w->W_next[at], kept + added,
                        4 * 0x1p-24 * (fabs(kept) + fabs(added)), "updated weight", j, "neuron", k,
                        "coordinate");
    }
}

/* The largest |net| of all rounds so far; with shared inputs the device knows a bound from above.
 */
static bool compare_net(work *w, uint32_t round, rb_err *err) {
  double device;
  if (w->reference.net_max < 0)
    return true;
  w->net_max = fmax(w->net_max, w->reference.net_max);
  w->net_slack = fmax(w->net_slack, w->reference.net_slack);
  if (!rb_net_largest(w->net, &device, err))
    return false;
  if (w->p->inputs != RB_INPUTS_SHARED || !(device >= w->net_max))
    rb_verify_compare(w->check, device, w->net_max, w->net_slack, "largest |net|", round, "round",
                      w->p->m, "neurons");
  return true;
}

static bool verified_round(work *w, uint32_t round, rb_err *err) {
  const rb_problem *p = w->p;
  size_t size = (size_t)p->m * p->d;
  if (!rb_net_weights(w->net, w->W, err))
    return false;
  for (size_t i = 0; i < size; i++)
    w->W_double[i] = w->W[i];
  if (!rb_reference_round(p, round, w->W_double, w->rows, w->n_rows, rb_tolerance_sign(p->d),
                          rb_layout_precision(rb_net_layout(w->net)), &w->reference, err))
    return false;
  rb_net_observe(w->net, observe_heads, w);
  bool ok = rb_net_device_round(w->net, round, err) && rb_net_gradient(w->net, w->G, err) &&
            rb_net_weights(w->net, w->W_next, err) &&
            (p->outside == 0 || rb_net_covariance(w->net, w->S, err));
  rb_net_observe(w->net, NULL, NULL);
  if (ok) {
    compare_gradient(w);
    compare_covariance(w);
    compare_update(w);
    ok = compare_net(w, round, err) && rb_net_fold(w->net, round, w->W, err);
  }
  rb_reference_free(&w->reference);
  return ok;
}

static int ascending(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/* First, last and random others, ascending; all of them when n_rows == m. */
static void choose_rows(const rb_problem *p, uint32_t *rows, uint32_t n_rows) {
  rb_random random = rb_random_make(p->seed, RB_STREAM_CHECK);
  uint32_t n = 0;
  while (n < n_rows) {
    uint32_t row = n_rows == p->m ? n
                   : n == 0       ? 0
                   : n == 1       ? p->m - 1
                                  : rb_random_below(&random, p->m);
    bool new = true;
    for (uint32_t i = 0; i < n && n_rows < p->m; i++)
      new = new &&rows[i] != row;
    if (new)
      rows[n++] = row;
  }
  qsort(rows, n_rows, sizeof *rows, ascending);
}

static bool allocate(work *w, rb_err *err) {
  size_t size = (size_t)w->p->m * w->p->d;
  return rb_alloc((void **)&w->rows, w->n_rows, sizeof *w->rows, "rows to verify", err) &&
         rb_alloc((void **)&w->W, size, sizeof(float), "weights", err) &&
         rb_alloc((void **)&w->W_next, size, sizeof(float), "weights", err) &&
         rb_alloc((void **)&w->G, size, sizeof(float), "gradient", err) &&
         rb_alloc((void **)&w->A, (size_t)rb_net_layout(w->net)->chunk * w->p->m, sizeof(float),
                  "heads", err) &&
         rb_alloc((void **)&w->S, w->p->outside ? (size_t)w->p->m * w->p->m : 0, sizeof(float),
                  "covariance", err) &&
         rb_alloc((void **)&w->W_double, size, sizeof(double), "weights", err);
}

bool rb_verify_train(rb_net *net, uint32_t n_rows, float *W_last, rb_check *check, rb_err *err) {
  work w = {.net = net, .p = rb_net_problem(net), .check = check, .n_rows = n_rows};
  *check = (rb_check){0};
  bool ok = allocate(&w, err);
  if (ok)
    choose_rows(w.p, w.rows, n_rows);
  for (uint32_t round = 0; ok && round < w.p->rounds; round++) {
    ok = verified_round(&w, round, err);
    if (check->error > 1) { /* later rounds would only repeat it */
      size_t used = strlen(check->where);
      snprintf(check->where + used, sizeof check->where - used, " (round %u)", round);
      for (round++; ok && round < w.p->rounds; round++)
        ok = rb_net_weights(net, w.W, err) && rb_net_round(net, round, err);
    }
  }
  if (ok && W_last)
    memcpy(W_last, w.W, (size_t)w.p->m * w.p->d * sizeof(float));
  free(w.rows);
  free(w.W);
  free(w.W_next);
  free(w.G);
  free(w.A);
  free(w.S);
  free(w.W_double);
  return ok;
}

/* One tile's data on the host. */
typedef struct tile_data {
  uint32_t rows, ldx, ldm, d, m;
  float *X, *Z, *D, *G, *W;
  float *heads;      /* (tasks or patterns, ldm) */
  float *Y;          /* (rows) label, or 1 where inputs are shared */
  uint32_t *head_of; /* (rows) which row of heads */
  double *x_norm2;   /* (rows) |x|^2 */
} tile_data;

/* Operands as the products take them, D with the power of two that it is multiplied by. */
static void round_operands(tile_data *t, const rb_net *net) {
  float up = rb_ops_heads_up(net);
  if (rb_layout_precision(&net->layout) != RB_PRECISION_HALF)
    return;
  for (size_t i = 0; i < (size_t)t->rows * t->ldx; i++)
    t->X[i] = rb_half_round(t->X[i]);
  for (size_t i = 0; i < (size_t)t->m * t->d; i++)
    t->W[i] = rb_half_round(t->W[i]);
  for (size_t i = 0; i < (size_t)t->rows * t->ldm; i++)
    t->D[i] = rb_half_round(up * t->D[i]) / up;
}

/* By one vector an error of a row escapes where the true sum happens to be near zero: one of a
 * hundredth at d = 60 once in some thousand rows. */
enum { RANDOM_VECTORS = 2 };

/* Z t against X (W^T t), t random signs. Rounding errors of an inner product of zero-mean terms
 * have standard deviation below u |x||w| (Higham and Mary 2020), and signs add them up like
 * independent ones: six of them. */
static void compare_forward(const tile_data *t, uint32_t vector, rb_random *random, double *v,
                            double *sign, rb_check *check) {
  double W_norm2 = 0;
  memset(v, 0, t->d * sizeof *v);
  for (uint32_t j = 0; j < t->m; j++) {
    sign[j] = rb_random_u32(random) >> 31 ? 1 : -1;
    for (uint32_t k = 0; k < t->d; k++) {
      double w = t->W[(size_t)j * t->d + k];
      v[k] += sign[j] * w;
      W_norm2 += w * w;
    }
  }
  for (uint32_t s = 0; s < t->rows; s++) {
    double left = 0, right = 0;
    for (uint32_t j = 0; j < t->m; j++)
      left += t->Z[(size_t)s * t->ldm + j] * sign[j];
    for (uint32_t k = 0; k < t->d; k++)
      right += t->X[(size_t)s * t->ldx + k] * v[k];
    rb_verify_compare(check, left, right, 6 * 0x1p-24 * sqrt(t->x_norm2[s] * W_norm2),
                      "product X W^T", s, "row", vector, "random vector");
  }
}

/* D against y a 1[z > 0], which is exact but where z is within its rounding of 0: the product that
 * ends with D may round it otherwise. */
static void compare_activation(const tile_data *t, rb_check *check) {
  for (uint32_t j = 0; j < t->m; j++) {
    double w_norm2 = 0;
    for (uint32_t k = 0; k < t->d; k++)
      w_norm2 += (double)t->W[(size_t)j * t->d + k] * t->W[(size_t)j * t->d + k];
    for (uint32_t s = 0; s < t->rows; s++) {
      size_t at = (size_t)s * t->ldm + j;
      double on = (double)t->Y[s] * t->heads[(size_t)t->head_of[s] * t->ldm + j];
      bool either = fabs(t->Z[at]) <= 6 * 0x1p-24 * sqrt(t->x_norm2[s] * w_norm2);
      if (!either || t->D[at] != (float)on)
        rb_verify_compare(check, t->D[at], t->Z[at] > 0 && !either ? on : 0, 0, "D", s, "row", j,
                          "neuron");
    }
  }
}

/* (D^T X) v against D^T (X v): the same with rows as the inner length. */
static void compare_backward(const tile_data *t, uint32_t vector, rb_random *random, double *Xv,
                             double *sign, rb_check *check) {
  for (uint32_t k = 0; k < t->d; k++)
    sign[k] = rb_random_u32(random) >> 31 ? 1 : -1;
  for (uint32_t s = 0; s < t->rows; s++) {
    Xv[s] = 0;
    for (uint32_t k = 0; k < t->d; k++)
      Xv[s] += t->X[(size_t)s * t->ldx + k] * sign[k];
  }
  for (uint32_t j = 0; j < t->m; j++) {
    double left = 0, right = 0, size2 = 0;
    for (uint32_t k = 0; k < t->d; k++)
      left += t->G[(size_t)j * t->d + k] * sign[k];
    for (uint32_t s = 0; s < t->rows; s++) {
      double dz = t->D[(size_t)s * t->ldm + j];
      right += dz * Xv[s];
      size2 += dz * dz * t->x_norm2[s];
    }
    rb_verify_compare(check, left, right, 6 * 0x1p-24 * sqrt(t->rows * size2), "product D^T X", j,
                      "neuron", vector, "random vector");
  }
}

static bool read_rows(rb_net *net, rb_net_buffer which, size_t rows, float **out, rb_err *err) {
  size_t ld = which == RB_BUFFER_X ? net->layout.ldx : net->layout.ldm;
  return rb_alloc((void **)out, rows * ld, sizeof(float), "tile", err) &&
         rb_net_rows(net, which, rows, *out, err);
}

/* Labels, and which heads a row has. */
static bool read_labels(rb_net *net, tile_data *t, rb_err *err) {
  bool shared = net->problem.inputs == RB_INPUTS_SHARED;
  rb_net_buffer which = shared ? RB_BUFFER_patterns : RB_BUFFER_Y;
  void *to = NULL;
  if (!rb_alloc((void **)&t->Y, t->rows, sizeof *t->Y, "labels", err) ||
      !rb_alloc((void **)&t->head_of, t->rows, sizeof *t->head_of, "labels", err))
    return false;
  to = shared ? (void *)t->head_of : (void *)t->Y;
  for (uint32_t s = 0; s < t->rows; s++) {
    t->Y[s] = 1;
    t->head_of[s] = s / net->problem.n2;
  }
  return rb_buffer_read(net->buffers[which], 0, t->rows * sizeof(float), to, "readback", err);
}

/* The commands of one tile of round 0; heads random, so that D is not zero. */
static bool run_tile(rb_net *net, tile_data *t, rb_random *random, rb_err *err) {
  const rb_layout *l = &net->layout;
  rb_step step = {.head = false, .n = net->problem.n2};
  rb_tile tile = {.rows = t->rows};
  bool shared = net->problem.inputs == RB_INPUTS_SHARED;
  rb_net_buffer which = shared ? RB_BUFFER_C : RB_BUFFER_A;
  size_t n_heads = l->counts[which];
  if (!rb_alloc((void **)&t->heads, n_heads, sizeof(float), "heads", err))
    return false;
  for (size_t i = 0; i < n_heads; i++)
    if (i % l->ldm < net->problem.m)
      t->heads[i] = (float)(net->problem.eta_a * rb_random_normal(random));
  return rb_buffer_write(net->buffers[which], 0, n_heads * sizeof(float), t->heads, "setup", err) &&
         rb_buffer_zero(net->buffers[RB_BUFFER_G], "setup", err) && rb_ops_pack(net, err) &&
         rb_ops_pack_values(net, err) && rb_ops_samples(net, step, tile, err) &&
         read_labels(net, t, err) && rb_ops_forward(net, step, tile, err) &&
         read_rows(net, RB_BUFFER_X, t->rows, &t->X, err) &&
         read_rows(net, RB_BUFFER_Z, t->rows, &t->Z, err) &&
         rb_ops_forward_activation(net, step, tile, err) && rb_ops_backward(net, step, tile, err) &&
         rb_ops_gradient_sum(net, err) &&
         rb_alloc((void **)&t->D, (size_t)t->rows * l->ldm, sizeof(float), "tile", err) &&
         rb_net_tile_weights(net, step, tile, t->D, err) &&
         rb_alloc((void **)&t->G, (size_t)t->m * t->d, sizeof(float), "gradient", err) &&
         rb_net_gradient(net, t->G, err) &&
         rb_alloc((void **)&t->W, (size_t)t->m * t->d, sizeof(float), "weights", err) &&
         rb_net_weights(net, t->W, err);
}

bool rb_verify_products(rb_net *net, rb_check *check, rb_err *err) {
  const rb_problem *p = &net->problem;
  const rb_layout *l = &net->layout;
  uint64_t samples = (uint64_t)p->n2 * (p->inputs == RB_INPUTS_SHARED ? 1 : l->chunk);
  tile_data t = {.rows = least_u32((double)samples, l->tile),
                 .ldx = l->ldx,
                 .ldm = l->ldm,
                 .d = p->d,
                 .m = p->m};
  rb_random random = rb_random_make(p->seed, RB_STREAM_CHECK);
  double *v = NULL, *sign = NULL;
  uint32_t most = t.rows > t.d ? t.rows : t.d;
  bool ok = rb_alloc((void **)&v, most, sizeof *v, "random vector", err) &&
            rb_alloc((void **)&sign, t.m > t.d ? t.m : t.d, sizeof *sign, "random vector", err) &&
            rb_alloc((void **)&t.x_norm2, t.rows, sizeof(double), "norms", err) &&
            run_tile(net, &t, &random, err);
  if (ok) {
    for (size_t i = 0; i < (size_t)t.rows * t.ldx; i++)
      t.x_norm2[i / t.ldx] += (double)t.X[i] * t.X[i];
    compare_activation(&t, check);
    round_operands(&t, net);
    for (uint32_t vector = 0; vector < RANDOM_VECTORS; vector++) {
      compare_forward(&t, vector, &random, v, sign, check);
      compare_backward(&t, vector, &random, v, sign, check);
    }
    ok = rb_net_restore(net, err);
  }
  free(v);
  free(sign);
  free(t.heads);
  free(t.Y);
  free(t.head_of);
  free(t.x_norm2);
  free(t.X);
  free(t.Z);
  free(t.D);
  free(t.G);
  free(t.W);
  return ok;
}
