// SPDX-License-Identifier: Apache-2.0
#include "app/stop.h"
#include <stddef.h>

static volatile sig_atomic_t stopped;

static void note(int signal_number) {
  stopped = signal_number;
}

const volatile sig_atomic_t *rb_stop_install(void) {
  struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  return &stopped;
}
