// SPDX-License-Identifier: Apache-2.0
#include "downstream.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model/tolerance.h"

static rb_ndrange by_rows(const rb_variant *variant, size_t rows) {
  unsigned lanes = variant->lanes_per_row;
  return (rb_ndrange){lanes, rows, lanes > 1 ? lanes : 0, lanes > 1 ? 1 : 0};
}

/* n normals, a tenth of them zero, in a buffer; the copy is the caller's. */
static float *normals(rb_session *session, rb_random *random, size_t n, rb_buffer **buffer) {
  rb_err err = {0};
  float *out = calloc(n, sizeof *out);
  cr_assert(out);
  for (size_t i = 0; i < n; i++)
    if (rb_random_below(random, 10) != 0)
      out[i] = (float)rb_random_normal(random);
  cr_assert(rb_buffer_create(session, "test", n, sizeof *out, buffer, &err) &&
                rb_buffer_write(*buffer, 0, n * sizeof *out, out, "test", &err),
            "%s", err.text);
  return out;
}

/* What is on the device after a launch of `kernel` over `rows` rows, and guards. */
static float *launched(rb_session *session, const char *entry, const rb_variant *variant,
                       size_t rows, const rb_arg *args, size_t n_args, rb_buffer *result,
                       size_t n) {
  rb_err err = {0};
  rb_kernel *kernel = NULL;
  char options[64];
  float *out = calloc(n, sizeof *out);
  cr_assert(out);
  snprintf(options, sizeof options, "-DVW=%u -DLANES_PER_ROW=%u", variant->width,
           variant->lanes_per_row);
  cr_assert(
      rb_kernel_get(session, "features", entry, options, &kernel, &err) &&
          rb_kernel_launch(session, kernel, by_rows(variant, rows), args, n_args, "test", &err) &&
          rb_buffer_read(result, 0, n * sizeof *out, out, "test", &err) &&
          rb_session_check_guards(session, &err),
      "%s", err.text);
  return out;
}

/* rows count of all: the launch covers all, Z holds all. */
typedef struct shape {
  uint32_t m, ldm, rows, all;
} shape;

static shape random_shape(rb_random *random) {
  shape s = {.m = fixture_size(random, 200), .rows = fixture_between(random, 1, 40)};
  s.ldm = (s.m + 15) / 16 * 16;
  s.all = s.rows + fixture_between(random, 0, 3);
  return s;
}

static void check_features(rb_session *session, const rb_variant *variant, rb_random *random,
                           rb_check *check) {
  shape s = random_shape(random);
  rb_buffer *Z = NULL, *biases = NULL;
  size_t n = (size_t)s.all * s.ldm;
  float *z = normals(session, random, n, &Z), *b = normals(session, random, s.ldm, &biases);
  const rb_arg args[] = {rb_arg_buffer(Z),   rb_arg_u32(s.ldm), rb_arg_u32(0),
                         rb_arg_u32(s.rows), rb_arg_u32(s.m),   rb_arg_buffer(biases)};
  float *phi = launched(session, "features", variant, s.all, args, 6, Z, n);
  for (uint32_t row = 0; row < s.all; row++)
    for (uint32_t j = 0; j < s.ldm; j++) {
      size_t i = (size_t)row * s.ldm + j;
      bool active = row < s.rows && j < s.m;
      double want = row >= s.rows ? z[i] : active ? fmax((double)z[i] + b[j], 0) : 0;
      double allowed = active ? rb_tolerance_product(1) * (fabs(z[i]) + fabs(b[j])) : 0;
      rb_verify_compare(check, phi[i], want, allowed, "features", row, "row", j, "neuron");
    }
  rb_buffer_free(Z);
  rb_buffer_free(biases);
  free(z);
  free(b);
  free(phi);
}

