// SPDX-License-Identifier: Apache-2.0
/* The regression gate: what is to be said of each cell, from numbers alone (docs/METHOD.md). Pure:
 * no file, no clock; report/sides.h fills it from traces.
 *
 * A shift is ln t_new - ln t_base. It is estimated by Hodges and Lehmann's median (J. L. Hodges, E.
 * L. Lehmann, "Estimates of location based on rank tests", Ann. Math. Stat. 34, 1963), its bounds
 * are those of the rank test that belongs to it, exact at every size. A cell is
 *
 *   slower  the lower bound is above the margin, by data that did not raise the suspicion
 *   same    the upper bound is below the margin, so that nothing beyond it hides there
 *   faster  the upper bound is below minus the margin
 *   unsure  neither: more data, or a quieter machine
 *
 * Two stages: a cell that the first one finds slower is a suspect, and only the second one, of
 * fresh data, decides about it. Holm's step-down (S. Holm, "A simple sequentially rejective
 * multiple test procedure", Scand. J. Stat. 6, 1979) keeps the chance of any false alarm among the
 * suspects, and of any false `faster` among all cells, below RB_GATE_ALPHA. On a quiet machine the
 * margin is what keeps alarms away where nothing changed; where noise is larger than the margin
 * only this chance does, so pairs must also exclude "nothing changed" at RB_GATE_ALPHA_NOTHING. */
#ifndef RB_REPORT_GATE_H
#define RB_REPORT_GATE_H
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

#define RB_GATE_MARGIN 0.02 /* relative: slower by less is no regression */
#define RB_GATE_ALPHA 0.05
#define RB_GATE_ALPHA_NOTHING 0.005
#define RB_GATE_SCREEN 0.2 /* p of a suspect: generous, as fresh data decide about it */
enum {
  RB_GATE_LEAST = 8, /* pairs: all on one side then have a chance of 1/256 where nothing changed */
  RB_GATE_PAIRS = 256, /* most pairs, */
  RB_GATE_RUNS = 64,   /* and runs a side: the rank distributions are exact up to there */
  RB_GATE_TEXT = 320,
  RB_GATE_NAME = 200
};

typedef enum rb_gate_state {
  RB_GATE_SAME,
  RB_GATE_FASTER,
  RB_GATE_SLOWER,
  RB_GATE_UNSURE,
  RB_GATE_NOT_COMPARABLE,
  RB_GATE_MISSING, /* the baseline has the cell and the new run has not */
  RB_GATE_WRONG,   /* the new result is not the right one */
  RB_GATE_N_STATES
} rb_gate_state;
extern const char *const rb_gate_states[]; /* index = enum value, NULL at the end */

/* Numbers are NAN where there are none. */
typedef struct rb_gate_shift {
  double value, lo, hi;   /* ln t_new - ln t_base, one-sided 95 % bounds */
  double p_slower;        /* of "it is not above the margin" */
  double p_nothing;       /* of "it is not above 0", by the sign test: pairs, else 0 */
  double p_same;          /* of "it is not below the margin" */
  double p_faster;        /* of "it is not below minus the margin" */
  double sd;              /* of a pair's difference, or of a run */
  size_t n_base, n_fresh; /* values of either side: pairs, or runs */
  bool able; /* so few values could decide, whatever they are; else nothing follows from them */
} rb_gate_shift;

/* From the differences d (n <= RB_GATE_PAIRS) of pairs: signed-rank test, nothing from fewer than
 * RB_GATE_LEAST. margin: of the logarithm,
 * > 0. Errors: RB_FAILED when memory is out. */
bool rb_gate_paired(const double *d, size_t n, double margin, rb_gate_shift *out, rb_err *err);

/* Which run of each of n pairs comes first: drawn for each pair by itself, which makes the test of
 * "nothing changed" exact whatever the machine does. (Turns of ABBA and BAAB balance what drifts
 * slowly, but what comes and goes every four runs takes the side of one for turns on end.) */
void rb_gate_order(uint64_t seed, size_t n, bool *fresh_first);

/* What the scatter of the runs that are there cannot show; variances of a logarithm. */
typedef struct rb_gate_known {
  double run;     /* of one run, at least and above 0: its own effect, the error of its median */
  double session; /* of the difference of the sides: runs of a side were made together */
} rb_gate_known;

/* From the values of separate runs (at most RB_GATE_RUNS a side), ln t each: the bounds are the
 * wider of those of Mann and Whitney's test and of a normal or t interval with these variances.
 * Errors as above. */
