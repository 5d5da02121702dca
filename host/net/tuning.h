// SPDX-License-Identifier: Apache-2.0
/* What `relubench tune` found, kept in the user's cache: for this device, driver and exactly these
 * kernels, so that a new driver or version of the tool starts from the declared order again. */
#ifndef RB_NET_TUNING_H
#define RB_NET_TUNING_H
#include "base/cache.h"
#include "cl/device.h"

/* The device's tuned variant into text (RB_VARIANT_TEXT), or false and "" if there is none. */
bool rb_tuning_get(rb_cache *cache, const rb_device *device, char text[RB_VARIANT_TEXT]);
/* Keeps it. A cache that cannot be written tells by rb_cache_complaint(). */
void rb_tuning_put(rb_cache *cache, const rb_device *device, const char *text);

#endif
