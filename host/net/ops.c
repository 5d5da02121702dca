// SPDX-License-Identifier: Apache-2.0
#include "net/ops.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "cl/blas.h"
#include "net/internal.h"

enum { NEURONS_BESIDE = 64 };
enum { ITEMS_MOST = 16, COLUMNS_LEAST = 256 };
enum { SQUARE = 16 };                       /* side of a work-group of forward_pack, "tiles" */
enum { FORWARD_ARGS = 10, MORE_ARGS = 16 }; /* of forward, and after them of the fused ones */

static const rb_ndrange one_item = {1, 1, 1, 1};

/* A row of the tile for each group of lanes. */
rb_ndrange rb_ops_by_rows(const rb_net *net, size_t rows) {
  unsigned lanes = net->layout.variant.lanes_per_row;
  return (rb_ndrange){lanes, rows, lanes, lanes > 1 ? 1 : ROWS_IN_GROUP};
}

/* A vector of neurons for each work-item of the first dimension. */
static rb_ndrange by_neurons(const rb_net *net, size_t second) {
  /* Small groups: such an item loops over many rows or tasks, and there may be few of them. */
  size_t group = net->layout.variant.width > 1 ? 1
                 : by_lanes(net)               ? NEURONS_BESIDE
                                               : NEURONS_IN_GROUP;
  return (rb_ndrange){net->layout.ldm / net->layout.variant.width, second, group, 1};
}

/* A work-group of the tiles for each block of columns and rows. */
static rb_ndrange by_blocks(const rb_net *net, size_t columns, size_t rows) {
  const rb_variant *v = &net->layout.variant;
  size_t block = rb_variant_block(v);
  return (rb_ndrange){ceil_div(columns, block) * v->group, ceil_div(rows, block) * v->group,
                      v->group, v->group};
}

enum { GROUPS_OF_MAX = 256 };
/* An operand that is gone through again for every few rows or columns of the other: in how many
 * slices, a launch each, so that what is more than a CPU's third cache is good for stays there
 * (docs/PERFORMANCE.md). */
enum { STREAM_MOST = 12 << 20, SLICE_BYTES = 4 << 20, SLICE_COLUMNS = 1024 };

static size_t slices_of(size_t bytes) {
  return bytes <= STREAM_MOST ? 1 : ceil_div(bytes, SLICE_BYTES);
}

/* A work-item for each panel of neurons and item_rows rows. One of them a group: PoCL hands its
 * threads half of the groups that are left, so many of them level the threads. */
static rb_ndrange by_panels(const rb_net *net, uint32_t rows, uint32_t item_rows, size_t group) {
  while (group < ITEMS_MOST && group * net->problem.d < COLUMNS_LEAST)
    group *= 2; /* where an item has little to do, several */
  size_t items = ceil_div(ceil_div(rows, item_rows), group) * group;
  return (rb_ndrange){ceil_div(net->problem.m, net->layout.panel), items, 1, group};
}

/* A work-item for each panel and word of 32 rows. Where W is more than a second cache has room for,
 * a group is several words, which go through a panel of W one after another: it comes from the
 * third cache so much less often. Their rows of X must stay in the second, and groups be enough to
 * level the threads. row_bytes: what the kernel reads of a row of either. */
enum { W_STAYS = 1 << 20, WORDS_STAY = 384 << 10, WORDS_MOST = 4, GROUPS_PER_UNIT = 16 };

static rb_ndrange by_words(const rb_net *net, uint32_t rows, size_t row_bytes) {
  size_t panels = ceil_div(net->problem.m, net->layout.panel),
         n_words = ceil_div(rows, RB_WORD_ROWS);
  size_t units = rb_session_device(net->session)->compute_units, words = 1;
  if (net->layout.ldm * row_bytes > W_STAYS)
    while (words < WORDS_MOST && 2 * words * RB_WORD_ROWS * row_bytes <= WORDS_STAY &&
           n_words / (2 * words) * panels >= GROUPS_PER_UNIT * units)
      words *= 2;
  return by_panels(net, rows, RB_WORD_ROWS, words);
}

