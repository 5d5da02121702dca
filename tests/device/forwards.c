// SPDX-License-Identifier: Apache-2.0
#include "forwards.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include "model/tolerance.h"

/* z of row s and neuron j in double; *allowed: what the device's float may differ by. */
static double product_of(const bed *w, const float *X, const float *W, uint32_t s, uint32_t j,
                         double *allowed) {
  double sum = 0, size = 0;
  for (uint32_t k = 0; j < w->p->m && k < w->p->d; k++) {
    double term = bed_term(w, 1, X[(size_t)s * w->l->ldx + k], W[(size_t)j * w->l->ldx + k]);
    sum += term;
    size += fabs(term);
  }
  *allowed = bed_rounding(w->p->d, size);
  return sum;
}

void forwards_check_product(bed *w) {
  uint32_t ldx = w->l->ldx, ldm = w->l->ldm, d = w->p->d, m = w->p->m;
  float *X = bed_fill(w, RB_BUFFER_X, d, ldx), *W = bed_fill(w, RB_BUFFER_W, d, ldx);
  float *before = bed_fill(w, RB_BUFFER_Z, m, ldm);
  SUCCEED(rb_ops_pack_values(w->net, &err_));
  SUCCEED(rb_ops_forward(w->net, w->step, w->tile, &err_));
  float *Z = bed_copy(w, RB_BUFFER_Z);
  for (uint32_t s = 0; s < w->l->tile; s++)
    for (uint32_t j = 0; j < ldm; j++) {
      size_t i = (size_t)s * ldm + j;
      double sum = before[i], allowed = 0;
      if (s < w->tile.rows && j < m)
        sum = product_of(w, X, W, s, j, &allowed);
      bed_compare(w, Z[i], sum, allowed, "forward, row %u, neuron %u", s, j);
    }
  free(X);
  free(W);
  free(before);
  free(Z);
}

/* From X and W to A, whether or not Z is kept between. */
void forwards_check_head(bed *w) {
  uint32_t ldx = w->l->ldx, ldm = w->l->ldm, d = w->p->d, m = w->p->m;
  float *X = bed_fill(w, RB_BUFFER_X, d, ldx), *W = bed_fill(w, RB_BUFFER_W, d, ldx);
  float *Y = bed_fill_signs(w, RB_BUFFER_Y), *before = bed_fill(w, RB_BUFFER_A, m, ldm);
  SUCCEED(rb_ops_pack(w->net, &err_));
  if (w->l->signed_heads)
    SUCCEED(rb_ops_integers(w->net, w->step, w->tile, &err_));
  SUCCEED(rb_ops_forward_head(w->net, w->step, w->tile, &err_));
  float *A = bed_copy(w, RB_BUFFER_A);
  double scale = w->p->eta_a / w->p->n1;
  for (uint32_t t = 0; t < w->l->chunk; t++)
    for (uint32_t j = 0; j < ldm; j++) {
      size_t i = (size_t)t * ldm + j;
      double sum = before[i], size = 0, n = 0, slack = 0, allowed;
      for (uint32_t s = 0; s < w->tile.rows; s++)
        if (bed_task_of(w, s) == t) {
          double term = scale * Y[s] * fmax(product_of(w, X, W, s, j, &allowed), 0);
          sum += term;
          size += fabs(term);
          slack += scale * allowed;
          n++;
        }
      bed_compare(w, A[i], sum, n > 0 ? slack + bed_rounding(n, size + fabs(before[i])) : 0,
                  "forward_head, task %u, neuron %u", t, j);
    }
  free(X);
  free(W);
  free(Y);
  free(before);
  free(A);
}

/* Makes each row of X lean on a neuron's weights, all but at a right angle: a sign that integers of
 * 16 bits do not show (kernels/signs.cl), and floats do. */
static void lean(bed *w, float *X, const float *W) {
  uint32_t ldx = w->l->ldx, d = w->p->d, m = w->p->m;
  for (uint32_t s = 0; s < w->tile.rows; s++) {
    const float *neuron = W + (size_t)rb_random_below(w->random, m) * ldx;
    float *x = X + (size_t)s * ldx;
    double z = 0, w2 = 0, largest = 0;
    for (uint32_t k = 0; k < d; k++) {
      z += (double)x[k] * neuron[k];
      w2 += (double)neuron[k] * neuron[k];
    }
    double wanted = (rb_random_below(w->random, 2) ? 2e-5 : -2e-5) * sqrt(w2);
    for (uint32_t k = 0; k < d && w2 > 0; k++)
      largest = fmax(largest, fabs(x[k] - (z - wanted) / w2 * neuron[k]));
    for (uint32_t k = 0; k < d && w2 > 0 && largest < 6; k++) /* as inputs are */
      x[k] = (float)(x[k] - (z - wanted) / w2 * neuron[k]);
  }
  bed_put(w, RB_BUFFER_X, X);
}

/* What products of integers may add to the errors of net of row s, the heads being a; as
 * model/reference.c, where X and W are the device's. */
