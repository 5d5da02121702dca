// SPDX-License-Identifier: Apache-2.0
#include "report/psychometric.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Bounds. Success is accuracy >= target, which chance alone hardly reaches and good features hardly
 * miss; a shape steeper or flatter than these bounds of s is none that ln n could show. */
static const double MAX_GUESS = 0.1, MAX_LAPSE = 0.1, MIN_SCALE = 0.02, MAX_SCALE = 5;
static const double LEAST_P = 1e-14; /* keeps logarithms finite */

enum { LOCAL = 4, ROUNDS = 100 }; /* star, ln s, g, l */

/* One point's sums: log-likelihood, its gradient and Fisher information in star, ln s, g, l. */
typedef struct sums {
  double log_likelihood, gradient[LOCAL], information[LOCAL][LOCAL];
} sums;

/* The same of all, by the parameters; the lower triangle alone. */
typedef struct normal {
  size_t n;
  double log_likelihood, gradient[RB_PSYCHOMETRIC_ROOM];
  double information[RB_PSYCHOMETRIC_ROOM * RB_PSYCHOMETRIC_ROOM];
} normal;

/* ---- the model ---- */

/* P and its derivatives by star, ln s, g and l. */
static double success(const rb_psychometric_shape *shape, double above, double slopes[LOCAL]) {
  double g = shape->guess, l = shape->lapse, u = above / shape->scale;
  double f = 1 / (1 + exp(-(u + shape->shift))), steep = (1 - g - l) * f * (1 - f);
  if (slopes) {
    slopes[0] = -steep / shape->scale;
    slopes[1] = -steep * u;
    slopes[2] = 1 - f - steep / (0.5 - g);
    slopes[3] = -f + steep / (0.5 - l);
  }
  return fmin(fmax(g + (1 - g - l) * f, LEAST_P), 1 - LEAST_P);
}

/* Logarithm of the likelihood of a bin with probability p. */
static double logarithm(const rb_psychometric_bin *bin, double p) {
  double lost = bin->n - bin->n_successes;
  return (bin->n_successes > 0 ? bin->n_successes * log(p) : 0) + (lost > 0 ? lost * log1p(-p) : 0);
}

double rb_psychometric_success(const rb_psychometric_shape *shape, double above) {
  return success(shape, above, NULL);
}

double rb_psychometric_likelihood(const rb_psychometric_shape *shape,
                                  const rb_psychometric_bin *bins, size_t n, double star) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += logarithm(&bins[i], success(shape, bins[i].x - star, NULL));
  return sum;
}

double rb_psychometric_score(const rb_psychometric_shape *shape, double above, bool won) {
  double slopes[LOCAL], p = success(shape, above, slopes);
  return won ? slopes[0] / p : -slopes[0] / (1 - p);
}

rb_psychometric_shape rb_psychometric_shape_make(double scale, double guess, double lapse) {
  return (rb_psychometric_shape){scale, guess, lapse, log((0.5 - guess) / (0.5 - lapse))};
}

rb_psychometric_shape rb_psychometric_shape_of(const rb_psychometric *model) {
  const double *shared = model->at + model->n_columns;
  return rb_psychometric_shape_make(exp(shared[0]), shared[1], shared[2]);
}

void rb_psychometric_begin(rb_psychometric *model) {
  static const double starts[] = {0.4, 0.01, 0.01}; /* s, g, l */
  size_t k = model->n_columns;
  model->at[k] = log(starts[0]), model->at[k + 1] = starts[1], model->at[k + 2] = starts[2];
  model->lower[k] = log(MIN_SCALE), model->upper[k] = log(MAX_SCALE);
  model->lower[k + 1] = 0, model->upper[k + 1] = MAX_GUESS;
  model->lower[k + 2] = 0, model->upper[k + 2] = MAX_LAPSE;
}

/* ---- sums over trials ---- */

static void add_bin(sums *to, const rb_psychometric_shape *shape, const rb_psychometric_bin *bin,
                    double star) {
  double slopes[LOCAL], p = success(shape, bin->x - star, slopes);
  double pull = (bin->n_successes - bin->n * p) / (p * (1 - p)), weight = bin->n / (p * (1 - p));
  to->log_likelihood += logarithm(bin, p);
  for (int i = 0; i < LOCAL; i++) {
    to->gradient[i] += pull * slopes[i];
    for (int j = 0; j <= i; j++)
      to->information[i][j] += weight * slopes[i] * slopes[j];
  }
}

static double star_of(const rb_psychometric *model, const double *at, size_t point) {
  double star = 0;
  if (!model->design)
    return at[point];
  for (size_t j = 0; j < model->n_columns; j++)
    star += model->design[point * model->n_columns + j] * at[j];
  return star;
}

/* Adds what a point says, carried over to the parameters of the whole: columns act through star,
 * the shared ones are themselves. */
static void add_point(const rb_psychometric *model, size_t point, const sums *from, normal *to) {
  size_t columns = model->n_columns, n = to->n, local[RB_PSYCHOMETRIC_ROOM];
  double slope[RB_PSYCHOMETRIC_ROOM];
  for (size_t a = 0; a < n; a++) {
    local[a] = a < columns ? 0 : a - columns + 1;
    slope[a] = a >= columns    ? 1
               : model->design ? model->design[point * columns + a]
                               : (double)(a == point);
  }
  to->log_likelihood += from->log_likelihood;
  for (size_t a = 0; a < n; a++) {
    if (slope[a] == 0)
      continue;
    to->gradient[a] += slope[a] * from->gradient[local[a]];
    for (size_t b = 0; b <= a; b++) /* local[b] <= local[a] */
      to->information[a * n + b] += slope[a] * slope[b] * from->information[local[a]][local[b]];
  }
}

