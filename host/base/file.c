// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int rb_file_open(const char *path, int flags, mode_t mode) {
  int fd;
  do
    fd = open(path, flags | O_CLOEXEC, mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

ssize_t rb_file_read(int fd, void *out, size_t n) {
  ssize_t got;
  do
    got = read(fd, out, n);
  while (got < 0 && errno == EINTR);
  return got;
}

ssize_t rb_file_read_at(int fd, void *out, size_t n, off_t at) {
  ssize_t got;
  do
    got = pread(fd, out, n, at);
  while (got < 0 && errno == EINTR);
  return got;
}

bool rb_file_write(int fd, const void *bytes, size_t n) {
  for (size_t done = 0; done < n;) {
    errno = EIO; /* should nothing be written without an error */
    ssize_t step = write(fd, (const char *)bytes + done, n - done);
    if (step <= 0 && errno != EINTR)
      return false;
    done += step > 0 ? (size_t)step : 0;
  }
  return true;
}

bool rb_file_cut(int fd, off_t length) {
  int code;
  do
    code = ftruncate(fd, length);
  while (code != 0 && errno == EINTR);
  return code == 0;
}

bool rb_file_sync(int fd) {
  int code;
  do
    code = fsync(fd);
  while (code != 0 && errno == EINTR);
  return code == 0;
}

bool rb_file_close(int fd) {
  return close(fd) == 0 || errno == EINTR;
}
