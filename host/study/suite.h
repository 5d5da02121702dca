// SPDX-License-Identifier: Apache-2.0
/* A suite file as written: parts with axes, every value with its line and column for errors.
 *
 *   suite: recovery                 # name (must match the file's)
 *   about: one line
 *   schema: 1
 *   parts:
 *     - part: tasks                 # unique name
 *       mode: learn                 # check | learn | time
 *       d: 50                       # any axis key: value, list, or range
 *       T: [1, 2, 3, 10..1000 x10]  # lo..hi step k, or lo..hi xk (geometric), lo..hi (step 1)
 *       n1: 8*d                     # expression of other axes: + - * / ^ ( ) min(a,b) max(a,b)
 *       backend: [native, clblast]  # word axes: law tasks inputs ablation backend
 *       seed: 1..10
 *       expect: [ratio < 0.3, sin_theta < 0.5]   # per cell, checked after training
 *       repetitions: 10             # settings of a part (not axes): repetitions, budget_s, width
 *
 * Axes: seed d r T m n1 n2 rounds eta_a eta_w decay tile (numbers), law tasks inputs ablation backend
 * (words). Untrusted input: size, depth, counts bounded; unknown or duplicate key = error with line:column
 * and the nearest known key. */
#ifndef RB_STUDY_SUITE_H
#define RB_STUDY_SUITE_H
#include <stddef.h>
#include "base/err.h"

typedef struct rb_place {
  const char *file; /* or "-a" for the command line */
  int line, column; /* 1-based; 0 for the command line */
} rb_place;

typedef struct rb_axis {
  char *key;
  char **items; /* (n_items) each an expression, range or word, as written */
  size_t n_items;
  rb_place place;
} rb_axis;

typedef enum rb_mode {
  RB_MODE_CHECK, /* verify only */
  RB_MODE_LEARN, /* verify, train once, metrics */
  RB_MODE_TIME   /* verify, train, metrics, then timed repetitions */
} rb_mode;
extern const char *const rb_mode_names[];

typedef struct rb_part {
  char *name;
  rb_mode mode;
  rb_axis *axes;
  size_t n_axes;
  char **expects; /* (n_expects) as written */
  size_t n_expects;
  unsigned repetitions; /* least number of timed repetitions, default 10 */
  double budget_s;      /* time for the repetitions of one cell, default 3 */
  double width;         /* wanted relative width of the median's 95 % interval, default .05 */
  rb_place place;
} rb_part;

typedef struct rb_suite {
  char *name, *about, *path;
  rb_part *parts;
  size_t n_parts;
  char hash[65]; /* SHA-256 of the file's bytes and the overrides */
} rb_suite;

/* Reads and checks a suite file. Errors: RB_USAGE with file:line:column. */
bool rb_suite_read(const char *path, rb_suite *out, rb_err *err);
/* The same from memory (the fuzz target and the tests use this). */
bool rb_suite_parse(const char *name, const char *text, size_t n, rb_suite *out, rb_err *err);
/* Applies "key=item,item": replaces the axis in every part (adds it where missing). RB_USAGE if the key is no
 * axis. Also feeds the hash. */
bool rb_suite_override(rb_suite *suite, const char *assignment, rb_err *err);
void rb_suite_free(rb_suite *suite);

#endif