static void sum_up(const rb_psychometric *model, const double *at, normal *to) {
  const double *shared = at + model->n_columns;
  rb_psychometric_shape shape = rb_psychometric_shape_make(exp(shared[0]), shared[1], shared[2]);
  to->n = model->n_columns + 3;
  to->log_likelihood = 0;
  memset(to->gradient, 0, to->n * sizeof *to->gradient);
  memset(to->information, 0, to->n * to->n * sizeof *to->information);
  for (size_t i = 0; i < model->n_bins;) {
    size_t point = model->bins[i].point;
    double star = star_of(model, at, point);
    sums local = {0};
    for (; i < model->n_bins && model->bins[i].point == point; i++)
      add_bin(&local, &shape, &model->bins[i], star);
    add_point(model, point, &local, to);
  }
}

/* ---- linear algebra: tiny, symmetric, positive ---- */

/* The Cholesky factor of the lower triangle of A (n,n), in place. */
static void factor(double *A, size_t n) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j <= i; j++) {
      double sum = A[i * n + j];
      for (size_t k = 0; k < j; k++)
        sum -= A[i * n + k] * A[j * n + k];
      A[i * n + j] = i == j ? sqrt(fmax(sum, 1e-30)) : sum / A[j * n + j];
    }
}

/* x (n) becomes the solution of L L^T y = x. */
static void solve(const double *L, size_t n, double *x) {
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < i; k++)
      x[i] -= L[i * n + k] * x[k];
    x[i] /= L[i * n + i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; k++)
      x[i] -= L[k * n + i] * x[k];
    x[i] /= L[i * n + i];
  }
}

/* ---- the fit ---- */

static const double RIDGE = 1e-9; /* where the trials say nothing, nothing moves */

/* Which parameters may move: not those at a bound that the gradient points beyond. */
static size_t find_free(const rb_psychometric *model, const normal *at_hand, size_t *free_ones) {
  size_t n = 0;
  for (size_t a = 0; a < at_hand->n; a++) {
    double x = model->at[a], pull = at_hand->gradient[a];
    bool held = model->lower[a] >= model->upper[a] || (x <= model->lower[a] && pull <= 0) ||
                (x >= model->upper[a] && pull >= 0);
    if (!held)
      free_ones[n++] = a;
  }
  return n;
}

/* The factor of the information of the free parameters, its diagonal times 1 + damping. */
static void factor_free(const normal *of, const size_t *free_ones, size_t n, double damping,
                        double *L) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j <= i; j++)
      L[i * n + j] =
          of->information[free_ones[i] * of->n + free_ones[j]] * (i == j ? 1 + damping : 1) +
          (i == j ? RIDGE : 0);
  factor(L, n);
}

static void find_covariance(rb_psychometric *model, const normal *of, const size_t *free_ones,
                            size_t n, double *L) {
  double column[RB_PSYCHOMETRIC_ROOM];
  memset(model->covariance, 0, of->n * of->n * sizeof *model->covariance);
  factor_free(of, free_ones, n, 0, L);
  for (size_t j = 0; j < n; j++) {
    for (size_t i = 0; i < n; i++)
      column[i] = i == j;
    solve(L, n, column);
    for (size_t i = 0; i < n; i++)
      model->covariance[free_ones[i] * of->n + free_ones[j]] = column[i];
  }
}

bool rb_psychometric_fit(rb_psychometric *model) {
  static const double ENOUGH = 1e-7, MOST_DAMPING = 1e9; /* of the log-likelihood */
  normal here, there;
  double L[RB_PSYCHOMETRIC_ROOM * RB_PSYCHOMETRIC_ROOM], step[RB_PSYCHOMETRIC_ROOM];
  double to[RB_PSYCHOMETRIC_ROOM], damping = 0;
  size_t free_ones[RB_PSYCHOMETRIC_ROOM], n = 0;
  bool rests = false;
  sum_up(model, model->at, &here);
  for (int round = 0; round < ROUNDS && !rests; round++) {
    double gain = 0;
    n = find_free(model, &here, free_ones);
    factor_free(&here, free_ones, n, damping, L);
    for (size_t i = 0; i < n; i++)
      step[i] = here.gradient[free_ones[i]];
    solve(L, n, step);
    memcpy(to, model->at, here.n * sizeof *to);
    for (size_t i = 0; i < n; i++) {
      size_t a = free_ones[i];
      to[a] = fmin(fmax(to[a] + step[i], model->lower[a]), model->upper[a]);
      gain += here.gradient[a] * (to[a] - model->at[a]);
    }
    sum_up(model, to, &there);
    if (there.log_likelihood >= here.log_likelihood) {
      rests = there.log_likelihood - here.log_likelihood < ENOUGH && fabs(gain) < 10 * ENOUGH;
      memcpy(model->at, to, here.n * sizeof *to);
      here = there;
      damping = damping < 1e-3 ? 0 : damping / 10;
    } else {
      rests = damping > MOST_DAMPING || fabs(gain) < ENOUGH;
      damping = damping < 1e-3 ? 1e-2 : damping * 10;
    }
  }
  n = find_free(model, &here, free_ones);
  find_covariance(model, &here, free_ones, n, L);
  model->log_likelihood = here.log_likelihood;
  return rests;
}
