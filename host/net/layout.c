// SPDX-License-Identifier: Apache-2.0
#include "net/layout.h"
#include <math.h>
#include "cl/blas.h"

const char *const rb_layout_names[RB_N_BUFFERS] = {
#define X(name, count, size) #name,
    RB_NET_BUFFERS(X)
#undef X
};

const unsigned rb_layout_sizes[RB_N_BUFFERS] = {
#define X(name, count, size) size,
    RB_NET_BUFFERS(X)
#undef X
};

/* X and Z of a tile should stay in a CPU's cache beside W and G, and fill a GPU; measured on PoCL
 * (docs/PERFORMANCE.md). */
enum { TILE_BYTES_CPU = 8 << 20, TILE_BYTES_GPU = 256 << 20 };
enum { TILE_LEAST = 256, TILE_MOST_CPU = 16384, TILE_MOST_GPU = 32768, TILE_LIMIT = 65535 };
enum { CHUNK_BYTES = 32 << 20 };
/* Kernels loop over a chunk's tasks and a tile's rows, and llvmpipe (Mesa 22.3) leaves any loop
 * after 65,535 turns, silently. */
enum { CHUNK_MOST = 32768 };

static uint32_t round_up(uint32_t n, uint32_t to) {
  return (n + to - 1) / to * to;
}

static uint64_t positions(const rb_problem *p, uint32_t n) {
  return p->inputs == RB_INPUTS_SHARED ? n : (uint64_t)p->T * n;
}

static uint32_t choose_tile(const rb_device *device, const rb_problem *p, const rb_layout *l) {
  bool cpu = device->kind == RB_KIND_CPU;
  uint64_t budget = cpu ? TILE_BYTES_CPU : TILE_BYTES_GPU;
  uint64_t most_rows = cpu ? TILE_MOST_CPU : TILE_MOST_GPU;
  uint64_t tile = budget / (4 * ((uint64_t)l->ldx + l->ldm));
  tile = tile < TILE_LEAST ? TILE_LEAST : tile > most_rows ? most_rows : tile / 64 * 64;
  uint64_t most = positions(p, p->n1 > p->n2 ? p->n1 : p->n2);
  return (uint32_t)(tile < most ? tile : most);
}

static uint32_t choose_chunk(const rb_problem *p, const rb_layout *l) {
  uint64_t per_task = 4 * (uint64_t)l->ldm + (UINT64_C(1) << p->r) + 4;
  uint64_t chunk = CHUNK_BYTES / per_task;
  chunk = chunk < 1 ? 1 : chunk > CHUNK_MOST ? CHUNK_MOST : chunk;
  return (uint32_t)(chunk < p->T ? chunk : p->T);
}

/* Raises *most to the scratch that CLBlast wants for the products of `rows` samples and m neurons.
 */
static bool product_scratch(rb_session *session, const rb_problem *p, const rb_layout *l,
                            size_t rows, size_t m, size_t *most, rb_err *err) {
  size_t bytes;
  rb_gemm forward = {.transpose_b = true,
                     .m = rows,
                     .n = m,
                     .k = p->d,
                     .lda = l->ldx,
                     .ldb = l->ldx,
                     .ldc = l->ldm};
  rb_gemm backward = {.transpose_a = true,
                      .m = m,
                      .n = p->d,
                      .k = rows,
                      .lda = l->ldm,
                      .ldb = l->ldx,
                      .ldc = l->ldx};
  rb_gemm covariance = backward;
  covariance.n = m;
  covariance.ldb = covariance.ldc = l->ldm;
  if (!rb_blas_scratch_bytes(session, &forward, &bytes, err))
    return false;
  *most = bytes > *most ? bytes : *most;
  if (!rb_blas_scratch_bytes(session, &backward, &bytes, err))
    return false;
  *most = bytes > *most ? bytes : *most;
  if (p->outside > 0 && !rb_blas_scratch_bytes(session, &covariance, &bytes, err))
    return false;
  *most = bytes > *most ? bytes : *most;
  return true;
}

/* Largest scratch that CLBlast wants for any number of rows that occurs: a full tile, or what a
 * chunk or the last chunk leaves over. */
