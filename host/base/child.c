// SPDX-License-Identifier: Apache-2.0
#include "base/child.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"

extern char **environ;

enum { PIECE = 16384 };

typedef struct work {
  const rb_child *child;
  pid_t pid;
  int ours[3];   /* our ends of its standard streams; -1 when closed */
  int theirs[3]; /* its ends, until it runs */
  size_t n_sent;
  char *output;
  size_t n_output, room;
  char *said; /* the line that is being written; a new one begins after a line end */
  size_t n_said;
  bool line_ended;
  rb_host_time start;
} work;

static void close_end(int *fd) {
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

static bool open_pipes(work *w, rb_err *err) {
  for (int i = 0; i < 3; i++) {
    int ends[2];
    if (pipe(ends) != 0)
      return rb_fail(err, RB_FAILED, "cannot make a pipe to %s: %s", w->child->argv[0],
                     strerror(errno));
    w->theirs[i] = ends[i == 0 ? 0 : 1];
    w->ours[i] = ends[i == 0 ? 1 : 0];
    fcntl(w->theirs[i], F_SETFD, FD_CLOEXEC);
    fcntl(w->ours[i], F_SETFD, FD_CLOEXEC);
    fcntl(w->ours[i], F_SETFL, O_NONBLOCK);
  }
  return true;
}

/* Our environment with LC_ALL set: pointers into it and to `locale`, which is "LC_ALL=...". */
static bool make_environment(char *locale, char ***out, rb_err *err) {
  size_t n = 0, used = 0;
  while (environ[n])
    n++;
  if (!rb_alloc((void **)out, n + 2, sizeof **out, "environment of a program", err))
    return false;
  for (size_t i = 0; i < n; i++)
    if (strncmp(environ[i], "LC_ALL=", 7) != 0)
      (*out)[used++] = environ[i];
  (*out)[used] = locale;
  return true;
}

/* posix_spawn() reports what exec() met, which fork() leaves to a code of the child's end. */
static bool start(work *w, rb_err *err) {
  posix_spawn_file_actions_t streams;
  posix_spawnattr_t how;
  sigset_t plain;
  char locale[64], **environment = NULL;
  snprintf(locale, sizeof locale, "LC_ALL=%s", w->child->locale);
  if (!make_environment(locale, &environment, err))
    return false;
  sigemptyset(&plain);
  sigaddset(&plain, SIGPIPE); /* ignored here, and that would be inherited */
  sigaddset(&plain, SIGXFSZ);
  posix_spawn_file_actions_init(&streams);
  posix_spawnattr_init(&how);
  posix_spawnattr_setsigdefault(&how, &plain);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF);
  for (int i = 0; i < 3; i++)
    posix_spawn_file_actions_adddup2(&streams, w->theirs[i], i);
  int failure = posix_spawnp(&w->pid, w->child->argv[0], &streams, &how,
                             (char *const *)w->child->argv, environment);
  free(environment);
  posix_spawn_file_actions_destroy(&streams);
  posix_spawnattr_destroy(&how);
  for (int i = 0; i < 3; i++)
    close_end(&w->theirs[i]);
  if (failure == 0)
    return true;
  w->pid = -1;
  return rb_fail(err, RB_FAILED, "cannot start %s: %s; %s", w->child->argv[0], strerror(failure),
                 w->child->advice);
}

static void send_input(work *w) {
  ssize_t n = write(w->ours[0], w->child->input + w->n_sent, w->child->n_input - w->n_sent);
  if (n > 0)
    w->n_sent += (size_t)n;
  /* A child that reads no further says why itself, or its output shows it. */
  if (w->n_sent == w->child->n_input || (n < 0 && errno != EAGAIN && errno != EINTR))
    close_end(&w->ours[0]);
}

static void keep_last_line(work *w, const char *piece, size_t n) {
  for (size_t i = 0; i < n; i++) {
    bool blank = piece[i] == ' ' || piece[i] == '\t';
    if (piece[i] == '\n' || piece[i] == '\r') {
      w->line_ended = true;
    } else if (!(blank && (w->line_ended || w->n_said == 0))) {
      if (w->line_ended)
        w->n_said = 0;
      w->line_ended = false;
      if (w->n_said + 1 < RB_CHILD_SAID_ROOM)
        w->said[w->n_said++] = piece[i] ? piece[i] : ' ';
    }
  }
  w->said[w->n_said] = 0;
}

