// SPDX-License-Identifier: Apache-2.0
/* Downstream features on a device (model/downstream.h): several pretrained W side by side, and one
 * trial at a time of learning a new task from one of them. */
#ifndef RB_NET_FEATURES_H
#define RB_NET_FEATURES_H
#include "model/downstream.h"
#include "net/layout.h"
#include "net/verify.h"

typedef struct rb_features rb_features;

typedef struct rb_trial {
  uint64_t seed; /* of the task, the samples, the neurons and their biases */
  uint32_t n, m; /* samples and neurons; m at most the problem's */
  rb_new_task task;
  rb_head head;
} rb_trial;

/* Room for `count` pretrainings of `problem` (settled; d, r, m, sampler and inputs count), each
 * tested on n_tests samples. backend, tile, variant: as rb_layout_make(). Errors: RB_USAGE if it
 * cannot fit, RB_FAILED. */
bool rb_features_open(rb_session *session, const rb_problem *problem, rb_backend backend,
                      uint32_t tile, const rb_variant *variant, uint32_t count, uint32_t n_tests,
                      rb_features **out, rb_err *err);
void rb_features_close(rb_features *features); /* NULL allowed */
/* Only whether it would fit, with RB_DOWNSTREAM_TESTS. Errors: as above. */
bool rb_features_fits(rb_session *session, const rb_problem *problem, rb_backend backend,
                      uint32_t tile, uint32_t count, rb_err *err);

/* Sets pretraining k: W (m,d of the inner problem), which is copied, of a problem that has its
 * seed; draws its test samples, the same for every trial of this pretraining: inputs of
 * representation step number RB_MAX_ROUNDS (model/inputs.h), which no training takes.
 * Errors: RB_WRONG if W is all zero or not finite, RB_FAILED. */
bool rb_features_set(rb_features *features, uint32_t k, const rb_problem *problem, const float *W,
                     rb_err *err);
/* Trains a head on pretraining k and tests it: the share of test samples that it labels right. An
 * answer of exactly 0 counts as +1, like the labels. Errors: RB_FAILED. */
bool rb_features_trial(rb_features *features, uint32_t k, const rb_trial *trial, double *accuracy,
                       rb_err *err);
/* The same trial, and its features, sums and answers on some test samples against plain double
 * loops on the host; n is at most 32 here, whatever the trial says. A difference is no error: see
 * check. Errors: RB_FAILED. */
bool rb_features_check(rb_features *features, uint32_t k, const rb_trial *trial, rb_check *check,
                       rb_err *err);
/* Build options of the kernels through visit(). */
void rb_features_options(const rb_features *features,
                         void (*visit)(void *context, const char *kernel, const char *options),
                         void *context);
const rb_layout *rb_features_layout(const rb_features *features);

#endif