bool rb_gate_unpaired(const double *base, size_t n_base, const double *fresh, size_t n_fresh,
                      rb_gate_known known, double margin, rb_gate_shift *out, rb_err *err);

/* One run of a cell. */
typedef struct rb_gate_run {
  double ln_time;  /* of the median */
  double ln_early; /* of the lower quartile: what a load that comes and goes spares */
  double ln_roof;  /* of the roof measured in the same run; NAN: none */
  double error;    /* standard error of ln_time */
} rb_gate_run;

/* The shift of time over what the roof allows, from separate runs as above. Whatever slows the
 * machine as a whole slows its roof too, but not every cell by the same: a quarter of the
 * difference of the roofs counts as an error. A cell is slower, or faster, only if its time, its
 * time against the roof, and its lower quartile against the roof all say so: where they do not
 * agree, something else ran. run_sd: that of one run, from `calibrate` or RB_GATE_RUN_SD. Errors as
 * above. */
bool rb_gate_runs(const rb_gate_run *base, size_t n_base, const rb_gate_run *fresh, size_t n_fresh,
                  double run_sd, double margin, rb_gate_shift *out, rb_err *err);
#define RB_GATE_RUN_SD 0.01        /* as RB_GROWTH_RUN_ERROR: a run differs from the next by 1 % */
#define RB_GATE_ROOF_DOUBT 0.25    /* of the difference of the roofs: standard error */
#define RB_GATE_SESSION_SD 0.003   /* runs of one side have a day and a build in common */
#define RB_GATE_UNMEASURED_SD 0.03 /* the same where no roof shows how the machine drifts */

/* The smallest effect that n pairs with this sd tell from nothing, with a chance of 80 %, by a
 * one-sided test of 5 %: (z_.95 + z_.80) sd / sqrt(n). */
double rb_gate_detectable(double sd, size_t n);
/* Pairs after which a shift of this sd is told from the margin with the same chances; 0: never. */
size_t rb_gate_pairs_wanted(double shift, double sd, double margin);

typedef struct rb_gate_cell {
  char name[RB_GATE_NAME];  /* "shapes native d=1024 m=1024"; untrusted */
  char part[RB_GATE_NAME];  /* of the suite; untrusted */
  char id[65];              /* untrusted */
  rb_gate_state state;      /* SAME until rb_gate_decide() where `timed` */
  bool timed;               /* shifts are there and decide */
  bool suspect;             /* the first stage found it slower */
  bool failed;              /* MISSING because the driver or the build failed */
  bool differs;             /* the exact side gate: what must be equal is not; `exact` says what */
  double base_ns, fresh_ns; /* median of the medians, first stage */
  double base_roof, fresh_roof; /* fraction of the roof, the same way */
  rb_gate_shift first, second;  /* second.n_base = 0: there was no second stage */
  char reason[RB_GATE_TEXT];    /* why the state is what it is, "" if there is no need to say */
  char exact[RB_GATE_TEXT];     /* "launches of head/product: 3, were 2", or "" */
} rb_gate_cell;

/* What exporters read. */
typedef struct rb_gate {
  bool paired;         /* `ab`; else `check` */
  double margin;       /* relative */
  rb_gate_cell *cells; /* (n_cells) in the order of the baseline */
  size_t n_cells, n_state[RB_GATE_N_STATES];
  size_t n_suspects, n_differ;
  size_t n_base, n_fresh, n_confirm; /* runs of each side, and fresh ones of the second stage */
  char device[RB_GATE_NAME];         /* name of the baseline's; untrusted */
  char suite[RB_GATE_NAME];          /* the same */
  char (*notes)[RB_GATE_TEXT];       /* (n_notes) what a reader must not overlook; untrusted */
  size_t n_notes;
  int code; /* 0, 1, 4, 5, 6 or 7; of several the first of 5, 4, 7, 1, 6 */
} rb_gate;

/* The shift that decides about a cell: of a suspect the second stage's, if there is one. */
const rb_gate_shift *rb_gate_deciding(const rb_gate_cell *cell);
/* States of the timed cells, counts and code, from what is filled in. */
bool rb_gate_decide(rb_gate *gate, rb_err *err);
/* One more note; format as printf's. */
bool rb_gate_note(rb_gate *gate, rb_err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void rb_gate_free(rb_gate *gate);

#endif
