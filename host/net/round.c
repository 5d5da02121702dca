// SPDX-License-Identifier: Apache-2.0
/* Order of a round, per-task inputs:
 *
 *   G <- 0
 *   for each chunk of tasks:   A <- 0; for each tile of head samples: X, y, Z = X W^T, A += ..
 *                              for each tile of representation samples: X, y, Z, D, G += D^T X
 *   W <- (1 - decay) W + eta_w G / (T n2)
 *
 * With dimensions outside of the coordinates the representation tiles also give S += D^T D, and the
 * round ends on the host (rb_net_fold). Shared inputs: the head tiles give sums by pattern once;
 * each chunk then turns them into heads and the heads into C; then the representation tiles, once.
 * Without a head step, A holds the fixed head all the time. */
#include "net/round.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "cl/buffer.h"
#include "model/collapse.h"
#include "model/tasks.h"
#include "net/ops.h"

static bool no_head(const rb_net *net) {
  return net->problem.ablation == RB_ABLATION_NO_HEAD;
}

static bool shared(const rb_net *net) {
  return net->problem.inputs == RB_INPUTS_SHARED;
}

/* rows (n_rows, width) of doubles into rows of `pad` floats of buffer, from row 0 on. */
static bool upload(rb_net *net, rb_net_buffer which, const double *rows, size_t n_rows,
                   size_t width, size_t pad, rb_err *err) {
  void *room = NULL;
  if (!rb_alloc(&room, n_rows * pad, sizeof(float), "upload", err))
    return false;
  float *padded = room;
  for (size_t i = 0; i < n_rows; i++)
    for (size_t k = 0; k < width; k++)
      padded[i * pad + k] = (float)rows[i * width + k];
  bool ok =
      rb_buffer_write(net->buffers[which], 0, n_rows * pad * sizeof(float), padded, "setup", err);
  free(room);
  return ok;
}

static bool download(rb_net *net, rb_net_buffer which, size_t n_rows, size_t width, size_t pad,
                     float *rows, rb_err *err) {
  void *room = NULL;
  if (!rb_alloc(&room, n_rows * pad, sizeof(float), "download", err))
    return false;
  float *padded = room;
  bool ok =
      rb_buffer_read(net->buffers[which], 0, n_rows * pad * sizeof(float), padded, "readback", err);
  for (size_t i = 0; ok && i < n_rows; i++)
    memcpy(rows + i * width, padded + i * pad, width * sizeof(float));
  free(room);
  return ok;
}

bool rb_net_rows(rb_net *net, rb_net_buffer which, size_t n_rows, float *rows, rb_err *err) {
  const rb_layout *l = &net->layout;
  size_t ld = which == RB_BUFFER_X ? l->ldx : l->ldm;
  float *packed = NULL;
  if (l->panel == 0)
    return rb_buffer_read(net->buffers[which], 0, n_rows * ld * sizeof *rows, rows, "readback",
                          err);
  if (!rb_alloc((void **)&packed, (size_t)l->counts[which], sizeof *packed, "download", err))
    return false;
  bool ok = rb_buffer_read(net->buffers[which], 0, l->counts[which] * sizeof *packed, packed,
                           "readback", err);
  for (size_t i = 0; ok && i < n_rows; i++)
    for (size_t k = 0; k < ld; k++)
      rows[i * ld + k] = packed[rb_layout_at(l, i, k, ld)];
  free(packed);
  return ok;
}

bool rb_net_tile_weights(rb_net *net, rb_step step, rb_tile tile, float *D, rb_err *err) {
  const rb_layout *l = &net->layout;
  size_t ldm = l->ldm, n_words = (size_t)l->counts[RB_BUFFER_active];
  size_t n_heads = (size_t)l->counts[RB_BUFFER_A];
  uint32_t *active = NULL;
  float *Y = NULL, *A = NULL;
  if (!l->subsets)
    return rb_net_rows(net, RB_BUFFER_Z, tile.rows, D, err);
  bool ok =
      rb_alloc((void **)&active, n_words, sizeof *active, "download", err) &&
      rb_alloc((void **)&Y, tile.rows, sizeof *Y, "download", err) &&
      rb_alloc((void **)&A, n_heads, sizeof *A, "download", err) &&
      rb_buffer_read(net->buffers[RB_BUFFER_active], 0, n_words * sizeof *active, active,
                     "readback", err) &&
      rb_buffer_read(net->buffers[RB_BUFFER_Y], 0, tile.rows * sizeof *Y, Y, "readback", err) &&
      rb_buffer_read(net->buffers[RB_BUFFER_A], 0, n_heads * sizeof *A, A, "readback", err);
  for (size_t s = 0; ok && s < tile.rows; s++) {
    const uint32_t *words = active + s / RB_WORD_ROWS * ldm;
    const float *a = A + (tile.task_local + (tile.sample_first + s) / step.n) * ldm;
    for (size_t j = 0; j < ldm; j++)
      D[s * ldm + j] = words[j] >> s % RB_WORD_ROWS & 1 ? Y[s] * a[j] : 0;
  }
  free(active);
  free(Y);
  free(A);
  return ok;
}

