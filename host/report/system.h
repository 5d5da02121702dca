// SPDX-License-Identifier: Apache-2.0
/* What is compared: a device with a driver, a backend and a build of this program, in one trace.
 * Systems are numbered, as devices, drivers and builds may have equal names. */
#ifndef RB_REPORT_SYSTEM_H
#define RB_REPORT_SYSTEM_H
#include "report/load.h"

enum { RB_SYSTEM_MOST = 64, RB_SYSTEM_NONE = -1 };

typedef struct rb_system {
  const rb_load *load;
  size_t trace;            /* number of the trace, from 0 */
  const rb_record *run;    /* header before its first cell; NULL if there is none */
  const rb_record *first;  /* its first cell, which names device, driver and backend */
  const rb_record **cells; /* (n_cells) in file order */
  size_t n_cells;
  double run_error; /* of ln time, beside that of a median: growth.h */
  int partner;      /* number from 0 of the system it is compared with, or RB_SYSTEM_NONE */
} rb_system;

typedef struct rb_systems {
  rb_system list[RB_SYSTEM_MOST]; /* (n) trace by trace, the reference last in each */
  size_t n;
  const rb_record **cells; /* what theirs point into */
} rb_systems;

/* The systems of n traces, and which is compared with which. The base is the first device of the
 * first trace, with each of its backends: any other system is compared with the one that has its
 * backend, else with the first. Where that leaves nothing to compare (one device in one trace), its
 * other backends are compared with the first. loads must outlive out. Errors: RB_USAGE for more
 * than RB_SYSTEM_MOST systems, RB_FAILED when memory is out. Free with rb_systems_free() in any
 * case. */
bool rb_systems_find(const rb_load *loads, size_t n, rb_systems *out, rb_err *err);
void rb_systems_free(rb_systems *systems);
/* What its energy was read from, or why it was not: "unavailable: ..."; never NULL. Untrusted. */
const char *rb_system_energy(const rb_system *system);

#endif
