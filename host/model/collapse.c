// SPDX-License-Identifier: Apache-2.0
#include "model/collapse.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/philox.h"
#include "model/linalg.h"

static double planted = 1;

void rb_collapse_plant(double scale) {
  planted = scale;
}

static uint32_t least(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

uint32_t rb_collapse_width(const rb_problem *problem) {
  rb_problem collapsed = *problem;
  collapsed.sampler = RB_SAMPLER_COLLAPSED;
  return rb_problem_inner(&collapsed).d;
}

/* Row i of the random numbers of a round; 2^24 blocks each, rows hold at most RB_MAX_M normals. */
static rb_random row_random(const rb_problem *problem, rb_stream stream, uint32_t round,
                            uint32_t i) {
  rb_random random = rb_random_make(problem->seed, stream);
  random.index = (uint64_t)round << 48 | (uint64_t)i << 24;
  return random;
}

/* Row i of a Bartlett factor of Wishart(I, degrees), times scale, into row (columns), columns <=
 * degrees: L of the L Q factorization of a Gaussian matrix with `degrees` columns. */
static void bartlett_row(rb_random *random, uint32_t i, uint32_t degrees, uint32_t columns,
                         double scale, double *row) {
  scale *= planted;
  for (uint32_t j = 0; j < columns; j++)
    row[j] = j < i ? scale * rb_random_normal(random) : 0;
  if (i < columns)
    row[i] = scale * sqrt(rb_random_chi_square(random, degrees - i));
}

void rb_collapse_along(const rb_problem *problem, uint32_t i, double *u) {
  rb_random random = row_random(problem, RB_STREAM_COLLAPSED_WEIGHTS, 0, i);
  for (uint32_t k = 0; k < problem->r; k++)
    u[k] = rb_random_normal(&random);
}

bool rb_collapse_weights(const rb_problem *problem, double *W, rb_err *err) {
  (void)err;
  uint32_t r = problem->r, width = rb_collapse_width(problem);
  double scale = 1 / sqrt(problem->d);
  for (uint32_t i = 0; i < problem->m; i++) {
    rb_random random = row_random(problem, RB_STREAM_COLLAPSED_WEIGHTS, 0, i);
    double *row = W + (size_t)i * width;
    for (uint32_t k = 0; k < r; k++)
      row[k] = scale * rb_random_normal(&random);
    bartlett_row(&random, i, problem->d - r, width - r, scale, row + r);
  }
  return true;
}

/* Row i of A (p,q) is looked at from column i on if upper. */
static bool check_finite(const double *A, size_t p, size_t q, bool upper, const char *what,
                         rb_err *err) {
  for (size_t i = 0; i < p; i++)
    for (size_t j = upper ? i : 0; j < q; j++)
      if (!isfinite(A[i * q + j]))
        return rb_fail(err, RB_WRONG, "%s of a collapsed round holds %g in row %zu, column %zu",
                       what, A[i * q + j], i, j);
  return true;
}

typedef struct fold {
  size_t m, r, width, beyond; /* beyond = min(m,q): columns of the part outside the span */
  double *root;               /* (m,m) S^(1/2) */
  double *B;                  /* (m, beyond); before it is drawn, a copy of S needs (m,m) */
  double *outer;              /* (m, beyond) S^(1/2) B */
  double *wide;               /* (m, width - r + beyond) all orthogonal columns */
  double *L;                  /* (m, width - r) */
} fold;

/* outer = S^(1/2) B */
static bool draw_beyond(const rb_problem *problem, uint32_t round, const double *S, fold *f,
                        rb_err *err) {
  uint32_t q = problem->d - (uint32_t)f->width;
  memcpy(f->B, S, f->m * f->m * sizeof *S);
  if (!rb_linalg_root(f->B, f->m, f->root, err))
    return false;
  for (uint32_t i = 0; i < problem->m; i++) {
    rb_random random = row_random(problem, RB_STREAM_COLLAPSE, round, i);
    bartlett_row(&random, i, q, (uint32_t)f->beyond, 1, f->B + i * f->beyond);
  }
  rb_linalg_product(f->root, f->B, f->outer, f->m, f->beyond, f->m);
  return true;
}

static bool fold_all(const rb_problem *problem, uint32_t round, double *W, const double *G,
                     const double *S, fold *f, rb_err *err) {
  size_t m = f->m, r = f->r, width = f->width, inside = width - r, columns = inside + f->beyond;
  double keep = 1 - problem->decay, step = problem->eta_w;
  if (f->beyond > 0 && !draw_beyond(problem, round, S, f, err))
    return false;
  for (size_t i = 0; i < m; i++) {
    double *row = f->wide + i * columns;
    for (size_t k = 0; k < inside; k++)
      row[k] = keep * W[i * width + r + k] + step * G[i * width + r + k];
    for (size_t k = 0; k < f->beyond; k++)
      row[inside + k] = step * f->outer[i * f->beyond + k];
  }
  if (inside > 0 && !rb_linalg_lq(f->wide, m, columns, f->L, err))
    return false;
  for (size_t i = 0; i < m; i++) {
    for (size_t k = 0; k < r; k++)
      W[i * width + k] = keep * W[i * width + k] + step * G[i * width + k];
    memcpy(W + i * width + r, f->L + i * inside, inside * sizeof *W);
  }
  return true;
}

bool rb_collapse_fold(const rb_problem *problem, uint32_t round, double *W, const double *G,
                      const double *S, rb_err *err) {
  uint32_t width = rb_collapse_width(problem), beyond = least(problem->m, problem->d - width);
  fold f = {.m = problem->m, .r = problem->r, .width = width, .beyond = beyond};
  size_t inside = f.width - f.r, D = sizeof(double);
  bool done = check_finite(G, f.m, f.width, false, "gradient", err) &&
              check_finite(S, f.m, f.m, true, "covariance", err) &&
              rb_alloc((void **)&f.root, f.m * f.m, D, "root of a covariance", err) &&
              rb_alloc((void **)&f.B, f.m * f.m, D, "Bartlett factor", err) &&
              rb_alloc((void **)&f.outer, f.m * f.beyond, D, "gradient beyond the span", err) &&
              rb_alloc((void **)&f.wide, f.m * (inside + f.beyond), D, "wide weights", err) &&
              rb_alloc((void **)&f.L, f.m * inside, D, "triangular weights", err) &&
              fold_all(problem, round, W, G, S, &f, err);
  free(f.root);
  free(f.B);
  free(f.outer);
  free(f.wide);
  free(f.L);
  return done;
}
