// SPDX-License-Identifier: Apache-2.0
#include "base/bgzf.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "base/mem.h"

enum { AT_SIZE = 16, HEADER_BYTES = 18, FOOTER_BYTES = 8 };

/* Magic, deflate, FEXTRA alone, no time, no level, unknown system, 6 bytes of extra field: "BC", 2
 * bytes. A second subfield would be legal gzip, but htslib refuses it. */
const uint8_t rb_bgzf_prefix[RB_BGZF_PREFIX_BYTES] = {0x1f, 0x8b, 8, 4, 0,   0,   0, 0,
                                                      0,    0xff, 6, 0, 'B', 'C', 2, 0};

const uint8_t rb_bgzf_marker[RB_BGZF_MARKER_BYTES] = {0x1f, 0x8b, 8,   4,   0, 0, 0,  0, 0, 0xff,
                                                      6,    0,    'B', 'C', 2, 0, 27, 0, 3, 0,
                                                      0,    0,    0,   0,   0, 0, 0,  0};

static void put_u16(uint8_t *to, size_t value) {
  to[0] = value & 255;
  to[1] = (value >> 8) & 255;
}

static void put_u32(uint8_t *to, uint32_t value) {
  put_u16(to, value & 65535);
  put_u16(to + 2, value >> 16);
}

static uint32_t get_u32(const uint8_t *from) {
  return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
         (uint32_t)from[3] << 24;
}

static uint32_t crc_of(const uint8_t *bytes, size_t n) {
  return (uint32_t)crc32(crc32(0, NULL, 0), bytes, (uInt)n);
}

bool rb_bgzf_deflate(const void *payload, size_t n, uint8_t block[RB_BGZF_MAX_BLOCK],
                     size_t *n_block, rb_err *err) {
  assert(n > 0 && n <= RB_BGZF_MAX_PAYLOAD);
  z_stream stream = {0};
  /* Negative window bits: raw deflate, since header and footer are written here. 8: zlib's default
   * memory. */
  int code = deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  if (code != Z_OK)
    return rb_fail(err, RB_FAILED, "zlib cannot start compressing: %s", zError(code));
  stream.next_in = (z_const Bytef *)payload;
  stream.avail_in = (uInt)n;
  stream.next_out = block + HEADER_BYTES;
  stream.avail_out = RB_BGZF_MAX_BLOCK - HEADER_BYTES - FOOTER_BYTES;
  code = deflate(&stream, Z_FINISH);
  size_t n_deflated = stream.total_out;
  deflateEnd(&stream);
  if (code != Z_STREAM_END)
    return rb_fail(err, RB_FAILED, "zlib cannot compress %zu bytes into one block: %s", n,
                   zError(code));
  *n_block = HEADER_BYTES + n_deflated + FOOTER_BYTES;
  memcpy(block, rb_bgzf_prefix, sizeof rb_bgzf_prefix);
  put_u16(block + AT_SIZE, *n_block - 1);
  put_u32(block + HEADER_BYTES + n_deflated, crc_of(payload, n));
  put_u32(block + HEADER_BYTES + n_deflated + 4, (uint32_t)n);
  return true;
}

size_t rb_bgzf_claimed(const uint8_t *bytes, size_t n) {
  if (n < HEADER_BYTES || memcmp(bytes, rb_bgzf_prefix, sizeof rb_bgzf_prefix) != 0)
    return 0;
  return (size_t)(bytes[AT_SIZE] | bytes[AT_SIZE + 1] << 8) + 1;
}

/* The n bytes between header and footer; all of them and nothing else must be one deflate stream.
 */
static bool inflate_raw(const uint8_t *bytes, size_t n, uint8_t *payload, size_t *n_payload,
                        rb_err *err) {
  z_stream stream = {0};
  stream.next_in = (z_const Bytef *)bytes;
  stream.avail_in = (uInt)n;
  int code = inflateInit2(&stream, -15);
  if (code != Z_OK)
    return rb_fail(err, RB_FAILED, "zlib cannot start reading: %s", zError(code));
  stream.next_out = payload;
  stream.avail_out = RB_BGZF_MAX_INFLATED;
  code = inflate(&stream, Z_FINISH);
  size_t left = stream.avail_in, room = stream.avail_out;
  *n_payload = stream.total_out;
  inflateEnd(&stream);
  if (code == Z_STREAM_END && left == 0)
    return true;
  if (code == Z_STREAM_END)
    return rb_fail(err, RB_FAILED, "%zu bytes follow the deflate data inside the block", left);
  if (code == Z_BUF_ERROR && room == 0)
    return rb_fail(err, RB_FAILED, "the block holds more than %d bytes", RB_BGZF_MAX_INFLATED);
  return rb_fail(err, RB_FAILED, "damaged deflate data (zlib: %s)", zError(code));
}

