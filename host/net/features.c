// SPDX-License-Identifier: Apache-2.0
/* A trial is the head step of a network with one task, so it runs on one: its weights are set anew
 * for every trial, and its two sums are A = Phi^T y and S = Phi^T Phi. What the test samples need
 * of W is their pre-activations, which stay on the device. */
#include "net/features.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "cl/spans.h"
#include "model/heads.h"
#include "model/inputs.h"
#include "model/tasks.h"
#include "model/tolerance.h"
#include "net/ops.h"

typedef struct pretraining {
  uint64_t seed;
  float *W;           /* (m,d) */
  float *M;           /* (r,ldx) */
  double *norm2;      /* (m) |w_j|^2 */
  rb_buffer *Z;       /* (tests, ldm) pre-activations of the test samples */
  uint32_t *patterns; /* (tests) theirs */
} pretraining;

struct rb_features {
  rb_net *net;
  rb_kernel *features, *answer;
  uint32_t m, count, n_tests;
  pretraining *all;   /* (count) */
  rb_buffer *neurons; /* (ldm) of a trial */
  rb_buffer *biases;  /* (ldm) */
  rb_buffer *heads;   /* (ldm) */
  rb_buffer *net_out; /* (tests) */
  /* on the host, of a trial */
  uint32_t *chosen;                          /* (m) */
  float *bias, *padded, *gram_float, *tests; /* (ldm), (m,ldx), (m,m), (tests) */
  double *gram, *rhs, *head;                 /* (m,m), (m), (m) */
  float *phi;                                /* (n_phi, m) hinge only, grown when needed */
  size_t n_phi;
  double scale;
};

/* The network that trials run on: eta_a / n1 = 1 makes A the plain sum, and something outside makes
 * S wanted. */
static rb_problem trial_problem(const rb_problem *problem, uint32_t n_tests) {
  rb_problem p = rb_problem_inner(problem);
  p.T = p.n1 = p.rounds = 1;
  p.n2 = n_tests; /* largest tile */
  p.eta_a = 1;
  p.inputs = RB_INPUTS_PER_TASK;
  p.ablation = RB_ABLATION_NONE;
  p.outside = 1;
  return p;
}

static bool lay_out(rb_session *session, const rb_problem *p, rb_backend backend, uint32_t tile,
                    const rb_variant *variant, uint32_t count, rb_layout *layout, rb_err *err) {
  uint64_t n_tests = p->n2;
  const rb_device *device = rb_session_device(session);
  if (!rb_layout_make(session, p, backend, tile, variant, layout, err) ||
      !rb_layout_widen(session, p, layout, err))
    return false;
  uint64_t kept = count * n_tests * layout->ldm * sizeof(float);
  uint64_t bytes = layout->bytes + kept + 3 * (uint64_t)layout->ldm * 4 + n_tests * 4;
  return bytes <= device->global_bytes ||
         rb_fail(err, RB_USAGE,
                 "%u pretrainings with d = %u, m = %u want %llu bytes of device memory, device "
                 "'%s' has %llu; try fewer pretrainings or a smaller m",
                 count, p->d, p->m, (unsigned long long)bytes, device->name,
                 (unsigned long long)device->global_bytes);
}

bool rb_features_fits(rb_session *session, const rb_problem *problem, rb_backend backend,
                      uint32_t tile, uint32_t count, rb_err *err) {
  rb_problem p = trial_problem(problem, RB_DOWNSTREAM_TESTS);
  rb_layout layout;
  return lay_out(session, &p, backend, tile, NULL, count, &layout, err);
}

