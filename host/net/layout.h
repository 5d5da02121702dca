// SPDX-License-Identifier: Apache-2.0
/* How a problem lies on a device: tiles of samples, chunks of tasks, and every buffer.
 *
 * Inputs are worked through in tiles of `tile` samples and heads in chunks of `chunk` tasks, both
 * fixed by a budget of bytes, so that memory does not grow with T or n. Rows are padded to
 * multiples of 16 floats and of a panel, of X also of what tiles stage at once; the padding is zero
 * from creation on and only zeros are written there. X and Z of a tile lie in panels
 * (kernels/vector.h), and so do G and S; everything else in rows.
 *
 * A collapsed problem is laid out as its inner problem (rb_problem_inner). */
#ifndef RB_NET_LAYOUT_H
#define RB_NET_LAYOUT_H
#include <stdbool.h>
#include "cl/buffer.h"
#include "model/problem.h"
#include "net/backend.h"
#include "net/variant.h"

/* X(name, elements, bytes of one). Letters: tile, chunk, m, r of the problem; P = 2^r, or 0 where
 * inputs are not shared; ldx and ldm: d and m rounded up; ldq: words of integers, or 0; outside =
 * m, or 0 where S is not wanted; room: the rows that X and Z have room for; packed: floats of W as
 * forward reads it; sums: rows of H, 0 where heads come from Z; lanes: floats of the sums that
 * head_subsets has in work, or 0; words of samples, 0 where D is kept. */
#define RB_NET_BUFFERS(X)                                                                          \
  X(X, (uint64_t)room *ldx, 4) /* inputs of a tile */                                              \
  X(Z, (uint64_t)room *ldm, 4) /* pre-activations, then D */                                       \
  X(Y, tile, 4)                /* labels */                                                        \
  X(patterns, tile, 4)         /* which table entry a sample falls on */                           \
  X(net, (uint64_t)net_parts *room,                                                                \
    4) /* |net| or its bound; its parts by panel or block of neurons */                            \
  X(active, (uint64_t)words *ldm, 4) /* z > 0 of RB_WORD_ROWS samples, a bit each */               \
  X(H, sums *ldm, 4)                 /* heads by head_rows rows, or by part and panel */           \
  X(lanes, lanes, 4)                 /* the sums of which H is made, by panel */                   \
  X(tables, (uint64_t)chunk << r, 1) /* labels by task and pattern */                              \
  X(A, (uint64_t)chunk *ldm, 4)      /* heads */                                                   \
  X(norms, chunk, 4)                 /* |a_t|^2 */                                                 \
  X(R, bins *P *ldm, 4)              /* shared: sums of relu(z) by part of a tile and pattern */   \
  X(tile_R, bins *P *ldm, 4)         /* the same of one tile */                                    \
  X(C, P *ldm, 4)                    /* shared: (1/T) F^T A */                                     \
  X(M, (uint64_t)r *ldx, 4)          /* subspace */                                                \
  X(W, (uint64_t)m *ldx, 4)          /* weights */                                                 \
  X(W0, (uint64_t)m *ldx, 4)         /* initial weights */                                         \
  X(P, packed, 4)                    /* weights in panels or turned, for the forward product */    \
  X(V, lanes ? ldm *ldx : 0, 4)      /* weights in panels of columns */                            \
  X(input_words, (uint64_t)room *ldq, 4)   /* inputs of a tile as integers */                      \
  X(weight_words, (uint64_t)ldm *ldq, 4)   /* weights as integers, in panels */                    \
  X(units, units, 4)                       /* what these integers are worth */                     \
  X(scales, ldr ? room : 0, 4)             /* by which inputs were multiplied for them, by row */  \
  X(input_pairs, (uint64_t)room *ldr, 4)   /* inputs as pairs, by rows */                          \
  X(weight_pairs, (uint64_t)ldm *ldr, 4)   /* weights as pairs, by rows */                         \
  X(least, ldr ? 2 * (uint64_t)ldm : 0, 4) /* from which on the sign of their products is sure */  \
  X(G, parts *m *ldx, 4)        /* gradient, summed over the batch, by part of a tile */           \
  X(S, parts *outside *ldm, 4)  /* sum of D^T D where inputs have coordinates outside */           \
  X(largest, 2, 4)              /* largest |net|, or the two factors of its bound */               \
  X(scratch, scratch_floats, 4) /* of CLBlast */

typedef enum rb_net_buffer {
#define X(name, count, size) RB_BUFFER_##name,
  RB_NET_BUFFERS(X)
#undef X
      RB_N_BUFFERS
} rb_net_buffer;

