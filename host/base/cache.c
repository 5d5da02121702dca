// SPDX-License-Identifier: Apache-2.0
#include "base/cache.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"

#define MAGIC "relubench cache 1\n"
enum {
  HEX = RB_SHA256_ROOM - 1,
  HEADER = sizeof MAGIC - 1 + 2 * (HEX + 1), /* magic, hash of the key, hash of the payload */
  PATH = 4096,
  KIND = 32,
  NAME = KIND + 1 + HEX + 8 /* kind, hash, ".XXXXXX" */
};
static const double stale_s = 3600; /* a temporary name of a process that is gone */

struct rb_cache {
  char *folder;
  char complaint[PATH + 256];
};

bool rb_cache_open(const char *folder, rb_cache **out, rb_err *err) {
  void *room = NULL;
  *out = NULL;
  if (folder == NULL)
    return true;
  if (!rb_alloc(&room, 1, sizeof(rb_cache), "cache", err))
    return false;
  rb_cache *cache = room;
  if (!rb_copy_text(&cache->folder, folder, err)) {
    free(cache);
    return false;
  }
  *out = cache;
  return true;
}

void rb_cache_close(rb_cache *cache) {
  if (cache == NULL)
    return;
  free(cache->folder);
  free(cache);
}

const char *rb_cache_complaint(const rb_cache *cache) {
  return cache && cache->complaint[0] ? cache->complaint : NULL;
}

static void complain(rb_cache *cache, const char *what, const char *path) {
  if (cache->complaint[0] == '\0')
    snprintf(cache->complaint, sizeof cache->complaint, "cannot %s %.2048s: %s", what, path,
             strerror(errno));
}

static void hash_key(const char *kind, const void *key, size_t n_key, char out[RB_SHA256_ROOM]) {
  rb_sha256 *hash = rb_sha256_new();
  rb_sha256_add(hash, kind, strlen(kind) + 1);
  rb_sha256_add(hash, key, n_key);
  rb_sha256_peek(hash, out);
  rb_sha256_free(hash);
}

static bool path_of(const rb_cache *cache, const char *kind, const char *hash, char path[PATH]) {
  return snprintf(path, PATH, "%s/%.*s-%s", cache->folder, KIND, kind, hash) < PATH;
}

static void write_header(const char *key_hash, const void *data, size_t n, char out[HEADER + 1]) {
  char hash[RB_SHA256_ROOM];
  rb_sha256_hex(data, n, hash);
  snprintf(out, HEADER + 1, MAGIC "%s\n%s\n", key_hash, hash);
}

/* n bytes of the file, which must end there. */
static bool read_exactly(int fd, void *out, size_t n) {
  char more;
  size_t done = 0;
  while (done < n) {
    ssize_t step = rb_file_read(fd, (char *)out + done, n - done);
    if (step <= 0)
      return false;
    done += (size_t)step;
  }
  return rb_file_read(fd, &more, 1) == 0;
}

/* The whole file if it may be one of ours. */
static bool read_file(const char *path, char **out, size_t *n) {
  struct stat about;
  void *room = NULL;
  rb_err ignored;
  *out = NULL;
  /* Not blocking: a pipe of that name would wait for a writer. */
  int fd = rb_file_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
  if (fd < 0)
    return false;
  bool ok = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == geteuid() &&
            (about.st_mode & (S_IWGRP | S_IWOTH)) == 0 && about.st_size >= HEADER &&
            (uint64_t)about.st_size <= HEADER + RB_CACHE_BLOB_BYTES &&
            rb_alloc(&room, (size_t)about.st_size, 1, "cached blob", &ignored) &&
            read_exactly(fd, room, (size_t)about.st_size);
  if (ok) {
    futimens(fd, NULL); /* used now; where that fails it only goes earlier */
    *out = room;
    *n = (size_t)about.st_size;
  } else {
    free(room);
  }
  rb_file_close(fd);
  return ok;
}

bool rb_cache_get(rb_cache *cache, const char *kind, const void *key, size_t n_key, void **data,
                  size_t *n) {
  char path[PATH], hash[RB_SHA256_ROOM], header[HEADER + 1], *file = NULL;
  size_t n_file = 0;
  *data = NULL;
  *n = 0;
  if (cache == NULL)
    return false;
  hash_key(kind, key, n_key, hash);
  if (!path_of(cache, kind, hash, path) || !read_file(path, &file, &n_file))
    return false;
  write_header(hash, file + HEADER, n_file - HEADER, header);
  if (memcmp(file, header, HEADER) != 0) {
    free(file);
    return false;
  }
  *n = n_file - HEADER;
  memmove(file, file + HEADER, *n);
  *data = file;
  return true;
}

