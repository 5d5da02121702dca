// SPDX-License-Identifier: Apache-2.0
/* A process of this program that works for this one, and the messages between both. Neither blocks
 * for ever because of the other, and none outlives its parent. */
#ifndef RB_BASE_PEER_H
#define RB_BASE_PEER_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/err.h"

enum {
  RB_PEER_FD = 3,         /* the child's end of the socket */
  RB_PEER_MOST = 4 << 20, /* bytes of a message */
  RB_PEER_HOW = 128       /* room for how a process ended */
};

#define RB_PEER_STUCK "could not be killed"

typedef struct rb_peer {
  pid_t pid; /* of the child; 0: we are the child, or there is none */
  int fd;    /* -1: none */
  uint8_t *received;
  size_t n_received, room, n_taken; /* n_taken: of the message that was last given out */
  bool is_starved;                  /* there was no memory for a message: then RB_PEER_GONE */
} rb_peer;

/* type, number and code mean what both sides agree on; bytes (n) are valid until the next call. */
typedef struct rb_message {
  uint32_t type, n;
  int32_t code;
  int64_t number;
  const void *bytes;
} rb_message;

typedef enum rb_peer_event { RB_PEER_MESSAGE, RB_PEER_SILENT, RB_PEER_GONE } rb_peer_event;

/* Starts this very program (even if its file was replaced) with argv, which ends with NULL. Its
 * standard output goes to our standard error: data come from here alone. Errors: RB_FAILED. */
bool rb_peer_start(const char *const *argv, rb_peer *out, rb_err *err);
/* In the child, before anything else: it will be killed once its parent has ended. Errors:
 * RB_USAGE if there is no parent that started it so. */
bool rb_peer_join(rb_peer *out, rb_err *err);
/* Errors (RB_FAILED): the other side is gone, or takes nothing for ten seconds. */
bool rb_peer_send(rb_peer *peer, const rb_message *message, rb_err *err);
/* Waits at most wait_ms for more bytes of the next message; negative: for ever. RB_PEER_GONE: no
 * message will come any more, or what came was none. */
rb_peer_event rb_peer_next(rb_peer *peer, int wait_ms, rb_message *out);
/* Closes the socket, waits for the child `seconds`, then kills it, and forgets it. how, a text that
 * goes on after "it": "ended with code 0", "died by signal 11 (Segmentation fault)", "was killed",
 * RB_PEER_STUCK. False: it did not end by itself with code 0. Without a child: true. */
bool rb_peer_end(rb_peer *peer, double seconds, char how[RB_PEER_HOW]);

#endif
