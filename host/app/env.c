// SPDX-License-Identifier: Apache-2.0
#include "app/env.h"
#include <stdlib.h>

static const char *value(const char *name) {
  const char *text = getenv(name);
  return text && *text ? text : NULL;
}

const char *rb_env_device(void) {
  return value("RELUBENCH_DEVICE");
}
const char *rb_env_suites(void) {
  return value("RELUBENCH_SUITES");
}
const char *rb_env_cache(void) {
  return value("RELUBENCH_CACHE");
}
const char *rb_env_cache_base(void) {
  return value("XDG_CACHE_HOME");
}
const char *rb_env_home(void) {
  return value("HOME");
}
const char *rb_env_powercap(void) {
  return value("RELUBENCH_POWERCAP");
}
const char *rb_env_layers(void) {
  return value("OPENCL_LAYERS");
}
const char *rb_env_temporary(void) {
  return value("TMPDIR");
}
