// SPDX-License-Identifier: Apache-2.0
#include "net/tuning.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "cl/program.h"
#include "net/variant.h"

static const char kind[] = "tuning";

/* Everything that the winner depends on, owned by the caller; NULL when memory is out. */
static char *key_of(const rb_device *d, rb_backend backend, size_t *n) {
  char *key = NULL, kernels[RB_SHA256_ROOM], blas[32];
  FILE *out = rb_mem_stream(&key, n);
  if (out == NULL)
    return NULL;
  rb_program_hash(kernels);
  rb_blas_version(blas, sizeof blas);
  fprintf(out, "%s\n%s\n%s\n%s\n%s\n%s\nfp32\n%s\n", rb_backend_names[backend], d->identity,
          d->platform, d->platform_version, d->name, d->driver,
          backend == RB_BACKEND_CLBLAST ? blas : kernels);
  if (fclose(out) == 0)
    return key;
  free(key);
  return NULL;
}

bool rb_tuning_get(rb_cache *cache, const rb_device *device, rb_backend backend,
                   char text[RB_TUNING_TEXT]) {
  size_t n_key = 0, n = 0;
  void *data = NULL;
  char *key = key_of(device, backend, &n_key);
  rb_variant variant;
  rb_err ignored;
  text[0] = 0;
  if (key && rb_cache_get(cache, kind, key, n_key, &data, &n) && n > 0 && n < RB_TUNING_TEXT) {
    memcpy(text, data, n);
    text[n] = 0;
    if (backend == RB_BACKEND_NATIVE && !rb_variant_parse(text, &variant, &ignored))
      text[0] = 0;
  }
  free(data);
  free(key);
  return text[0] != 0;
}

void rb_tuning_put(rb_cache *cache, const rb_device *device, rb_backend backend, const char *text) {
  size_t n_key = 0;
  char *key = key_of(device, backend, &n_key);
  if (key)
    rb_cache_put(cache, kind, key, n_key, text, strlen(text));
  free(key);
}
