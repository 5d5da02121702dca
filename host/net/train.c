// SPDX-License-Identifier: Apache-2.0
#include "net/train.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "model/collapse.h"
#include "model/metrics.h"
#include "model/reference.h"
#include "model/tasks.h"
#include "net/verify.h"

void rb_train_hash(const float *W, size_t n, char hash[65]) {
  rb_sha256_hex(W, n * sizeof *W, hash);
}

void rb_train_free(rb_trained *t) {
  free(t->W);
  free(t->W0);
  *t = (rb_trained){0};
}

static double norm(const float *a, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (double)a[i] * a[i];
  return sqrt(sum);
}

/* ||a - b|| / ||b|| of weights; of a collapsed problem the part along M, as a round changes the
 * basis of the rest. */
static double moved(const rb_problem *p, const float *a, const float *b) {
  double change = 0, before = 0;
  for (size_t j = 0; j < p->m; j++)
    for (size_t k = 0; k < (p->axes ? p->r : p->d); k++) {
      double old = b[j * p->d + k], difference = a[j * p->d + k] - old;
      change += difference * difference;
      before += old * old;
    }
  return sqrt(change / before);
}

/* The comparison on fewer samples, on a network of its own: before the cell's own takes memory. */
static bool verify_smaller(rb_session *session, const rb_verify_plan *plan, const rb_layout *layout,
                           rb_check *check, rb_err *err) {
  rb_layout smaller;
  rb_net *net = NULL;
  bool ok = rb_layout_make(session, &plan->problem, layout->backend, layout->tile, &layout->variant,
                           &smaller, err) &&
            rb_net_open(session, &plan->problem, &smaller, NULL, &net, err) &&
            rb_verify_train(net, plan->n_rows, NULL, check, err) &&
            rb_session_check_guards(session, err);
  rb_net_close(net);
  return ok;
}

static bool run_rounds(rb_net *net, float *W_last, double *ns, rb_err *err) {
  uint32_t rounds = rb_net_problem(net)->rounds;
  rb_host_time start = rb_clock_now();
  for (uint32_t round = 0; round < rounds; round++)
    if ((round + 1 == rounds && !rb_net_weights(net, W_last, err)) ||
        !rb_net_round(net, round, err))
      return false;
  if (!rb_session_finish(rb_net_session(net), err))
    return false;
  *ns = (double)rb_clock_between_ns(start, rb_clock_now());
  return true;
}

static void keep_worse(rb_check *check, const rb_check *other) {
  if (other->error > check->error)
    *check = *other;
}

static bool differs(rb_net *net, const char *what, rb_err *err) {
  return rb_fail(err, RB_WRONG, "%s was read twice from device '%s' and differs", what,
                 rb_session_device(rb_net_session(net))->name);
}

/* What is recorded is read once more, W+ and G (m,d) into again: the comparison with the reference
 * read for itself, so that nothing else would find a transfer that brings other bits. */
static bool same_again(rb_net *net, const rb_trained *out, const float *G, float *again,
                       rb_err *err) {
  size_t bytes = (size_t)rb_net_problem(net)->m * rb_net_problem(net)->d * sizeof *again;
  double largest;
  if (!rb_net_weights(net, again, err))
    return false;
  if (memcmp(out->W, again, bytes) != 0)
    return differs(net, "W+", err);
  if (!rb_net_gradient(net, again, err))
    return false;
  if (memcmp(G, again, bytes) != 0)
    return differs(net, "the gradient", err);
  if (!rb_net_largest(net, &largest, err))
    return false;
  return memcmp(&largest, &out->net_largest, sizeof largest) == 0 ||
         differs(net, "the largest |net|", err);
}

