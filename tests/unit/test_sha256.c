// SPDX-License-Identifier: Apache-2.0
/* Proves: hashes equal the published examples of FIPS 180-4, whole, in pieces of any size and after
 * a look in between; a copy goes its own way. Fails if a piece is lost or a look ends the hash. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "base/sha256.h"

/* NIST, "Examples with intermediate values", SHA-256, and the hash of nothing. */
static const char *const of_nothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char *const of_abc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char *const of_two_blocks =
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
static const char *const of_million_a =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

Test(sha256, published_examples) {
  char out[RB_SHA256_ROOM];
  rb_sha256_hex(NULL, 0, out);
  cr_assert_str_eq(out, of_nothing);
  rb_sha256_hex("abc", 3, out);
  cr_assert_str_eq(out, of_abc);
  rb_sha256_hex(two_blocks, strlen(two_blocks), out);
  cr_assert_str_eq(out, of_two_blocks);
}

Test(sha256, pieces_with_looks_in_between) {
  char out[RB_SHA256_ROOM], *many = malloc(1000000);
  memset(many, 'a', 1000000);
  rb_sha256 *hash = rb_sha256_new();
  for (size_t done = 0, piece = 1; done < 1000000; done += piece, piece = piece * 3 + 1) {
    piece = piece < 1000000 - done ? piece : 1000000 - done;
    rb_sha256_add(hash, many, piece);
    rb_sha256_peek(hash, out);
  }
  cr_assert_str_eq(out, of_million_a);
  rb_sha256_free(hash);
  free(many);
}

Test(sha256, copy_is_independent) {
  char out[RB_SHA256_ROOM];
  rb_sha256 *hash = rb_sha256_new();
  rb_sha256_add(hash, "ab", 2);
  rb_sha256 *copy = rb_sha256_copy(hash);
  rb_sha256_add(copy, "zzz", 3);
  rb_sha256_add(hash, "c", 1);
  rb_sha256_add(hash, NULL, 0);
  rb_sha256_peek(hash, out);
  cr_assert_str_eq(out, of_abc);
  rb_sha256_peek(copy, out);
  cr_assert_str_neq(out, of_abc);
  rb_sha256_free(copy);
  rb_sha256_free(hash);
  rb_sha256_free(NULL);
}
