// SPDX-License-Identifier: Apache-2.0
/* SIGINT and SIGTERM end a run after the current step; a second one ends the process at once. */
#ifndef RB_APP_STOP_H
#define RB_APP_STOP_H
#include <signal.h>

/* Installs the handlers; the returned flag becomes the signal's number. */
const volatile sig_atomic_t *rb_stop_install(void);

#endif
