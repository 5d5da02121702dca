// SPDX-License-Identifier: Apache-2.0
/* Kernel files with one place broken, and whether the checks see it. */
#ifndef RB_TEST_MUTANTS_H
#define RB_TEST_MUTANTS_H
#include <stddef.h>

/* PARTS: tiles of more rows than one part; ALIGNED: tasks of whole work-items of forward;
 * DEEP: more columns than samples.cl goes through at once; HEADS: so many samples that heads come
 * from signs. */
typedef enum problem_kind {
  PER_TASK,
  SHARED,
  SIGNS,
  PARTS,
  PARTS_SHARED,
  ALIGNED,
  MANY_PATTERNS,
  DEEP,
  HEADS
} problem_kind;

/* Who must see it: TRAINING or TRIAL, or only the check of OPERATIONS, KERNELS of trials, or WORDS.
 */
typedef enum seen_by { TRAINING, TRIAL, OPERATIONS, KERNELS, WORDS } seen_by;

typedef struct mutant {
  const char *variant;
  problem_kind kind;
  seen_by seen_by;
  const char *from, *to;
} mutant;

/* The file, unbroken and planted, passes every check with the first mutant's variant, and each of n
 * mutants of it is seen: failures of the test where not. */
void mutants_try(const char *file, const mutant *mutants, size_t n);

#define TRY(file, table) mutants_try(file, table, sizeof(table) / sizeof *(table))

#endif
