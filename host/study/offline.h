// SPDX-License-Identifier: Apache-2.0
/* Programs that were compiled beforehand (trace/kernelset.h), for devices without a compiler. */
#ifndef RB_STUDY_OFFLINE_H
#define RB_STUDY_OFFLINE_H
#include "cl/session.h"
#include "net/variant.h"
#include "trace/kernelset.h"

/* All programs that any run of backend native may use with the variant, the roofs included, without
 * binaries: they follow from the variant's parameters, the laws and r, and r is an option up to a
 * bound; on tensor cores there is one roof more. *out is the caller's (rb_kernelset_free), also
 * after an error. */
bool rb_offline_list(const rb_device *device, const rb_variant *variant, rb_kernelset *out,
                     rb_err *err);
/* Whom the programs are for, and of which sources: into set. */
void rb_offline_sign(rb_kernelset *set, const rb_device *device, const char *tool_version);

/* A folder with its set. */
typedef struct rb_offline {
  char *folder;
  rb_kernelset set;
} rb_offline;

/* Reads kernels.json and looks at every binary. Errors: RB_USAGE if it is not there, or for another
 * device, driver or version of the kernels; RB_FAILED if a file is missing or damaged. */
bool rb_offline_open(const char *folder, const rb_device *device, rb_offline **out, rb_err *err);
void rb_offline_close(rb_offline *offline); /* NULL allowed; after the sessions it serves */
/* From now on the session has its programs from the folder and compiles nothing. */
void rb_offline_serve(rb_offline *offline, rb_session *session);

#endif
