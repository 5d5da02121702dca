// SPDX-License-Identifier: Apache-2.0
/* rb_peer_data: writes one round's problem for the peers, and the answer that they must give.
 *
 *   rb_peer_data d m r T n seed FOLDER
 *
 * Files in FOLDER, little-endian and row-major, f32 = float, f64 = double, u32 = uint32_t:
 *   problem     one line of text: d m r T n eta_a eta_w decay seed n_rows
 *   W.f32 (m,d)  M.f32 (r,d)  tables.f32 (T,2^r)   weights before the round, subspace, labels
 *   X1.f32 X2.f32 (T,n,d)  y1.f32 y2.f32 (T,n)     inputs and labels of head, representation step
 *   rows.u32 (n_rows)                              neurons whose weights after the round are known
 *   W_next.f64 allowed.f64 (n_rows,d)              these weights, and by how much a float peer's
 *                                                  may differ
 *
 * Inputs are those that the program draws on the device for the same problem and seed; answer and
 * tolerance are those that the program's own results are held against (model/reference.h). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "model/inputs.h"
#include "model/reference.h"
#include "model/tasks.h"
#include "model/tolerance.h"

/* Of the reference: a few seconds of one core. All neurons where that is enough. */
static const double budget_flop = 4e9;
enum { ROWS_LEAST = 4 };

static bool write_values(const char *folder, const char *name, const void *data, size_t size,
                         rb_err *err) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
    return rb_fail(err, RB_USAGE, "the name of folder '%.40s..' is too long", folder);
  FILE *file = fopen(path, "wb");
  bool ok = file && fwrite(data, 1, size, file) == size;
  ok = (!file || fclose(file) == 0) && ok;
  return ok || rb_fail(err, RB_FAILED, "cannot write %s", path);
}

static bool write_floats(const char *folder, const char *name, const double *values, size_t count,
                         rb_err *err) {
  float *floats = NULL;
  if (!rb_alloc((void **)&floats, count, sizeof *floats, name, err))
    return false;
  for (size_t i = 0; i < count; i++)
    floats[i] = (float)values[i];
  bool ok = write_values(folder, name, floats, count * sizeof *floats, err);
  free(floats);
  return ok;
}

/* Inputs of one step, a task at a time, and their labels. */
static bool write_step(const rb_problem *p, bool head, const double *M, const char *folder,
                       rb_err *err) {
  size_t d = p->d, n = head ? p->n1 : p->n2, count = p->T * n;
  uint32_t n_patterns = (uint32_t)1 << p->r;
  float *X = NULL, *y = NULL;
  double *x = NULL;
  int8_t *table = NULL;
  bool ok = rb_alloc((void **)&X, count * d, sizeof *X, "inputs", err) &&
            rb_alloc((void **)&y, count, sizeof *y, "labels", err) &&
            rb_alloc((void **)&x, d, sizeof *x, "sample", err) &&
            rb_alloc((void **)&table, n_patterns, 1, "table", err);
  for (uint32_t t = 0; ok && t < p->T; t++) {
    rb_tasks_tables(p, t, 1, table);
    for (uint32_t i = 0; i < n; i++) {
      rb_inputs_draw(p, head, 0, t, i, x);
      y[t * n + i] = table[rb_tasks_pattern(p, M, x)];
      for (size_t k = 0; k < d; k++)
        X[(t * n + i) * d + k] = (float)x[k];
    }
  }
  ok = ok && write_values(folder, head ? "X1.f32" : "X2.f32", X, count * d * sizeof *X, err) &&
       write_values(folder, head ? "y1.f32" : "y2.f32", y, count * sizeof *y, err);
  free(X);
  free(y);
  free(x);
  free(table);
  return ok;
}

static bool write_tables(const rb_problem *p, const char *folder, rb_err *err) {
  size_t count = (size_t)p->T << p->r;
  int8_t *tables = NULL;
  double *values = NULL;
  bool ok = rb_alloc((void **)&tables, count, 1, "tables", err) &&
            rb_alloc((void **)&values, count, sizeof *values, "tables", err);
  if (ok)
    rb_tasks_tables(p, 0, p->T, tables);
  for (size_t i = 0; ok && i < count; i++)
    values[i] = tables[i];
  ok = ok && write_floats(folder, "tables.f32", values, count, err);
  free(tables);
  free(values);
  return ok;
}