/* X W^T by panels: `kernel`, with n_more arguments after those of forward; of words of integers
 * where that is forward_signs. */
static bool forward_panels(rb_net *net, rb_tile tile, rb_net_kernel kernel, const rb_arg *more,
                           unsigned n_more, const char *phase, rb_err *err) {
  bool integers = kernel == RB_KERNEL_forward_signs;
  rb_buffer *x = net->buffers[integers ? RB_BUFFER_input_words : RB_BUFFER_X],
            *w = net->buffers[integers ? RB_BUFFER_weight_words : RB_BUFFER_P];
  rb_kernel *some = net->kernels[integers ? RB_KERNEL_forward_integers : RB_KERNEL_forward];
  const rb_problem *p = &net->problem;
  const rb_layout *l = &net->layout;
  bool words = integers || kernel == RB_KERNEL_forward_active;
  rb_ndrange tiles = by_panels(net, tile.rows, l->variant.rows, 1);
  uint32_t ld = integers ? l->ldq : l->ldx, last = p->d;
  if (integers)
    last = 16 * (uint32_t)ceil_div(p->d, 16 * (size_t)l->integers);
  rb_arg args[FORWARD_ARGS + MORE_ARGS] = {
      rb_arg_buffer(x), N(ld), N(l->stride), N(0),         N(last),
      rb_arg_buffer(w), B(Z),  N(l->ldm),    N(tile.rows), N(p->m)};
  for (unsigned i = 0; i < n_more; i++)
    args[FORWARD_ARGS + i] = more[i];
  size_t slices = slices_of((size_t)4 * l->ldm * ld);
  uint32_t columns = (uint32_t)(ceil_div(ld / l->panel, slices) * l->panel), first = 0;
  if (columns < SLICE_COLUMNS) /* the sums so far are read and written for each slice */
    columns = SLICE_COLUMNS / l->panel * l->panel;
  for (; last - first > columns; first += columns) {
    args[3] = N(first);
    args[4] = N(columns);
    if (!rb_kernel_launch(net->session, some, tiles, args, FORWARD_ARGS, phase, err))
      return false;
  }
  args[3] = N(first);
  args[4] = N(last - first);
  return rb_kernel_launch(net->session, net->kernels[kernel],
                          words ? by_words(net, tile.rows, 4 * ((size_t)ld + l->ldr)) : tiles, args,
                          FORWARD_ARGS + n_more, phase, err);
}

bool rb_ops_forward(rb_net *net, rb_step step, rb_tile tile, rb_err *err) {
  const rb_problem *p = &net->problem;
  const rb_layout *l = &net->layout;
  const rb_variant *v = &l->variant;
  const char *phase = phase_of(step, "head/product", "representation/product");
  if (l->backend == RB_BACKEND_CLBLAST) {
    rb_gemm gemm = {.transpose_b = true,
                    .m = tile.rows,
                    .n = p->m,
                    .k = p->d,
                    .alpha = 1,
                    .beta = 0,
                    .a = net->buffers[RB_BUFFER_X],
                    .b = net->buffers[RB_BUFFER_W],
                    .c = net->buffers[RB_BUFFER_Z],
                    .lda = l->ldx,
                    .ldb = l->ldx,
                    .ldc = l->ldm};
    return rb_blas_gemm(net->session, &gemm, net->buffers[RB_BUFFER_scratch], phase, err);
  }
  if (v->version == RB_VERSION_PIPELINE) {
    const rb_arg args[] = {B(X), N(l->ldx), B(W), B(Z), N(l->ldm), N(tile.rows), N(p->m)};
    return LAUNCH(forward, one_item, args, phase);
  }
  if (v->version == RB_VERSION_TILES) {
    const rb_arg args[] = {B(X), N(l->ldx), B(P), B(Z), N(l->ldm), N(tile.rows)};
    return LAUNCH(forward, by_blocks(net, p->m, tile.rows), args, phase);
  }
  return forward_panels(net, tile, RB_KERNEL_forward, NULL, 0, phase, err);
}

