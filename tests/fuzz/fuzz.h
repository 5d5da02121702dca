// SPDX-License-Identifier: Apache-2.0
/* What the fuzz targets share. Each file fuzz_NAME.c is one libFuzzer target; in a normal build
 * replay.c runs it over corpus/NAME. */
#ifndef FUZZ_H
#define FUZZ_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What must hold for every input; a crash is what the fuzzer looks for. */
#define REQUIRE(condition)                                                                         \
  ((condition)                                                                                     \
       ? (void)0                                                                                   \
       : (fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition), abort()))

/* A call that may not fail, whatever the input. */
#define REQUIRE_OK(call, err)                                                                      \
  ((call) ? (void)0                                                                                \
          : (fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, (err).text), abort()))

/* A copy of exactly n bytes and a zero, so that a sanitizer sees every read behind it. */
static inline char *fuzz_text(const uint8_t *data, size_t n) {
  char *text = malloc(n + 1);
  REQUIRE(text != NULL);
  if (n > 0)
    memcpy(text, data, n);
  text[n] = '\0';
  return text;
}

#endif
