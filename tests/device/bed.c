// SPDX-License-Identifier: Apache-2.0
#include "bed.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/half.h"
#include "model/tolerance.h"

double bed_rounding(double k, double magnitude) {
  return rb_tolerance_product(k + 3) * magnitude;
}

double bed_term(const bed *w, float up, float x, float y) {
  bool half = rb_layout_precision(w->l) == RB_PRECISION_HALF;
  return half ? (double)rb_half_round(up * x) / up * rb_half_round(y) : (double)x * y;
}

void bed_compare(bed *w, double device, double host, double allowed, const char *format, ...) {
  double difference = fabs(device - host);
  if (difference == 0)
    return;
  double error = allowed > 0 && isfinite(difference) ? difference / allowed : INFINITY;
  if (error <= w->check->error)
    return;
  char what[64];
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  w->check->error = error;
  snprintf(w->check->where, sizeof w->check->where,
           "%s: device %.9g, host %.9g, allowed %.3g (tile of %u rows)", what, device, host,
           allowed, w->tile.rows);
}

/* Where element i of the buffer, counted by rows, lies. */
static size_t place_of(const bed *w, rb_net_buffer which, size_t i) {
  const rb_layout *l = w->l;
  size_t ld = which == RB_BUFFER_X || which == RB_BUFFER_G ? l->ldx : l->ldm;
  size_t part = which == RB_BUFFER_G || which == RB_BUFFER_S ? i / (w->p->m * ld) : 0;
  size_t within = i - part * w->p->m * ld;
  switch (which) {
  case RB_BUFFER_X:
  case RB_BUFFER_Z:
    return rb_layout_at(l, i / ld, i % ld, ld);
  case RB_BUFFER_G:
  case RB_BUFFER_S:
    return i - within + rb_layout_sum_at(l, within / ld, within % ld, ld, w->p->m);
  default:
    return i;
  }
}

static bool in_panels(rb_net_buffer which) {
  return which == RB_BUFFER_X || which == RB_BUFFER_Z || which == RB_BUFFER_G ||
         which == RB_BUFFER_S;
}

/* Between where they lie and rows: to and from (count floats). */
static void turn(const bed *w, rb_net_buffer which, const float *from, float *to,
                 bool into_panels) {
  for (size_t i = 0; i < w->l->counts[which]; i++) {
    size_t at = place_of(w, which, i);
    if (into_panels)
      to[at] = from[i];
    else
      to[i] = from[at];
  }
}

void *bed_copy(bed *w, rb_net_buffer which) {
  size_t bytes = w->l->counts[which] * rb_layout_sizes[which];
  void *out = calloc(bytes + 1, 1);
  cr_assert(out);
  SUCCEED(rb_buffer_read(w->net->buffers[which], 0, bytes, out, "test", &err_));
  if (in_panels(which)) {
    float *rows = calloc(bytes + 1, 1);
    cr_assert(rows);
    turn(w, which, out, rows, false);
    free(out);
    return rows;
  }
  return out;
}

void bed_put(bed *w, rb_net_buffer which, const void *data) {
  size_t bytes = w->l->counts[which] * rb_layout_sizes[which];
  if (!in_panels(which)) {
    SUCCEED(rb_buffer_write(w->net->buffers[which], 0, bytes, data, "test", &err_));
    return;
  }
  float *panels = calloc(bytes + 1, 1);
  cr_assert(panels);
  turn(w, which, data, panels, true);
  SUCCEED(rb_buffer_write(w->net->buffers[which], 0, bytes, panels, "test", &err_));
  free(panels);
}

float *bed_fill(bed *w, rb_net_buffer which, uint32_t width, uint32_t pad) {
  size_t n = w->l->counts[which];
  float *out = calloc(n + 1, sizeof *out);
  cr_assert(out);
  for (size_t i = 0; i < n; i++)
    if (i % pad < width && rb_random_below(w->random, 10) != 0)
      out[i] = (float)rb_random_normal(w->random);
  bed_put(w, which, out);
  return out;
}

float *bed_fill_weights(bed *w) {
  float *D = bed_fill(w, RB_BUFFER_Z, w->p->m, w->l->ldm);
  for (size_t i = 0; i < w->l->counts[RB_BUFFER_Z]; i++)
    D[i] *= (float)w->p->eta_a;
  bed_put(w, RB_BUFFER_Z, D);
  return D;
}