/* A work-item for each vector of columns and neuron, those of W's last panel included. */
static rb_ndrange by_weights(const rb_net *net) {
  const rb_layout *l = &net->layout;
  return (rb_ndrange){l->ldx / l->variant.width, ceil_div(net->problem.m, l->panel) * l->panel, 0,
                      0};
}

bool rb_ops_pack_values(rb_net *net, rb_err *err) {
  const rb_layout *l = &net->layout;
  const rb_arg args[] = {B(W), N(l->ldx), N(net->problem.m), B(P)};
  rb_ndrange squares = {l->ldm, l->ldx, SQUARE, SQUARE};
  return !l->fused || LAUNCH(forward_pack, l->panel ? by_weights(net) : squares, args, "pack");
}

bool rb_ops_pack(rb_net *net, rb_err *err) {
  const rb_layout *l = &net->layout;
  const rb_arg integers[] = {B(W),     N(l->ldx), N(net->problem.m), N(l->ldq), B(weight_words),
                             B(units), N(l->ldm), B(weight_pairs),   N(l->ldr), B(least)};
  unsigned n_integers = l->integers == 4 ? 10 : 7;
  const rb_arg columns[] = {B(W), N(l->ldx), N(net->problem.m), B(V), N(l->ldm)};
  if (l->signs &&
      !rb_kernel_launch(net->session, net->kernels[RB_KERNEL_signs_pack],
                        (rb_ndrange){l->ldm, 1, 1, 1}, integers, n_integers, "pack", err))
    return false;
  return l->signed_heads ? LAUNCH(subsets_pack, by_weights(net), columns, "pack")
                         : rb_ops_pack_values(net, err);
}

float rb_ops_heads_up(const rb_net *net) {
  return ldexpf(1, -ilogb(net->problem.eta_a));
}

/* C += Z^T B of a tile, B with rows of ldb floats of which n count. z_up, b_up: powers of two for
 * operands of half precision. */
static bool product_tn(rb_net *net, float z_up, rb_net_buffer b, float b_up, uint32_t n,
                       uint32_t ldb, rb_net_buffer c, uint32_t rows, rb_err *err) {
  const rb_problem *p = &net->problem;
  const rb_layout *l = &net->layout;
  const rb_variant *v = &l->variant;
  const char *phase = "representation/product";
  if (l->backend == RB_BACKEND_CLBLAST) {
    rb_gemm gemm = {.transpose_a = true,
                    .m = p->m,
                    .n = n,
                    .k = rows,
                    .alpha = 1,
                    .beta = 1,
                    .a = net->buffers[RB_BUFFER_Z],
                    .b = net->buffers[b],
                    .c = net->buffers[c],
                    .lda = l->ldm,
                    .ldb = ldb,
                    .ldc = ldb};
    return rb_blas_gemm(net->session, &gemm, net->buffers[RB_BUFFER_scratch], phase, err);
  }
  const rb_arg args[] = {B(Z),    N(l->ldm),        rb_arg_buffer(net->buffers[b]),
                         N(ldb),  N(l->stride),     rb_arg_buffer(net->buffers[c]),
                         N(rows), N(l->part_rows),  N(l->parts),
                         N(p->m), rb_arg_f32(z_up), rb_arg_f32(b_up)};
  size_t n_args = sizeof args / sizeof *args;
  if (rb_layout_precision(l) != RB_PRECISION_HALF)
    n_args -= 2;
  rb_kernel *backward = net->kernels[RB_KERNEL_backward];
  if (v->version == RB_VERSION_PIPELINE)
    return rb_kernel_launch(net->session, backward, one_item, args, n_args, phase, err);
  uint32_t parts = (uint32_t)ceil_div(rows, l->part_rows);
  if (v->version == RB_VERSION_TILES) {
    rb_ndrange range = by_blocks(net, ldb, p->m);
    range.global1 *= parts;
    return rb_kernel_launch(net->session, backward, range, args, n_args, phase, err);
  }
  size_t columns = ldb / l->panel;
  size_t slice = ceil_div(columns, slices_of((size_t)4 * l->part_rows * ldb));
  for (size_t first = 0; first < columns; first += slice) {
    rb_ndrange range = {slice < columns - first ? slice : columns - first,
                        parts * ceil_div(p->m, v->neurons), 1, 1};
    if (!rb_kernel_launch_from(net->session, backward, first, range, args, n_args, phase, err))
      return false;
  }
  return true;
}

