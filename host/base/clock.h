// SPDX-License-Identifier: Apache-2.0
/* Two clocks, two types: host monotonic time and device event time never mix by accident. Device
 * times mean something only as differences on one device. */
#ifndef RB_BASE_CLOCK_H
#define RB_BASE_CLOCK_H
#include <stdint.h>

typedef struct rb_host_time {
  uint64_t ns;
} rb_host_time;
typedef struct rb_device_time {
  uint64_t ns;
} rb_device_time;

rb_host_time rb_clock_now(void);                              /* CLOCK_MONOTONIC */
double rb_clock_since_s(rb_host_time start);                  /* seconds from start until now */
uint64_t rb_clock_between_ns(rb_host_time a, rb_host_time b); /* b - a, 0 if b < a */
/* UTC now as "2026-01-31T12:34:56Z" into text[21]. */
void rb_clock_utc(char text[21]);

#endif
