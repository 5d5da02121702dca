// SPDX-License-Identifier: Apache-2.0
/* What checks of single operations work on: a net, a step and a tile, buffers filled at random, and
 * the comparison that keeps the worst. */
#ifndef RB_TESTS_BED_H
#define RB_TESTS_BED_H
#include <criterion/criterion.h>
#include "operations.h"

/* What the operations see. Copies of buffers are of floats (patterns and tables of their own
 * types) and whole. */
typedef struct bed {
  rb_net *net;
  const rb_problem *p;
  const rb_layout *l;
  rb_random *random;
  operations_check *check;
  rb_step step;
  rb_tile tile;
  uint32_t n_tasks, n_patterns; /* tasks whose heads are used, 2^r */
} bed;

#define SUCCEED(call)                                                                              \
  do {                                                                                             \
    rb_err err_ = {0};                                                                             \
    bool ok_ = (call);                                                                             \
    cr_assert(ok_, "%s: %s", fixture_describe(w->p, w->l), err_.text);                             \
  } while (0)

/* A float sum of k terms, with up to three more roundings of its parts, of this magnitude. */
double bed_rounding(double k, double magnitude);
/* x y in double, of what the products make of these operands: x times up, or a number of half
 * precision near that, over up. */
double bed_term(const bed *w, float up, float x, float y);
/* Keeps |device - host| / allowed, and where, if it is the largest so far. */
void bed_compare(bed *w, double device, double host, double allowed, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* The whole buffer, rows as they are even where it lies in panels; the caller's. */
void *bed_copy(bed *w, rb_net_buffer which);
void bed_put(bed *w, rb_net_buffer which, const void *data);
/* Rows of `pad` floats, the first `width` of them random and a tenth of these zero, into the
 * buffer; the copies are the caller's. */
float *bed_fill(bed *w, rb_net_buffer which, uint32_t width, uint32_t pad);
/* D in Z's place, of the size that heads have. */
float *bed_fill_weights(bed *w);
float *bed_fill_signs(bed *w, rb_net_buffer which);
/* Which samples are active, at random, where the device keeps that: the D (tile, ldm) that it
 * makes. */
float *bed_fill_active(bed *w);
/* Of net: either below what comes, so that it must be replaced, or above. */
float *bed_fill_largest(bed *w);
uint32_t *bed_fill_patterns(bed *w);
int8_t *bed_fill_tables(bed *w);
uint32_t bed_task_of(const bed *w, uint32_t row);
/* largest[slot] is that of values[0..n) and of what was there before; the other slot is kept. */
void bed_compare_largest(bed *w, const float *before, const float *values, uint32_t n,
                         uint32_t slot);
/* Whether row s of X is on the other side of a plane M than `pattern` says, by more than rounding.
 */
bool bed_decided_otherwise(const bed *w, const float *X, const float *M, uint32_t s,
                           uint32_t pattern);

#endif
