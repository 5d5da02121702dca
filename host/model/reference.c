// SPDX-License-Identifier: Apache-2.0
/* Shared inputs are handled through patterns: all that sample i means to task t is f_t(pattern_i),
 * so the head step needs only the sums R_p of relu(W x_i) over samples of pattern p, and the
 * representation step only C_p = (1/T) sum_t f_t(p) a_t. Both are exact rearrangements of the sums
 * over tasks. */
#include "model/reference.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "model/inputs.h"
#include "model/tasks.h"

/* What a round holds besides its results. Sizes: R = n_rows, P = 2^r patterns. */
typedef struct work {
  const rb_problem *p;
  rb_reference *out;
  const double *W; /* (m,d), the caller's */
  uint32_t round;
  double ambiguity, mask_ambiguity;
  rb_precision precision;
  size_t n_rows, n_patterns;
  double *M;           /* (r,d) */
  double *w_norm;      /* (R) */
  int8_t *tables;      /* (P) of the task at hand; shared: (T,P) */
  double *head_error;  /* (T,R) largest error of a device's A: slack and rounding */
  double *C, *R;       /* shared only: (P,R) each */
  unsigned char *seen; /* shared only: (P) whether C_p was computed */
  double *C_error;     /* (R) largest error of a device's C, the same for all patterns */
  double *D, *D_error; /* (R) the sample's weights in G, and by how much a device's may differ */
  double *sum, *size;  /* (R,d) per task: (1/n2) sum y x over active samples, and sum max(|x|,1) */
  /* the sample at hand */
  double *x, *x_abs;           /* (d) x and max(|x|,1) */
  double *v;                   /* (d) sum of a_j w_j over active neurons */
  double *w_step;              /* (n_rows) to whose multiples a device's integers round w_j */
  double *z;                   /* (R) w.x */
  double x_len;                /* max(|x|, sqrt(d)) */
  uint32_t pattern, undecided; /* undecided: bits of the pattern that may be either */
} work;