/* The answer for neurons spread evenly over all m, first and last among them. */
static bool write_answer(const rb_problem *p, const double *W, const char *folder, uint32_t *n_rows,
                         rb_err *err) {
  size_t d = p->d;
  double most = fmax(ROWS_LEAST, budget_flop / (6 * rb_problem_samples(p) * p->d));
  *n_rows = most < p->m ? (uint32_t)most : p->m;
  rb_reference reference = {0};
  uint32_t *rows = NULL;
  double *allowed = NULL;
  bool ok = rb_alloc((void **)&rows, *n_rows, sizeof *rows, "rows", err) &&
            rb_alloc((void **)&allowed, *n_rows * d, sizeof *allowed, "tolerances", err);
  for (uint32_t j = 1; ok && j < *n_rows; j++)
    rows[j] = (uint32_t)((uint64_t)j * (p->m - 1) / (*n_rows - 1));
  ok = ok && rb_reference_round(p, 0, W, rows, *n_rows, rb_tolerance_sign(d), RB_PRECISION_SINGLE,
                                &reference, err);
  double rounding = rb_tolerance_product(2); /* of the update itself, two terms */
  double gradient = rb_tolerance_gradient((double)p->T * p->n2, RB_PRECISION_SINGLE);
  for (size_t j = 0; ok && j < *n_rows; j++)
    for (size_t k = 0; k < d; k++) {
      size_t i = j * d + k;
      double kept = fabs((1 - p->decay) * W[rows[j] * d + k]), step = p->eta_w * reference.G[i];
      allowed[i] = p->eta_w * (reference.G_slack[i] + gradient * reference.G_scale[i]) +
                   rounding * (kept + fabs(step));
    }
  ok = ok && write_values(folder, "rows.u32", rows, *n_rows * sizeof *rows, err) &&
       write_values(folder, "W_next.f64", reference.W_next, *n_rows * d * sizeof(double), err) &&
       write_values(folder, "allowed.f64", allowed, *n_rows * d * sizeof(double), err);
  rb_reference_free(&reference);
  free(rows);
  free(allowed);
  return ok;
}

static bool write_all(const rb_problem *p, const char *folder, rb_err *err) {
  size_t n_weights = (size_t)p->m * p->d;
  double *W = NULL, *M = NULL;
  char line[256];
  uint32_t n_rows = 0;
  bool ok = rb_alloc((void **)&W, n_weights, sizeof *W, "weights", err) &&
            rb_alloc((void **)&M, (size_t)p->r * p->d, sizeof *M, "subspace", err) &&
            rb_tasks_subspace(p, M, err);
  if (ok)
    rb_tasks_weights(p, W);
  for (size_t i = 0; ok && i < n_weights; i++)
    W[i] = (float)W[i]; /* as every device and peer stores them */
  ok = ok && write_floats(folder, "W.f32", W, n_weights, err) &&
       write_floats(folder, "M.f32", M, (size_t)p->r * p->d, err) && write_tables(p, folder, err) &&
       write_step(p, true, M, folder, err) && write_step(p, false, M, folder, err) &&
       write_answer(p, W, folder, &n_rows, err);
  snprintf(line, sizeof line, "%u %u %u %u %u %.17g %.17g %.17g %llu %u\n", p->d, p->m, p->r, p->T,
           p->n1, p->eta_a, p->eta_w, p->decay, (unsigned long long)p->seed, n_rows);
  ok = ok && write_values(folder, "problem", line, strlen(line), err);
  free(W);
  free(M);
  return ok;
}

static bool number(const char *text, uint64_t most, uint64_t *value, rb_err *err) {
  char *end;
  *value = strtoull(text, &end, 10);
  return (*text >= '0' && *text <= '9' && *end == '\0' && *value <= most) ||
         rb_fail(err, RB_USAGE, "'%.40s' is no whole number from 0 to %llu", text,
                 (unsigned long long)most);
}

int main(int argc, char **argv) {
  rb_err err = {0};
  rb_problem p = rb_problem_default();
  uint32_t *const sizes[] = {&p.d, &p.m, &p.r, &p.T, &p.n1};
  bool ok = argc == 8 || rb_fail(&err, RB_USAGE, "usage: rb_peer_data d m r T n seed FOLDER");
  for (int i = 0; ok && i < 5; i++) {
    uint64_t value = 0;
    ok = number(argv[i + 1], UINT32_MAX, &value, &err);
    *sizes[i] = (uint32_t)value;
  }
  ok = ok && number(argv[6], (uint64_t)1 << 53, &p.seed, &err);
  p.n2 = p.n1;
  ok = ok && rb_problem_settle(&p, &err) && write_all(&p, argv[7], &err);
  if (!ok)
    fprintf(stderr, "rb_peer_data: %s\n", err.text);
  return ok ? 0 : (int)err.kind;
}
