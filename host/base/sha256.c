// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <openssl/evp.h>

/* An rb_sha256 is libcrypto's context under another name: nothing of ours is allocated. */
static EVP_MD_CTX *context_of(const rb_sha256 *hash) {
  return (EVP_MD_CTX *)hash;
}

static void need(int ok) {
  if (ok)
    return;
  fputs("relubench: libcrypto cannot compute SHA-256 (no provider or no memory)\n", stderr);
  abort();
}

static void write_hex(EVP_MD_CTX *context, char out[RB_SHA256_ROOM]) {
  static const char digits[] = "0123456789abcdef";
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  need(EVP_DigestFinal_ex(context, bytes, &n));
  assert(2 * n + 1 == RB_SHA256_ROOM);
  for (unsigned i = 0; i < n; i++) {
    out[2 * i] = digits[bytes[i] >> 4];
    out[2 * i + 1] = digits[bytes[i] & 15];
  }
  out[2 * n] = '\0';
}

static rb_sha256 *make_empty(void) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  need(context != NULL);
  return (rb_sha256 *)context;
}

rb_sha256 *rb_sha256_new(void) {
  rb_sha256 *hash = make_empty();
  need(EVP_DigestInit_ex(context_of(hash), EVP_sha256(), NULL));
  return hash;
}

void rb_sha256_add(rb_sha256 *hash, const void *data, size_t n) {
  if (n)
    need(EVP_DigestUpdate(context_of(hash), data, n));
}

rb_sha256 *rb_sha256_copy(const rb_sha256 *hash) {
  rb_sha256 *copy = make_empty();
  need(EVP_MD_CTX_copy_ex(context_of(copy), context_of(hash)));
  return copy;
}

void rb_sha256_peek(const rb_sha256 *hash, char out[RB_SHA256_ROOM]) {
  rb_sha256 *copy = rb_sha256_copy(hash);
  write_hex(context_of(copy), out);
  rb_sha256_free(copy);
}

void rb_sha256_free(rb_sha256 *hash) {
  EVP_MD_CTX_free(context_of(hash));
}

void rb_sha256_hex(const void *data, size_t n, char out[RB_SHA256_ROOM]) {
  rb_sha256 *hash = rb_sha256_new();
  rb_sha256_add(hash, data, n);
  write_hex(context_of(hash), out);
  rb_sha256_free(hash);
}