/* Reads once from standard output (i = 1) or error (2). */
static bool take(work *w, int i, rb_err *err) {
  char piece[PIECE];
  ssize_t n = read(w->ours[i], piece, sizeof piece);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
    close_end(&w->ours[i]);
  if (n <= 0)
    return true;
  if (i == 2) {
    keep_last_line(w, piece, (size_t)n);
    return true;
  }
  if ((size_t)n > w->child->max_output - w->n_output)
    return rb_fail(err, RB_FAILED, "%s wrote more than %zu bytes and was stopped",
                   w->child->argv[0], w->child->max_output);
  if (!rb_grow((void **)&w->output, &w->room, w->n_output + (size_t)n + 1, 1, "output of a program",
               err))
    return false;
  memcpy(w->output + w->n_output, piece, (size_t)n);
  w->n_output += (size_t)n;
  return true;
}

static bool is_late(const work *w, rb_err *err) {
  if (w->child->stop && *w->child->stop) {
    rb_fail(err, RB_FAILED, "%s was interrupted", w->child->argv[0]);
    return true;
  }
  if (rb_clock_since_s(w->start) < w->child->max_seconds)
    return false;
  rb_fail(err, RB_FAILED, "%s was not done after %g s and was stopped", w->child->argv[0],
          w->child->max_seconds);
  return true;
}

static bool talk(work *w, rb_err *err) {
  while (w->ours[1] >= 0 || w->ours[2] >= 0) {
    struct pollfd fds[3];
    for (int i = 0; i < 3; i++) /* poll() passes over -1 */
      fds[i] = (struct pollfd){.fd = w->ours[i], .events = i == 0 ? POLLOUT : POLLIN};
    if (is_late(w, err))
      return false;
    if (poll(fds, 3, 50) <= 0)
      continue;
    if (fds[0].revents)
      send_input(w);
    for (int i = 1; i < 3; i++)
      if (fds[i].revents && !take(w, i, err))
        return false;
  }
  return true;
}

/* Its streams may be closed before it ends. */
static bool wait_for_end(work *w, int *status, rb_err *err) {
  pid_t ended;
  while ((ended = waitpid(w->pid, status, WNOHANG)) != w->pid) {
    if (ended < 0 && errno != EINTR) {
      w->pid = -1;
      return rb_fail(err, RB_FAILED, "cannot wait for %s: %s", w->child->argv[0], strerror(errno));
    }
    if (is_late(w, err))
      return false;
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
  w->pid = -1;
  return true;
}

static bool judge(const work *w, int status, rb_err *err) {
  const char *name = w->child->argv[0];
  if (WIFSIGNALED(status))
    return rb_fail(err, RB_FAILED, "%s was ended by signal %d", name, WTERMSIG(status));
  if (w->child->code)
    *w->child->code = WEXITSTATUS(status);
  else if (WEXITSTATUS(status) != 0)
    return rb_fail(err, RB_FAILED, "%s ended with code %d: %s", name, WEXITSTATUS(status),
                   w->said[0] ? w->said : "it did not say why");
  return true;
}

bool rb_child_run(const rb_child *child, char **output, size_t *n_output,
                  char said[RB_CHILD_SAID_ROOM], rb_err *err) {
  work w = {.child = child,
            .pid = -1,
            .ours = {-1, -1, -1},
            .theirs = {-1, -1, -1},
            .said = said,
            .start = rb_clock_now()};
  struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
  int status = 0;
  said[0] = 0;
  sigaction(SIGPIPE, &ignore, &before);
  bool ok = rb_grow((void **)&w.output, &w.room, 1, 1, "output of a program", err) &&
            open_pipes(&w, err) && start(&w, err) && talk(&w, err) &&
            wait_for_end(&w, &status, err) && judge(&w, status, err);
  for (int i = 0; i < 3; i++) {
    close_end(&w.ours[i]);
    close_end(&w.theirs[i]);
  }
  if (w.pid > 0) {
    kill(w.pid, SIGKILL);
    while (waitpid(w.pid, NULL, 0) < 0 && errno == EINTR) {
    }
  }
  sigaction(SIGPIPE, &before, NULL);
  if (ok)
    w.output[w.n_output] = 0;
  else
    free(w.output);
  *output = ok ? w.output : NULL;
  *n_output = ok ? w.n_output : 0;
  return ok;
}
