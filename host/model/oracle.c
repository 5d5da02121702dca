// SPDX-License-Identifier: Apache-2.0
#include "model/oracle.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "model/linalg.h"
#include "model/tasks.h"

static const double pi = 3.14159265358979323846;

enum { MAX_R = 6, MAX_NODES = 40, MAX_PATTERNS = 1 << MAX_R };

void rb_oracle_kernel(const int8_t *tables, uint32_t T, uint32_t r, double *K) {
  size_t P = (size_t)1 << r;
  for (size_t p = 0; p < P; p++)
    for (size_t q = 0; q < P; q++) {
      int64_t sum = 0;
      for (size_t t = 0; t < T; t++)
        sum += tables[t * P + p] * tables[t * P + q];
      K[p * P + q] = (double)sum / T;
    }
}

static double sign_of(uint32_t pattern, uint32_t k) {
  return pattern >> k & 1 ? 1 : -1;
}

void rb_oracle_F(const int8_t *tables, uint32_t T, uint32_t r, double *F) {
  uint32_t P = (uint32_t)1 << r;
  memset(F, 0, (size_t)r * r * sizeof *F);
  for (size_t t = 0; t < T; t++) {
    double fhat[RB_MAX_R] = {0};
    for (uint32_t p = 0; p < P; p++)
      for (uint32_t k = 0; k < r; k++)
        fhat[k] += tables[t * P + p] * sign_of(p, k) / P;
    for (uint32_t k = 0; k < r; k++)
      for (uint32_t l = 0; l < r; l++)
        F[k * r + l] += fhat[k] * fhat[l] / T;
  }
}

/* Gauss rule of n nodes for the half-normal density sqrt(2/pi) exp(-z^2/2) on z > 0: recurrence
 * coefficients by Stieltjes' procedure on a fine composite rule, nodes and weights from the
 * eigenpairs of the Jacobi matrix (Golub and Welsch, Math. Comp. 23, 1969). Weights sum to 1. */
static bool half_normal_rule(uint32_t n, double *node, double *weight, rb_err *err) {
  static const double gauss5[5][2] = {{-0.9061798459386640, 0.2369268850561891},
                                      {-0.5384693101056831, 0.4786286704993665},
                                      {0, 0.5688888888888889},
                                      {0.5384693101056831, 0.4786286704993665},
                                      {0.9061798459386640, 0.2369268850561891}};
  enum { PANELS = 400, POINTS = 5 * PANELS };
  const double end = 20,
               width = end / PANELS; /* z^(2n) exp(-z^2/2) is below 1e-30 of its peak there */
  double z[POINTS], density[POINTS], now[POINTS], before[POINTS] = {0};
  double jacobi[MAX_NODES * MAX_NODES] = {0}, vectors[MAX_NODES * MAX_NODES], beta = 0;
  for (int i = 0; i < POINTS; i++) {
    z[i] = width * (i / 5 + 0.5 + 0.5 * gauss5[i % 5][0]);
    density[i] = 0.5 * width * gauss5[i % 5][1] * sqrt(2 / pi) * exp(-0.5 * z[i] * z[i]);
    now[i] = 1;
  }
  for (uint32_t k = 0; k < n; k++) { /* now: the orthonormal polynomial of degree k */
    double alpha = 0, square = 0;
    for (int i = 0; i < POINTS; i++)
      alpha += density[i] * z[i] * now[i] * now[i];
    for (int i = 0; i < POINTS; i++) {
      double next = (z[i] - alpha) * now[i] - beta * before[i];
      before[i] = now[i];
      now[i] = next;
      square += density[i] * next * next;
    }
    beta = sqrt(square);
    for (int i = 0; i < POINTS; i++)
      now[i] /= beta;
    jacobi[k * n + k] = alpha;
    if (k + 1 < n)
      jacobi[k * n + k + 1] = jacobi[(k + 1) * n + k] = beta;
  }
  if (!rb_linalg_top_eigen(jacobi, n, n, node, vectors, err))
    return false;
  for (uint32_t k = 0; k < n; k++)
    weight[k] = vectors[k * n] * vectors[k * n];
  return true;
}

/* Integrals over the orthants: phi_s and its gradient in (u, beta). */
typedef struct orthants {
  uint32_t r, n; /* n nodes per half line */
  double node[MAX_NODES], weight[MAX_NODES];
  double u[MAX_R], beta;
  double z[MAX_R];                /* the point at hand */
  double phi[MAX_PATTERNS];       /* E 1[sign z = s] h(u.z, beta) */
  double du[MAX_PATTERNS][MAX_R]; /* its derivative in u: E 1[] z Phi(u.z / beta) */
  double dbeta[MAX_PATTERNS];     /* and in beta: E 1[] density(u.z / beta) */
} orthants;

/* Adds every point whose first k coordinates are z[0..k): a = u.z so far, weight its product so
 * far. */
static void visit(orthants *o, uint32_t k, uint32_t pattern, double a, double weight) {
  if (k == o->r) {
    double c = a / o->beta, Phi = 0.5 * erfc(-c * sqrt(0.5));
    double density = exp(-0.5 * c * c) / sqrt(2 * pi);
    o->phi[pattern] += weight * (a * Phi + o->beta * density);
    o->dbeta[pattern] += weight * density;
    for (uint32_t i = 0; i < o->r; i++)
      o->du[pattern][i] += weight * Phi * o->z[i];
    return;
  }
  for (uint32_t side = 0; side < 2; side++)
    for (uint32_t i = 0; i < o->n; i++) {
      o->z[k] = side ? o->node[i] : -o->node[i];
      visit(o, k + 1, pattern | side << k, a + o->u[k] * o->z[k], weight * 0.5 * o->weight[i]);
    }
}

