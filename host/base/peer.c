// SPDX-License-Identifier: Apache-2.0
#include "base/peer.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/mem.h"

extern char **environ;

/* What stands before the bytes of a message; both ends are the same program. */
typedef struct head {
  uint32_t type, n;
  int32_t code;
  int64_t number;
} head;

static const double end_after_kill_s = 10; /* more only if a driver holds it in the kernel */

/* ---- start ---- */

static bool spawn(const char *const *argv, int theirs, rb_peer *out, rb_err *err) {
  posix_spawn_file_actions_t streams;
  posix_spawnattr_t how;
  sigset_t plain;
  sigemptyset(&plain);
  sigaddset(&plain, SIGPIPE); /* may be ignored here, and that would be inherited */
  sigaddset(&plain, SIGXFSZ);
  posix_spawn_file_actions_init(&streams);
  posix_spawn_file_actions_adddup2(&streams, STDERR_FILENO, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&streams, theirs, RB_PEER_FD);
  posix_spawnattr_init(&how);
  posix_spawnattr_setsigdefault(&how, &plain);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF);
  int failure =
      posix_spawn(&out->pid, "/proc/self/exe", &streams, &how, (char *const *)argv, environ);
  posix_spawn_file_actions_destroy(&streams);
  posix_spawnattr_destroy(&how);
  if (failure == 0)
    return true;
  out->pid = 0;
  return rb_fail(err, RB_FAILED, "cannot start another process of this program: %s",
                 strerror(failure));
}

bool rb_peer_start(const char *const *argv, rb_peer *out, rb_err *err) {
  const struct timeval patience = {.tv_sec = 10};
  int ends[2], theirs;
  *out = (rb_peer){.fd = -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return rb_fail(err, RB_FAILED, "cannot make a socket to another process: %s", strerror(errno));
  setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  /* Away from RB_PEER_FD: onto itself dup2() would not clear FD_CLOEXEC. */
  theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, RB_PEER_FD + 1);
  bool ok = theirs >= 0 ? spawn(argv, theirs, out, err)
                        : rb_fail(err, RB_FAILED, "cannot make a socket to another process: %s",
                                  strerror(errno));
  if (theirs >= 0)
    close(theirs);
  close(ends[1]);
  if (ok)
    out->fd = ends[0];
  else
    close(ends[0]);
  return ok;
}

bool rb_peer_join(rb_peer *out, rb_err *err) {
  int type = 0;
  socklen_t n = sizeof type;
  *out = (rb_peer){.fd = RB_PEER_FD};
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* a parent that has gone meanwhile has closed the socket */
  prctl(PR_SET_NAME, "relubench");  /* not "exe" */
  if (getsockopt(RB_PEER_FD, SOL_SOCKET, SO_TYPE, &type, &n) != 0 ||
      fcntl(RB_PEER_FD, F_SETFD, FD_CLOEXEC) != 0) {
    out->fd = -1;
    return rb_fail(err, RB_USAGE, "--worker is what the program gives to itself");
  }
  return true;
}

/* ---- messages ---- */

static bool send_bytes(rb_peer *peer, const void *bytes, size_t n, rb_err *err) {
  for (size_t done = 0; done < n;) {
    ssize_t step = send(peer->fd, (const char *)bytes + done, n - done, MSG_NOSIGNAL);
    if (step > 0)
      done += (size_t)step;
    else if (errno != EINTR)
      return rb_fail(err, RB_FAILED, "the other process takes no message: %s", strerror(errno));
  }
  return true;
}

bool rb_peer_send(rb_peer *peer, const rb_message *m, rb_err *err) {
  const head first = {.type = m->type, .n = m->n, .code = m->code, .number = m->number};
  return send_bytes(peer, &first, sizeof first, err) && send_bytes(peer, m->bytes, m->n, err);
}

/* The next message if all of it is here; *broken if it cannot be one. */
static bool take(rb_peer *peer, rb_message *out, bool *broken) {
  head first;
  if (peer->n_received < sizeof first)
    return false;
  memcpy(&first, peer->received, sizeof first);
  *broken = first.n > RB_PEER_MOST;
  if (*broken || peer->n_received < sizeof first + first.n)
    return false;
  *out = (rb_message){.type = first.type,
                      .n = first.n,
                      .code = first.code,
                      .number = first.number,
                      .bytes = peer->received + sizeof first};
  peer->n_taken = sizeof first + first.n;
  return true;
}

/* Reads what is there; false: the end. */
static bool receive(rb_peer *peer) {
  enum { PIECE = 65536 };
  rb_err ignored;
  void *grown = peer->received;
  bool ok = rb_grow(&grown, &peer->room, peer->n_received + PIECE, 1, "messages", &ignored);
  peer->received = grown;
  peer->is_starved = !ok;
  if (!ok)
    return false;
  ssize_t n = recv(peer->fd, peer->received + peer->n_received, PIECE, MSG_DONTWAIT);
  peer->n_received += n > 0 ? (size_t)n : 0;
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

rb_peer_event rb_peer_next(rb_peer *peer, int wait_ms, rb_message *out) {
  bool broken = false;
  if (peer->n_taken) {
    peer->n_received -= peer->n_taken;
    memmove(peer->received, peer->received + peer->n_taken, peer->n_received);
    peer->n_taken = 0;
  }
  while (peer->fd >= 0 && !take(peer, out, &broken) && !broken) {
    struct pollfd ready = {.fd = peer->fd, .events = POLLIN};
    int n = poll(&ready, 1, wait_ms);
    if (n == 0)
      return RB_PEER_SILENT;
    if (n > 0 && !receive(peer))
      return RB_PEER_GONE;
  }
  return peer->fd < 0 || broken ? RB_PEER_GONE : RB_PEER_MESSAGE;
}

/* ---- end ---- */

/* Whether it has ended within this time, in which we ran ourselves. */
static bool has_ended(pid_t pid, double seconds, int *status) {
  const double step_s = 2e-3;
  pid_t ended;
  for (double waited = 0; (ended = waitpid(pid, status, WNOHANG)) == 0 && waited < seconds;
       waited += step_s)
    nanosleep(&(struct timespec){.tv_nsec = (long)(step_s * 1e9)}, NULL);
  return ended == pid;
}

bool rb_peer_end(rb_peer *peer, double seconds, char how[RB_PEER_HOW]) {
  int status = 0;
  bool well = true;
  if (peer && peer->fd >= 0)
    close(peer->fd); /* a child that waits for us ends */
  if (peer && peer->pid > 0) {
    bool by_itself = has_ended(peer->pid, seconds, &status), ended = by_itself;
    if (!by_itself) {
      kill(peer->pid, SIGKILL);
      ended = has_ended(peer->pid, end_after_kill_s, &status);
    }
    if (!ended)
      snprintf(how, RB_PEER_HOW, RB_PEER_STUCK);
    else if (!by_itself)
      snprintf(how, RB_PEER_HOW, "was killed");
    else if (WIFSIGNALED(status))
      snprintf(how, RB_PEER_HOW, "died by signal %d (%s)", WTERMSIG(status),
               strsignal(WTERMSIG(status)));
    else
      snprintf(how, RB_PEER_HOW, "ended with code %d", WEXITSTATUS(status));
    well = by_itself && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  if (peer) {
    free(peer->received);
    *peer = (rb_peer){.fd = -1};
  }
  return well;
}
