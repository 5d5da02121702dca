// SPDX-License-Identifier: Apache-2.0
/* What a resume has replaced. A trace only grows, so a cell that failed or was interrupted, and
 * that a resume ran again, is there twice; so are the trials that came before such a cell, and the
 * end record of a run that went on. Readers leave the older ones out, in this one place. */
#ifndef RB_TRACE_REPLACED_H
#define RB_TRACE_REPLACED_H
#include "trace/reader.h"

/* Frees those records and closes the gaps; the others keep their order. Within one run (from a
 * header to the next), a record is replaced if a resume record follows and it is
 * - an end record;
 * - a cell that failed or was interrupted, if a cell of the same device, part and id comes behind
 *   that resume; with it the trials of this id right before it.
 * Errors: RB_FAILED when memory is out; then nothing was changed. */
bool rb_replaced_drop(rb_trace *trace, rb_err *err);

#endif
