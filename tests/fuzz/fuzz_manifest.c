// SPDX-License-Identifier: Apache-2.0
/* A manifest. Proves: it is refused with its name, or every field is what the format says. */
#include "fuzz.h"
#include "trace/manifest.h"

static bool is_hex(const char *text, size_t n) {
  return strlen(text) == n && strspn(text, "0123456789abcdef") == n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  rb_manifest manifest;
  rb_err err = {0};
  char *text = fuzz_text(data, n);
  if (rb_manifest_parse("name", text, n, &manifest, &err))
    REQUIRE(is_hex(manifest.run_id, 32) && is_hex(manifest.sha256, 64) &&
            manifest.bytes <= INT64_MAX && manifest.rows <= INT64_MAX);
  else
    REQUIRE(err.kind == RB_FAILED && strstr(err.text, "name"));
  free(text);
  return 0;
}
