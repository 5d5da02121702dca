// SPDX-License-Identifier: Apache-2.0
/* Pairs of runs, each a process of its own, and the gate over them. */
#ifndef RB_APP_PAIRING_H
#define RB_APP_PAIRING_H
#include <argp.h>
#include <stdatomic.h>
#include "app/calibration.h"

enum { RB_PAIRING_WORDS = 64, RB_PAIRING_TEXT = 2048 };

/* What is compared: a program and options of its command `run`. */
typedef struct rb_pairing_side {
  const char *program;                 /* NULL: this one */
  char text[RB_PAIRING_TEXT];          /* where the words are */
  const char *words[RB_PAIRING_WORDS]; /* (n_words) */
  size_t n_words;
} rb_pairing_side;

typedef struct rb_pairing {
  const char *suite;
  const rb_pairing_side *sides[2]; /* baseline, new; may be the same */
  size_t n_pairs;                  /* RB_GATE_LEAST .. RB_GATE_PAIRS */
  uint64_t seed;                   /* of the order */
  double margin;                   /* 0: what calibrate kept, else RB_GATE_MARGIN */
  const char *keep;                /* folder for the traces, or NULL: a temporary one */
  bool quiet;                      /* no progress even on a terminal */
  size_t number, count;            /* of this gate among `count`, for the progress */
  const atomic_int *stop;
} rb_pairing;

/* Words of `text` after those that are there: split at blanks, '..' and ".." keep them together. No
 * shell has a part in it. Ends the process with 2 where there are too many. name: of the option. */
void rb_pairing_words(const struct argp_state *state, const char *name, const char *text,
                      rb_pairing_side *side);
/* Ends the process with 2 if text is no whole number of least..most. */
size_t rb_pairing_number(const struct argp_state *state, const char *name, const char *text,
                         size_t least, size_t most);

/* Runs n_pairs of both sides in the order of rb_gate_order(), judges, and where there are suspects
 * runs as many pairs again, which decide about them. sample: NULL, or takes the first trace of the
 * baseline, the caller's then. After *stop nothing is judged, and *out is empty. Errors: those of
 * rb_sides_gate(); RB_USAGE, RB_NO_DEVICE or RB_FAILED with what a run said, where it leaves no
 * whole trace. */
bool rb_pairing_gate(const rb_pairing *pairing, rb_gate *out, rb_trace *sample, rb_err *err);

#endif