static bool upload_subspace(rb_net *net, rb_err *err) {
  const rb_problem *p = &net->problem;
  void *M = NULL;
  bool ok = rb_alloc(&M, (size_t)p->r * p->d, sizeof(double), "subspace", err) &&
            rb_tasks_subspace(p, M, err) &&
            upload(net, RB_BUFFER_M, M, p->r, p->d, net->layout.ldx, err);
  free(M);
  return ok;
}

static bool upload_weights(rb_net *net, const double *weights, rb_err *err) {
  const rb_problem *p = &net->problem;
  void *drawn = NULL;
  bool ok = true;
  if (weights == NULL) {
    ok = rb_alloc(&drawn, (size_t)p->m * p->d, sizeof(double), "weights", err);
    if (ok && p->axes)
      ok = rb_collapse_weights(&net->outer, drawn, err);
    else if (ok)
      rb_tasks_weights(p, drawn);
    weights = drawn;
  }
  ok = ok && upload(net, RB_BUFFER_W0, weights, p->m, p->d, net->layout.ldx, err);
  free(drawn);
  return ok;
}

/* The fixed head in every row of A, for good: without a head step nothing writes there. */
static bool upload_fixed_head(rb_net *net, rb_err *err) {
  const rb_problem *p = &net->problem;
  void *rows = NULL;
  if (!rb_alloc(&rows, (size_t)net->layout.chunk * p->m, sizeof(double), "fixed head", err))
    return false;
  rb_tasks_fixed_head(p, rows);
  for (uint32_t t = 1; t < net->layout.chunk; t++)
    memcpy((double *)rows + (size_t)t * p->m, rows, p->m * sizeof(double));
  bool ok = upload(net, RB_BUFFER_A, rows, net->layout.chunk, p->m, net->layout.ldm, err);
  free(rows);
  return ok;
}

/* Tables of a chunk; nothing to do while the same chunk is asked for again. */
static bool load_tables(rb_net *net, uint32_t first, uint32_t count, rb_err *err) {
  if (net->tables_count == count && net->tables_first == first)
    return true;
  rb_tasks_tables(&net->problem, first, count, net->tables);
  net->tables_first = first;
  net->tables_count = count;
  return rb_buffer_write(net->buffers[RB_BUFFER_tables], 0, (size_t)count << net->problem.r,
                         net->tables, "tables", err);
}

bool rb_net_open(rb_session *session, const rb_problem *problem, const rb_layout *layout,
                 const double *weights, rb_net **out, rb_err *err) {
  void *room = NULL;
  *out = NULL;
  if (!rb_alloc(&room, 1, sizeof(rb_net), "network", err))
    return false;
  rb_net *net = room;
  net->session = session;
  net->outer = *problem;
  net->problem = rb_problem_inner(problem);
  net->layout = *layout;
  void *tables = NULL;
  bool ok = rb_alloc(&tables, (size_t)layout->chunk << problem->r, 1, "task tables", err);
  net->tables = tables;
  for (int i = 0; ok && i < RB_N_BUFFERS; i++)
    if (layout->counts[i])
      ok = rb_buffer_create(session, rb_layout_names[i], layout->counts[i], rb_layout_sizes[i],
                            &net->buffers[i], err);
  ok = ok && rb_ops_build(net, err) && upload_subspace(net, err) &&
       upload_weights(net, weights, err) && (!no_head(net) || upload_fixed_head(net, err)) &&
       load_tables(net, 0, layout->chunk, err) && rb_net_reset(net, err) &&
       rb_session_finish(session, err);
  if (!ok) {
    rb_net_close(net);
    return false;
  }
  *out = net;
  return true;
}

void rb_net_close(rb_net *net) {
  if (net == NULL)
    return;
  for (int i = 0; i < RB_N_BUFFERS; i++)
    rb_buffer_free(net->buffers[i]);
  free(net->tables);
  free(net);
}

