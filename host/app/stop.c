// SPDX-License-Identifier: Apache-2.0
#include "app/stop.h"
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static atomic_int stopped;
static atomic_bool deferred, obeys;

static void take(int number) {
  int none = 0;
  bool first = deferred && atomic_compare_exchange_strong(&stopped, &none, number);
  if (!first && !obeys)
    _exit(128 + number);
}

/* Where signals arrive even if every other thread blocks them. */
static void *wait_for_signals(void *signals) {
  pthread_sigmask(SIG_UNBLOCK, signals, NULL);
  for (;;)
    pause();
  return NULL;
}

bool rb_stop_install(rb_err *err) {
  static sigset_t signals;
  struct sigaction action = {.sa_handler = take, .sa_flags = SA_RESTART};
  pthread_t thread;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  int code = pthread_create(&thread, NULL, wait_for_signals, &signals);
  if (code == 0)
    code = pthread_detach(thread);
  return code == 0 || rb_fail(err, RB_FAILED, "no thread for the signals SIGINT and SIGTERM: %s",
                              strerror(code));
}

const atomic_int *rb_stop_defer(void) {
  deferred = true;
  return &stopped;
}

const atomic_int *rb_stop_obey(void) {
  obeys = true;
  return rb_stop_defer();
}

const atomic_int *rb_stop_flag(void) {
  return &stopped;
}
