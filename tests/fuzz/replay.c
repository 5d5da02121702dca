// SPDX-License-Identifier: Apache-2.0
/* Runs a fuzz target over every file of the folders that are named: proves that no input kept there
 * crashes, hangs or breaks what the target requires. Fails, too, if a folder holds no file. */
#include <dirent.h>
#include <errno.h>
#include "fuzz.h"

static void run_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) {
    fprintf(stderr, "cannot read %s: %s\n", path, strerror(errno));
    exit(1);
  }
  size_t n = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = malloc(n ? n : 1); /* exactly n, see fuzz.h */
  if (!bytes || fread(bytes, 1, n, file) != n) {
    fprintf(stderr, "cannot read %s\n", path);
    exit(1);
  }
  fclose(file);
  fprintf(stderr, "%s\n", path); /* before it runs: the last one named is the one that crashed */
  LLVMFuzzerTestOneInput(bytes, n);
  free(bytes);
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    struct dirent **names = NULL;
    int n = scandir(argv[i], &names, NULL, alphasort), n_run = 0;
    for (int k = 0; k < n; k++) {
      char path[1000];
      snprintf(path, sizeof path, "%s/%s", argv[i], names[k]->d_name);
      if (names[k]->d_name[0] != '.') {
        run_file(path);
        n_run++;
      }
      free(names[k]);
    }
    free(names);
    printf("%s: %d inputs\n", argv[i], n_run);
    if (n_run == 0)
      return 1;
  }
  return argc < 2;
}