static bool create(rb_features *f, rb_session *session, rb_err *err) {
  const rb_layout *l = rb_net_layout(f->net);
  size_t m = f->m, F = sizeof(float), D = sizeof(double);
  return rb_buffer_create(session, "neurons", l->ldm, 4, &f->neurons, err) &&
         rb_buffer_create(session, "biases", l->ldm, 4, &f->biases, err) &&
         rb_buffer_create(session, "head", l->ldm, 4, &f->heads, err) &&
         rb_buffer_create(session, "answers", f->n_tests, 4, &f->net_out, err) &&
         rb_alloc((void **)&f->chosen, l->ldm, sizeof(uint32_t), "neurons", err) &&
         rb_alloc((void **)&f->bias, l->ldm, F, "biases", err) &&
         rb_alloc((void **)&f->padded, m * l->ldx, F, "weights", err) &&
         rb_alloc((void **)&f->gram_float, m * m, F, "Gram matrix", err) &&
         rb_alloc((void **)&f->tests, f->n_tests, F, "answers", err) &&
         rb_alloc((void **)&f->gram, m * m, D, "Gram matrix", err) &&
         rb_alloc((void **)&f->rhs, m, D, "sums", err) &&
         rb_alloc((void **)&f->head, m, D, "head", err);
}

static bool create_pretraining(rb_features *f, rb_session *session, pretraining *one, rb_err *err) {
  const rb_problem *p = rb_net_problem(f->net);
  const rb_layout *l = rb_net_layout(f->net);
  return rb_alloc((void **)&one->W, (size_t)p->m * p->d, sizeof(float), "weights", err) &&
         rb_alloc((void **)&one->M, (size_t)p->r * l->ldx, sizeof(float), "subspace", err) &&
         rb_alloc((void **)&one->norm2, p->m, sizeof(double), "norms", err) &&
         rb_alloc((void **)&one->patterns, f->n_tests, sizeof(uint32_t), "patterns", err) &&
         rb_buffer_create(session, "test pre-activations", (size_t)f->n_tests * l->ldm, 4, &one->Z,
                          err);
}

bool rb_features_open(rb_session *session, const rb_problem *problem, rb_backend backend,
                      uint32_t tile, const rb_variant *variant, uint32_t count, uint32_t n_tests,
                      rb_features **out, rb_err *err) {
  rb_problem p = trial_problem(problem, n_tests);
  rb_layout layout;
  rb_features *f = NULL;
  *out = NULL;
  if (!lay_out(session, &p, backend, tile, variant, count, &layout, err) ||
      !rb_alloc((void **)&f, 1, sizeof *f, "features", err))
    return false;
  f->m = p.m;
  f->count = count;
  f->n_tests = n_tests;
  char options[RB_OPS_OPTIONS];
  rb_ops_options(&layout, options);
  bool ok = rb_alloc((void **)&f->all, count, sizeof *f->all, "pretrainings", err) &&
            rb_net_open(session, &p, &layout, NULL, &f->net, err) && create(f, session, err) &&
            rb_kernel_get(session, "features", "features", options, &f->features, err) &&
            rb_kernel_get(session, "features", "features_net", options, &f->answer, err);
  for (uint32_t k = 0; ok && k < count; k++)
    ok = create_pretraining(f, session, &f->all[k], err);
  if (!ok) {
    rb_features_close(f);
    return false;
  }
  *out = f;
  return true;
}

void rb_features_close(rb_features *f) {
  if (f == NULL)
    return;
  for (uint32_t k = 0; f->all && k < f->count; k++) {
    free(f->all[k].W);
    free(f->all[k].M);
    free(f->all[k].norm2);
    free(f->all[k].patterns);
    rb_buffer_free(f->all[k].Z);
  }
  free(f->all);
  rb_buffer_free(f->neurons);
  rb_buffer_free(f->biases);
  rb_buffer_free(f->heads);
  rb_buffer_free(f->net_out);
  rb_net_close(f->net);
  free(f->chosen);
  free(f->bias);
  free(f->padded);
  free(f->gram_float);
  free(f->tests);
  free(f->gram);
  free(f->rhs);
  free(f->head);
  free(f->phi);
  free(f);
}

/* ---- commands ---- */

