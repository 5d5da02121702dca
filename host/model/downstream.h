// SPDX-License-Identifier: Apache-2.0
/* A new task learned from features that training found, or from others beside them
 * (docs/METHOD.md).
 *
 * Features of a sample x are relu(w_j . x + b_j): rows of W scaled by one factor to a root mean
 * square norm of 1, b_j uniform in [-RB_DOWNSTREAM_BIAS, RB_DOWNSTREAM_BIAS]. A head is trained on
 * n samples of the new task and tested on others. */
#ifndef RB_MODEL_DOWNSTREAM_H
#define RB_MODEL_DOWNSTREAM_H
#include "model/problem.h"

typedef enum rb_source {
  RB_SOURCE_MULTITASK, /* W+ of the problem */
  RB_SOURCE_SINGLE,    /* W+ of one task with the same inputs in all */
  RB_SOURCE_RANDOM,    /* W0 */
  RB_SOURCE_TRUE       /* rows in the span of M: the best possible */
} rb_source;
typedef enum rb_new_task {
  RB_NEW_TASK_RANDOM, /* a balanced table, drawn anew for each trial */
  RB_NEW_TASK_PARITY  /* the product of the r signs */
} rb_new_task;
typedef enum rb_quantity {
  RB_QUANTITY_N, /* samples, with all m neurons */
  RB_QUANTITY_M  /* neurons, with all n samples */
} rb_quantity;
typedef enum rb_head { RB_HEAD_RIDGE, RB_HEAD_HINGE } rb_head;

/* Names used by suites and traces; NULL-terminated, index = enum value. */
extern const char *const rb_source_names[];
extern const char *const rb_new_task_names[];
extern const char *const rb_quantity_names[];
extern const char *const rb_head_names[];

/* B = 1.5 and a penalty of 1e-2 of the mean diagonal are those of the reference values in the spec;
 * 4096 test samples put the standard error of an accuracy of .8 at .006. */
#define RB_DOWNSTREAM_BIAS 1.5
#define RB_DOWNSTREAM_PENALTY 1e-2
enum { RB_DOWNSTREAM_TESTS = 4096, RB_MAX_N = 1 << 20, RB_MAX_PRETRAININGS = 64 };

/* What a search varies and when it ends. */
typedef struct rb_downstream {
  rb_source source;
  rb_new_task task;
  rb_quantity quantity;
  rb_head head;
  uint32_t n;            /* largest number of samples, 2..RB_MAX_N; the only one of quantity m */
  uint32_t pretrainings; /* 1..RB_MAX_PRETRAININGS, each with a seed of its own */
  uint32_t trials;       /* most, 8..32768 */
  double target;         /* accuracy that makes a trial a success, in (.5, 1) */
  double precision;      /* of the 95 % interval: within this factor both ways, in (1, 100] */
} rb_downstream;

/* multitask, random, n, ridge, n 1024, 8 pretrainings, 400 trials, target .8, precision 1.05. */
rb_downstream rb_downstream_default(void);
/* Checks every bound (RB_USAGE: field, value and range). problem: settled. */
bool rb_downstream_check(const rb_downstream *downstream, const rb_problem *problem, rb_err *err);
/* The problem that pretraining number k solves: its own seed, the same for every d, so that tables
 * and heads are drawn alike; source single with one task and as many inputs in all. problem:
 * settled. */
rb_problem rb_downstream_pretraining(const rb_problem *problem, rb_source source, uint32_t k);
/* W0 (m, d of the inner problem) of a pretraining: a draw like any other, but with the same W0 M^T
 * times sqrt(d) for every d and for both samplers, so that what hangs on where the neurons happen
 * to point does not scatter n* between values of d. M (r,d) of the inner problem. Errors:
 * RB_FAILED. */
bool rb_downstream_weights(const rb_problem *problem, const double *M, double *W, rb_err *err);
/* Rows in the span of M for source true: W (m,d) = C M with C (m,r) ~ N(0,1) from the seed, and M
 * (r,d). */
void rb_downstream_true_weights(const rb_problem *problem, const double *M, double *W);
/* The table of a new task: 2^r signs. */
void rb_downstream_table(rb_new_task task, uint32_t r, uint64_t seed, int8_t *table);
/* Of trial number i of a cell: 53 bits, so that every reader holds it exactly. */
uint64_t rb_downstream_seed(uint64_t seed, uint32_t pretraining, uint64_t i);
/* Which of n_all neurons a trial uses (m of them, without repeats, ascending), and their biases. */
void rb_downstream_neurons(uint64_t seed, uint32_t n_all, uint32_t m, uint32_t *neurons,
                           float *biases);

#endif
