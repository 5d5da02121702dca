// SPDX-License-Identifier: Apache-2.0
/* Preloaded under the program (LD_PRELOAD), fails one of its calls of the C library: the program is
 * the one that is shipped, with no hook in it. Only calls that are made from the program itself, or
 * from the libraries that it has parse and write for it, jansson and libyaml, count; a driver's do
 * not, as few survive them. It counts for itself whatever the environment:
 *
 *   RB_BREAK_WORKER=1         calls of workers (study/worker.h) count, and only they
 *   RB_BREAK_LOG=PATH         the name of every call is appended, one a line, "memory" for all that
 *                             allocate; " broken" follows where it was
 *   RB_BREAK_FILE=K:WHAT      the K-th call that is not "memory", from 1; K+: and all later ones
 *                             WHAT: an errno, as a number; or short: a read or write does a half
 *   RB_BREAK_MEMORY=K         the K-th call that allocates answers NULL; K+: and all later ones
 *
 * An interrupted or failed close has closed; a failed fsync has not synced. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SHORT = -1, MOST_RANGES = 16 };

/* Code whose calls count. */
static struct { uintptr_t begin, end; } ranges[MOST_RANGES];
static int n_ranges;

static int note_object(struct dl_phdr_info *object, size_t size, void *is_first) {
  bool *first = is_first, own = *first;
  (void)size;
  *first = false;
  own = own || strstr(object->dlpi_name, "/libjansson.") || strstr(object->dlpi_name, "/libyaml-");
  for (int i = 0; own && i < object->dlpi_phnum && n_ranges < MOST_RANGES; i++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
      continue;
    ranges[n_ranges].begin = object->dlpi_addr + part->p_vaddr;
    ranges[n_ranges++].end = object->dlpi_addr + part->p_vaddr + part->p_memsz;
  }
  return 0;
}

typedef struct rule {
  unsigned long k, seen;
  bool later;
  int what;
} rule;
static rule files, memory;
static int log_fd = -1;

static void read_rule(const char *variable, rule *r, int what) {
  const char *text = getenv(variable);
  char *end;
  if (text == NULL)
    return;
  r->k = strtoul(text, &end, 10);
  r->later = *end == '+';
  end += r->later;
  r->what = *end != ':' ? what : strcmp(end, ":short") == 0 ? SHORT : atoi(end + 1);
  if (r->k == 0 || r->what == 0)
    abort();
}

__attribute__((constructor)) static void begin(int n_words, char **words) {
  const char *log = getenv("RB_BREAK_LOG");
  bool first = true;
  bool is_worker = n_words > 2 && strcmp(words[2], "--worker") == 0;
  if (strcmp(program_invocation_short_name, "relubench") != 0 ||
      is_worker != (getenv("RB_BREAK_WORKER") != NULL))
    return;
  read_rule("RB_BREAK_FILE", &files, 0);
  read_rule("RB_BREAK_MEMORY", &memory, ENOMEM);
  if (log)
    log_fd =
        (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dl_iterate_phdr(note_object, &first);
}

/* 0, or what goes wrong with the call. */
static int broken(rule *r, const char *name, const void *caller) {
  uintptr_t at = (uintptr_t)caller;
  char line[64];
  int i = 0;
  while (i < n_ranges && !(at >= ranges[i].begin && at < ranges[i].end))
    i++;
  if (i == n_ranges)
    return 0;
  r->seen++;
  bool now = r->seen == r->k || (r->later && r->seen > r->k);
  int n = snprintf(line, sizeof line, "%s%s\n", name, now ? " broken" : "");
  if (log_fd >= 0)
    syscall(SYS_write, log_fd, line, n);
  if (now && r->what > 0)
    errno = r->what;
  return now ? r->what : 0;
}

#define BROKEN(rule, name) broken(&(rule), name, __builtin_return_address(0))
#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) {
  return dlsym(RTLD_NEXT, name);
}

/* ---- memory ---- */

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

void *malloc(size_t n) {
  return BROKEN(memory, "memory") ? NULL : __libc_malloc(n);
}
void *calloc(size_t n, size_t size) {
  return BROKEN(memory, "memory") ? NULL : __libc_calloc(n, size);
}
void *realloc(void *old, size_t n) {
  return BROKEN(memory, "memory") ? NULL : __libc_realloc(old, n);
}
FILE *open_memstream(char **text, size_t *n) {
  return BROKEN(memory, "memory") ? NULL : REAL(open_memstream)(text, n);
}

/* ---- files; the program is built for files of any size, so names end with 64 ---- */

int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
  va_end(more);
  return BROKEN(files, "open") ? -1 : REAL(open64)(path, flags, mode);
}
int mkstemp64(char *path) {
  return BROKEN(files, "mkstemp") ? -1 : REAL(mkstemp64)(path);
}
FILE *fopen64(const char *path, const char *mode) {
  return BROKEN(files, "fopen") ? NULL : REAL(fopen64)(path, mode);
}
FILE *fdopen(int fd, const char *mode) {
  return BROKEN(files, "fdopen") ? NULL : REAL(fdopen)(fd, mode);
}
DIR *opendir(const char *path) {
  return BROKEN(files, "opendir") ? NULL : REAL(opendir)(path);
}

static size_t half(size_t n) {
  return n > 1 ? n / 2 : n;
}
ssize_t read(int fd, void *out, size_t n) {
  int what = BROKEN(files, "read");
  return what > 0 ? -1 : REAL(read)(fd, out, what == SHORT ? half(n) : n);
}
ssize_t write(int fd, const void *bytes, size_t n) {
  int what = BROKEN(files, "write");
  return what > 0 ? -1 : REAL(write)(fd, bytes, what == SHORT ? half(n) : n);
}
int close(int fd) {
  int what = BROKEN(files, "close"), code = REAL(close)(fd);
  if (what > 0)
    errno = what;
  return what > 0 ? -1 : code;
}

#define ANSWERS(name, told, parameters, arguments)                                                 \
  int name parameters {                                                                            \
    return BROKEN(files, told) ? -1 : REAL(name) arguments;                                        \
  }
ANSWERS(fsync, "fsync", (int fd), (fd))
ANSWERS(ftruncate64, "ftruncate", (int fd, off64_t n), (fd, n))
ANSWERS(flock, "flock", (int fd, int how), (fd, how))
ANSWERS(fchmod, "fchmod", (int fd, mode_t mode), (fd, mode))
ANSWERS(rename, "rename", (const char *from, const char *to), (from, to))
ANSWERS(link, "link", (const char *from, const char *to), (from, to))
ANSWERS(unlink, "unlink", (const char *path), (path))
ANSWERS(mkdir, "mkdir", (const char *path, mode_t mode), (path, mode))
ANSWERS(stat64, "stat", (const char *path, struct stat64 *out), (path, out))
ANSWERS(lstat64, "lstat", (const char *path, struct stat64 *out), (path, out))
ANSWERS(fstat64, "fstat", (int fd, struct stat64 *out), (fd, out))
