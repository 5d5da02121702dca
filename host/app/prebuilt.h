// SPDX-License-Identifier: Apache-2.0
/* Where a command has its programs from: a folder that `build-kernels` wrote, or the compiler. */
#ifndef RB_APP_PREBUILT_H
#define RB_APP_PREBUILT_H
#include "study/offline.h"
#include "study/plan.h"

/* Opens the folder of --kernels (NULL if not given) for the device, one of n_devices, which then
 * has the variant of the programs there; without it *out is NULL. variant: that of --variant, or
 * NULL; blas: a cell that wants CLBlast, or NULL. *out is the caller's, also after an error.
 * Errors: RB_USAGE if the device has neither programs nor a compiler, if the programs are not for
 * it or for another variant, or if CLBlast would have to compile; RB_FAILED if the folder is
 * damaged. */
bool rb_prebuilt_find(const char *folder, const char *variant, rb_device *device, size_t n_devices,
                      const rb_cell *blas, rb_offline **out, rb_err *err);

#endif
