// SPDX-License-Identifier: Apache-2.0
/* The operations of a round, one function each: which kernel, which arguments, how a launch covers
 * the data. Only net/ includes this. Every function enqueues and returns; errors are the launch's.
 */
#ifndef RB_NET_OPS_H
#define RB_NET_OPS_H
#include "cl/launch.h"
#include "model/problem.h"
#include "net/layout.h"
#include "net/round.h"

/* X(kernel, source file without .cl, options: which of the variant's sets) */
#define RB_NET_KERNELS(X)                                                                          \
  X(inputs, inputs, law)                                                                           \
  X(inputs_labels, samples, labels)                                                                \
  X(inputs_labels_integers, samples, labels)                                                       \
  X(labels, labels, common)                                                                        \
  X(forward, forward, forward)                                                                     \
  X(forward_head, forward, forward)                                                                \
  X(forward_activation, forward, forward)                                                          \
  X(forward_activation_shared, forward, forward)                                                   \
  X(forward_active, forward, forward)                                                              \
  X(forward_signs, signs, signs)                                                                   \
  X(forward_integers, signs, signs)                                                                \
  X(signs_pack, signs, signs)                                                                      \
  X(signs_inputs, signs, signs)                                                                    \
  X(forward_pack, forward, forward)                                                                \
  X(head_sum, head, common)                                                                        \
  X(head_add, head, common)                                                                        \
  X(head_panels, head, common)                                                                     \
  X(head_bins, head, bins)                                                                         \
  X(head_from_bins, head, common)                                                                  \
  X(head_to_bins, head, common)                                                                    \
  X(activation, activation, common)                                                                \
  X(activation_shared, activation, common)                                                         \
  X(activation_norms, activation, common)                                                          \
  X(activation_max, activation, common)                                                            \
  X(backward, backward, backward)                                                                  \
  X(backward_subsets, subsets, subsets)                                                            \
  X(head_subsets, subsets, subsets)                                                                \
  X(subsets_pack, subsets, subsets)                                                                \
  X(update, update, common)                                                                        \
  X(update_sum, update, common)

typedef enum rb_net_kernel {
#define X(name, file, options) RB_KERNEL_##name,
  RB_NET_KERNELS(X)
#undef X
      RB_N_KERNELS
} rb_net_kernel;

struct rb_net {
  rb_session *session;
  rb_problem outer;   /* as given */
  rb_problem problem; /* what the device works on: rb_problem_inner() of it */
  rb_layout layout;
  rb_buffer *buffers[RB_N_BUFFERS];    /* NULL where the problem needs none */
  rb_kernel *kernels[RB_N_KERNELS];    /* NULL where it is not used */
  int8_t *tables;                      /* (chunk, 2^r) on the host */
  uint32_t tables_first, tables_count; /* tasks whose tables are on the device */
  rb_net_observer *observer;
  void *observer_context;
};

/* The step that a tile belongs to names its phases and its stream of inputs. */
typedef struct rb_step {
  bool head;
  uint32_t round;
  uint32_t n; /* samples per task: n1 or n2 */
} rb_step;

/* Rows of a tile are neighbouring (task, sample) pairs: row s is sample (sample_first + s) % n of
 * task task_first + (sample_first + s) / n, sample_first < n; task_local counts from the chunk's
 * first task. */
typedef struct rb_tile {
  uint32_t rows;
  uint32_t task_first, task_local, sample_first;
} rb_tile;

/* After operations that were called singly: what the seed fixed is on the device again, and the net
 * reset. */
bool rb_net_restore(rb_net *net, rb_err *err);

/* Blocking. The first rows of a tile's X or Z, row after row: rows (n_rows, ldx or ldm). */
bool rb_net_rows(rb_net *net, rb_net_buffer which, size_t n_rows, float *rows, rb_err *err);
/* Blocking. After rb_ops_forward_activation() of the tile its D (tile.rows, ldm), where the device
 * only keeps which samples are active made of these. */
bool rb_net_tile_weights(rb_net *net, rb_step step, rb_tile tile, float *D, rb_err *err);

/* Work-items of a kernel that works by rows (kernels/vector.h). */
rb_ndrange rb_ops_by_rows(const rb_net *net, size_t rows);
/* Build options of a kernel with no options of its own, for kernels that others add. */
enum { RB_OPS_OPTIONS = 256 };
void rb_ops_options(const rb_layout *layout, char text[RB_OPS_OPTIONS]);
/* The kernels that this problem and backend use, built. RB_FAILED with the log. */
bool rb_ops_build(rb_net *net, rb_err *err);

/* The power of two by which D is multiplied before it is rounded to half precision: heads, which
 * are of the size of eta_a, come near 1. */
float rb_ops_heads_up(const rb_net *net);

bool rb_ops_inputs(rb_net *net, rb_step step, rb_tile tile, rb_err *err);   /* X */
bool rb_ops_labels(rb_net *net, rb_step step, rb_tile tile, rb_err *err);   /* patterns, Y */
bool rb_ops_samples(rb_net *net, rb_step step, rb_tile tile, rb_err *err);  /* the two of them */
bool rb_ops_integers(rb_net *net, rb_step step, rb_tile tile, rb_err *err); /* X as integers */
/* Where W changed: P, which forward wants, and what a round wants, which is P unless signs make its
 * heads too. */
bool rb_ops_pack_values(rb_net *net, rb_err *err);
bool rb_ops_pack(rb_net *net, rb_err *err);
bool rb_ops_forward(rb_net *net, rb_step step, rb_tile tile, rb_err *err);   /* Z = X W^T */
bool rb_ops_head_sum(rb_net *net, rb_step step, rb_tile tile, rb_err *err);  /* A += .. */
bool rb_ops_head_bins(rb_net *net, rb_step step, rb_tile tile, rb_err *err); /* R += .. */
/* forward and head_sum, head_bins, activation; fused where the layout says so, and then Z is
 * undefined (head) or D, or left alone where the layout says subsets. */
bool rb_ops_forward_head(rb_net *net, rb_step step, rb_tile tile, rb_err *err);
bool rb_ops_forward_bins(rb_net *net, rb_step step, rb_tile tile, rb_err *err);
bool rb_ops_forward_activation(rb_net *net, rb_step step, rb_tile tile, rb_err *err);
bool rb_ops_bins_sum(rb_net *net, rb_err *err);                         /* R: parts added up */
bool rb_ops_head_from_bins(rb_net *net, uint32_t n_tasks, rb_err *err); /* A = .. R */
bool rb_ops_head_to_bins(rb_net *net, uint32_t n_tasks, rb_err *err);   /* C += .. A */
bool rb_ops_norms(rb_net *net, uint32_t n_tasks, rb_err *err);          /* largest |a_t|^2 */
bool rb_ops_activation(rb_net *net, rb_step step, rb_tile tile, rb_err *err); /* D, net */
bool rb_ops_backward(rb_net *net, rb_step step, rb_tile tile, rb_err *err);   /* G += D^T X */
bool rb_ops_covariance(rb_net *net, rb_step step, rb_tile tile, rb_err *err); /* S += D^T D */
bool rb_ops_gram(rb_net *net, rb_tile tile, rb_err *err); /* S += Z^T Z, of features */
bool rb_ops_gradient_sum(rb_net *net, rb_err *err);       /* G: parts added up */
bool rb_ops_covariance_sum(rb_net *net, rb_err *err);     /* S: the same */
bool rb_ops_update(rb_net *net, rb_err *err);             /* W+ */

#endif