typedef struct rb_layout {
  rb_variant variant;
  rb_backend backend;        /* native or clblast */
  uint32_t tile;             /* samples */
  uint32_t chunk;            /* tasks */
  uint32_t ldx, ldm;         /* floats in a row of X, W, G and of Z, A */
  uint32_t panel;            /* columns in a panel of X and Z; 0 = none, rows as they are */
  uint32_t stride;           /* floats from one panel to the next */
  uint32_t parts, part_rows; /* into which a tile's rows are split for D^T X */
  uint32_t bins, bin_rows;   /* and for the sums by pattern */
  /* The forward product reads W from P and ends with D in place of Z, and with the head's sums
   * (kernels/forward.cl); one kernel draws and labels the inputs (kernels/samples.cl). */
  bool fused, fused_head, fused_labels;
  uint32_t label_rows;            /* rows of a work-item of that kernel; 0: rows have several */
  uint32_t head_rows;             /* samples in a sum of fused_head */
  uint32_t net_parts, net_stride; /* of net, and floats from one part to the next */
  /* D^T X by sums over subsets of samples, D being y_s a_tj or 0 (kernels/subsets.cl). */
  bool subsets;
  /* Then which samples are active by products of integers (kernels/signs.cl), how many are in a
   * word, and words in a row of X and W for them; in a row of pairs beside quads of them, or 0; and
   * whether the processor adds the products of two words at once. */
  bool signs, dot_products;
  uint32_t integers, ldq, ldr;
  /* And the heads from these, by sums over subsets; of head_slots tasks and parts of a tile. */
  bool signed_heads;
  uint32_t head_slots;
  uint64_t counts[RB_N_BUFFERS]; /* elements */
  uint64_t bytes;                /* of all buffers */
} rb_layout;

/* So many rows of 256 columns fit a first cache of 32 KiB beside what is made of them. */
enum { RB_LAYOUT_LABEL_ROWS = 16 };

/* Samples of a task from which on heads come from signs: two words (kernels/subsets.cl). With
 * fewer a product takes less time. */
enum { RB_LAYOUT_HEAD_SAMPLES = 64 };

/* A device that refuses memory is given smaller tiles (study/squeeze.h), down to this. */
enum { RB_LAYOUT_TILE_MINIMUM = 64 };

/* Of a layout of which variant, backend and panel are known: whether forward ends with what follows
 * it, and reads a packed W. */
bool rb_layout_fuses(const rb_layout *layout);

/* To what the operands of its products are rounded: CLBlast's are single. */
rb_precision rb_layout_precision(const rb_layout *layout);

/* Names and element sizes of the buffers, index = rb_net_buffer. */
extern const char *const rb_layout_names[RB_N_BUFFERS];
extern const unsigned rb_layout_sizes[RB_N_BUFFERS];

/* Whether one kernel draws and labels inputs of r coordinates that count. */
bool rb_layout_fuses_labels(const rb_variant *variant, uint32_t r);
/* label_rows: 0 but on CPUs with vectors. It takes private arrays, which llvmpipe keeps in memory
 * and compiles slowly. */
uint32_t rb_layout_label_rows(const rb_device *device, const rb_variant *variant);

/* Integers in a word, for a variant whose own choice is 0: four where the processor multiplies
 * bytes; without that they take longer than two. */
uint32_t rb_layout_integers(const rb_device *device, const rb_variant *variant);

/* Where element (row, column) of a tile's X or Z is, for rows of ld floats (ldx or ldm). */
static inline size_t rb_layout_at(const rb_layout *l, size_t row, size_t column, size_t ld) {
  return l->panel ? column / l->panel * l->stride + row * l->panel + column % l->panel
                  : row * ld + column;
}

/* The same of G (m, ldx) or S (m, ldm), of m neurons. */
static inline size_t rb_layout_sum_at(const rb_layout *l, size_t row, size_t column, size_t ld,
                                      size_t m) {
  return l->panel ? (column / l->panel * m + row) * l->panel + column % l->panel
                  : row * ld + column;
}

/* Floating-point operations of a round that the products do: rb_problem_flop(), or fewer where
 * D^T X, or a head, goes by sums over subsets: for each table of k of a task's samples d (2^k - 1)
 * additions and d m to add its entries up, d for each sample's label and 2 d m for a word.
 * Multiply-adds of the integers of a word count as one; what is done over for signs that are not
 * sure does not. */
double rb_layout_operations(const rb_layout *layout, const rb_problem *problem);

/* Lays a settled problem out for the session's device; allocates nothing. tile: samples in a tile,
 * 0 = chosen. variant NULL = chosen. Errors: RB_USAGE if it cannot fit, with the bytes wanted and
 * there; RB_FAILED from CLBlast. */
bool rb_layout_make(rb_session *session, const rb_problem *problem, rb_backend backend,
                    uint32_t tile, const rb_variant *variant, rb_layout *out, rb_err *err);
/* Room for products of fewer samples than a tile and fewer neurons than m, whatever their number:
 * CLBlast wants scratch where sizes are no multiples of its own, even if it wants none for the
 * problem. problem: the layout's. Same errors. */
bool rb_layout_widen(rb_session *session, const rb_problem *problem, rb_layout *layout,
                     rb_err *err);

#endif
