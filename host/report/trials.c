// SPDX-License-Identifier: Apache-2.0
#include "report/trials.h"

#include <stdlib.h>

const char *const rb_trials_sources[RB_TRIALS_N_SOURCES + 1] = {"multitask", "single", "random",
                                                                "true", "unknown"};

bool rb_trials_load(const rb_trace *trace, rb_trials *out, rb_err *err) {
  (void)trace, (void)err;
  *out = (rb_trials){0};
  return true;
}

void rb_trials_free(rb_trials *trials) {
  free(trials->curves);
  free(trials->all_points);
  free(trials->all_trials);
  *trials = (rb_trials){0};
}