/* ---- writing ---- */

/* The folder and those above it, for this user alone. */
static bool make_folder(rb_cache *cache) {
  char path[PATH];
  if (snprintf(path, sizeof path, "%s", cache->folder) >= PATH) {
    errno = ENAMETOOLONG;
    return false;
  }
  for (char *c = path + 1;; c++)
    if (*c == '/' || *c == '\0') {
      char kept = *c;
      *c = '\0';
      if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return false;
      *c = kept;
      if (kept == '\0')
        return true;
    }
}

/* "<kind>-<64 hexadecimal digits>", and with is_temporary what mkstemp() added to it. */
static bool is_ours(const char *name, bool *is_temporary) {
  const char *dash = strchr(name, '-');
  size_t n_kind = dash ? (size_t)(dash - name) : 0;
  if (n_kind == 0 || n_kind > KIND || strspn(dash + 1, "0123456789abcdef") != HEX)
    return false;
  for (size_t i = 0; i < n_kind; i++)
    if (!isalpha((unsigned char)name[i]))
      return false;
  const char *end = dash + 1 + HEX;
  *is_temporary = *end == '.' && strlen(end) == 7;
  return *end == '\0' || *is_temporary;
}

typedef struct found {
  char name[NAME];
  struct timespec used;
  size_t bytes;
} found;

static int by_use(const void *a, const void *b) {
  const struct timespec *x = &((const found *)a)->used, *y = &((const found *)b)->used;
  if (x->tv_sec != y->tv_sec)
    return x->tv_sec < y->tv_sec ? -1 : 1;
  return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

/* Removes the blobs that were not used for the longest time, until all of them fit with `more`
 * bytes, and what a process that died has left. Only files whose names are ours are touched. */
static void make_room(const rb_cache *cache, size_t more) {
  DIR *folder = opendir(cache->folder);
  void *room = NULL;
  size_t capacity = 0, n = 0, sum = more;
  rb_err ignored;
  if (folder == NULL)
    return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    struct stat about;
    bool temporary;
    if (!is_ours(entry->d_name, &temporary) ||
        fstatat(dirfd(folder), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(about.st_mode))
      continue;
    if (temporary) {
      if (difftime(time(NULL), about.st_mtim.tv_sec) > stale_s)
        unlinkat(dirfd(folder), entry->d_name, 0);
    } else if (rb_grow(&room, &capacity, n + 1, sizeof(found), "cache", &ignored)) {
      found *one = (found *)room + n++;
      *one = (found){.used = about.st_mtim, .bytes = (size_t)about.st_size};
      snprintf(one->name, sizeof one->name, "%.*s", NAME - 1, entry->d_name);
      sum += one->bytes;
    }
  }
  if (sum > RB_CACHE_BYTES)
    qsort(room, n, sizeof(found), by_use);
  for (size_t i = 0; i < n && sum > RB_CACHE_BYTES; i++) {
    const found *one = (const found *)room + i;
    if (unlinkat(dirfd(folder), one->name, 0) == 0)
      sum -= one->bytes;
  }
  free(room);
  closedir(folder);
}

void rb_cache_put(rb_cache *cache, const char *kind, const void *key, size_t n_key,
                  const void *data, size_t n) {
  char path[PATH], temporary[PATH + 8], hash[RB_SHA256_ROOM], header[HEADER + 1];
  if (cache == NULL || n > RB_CACHE_BLOB_BYTES)
    return;
  hash_key(kind, key, n_key, hash);
  if (!make_folder(cache)) {
    complain(cache, "make the folder", cache->folder);
    return;
  }
  if (!path_of(cache, kind, hash, path))
    return;
  make_room(cache, HEADER + n);
  write_header(hash, data, n, header);
  snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
  int fd = mkstemp(temporary); /* for this user alone */
  if (fd < 0) {
    complain(cache, "write in", cache->folder);
    return;
  }
  bool ok = rb_file_write(fd, header, HEADER) && rb_file_write(fd, data, n);
  ok = rb_file_close(fd) && ok;
  if (ok && rename(temporary, path) == 0)
    return;
  complain(cache, ok ? "replace" : "write", path);
  unlink(temporary);
}
