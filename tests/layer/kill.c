// SPDX-License-Identifier: Apache-2.0
/* A library for LD_PRELOAD: kill -9 at one call that changes a file, on an unchanged program. Only
 * files whose path has RB_KILL_FILE in it count; without that variable nothing happens.
 *
 *   RB_KILL_FILE=TEXT    which files
 *   RB_KILL_AT=K         the process is killed before the K-th such call, from 1; 0: never
 *   RB_KILL_AT=K:half    of a write, after half its bytes; of another call, after it
 *   RB_KILL_COUNT=PATH   each such call is a line there: its name and the file's
 *   RB_KILL_CLOCK=1      the monotonic clock is two seconds further at each look, so that every
 * cell is committed */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

typedef enum moment { PASS, BEFORE, HALF } moment;

static unsigned long n_calls;

static void die(void) {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;)
    pause();
}

static moment strike(const char *call, const char *path) {
  const char *file = getenv("RB_KILL_FILE"), *at = getenv("RB_KILL_AT");
  const char *count = getenv("RB_KILL_COUNT");
  if (!file || !path || !strstr(path, file))
    return PASS;
  n_calls++;
  if (count) {
    char line[600];
    const char *name = strrchr(path, '/');
    int n = snprintf(line, sizeof line, "%s %.500s\n", call, name ? name + 1 : path);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, count, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (fd < 0 || syscall(SYS_write, fd, line, n) != n)
      abort();
    syscall(SYS_close, fd);
  }
  char *rest = NULL;
  if (!at || strtoul(at, &rest, 10) != n_calls)
    return PASS;
  if (strcmp(rest, ":half") == 0)
    return HALF;
  die();
  return BEFORE;
}

static moment strike_fd(const char *call, int fd) {
  char link[64], path[600];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  path[n > 0 ? n : 0] = 0;
  return strike(call, path);
}

/* What the call answered, unless the process was to die after it. */
static long after(moment when, long answer) {
  if (when == HALF)
    die();
  return answer;
}

ssize_t write(int fd, const void *bytes, size_t n) {
  moment when = strike_fd("write", fd);
  return after(when, syscall(SYS_write, fd, bytes, when == HALF ? n / 2 : n));
}

int fsync(int fd) {
  moment when = strike_fd("fsync", fd);
  return (int)after(when, syscall(SYS_fsync, fd));
}

int ftruncate64(int fd, off64_t n) {
  moment when = strike_fd("ftruncate", fd);
  return (int)after(when, syscall(SYS_ftruncate, fd, n));
}

int rename(const char *from, const char *to) {
  moment when = strike("rename", to);
  return (int)after(when, syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int unlink(const char *path) {
  moment when = strike("unlink", path);
  return (int)after(when, syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

/* Opening counts where it may make a file. */
int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  unsigned mode = flags & O_CREAT ? va_arg(rest, unsigned) : 0;
  va_end(rest);
  moment when = flags & O_CREAT ? strike("create", path) : PASS;
  return (int)after(when, syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  static long jumps;
  int code = (int)syscall(SYS_clock_gettime, clock, now);
  if (clock == CLOCK_MONOTONIC && getenv("RB_KILL_FILE") && getenv("RB_KILL_CLOCK"))
    now->tv_sec += 2 * ++jumps;
  return code;
}
