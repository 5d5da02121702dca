// SPDX-License-Identifier: Apache-2.0
/* The problem: dimensions, laws, step sizes and bounds, and the only flop and byte counts.
 *
 * Letters, used everywhere with these meanings: d input dimension, r subspace dimension, T tasks,
 * m neurons (width), n1 / n2 samples per task for the head / representation step. Row-major. */
#ifndef RB_MODEL_PROBLEM_H
#define RB_MODEL_PROBLEM_H
#include <stdint.h>
#include "base/err.h"

typedef enum rb_law { RB_LAW_GAUSSIAN, RB_LAW_RADEMACHER } rb_law;             /* of the inputs */
typedef enum rb_task_law { RB_TASKS_BALANCED, RB_TASKS_IID } rb_task_law;      /* of the tables */
typedef enum rb_sampling { RB_INPUTS_PER_TASK, RB_INPUTS_SHARED } rb_sampling; /* who draws */
typedef enum rb_ablation {
  RB_ABLATION_NONE,
  RB_ABLATION_NO_HEAD,   /* no head step: one random head a_j ~ eta_a N(0,1) for all tasks */
  RB_ABLATION_SAME_BATCH /* both steps see the head step's samples; needs n1 == n2 */
} rb_ablation;
typedef enum rb_sampler {
  RB_SAMPLER_DIRECT,   /* inputs in all d coordinates */
  RB_SAMPLER_COLLAPSED /* the same in distribution, on r + min(m, d-r) coordinates (collapse.h) */
} rb_sampler;

enum {
  RB_MAX_R = 16,
  RB_MAX_D = 1 << 24,
  RB_MAX_D_COLLAPSED = 1000000000,
  RB_MAX_M = 1 << 20,
  RB_MAX_ROUNDS = 1 << 16
};

typedef struct rb_problem {
  uint64_t seed;
  uint32_t d, r, m;   /* 1 <= r <= min(d, RB_MAX_R) */
  uint32_t T, n1, n2; /* each 1 .. 2^32 - 1 */
  uint32_t rounds;
  rb_law law;
  rb_task_law tasks;
  rb_sampling inputs;
  rb_ablation ablation;
  rb_sampler sampler;
  bool axes;        /* only set by rb_problem_inner(): M is the first r coordinate axes */
  uint32_t outside; /* likewise: dimensions of the input beyond the d coordinates */
  double eta_a;     /* head step size, 1e-12..1e12; 0 means the default, 1/m, which keeps |net| well
                       below 1 */
  double eta_w;     /* representation step size, 1e-20..1e20; 0 means the default,
                       2 pi (2^r - 1) / eta_a, which by oracle 2 keeps W+ M^T near W M^T in scale */
  double decay; /* eta_w * lam_w, 0..1e20; 1 (default) makes W+ proportional to G; 0 is the ablation
                   lam_w = 0; above 1 subtracts W, which iid tasks need (oracle 3) */
} rb_problem;

/* d=50 r=3 m=64 T=1 n1=n2=500, one round, gaussian, balanced, per-task, decay 1, seed 1. */
rb_problem rb_problem_default(void);
/* Fills in default step sizes (eta 0) and checks every bound; the text names field, value and range
 * (RB_USAGE). Includes m * d < 2^31 (collapsed: of the inner problem) and T * max(n1, n2) < 2^63.
 */
bool rb_problem_settle(rb_problem *problem, rb_err *err);
/* What a device works on: the problem itself, or if it is collapsed (spec: dimension-collapsed
 * sampling) the same round on d = r + min(m, d-r) coordinates, the first r of them along M. */
rb_problem rb_problem_inner(const rb_problem *problem);

/* Names used by suites, the command line and traces; NULL-terminated lists, index = enum value. */
extern const char *const rb_law_names[];
extern const char *const rb_task_law_names[];
extern const char *const rb_sampling_names[];
extern const char *const rb_ablation_names[];
extern const char *const rb_sampler_names[];

/* Independent inputs drawn in one round: T (n1 + n2), or n1 + n2 when shared. The same-batch
 * ablation draws n1 twice (the second time the same numbers). No head step: n2 only. */
double rb_problem_samples(const rb_problem *problem);
/* Floating-point operations of one round counted as its three products, 2 per multiply-add:
 * per task (2 n1 + 4 n2) d m, times T when inputs are per task; 6 T n d m at n1 = n2 = n. Shared
 * inputs add the two table products 4 T 2^r m. Without a head step: 4 n2 d m, and one table
 * product. A collapsed problem counts d as its inner problem's, and where inputs have more
 * dimensions than that 2 n2 m^2 more, the covariance of what lies outside. Generation, labels and
 * elementwise work are not counted. */
double rb_problem_flop(const rb_problem *problem);
/* Bytes that the tiles of one round move if none of them stays in a cache: 4 (2 d + 4 m) a sample,
 * as the inputs are written once and read once, the m activations written twice and read twice
 * (docs/PERFORMANCE.md). A collapsed problem counts d as its inner problem's. */
double rb_problem_tile_bytes(const rb_problem *problem);
/* Flop of single products, for phases: forward 2 s d m; backward 2 s d m (s samples). */
double rb_product_flop(double samples, double d, double m);

#endif
