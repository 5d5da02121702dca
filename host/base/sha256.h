// SPDX-License-Identifier: Apache-2.0
/* SHA-256 (FIPS 180-4) over OpenSSL's libcrypto. Hashes are written as 64 lower-case hexadecimal
 * digits and a closing zero. Nothing here fails in a way a caller could mend: a libcrypto without
 * SHA-256 or without memory ends the process with a line on standard error. */
#ifndef RB_BASE_SHA256_H
#define RB_BASE_SHA256_H
#include <stddef.h>

#define RB_SHA256_ROOM 65 /* 64 digits and the closing zero */

/* The hash of n bytes; data may be NULL if n is 0. */
void rb_sha256_hex(const void *data, size_t n, char out[RB_SHA256_ROOM]);

/* A hash that grows. */
typedef struct rb_sha256 rb_sha256;
rb_sha256 *rb_sha256_new(void); /* of no bytes; never NULL; rb_sha256_free() */
void rb_sha256_add(rb_sha256 *hash, const void *data, size_t n);
/* The hash of what was added so far; more may be added afterwards. */
void rb_sha256_peek(const rb_sha256 *hash, char out[RB_SHA256_ROOM]);
rb_sha256 *rb_sha256_copy(const rb_sha256 *hash); /* an independent one in the same state */
void rb_sha256_free(rb_sha256 *hash);             /* NULL allowed */

#endif