/* Rows chosen of W, times scale, and M onto the network. */
static bool put_weights(rb_features *f, const pretraining *one, const uint32_t *rows, uint32_t m,
                        double scale, rb_err *err) {
  const rb_problem *p = rb_net_problem(f->net);
  uint32_t ldx = rb_net_layout(f->net)->ldx;
  for (uint32_t j = 0; j < m; j++) {
    const float *row = one->W + (size_t)(rows ? rows[j] : j) * p->d;
    for (uint32_t i = 0; i < p->d; i++)
      f->padded[(size_t)j * ldx + i] = (float)(scale * row[i]);
  }
  return rb_buffer_write(f->net->buffers[RB_BUFFER_W], 0, (size_t)m * ldx * sizeof(float),
                         f->padded, "weights", err) &&
         rb_buffer_write(f->net->buffers[RB_BUFFER_M], 0, (size_t)p->r * ldx * sizeof(float),
                         one->M, "weights", err) &&
         rb_ops_pack_values(f->net, err);
}

/* Z <- relu(Z + b) of a tile. */
static bool activate(rb_features *f, uint32_t rows, uint32_t m, rb_err *err) {
  const rb_arg args[] = {rb_arg_buffer(f->net->buffers[RB_BUFFER_Z]),
                         rb_arg_u32(rb_net_layout(f->net)->ldm),
                         rb_arg_u32(rb_net_layout(f->net)->stride),
                         rb_arg_u32(rows),
                         rb_arg_u32(m),
                         rb_arg_buffer(f->biases)};
  return rb_kernel_launch(f->net->session, f->features, rb_ops_by_rows(f->net, rows), args, 6,
                          "trial/activation", err);
}

static bool answer(rb_features *f, const pretraining *one, uint32_t m, rb_err *err) {
  const rb_layout *l = rb_net_layout(f->net);
  const rb_arg args[] = {rb_arg_buffer(one->Z),
                         rb_arg_u32(l->ldm),
                         rb_arg_u32(l->panel * f->n_tests),
                         rb_arg_u32(f->n_tests),
                         rb_arg_u32(m),
                         rb_arg_f32((float)f->scale),
                         rb_arg_buffer(f->neurons),
                         rb_arg_buffer(f->biases),
                         rb_arg_buffer(f->heads),
                         rb_arg_buffer(f->net_out)};
  return rb_kernel_launch(f->net->session, f->answer, rb_ops_by_rows(f->net, f->n_tests), args, 10,
                          "trial/answer", err);
}

/* Test samples under the pretraining's own seed, in the stream of representation steps (a trial's
 * are under its seed in that of head steps), in a round that no training reaches: W must not have
 * seen them. */
enum { ROUND_OF_TESTS = RB_MAX_ROUNDS };

static bool draw_tests(rb_features *f, pretraining *one, rb_err *err) {
  const rb_layout *l = rb_net_layout(f->net);
  rb_net *net = f->net;
  rb_step step = {.head = false, .round = ROUND_OF_TESTS, .n = f->n_tests};
  size_t count = (size_t)f->n_tests * l->ldm;
  float *Z = NULL, *panels = NULL;
  bool ok = rb_alloc((void **)&Z, count, sizeof *Z, "test samples", err) &&
            rb_alloc((void **)&panels, count, sizeof *panels, "test samples", err);
  net->problem.seed = one->seed;
  for (uint32_t at = 0, rows; ok && at < f->n_tests; at += rows) {
    rows = f->n_tests - at < l->tile ? f->n_tests - at : l->tile;
    rb_tile tile = {.rows = rows, .sample_first = at};
    ok = rb_ops_samples(net, step, tile, err) && rb_ops_forward(net, step, tile, err) &&
         rb_net_rows(net, RB_BUFFER_Z, rows, Z + (size_t)at * l->ldm, err) &&
         rb_buffer_read(net->buffers[RB_BUFFER_patterns], 0, rows * sizeof(uint32_t),
                        one->patterns + at, "readback", err);
  }
  /* The tiles become one tile of all test samples. */
  rb_layout all = {.panel = l->panel, .stride = l->panel * f->n_tests};
  for (size_t i = 0; ok && i < count; i++)
    panels[rb_layout_at(&all, i / l->ldm, i % l->ldm, l->ldm)] = Z[i];
  ok = ok && rb_buffer_write(one->Z, 0, count * sizeof *panels, panels, "tests", err);
  free(Z);
  free(panels);
  return ok;
}

