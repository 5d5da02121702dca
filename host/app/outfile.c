// SPDX-License-Identifier: Apache-2.0
#include "app/outfile.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "app/suitefile.h"
#include "base/file.h"
#include "base/mem.h"

static bool fail_exists(const char *path, rb_err *err) {
  return rb_fail(err, RB_USAGE,
                 "%.512s is there already; give another name (-o) or overwrite it (--force)", path);
}

bool rb_outfile_check(const char *path, bool force, rb_err *err) {
  struct stat about;
  if (!rb_suitefile_output(path, err))
    return false;
  if (lstat(path, &about) != 0)
    return errno == ENOENT ||
           rb_fail(err, RB_USAGE, "cannot write %.512s: %s", path, strerror(errno));
  if (!S_ISREG(about.st_mode))
    return rb_fail(err, RB_USAGE, "%.512s: it is not a regular file; give another name", path);
  return force || fail_exists(path, err);
}

static bool write_all(int fd, const char *bytes, size_t n) {
  /* mkstemp() makes a file that only its owner may read. */
  mode_t mask = umask(0);
  umask(mask);
  return rb_file_write(fd, bytes, n) && fchmod(fd, 0666 & ~mask) == 0 && rb_file_sync(fd);
}

/* link() fails where the name is taken, which rename() does not. */
static bool take_name(const char *temporary, const char *path, bool force, rb_err *err) {
  if (!force && link(temporary, path) == 0)
    return true;
  if (!force && errno == EEXIST)
    return fail_exists(path, err);
  /* A file system without hard links (FAT) comes here as well. */
  return rename(temporary, path) == 0 ||
         rb_fail(err, RB_FAILED, "cannot rename what was written to %.512s: %s", path,
                 strerror(errno));
}

bool rb_outfile_write(const char *path, bool force, const char *bytes, size_t n, rb_err *err) {
  char temporary[PATH_MAX + 8];
  if (rb_mem_was_out())
    return rb_fail(err, RB_FAILED, "out of memory: %.512s would not be whole, and was not written",
                   path);
  snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
  int fd = mkstemp(temporary);
  if (fd < 0)
    return rb_fail(err, RB_FAILED, "cannot create a file beside %.512s: %s", path, strerror(errno));
  bool ok = write_all(fd, bytes, n);
  if (!ok)
    rb_fail(err, RB_FAILED, "cannot write %.512s: %s", path, strerror(errno));
  if (!rb_file_close(fd) && ok)
    ok = rb_fail(err, RB_FAILED, "cannot close %.512s: %s", path, strerror(errno));
  ok = ok && take_name(temporary, path, force, err);
  unlink(temporary); /* gone if it was renamed */
  return ok;
}
