// SPDX-License-Identifier: Apache-2.0
/* Blobs by key in a folder of the user's: what takes long to make and can be made again, such as
 * compiled programs.
 *
 * A blob is a file <kind>-<SHA-256 of kind and key>: a header of fixed length with that hash and
 * the payload's, then the payload. It is written under another name and renamed. Whatever is not
 * whole, not of this key, not a regular file of this user or open to others for writing is a miss,
 * never an error, and the next put replaces it: no sync is needed. The hashes find accidents; a
 * folder that others can write to is not protected by them.
 *
 * All blobs together are bounded by RB_CACHE_BYTES: a put removes those that were not used for the
 * longest time. A cache may be NULL everywhere: every get misses, every put does nothing. */
#ifndef RB_BASE_CACHE_H
#define RB_BASE_CACHE_H
#include <stddef.h>
#include "base/err.h"

#define RB_CACHE_BYTES ((size_t)256 << 20)     /* of all files */
#define RB_CACHE_BLOB_BYTES ((size_t)32 << 20) /* of one payload; a larger one is not kept */

typedef struct rb_cache rb_cache;

/* folder: copied; made when the first blob is put, with the folders above it. NULL: *out is NULL.
 * Nothing is looked at yet. Errors: RB_FAILED when memory is out. */
bool rb_cache_open(const char *folder, rb_cache **out, rb_err *err);
void rb_cache_close(rb_cache *cache); /* NULL allowed */

/* kind: a word of letters, the first part of the file's name ("program"). key (n_key bytes):
 * everything that the blob depends on. True: a copy in *data (n bytes), owned by the caller.
 * False: there is none, and *data is NULL. */
bool rb_cache_get(rb_cache *cache, const char *kind, const void *key, size_t n_key, void **data,
                  size_t *n);
/* Keeps data (n bytes) under the key, in place of what was there. A folder that cannot be written
 * is no error; rb_cache_complaint() tells. */
void rb_cache_put(rb_cache *cache, const char *kind, const void *key, size_t n_key,
                  const void *data, size_t n);
/* The first reason why something could not be put, one line; NULL if there is none. */
const char *rb_cache_complaint(const rb_cache *cache);

#endif