bool rb_net_reset(rb_net *net, rb_err *err) {
  rb_buffer *from = net->buffers[RB_BUFFER_W0], *to = net->buffers[RB_BUFFER_W];
  return rb_buffer_copy(from, 0, to, 0, rb_buffer_bytes(from), "reset", err) &&
         rb_buffer_zero(net->buffers[RB_BUFFER_largest], "reset", err);
}

bool rb_net_restore(rb_net *net, rb_err *err) {
  return (!no_head(net) || upload_fixed_head(net, err)) && rb_net_reset(net, err);
}

typedef bool tile_work(rb_net *net, rb_step step, rb_tile tile, rb_err *err);

/* Calls work for each tile of n_tasks * n samples, tasks counted from task_first. */
static bool for_tiles(rb_net *net, rb_step step, uint32_t task_first, uint32_t n_tasks,
                      tile_work *work, rb_err *err) {
  uint64_t all = (uint64_t)n_tasks * step.n;
  for (uint64_t position = 0; position < all; position += net->layout.tile) {
    uint64_t left = all - position;
    rb_tile tile = {.rows = (uint32_t)(left < net->layout.tile ? left : net->layout.tile),
                    .task_local = (uint32_t)(position / step.n),
                    .sample_first = (uint32_t)(position % step.n)};
    tile.task_first = task_first + tile.task_local;
    if (!rb_ops_samples(net, step, tile, err) || !work(net, step, tile, err))
      return false;
  }
  return true;
}

static bool represent(rb_net *net, rb_step step, rb_tile tile, rb_err *err) {
  return rb_ops_forward_activation(net, step, tile, err) && rb_ops_backward(net, step, tile, err) &&
         (net->problem.outside == 0 || rb_ops_covariance(net, step, tile, err));
}

static bool heads_done(rb_net *net, uint32_t first, uint32_t count, rb_err *err) {
  return net->observer == NULL || net->observer(net->observer_context, net, first, count, err);
}

static bool round_per_task(rb_net *net, rb_step head, rb_step representation, rb_err *err) {
  const rb_problem *p = &net->problem;
  uint32_t count;
  for (uint32_t first = 0; first < p->T; first += count) {
    count = p->T - first < net->layout.chunk ? p->T - first : net->layout.chunk;
    if (!load_tables(net, first, count, err))
      return false;
    if (!no_head(net) && (!rb_buffer_zero(net->buffers[RB_BUFFER_A], "head/reduction", err) ||
                          !for_tiles(net, head, first, count, rb_ops_forward_head, err)))
      return false;
    if (!heads_done(net, first, count, err) ||
        !for_tiles(net, representation, first, count, represent, err))
      return false;
  }
  return true;
}

static bool round_shared(rb_net *net, rb_step head, rb_step representation, rb_err *err) {
  const rb_problem *p = &net->problem;
  if (!no_head(net) &&
      (!rb_buffer_zero(net->buffers[RB_BUFFER_R], "head/reduction", err) ||
       !for_tiles(net, head, 0, 1, rb_ops_forward_bins, err) || !rb_ops_bins_sum(net, err)))
    return false;
  if (!rb_buffer_zero(net->buffers[RB_BUFFER_C], "representation/reduction", err))
    return false;
  uint32_t count;
  for (uint32_t first = 0; first < p->T; first += count) {
    count = p->T - first < net->layout.chunk ? p->T - first : net->layout.chunk;
    if (!load_tables(net, first, count, err) ||
        (!no_head(net) && !rb_ops_head_from_bins(net, count, err)) ||
        !heads_done(net, first, count, err) || !rb_ops_norms(net, count, err) ||
        !rb_ops_head_to_bins(net, count, err))
      return false;
  }
  return for_tiles(net, representation, 0, 1, represent, err);
}

bool rb_net_device_round(rb_net *net, uint32_t round, rb_err *err) {
  rb_step head = {.head = true, .round = round, .n = net->problem.n1};
  rb_step representation = {.head = false, .round = round, .n = net->problem.n2};
  return rb_ops_pack(net, err) &&
         rb_buffer_zero(net->buffers[RB_BUFFER_G], "representation/product", err) &&
         (net->problem.outside == 0 ||
          rb_buffer_zero(net->buffers[RB_BUFFER_S], "representation/product", err)) &&
         (shared(net) ? round_shared(net, head, representation, err)
                      : round_per_task(net, head, representation, err)) &&
         rb_ops_gradient_sum(net, err) &&
         (net->problem.outside == 0 || rb_ops_covariance_sum(net, err)) && rb_ops_update(net, err);
}

