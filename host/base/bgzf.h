// SPDX-License-Identifier: Apache-2.0
/* BGZF, the blocked gzip of htslib (SAM/BAM format specification, section 4.1): every block is one
 * gzip member (RFC 1952) whose extra field tells its length, so that a file is valid gzip after
 * every block. A block: 18 bytes of header, deflate data, CRC-32, length of the payload. Everything
 * here works on memory. */
#ifndef RB_BASE_BGZF_H
#define RB_BASE_BGZF_H
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/* htslib's choice: even incompressible data then fits into a block whose length is a 16-bit number.
 */
#define RB_BGZF_MAX_PAYLOAD 65280
#define RB_BGZF_MAX_BLOCK 65536
/* What another writer may have put into one block. */
#define RB_BGZF_MAX_INFLATED 65536
#define RB_BGZF_MARKER_BYTES 28
/* The fixed start of a block; the length follows. */
#define RB_BGZF_PREFIX_BYTES 16

/* An empty block with exactly these bytes ends a whole file. */
extern const uint8_t rb_bgzf_marker[RB_BGZF_MARKER_BYTES];
extern const uint8_t rb_bgzf_prefix[RB_BGZF_PREFIX_BYTES];

/* payload (n bytes, 1..RB_BGZF_MAX_PAYLOAD) as one block of *n_block bytes. Errors: RB_FAILED, zlib
 * out of memory. */
bool rb_bgzf_deflate(const void *payload, size_t n, uint8_t block[RB_BGZF_MAX_BLOCK],
                     size_t *n_block, rb_err *err);

/* Length in bytes, 1..65536, that the block's header claims; 0 if the n bytes do not start with a
 * block's header. */
size_t rb_bgzf_claimed(const uint8_t *bytes, size_t n);

/* The block at the start of n bytes (n may be more than the block, and is less only at the end of a
 * file). *n_block = its length, *n_payload = bytes put into payload, 0 for an empty block. Errors
 * (RB_FAILED), without place: the header is not a block's, the block is cut, the deflate data are
 * damaged or do not end where the block does, more than 64 KiB come out, the CRC or the length
 * differ. */
bool rb_bgzf_inflate(const uint8_t *bytes, size_t n, uint8_t payload[RB_BGZF_MAX_INFLATED],
                     size_t *n_payload, size_t *n_block, rb_err *err);

/* Gzip that is not BGZF, member after member, in pieces. */
typedef struct rb_bgzf_foreign rb_bgzf_foreign;
bool rb_bgzf_foreign_open(rb_bgzf_foreign **out, rb_err *err);
/* One step: n_in >= 1 bytes at in, room >= 1 bytes at out; n_used and n_out say what became of
 * them. */
typedef struct rb_bgzf_step {
  const uint8_t *in;
  size_t n_in;
  uint8_t *out;
  size_t room;
  size_t n_used, n_out;
} rb_bgzf_step;
/* Every call gets further. Errors (RB_FAILED): damage, bytes between members that are no gzip. */
bool rb_bgzf_foreign_next(rb_bgzf_foreign *foreign, rb_bgzf_step *step, rb_err *err);
/* Is the place reached the end of a member (the only place where a file may end)? */
bool rb_bgzf_foreign_at_end(const rb_bgzf_foreign *foreign);
void rb_bgzf_foreign_free(rb_bgzf_foreign *foreign); /* NULL allowed */

#endif
