// SPDX-License-Identifier: Apache-2.0
#include "net/backend.h"
#include <stddef.h>

const char *const rb_backend_names[] = {"native", "clblast", "reference", NULL};
