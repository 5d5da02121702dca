// SPDX-License-Identifier: Apache-2.0
#include "app/prebuilt.h"
#include <stdio.h>
#include <string.h>

bool rb_prebuilt_find(const char *folder, const char *variant, rb_device *device, size_t n_devices,
                      const rb_cell *blas, rb_offline **out, rb_err *err) {
  *out = NULL;
  if (folder == NULL)
    return device->compiler || device->fault[0] || /* which opening a session tells */
           rb_fail(err, RB_USAGE,
                   "device '%s' has no compiler (CL_DEVICE_COMPILER_AVAILABLE): write its programs "
                   "with build-kernels and name them with --kernels DIR (docs/FPGA.md)",
                   device->name);
  if (n_devices > 1)
    return rb_fail(err, RB_USAGE, "--kernels %.512s: the programs of one device, and -d names %zu",
                   folder, n_devices);
  if (blas)
    return rb_fail(err, RB_USAGE,
                   "--kernels: cells of part '%s' have backend clblast, and CLBlast compiles its "
                   "kernels as it runs; take -b native",
                   blas->part->name);
  if (!rb_offline_open(folder, device, out, err))
    return false;
  if (variant && strcmp(variant, (*out)->set.variant) != 0)
    return rb_fail(err, RB_USAGE, "--variant %s: the programs in %.512s are of variant %s", variant,
                   folder, (*out)->set.variant);
  snprintf(device->variant, sizeof device->variant, "%.*s", RB_VARIANT_TEXT - 1,
           (*out)->set.variant);
  return true;
}
