// SPDX-License-Identifier: Apache-2.0
/* Proves: what was put comes back unaltered under its key alone, and nothing else ever does: a blob
 * that is cut, longer, altered by one bit anywhere, of another key, no regular file or open to
 * others is a miss, and a put mends it. The folder does not grow without bound, files of others in
 * it stay, and a folder that cannot be written is told once. Fails if a check of get is left out, a
 * file is written in place, or the oldest blob is not the first to go. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cache.h"

static char folder[256], path[512]; /* of the cache; of the one blob in it */
static rb_cache *cache;

static void begin(void) {
  static char top[128];
  rb_err err;
  const char *build = getenv("RB_BUILD_DIR");
  snprintf(top, sizeof top, "%.100s/cache.XXXXXX", build ? build : ".");
  cr_assert(mkdtemp(top), "%s", top);
  snprintf(folder, sizeof folder, "%s/new/folders", top);
  cr_assert(rb_cache_open(folder, &cache, &err), "%s", err.text);
}

static void end(void) {
  rb_cache_close(cache);
  *strrchr(folder, '/') = '\0';
  *strrchr(folder, '/') = '\0';
  snprintf(path, sizeof path, "rm -rf '%s'", folder);
  cr_assert_eq(system(path), 0);
}

TestSuite(cache, .init = begin, .fini = end);

static void put(const char *key, const char *text) {
  rb_cache_put(cache, "kind", key, strlen(key), text, strlen(text));
}

/* Whether the key has this text, or none (NULL). */
static bool has(const char *key, const char *text) {
  void *data;
  size_t n;
  bool hit = rb_cache_get(cache, "kind", key, strlen(key), &data, &n);
  bool same = text ? hit && n == strlen(text) && memcmp(data, text, n) == 0 : !hit && !data && !n;
  free(data);
  return same;
}

static unsigned n_files(void) {
  char command[600], line[64] = "";
  snprintf(command, sizeof command, "ls -A '%s' | wc -l", folder);
  FILE *in = popen(command, "r");
  cr_assert(in && fgets(line, sizeof line, in));
  pclose(in);
  return (unsigned)atoi(line);
}

/* The path of the only file, or the newest one. */
static const char *find_file(void) {
  char command[600];
  snprintf(command, sizeof command, "ls -dt '%s'/*", folder);
  FILE *in = popen(command, "r");
  cr_assert(in && fgets(path, sizeof path, in));
  pclose(in);
  path[strcspn(path, "\n")] = '\0';
  return path;
}

static size_t slurp(char *text, size_t room) {
  FILE *in = fopen(path, "rb");
  cr_assert(in);
  size_t n = fread(text, 1, room, in);
  fclose(in);
  return n;
}

static void spill(const char *text, size_t n) {
  FILE *out = fopen(path, "wb");
  cr_assert(out && fwrite(text, 1, n, out) == n && fclose(out) == 0);
}

Test(cache, comes_back) {
  char zeros[1000] = {0};
  void *data;
  size_t n;
  cr_assert(has("a", NULL));
  put("a", "text");
  put("b", "other");
  put("empty", "");
  cr_assert(has("a", "text") && has("b", "other") && has("empty", "") && has("c", NULL));
  put("a", "new");
  cr_assert(has("a", "new"));
  rb_cache_put(cache, "kind", zeros, sizeof zeros, zeros, sizeof zeros);
  cr_assert(rb_cache_get(cache, "kind", zeros, sizeof zeros, &data, &n) && n == sizeof zeros);
  cr_assert(memcmp(data, zeros, n) == 0);
  free(data);
  cr_assert_not(rb_cache_get(cache, "kind", zeros, sizeof zeros - 1, &data, &n));
  cr_assert_not(rb_cache_get(cache, "other", "a", 1, &data, &n), "kinds are apart");
  cr_assert_eq(n_files(), 4u, "no other files are left");
  cr_assert_null(rb_cache_complaint(cache));
}

Test(cache, none_is_silent) {
  rb_cache *none;
  rb_err err;
  void *data;
  size_t n;
  cr_assert(rb_cache_open(NULL, &none, &err) && none == NULL);
  rb_cache_put(none, "kind", "a", 1, "b", 1);
  cr_assert_not(rb_cache_get(none, "kind", "a", 1, &data, &n));
  cr_assert_null(rb_cache_complaint(none));
  rb_cache_close(none);
}

Test(cache, is_for_this_user_alone) {
  struct stat about;
  put("a", "text");
  cr_assert(stat(folder, &about) == 0 && (about.st_mode & 0777) == 0700);
  cr_assert(stat(find_file(), &about) == 0 && (about.st_mode & 0777) == 0600);
}

