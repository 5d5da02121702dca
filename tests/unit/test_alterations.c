// SPDX-License-Identifier: Apache-2.0
/* Proves: of a trace of 30 KB every single flipped bit and every shorter length is detected or
 * harmless: verify never calls it intact, no way of reading yields a record that differs from what
 * was written or one of the altered block, every other block is read, and a resume keeps exactly
 * the blocks before the damage. Fails if a byte of the container is not looked at, or a record is
 * taken from a block whose CRC does not hold.
 *
 * A sample normally; all of them with RB_EVERY in the environment (tests/nightly), which takes
 * minutes. Counts are printed. */
#include <fcntl.h>
#include "trace_fixture.h"

TestSuite(alterations, .init = make_folder, .fini = remove_folder);

enum { CELLS = 104, PER_BLOCK = 4, MAX_BLOCKS = 64, STEP = 499 /* of the sample, a prime */ };

typedef struct original {
  uint8_t *bytes;
  size_t n, starts[MAX_BLOCKS], n_blocks; /* the end marker is the last block */
  size_t first[MAX_BLOCKS + 1];           /* record that begins each block */
  char *text;
  unsigned long n_tried, n_harmless; /* unseen by strict reading, which then is right */
} original;

static original make_original(void) {
  original o = {0};
  write_trace(CELLS, PER_BLOCK, true);
  o.bytes = read_bytes(path, &o.n);
  o.text = expected_text(CELLS);
  o.n_blocks = find_blocks(o.bytes, o.n, o.starts, MAX_BLOCKS);
  cr_assert(o.n >= 30000 && o.n < 33000, "%zu bytes", o.n);
  cr_assert_eq(o.n_blocks, 1 + CELLS / PER_BLOCK + 2);
  for (size_t i = 1; i < o.n_blocks; i++)
    o.first[i] = i == o.n_blocks - 1 ? CELLS + 2 : 1 + (i - 1) * PER_BLOCK;
  o.first[o.n_blocks] = CELLS + 2;
  return o;
}

static void free_original(original *o, const char *what) {
  write_bytes(path, o->bytes, o->n);
  cr_assert(verified().sealed, "all put back");
  fprintf(stderr, "%lu %s of a trace of %zu bytes: all detected, %lu of them harmless too\n",
          o->n_tried, what, o->n, o->n_harmless);
  free(o->bytes);
  free(o->text);
}

static size_t step(void) {
  return getenv("RB_EVERY") ? 1 : STEP;
}

static size_t block_of(const original *o, size_t at) {
  size_t block = 0;
  while (block + 1 < o->n_blocks && o->starts[block + 1] <= at)
    block++;
  return block;
}

/* All records as written, or all but those of the block. */
static void expect_salvaged(const original *o, size_t block, size_t at) {
  rb_trace trace;
  size_t n_bad, lost = o->first[block + 1] - o->first[block];
  cr_assert(rb_trace_read(path, RB_READ_SALVAGE, &trace, &n_bad, &err), "%zu: %s", at, err.text);
  if (trace.n_records == CELLS + 2) {
    char *text = text_of(&trace);
    cr_assert_str_eq(text, o->text, "byte %zu", at);
    free(text);
  } else {
    cr_assert(n_bad == 1 && trace.n_records == CELLS + 2 - lost, "byte %zu: %zu bad, %zu records",
              at, n_bad, trace.n_records);
    for (size_t i = 0, k = 0; i < trace.n_records; i++, k++) {
      k = k == o->first[block] ? o->first[block + 1] : k;
      if (k > 0 && k <= CELLS)
        cr_assert_eq(rb_record_get_integer(trace.records[i], RB_F_seed), k - 1, "byte %zu", at);
    }
  }
  rb_trace_free(&trace);
}

static void expect_kept(const original *o, size_t block, size_t at) {
  rb_trace trace;
  bool ok = rb_trace_read(path, RB_READ_TAIL, &trace, NULL, &err);
  if (trace.n_records < CELLS + 2) { /* else it was harmless, or in the end marker */
    cr_assert_eq(ok, block > 0, "byte %zu", at);
    cr_assert(trace.n_records == o->first[block] && trace.n_bytes == (ok ? o->starts[block] : 0),
              "byte %zu: %zu records in %" PRIu64 " bytes", at, trace.n_records, trace.n_bytes);
  }
  rb_trace_free(&trace);
}

static void flip(original *o, int fd, size_t at, int bit) {
  uint8_t changed = (uint8_t)(o->bytes[at] ^ 1u << bit);
  size_t block = block_of(o, at);
  rb_trace trace;
  cr_assert_eq(pwrite(fd, &changed, 1, (off_t)at), 1);
  cr_assert_not(verified().intact, "bit %d of byte %zu", bit, at);
  if (rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err)) {
    char *text = text_of(&trace);
    cr_assert_str_eq(text, o->text, "bit %d of byte %zu", bit, at);
    free(text);
    o->n_harmless++;
  }
  rb_trace_free(&trace);
  expect_salvaged(o, block, at);
  expect_kept(o, block, at);
  cr_assert_eq(pwrite(fd, &o->bytes[at], 1, (off_t)at), 1);
  o->n_tried++;
}

/* The last byte of a block's data, whose padding has no checksum but that of the whole file. */
static bool is_padding(const original *o, size_t at) {
  size_t block = block_of(o, at);
  return block + 1 < o->n_blocks && at + 8 + 1 == o->starts[block + 1];
}

static void flip_bits(int from, int to, const char *what) {
  original o = make_original();
  size_t n_bits = (size_t)(to - from);
  int fd = open(path, O_WRONLY);
  cr_assert_geq(fd, 0);
  for (size_t i = 0; i < o.n * n_bits; i++)
    if (i % step() == 0 || is_padding(&o, i / n_bits))
      flip(&o, fd, i / n_bits, from + (int)(i % n_bits));
  cr_assert(to < 8 || o.n_harmless > 0, "no padding bit was met");
  close(fd);
  free_original(&o, what);
}

Test(alterations, flips_of_low_bits) {
  flip_bits(0, 4, "flips of bits 0 to 3");
}

Test(alterations, flips_of_high_bits) {
  flip_bits(4, 8, "flips of bits 4 to 7");
}

Test(alterations, lengths) {
  original o = make_original();
  for (size_t cut = 0; cut < o.n; cut += step()) {
    size_t block = block_of(&o, cut);
    rb_trace trace;
    write_bytes(path, o.bytes, cut);
    cr_assert(!verified().intact && !verified().sealed, "cut at %zu", cut);
    bool between = cut > 0 && cut == o.starts[block];
    cr_assert_eq(rb_trace_read(path, RB_READ_STRICT, &trace, NULL, &err), between, "at %zu", cut);
    cr_assert(trace.n_records == (between ? o.first[block] : 0) && !trace.end_marker);
    rb_trace_free(&trace);
    expect_kept(&o, block, cut);
    o.n_tried++;
    o.n_harmless += between;
  }
  free_original(&o, "lengths");
}