static bool scratch_bytes(rb_session *session, const rb_problem *p, const rb_layout *l,
                          size_t *most, rb_err *err) {
  bool shared = p->inputs == RB_INPUTS_SHARED;
  uint32_t last_chunk = p->T % l->chunk ? p->T % l->chunk : l->chunk;
  const uint64_t batches[] = {
      (uint64_t)p->n1 * (shared ? 1 : l->chunk), (uint64_t)p->n2 * (shared ? 1 : l->chunk),
      (uint64_t)p->n1 * (shared ? 1 : last_chunk), (uint64_t)p->n2 * (shared ? 1 : last_chunk)};
  *most = 0;
  for (int i = 0; i < 8; i++) {
    uint64_t batch = batches[i / 2];
    size_t rows = i % 2 == 0 ? (batch < l->tile ? 0 : l->tile) : (size_t)(batch % l->tile);
    if (rows > 0 && !product_scratch(session, p, l, rows, p->m, most, err))
      return false;
  }
  return true;
}

/* Parts of a tile's rows. On a CPU as many rows as keep a panel of X and one of D in the second
 * cache; a GPU wants work-groups, and its tiles of G may be few. */
enum { PART_ROWS_CPU = 1024, PART_ROWS_LEAST_GPU = 256, ITEMS_PER_UNIT_GPU = 512 };
enum { PARTS_BYTES = 64 << 20, BINS_BYTES = 1 << 20 };

static uint32_t ceil_div(uint32_t a, uint32_t b) {
  return a / b + (a % b != 0);
}

/* Of up to `most` parts of `blocks` work-groups each, the number that leaves the fewest places
 * empty in the last wave of work-groups; the smallest of those, as G is read and written for each.
 */
static uint64_t fill_units(uint64_t blocks, uint64_t places, uint64_t most) {
  uint64_t best = 1;
  double best_fill = 0;
  for (uint64_t parts = 1; parts <= most; parts++) {
    uint64_t groups = parts * blocks;
    double fill = (double)groups / (double)((groups + places - 1) / places * places);
    if (fill > 1.01 * best_fill) {
      best_fill = fill;
      best = parts;
    }
  }
  return best;
}

static void choose_parts(const rb_device *device, const rb_problem *p, rb_layout *l) {
  uint64_t parts = ceil_div(l->tile, PART_ROWS_CPU);
  const rb_variant *v = &l->variant;
  uint64_t room = PARTS_BYTES / (4 * (uint64_t)p->m * (l->ldx > l->ldm ? l->ldx : l->ldm));
  if (v->version == RB_VERSION_TILES) {
    uint64_t block = rb_variant_block(v), most = ceil_div(l->tile, PART_ROWS_LEAST_GPU);
    uint64_t blocks = ((p->m + block - 1) / block) * ((l->ldx + block - 1) / block);
    uint64_t units = device->compute_units ? device->compute_units : 1;
    uint64_t groups = ITEMS_PER_UNIT_GPU / (v->group * v->group); /* of items with 128 registers */
    parts = fill_units(blocks, (groups ? groups : 1) * units, most < room ? most : room);
  }
  if (v->version == RB_VERSION_PIPELINE)
    parts = 1; /* one work-item goes through all of them */
  parts = l->backend == RB_BACKEND_CLBLAST || room < 1 ? 1 : parts < room ? parts : room;
  l->part_rows = ceil_div(l->tile, (uint32_t)parts);
  l->parts = ceil_div(l->tile, l->part_rows);
  uint64_t bins = ceil_div(l->tile, PART_ROWS_CPU);
  room = BINS_BYTES / (((uint64_t)4 * l->ldm) << p->r);
  bins = room < 1 ? 1 : bins < room ? bins : room;
  l->bin_rows = ceil_div(l->tile, (uint32_t)bins);
  l->bins = ceil_div(l->tile, l->bin_rows);
}

enum { LABELS_MOST = 4 }; /* r vectors of sums that fit registers beside the rest */

bool rb_layout_fuses_labels(const rb_variant *variant, uint32_t r) {
  return variant->version != RB_VERSION_PIPELINE && r <= LABELS_MOST;
}

uint32_t rb_layout_label_rows(const rb_device *device, const rb_variant *variant) {
  bool by_rows = device->kind == RB_KIND_CPU && device->vector_width > 1;
  return by_rows && variant->lanes_per_row == 1 ? RB_LAYOUT_LABEL_ROWS : 0;
}

uint32_t rb_layout_integers(const rb_device *device, const rb_variant *variant) {
  if (variant->integers > 0)
    return variant->integers;
  return variant->signs && device->dot_products ? 4 : 2;
}

