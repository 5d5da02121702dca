// SPDX-License-Identifier: Apache-2.0
/* A network on a device, and one round of its training in the order of the equations
 * (docs/METHOD.md). */
#ifndef RB_NET_ROUND_H
#define RB_NET_ROUND_H
#include "cl/program.h"
#include "model/problem.h"
#include "net/layout.h"

typedef struct rb_net rb_net;

/* Called after the heads of tasks task_first .. task_first + count - 1 are on the device, before
 * they are used; for verification. */
typedef bool rb_net_observer(void *context, rb_net *net, uint32_t task_first, uint32_t count,
                             rb_err *err);

/* Creates the buffers, builds the kernels, uploads M, W0 (m,d) and what else the seed fixes.
 * problem: settled; layout: of the same problem and session; both are copied. weights NULL =
 * those of the seed; a collapsed problem has its inner problem's d. The network is reset. Errors:
 * RB_FAILED with the buffer, kernel or call. */
bool rb_net_open(rb_session *session, const rb_problem *problem, const rb_layout *layout,
                 const double *weights, rb_net **out, rb_err *err);
void rb_net_close(rb_net *net); /* NULL allowed */

/* Enqueued, not waited for: W <- W0 and a fresh maximum of |net|; and round `round` (0-based) on W.
 */
bool rb_net_reset(rb_net *net, rb_err *err);
bool rb_net_round(rb_net *net, uint32_t round, rb_err *err);
/* The two halves of a round, for verification: what the device does; then, where a collapsed
 * problem has dimensions outside of its coordinates (else nothing is done), their part of the
 * gradient is drawn on the host and folded in (model/collapse.h), which waits for the queue. W
 * (m,d): the weights before the round. */
bool rb_net_device_round(rb_net *net, uint32_t round, rb_err *err);
bool rb_net_fold(rb_net *net, uint32_t round, const float *W, rb_err *err);
void rb_net_observe(rb_net *net, rb_net_observer *observer, void *context); /* NULL: nobody */

/* Blocking. W (m,d) without padding. */
bool rb_net_weights(rb_net *net, float *W, rb_err *err);
/* The last round's gradient, summed over the batch: G (m,d); and what makes it the mean of the
 * equations: G * rb_net_mean(). */
bool rb_net_gradient(rb_net *net, float *G, rb_err *err);
double rb_net_mean(const rb_net *net);
/* The last round's sum of D^T D: S (m,m); only of a problem with dimensions outside. */
bool rb_net_covariance(rb_net *net, float *S, rb_err *err);
/* Heads of the chunk that is on the device: A (count, m). */
bool rb_net_heads(rb_net *net, uint32_t count, float *A, rb_err *err);
/* Largest |net_t(x)| over all representation batches since the reset; with shared inputs a bound on
 * it. */
bool rb_net_largest(rb_net *net, double *largest, rb_err *err);

const rb_problem *rb_net_problem(const rb_net *net); /* what the device works on: the inner one */
const rb_layout *rb_net_layout(const rb_net *net);
rb_session *rb_net_session(const rb_net *net);
/* Build options of every kernel that a problem uses when laid out so: "-DVW=16 .." through visit().
 */
void rb_net_options(const rb_problem *problem, const rb_layout *layout,
                    void (*visit)(void *context, const char *kernel, const char *options),
                    void *context);
/* Every entry that a network or features (net/features.h) of backend native may use on this device
 * with this variant, whatever the problem, through visit(); some more than once. */
void rb_net_programs(const rb_device *device, const rb_variant *variant, rb_program_visit *visit,
                     void *context);

#endif