/* Every bit of every byte, every shorter length, and a longer file. */
Test(cache, damage_is_a_miss) {
  char whole[512], changed[513];
  put("a", "some text");
  find_file();
  size_t n = slurp(whole, sizeof whole);
  cr_assert(n > 9 && n < sizeof whole);
  for (size_t i = 0; i < n; i++)
    for (int bit = 0; bit < 8; bit++) {
      memcpy(changed, whole, n);
      changed[i] = (char)(changed[i] ^ 1 << bit);
      spill(changed, n);
      cr_assert(has("a", NULL), "bit %d of byte %zu", bit, i);
    }
  for (size_t i = 0; i < n; i++) {
    spill(whole, i);
    cr_assert(has("a", NULL), "cut to %zu bytes", i);
  }
  memcpy(changed, whole, n);
  changed[n] = 'x';
  spill(changed, n + 1);
  cr_assert(has("a", NULL), "one byte more");
  spill(whole, n);
  cr_assert(has("a", "some text"), "the file as it was");
  spill(whole, n - 1);
  put("a", "mended");
  cr_assert(has("a", "mended"));
  cr_assert_eq(n_files(), 1u);
}

Test(cache, strangers_are_misses) {
  char whole[512], other[600];
  put("b", "of b");
  find_file();
  size_t n = slurp(whole, sizeof whole);
  unlink(path);
  put("a", "of a");
  find_file();
  spill(whole, n); /* a whole blob under the name of another key */
  cr_assert(has("a", NULL));
  put("a", "of a");
  cr_assert(chmod(path, 0622) == 0 && has("a", NULL), "others may write it");
  cr_assert(chmod(path, 0600) == 0 && has("a", "of a"));
  snprintf(other, sizeof other, "%s/elsewhere", folder);
  cr_assert(rename(path, other) == 0 && symlink(other, path) == 0 && has("a", NULL), "a link");
  put("a", "again");
  cr_assert(has("a", "again"), "a link is replaced");
  cr_assert(unlink(path) == 0 && mkfifo(path, 0600) == 0 && has("a", NULL), "a pipe");
  cr_assert(unlink(path) == 0 && mkdir(path, 0700) == 0 && has("a", NULL), "a folder");
  put("a", "again");
  cr_assert(has("a", NULL));
  cr_assert(strstr(rb_cache_complaint(cache), "cannot replace "), "%s", rb_cache_complaint(cache));
}

Test(cache, a_folder_that_cannot_be_written_is_told) {
  char blocked[600];
  rb_err err;
  rb_cache *other;
  put("a", "text");
  snprintf(blocked, sizeof blocked, "%s/below", find_file());
  cr_assert(rb_cache_open(blocked, &other, &err));
  cr_assert_null(rb_cache_complaint(other));
  rb_cache_put(other, "kind", "a", 1, "b", 1);
  const char *complaint = rb_cache_complaint(other);
  cr_assert(complaint && strstr(complaint, "cannot make the folder "), "%s", complaint);
  cr_assert(strstr(complaint, blocked), "%s", complaint);
  rb_cache_close(other);
}

/* Sets when the newest file was used, in seconds after 1970. */
static void used_at(time_t when) {
  const struct timespec times[2] = {{when, 0}, {when, 0}};
  cr_assert_eq(utimensat(AT_FDCWD, find_file(), times, 0), 0);
}

Test(cache, the_longest_unused_goes_first) {
  const size_t n = (size_t)30 << 20;
  char name[2] = "a", strange[600], stale[600], fresh[600];
  char *big = calloc(n, 1);
  cr_assert(big);
  put("small", "text");
  find_file();
  snprintf(stale, sizeof stale, "%s.abcdef", path);
  snprintf(fresh, sizeof fresh, "%s.ghijkl", path);
  snprintf(strange, sizeof strange, "%s/a file of the user's", folder);
  for (int i = 0; i < 3; i++)
    fclose(fopen(i == 0 ? strange : i == 1 ? stale : fresh, "w"));
  const struct timespec long_ago[2] = {{1, 0}, {1, 0}};
  cr_assert(utimensat(AT_FDCWD, strange, long_ago, 0) == 0);
  cr_assert(utimensat(AT_FDCWD, stale, long_ago, 0) == 0);
  for (int i = 0; i < 8; i++, name[0]++) { /* 240 MiB: all of them fit */
    rb_cache_put(cache, "kind", name, 1, big, n);
    used_at(1000 + i);
  }
  cr_assert(has("small", "text"), "and is used now");
  cr_assert(access(stale, F_OK) != 0 && access(fresh, F_OK) == 0 && access(strange, F_OK) == 0);
  void *data;
  size_t got;
  cr_assert(rb_cache_get(cache, "kind", "a", 1, &data, &got)); /* so b is the oldest */
  free(data);
  rb_cache_put(cache, "kind", "i", 1, big, n);
  cr_assert_not(rb_cache_get(cache, "kind", "b", 1, &data, &got));
  for (name[0] = 'c'; name[0] <= 'i'; name[0]++) {
    cr_assert(rb_cache_get(cache, "kind", name, 1, &data, &got), "%s", name);
    free(data);
  }
  cr_assert(rb_cache_get(cache, "kind", "a", 1, &data, &got));
  free(data);
  cr_assert(has("small", "text") && access(strange, F_OK) == 0);
  rb_cache_put(cache, "kind", "huge", 4, big, RB_CACHE_BLOB_BYTES + 1); /* not looked at */
  cr_assert_not(rb_cache_get(cache, "kind", "huge", 4, &data, &got));
  cr_assert_null(rb_cache_complaint(cache));
  free(big);
}