/* plan NULL: nothing is compared. */
static bool train(rb_net *net, const rb_verify_plan *plan, float *W_last, float *G, rb_check *check,
                  rb_trained *out, rb_err *err) {
  rb_check products = {0};
  size_t size = (size_t)rb_net_problem(net)->m * rb_net_problem(net)->d;
  if (plan && strcmp(plan->scope, "full") != 0 && !rb_verify_products(net, &products, err))
    return false;
  if (!rb_net_weights(net, out->W0, err) ||
      !(!plan || plan->smaller ? run_rounds(net, W_last, &out->train_ns, err)
                               : rb_verify_train(net, plan->n_rows, W_last, check, err)) ||
      !rb_net_weights(net, out->W, err) || !rb_net_gradient(net, G, err) ||
      !rb_net_largest(net, &out->net_largest, err) ||
      !rb_session_check_guards(rb_net_session(net), err))
    return false;
  keep_worse(check, &products);
  out->gradient_norm = norm(G, size) * rb_net_mean(net);
  out->weights_moved = moved(rb_net_problem(net), out->W, W_last);
  rb_train_hash(out->W, size, out->hash);
  /* Reading waits, but does not tell which command failed. */
  return same_again(net, out, G, W_last, err) && rb_session_finish(rb_net_session(net), err);
}

static bool weights_alloc(const rb_problem *p, rb_trained *out, rb_err *err) {
  size_t size = (size_t)p->m * rb_problem_inner(p).d;
  return rb_alloc((void **)&out->W, size, sizeof(float), "weights", err) &&
         rb_alloc((void **)&out->W0, size, sizeof(float), "weights", err);
}

bool rb_train_from(rb_session *session, const rb_problem *p, const rb_layout *layout,
                   const double *weights, bool compare, rb_trained *out, rb_err *err) {
  rb_verify_plan made = rb_verify_make_plan(p), *plan = compare ? &made : NULL;
  *out = (rb_trained){.net_kind = p->inputs == RB_INPUTS_SHARED ? "bound" : "exact",
                      .scope = plan ? plan->scope : "none",
                      .train_ns = NAN};
  size_t size = (size_t)p->m * rb_problem_inner(p).d;
  rb_check check = {0};
  rb_net *net = NULL;
  float *W_last = NULL, *G = NULL;
  rb_session_reset_peak(session);
  bool ok = weights_alloc(p, out, err) &&
            rb_alloc((void **)&W_last, size, sizeof(float), "weights", err) &&
            rb_alloc((void **)&G, size, sizeof(float), "gradient", err) &&
            (!plan || !plan->smaller || verify_smaller(session, plan, layout, &check, err)) &&
            rb_net_open(session, p, layout, weights, &net, err) &&
            train(net, plan, W_last, G, &check, out, err);
  rb_net_close(net);
  free(W_last);
  free(G);
  out->peak_bytes = rb_session_peak_bytes(session);
  out->error = check.error;
  memcpy(out->where, check.where, sizeof out->where);
  if (!ok)
    rb_train_free(out);
  return ok;
}

bool rb_train_device(rb_session *session, const rb_problem *p, const rb_layout *layout,
                     rb_trained *out, rb_err *err) {
  return rb_train_from(session, p, layout, NULL, true, out, err);
}

static double norm_double(const double *a, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += a[i] * a[i];
  return sqrt(sum);
}

/* W0 as a device starts from: rounded to floats. */
static bool initial_weights(const rb_problem *p, size_t size, double *W, float *W0, rb_err *err) {
  if (p->sampler != RB_SAMPLER_COLLAPSED)
    rb_tasks_weights(p, W);
  else if (!rb_collapse_weights(p, W, err))
    return false;
  for (size_t i = 0; i < size; i++)
    W[i] = W0[i] = (float)W[i];
  return true;
}

/* One round of the reference on W, and what it did. */
static bool reference_round(const rb_problem *p, uint32_t round, size_t size, double *W,
                            rb_trained *out, rb_err *err) {
  rb_problem inner = rb_problem_inner(p);
  rb_reference reference;
  double *next, change = 0, before = norm_double(W, size);
  if (!rb_reference_round(&inner, round, W, NULL, 0, 0, RB_PRECISION_SINGLE, &reference, err))
    return false;
  next = reference.W_next;
  bool ok = true;
  if (inner.outside > 0) {
    memcpy(next, W, size * sizeof *W);
    ok = rb_collapse_fold(p, round, next, reference.G, reference.S, err);
  }
  for (size_t i = 0; i < size; i++) {
    change += (next[i] - W[i]) * (next[i] - W[i]);
    W[i] = next[i];
  }
  out->gradient_norm = norm_double(reference.G, size);
  out->weights_moved = sqrt(change) / before;
  out->net_largest = fmax(out->net_largest, reference.net_max);
  rb_reference_free(&reference);
  return ok;
}