bool rb_features_set(rb_features *f, uint32_t k, const rb_problem *problem, const float *W,
                     rb_err *err) {
  rb_problem p = rb_problem_inner(problem);
  pretraining *one = &f->all[k];
  uint32_t ldx = rb_net_layout(f->net)->ldx;
  double *M = NULL, sum = 0;
  one->seed = problem->seed;
  memcpy(one->W, W, (size_t)p.m * p.d * sizeof *W);
  for (uint32_t j = 0; j < p.m; j++) {
    one->norm2[j] = 0;
    for (uint32_t i = 0; i < p.d; i++)
      one->norm2[j] += (double)W[(size_t)j * p.d + i] * W[(size_t)j * p.d + i];
    sum += one->norm2[j];
  }
  if (!(sum > 0) || !isfinite(sum))
    return rb_fail(err, RB_WRONG, "the weights of pretraining %u have squared norm %g", k, sum);
  bool ok = rb_alloc((void **)&M, (size_t)p.r * p.d, sizeof *M, "subspace", err) &&
            rb_tasks_subspace(&p, M, err);
  for (size_t e = 0; ok && e < (size_t)p.r * p.d; e++)
    one->M[e / p.d * ldx + e % p.d] = (float)M[e];
  free(M);
  f->net->problem.m = f->m;
  rb_spans_begin(f->net->session); /* nobody times trials by events: the tape must not grow */
  return ok && put_weights(f, one, NULL, p.m, 1, err) && draw_tests(f, one, err);
}

/* ---- a trial ---- */

/* Neurons, biases, weights and the table of a trial onto the device. */
static bool prepare(rb_features *f, const pretraining *one, const rb_trial *trial, int8_t *table,
                    rb_err *err) {
  const rb_layout *l = rb_net_layout(f->net);
  double sum = 0;
  rb_downstream_table(trial->task, f->net->problem.r, trial->seed, table);
  rb_downstream_neurons(trial->seed, f->m, trial->m, f->chosen, f->bias);
  for (uint32_t j = 0; j < trial->m; j++)
    sum += one->norm2[f->chosen[j]];
  f->scale = sum > 0 ? sqrt(trial->m / sum) : 1; /* the chosen ones may all be dead */
  f->net->problem.m = trial->m;
  f->net->problem.seed = trial->seed;
  rb_spans_begin(f->net->session);
  return rb_buffer_write(f->neurons, 0, l->ldm * sizeof(uint32_t), f->chosen, "trial", err) &&
         rb_buffer_write(f->biases, 0, l->ldm * sizeof(float), f->bias, "trial", err) &&
         rb_buffer_write(f->net->buffers[RB_BUFFER_tables], 0, (size_t)1 << f->net->problem.r,
                         table, "trial", err) &&
         put_weights(f, one, f->chosen, trial->m, f->scale, err);
}

/* Features of rows at .. of a trial, in Z. */
static bool draw_tile(rb_features *f, const rb_trial *trial, uint32_t at, uint32_t rows,
                      rb_err *err) {
  rb_step step = {.head = true, .n = trial->n};
  rb_tile tile = {.rows = rows, .sample_first = at};
  return rb_ops_samples(f->net, step, tile, err) && rb_ops_forward(f->net, step, tile, err) &&
         activate(f, rows, trial->m, err);
}

static bool train_ridge(rb_features *f, const rb_trial *trial, rb_err *err) {
  const rb_layout *l = rb_net_layout(f->net);
  rb_net *net = f->net;
  rb_step step = {.head = true, .n = trial->n};
  uint32_t m = trial->m;
  bool ok = rb_buffer_zero(net->buffers[RB_BUFFER_A], "trial/product", err) &&
            rb_buffer_zero(net->buffers[RB_BUFFER_S], "trial/product", err);
  for (uint32_t at = 0, rows; ok && at < trial->n; at += rows) {
    rows = trial->n - at < l->tile ? trial->n - at : l->tile;
    rb_tile tile = {.rows = rows, .sample_first = at};
    ok = draw_tile(f, trial, at, rows, err) && rb_ops_head_sum(net, step, tile, err) &&
         rb_ops_gram(net, tile, err);
  }
  ok = ok && rb_ops_covariance_sum(net, err) && rb_net_covariance(net, f->gram_float, err) &&
       rb_buffer_read(net->buffers[RB_BUFFER_A], 0, l->ldm * sizeof(float), f->padded, "readback",
                      err);
  for (size_t j = 0; ok && j < m; j++) {
    f->rhs[j] = f->padded[j];
    for (size_t k = 0; k < m; k++) /* the products of a pair may have been summed in two orders */
      f->gram[j * m + k] = f->gram_float[(j < k ? j : k) * m + (j < k ? k : j)];
  }
  return ok && rb_heads_ridge(f->gram, f->rhs, m, RB_DOWNSTREAM_PENALTY, f->head, err);
}

