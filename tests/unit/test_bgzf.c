// SPDX-License-Identifier: Apache-2.0
/* Proves: a block of any payload, incompressible at full size too, comes back byte for byte; its
 * header is the one htslib wants; the end marker is a block of nothing; no single changed byte and
 * no cut is accepted with other content; other gzip is read member after member in steps of any
 * size. Fails if a check of the reader is dropped or a header byte changes. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "base/bgzf.h"
#include "base/philox.h"

static uint8_t payload[RB_BGZF_MAX_INFLATED], back[RB_BGZF_MAX_INFLATED], block[RB_BGZF_MAX_BLOCK];
static rb_err err;

/* Random bytes below `kinds`, which compress the better the fewer kinds there are. */
static void draw(size_t n, uint32_t kinds) {
  rb_random random = rb_random_make(n + kinds, RB_STREAM_CHECK);
  for (size_t i = 0; i < n; i++)
    payload[i] = (uint8_t)rb_random_below(&random, kinds);
}

static size_t make(size_t n, uint32_t kinds) {
  size_t n_block = 0;
  draw(n, kinds);
  cr_assert(rb_bgzf_deflate(payload, n, block, &n_block, &err), "%s", err.text);
  return n_block;
}

static bool inflate_block(const uint8_t *bytes, size_t n, size_t *n_back, size_t *n_block) {
  *n_back = *n_block = 0;
  return rb_bgzf_inflate(bytes, n, back, n_back, n_block, &err);
}

Test(bgzf, round_trip_of_every_kind) {
  static const size_t sizes[] = {1, 2, 17, 1000, 32768, 65279, RB_BGZF_MAX_PAYLOAD};
  static const uint32_t kinds[] = {1, 2, 60, 256};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (size_t j = 0; j < sizeof kinds / sizeof *kinds; j++) {
      size_t n_block = make(sizes[i], kinds[j]), n_back, used;
      cr_assert_leq(n_block, RB_BGZF_MAX_BLOCK);
      cr_assert_eq(rb_bgzf_claimed(block, n_block), n_block);
      cr_assert(inflate_block(block, n_block, &n_back, &used), "%s", err.text);
      cr_assert(n_back == sizes[i] && used == n_block && memcmp(back, payload, n_back) == 0);
    }
}

/* SAM/BAM format specification, 4.1: ID1 ID2 CM FLG MTIME XFL OS XLEN SI1 SI2 SLEN BSIZE. */
Test(bgzf, header_as_specified) {
  static const uint8_t start[] = {31, 139, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, 66, 67, 2, 0};
  size_t n_block = make(5000, 256);
  cr_assert_arr_eq(block, start, sizeof start);
  cr_assert_eq((size_t)(block[16] | block[17] << 8), n_block - 1);
  cr_assert_eq(block[n_block - 4] | block[n_block - 3] << 8, 5000);
}

/* The same document, 4.1.2. */
Test(bgzf, end_marker_as_specified) {
  static const uint8_t marker[28] = {0x1f, 0x8b, 0x08, 0x04, 0, 0, 0,    0, 0, 0xff,
                                     6,    0,    0x42, 0x43, 2, 0, 0x1b, 0, 3, 0x00,
                                     0,    0x00, 0,    0,    0, 0, 0,    0};
  size_t n_back, used;
  cr_assert_arr_eq(rb_bgzf_marker, marker, 28);
  cr_assert(inflate_block(marker, 28, &n_back, &used), "%s", err.text);
  cr_assert(n_back == 0 && used == 28);
}

/* A block is followed by another one in a file; only its own bytes may be used. */
Test(bgzf, stops_at_the_end_of_the_block) {
  size_t n_block = make(700, 60), n_back, used;
  memcpy(block + n_block, "more", 4);
  cr_assert(inflate_block(block, n_block + 4, &n_back, &used));
  cr_assert(used == n_block && n_back == 700);
}

Test(bgzf, every_cut_is_refused) {
  size_t n_block = make(300, 60), n_back, used;
  for (size_t n = 0; n < n_block; n++) {
    uint8_t *cut = malloc(n + 1); /* the sanitizer sees a read behind it */
    memcpy(cut, block, n);
    uint8_t *exact = realloc(cut, n ? n : 1);
    cr_assert_not(inflate_block(exact, n, &n_back, &used), "%zu of %zu bytes", n, n_block);
    free(exact);
  }
}

/* All 255 changes of every byte. The last bits of the deflate data are padding that no checksum
 * covers: a change there may pass, but never with another payload. */
Test(bgzf, every_changed_byte) {
  size_t n_block = make(120, 60), n_back, used, n_passed = 0;
  for (size_t i = 0; i < n_block; i++)
    for (int change = 1; change < 256; change++) {
      block[i] ^= (uint8_t)change;
      if (inflate_block(block, n_block, &n_back, &used)) {
        cr_assert_eq(i, n_block - 9, "byte %zu of %zu", i, n_block);
        cr_assert(n_back == 120 && memcmp(back, payload, 120) == 0);
        n_passed++;
      }
      block[i] ^= (uint8_t)change;
    }
  cr_assert_leq(n_passed, 127);
}