bool rb_train_reference(const rb_problem *p, rb_trained *out, rb_err *err) {
  *out = (rb_trained){.net_kind = "exact", .scope = "reference"};
  size_t size = (size_t)p->m * rb_problem_inner(p).d;
  double *W = NULL;
  bool ok = weights_alloc(p, out, err) && rb_alloc((void **)&W, size, sizeof *W, "weights", err) &&
            initial_weights(p, size, W, out->W0, err);
  for (uint32_t round = 0; ok && round < p->rounds; round++)
    ok = reference_round(p, round, size, W, out, err);
  for (size_t i = 0; ok && i < size; i++)
    out->W[i] = (float)W[i];
  if (ok)
    rb_train_hash(out->W, size, out->hash);
  free(W);
  if (!ok)
    rb_train_free(out);
  return ok;
}

/* ---- round by round ---- */

/* What the metrics of a problem need; W is the caller's to fill. */
typedef struct follower {
  rb_problem inner;
  double *W, *M; /* (m,d), (r,d) of the inner problem */
  float *floats; /* (m,d) */
} follower;

static void follower_free(follower *f) {
  free(f->W);
  free(f->M);
  free(f->floats);
}

static bool follower_open(const rb_problem *p, follower *f, rb_err *err) {
  *f = (follower){.inner = rb_problem_inner(p)};
  size_t size = (size_t)f->inner.m * f->inner.d;
  return rb_alloc((void **)&f->W, size, sizeof(double), "weights", err) &&
         rb_alloc((void **)&f->floats, size, sizeof(float), "weights", err) &&
         rb_alloc((void **)&f->M, (size_t)f->inner.r * f->inner.d, sizeof(double), "subspace",
                  err) &&
         rb_tasks_subspace(&f->inner, f->M, err);
}

static bool look(const follower *f, const double *W, double *sin_theta, rb_err *err) {
  rb_metrics metrics;
  if (!rb_metrics_measure(&f->inner, W, f->M, &metrics, err))
    return false;
  *sin_theta = metrics.sin_theta;
  return true;
}

bool rb_train_follow(rb_session *session, const rb_problem *p, const rb_layout *layout,
                     double *sin_theta, rb_err *err) {
  follower f;
  rb_net *net = NULL;
  bool ok = follower_open(p, &f, err) && rb_net_open(session, p, layout, NULL, &net, err);
  for (uint32_t round = 0; ok && round < p->rounds; round++) {
    ok = rb_net_round(net, round, err) && rb_net_weights(net, f.floats, err);
    for (size_t i = 0; ok && i < (size_t)f.inner.m * f.inner.d; i++)
      f.W[i] = f.floats[i];
    ok = ok && look(&f, f.W, &sin_theta[round], err);
  }
  ok = ok && rb_session_check_guards(session, err) && rb_session_finish(session, err);
  rb_net_close(net);
  follower_free(&f);
  return ok;
}

bool rb_train_follow_reference(const rb_problem *p, double *sin_theta, rb_err *err) {
  follower f;
  rb_trained ignored = {0};
  double *rounded = NULL;
  bool ok = follower_open(p, &f, err);
  size_t size = (size_t)f.inner.m * f.inner.d;
  ok = ok && rb_alloc((void **)&rounded, size, sizeof *rounded, "weights", err) &&
       initial_weights(p, size, f.W, f.floats, err);
  for (uint32_t round = 0; ok && round < p->rounds; round++) {
    ok = reference_round(p, round, size, f.W, &ignored, err);
    for (size_t i = 0; ok && i < size; i++) /* as W+ is kept */
      rounded[i] = (float)f.W[i];
    ok = ok && look(&f, rounded, &sin_theta[round], err);
  }
  free(rounded);
  follower_free(&f);
  return ok;
}