/* The parts of G, S or R added up into the first. */
static bool add_up(rb_net *net, rb_net_buffer which, uint32_t parts, uint32_t count,
                   const char *phase, rb_err *err) {
  const rb_arg args[] = {rb_arg_buffer(net->buffers[which]), N(parts), N(count)};
  rb_ndrange range = {count / net->layout.variant.width, 1, 0, 0};
  return parts == 1 || LAUNCH(update_sum, range, args, phase);
}

bool rb_ops_gradient_sum(rb_net *net, rb_err *err) {
  return add_up(net, RB_BUFFER_G, net->layout.parts, net->problem.m * net->layout.ldx,
                "representation/product", err);
}

bool rb_ops_covariance_sum(rb_net *net, rb_err *err) {
  return add_up(net, RB_BUFFER_S, net->layout.parts, net->problem.m * net->layout.ldm,
                "representation/product", err);
}

bool rb_ops_bins_sum(rb_net *net, rb_err *err) {
  return add_up(net, RB_BUFFER_R, net->layout.bins, net->layout.ldm << net->problem.r,
                "head/reduction", err);
}

/* Neurons of a work-item of subsets.cl: many, as each makes the tables for itself, but no more than
 * have their sums in a second cache, and not so many that compute units are idle. */
enum { ITEMS_PER_UNIT = 4, NEURONS_LEAST = 128, NEURONS_MOST = 1024, SUBSETS_ARGS = 13 };

/* `kernel` of subsets.cl with n_more arguments of its own. */
static bool by_subsets(rb_net *net, rb_step step, rb_tile tile, rb_net_kernel kernel,
                       const rb_arg *more, unsigned n_more, const char *phase, rb_err *err) {
  const rb_layout *l = &net->layout;
  size_t m = net->problem.m, columns = l->ldx / l->panel, parts = ceil_div(tile.rows, l->part_rows);
  size_t units = rb_session_device(net->session)->compute_units, blocks = 1;
  while (ceil_div(m, blocks) > NEURONS_MOST || (blocks * columns * parts < ITEMS_PER_UNIT * units &&
                                                ceil_div(m, 2 * blocks) >= NEURONS_LEAST))
    blocks *= 2;
  uint32_t neurons = (uint32_t)(ceil_div(ceil_div(m, l->panel), blocks) * l->panel);
  rb_arg args[SUBSETS_ARGS + 4] = {B(active),
                                   N(l->ldm),
                                   B(X),
                                   N(l->ldx),
                                   N(l->stride),
                                   B(Y),
                                   N(tile.sample_first),
                                   N(step.n),
                                   N(tile.rows),
                                   N(l->part_rows),
                                   N((uint32_t)parts),
                                   N((uint32_t)m),
                                   N(neurons)};
  for (unsigned i = 0; i < n_more; i++)
    args[SUBSETS_ARGS + i] = more[i];
  return rb_kernel_launch(net->session, net->kernels[kernel],
                          (rb_ndrange){columns, parts * blocks, 1, 1}, args, SUBSETS_ARGS + n_more,
                          phase, err);
}