static void check_features_net(rb_session *session, const rb_variant *variant, rb_random *random,
                               rb_check *check) {
  shape s = random_shape(random);
  rb_err err = {0};
  rb_buffer *Z = NULL, *biases = NULL, *heads = NULL, *net = NULL, *neurons = NULL;
  uint32_t *chosen = calloc(s.ldm, sizeof *chosen);
  float scale = (float)exp(rb_random_normal(random));
  float *z = normals(session, random, (size_t)s.all * s.ldm, &Z);
  float *b = normals(session, random, s.ldm, &biases), *a = normals(session, random, s.ldm, &heads);
  float *before = normals(session, random, s.all, &net);
  cr_assert(chosen);
  for (uint32_t j = 0; j < s.ldm; j++)
    chosen[j] = rb_random_below(random, s.ldm);
  cr_assert(rb_buffer_create(session, "test neurons", s.ldm, 4, &neurons, &err) &&
                rb_buffer_write(neurons, 0, s.ldm * sizeof *chosen, chosen, "test", &err),
            "%s", err.text);
  const rb_arg args[] = {rb_arg_buffer(Z),       rb_arg_u32(s.ldm),     rb_arg_u32(0),
                         rb_arg_u32(s.rows),     rb_arg_u32(s.m),       rb_arg_f32(scale),
                         rb_arg_buffer(neurons), rb_arg_buffer(biases), rb_arg_buffer(heads),
                         rb_arg_buffer(net)};
  float *found = launched(session, "features_net", variant, s.all, args, 10, net, s.all);
  for (uint32_t row = 0; row < s.all; row++) {
    double sum = 0, size = 0;
    for (uint32_t j = 0; j < s.m; j++) {
      double active = (double)scale * z[(size_t)row * s.ldm + chosen[j]], bias = b[j];
      sum += a[j] * fmax(active + bias, 0);
      size += fabs(a[j]) * (fabs(active) + fabs(bias));
    }
    bool mine = row < s.rows;
    rb_verify_compare(check, found[row], mine ? sum : before[row],
                      mine ? rb_tolerance_product(s.m + 3) * size : 0, "features_net", row, "row",
                      s.m, "neurons");
  }
  rb_buffer_free(Z);
  rb_buffer_free(biases);
  rb_buffer_free(heads);
  rb_buffer_free(net);
  rb_buffer_free(neurons);
  free(chosen);
  free(z);
  free(b);
  free(a);
  free(before);
  free(found);
}

void downstream_kernels(rb_session *session, const rb_variant *variant, rb_random *random,
                        rb_check *check) {
  *check = (rb_check){0};
  check_features(session, variant, random, check);
  check_features_net(session, variant, random, check);
}

float *downstream_weights(const rb_problem *p, rb_random *random) {
  rb_problem inner = rb_problem_inner(p);
  float *W = calloc((size_t)inner.m * inner.d, sizeof *W);
  cr_assert(W);
  for (size_t i = 0; i < (size_t)inner.m * inner.d; i++)
    W[i] = i / inner.d % 10 == 9 ? 0 : (float)rb_random_normal(random);
  return W;
}

void downstream_check(rb_session *session, const rb_problem *p, rb_backend backend,
                      const rb_variant *variant, rb_random *random, rb_check *check,
                      downstream_trial *what) {
  static const uint32_t ns[] = {1, 2, 31, 33}, tiles[] = {0, 17, 40}, tests[] = {5, 40, 77};
  enum { PRETRAININGS = 2, TRIALS = 3 };
  rb_features *features = NULL;
  rb_err err = {0};
  *what = (downstream_trial){.tile = tiles[rb_random_below(random, 3)],
                             .n_tests = tests[rb_random_below(random, 3)]};
  *check = (rb_check){0};
  cr_assert(rb_features_open(session, p, backend, what->tile, variant, PRETRAININGS, what->n_tests,
                             &features, &err),
            "%s", err.text);
  for (uint32_t i = 0; i < TRIALS; i++) { /* what a trial leaves must not count */
    rb_check one;
    rb_trial trial = {.seed = rb_random_u32(random),
                      .n = ns[rb_random_below(random, 4)],
                      .m = i % 2 == 0 ? p->m : fixture_between(random, 1, p->m),
                      .task = (rb_new_task)rb_random_below(random, 2)};
    rb_problem own = *p;
    own.seed += i;
    float *W = downstream_weights(p, random);
    cr_assert(rb_features_set(features, i % PRETRAININGS, &own, W, &err) &&
                  rb_features_check(features, i % PRETRAININGS, &trial, &one, &err) &&
                  rb_session_check_guards(session, &err),
              "%s", err.text);
    free(W);
    if (!(one.error <= check->error)) {
      *check = one;
      what->n = trial.n;
      what->m = trial.m;
    }
  }
  rb_features_close(features);
}
