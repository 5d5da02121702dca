// SPDX-License-Identifier: Apache-2.0
/* The first byte chooses: a BGZF block, other gzip in steps of any size, or a payload to pack.
 * Proves: nothing outside the buffers is touched, every step gets further, a payload comes back. */
#include "base/bgzf.h"
#include "fuzz.h"

static uint8_t payload[RB_BGZF_MAX_INFLATED], block[RB_BGZF_MAX_BLOCK];

static void inflate_block(const uint8_t *data, size_t n) {
  size_t n_payload = 0, n_block = 0;
  rb_err err = {0};
  if (rb_bgzf_inflate(data, n, payload, &n_payload, &n_block, &err))
    REQUIRE(n_block == rb_bgzf_claimed(data, n) && n_block <= n && n_payload <= sizeof payload);
  else
    REQUIRE(err.kind == RB_FAILED && err.text[0]);
}

/* The data as deflate data of a block whose frame is right but for the checksum. */
static void inflate_framed(const uint8_t *data, size_t n) {
  const size_t frame = 18 + 8;
  n = n < RB_BGZF_MAX_BLOCK - frame ? n : RB_BGZF_MAX_BLOCK - frame;
  memset(block, 0, n + frame);
  memcpy(block, rb_bgzf_prefix, sizeof rb_bgzf_prefix);
  block[16] = (uint8_t)((n + frame - 1) & 255);
  block[17] = (uint8_t)((n + frame - 1) >> 8);
  memcpy(block + 18, data, n);
  inflate_block(block, n + frame);
}

static void read_foreign(const uint8_t *data, size_t n, size_t in, size_t room) {
  rb_bgzf_foreign *foreign = NULL;
  rb_err err = {0};
  REQUIRE(rb_bgzf_foreign_open(&foreign, &err) && rb_bgzf_foreign_at_end(foreign));
  for (bool ok = true; ok && n > 0;) {
    rb_bgzf_step step = {data, n < in ? n : in, payload, room, 0, 0};
    ok = rb_bgzf_foreign_next(foreign, &step, &err);
    REQUIRE(step.n_used <= step.n_in && step.n_out <= room);
    REQUIRE(ok ? step.n_used + step.n_out > 0 : err.text[0] != '\0');
    data += step.n_used;
    n -= step.n_used;
  }
  rb_bgzf_foreign_free(foreign);
}

static void pack(const uint8_t *data, size_t n) {
  size_t n_block = 0, n_payload = 0, used = 0;
  rb_err err = {0};
  n = n < RB_BGZF_MAX_PAYLOAD ? n : RB_BGZF_MAX_PAYLOAD;
  if (n == 0)
    return;
  REQUIRE(rb_bgzf_deflate(data, n, block, &n_block, &err));
  REQUIRE(rb_bgzf_inflate(block, n_block, payload, &n_payload, &used, &err));
  REQUIRE(used == n_block && n_payload == n && memcmp(payload, data, n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  if (n < 3)
    return 0;
  switch (data[0] % 4) {
  case 0:
    inflate_block(data + 1, n - 1);
    break;
  case 1:
    inflate_framed(data + 1, n - 1);
    break;
  case 2:
    read_foreign(data + 3, n - 3, (size_t)data[1] + 1, (size_t)data[2] * 257 + 1);
    break;
  default:
    pack(data + 1, n - 1);
  }
  return 0;
}