bool rb_ops_backward(rb_net *net, rb_step step, rb_tile tile, rb_err *err) {
  const rb_arg more[] = {B(A), N(tile.task_local), B(G)};
  if (net->layout.subsets)
    return by_subsets(net, step, tile, RB_KERNEL_backward_subsets, more, 3,
                      "representation/product", err);
  return product_tn(net, rb_ops_heads_up(net), RB_BUFFER_X, 1, net->problem.d, net->layout.ldx,
                    RB_BUFFER_G, tile.rows, err);
}

bool rb_ops_covariance(rb_net *net, rb_step step, rb_tile tile, rb_err *err) {
  (void)step;
  float up = rb_ops_heads_up(net);
  return product_tn(net, up, RB_BUFFER_Z, up, net->problem.m, net->layout.ldm, RB_BUFFER_S,
                    tile.rows, err);
}

bool rb_ops_gram(rb_net *net, rb_tile tile, rb_err *err) {
  return product_tn(net, 1, RB_BUFFER_Z, 1, net->problem.m, net->layout.ldm, RB_BUFFER_S, tile.rows,
                    err);
}

bool rb_ops_head_sum(rb_net *net, rb_step step, rb_tile tile, rb_err *err) {
  const rb_problem *p = &net->problem;
  const rb_arg args[] = {B(Z),
                         N(net->layout.ldm),
                         N(net->layout.stride),
                         N(tile.rows),
                         B(Y),
                         N(tile.task_local),
                         N(tile.sample_first),
                         N(step.n),
                         rb_arg_f32((float)(p->eta_a / p->n1)),
                         B(A)};
  size_t n_tasks = ceil_div((size_t)tile.sample_first + tile.rows, step.n);
  return LAUNCH(head_sum, by_neurons(net, n_tasks), args, "head/reduction");
}

static bool forward_signs(rb_net *net, rb_step step, rb_tile tile, const char *phase, rb_err *err) {
  const rb_layout *l = &net->layout;
  const rb_arg more[] = {B(A),
                         N(tile.task_local),
                         N(tile.sample_first),
                         N(step.n),
                         B(net),
                         B(active),
                         B(X),
                         N(l->ldx),
                         B(W),
                         B(units),
                         N(!step.head),
                         B(scales),
                         B(input_pairs),
                         N(l->ldr),
                         B(weight_pairs),
                         B(least)};
  return forward_panels(net, tile, RB_KERNEL_forward_signs, more, l->integers == 4 ? 16 : 11, phase,
                        err);
}

static bool signed_heads(rb_net *net, rb_step step, rb_tile tile, rb_err *err) {
  const rb_problem *p = &net->problem;
  const rb_layout *l = &net->layout;
  const rb_arg more[] = {B(V), B(lanes), B(H), N(l->head_slots)};
  const rb_arg args[] = {B(H),
                         N(l->ldm),
                         N(l->ldx / l->panel),
                         N(l->head_slots),
                         N(tile.rows),
                         N(l->part_rows),
                         N(tile.task_local),
                         N(tile.sample_first),
                         N(step.n),
                         rb_arg_f32((float)(p->eta_a / p->n1)),
                         B(A)};
  size_t n_tasks = ceil_div((size_t)tile.sample_first + tile.rows, step.n);
  return forward_signs(net, step, tile, "head/product", err) &&
         by_subsets(net, step, tile, RB_KERNEL_head_subsets, more, 4, "head/product", err) &&
         LAUNCH(head_panels, by_neurons(net, n_tasks), args, "head/reduction");
}

