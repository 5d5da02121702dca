// SPDX-License-Identifier: Apache-2.0
/* The command line of `relubench run`. */
#ifndef RB_APP_RUNOPTS_H
#define RB_APP_RUNOPTS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "report/table.h"

enum { RB_RUNOPTS_OVERRIDES = 64 };

typedef struct rb_runopts {
  const char *suite, *device, *output;         /* device, output: NULL if not given */
  const char *variant;                         /* takes rb_variant_parse(); NULL if not given */
  const char *kernels;                         /* folder of programs; NULL if not given */
  int backend;                                 /* rb_backend, or -1 for the suite's */
  const char *overrides[RB_RUNOPTS_OVERRIDES]; /* (n_overrides) "d=64,256" */
  size_t n_overrides;
  char seed[64]; /* "seed=N" of --seed */
  bool force, check, dry_run, no_cache, quiet;
  bool resume, resume_anyway; /* the second implies the first; then output is given */
  double timeout_s;           /* of a step; 0: none, negative: not given */
  const char *timeout;        /* as it was written, or NULL */
  bool no_supervisor;
  bool worker; /* the program gives this to itself */
  rb_format format;
} rb_runopts;

/* Ends the process on --help (0) and on a usage error (2), as argp does. */
void rb_runopts_parse(int argc, char **argv, rb_runopts *out);
/* The command line that goes on with the run of options o, whose trace is at path, as a shell
 * takes it; without line end. */
void rb_runopts_put_resume(const rb_runopts *o, const char *path, FILE *out);

#endif
