// SPDX-License-Identifier: Apache-2.0
/* The user's cache: which folder it is in, and what is said where it cannot be used. */
#ifndef RB_APP_CACHEFOLDER_H
#define RB_APP_CACHEFOLDER_H
#include "base/cache.h"

/* The cache in RELUBENCH_CACHE, else XDG_CACHE_HOME/relubench, else HOME/.cache/relubench; *out is
 * NULL if none of them is set. Errors: RB_FAILED when memory is out. */
bool rb_cachefolder_open(rb_cache **out, rb_err *err);
/* Closes it (NULL allowed); unless quiet, a note on standard error if something could not be
 * kept. Sessions that use the cache must be closed before. */
void rb_cachefolder_close(rb_cache *cache, bool quiet);

#endif
