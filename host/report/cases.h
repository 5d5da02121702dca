// SPDX-License-Identifier: Apache-2.0
/* The rows of one mode as people read them: in groups by part, each row named by what tells it
 * apart, and what is common said once. */
#ifndef RB_REPORT_CASES_H
#define RB_REPORT_CASES_H
#include "report/load.h"

typedef struct rb_case {
  const rb_load_row *row;
  size_t place, group; /* in load->rows; in groups */
  char *name;          /* "native d=64": what tells it apart in its group; maybe empty */
  char *full;          /* "native T=8 d=64": what neither `common` nor `usual` says */
} rb_case;

/* A part of the suite, on one device; of complexity one curve of it: cells that differ in d alone
 * and what follows from it. */
typedef struct rb_case_group {
  size_t first, n;
  char *name;       /* "tasks", with several devices "tasks on NAME" */
  char *title;      /* "tasks: T=8": the part, if there are several, and what its rows share beyond
                       `common` and `usual` */
  rb_load_set told; /* what tells its rows apart */
} rb_case_group;

typedef struct rb_cases {
  rb_case *rows; /* (n_rows) group by group; learn and check in file order, time by shape, as timed
                    cells are run in a random order, complexity curve by curve: d varies fastest */
  size_t n_rows;
  rb_case_group *groups; /* (n_groups) by first appearance */
  size_t n_groups;
  size_t n_parts; /* of them that differ in part or device */
  char
      *common; /* "d=50 r=3": the same in every row, of complexity also "n1=n2=48*d"; maybe empty */
  char *usual; /* "T=100": so in more than half of the rows, said where it is not; maybe empty */
  uint64_t seeds; /* cells of a row if that is the same in all of them; else 0 */
} rb_cases;

/* The rows of load whose mode is `mode` (NULL: all). Texts are unescaped. Errors: RB_FAILED when
 * memory is out. */
bool rb_cases_make(const rb_load *load, const char *mode, rb_cases *out, rb_err *err);
void rb_cases_free(rb_cases *cases);

/* The step sizes of every row of the mode are those that a problem gets when it names none. */
bool rb_cases_default_steps(const rb_load *load, const char *mode);

#endif