rb_precision rb_layout_precision(const rb_layout *l) {
  if (l->signs)
    return l->integers == 4 ? RB_PRECISION_BYTES : RB_PRECISION_SIGNS;
  return l->backend == RB_BACKEND_NATIVE ? rb_variant_precision(&l->variant) : RB_PRECISION_SINGLE;
}

bool rb_layout_fuses(const rb_layout *l) {
  return l->backend == RB_BACKEND_NATIVE && l->variant.version != RB_VERSION_PIPELINE;
}

/* The head's sums are taken by work-item or block, so none may have rows of two tasks. */
static void choose_fusion(const rb_device *device, const rb_problem *p, rb_layout *l) {
  bool tiles = l->variant.version == RB_VERSION_TILES;
  uint32_t rows = tiles ? rb_variant_block(&l->variant) : l->variant.rows;
  l->fused = rb_layout_fuses(l);
  l->head_rows = rows;
  l->net_parts = !l->fused ? 1 : tiles ? ceil_div(p->m, rows) : l->ldm / l->panel;
  l->fused_labels = rb_layout_fuses_labels(&l->variant, p->r);
  l->label_rows = rb_layout_label_rows(device, &l->variant);
  l->subsets = l->panel > 0 && l->variant.subset > 1 && p->inputs == RB_INPUTS_PER_TASK &&
               p->outside == 0; /* else the weights are others, or D^T D is wanted too */
  l->signs = l->subsets && l->variant.signs;
  l->signed_heads =
      l->signs && p->ablation != RB_ABLATION_NO_HEAD && p->n1 >= RB_LAYOUT_HEAD_SAMPLES;
  l->head_slots =
      l->signed_heads ? (uint32_t)(((uint64_t)l->tile + p->n1 - 2) / p->n1) + l->parts : 0;
  l->fused_head = l->fused && !l->signed_heads && p->inputs == RB_INPUTS_PER_TASK &&
                  p->n1 % rows == 0 && (l->tile % rows == 0 || l->tile >= positions(p, p->n1));
  l->dot_products = device->dot_products;
  l->integers = rb_layout_integers(device, &l->variant);
  l->ldq = l->signs ? round_up(16 * ceil_div(l->ldx, 16 * l->integers), l->panel) : 0;
  l->ldr = l->signs && l->integers == 4 ? 16 * ceil_div(l->ldx, 32) : 0;
}

static bool fits(const rb_device *device, const rb_problem *p, const rb_layout *l, rb_err *err) {
  for (int i = 0; i < RB_N_BUFFERS; i++)
    if (l->counts[i] * rb_layout_sizes[i] > device->allocation_bytes)
      return rb_fail(
          err, RB_USAGE,
          "d = %u, m = %u, r = %u, tile = %u wants a buffer '%s' of %llu bytes, device '%s' "
          "allows %llu in one; try a smaller d, m, r or tile",
          p->d, p->m, p->r, l->tile, rb_layout_names[i],
          (unsigned long long)l->counts[i] * rb_layout_sizes[i], device->name,
          (unsigned long long)device->allocation_bytes);
  if (l->bytes > device->global_bytes)
    return rb_fail(
        err, RB_USAGE,
        "d = %u, m = %u, r = %u, tile = %u wants %llu bytes of device memory, device '%s' has "
        "%llu; try a smaller d, m, r or tile",
        p->d, p->m, p->r, l->tile, (unsigned long long)l->bytes, device->name,
        (unsigned long long)device->global_bytes);
  return true;
}

