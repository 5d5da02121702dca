// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include <time.h>

rb_host_time rb_clock_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (rb_host_time){(uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec};
}

uint64_t rb_clock_between_ns(rb_host_time a, rb_host_time b) {
  return b.ns > a.ns ? b.ns - a.ns : 0;
}

double rb_clock_since_s(rb_host_time start) {
  return (double)rb_clock_between_ns(start, rb_clock_now()) * 1e-9;
}

void rb_clock_utc(char text[21]) {
  time_t now = time(NULL);
  struct tm utc;
  gmtime_r(&now, &utc);
  strftime(text, 21, "%Y-%m-%dT%H:%M:%SZ", &utc);
}
