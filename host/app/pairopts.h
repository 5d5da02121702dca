// SPDX-License-Identifier: Apache-2.0
/* SUITE, --pairs, --order-seed and --quiet, which `ab` and `calibrate` share, as a child parser of
 * argp. */
#ifndef RB_APP_PAIROPTS_H
#define RB_APP_PAIROPTS_H
#include <argp.h>
#include "app/pairing.h"

/* The parent passes an `rb_pairing *` as the child's input on ARGP_KEY_INIT, and leaves its
 * arguments to it. Bad values end the process with 2. */
extern const struct argp rb_pairopts_argp;

#endif