Test(bgzf, lying_lengths) {
  size_t n_block = make(100, 60), n_back, used;
  /* Claims one byte more, and the byte is there: the footer is then not where it is looked for. */
  block[16]++;
  block[n_block] = 0;
  cr_assert_not(inflate_block(block, n_block + 1, &n_back, &used));
  /* Bytes between the deflate data and the footer, counted in the length. */
  n_block = make(100, 60);
  memmove(block + n_block - 8 + 3, block + n_block - 8, 8);
  memset(block + n_block - 8, 0, 3);
  block[16] += 3;
  cr_assert_not(inflate_block(block, n_block + 3, &n_back, &used));
  cr_assert(strstr(err.text, "3 bytes follow the deflate data"), "%s", err.text);
  block[16] = 19; /* room for no deflate data */
  block[17] = 0;
  cr_assert_not(inflate_block(block, n_block, &n_back, &used));
  cr_assert(strstr(err.text, "less than any block"), "%s", err.text);
}

/* A small block that inflates to 67,081 bytes: one zero byte, then runs of length 258 in the fixed
 * code (RFC 1951, 3.2.6). */
Test(bgzf, more_than_64_kib_is_refused) {
  uint8_t bomb[512] = {0};
  size_t n_back, used, bit = 8 * 18;
  memcpy(bomb, rb_bgzf_prefix, sizeof rb_bgzf_prefix);
  /* final, fixed codes; literal 0 (00110000); then length 258 (code 11000101), distance 1 (00000).
   */
  const char *start = "110"
                      "00110000",
             *run = "11000101"
                    "00000",
             *end = "0000000";
  for (const char *c = start; *c; c++, bit++)
    bomb[bit / 8] |= (uint8_t)((*c == '1') << bit % 8);
  for (int i = 0; i < 200; i++) /* 1 + 200 * 258 = 51,601 bytes: fits */
    for (const char *c = run; *c; c++, bit++)
      bomb[bit / 8] |= (uint8_t)((*c == '1') << bit % 8);
  size_t mark = bit;
  for (const char *c = end; *c; c++, bit++)
    bomb[bit / 8] |= (uint8_t)((*c == '1') << bit % 8);
  size_t n = (bit + 7) / 8 + 8;
  bomb[16] = (uint8_t)((n - 1) & 255);
  bomb[17] = (uint8_t)((n - 1) >> 8);
  /* The stream itself is right: only the checksums, left 0, are wrong. */
  cr_assert_not(inflate_block(bomb, n, &n_back, &used));
  cr_assert(strstr(err.text, "holds 51601 bytes, but says 0"), "%s", err.text);
  memset(bomb + mark / 8 + 1, 0, sizeof bomb - mark / 8 - 1);
  bit = mark;
  for (int i = 0; i < 60; i++) /* 15,480 more: does not */
    for (const char *c = run; *c; c++, bit++)
      bomb[bit / 8] |= (uint8_t)((*c == '1') << bit % 8);
  n = (bit + 7) / 8 + 1 + 8;
  cr_assert_leq(n, sizeof bomb);
  bomb[16] = (uint8_t)((n - 1) & 255);
  bomb[17] = (uint8_t)((n - 1) >> 8);
  cr_assert_not(inflate_block(bomb, n, &n_back, &used));
  cr_assert(strstr(err.text, "more than 65536"), "%s", err.text);
}

/* ---- other gzip ---- */

/* The block in block[0, n) as a plain gzip member at to; returns its length. */
static size_t put_plain(uint8_t *to, size_t n) {
  static const uint8_t header[10] = {31, 139, 8, 0, 0, 0, 0, 0, 0, 3};
  memcpy(to, header, sizeof header);
  memcpy(to + sizeof header, block + 18, n - 18);
  return n - 8;
}

/* Reads bytes in steps of in and out; returns the payload's length, SIZE_MAX if refused or cut. */
static size_t read_plain(const uint8_t *bytes, size_t n, size_t in, size_t room) {
  rb_bgzf_foreign *foreign = NULL;
  size_t at = 0, n_back = 0;
  cr_assert(rb_bgzf_foreign_open(&foreign, &err));
  bool ok = true;
  while (ok && at < n) {
    size_t left = n - at, free_room = sizeof back - n_back;
    rb_bgzf_step step = {
        bytes + at, left < in ? left : in, back + n_back, free_room < room ? free_room : room, 0,
        0};
    ok = rb_bgzf_foreign_next(foreign, &step, &err);
    cr_assert(!ok || step.n_used + step.n_out > 0, "no progress");
    at += step.n_used;
    n_back += step.n_out;
  }
  ok = ok && rb_bgzf_foreign_at_end(foreign);
  rb_bgzf_foreign_free(foreign);
  return ok ? n_back : SIZE_MAX;
}

Test(bgzf, plain_gzip_members) {
  static uint8_t file[3 * RB_BGZF_MAX_BLOCK];
  static const size_t steps[][2] = {{1, 1}, {7, 100}, {100000, 1}, {100000, 65536}};
  size_t n = put_plain(file, make(3000, 60));
  n += put_plain(file + n, make(5000, 256));
  size_t n_first = n;
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    cr_assert_eq(read_plain(file, n, steps[i][0], steps[i][1]), 8000, "%s", err.text);
    cr_assert_arr_eq(back + 3000, payload, 5000);
  }
  for (size_t cut = 1; cut < 12; cut++)
    cr_assert_eq(read_plain(file, n_first - cut, 50, 500), SIZE_MAX);
  file[n] = 0;
  cr_assert_eq(read_plain(file, n + 1, 50, 500), SIZE_MAX, "a zero behind the last member");
  file[n - 8] ^= 1;
  cr_assert_eq(read_plain(file, n, 50, 500), SIZE_MAX, "CRC");
}
