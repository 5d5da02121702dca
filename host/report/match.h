// SPDX-License-Identifier: Apache-2.0
/* Which cell of one system is the same piece of work as which of another: equal in everything that
 * a suite can ask for but device, backend, driver, kernels, and the names of suite and part. That
 * is the configuration that `id` hashes, without backend and tile. */
#ifndef RB_REPORT_MATCH_H
#define RB_REPORT_MATCH_H
#include "report/system.h"

typedef enum rb_match_kind {
  RB_MATCH_SAME,     /* the same work with the same seed */
  RB_MATCH_SEED,     /* with another seed */
  RB_MATCH_SETTING,  /* the same mode, d, r, T, m, n1 and n2, but another setting */
  RB_MATCH_REPEATED, /* one of them is NULL: the other repeats a cell that was matched */
  RB_MATCH_ALONE     /* one of them is NULL, and the other is in its system alone */
} rb_match_kind;

typedef struct rb_match {
  rb_match_kind kind;
  const rb_record *cells[2]; /* of base, of other */
} rb_match;

typedef struct rb_matches {
  rb_match *list; /* (n) every cell of both once; by part, then by configuration */
  size_t n;
} rb_matches;

/* Errors: RB_FAILED when memory is out. Free with rb_matches_free() in any case. */
bool rb_matches_find(const rb_system *base, const rb_system *other, rb_matches *out, rb_err *err);
void rb_matches_free(rb_matches *matches);
/* The settings in which two cells differ, part, device, backend and kernels left out. */
rb_load_set rb_match_differs(const rb_record *a, const rb_record *b);
/* An order in which two cells are equal if they are the same work with the same seed. */
int rb_match_compare(const rb_record *a, const rb_record *b);
/* What does not belong to a configuration here: part, device, backend, variant, tile, chunk. */
rb_load_set rb_match_apart(void);

#endif