static bool train_hinge(rb_features *f, const rb_trial *trial, rb_err *err) {
  const rb_layout *l = rb_net_layout(f->net);
  uint32_t m = trial->m;
  float *tile = NULL, *Y = NULL;
  int8_t *labels = NULL;
  double gap;
  void *grown = f->phi;
  bool ok = rb_grow(&grown, &f->n_phi, (size_t)trial->n * m, sizeof(float), "features", err);
  f->phi = grown;
  ok = ok && rb_alloc((void **)&tile, (size_t)l->tile * l->ldm, sizeof *tile, "features", err) &&
       rb_alloc((void **)&Y, l->tile, sizeof *Y, "labels", err) &&
       rb_alloc((void **)&labels, trial->n, 1, "labels", err);
  for (uint32_t at = 0, rows; ok && at < trial->n; at += rows) {
    rows = trial->n - at < l->tile ? trial->n - at : l->tile;
    ok = draw_tile(f, trial, at, rows, err) && rb_net_rows(f->net, RB_BUFFER_Z, rows, tile, err) &&
         rb_buffer_read(f->net->buffers[RB_BUFFER_Y], 0, rows * sizeof(float), Y, "readback", err);
    for (uint32_t s = 0; ok && s < rows; s++) {
      labels[at + s] = Y[s] > 0 ? 1 : -1;
      memcpy(f->phi + (size_t)(at + s) * m, tile + (size_t)s * l->ldm, m * sizeof(float));
    }
  }
  ok = ok && rb_heads_hinge(f->phi, labels, trial->n, m, RB_DOWNSTREAM_PENALTY, trial->seed,
                            f->head, &gap, err);
  free(tile);
  free(Y);
  free(labels);
  return ok;
}

/* The head's answers on all test samples, into tests. */
static bool ask(rb_features *f, const pretraining *one, uint32_t m, rb_err *err) {
  const rb_layout *l = rb_net_layout(f->net);
  memset(f->padded, 0, l->ldm * sizeof(float));
  for (uint32_t j = 0; j < m; j++)
    f->padded[j] = (float)f->head[j];
  return rb_buffer_write(f->heads, 0, l->ldm * sizeof(float), f->padded, "trial", err) &&
         answer(f, one, m, err) &&
         rb_buffer_read(f->net_out, 0, f->n_tests * sizeof(float), f->tests, "readback", err);
}

static bool run_trial(rb_features *f, const pretraining *one, const rb_trial *trial, int8_t *table,
                      double *accuracy, rb_err *err) {
  uint32_t right = 0;
  if (!prepare(f, one, trial, table, err) ||
      !(trial->head == RB_HEAD_HINGE ? train_hinge(f, trial, err) : train_ridge(f, trial, err)) ||
      !ask(f, one, trial->m, err))
    return false;
  for (uint32_t s = 0; s < f->n_tests; s++)
    right += (f->tests[s] >= 0 ? 1 : -1) == table[one->patterns[s]];
  *accuracy = (double)right / f->n_tests;
  return true;
}

bool rb_features_trial(rb_features *f, uint32_t k, const rb_trial *trial, double *accuracy,
                       rb_err *err) {
  int8_t table[1 << RB_MAX_R];
  return run_trial(f, &f->all[k], trial, table, accuracy, err);
}

/* ---- against the host ---- */

enum { ROWS_CHECKED = 32 };