bool rb_ops_forward_head(rb_net *net, rb_step step, rb_tile tile, rb_err *err) {
  const rb_problem *p = &net->problem;
  const rb_layout *l = &net->layout;
  if (l->signed_heads)
    return signed_heads(net, step, tile, err);
  if (!l->fused_head)
    return rb_ops_forward(net, step, tile, err) && rb_ops_head_sum(net, step, tile, err);
  uint32_t rows = l->head_rows, sums = (uint32_t)ceil_div(tile.rows, rows);
  uint32_t stride = (uint32_t)ceil_div(l->tile, rows) * l->panel;
  const rb_arg more[] = {B(Y), B(H), N(stride)};
  const rb_arg by_block[] = {B(X), N(l->ldx), B(P), N(l->ldm), N(tile.rows), B(Y), B(H)};
  const rb_arg args[] = {B(H),
                         N(l->ldm),
                         N(stride),
                         N(sums),
                         N(tile.task_local),
                         N(tile.sample_first / rows),
                         N(step.n / rows),
                         rb_arg_f32((float)(p->eta_a / p->n1)),
                         B(A)};
  size_t n_tasks = ceil_div((size_t)tile.sample_first + tile.rows, step.n);
  bool ok = l->panel
                ? forward_panels(net, tile, RB_KERNEL_forward_head, more, 3, "head/product", err)
                : LAUNCH(forward_head, by_blocks(net, p->m, tile.rows), by_block, "head/product");
  return ok && LAUNCH(head_add, by_neurons(net, n_tasks), args, "head/reduction");
}

bool rb_ops_forward_bins(rb_net *net, rb_step step, rb_tile tile, rb_err *err) {
  return rb_ops_forward(net, step, tile, err) && rb_ops_head_bins(net, step, tile, err);
}

bool rb_ops_head_bins(rb_net *net, rb_step step, rb_tile tile, rb_err *err) {
  (void)step;
  const rb_layout *l = &net->layout;
  uint32_t bins = (uint32_t)ceil_div(tile.rows, l->bin_rows);
  const rb_arg args[] = {B(Z),           N(l->ldm), N(l->stride), N(tile.rows),
                         N(l->bin_rows), N(bins),   B(patterns),  N(1u << net->problem.r),
                         B(tile_R),      B(R)};
  return LAUNCH(head_bins, by_neurons(net, bins), args, "head/reduction");
}

bool rb_ops_head_from_bins(rb_net *net, uint32_t n_tasks, rb_err *err) {
  const rb_problem *p = &net->problem;
  const rb_arg args[] = {B(R),      N(net->layout.ldm), N(1u << p->r),
                         B(tables), N(n_tasks),         rb_arg_f32((float)(p->eta_a / p->n1)),
                         B(A)};
  return LAUNCH(head_from_bins, by_neurons(net, n_tasks), args, "head/reduction");
}

bool rb_ops_head_to_bins(rb_net *net, uint32_t n_tasks, rb_err *err) {
  const rb_problem *p = &net->problem;
  const rb_arg args[] = {B(A),      N(net->layout.ldm), N(1u << p->r),
                         B(tables), N(n_tasks),         rb_arg_f32((float)(1.0 / p->T)),
                         B(C)};
  return LAUNCH(head_to_bins, by_neurons(net, (size_t)1 << p->r), args, "representation/reduction");
}

/* largest[slot] = max of it and |values| of the first n rows, each a sum of n_parts. */
static bool largest(rb_net *net, rb_net_buffer values, uint32_t n, uint32_t n_parts, uint32_t slot,
                    rb_err *err) {
  const rb_layout *l = &net->layout;
  const rb_arg args[] = {
      rb_arg_buffer(net->buffers[values]), N(n), N(n_parts), N(l->net_stride), B(largest), N(slot)};
  size_t lanes = l->variant.lanes_per_row, groups = by_lanes(net) ? ceil_div(n, lanes) : 1;
  if (groups > GROUPS_OF_MAX)
    groups = GROUPS_OF_MAX;
  return LAUNCH(activation_max, ((rb_ndrange){groups * lanes, 1, lanes, 1}), args,
                "representation/activation");
}

bool rb_ops_norms(rb_net *net, uint32_t n_tasks, rb_err *err) {
  const rb_arg args[] = {B(A), N(net->layout.ldm), N(n_tasks), B(norms)};
  return LAUNCH(activation_norms, rb_ops_by_rows(net, n_tasks), args,
                "representation/activation") &&
         largest(net, RB_BUFFER_norms, n_tasks, 1, 1, err);
}

