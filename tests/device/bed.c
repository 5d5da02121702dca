// SPDX-License-Identifier: Apache-2.0
#include "bed.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "model/tolerance.h"

double bed_rounding(double k, double magnitude) {
  return rb_tolerance_product(k + 3) * magnitude;
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

/* Floats in a row of X or Z; 0 for any other buffer, and where rows are as they are. */
static size_t row_of(const bed *w, rb_net_buffer which) {
  return w->l->panel == 0       ? 0
         : which == RB_BUFFER_X ? w->l->ldx
         : which == RB_BUFFER_Z ? w->l->ldm
                                : 0;
}

/* Between panels and rows: to and from (count floats). */
static void turn(const bed *w, size_t ld, size_t count, const float *from, float *to,
                 bool into_panels) {
  for (size_t i = 0; i < count; i++) {
    size_t at = rb_layout_at(w->l, i / ld, i % ld, ld);
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
  if (row_of(w, which)) {
    float *rows = calloc(bytes + 1, 1);
    cr_assert(rows);
    turn(w, row_of(w, which), w->l->counts[which], out, rows, false);
    free(out);
    return rows;
  }
  return out;
}

void bed_put(bed *w, rb_net_buffer which, const void *data) {
  size_t bytes = w->l->counts[which] * rb_layout_sizes[which];
  if (row_of(w, which) == 0) {
    SUCCEED(rb_buffer_write(w->net->buffers[which], 0, bytes, data, "test", &err_));
    return;
  }
  float *panels = calloc(bytes + 1, 1);
  cr_assert(panels);
  turn(w, row_of(w, which), w->l->counts[which], data, panels, true);
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