/* Eight partial sums, so that compilers vectorize it without being allowed to reorder. */
static double dot(const double *a, const double *b, size_t n) {
  double part[8] = {0};
  size_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (size_t l = 0; l < 8; l++)
      part[l] += a[i + l] * b[i + l];
  for (; i < n; i++)
    part[i % 8] += a[i] * b[i];
  return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

static void add_scaled(double *to, double factor, const double *x, size_t n) {
  for (size_t i = 0; i < n; i++)
    to[i] += factor * x[i];
}

static bool allocate(work *w, rb_err *err) {
  rb_reference *out = w->out;
  size_t d = w->p->d, T = w->p->T, R = w->n_rows, P = w->n_patterns, D = sizeof(double);
  bool shared = w->p->inputs == RB_INPUTS_SHARED;
  return rb_alloc((void **)&out->rows, R, sizeof *out->rows, "reference rows", err) &&
         rb_alloc((void **)&out->A, T * R, D, "reference heads", err) &&
         rb_alloc((void **)&out->A_slack, T * R, D, "reference heads", err) &&
         rb_alloc((void **)&out->A_scale, T * R, D, "reference heads", err) &&
         rb_alloc((void **)&out->G, R * d, D, "reference gradient", err) &&
         rb_alloc((void **)&out->G_slack, R * d, D, "reference gradient", err) &&
         rb_alloc((void **)&out->G_scale, R * d, D, "reference gradient", err) &&
         rb_alloc((void **)&out->W_next, R * d, D, "reference weights", err) &&
         rb_alloc((void **)&w->M, w->p->r * d, D, "subspace", err) &&
         rb_alloc((void **)&w->w_norm, R, D, "row norms", err) &&
         rb_alloc((void **)&w->tables, shared ? T * P : P, 1, "task tables", err) &&
         rb_alloc((void **)&w->head_error, T * R, D, "head errors", err) &&
         rb_alloc((void **)&w->C, shared ? P * R : 0, D, "pattern weights", err) &&
         rb_alloc((void **)&w->R, shared ? P * R : 0, D, "pattern sums", err) &&
         rb_alloc((void **)&w->seen, shared ? P : 0, 1, "pattern marks", err) &&
         rb_alloc((void **)&w->C_error, R, D, "pattern errors", err) &&
         rb_alloc((void **)&w->sum, R * d, D, "gradient of a task", err) &&
         rb_alloc((void **)&w->size, R * d, D, "gradient of a task", err) &&
         rb_alloc((void **)&w->D, R, D, "sample", err) &&
         rb_alloc((void **)&w->D_error, R, D, "sample", err) &&
         rb_alloc((void **)&w->x, d, D, "sample", err) &&
         rb_alloc((void **)&w->x_abs, d, D, "sample", err) &&
         rb_alloc((void **)&w->v, d, D, "sample", err) &&
         rb_alloc((void **)&w->w_step, R, D, "steps", err) &&
         rb_alloc((void **)&w->z, R, D, "pre-activations", err);
}

static bool allocate_covariance(work *w, rb_err *err) {
  rb_reference *out = w->out;
  size_t size = w->n_rows * w->n_rows;
  return w->p->outside == 0 ||
         (rb_alloc((void **)&out->S, size, sizeof(double), "reference covariance", err) &&
          rb_alloc((void **)&out->S_slack, size, sizeof(double), "reference covariance", err) &&
          rb_alloc((void **)&out->S_scale, size, sizeof(double), "reference covariance", err));
}

static void release(work *w) {
  free(w->M);
  free(w->w_norm);
  free(w->tables);
  free(w->head_error);
  free(w->C);
  free(w->R);
  free(w->seen);
  free(w->C_error);
  free(w->D);
  free(w->D_error);
  free(w->sum);
  free(w->size);
  free(w->x);
  free(w->x_abs);
  free(w->v);
  free(w->w_step);
  free(w->z);
}

/* Draws sample i of task t and fills in everything known about it before its label. */
static void look(work *w, bool head, uint32_t t, uint32_t i) {
  const rb_problem *p = w->p;
  size_t d = p->d;
  rb_inputs_draw(p, head, w->round, t, i, w->x);
  double square = dot(w->x, w->x, d);
  w->x_len = sqrt(fmax(square, (double)d));
  w->pattern = w->undecided = 0;
  for (uint32_t k = 0; k < p->r; k++) {
    double u = dot(w->M + k * d, w->x, d);
    w->pattern |= (uint32_t)(u >= 0) << k;
    w->undecided |= (uint32_t)(fabs(u) <= w->ambiguity * w->x_len) << k; /* |M_k| = 1 */
  }
  for (size_t j = 0; j < w->n_rows; j++)
    w->z[j] = dot(w->W + w->out->rows[j] * d, w->x, d);
  if (!head)
    for (size_t k = 0; k < d; k++)
      w->x_abs[k] = fmax(fabs(w->x[k]), 1);
}

static double zone(const work *w, size_t j) {
  return w->mask_ambiguity * w->w_norm[j] * w->x_len;
}

/* Whether some way of deciding the undecided bits changes the sample's label under this table. */
static bool label_may_flip(const work *w, const int8_t *table) {
  uint32_t settled = w->pattern & ~w->undecided;
  for (uint32_t bits = w->undecided; bits != 0; bits = (bits - 1) & w->undecided)
    if (table[settled | bits] != table[settled])
      return true;
  return false;
}

/* The sample's share of A_scale. */
static double head_scale(const work *w, size_t j) {
  if (w->z[j] < -zone(w, j))
    return 0;
  return fmax(fabs(w->z[j]), w->w_norm[j] * w->x_len / sqrt(w->p->d));
}

static void head_step_per_task(work *w) {
  const rb_problem *p = w->p;
  double scale = p->eta_a / p->n1;
  for (uint32_t t = 0; t < p->T; t++) {
    double *a = w->out->A + t * w->n_rows, *slack = w->out->A_slack + t * w->n_rows;
    double *size = w->out->A_scale + t * w->n_rows;
    rb_tasks_tables(p, t, 1, w->tables);
    for (uint32_t i = 0; i < p->n1; i++) {
      look(w, true, t, i);
      double y = w->tables[w->pattern];
      bool flips = label_may_flip(w, w->tables);
      for (size_t j = 0; j < w->n_rows; j++) {
        double active = fmax(w->z[j], 0);
        a[j] += scale * y * active;
        slack[j] += flips ? scale * 2 * active : 0;
        size[j] += scale * head_scale(w, j);
      }
    }
  }
}

static void head_step_shared(work *w) {
  const rb_problem *p = w->p;
  rb_reference *out = w->out;
  size_t R = w->n_rows, P = w->n_patterns;
  double scale = p->eta_a / p->n1;
  for (uint32_t i = 0; i < p->n1; i++) {
    look(w, true, 0, i);
    double *bin = w->R + w->pattern * R;
    for (size_t j = 0; j < R; j++) {
      bin[j] += scale * fmax(w->z[j], 0);
      out->A_scale[j] += scale * head_scale(w, j);
    }
    for (uint32_t t = 0; w->undecided != 0 && t < p->T; t++)
      if (label_may_flip(w, w->tables + t * P))
        for (size_t j = 0; j < R; j++)
          out->A_slack[t * R + j] += scale * 2 * fmax(w->z[j], 0);
  }
  for (uint32_t t = 0; t < p->T; t++) {
    for (size_t q = 0; q < P; q++)
      add_scaled(out->A + t * R, w->tables[t * P + q], w->R + q * R, R);
    if (t > 0)
      memcpy(out->A_scale + t * R, out->A_scale, R * sizeof *out->A_scale);
  }
}

static bool fixed_head(work *w, rb_err *err) {
  double *a = NULL;
  if (!rb_alloc((void **)&a, w->p->m, sizeof *a, "fixed head", err))
    return false;
  rb_tasks_fixed_head(w->p, a);
  for (uint32_t t = 0; t < w->p->T; t++)
    for (size_t j = 0; j < w->n_rows; j++) {
      w->out->A[t * w->n_rows + j] = a[w->out->rows[j]];
      w->out->A_scale[t * w->n_rows + j] = fabs(a[w->out->rows[j]]);
    }
  free(a);
  return true;
}

/* By how much the sample's weight in G may change, as a multiple of its weight when active: labels
 * change its sign, masks remove or admit it. */
static double flips(const work *w, size_t j, bool label_flips) {
  bool mask_flips = fabs(w->z[j]) <= zone(w, j);
  if (w->z[j] > 0 && label_flips)
    return 2;
  return mask_flips ? 1 : 0;
}

/* What the integers that net is summed from are off by, beside zone(). Their errors in x meet the
 * sum v of the active neurons' a_j w_j, those in w_j are each neuron's own; and near 0 a neuron may
 * be active in one and not in the other. */
static double net_steps(work *w, const double *a) {
  size_t d = w->p->d;
  double largest = 0, variance = 0, near = 0;
  if (rb_tolerance_step_input(1, w->precision) == 0)
    return 0;
  for (size_t k = 0; k < d; k++)
    largest = fmax(largest, fabs(w->x[k]));
  double step_x = rb_tolerance_step_input(largest, w->precision);
  memset(w->v, 0, d * sizeof *w->v);
  for (size_t j = 0; j < w->n_rows; j++) {
    double own = pow(w->w_step[j] * w->x_len, 2) / 12;
    double off = rb_tolerance_steps(own + pow(step_x * w->w_norm[j], 2) / 12);
    if (fabs(w->z[j]) <= off)
      near += fabs(a[j]) * off;
    if (w->z[j] <= 0)
      continue;
    variance += a[j] * a[j] * own;
    add_scaled(w->v, a[j], w->W + w->out->rows[j] * d, d);
  }
  return near + rb_tolerance_steps(variance + step_x * step_x * dot(w->v, w->v, d) / 12);
}

/* The network of task t at the sample. A device's heads are off by at most head_error, its z by at
 * most zone(). */
static void track_net(work *w, uint32_t t) {
  const double *a = w->out->A + t * w->n_rows, *error = w->head_error + t * w->n_rows;
  double net = 0, slack = 0, rounding = rb_tolerance_product(w->n_rows);
  if (w->out->net_max < 0)
    return;
  slack = net_steps(w, a);
  for (size_t j = 0; j < w->n_rows; j++) {
    double active = fmax(w->z[j], 0), near = zone(w, j);
    net += a[j] * active;
    slack += error[j] * (active + near) + fabs(a[j]) * (near + rounding * active);
  }
  w->out->net_max = fmax(w->out->net_max, fabs(net));
  w->out->net_slack = fmax(w->out->net_slack, slack);
}

/* The sample's share of S, from D and D_error. */
static void add_covariance(work *w, double share) {
  rb_reference *out = w->out;
  size_t R = w->n_rows;
  for (size_t j = 0; out->S && j < R; j++)
    for (size_t k = 0; k < R; k++) {
      double a = w->D[j], b = w->D[k], da = w->D_error[j], db = w->D_error[k];
      out->S[j * R + k] += share * share * a * b;
      out->S_scale[j * R + k] += share * share * fabs(a * b);
      out->S_slack[j * R + k] += share * share * (fabs(a) * db + fabs(b) * da + da * db);
    }
}

static void representation_task(work *w, uint32_t t) {
  const rb_problem *p = w->p;
  size_t d = p->d, R = w->n_rows;
  const double *a = w->out->A + t * R, *error = w->head_error + t * R;
  double share = 1 / ((double)p->T * p->n2);
  memset(w->sum, 0, R * d * sizeof *w->sum);
  memset(w->size, 0, R * d * sizeof *w->size);
  rb_tasks_tables(p, t, 1, w->tables);
  for (uint32_t i = 0; i < p->n2; i++) {
    look(w, false, t, i);
    double y = w->tables[w->pattern];
    bool label_flips = label_may_flip(w, w->tables);
    for (size_t j = 0; j < R; j++) {
      double changes = flips(w, j, label_flips);
      if (w->z[j] > 0)
        add_scaled(w->sum + j * d, share * y, w->x, d);
      if (w->z[j] >= -zone(w, j))
        add_scaled(w->size + j * d, share, w->x_abs, d);
      for (size_t k = 0; changes != 0 && k < d; k++)
        w->out->G_slack[j * d + k] += changes * share * (fabs(a[j]) + error[j]) * fabs(w->x[k]);
      bool mask_flips = fabs(w->z[j]) <= zone(w, j); /* a label is the same for all neurons */
      w->D[j] = w->z[j] > 0 ? y * a[j] : 0;
      w->D_error[j] = mask_flips ? fabs(a[j]) + error[j] : w->z[j] > 0 ? error[j] : 0;
    }
    add_covariance(w, share);
    track_net(w, t);
  }
  /* A device's heads are off by at most `error`, which enters G times the task's sum. */
  for (size_t j = 0; j < R; j++)
    for (size_t k = j * d; k < (j + 1) * d; k++) {
      w->out->G[k] += a[j] * w->sum[k];
      w->out->G_slack[k] += error[j] * fabs(w->sum[k]);
      w->out->G_scale[k] += (fabs(a[j]) + error[j]) * w->size[k];
    }
}

/* C_q, computed when first asked for: most patterns never occur when 2^r is large. */
static const double *pattern_weights(work *w, uint32_t q) {
  size_t R = w->n_rows;
  double *c = w->C + q * R;
  if (!w->seen[q])
    for (uint32_t t = 0; t < w->p->T; t++)
      add_scaled(c, (double)w->tables[t * w->n_patterns + q] / w->p->T, w->out->A + t * R, R);
  w->seen[q] = 1;
  return c;
}

/* The sample's slack in G: the largest change over every way of deciding its pattern and its masks.
 */
static void shared_slack(work *w, double share) {
  size_t d = w->p->d, R = w->n_rows;
  uint32_t settled = w->pattern & ~w->undecided, bits = w->undecided;
  const double *c = pattern_weights(w, w->pattern);
  for (size_t j = 0; j < R; j++) {
    bool mask_flips = fabs(w->z[j]) <= zone(w, j);
    double change = 0, here = w->z[j] > 0 ? c[j] : 0;
    w->D[j] = here;
    w->D_error[j] = w->z[j] > 0 ? w->C_error[j] : 0;
    if (!mask_flips && (w->undecided == 0 || w->z[j] <= 0))
      continue;
    do {
      bits = (bits - 1) & w->undecided; /* all subsets, ending at all bits again */
      double there = pattern_weights(w, settled | bits)[j];
      if (w->z[j] > 0 || mask_flips)
        change = fmax(change, fabs(there - here));
    } while (bits != w->undecided);
    if (mask_flips)
      change = fmax(change, fabs(here));
    for (size_t k = 0; k < d; k++)
      w->out->G_slack[j * d + k] += share * change * fabs(w->x[k]);
    w->D_error[j] = w->C_error[j] + change;
  }
}

static void representation_shared(work *w) {
  const rb_problem *p = w->p;
  size_t d = p->d, R = w->n_rows;
  double share = 1.0 / p->n2, rounding = rb_tolerance_product(p->T) / p->T;
  for (uint32_t t = 0; t < p->T; t++)
    for (size_t j = 0; j < R; j++)
      w->C_error[j] += w->head_error[t * R + j] / p->T + rounding * fabs(w->out->A[t * R + j]);
  for (uint32_t i = 0; i < p->n2; i++) {
    look(w, false, 0, i);
    const double *c = pattern_weights(w, w->pattern);
    for (size_t j = 0; j < R; j++) {
      if (w->z[j] > 0)
        add_scaled(w->out->G + j * d, share * c[j], w->x, d);
      if (w->z[j] >= -zone(w, j)) {
        add_scaled(w->out->G_scale + j * d, share * (fabs(c[j]) + w->C_error[j]), w->x_abs, d);
        add_scaled(w->size + j * d, share, w->x_abs, d);
      }
    }
    shared_slack(w, share);
    add_covariance(w, share);
    for (uint32_t t = 0; w->out->net_max >= 0 && t < p->T; t++)
      track_net(w, t);
  }
  for (size_t j = 0; j < R; j++)
    add_scaled(w->out->G_slack + j * d, w->C_error[j], w->size + j * d, d);
}

static bool head_step(work *w, rb_err *err) {
  const rb_problem *p = w->p;
  bool shared = p->inputs == RB_INPUTS_SHARED;
  if (shared)
    rb_tasks_tables(p, 0, p->T, w->tables);
  if (p->ablation == RB_ABLATION_NO_HEAD) {
    if (!fixed_head(w, err))
      return false;
  } else if (shared) {
    head_step_shared(w);
  } else {
    head_step_per_task(w);
  }
  double tolerance = rb_tolerance_head(p->n1, p->d, w->precision);
  for (size_t e = 0; e < p->T * w->n_rows; e++)
    w->head_error[e] = w->out->A_slack[e] + tolerance * w->out->A_scale[e];
  return true;
}

static void representation_step(work *w) {
  const rb_problem *p = w->p;
  if (p->inputs == RB_INPUTS_SHARED)
    representation_shared(w);
  else
    for (uint32_t t = 0; t < p->T; t++)
      representation_task(w, t);
  for (size_t j = 0; j < w->n_rows; j++) {
    const double *row = w->W + (size_t)w->out->rows[j] * p->d;
    for (size_t k = 0; k < p->d; k++)
      w->out->W_next[j * p->d + k] = (1 - p->decay) * row[k] + p->eta_w * w->out->G[j * p->d + k];
  }
}

bool rb_reference_round(const rb_problem *problem, uint32_t round, const double *W,
                        const uint32_t *rows, uint32_t n_rows, double ambiguity,
                        rb_precision precision, rb_reference *out, rb_err *err) {
  *out = (rb_reference){.n_rows = rows ? n_rows : problem->m};
  out->net_max = out->n_rows == problem->m ? 0 : -1;
  work w = {.p = problem,
            .out = out,
            .W = W,
            .round = round,
            .ambiguity = ambiguity,
            .mask_ambiguity = ambiguity + rb_tolerance_sign_operands(problem->d, precision),
            .precision = precision,
            .n_rows = out->n_rows,
            .n_patterns = (size_t)1 << problem->r};
  bool done = false;
  if (!allocate(&w, err) || !allocate_covariance(&w, err) || !rb_tasks_subspace(problem, w.M, err))
    goto done;
  for (uint32_t j = 0; j < out->n_rows; j++) {
    assert(rows == NULL || rows[j] < problem->m);
    out->rows[j] = rows ? rows[j] : j;
    const double *row = W + (size_t)out->rows[j] * problem->d;
    w.w_norm[j] = sqrt(dot(row, row, problem->d));
    double largest = 0;
    for (uint32_t k = 0; k < problem->d; k++)
      largest = fmax(largest, fabs(row[k]));
    w.w_step[j] = rb_tolerance_step_weight(largest, w.w_norm[j], problem->d, precision);
  }
  if (!head_step(&w, err))
    goto done;
  representation_step(&w);
  done = true;
done:
  release(&w);
  if (!done)
    rb_reference_free(out);
  return done;
}

void rb_reference_free(rb_reference *reference) {
  free(reference->rows);
  free(reference->A);
  free(reference->A_slack);
  free(reference->A_scale);
  free(reference->G);
  free(reference->G_slack);
  free(reference->G_scale);
  free(reference->S);
  free(reference->S_slack);
  free(reference->S_scale);
  free(reference->W_next);
  *reference = (rb_reference){0};
}
