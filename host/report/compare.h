// SPDX-License-Identifier: Apache-2.0
/* Systems of one or more traces against each other (docs/METHOD.md): cells that do the same work
 * with the same seed, both verified and plausible. */
#ifndef RB_REPORT_COMPARE_H
#define RB_REPORT_COMPARE_H
#include "report/match.h"
#include "report/quality.h"

typedef enum rb_compare_state {
  RB_COMPARE_FASTER,  /* the other one; the interval of the ratio is wholly above 1 */
  RB_COMPARE_SLOWER,  /* wholly below */
  RB_COMPARE_UNSURE,  /* 1 is in it */
  RB_COMPARE_UNTIMED, /* both right, and of a mode that is not timed */
  RB_COMPARE_REFUSED, /* not comparable, for a reason */
  RB_COMPARE_N_STATES
} rb_compare_state;
extern const char *const rb_compare_states[]; /* index = enum value */

/* One piece of work. [0] is of the base, [1] of the other; numbers are NAN where there are none. */
typedef struct rb_compare_cell {
  const rb_record *cells[2]; /* one may be NULL */
  rb_compare_state state;
  char *reason;                  /* why it is refused, owned; else NULL. Untrusted. */
  double time[2][3], rate[2][3]; /* ns of a repetition, samples/s: median, 95 % interval */
  double gflops[2], roof[2];     /* roof: fraction of that of its own device and run */
  double ratio[3];               /* rate of the other over that of the base, 95 % interval */
  rb_quality quality[2];
  double quality_ratio[3]; /* time to the target of the base over that of the other */
  double energy[2];        /* J of one round */
} rb_compare_cell;

/* What rb_crossover_find() says of an axis; here, as it is part of a pair. */
typedef enum rb_crossover_state {
  RB_CROSSOVER_UP,     /* the other is faster above the size, slower below */
  RB_CROSSOVER_DOWN,   /* the other way round */
  RB_CROSSOVER_FASTER, /* none in range: the other is faster at each size that is told apart */
  RB_CROSSOVER_SLOWER, /* none: it is slower there */
  RB_CROSSOVER_UNSURE, /* none: no size is told apart */
  RB_CROSSOVER_N_STATES
} rb_crossover_state;
extern const char *const rb_crossover_states[]; /* index = enum value */

typedef struct rb_crossover {
  size_t curve;           /* number of the curve in its pair: it may cross more than once */
  int axis;               /* rb_growth_axis */
  const rb_record *cell;  /* of the base, at the smallest size */
  size_t n_sizes, n_told; /* sizes that were compared; whose ratio is told from 1 */
  uint64_t range[2];      /* smallest and largest size */
  rb_crossover_state state;
  double size;         /* where they are equal; NAN for none */
  uint64_t between[2]; /* the nearest sizes that are told apart; 0 for none */
} rb_crossover;

typedef struct rb_compare_pair {
  size_t base, other;     /* numbers of systems, from 0 */
  rb_compare_cell *cells; /* (n_cells) */
  size_t n_cells, n_state[RB_COMPARE_N_STATES];
  double mean, range[2]; /* geometric mean of the ratios, their least and largest */
  bool clocks_differ;    /* some cell was timed by a device's clock on one side only */
  rb_crossover *crossovers;
  size_t n_crossovers;
} rb_compare_pair;

typedef struct rb_compare {
  const char *const *paths; /* (n_traces) of the traces, or NULL */
  rb_load *loads;           /* (n_traces) */
  size_t n_traces;
  rb_systems systems;
  rb_compare_pair *pairs; /* (n_pairs) in the order of the systems */
  size_t n_pairs, n_compared;
  double target;      /* of sin-theta */
  bool suites_differ; /* the traces are not all of one suite with the same overrides */
  int code;           /* RB_DONE: something was compared; RB_INCONCLUSIVE */
} rb_compare;

/* Compares n traces; paths (n) may be NULL. Both must outlive *out. Errors: RB_USAGE (too many
 * systems), RB_FAILED when memory is out; that nothing can be compared is none. Free with
 * rb_compare_free() in any case. */
bool rb_compare_traces(const rb_trace *traces, const char *const *paths, size_t n, double target,
                       rb_compare *out, rb_err *err);
void rb_compare_free(rb_compare *compare);

#endif