bool rb_ops_activation(rb_net *net, rb_step step, rb_tile tile, rb_err *err) {
  rb_ndrange range = rb_ops_by_rows(net, tile.rows);
  if (net->problem.inputs == RB_INPUTS_SHARED) {
    const rb_arg args[] = {
        B(Z), N(net->layout.ldm), N(net->layout.stride), N(tile.rows), B(patterns), B(C), B(net)};
    if (!LAUNCH(activation_shared, range, args, "representation/activation"))
      return false;
  } else {
    const rb_arg args[] = {B(Z), N(net->layout.ldm), N(net->layout.stride), N(tile.rows), B(Y),
                           B(A), N(tile.task_local), N(tile.sample_first),  N(step.n),    B(net)};
    if (!LAUNCH(activation, range, args, "representation/activation"))
      return false;
  }
  return largest(net, RB_BUFFER_net, tile.rows, 1, 0, err);
}

/* The tiles' forward product with what activation.cl makes of it. */
static bool blocks_activation(rb_net *net, rb_step step, rb_tile tile, const char *phase,
                              rb_err *err) {
  const rb_layout *l = &net->layout;
  rb_ndrange range = by_blocks(net, net->problem.m, tile.rows);
  const rb_arg per_task[] = {
      B(X),     N(l->ldx),        B(P), B(Z), N(l->ldm),          N(tile.rows),
      B(net),   N(l->net_stride), B(Y), B(A), N(tile.task_local), N(tile.sample_first),
      N(step.n)};
  const rb_arg shared[] = {B(X),   N(l->ldx),        B(P),        B(Z), N(l->ldm), N(tile.rows),
                           B(net), N(l->net_stride), B(patterns), B(C)};
  if (net->problem.inputs == RB_INPUTS_SHARED)
    return LAUNCH(forward_activation_shared, range, shared, phase);
  return LAUNCH(forward_activation, range, per_task, phase);
}

static bool panels_activation(rb_net *net, rb_step step, rb_tile tile, const char *phase,
                              rb_err *err) {
  const rb_layout *l = &net->layout;
  const rb_arg per_task[] = {B(Y),      B(A),  N(tile.task_local), N(tile.sample_first),
                             N(step.n), B(net)};
  const rb_arg shared[] = {B(patterns), B(C), B(net)};
  const rb_arg active[] = {B(A),   N(tile.task_local), N(tile.sample_first), N(step.n),
                           B(net), B(active)};
  if (l->signs)
    return forward_signs(net, step, tile, phase, err);
  if (l->subsets)
    return forward_panels(net, tile, RB_KERNEL_forward_active, active, 6, phase, err);
  if (net->problem.inputs == RB_INPUTS_SHARED)
    return forward_panels(net, tile, RB_KERNEL_forward_activation_shared, shared, 3, phase, err);
  return forward_panels(net, tile, RB_KERNEL_forward_activation, per_task, 6, phase, err);
}

bool rb_ops_forward_activation(rb_net *net, rb_step step, rb_tile tile, rb_err *err) {
  const rb_layout *l = &net->layout;
  const char *phase = "representation/product";
  if (!l->fused)
    return rb_ops_forward(net, step, tile, err) && rb_ops_activation(net, step, tile, err);
  bool ok = l->panel ? panels_activation(net, step, tile, phase, err)
                     : blocks_activation(net, step, tile, phase, err);
  return ok && largest(net, RB_BUFFER_net, tile.rows, l->net_parts, 0, err);
}

bool rb_ops_update(rb_net *net, rb_err *err) {
  const rb_problem *p = &net->problem;
  const rb_arg args[] = {B(W),
                         B(G),
                         rb_arg_f32((float)(1 - p->decay)),
                         rb_arg_f32((float)(p->eta_w * rb_net_mean(net))),
                         N(net->layout.ldx),
                         N(p->m)};
  rb_ndrange range = {net->layout.ldx / net->layout.variant.width, p->m, 0, 0};
  return LAUNCH(update, range, args, "update");
}
