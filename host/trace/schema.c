// SPDX-License-Identifier: Apache-2.0
#include "trace/schema.h"
#include <stddef.h>

const rb_field_info rb_schema[RB_N_FIELDS] = {
#define X(name, type, unit, meaning) {#name, RB_TYPE_##type, unit, meaning},
    RB_SCHEMA_FIELDS(X)
#undef X
};

const char *const rb_status_names[] = {"ok", "outside", "interrupted", "failed", "wrong", NULL};