/* What a check holds; d, m of the trial. */
typedef struct checked {
  const pretraining *one;
  const rb_problem *p; /* of the trial: its seed, its m */
  float *W;            /* (m,d) as the device had it */
  double *x;           /* (d) */
  double *phi, *error; /* (m) of a sample, and by how much a device's may differ */
  double *sum, *size;  /* (m,m+1) Gram matrix and, in the last column, Phi^T y; magnitudes */
  double *slack;       /* (m,m+1) */
  float *Z;            /* (rows, ldm) the device's features */
  rb_precision precision;
} checked;

static bool allocate(checked *c, size_t rows, size_t ldm, rb_err *err) {
  size_t m = c->p->m, d = c->p->d, D = sizeof(double);
  return rb_alloc((void **)&c->W, m * d, sizeof(float), "weights", err) &&
         rb_alloc((void **)&c->x, d, D, "sample", err) &&
         rb_alloc((void **)&c->phi, m, D, "features", err) &&
         rb_alloc((void **)&c->error, m, D, "features", err) &&
         rb_alloc((void **)&c->sum, m * (m + 1), D, "sums", err) &&
         rb_alloc((void **)&c->size, m * (m + 1), D, "sums", err) &&
         rb_alloc((void **)&c->slack, m * (m + 1), D, "sums", err) &&
         rb_alloc((void **)&c->Z, rows * ldm, sizeof(float), "features", err);
}

static void release(checked *c) {
  free(c->W);
  free(c->x);
  free(c->phi);
  free(c->error);
  free(c->sum);
  free(c->size);
  free(c->slack);
  free(c->Z);
}

/* phi and error of the sample in x: relu(factor w_j.x + b_j). */
static void look(checked *c, const float *biases, double factor) {
  size_t d = c->p->d;
  double x2 = 0,
         sign = rb_tolerance_sign((double)d) + rb_tolerance_sign_operands((double)d, c->precision);
  for (size_t i = 0; i < d; i++)
    x2 += c->x[i] * c->x[i];
  double length = sqrt(fmax(x2, (double)d));
  for (size_t j = 0; j < c->p->m; j++) {
    double z = 0, w2 = 0;
    for (size_t i = 0; i < d; i++) {
      z += c->W[j * d + i] * c->x[i];
      w2 += (double)c->W[j * d + i] * c->W[j * d + i];
    }
    c->phi[j] = fmax(factor * z + biases[j], 0);
    c->error[j] = factor * sign * sqrt(w2) * length +
                  rb_tolerance_product(1) * (fabs(factor * z) + fabs(biases[j]));
  }
}

/* The label of x by the table; *sure: not within rounding of another one. */
static double label(const checked *c, const int8_t *table, uint32_t ldx, bool *sure) {
  uint32_t pattern = 0;
  double x2 = 0;
  *sure = true;
  for (size_t i = 0; i < c->p->d; i++)
    x2 += c->x[i] * c->x[i];
  for (uint32_t k = 0; k < c->p->r; k++) {
    double u = 0;
    for (size_t i = 0; i < c->p->d; i++)
      u += c->one->M[k * ldx + i] * c->x[i];
    pattern |= (uint32_t)(u >= 0) << k;
    *sure = *sure && fabs(u) > rb_tolerance_sign(c->p->d) * sqrt(fmax(x2, c->p->d));
  }
  return table[pattern];
}

static void add_sample(checked *c, double y, bool sure) {
  size_t m = c->p->m;
  for (size_t j = 0; j < m; j++) {
    for (size_t k = 0; k < m; k++) {
      size_t at = j * (m + 1) + k;
      c->sum[at] += c->phi[j] * c->phi[k];
      c->size[at] += c->phi[j] * c->phi[k];
      c->slack[at] += c->phi[j] * c->error[k] + c->phi[k] * c->error[j] + c->error[j] * c->error[k];
    }
    size_t at = j * (m + 1) + m;
    c->sum[at] += y * c->phi[j];
    c->size[at] += c->phi[j];
    c->slack[at] += c->error[j] + (sure ? 0 : 2 * c->phi[j]);
  }
}

