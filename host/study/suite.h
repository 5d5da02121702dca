// SPDX-License-Identifier: Apache-2.0
/* A suite file as written: parts with axes, every value with its line and column for errors.
 *
 *   suite: recovery                 # name: the file's without .yaml
 *   about: one line                 # may be left out
 *   schema: 1                       # may be left out
 *   parts:
 *     - part: tasks                 # unique name: letters, digits, - _ .
 *       mode: learn                 # check | learn | time | complexity
 *       d: 50                       # any axis key: value, list or range
 *       T: [1, 2, 3, 10..1000 x10]  # lo..hi (step 1), lo..hi step k, lo..hi xk (geometric)
 *       n1: 8*d                     # expression of other number axes (study/expression.h)
 *       n2: ["max(8*d, 100)"]       # quotes where a comma would end the item of a list
 *       backend: [native, clblast]  # word axes
 *       seed: 1..10
 *       expect: [ratio < 0.3, sin_theta < 0.5] # per cell, looked at after training
 *       repetitions: 10             # settings of a part (not axes), of mode time only:
 *       budget_s: 3                 # see rb_part
 *       width: 0.05
 *       margin: 1.25                  # of mode complexity only
 *
 * Number axes: seed d r T m n1 n2 rounds eta_a eta_w decay tile. Word axes: law tasks inputs
 * ablation backend sampler. Of mode complexity alone: n pretrainings trials target precision, and
 * source task quantity head (model/downstream.h has their defaults). An axis that is not written
 * has one value, that of rb_problem_default(): seed 1, d 50, r 3, T 1, m 64, n1 500, n2 500, rounds
 * 1, decay 1, law gaussian, tasks balanced, inputs per-task, ablation none, sampler direct; eta_a
 * and eta_w 0 (chosen by rb_problem_settle()), tile 0 (chosen for the device), backend native. Axes
 * make a Cartesian product in the order they are written; the last varies fastest (study/plan.h).
 *
 * Untrusted input: RB_SUITE_BYTES, RB_SUITE_PARTS and RB_SUITE_ITEMS bound it, nothing nests deeper
 * than a list in a part, and anchors, aliases, tags, directives and second documents are refused.
 * Everything but `about` is printable ASCII. */
#ifndef RB_STUDY_SUITE_H
#define RB_STUDY_SUITE_H
#include <stddef.h>
#include "base/err.h"

enum { RB_SUITE_BYTES = 1 << 20, RB_SUITE_PARTS = 1000, RB_SUITE_ITEMS = 10000 };

/* X(name), numbers first. */
#define RB_SUITE_AXES(X)                                                                           \
  X(seed)                                                                                          \
  X(d)                                                                                             \
  X(r)                                                                                             \
  X(T)                                                                                             \
  X(m)                                                                                             \
  X(n1)                                                                                            \
  X(n2)                                                                                            \
  X(rounds)                                                                                        \
  X(tile)                                                                                          \
  X(n)                                                                                             \
  X(pretrainings)                                                                                  \
  X(trials)                                                                                        \
  X(eta_a)                                                                                         \
  X(eta_w)                                                                                         \
  X(decay)                                                                                         \
  X(target)                                                                                        \
  X(precision)                                                                                     \
  X(law)                                                                                           \
  X(tasks)                                                                                         \
  X(inputs)                                                                                        \
  X(ablation)                                                                                      \
  X(backend)                                                                                       \
  X(sampler)                                                                                       \
  X(source)                                                                                        \
  X(task)                                                                                          \
  X(quantity)                                                                                      \
  X(head)

typedef enum rb_axis_key {
#define X(name) RB_AXIS_##name,
  RB_SUITE_AXES(X)
#undef X
      RB_N_AXES,
  RB_AXIS_LAST_WHOLE = RB_AXIS_trials, /* whole numbers up to here */
  RB_AXIS_FIRST_WORD = RB_AXIS_law
} rb_axis_key;

/* NULL-terminated; index = enum value. */
extern const char *const rb_axis_names[];
/* Axes that only mode complexity has (model/downstream.h). */
bool rb_axis_is_downstream(rb_axis_key key);

/* What an expectation may name besides the number axes; NULL-terminated. singular_2 is the second
 * singular value of W+ M^T over the largest, the others are fields of the trace (trace/schema.h).
 */
extern const char *const rb_expect_names[];

typedef struct rb_place {
  const char
      *file; /* the suite's path, or "-a d=64,256" for the command line; owned by the suite */
  int line, column; /* 1-based; 0 for the command line */
} rb_place;

typedef struct rb_item {
  char *text; /* as written */
  rb_place place;
} rb_item;

typedef struct rb_axis {
  rb_axis_key key;
  rb_item *items; /* (n_items >= 1) each an expression, range or word */
  size_t n_items;
} rb_axis;

typedef enum rb_mode {
  RB_MODE_CHECK,     /* verify only */
  RB_MODE_LEARN,     /* verify, train once, metrics */
  RB_MODE_TIME,      /* verify, train, metrics, then timed repetitions */
  RB_MODE_COMPLEXITY /* verify, train several times, then search for n* or m* by trials */
} rb_mode;
extern const char *const rb_mode_names[]; /* NULL-terminated; index = enum value */

typedef struct rb_part {
  char *name;
  rb_mode mode;
  rb_axis *axes; /* (n_axes) each key at most once */
  size_t n_axes;
  rb_item *expects; /* (n_expects) syntax and names are checked; none in mode check */
  size_t n_expects;
  unsigned repetitions; /* least number of timed repetitions, 1..100000, default 10 */
  double budget_s;      /* time for the repetitions of one cell, 0..86400, default 3 */
  double width;         /* wanted relative width of the median's 95 % interval, 1e-6..1, default
                           .05 */
  double margin;        /* of mode complexity: the largest ratio over the range of d that counts as
                           independence, 1.01..100, default 1.25 */
  rb_place place;
} rb_part;

typedef struct rb_suite {
  char *name, *about, *path; /* about "" if not written */
  rb_part *parts;            /* (n_parts >= 1) */
  size_t n_parts;
  char **overrides; /* (n_overrides) "-a T=1,10", as they were applied */
  size_t n_overrides;
  char hash[65]; /* SHA-256 of the file's bytes; each override replaces it by the SHA-256 of
                    "<hash so far> <assignment>" */
} rb_suite;

/* Reads and checks a suite file. *out is the caller's, freed by rb_suite_free(); after an error it
 * is empty. Errors: RB_USAGE, "file:line:column: " first; RB_FAILED when memory is out. */
bool rb_suite_read(const char *path, rb_suite *out, rb_err *err);
/* The same from n bytes of memory; path gives the suite's name and the file in errors, and nothing
 * is opened (the fuzz target and the tests use this). */
bool rb_suite_parse(const char *path, const char *text, size_t n, rb_suite *out, rb_err *err);
/* Applies "key=item,item": replaces the axis in every part, in place (adds it as the last where it
 * is missing). Commas inside parentheses do not split. Errors: RB_USAGE if the key is no axis or an
 * item is empty, and the suite is unchanged; RB_FAILED when memory is out. */
bool rb_suite_override(rb_suite *suite, const char *assignment, rb_err *err);
/* Puts "file:line:column: " (or "-a d=64: ") before the text of err; returns false. */
bool rb_suite_locate(const rb_place *place, rb_err *err);
void rb_suite_free(rb_suite *suite);

#endif
