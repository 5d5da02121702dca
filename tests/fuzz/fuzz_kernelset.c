// SPDX-License-Identifier: Apache-2.0
/* kernels.json. Proves: it is refused with its name, or what it names are plain files, and printing
 * and reading it again gives the same. */
#include "fuzz.h"
#include "trace/kernelset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  rb_kernelset set, again;
  rb_err err = {0};
  char *text = fuzz_text(data, n), *printed = NULL, *twice = NULL;
  if (rb_kernelset_parse("name", text, n, &set, &err)) {
    REQUIRE(set.n > 0 && set.n <= RB_KERNELSET_MOST);
    for (size_t i = 0; i < set.n; i++)
      REQUIRE(set.programs[i].name[0] && !strpbrk(set.programs[i].name, "/.\\") &&
              strlen(set.programs[i].sha256) == RB_SHA256_ROOM - 1);
    REQUIRE(rb_kernelset_print(&set, &printed, &err));
    REQUIRE(rb_kernelset_parse("again", printed, strlen(printed), &again, &err));
    REQUIRE(rb_kernelset_print(&again, &twice, &err) && strcmp(printed, twice) == 0);
    rb_kernelset_free(&again);
  } else {
    REQUIRE(err.kind == RB_FAILED && strstr(err.text, "name") && set.n == 0 && !set.programs);
  }
  rb_kernelset_free(&set);
  free(printed);
  free(twice);
  free(text);
  return 0;
}