bool rb_layout_make(rb_session *session, const rb_problem *problem, rb_backend backend,
                    uint32_t tile_wanted, const rb_variant *variant, rb_layout *out, rb_err *err) {
  const rb_problem inner = rb_problem_inner(problem), *p = &inner;
  const rb_device *device = rb_session_device(session);
  rb_layout *l = out;
  *l = (rb_layout){.variant = variant ? *variant : rb_variant_choose(device), .backend = backend};
  l->panel = backend == RB_BACKEND_CLBLAST ? 0 : rb_variant_panel(&l->variant);
  unsigned to = l->panel ? l->panel : 16, depth = l->variant.depth; /* panels of `depth` columns */
  l->ldx = round_up(p->d, backend == RB_BACKEND_NATIVE && depth > to ? depth : to);
  l->ldm = round_up(p->m, to);
  if (tile_wanted > TILE_LIMIT)
    return rb_fail(err, RB_USAGE, "tile = %u is outside 1..%d", tile_wanted, TILE_LIMIT);
  l->tile = tile_wanted ? tile_wanted : choose_tile(device, p, l);
  l->chunk = choose_chunk(p, l);
  uint32_t room = l->panel && l->tile < l->variant.rows ? l->variant.rows : l->tile;
  l->stride = room * l->panel;
  l->net_stride = room;
  choose_parts(device, p, l);
  choose_fusion(device, p, l);
  size_t scratch = 0;
  if (backend == RB_BACKEND_CLBLAST && !scratch_bytes(session, p, l, &scratch, err))
    return false;
  uint64_t tile = l->tile, chunk = l->chunk, ldx = l->ldx, ldm = l->ldm, ldq = l->ldq, ldr = l->ldr,
           m = p->m, scratch_floats = (scratch + 3) / 4;
  uint64_t P = p->inputs == RB_INPUTS_SHARED ? UINT64_C(1) << p->r : 0;
  uint64_t outside = p->outside > 0 ? m : 0, parts = l->parts, bins = l->bins;
  uint64_t packed = l->fused ? ldm * ldx : 0, net_parts = l->net_parts;
  uint64_t columns = l->signed_heads ? l->ldx / l->panel : 0;
  uint64_t sums = l->fused_head ? ceil_div(l->tile, l->head_rows) : columns * l->head_slots;
  uint64_t lanes = parts * columns * ldm * l->variant.width;
  uint64_t units = l->signs ? 4 * ldm : 0;
  uint32_t words = l->subsets ? ceil_div(l->tile, RB_WORD_ROWS) : 0;
  uint32_t r = p->r;
  const uint64_t counts[RB_N_BUFFERS] = {
#define X(name, count, size) count,
      RB_NET_BUFFERS(X)
#undef X
  };
  for (int i = 0; i < RB_N_BUFFERS; i++) {
    l->counts[i] = counts[i];
    l->bytes += counts[i] * rb_layout_sizes[i];
  }
  return fits(device, p, l, err);
}

/* Of a task's n samples, where signs or values of X W^T are followed by sums over subsets. */
static double operations_by_subsets(const rb_layout *l, double n, double d, double m) {
  const rb_variant *v = &l->variant;
  unsigned n_tables = rb_variant_tables(v);
  double words = floor(n / RB_WORD_ROWS), rest = n - words * RB_WORD_ROWS;
  double tables = words * n_tables, sums = words * (rb_variant_entries(v) - n_tables);
  for (unsigned i = 0; i < n_tables && rb_variant_table_from(v, i) < rest; i++) {
    unsigned rows = rb_variant_table_from(v, i + 1) - rb_variant_table_from(v, i);
    tables++;
    sums += ldexp(1, (int)rows) - 1;
  }
  return d * (sums + m * tables) + n * d + ceil(n / RB_WORD_ROWS) * 2 * d * m;
}

double rb_layout_operations(const rb_layout *l, const rb_problem *problem) {
  double flop = rb_problem_flop(problem), d = problem->d, m = problem->m, T = problem->T;
  double spared = l->signs ? 1 - 1.0 / l->integers : 0; /* of the product that signs come from */
  if (l->subsets)
    flop += T * (operations_by_subsets(l, problem->n2, d, m) -
                 rb_product_flop(problem->n2, d, m) * (1 + spared));
  if (l->signed_heads)
    flop += T * (operations_by_subsets(l, problem->n1, d, m) -
                 rb_product_flop(problem->n1, d, m) * spared);
  return flop;
}

bool rb_layout_widen(rb_session *session, const rb_problem *problem, rb_layout *l, rb_err *err) {
  const rb_problem inner = rb_problem_inner(problem), *p = &inner;
  size_t most = l->counts[RB_BUFFER_scratch] * rb_layout_sizes[RB_BUFFER_scratch];
  if (l->backend != RB_BACKEND_CLBLAST)
    return true;
  l->bytes -= l->counts[RB_BUFFER_scratch] * rb_layout_sizes[RB_BUFFER_scratch];
  /* What is no multiple of CLBlast's tiles is padded to one: no smaller size wants more than one of
   * these four. */
  for (int i = 0; i < 4; i++) {
    size_t rows = l->tile - i % 2, m = p->m - i / 2;
    if (rows > 0 && m > 0 && !product_scratch(session, p, l, rows, m, &most, err))
      return false;
  }
  l->counts[RB_BUFFER_scratch] = (most + 3) / 4;
  l->bytes += l->counts[RB_BUFFER_scratch] * rb_layout_sizes[RB_BUFFER_scratch];
  return fits(rb_session_device(session), p, l, err);
}
