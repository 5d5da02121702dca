// SPDX-License-Identifier: Apache-2.0
/* What `relubench tune` found, kept in the user's cache: for this device, driver and exactly these
 * kernels, so that a new driver or version of the tool starts from the declared order again. */
#ifndef RB_NET_TUNING_H
#define RB_NET_TUNING_H
#include "base/cache.h"
#include "cl/blas.h"
#include "cl/device.h"
#include "net/backend.h"

enum { RB_TUNING_TEXT = RB_BLAS_TEXT };

/* What was found for a backend on the device into text, or false and "" if there is nothing:
 * native a variant (net/variant.h), clblast parameters (cl/blas.h). */
bool rb_tuning_get(rb_cache *cache, const rb_device *device, rb_backend backend,
                   char text[RB_TUNING_TEXT]);
/* Keeps it. A cache that cannot be written tells by rb_cache_complaint(). */
void rb_tuning_put(rb_cache *cache, const rb_device *device, rb_backend backend, const char *text);

#endif
