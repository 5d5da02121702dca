// SPDX-License-Identifier: Apache-2.0
/* The part of `run` that uses OpenCL: which devices, sessions on them. It is done by workers, a
 * process a device, or by the program itself (--no-supervisor). */
#ifndef RB_APP_DIRECT_H
#define RB_APP_DIRECT_H
#include "app/runopts.h"
#include "study/offline.h"
#include "cl/session.h"
#include "study/plan.h"

typedef struct rb_direct {
  const rb_runopts *opts;
  const rb_plan *plan;
  rb_device *devices;    /* (n) that are chosen; NULL if no cell needs a device */
  rb_session **sessions; /* (n) open ones, NULL before */
  size_t n;              /* 1 if no cell needs a device */
  rb_cache *cache;       /* or NULL */
  rb_offline *offline;   /* in place of the compiler, or NULL */
} rb_direct;

/* Looks for the devices that opts choose. Closed by rb_direct_close() in every case. Errors:
 * RB_USAGE, RB_NO_DEVICE, RB_FAILED. */
bool rb_direct_choose(const rb_runopts *opts, const rb_plan *plan, rb_direct *out, rb_err *err);
/* The i-th of them; NULL if no cell needs one. */
const rb_device *rb_direct_device(const rb_direct *direct, size_t i);
/* Opens a session on the i-th, with the kernels that tune found, and looks whether all cells fit
 * there; notes say on standard error what was found. Errors: RB_FAILED; RB_USAGE, a cell does not.
 */
bool rb_direct_open(rb_direct *direct, size_t i, bool notes, rb_err *err);
/* Closes all sessions; what they compiled is kept unless in_haste (PoCL takes .3 s a program). */
void rb_direct_close(rb_direct *direct, bool in_haste, bool quiet);

#endif
