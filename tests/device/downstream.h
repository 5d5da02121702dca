// SPDX-License-Identifier: Apache-2.0
/* The operations of downstream features on random data: against plain double loops, and through
 * whole trials. */
#ifndef TEST_DOWNSTREAM_H
#define TEST_DOWNSTREAM_H
#include "fixture.h"
#include "net/features.h"

/* Both kernels of features.cl, each alone in one launch of more rows than count; every element of
 * what they may write is compared, padding and rows beyond as well, and guard words if the session
 * checks. Tolerances: roundings from model/tolerance.h. */
void downstream_kernels(rb_session *session, const rb_variant *variant, rb_random *random,
                        rb_check *check);

/* What a random trial was, for coverage. */
typedef struct downstream_trial {
  uint32_t n, m, tile, n_tests;
} downstream_trial;

/* rb_features_check() of pretrainings of p (settled, any sampler) with random weights, some neurons
 * dead, in random trials with n of 1, 2, 31 or 33 samples and few tiles; every second one has fewer
 * neurons than p, and each follows on another. The worst one counts. */
void downstream_check(rb_session *session, const rb_problem *p, rb_backend backend,
                      const rb_variant *variant, rb_random *random, rb_check *check,
                      downstream_trial *what);

/* Weights for a pretraining of p: (m,d of the inner problem) normals, every tenth row zero. To be
 * freed. */
float *downstream_weights(const rb_problem *p, rb_random *random);

#endif