static void compare_training(rb_features *f, checked *c, const int8_t *table, uint32_t n,
                             rb_check *check) {
  const rb_layout *l = rb_net_layout(f->net);
  uint32_t m = c->p->m;
  for (uint32_t s = 0; s < n; s++) {
    bool sure;
    rb_inputs_draw(c->p, true, 0, 0, s, c->x);
    look(c, f->bias, 1);
    for (uint32_t j = 0; j < m; j++)
      rb_verify_compare(check, c->Z[(size_t)s * l->ldm + j], c->phi[j], c->error[j], "feature", s,
                        "sample", j, "neuron");
    double y = label(c, table, l->ldx, &sure);
    add_sample(c, y, sure);
  }
  double tolerance = rb_tolerance_product(n), operands = rb_tolerance_operands(c->precision);
  for (uint32_t j = 0; j < m; j++)
    for (uint32_t k = 0; k <= m; k++) {
      size_t at = (size_t)j * (m + 1) + k;
      double device = k == m ? f->rhs[j] : f->gram[(size_t)j * m + k];
      double relative = tolerance + (k == m ? 0 : operands);
      rb_verify_compare(check, device, c->sum[at], c->slack[at] + relative * c->size[at],
                        k == m ? "sum of labels" : "Gram matrix", j, "neuron", k, "neuron");
    }
}

static void compare_answers(rb_features *f, checked *c, rb_check *check) {
  rb_problem p = *c->p;
  uint32_t m = p.m;
  p.seed = c->one->seed;
  for (uint32_t j = 0; j < m; j++)
    memcpy(c->W + (size_t)j * p.d, c->one->W + (size_t)f->chosen[j] * p.d, p.d * sizeof *c->W);
  for (uint32_t s = 0; s < ROWS_CHECKED && s < f->n_tests; s++) {
    double net = 0, size = 0, slack = 0;
    rb_inputs_draw(&p, false, ROUND_OF_TESTS, 0, s, c->x);
    look(c, f->bias, f->scale);
    for (uint32_t j = 0; j < m; j++) {
      net += f->head[j] * c->phi[j];
      size += fabs(f->head[j]) * c->phi[j];
      slack += fabs(f->head[j]) * c->error[j];
    }
    rb_verify_compare(check, f->tests[s], net, slack + rb_tolerance_product(m + 1.0) * size,
                      "answer", s, "test sample", m, "neurons");
  }
}

bool rb_features_check(rb_features *f, uint32_t k, const rb_trial *trial, rb_check *check,
                       rb_err *err) {
  const rb_layout *l = rb_net_layout(f->net);
  int8_t table[1 << RB_MAX_R];
  rb_trial small = *trial;
  double accuracy;
  small.head = RB_HEAD_RIDGE; /* the device's part is the same for both */
  small.n = small.n < ROWS_CHECKED ? small.n : ROWS_CHECKED;
  small.n = small.n < l->tile ? small.n : l->tile;
  checked c = {.one = &f->all[k], .p = rb_net_problem(f->net), .precision = rb_layout_precision(l)};
  *check = (rb_check){0};
  bool ok = run_trial(f, c.one, &small, table, &accuracy, err) &&
            allocate(&c, small.n, l->ldm, err) &&
            rb_net_rows(f->net, RB_BUFFER_Z, small.n, c.Z, err);
  if (ok) {
    for (size_t e = 0; e < (size_t)small.m * c.p->d; e++)
      c.W[e] = (float)(f->scale * c.one->W[f->chosen[e / c.p->d] * (size_t)c.p->d + e % c.p->d]);
    compare_training(f, &c, table, small.n, check);
    compare_answers(f, &c, check);
  }
  release(&c);
  return ok;
}

void rb_features_options(const rb_features *f,
                         void (*visit)(void *context, const char *kernel, const char *options),
                         void *context) {
  char options[RB_OPS_OPTIONS];
  rb_ops_options(rb_net_layout(f->net), options);
  rb_net_options(rb_net_problem(f->net), rb_net_layout(f->net), visit, context);
  visit(context, "features", options);
  visit(context, "features_net", options);
}

const rb_layout *rb_features_layout(const rb_features *f) {
  return rb_net_layout(f->net);
}