bool rb_oracle_population(uint32_t d, uint32_t r, const double *M, const double *K, const double *w,
                          double *G, rb_err *err) {
  /* Nodes per half line, so that (2 n)^r points take a second at most; the tests print what error
   * is left. */
  static const uint32_t n_nodes[MAX_R + 1] = {0, 40, 32, 20, 14, 10, 8};
  if (r < 1 || r > MAX_R)
    return rb_fail(err, RB_USAGE, "population gradient: r = %u is outside 1..%d", r, MAX_R);
  orthants *o = NULL;
  double *w_perp = NULL, square = 0, inside = 0;
  uint32_t P = (uint32_t)1 << r;
  bool done = false;
  if (!rb_alloc((void **)&o, 1, sizeof *o, "orthant integrals", err) ||
      !rb_alloc((void **)&w_perp, d, sizeof *w_perp, "orthogonal part", err))
    goto done;
  o->r = r;
  o->n = n_nodes[r];
  memcpy(w_perp, w, d * sizeof *w_perp);
  for (uint32_t k = 0; k < r; k++) {
    const double *row = M + (size_t)k * d;
    for (uint32_t i = 0; i < d; i++)
      o->u[k] += row[i] * w[i];
    for (uint32_t i = 0; i < d; i++)
      w_perp[i] -= o->u[k] * row[i];
    inside += o->u[k] * o->u[k];
  }
  for (uint32_t i = 0; i < d; i++)
    square += w_perp[i] * w_perp[i];
  o->beta = sqrt(square);
  if (!(o->beta >= 0.25 * sqrt(inside) && o->beta > 0)) { /* the integrand becomes a step */
    rb_fail(err, RB_USAGE,
            "population gradient: |w_perp| = %g is below a quarter of |M w| = %g, where the "
            "quadrature is "
            "not accurate",
            o->beta, sqrt(inside));
    goto done;
  }
  if (!half_normal_rule(o->n, o->node, o->weight, err))
    goto done;
  visit(o, 0, 0, 0, 1);
  double gu[MAX_R] = {0}, gbeta = 0;
  for (uint32_t s = 0; s < P; s++) {
    double head = 0;
    for (uint32_t q = 0; q < P; q++)
      head += K[s * P + q] * o->phi[q];
    gbeta += head * o->dbeta[s];
    for (uint32_t k = 0; k < r; k++)
      gu[k] += head * o->du[s][k];
  }
  for (uint32_t i = 0; i < d; i++) {
    G[i] = gbeta * w_perp[i] / o->beta;
    for (uint32_t k = 0; k < r; k++)
      G[i] += gu[k] * M[(size_t)k * d + i];
  }
  done = true;
done:
  free(o);
  free(w_perp);
  return done;
}

bool rb_oracle_leading(uint32_t m, uint32_t d, uint32_t r, const double *W, const double *M,
                       const double *F, double *out, rb_err *err) {
  double *U = NULL;
  if (!rb_alloc((void **)&U, (size_t)m * r, sizeof *U, "W M^T", err))
    return false;
  rb_linalg_product_nt(W, M, U, m, r, d);
  rb_linalg_product_nt(U, F, out, m, r, r); /* F is symmetric */
  for (size_t i = 0; i < (size_t)m * r; i++)
    out[i] /= 2 * pi;
  free(U);
  return true;
}

void rb_oracle_iid(uint32_t r, double *parallel, double *orthogonal) {
  *parallel = ldexp(1, -(int)r) / pi;
  *orthogonal = *parallel / 2;
}

double rb_oracle_same_batch(double n) {
  return 1 / (2 * n);
}

double rb_oracle_ratio2_bound(const rb_problem *problem) {
  double d = problem->d, r = problem->r, patterns = ldexp(1, (int)problem->r) - 1;
  double scale = 2 * pi * patterns;
  return scale * scale * d * d / (2.0 * problem->n2 * problem->T) *
         (r / (2 * pi * d * patterns) + 1 / (2.0 * problem->n1));
}

/* F of all T tables, a chunk of tasks at a time. */
static bool drawn_F(const rb_problem *problem, double *F, rb_err *err) {
  uint32_t r = problem->r, chunk = (uint32_t)1 << (RB_MAX_R + 4 - r);
  double part[RB_MAX_R * RB_MAX_R];
  int8_t *tables = NULL;
  if (!rb_alloc((void **)&tables, (size_t)chunk << r, sizeof *tables, "task tables", err))
    return false;
  memset(F, 0, (size_t)r * r * sizeof *F);
  for (uint32_t t = 0, n; t < problem->T; t += n) {
    n = problem->T - t < chunk ? problem->T - t : chunk;
    rb_tasks_tables(problem, t, n, tables);
    rb_oracle_F(tables, n, r, part);
    for (size_t i = 0; i < (size_t)r * r; i++)
      F[i] += part[i] * n / problem->T;
  }
  free(tables);
  return true;
}

bool rb_oracle_ratio2_bound_drawn(const rb_problem *problem, double *bound, rb_err *err) {
  uint32_t r = problem->r;
  double F[RB_MAX_R * RB_MAX_R], values[RB_MAX_R], vectors[RB_MAX_R * RB_MAX_R];
  if (!drawn_F(problem, F, err) || !rb_linalg_top_eigen(F, r, r, values, vectors, err))
    return false;
  double weakest = values[r - 1] * (ldexp(1, (int)r) - 1);
  /* An eigenvalue at rounding level is a zero. */
  *bound = weakest > 1e-12 ? rb_oracle_ratio2_bound(problem) / (weakest * weakest) : INFINITY;
  return true;
}
