// SPDX-License-Identifier: Apache-2.0
/* What is found in the user's cache: the first byte chooses a file there as it is, or a blob with a
 * right header, whose text is what `tune` or `calibrate` would have kept. Proves: only the blob
 * that was put comes back; a text that is no variant and no margin is as if there were none. */
#include <dirent.h>
#include <unistd.h>
#include "app/calibration.h"
#include "base/cache.h"
#include "fuzz.h"
#include "net/tuning.h"
#include "net/variant.h"

static char folder[] = "/tmp/rb-fuzz-cache-XXXXXX";
static rb_cache *cache;

static void remove_files(void) {
  DIR *all = opendir(folder);
  for (struct dirent *entry; all && (entry = readdir(all)) != NULL;)
    if (entry->d_name[0] != '.')
      unlinkat(dirfd(all), entry->d_name, 0);
  if (all)
    closedir(all);
}

static void remove_folder(void) {
  remove_files();
  rmdir(folder);
  rb_cache_close(cache);
}

static void begin(void) {
  rb_err err = {0};
  if (cache)
    return;
  REQUIRE(mkdtemp(folder) && rb_cache_open(folder, &cache, &err));
  atexit(remove_folder);
}

/* The file of the blob "any" in place of what is there. */
static void write_file(const uint8_t *data, size_t n) {
  static char path[300];
  DIR *all = opendir(folder);
  for (struct dirent *entry; all && !path[0] && (entry = readdir(all)) != NULL;)
    if (entry->d_name[0] != '.')
      snprintf(path, sizeof path, "%s/%.200s", folder, entry->d_name);
  closedir(all);
  FILE *out = fopen(path, "wb");
  REQUIRE(out && fwrite(data, 1, n, out) == n && fclose(out) == 0);
}

static void find_any(const uint8_t *data, size_t n) {
  static const char known[] = "what was kept";
  void *found = NULL;
  size_t n_found = 0;
  remove_files();
  rb_cache_put(cache, "program", "any", 3, known, sizeof known);
  write_file(data, n);
  if (rb_cache_get(cache, "program", "any", 3, &found, &n_found))
    REQUIRE(n_found < n && memcmp(found, data + n - n_found, n_found) == 0);
  else
    REQUIRE(!found && n_found == 0);
  free(found);
}

static void find_tuning(const char *text, rb_backend backend) {
  static const rb_device device = {.identity = "uuid:1", .platform = "P", .name = "D"};
  char found[RB_TUNING_TEXT];
  rb_variant variant;
  rb_err err;
  rb_tuning_put(cache, &device, backend, text);
  if (rb_tuning_get(cache, &device, backend, found)) {
    REQUIRE(strcmp(found, text) == 0);
    REQUIRE(backend != RB_BACKEND_NATIVE || rb_variant_parse(found, &variant, &err));
    if (backend == RB_BACKEND_NATIVE) {
      rb_device tuned = device;
      REQUIRE(strlen(found) < sizeof tuned.variant);
      memcpy(tuned.variant, found, strlen(found) + 1);
      rb_variant_choose(&tuned);
    }
  } else {
    REQUIRE(found[0] == 0);
  }
}

static void find_margin(const char *text) {
  static const char key[] = "dev\nsuite\n";
  rb_record *cell = rb_record_new("cell");
  rb_trace trace = {.records = &cell, .n_records = 1};
  rb_calibration found;
  rb_record_text(cell, RB_F_device, "dev");
  rb_record_text(cell, RB_F_suite, "suite");
  rb_cache_put(cache, "calibration", key, sizeof key - 1, text, strlen(text));
  if (rb_calibration_get(cache, &trace, &found))
    REQUIRE(found.margin > 0 && found.margin <= 1 && found.sd >= 0 && found.sd <= 1);
  rb_record_free(cell);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  if (n == 0)
    return 0;
  begin();
  char *text = fuzz_text(data + 1, n - 1);
  switch (data[0] % 4) {
  case 0:
    find_any(data + 1, n - 1);
    break;
  case 1:
    find_tuning(text, RB_BACKEND_NATIVE);
    break;
  case 2:
    find_tuning(text, RB_BACKEND_CLBLAST);
    break;
  default:
    find_margin(text);
  }
  free(text);
  return 0;
}