bool rb_bgzf_inflate(const uint8_t *bytes, size_t n, uint8_t payload[RB_BGZF_MAX_INFLATED],
                     size_t *n_payload, size_t *n_block, rb_err *err) {
  size_t claimed = rb_bgzf_claimed(bytes, n);
  size_t n_prefix = n < RB_BGZF_PREFIX_BYTES ? n : RB_BGZF_PREFIX_BYTES;
  if (claimed == 0 && memcmp(bytes, rb_bgzf_prefix, n_prefix) == 0)
    return rb_fail(err, RB_FAILED, "cut inside a block's header, %zu of %d bytes are there", n,
                   HEADER_BYTES);
  if (claimed == 0)
    return rb_fail(err, RB_FAILED, "these bytes are no BGZF block header");
  if (claimed < HEADER_BYTES + FOOTER_BYTES + 2)
    return rb_fail(err, RB_FAILED, "the header claims a block of %zu bytes, less than any block",
                   claimed);
  if (claimed > n)
    return rb_fail(err, RB_FAILED, "the block is cut: %zu of %zu bytes are there", n, claimed);
  const uint8_t *footer = bytes + claimed - FOOTER_BYTES;
  size_t n_deflated = claimed - HEADER_BYTES - FOOTER_BYTES, n_inflated = 0;
  if (!inflate_raw(bytes + HEADER_BYTES, n_deflated, payload, &n_inflated, err))
    return false;
  if (get_u32(footer + 4) != n_inflated)
    return rb_fail(err, RB_FAILED, "the block holds %zu bytes, but says %u", n_inflated,
                   (unsigned)get_u32(footer + 4));
  uint32_t crc = crc_of(payload, n_inflated);
  if (get_u32(footer) != crc)
    return rb_fail(err, RB_FAILED, "the block's CRC is %08x, but it says %08x", (unsigned)crc,
                   (unsigned)get_u32(footer));
  *n_payload = n_inflated;
  *n_block = claimed;
  return true;
}

struct rb_bgzf_foreign {
  z_stream stream;
  bool at_end;
};

bool rb_bgzf_foreign_open(rb_bgzf_foreign **out, rb_err *err) {
  void *memory = NULL;
  *out = NULL;
  if (!rb_alloc(&memory, 1, sizeof(rb_bgzf_foreign), "gzip reader", err))
    return false;
  rb_bgzf_foreign *foreign = memory;
  /* + 16: gzip and nothing else, neither zlib's own wrapping nor raw data. */
  int code = inflateInit2(&foreign->stream, 15 + 16);
  if (code != Z_OK) {
    free(foreign);
    return rb_fail(err, RB_FAILED, "zlib cannot start reading: %s", zError(code));
  }
  foreign->at_end = true;
  *out = foreign;
  return true;
}

bool rb_bgzf_foreign_next(rb_bgzf_foreign *foreign, rb_bgzf_step *step, rb_err *err) {
  z_stream *stream = &foreign->stream;
  bool starts = foreign->at_end;
  if (starts && inflateReset(stream) != Z_OK)
    return rb_fail(err, RB_FAILED, "zlib cannot start another gzip member");
  /* At most 1 GiB a step, as zlib counts in unsigned int. */
  const size_t most = (size_t)1 << 30;
  uInt n_in = (uInt)(step->n_in < most ? step->n_in : most);
  uInt room = (uInt)(step->room < most ? step->room : most);
  stream->next_in = (z_const Bytef *)step->in;
  stream->avail_in = n_in;
  stream->next_out = step->out;
  stream->avail_out = room;
  int code = inflate(stream, Z_NO_FLUSH);
  step->n_used = n_in - stream->avail_in;
  step->n_out = room - stream->avail_out;
  foreign->at_end = code == Z_STREAM_END;
  if (code == Z_OK || code == Z_STREAM_END)
    return true;
  return rb_fail(err, RB_FAILED, "damaged gzip data%s (zlib: %s)",
                 starts ? " or bytes that are no gzip" : "",
                 stream->msg ? stream->msg : zError(code));
}

bool rb_bgzf_foreign_at_end(const rb_bgzf_foreign *foreign) {
  return foreign->at_end;
}

void rb_bgzf_foreign_free(rb_bgzf_foreign *foreign) {
  if (!foreign)
    return;
  inflateEnd(&foreign->stream);
  free(foreign);
}