bool rb_net_fold(rb_net *net, uint32_t round, const float *W, rb_err *err) {
  const rb_problem *p = &net->problem;
  size_t m = p->m, size = m * p->d;
  double *next = NULL, *G = NULL, *S = NULL, mean = rb_net_mean(net);
  float *room = NULL;
  if (p->outside == 0)
    return true;
  bool ok = rb_alloc((void **)&next, size, sizeof *next, "weights", err) &&
            rb_alloc((void **)&G, size, sizeof *G, "gradient", err) &&
            rb_alloc((void **)&S, m * m, sizeof *S, "covariance", err) &&
            rb_alloc((void **)&room, size > m * m ? size : m * m, sizeof *room, "download", err) &&
            rb_net_gradient(net, room, err);
  for (size_t i = 0; ok && i < size; i++) {
    next[i] = W[i];
    G[i] = mean * room[i];
  }
  ok = ok && rb_net_covariance(net, room, err);
  for (size_t i = 0; ok && i < m * m; i++)
    S[i] = mean * mean * room[i];
  ok = ok && rb_collapse_fold(&net->outer, round, next, G, S, err) &&
       upload(net, RB_BUFFER_W, next, m, p->d, net->layout.ldx, err);
  free(next);
  free(G);
  free(S);
  free(room);
  return ok;
}

bool rb_net_round(rb_net *net, uint32_t round, rb_err *err) {
  float *W = NULL;
  if (net->problem.outside == 0)
    return rb_net_device_round(net, round, err);
  bool ok =
      rb_alloc((void **)&W, (size_t)net->problem.m * net->problem.d, sizeof *W, "weights", err) &&
      rb_net_weights(net, W, err) && rb_net_device_round(net, round, err) &&
      rb_net_fold(net, round, W, err);
  free(W);
  return ok;
}

void rb_net_observe(rb_net *net, rb_net_observer *observer, void *context) {
  net->observer = observer;
  net->observer_context = context;
}

bool rb_net_weights(rb_net *net, float *W, rb_err *err) {
  return download(net, RB_BUFFER_W, net->problem.m, net->problem.d, net->layout.ldx, W, err);
}

/* G or S (m, width) out of its rows or panels. */
static bool download_sum(rb_net *net, rb_net_buffer which, size_t width, size_t ld, float *rows,
                         rb_err *err) {
  size_t m = net->problem.m;
  float *packed = NULL;
  bool ok =
      rb_alloc((void **)&packed, m * ld, sizeof *packed, "download", err) &&
      rb_buffer_read(net->buffers[which], 0, m * ld * sizeof *packed, packed, "readback", err);
  for (size_t j = 0; ok && j < m; j++)
    for (size_t k = 0; k < width; k++)
      rows[j * width + k] = packed[rb_layout_sum_at(&net->layout, j, k, ld, m)];
  free(packed);
  return ok;
}

bool rb_net_gradient(rb_net *net, float *G, rb_err *err) {
  return download_sum(net, RB_BUFFER_G, net->problem.d, net->layout.ldx, G, err);
}

bool rb_net_covariance(rb_net *net, float *S, rb_err *err) {
  return download_sum(net, RB_BUFFER_S, net->problem.m, net->layout.ldm, S, err);
}

double rb_net_mean(const rb_net *net) {
  const rb_problem *p = &net->problem;
  return shared(net) ? 1.0 / p->n2
                     : 1.0 / ((double)p->T * p->n2); /* C has the 1/T of shared inputs */
}

bool rb_net_heads(rb_net *net, uint32_t count, float *A, rb_err *err) {
  return download(net, RB_BUFFER_A, count, net->problem.m, net->layout.ldm, A, err);
}

bool rb_net_largest(rb_net *net, double *largest, rb_err *err) {
  float found[2];
  if (!rb_buffer_read(net->buffers[RB_BUFFER_largest], 0, sizeof found, found, "readback", err))
    return false;
  /* Cauchy and Schwarz: |a . relu(z)|^2 <= |a|^2 |relu(z)|^2. */
  *largest = shared(net) ? sqrt((double)found[0] * found[1]) : found[0];
  return true;
}

const rb_problem *rb_net_problem(const rb_net *net) {
  return &net->problem;
}
const rb_layout *rb_net_layout(const rb_net *net) {
  return &net->layout;
}
rb_session *rb_net_session(const rb_net *net) {
  return net->session;
}