float *bed_fill_signs(bed *w, rb_net_buffer which) {
  size_t n = w->l->counts[which];
  float *out = calloc(n + 1, sizeof *out);
  cr_assert(out);
  for (size_t i = 0; i < n; i++)
    out[i] = rb_random_below(w->random, 2) ? 1.0f : -1.0f;
  bed_put(w, which, out);
  return out;
}

uint32_t *bed_fill_patterns(bed *w) {
  size_t n = w->l->counts[RB_BUFFER_patterns];
  uint32_t *out = calloc(n + 1, sizeof *out);
  cr_assert(out);
  for (size_t i = 0; i < n; i++)
    out[i] = rb_random_below(w->random, w->n_patterns);
  bed_put(w, RB_BUFFER_patterns, out);
  return out;
}

int8_t *bed_fill_tables(bed *w) {
  size_t n = w->l->counts[RB_BUFFER_tables];
  int8_t *out = calloc(n + 1, 1);
  cr_assert(out);
  for (size_t i = 0; i < n; i++)
    out[i] = rb_random_below(w->random, 2) ? 1 : -1;
  bed_put(w, RB_BUFFER_tables, out);
  return out;
}

uint32_t bed_task_of(const bed *w, uint32_t row) {
  return w->tile.task_local + (w->tile.sample_first + row) / w->step.n;
}

bool bed_decided_otherwise(const bed *w, const float *X, const float *M, uint32_t s,
                           uint32_t pattern) {
  for (uint32_t k = 0; k < w->p->r; k++) {
    double u = 0, size = 0;
    for (uint32_t c = 0; c < w->p->d; c++) {
      double term = (double)X[(size_t)s * w->l->ldx + c] * M[(size_t)k * w->l->ldx + c];
      u += term;
      size += fabs(term);
    }
    if ((fabs(u) > bed_rounding(w->p->d, size) || size == 0) && (pattern >> k & 1) != (u >= 0))
      return true;
  }
  return false;
}

/* largest[slot] of values[0..n) and of what was there; the other slot is kept. */
void bed_compare_largest(bed *w, const float *before, const float *values, uint32_t n,
                         uint32_t slot) {
  float *found = bed_copy(w, RB_BUFFER_largest), most = before[slot];
  for (uint32_t s = 0; s < n; s++)
    most = fmaxf(most, values[s]);
  bed_compare(w, found[slot], most, 0, "activation_max, slot %u", slot);
  bed_compare(w, found[1 - slot], before[1 - slot], 0, "activation_max, slot %u", 1 - slot);
  free(found);
}

/* Either below what comes, so that it must be replaced, or above. */
float *bed_fill_largest(bed *w) {
  float *out = calloc(2, sizeof *out);
  cr_assert(out);
  for (int slot = 0; slot < 2; slot++)
    out[slot] = rb_random_below(w->random, 2) ? 0.0f : 1e30f;
  bed_put(w, RB_BUFFER_largest, out);
  return out;
}

/* Random words of which samples are active, their labels and heads, and D that they stand for; what
 * is no neuron is inactive, as the kernels leave it. */
float *bed_fill_active(bed *w) {
  const rb_layout *l = w->l;
  size_t n = l->counts[RB_BUFFER_active], ldm = l->ldm;
  uint32_t *active = calloc(n + 1, sizeof *active);
  float *Y = bed_fill_signs(w, RB_BUFFER_Y), *A = bed_fill(w, RB_BUFFER_A, w->p->m, l->ldm);
  float *D = calloc((size_t)w->tile.rows * ldm + 1, sizeof *D);
  cr_assert(active && D);
  for (size_t i = 0; i < n; i++)
    if (i % ldm < w->p->m)
      active[i] = rb_random_u32(w->random);
  bed_put(w, RB_BUFFER_active, active);
  SUCCEED(rb_net_tile_weights(w->net, w->step, w->tile, D, &err_));
  for (uint32_t s = 0; s < w->tile.rows; s++) /* and that is what they stand for */
    for (size_t j = 0; j < ldm; j++) {
      bool on = active[s / RB_WORD_ROWS * ldm + j] >> s % RB_WORD_ROWS & 1;
      double dz = on ? Y[s] * A[bed_task_of(w, s) * ldm + j] : 0;
      bed_compare(w, D[s * ldm + j], dz, 0, "D by its bits, row %u, neuron %zu", s, j);
    }
  free(active);
  free(Y);
  free(A);
  return D;
}