static double integers_off(const bed *w, const float *X, const float *W, const float *a,
                           uint32_t s) {
  rb_precision precision = rb_layout_precision(w->l);
  const float *x = X + (size_t)s * w->l->ldx;
  uint32_t d = w->p->d;
  double x2 = 0, x_most = 0, variance = 0, near = 0, *v = calloc(d, sizeof *v), v2 = 0;
  cr_assert(v);
  for (uint32_t k = 0; k < d; k++) {
    x2 += (double)x[k] * x[k];
    x_most = fmax(x_most, fabs(x[k]));
  }
  double step_x = rb_tolerance_step_input(x_most, precision);
  for (uint32_t j = 0; j < w->p->m; j++) {
    const float *wj = W + (size_t)j * w->l->ldx;
    double w2 = 0, w_most = 0, z = 0;
    for (uint32_t k = 0; k < d; k++) {
      z += (double)x[k] * wj[k];
      w2 += (double)wj[k] * wj[k];
      w_most = fmax(w_most, fabs(wj[k]));
    }
    double step_w = rb_tolerance_step_weight(w_most, sqrt(w2), d, precision);
    double own = step_w * step_w * fmax(x2, d) / 12;
    double off = rb_tolerance_steps(own + step_x * step_x * w2 / 12);
    near += fabs(z) <= off ? fabs(a[j]) * off : 0;
    variance += z > 0 ? a[j] * a[j] * own : 0;
    for (uint32_t k = 0; k < d && z > 0; k++)
      v[k] += (double)a[j] * wj[k];
  }
  for (uint32_t k = 0; k < d; k++)
    v2 += v[k] * v[k];
  free(v);
  return near + rb_tolerance_steps(variance + step_x * step_x * v2 / 12);
}

/* From X and W to D and net, whether or not Z and D are kept. Where z is nearly 0 the device may
 * take either side. */
void forwards_check_activation(bed *w) {
  uint32_t ldx = w->l->ldx, ldm = w->l->ldm, d = w->p->d, m = w->p->m;
  bool shared = w->p->inputs == RB_INPUTS_SHARED;
  rb_net_buffer heads_buffer = shared ? RB_BUFFER_C : RB_BUFFER_A;
  uint32_t n_parts = w->l->net_parts;
  size_t part = w->l->net_stride;
  if (w->l->subsets)
    free(bed_fill_active(w));
  float *X = bed_fill(w, RB_BUFFER_X, d, ldx), *W = bed_fill(w, RB_BUFFER_W, d, ldx);
  float *Y = bed_fill_signs(w, RB_BUFFER_Y), *heads = bed_fill(w, heads_buffer, m, ldm);
  float *before = bed_fill(w, RB_BUFFER_net, 1, 1), *Z = bed_fill(w, RB_BUFFER_Z, m, ldm);
  uint32_t *words_before = w->l->subsets ? bed_copy(w, RB_BUFFER_active) : NULL;
  uint32_t *patterns = bed_fill_patterns(w);
  float *largest = bed_fill_largest(w), *answers = calloc(w->l->tile, sizeof *answers);
  cr_assert(answers);
  lean(w, X, W);
  SUCCEED(rb_ops_pack(w->net, &err_));
  if (w->l->signs)
    SUCCEED(rb_ops_integers(w->net, w->step, w->tile, &err_));
  SUCCEED(rb_ops_forward_activation(w->net, w->step, w->tile, &err_));
  float *D = bed_copy(w, RB_BUFFER_Z), *net = bed_copy(w, RB_BUFFER_net);
  if (w->l->subsets) /* rows past the tile keep what Z had */
    SUCCEED(rb_net_tile_weights(w->net, w->step, w->tile, D, &err_));
  for (uint32_t s = 0; s < w->l->tile; s++) {
    double sum = 0, size = 0, slack = 0;
    bool mine = s < w->tile.rows;
    for (uint32_t j = 0; j < ldm; j++) {
      size_t i = (size_t)s * ldm + j;
      double dz = Z[i], allowed = 0;
      if (mine && j < m) {
        double weight = heads[(size_t)(shared ? patterns[s] : bed_task_of(w, s)) * ldm + j];
        double z = product_of(w, X, W, s, j, &allowed), positive = fmax(z, 0);
        double factor = shared ? 1 : Y[s], term = positive * (shared ? positive : weight);
        dz = z > 0 ? factor * weight : 0;
        if (fabs(z) <= allowed && D[i] == (float)(factor * weight - dz))
          dz = D[i];
        sum += term;
        size += fabs(term);
        slack += allowed * (shared ? 2 * positive + allowed : fabs(weight));
      }
      bed_compare(w, D[i], dz, 0, "forward_activation, D of row %u, neuron %u", s, j);
    }
    if (mine && w->l->signs)
      slack += integers_off(w, X, W, heads + (size_t)bed_task_of(w, s) * ldm, s);
    float answer = 0; /* as the device adds it up */
    for (uint32_t q = 0; q < n_parts; q++) {
      answer += net[q * part + s];
      if (!mine)
        bed_compare(w, net[q * part + s], before[q * part + s], 0,
                    "forward_activation, net of row %u", s);
    }
    if (mine)
      bed_compare(w, fabsf(answer), fabs(sum), slack + bed_rounding(m + n_parts, size),
                  "forward_activation, net of row %u", s);
    answers[s] = fabsf(answer);
  }
  bed_compare_largest(w, largest, answers, w->tile.rows, 0);
  if (w->l->subsets) {
    uint32_t *words = bed_copy(w, RB_BUFFER_active);
    uint32_t n_words = (w->tile.rows + RB_WORD_ROWS - 1) / RB_WORD_ROWS;
    for (size_t i = 0; i < w->l->counts[RB_BUFFER_active]; i++)
      if (i / ldm >= n_words)
        bed_compare(w, words[i], words_before[i], 0, "forward_active, word %zu", i);
    free(words);
    free(words_before);
  }
  free(X);
  free(W);
  free(Y);
  free(heads);
  free(before);
  free(Z);
  free(patterns);
  free(largest);
  free(answers);
  free(D);
  free(net);
}
