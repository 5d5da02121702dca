// SPDX-License-Identifier: Apache-2.0
#include "model/inputs.h"

rb_stream rb_inputs_stream(const rb_problem *problem, bool head) {
  return head || problem->ablation == RB_ABLATION_SAME_BATCH ? RB_STREAM_HEAD
                                                             : RB_STREAM_REPRESENTATION;
}

void rb_inputs_draw(const rb_problem *problem, bool head, uint32_t round, uint32_t task,
                    uint32_t sample, double *x) {
  uint32_t stream_round = (uint32_t)rb_inputs_stream(problem, head) | round << 8;
  uint32_t set = problem->inputs == RB_INPUTS_SHARED ? 0 : task;
  uint32_t d = problem->d, n_quads = (d / 64) * 16 + (d % 64 < 16 ? d % 64 : 16);
  for (uint32_t quad = 0; quad < n_quads; quad++) {
    rb_words words = rb_philox(problem->seed, (rb_words){{quad, sample, set, stream_round}});
    uint32_t k = quad / 16 * 64 + quad % 16; /* coordinates k, k + 16, k + 32, k + 48 */
    double value[4];
    if (problem->law == RB_LAW_RADEMACHER) {
      for (int w = 0; w < 4; w++)
        value[w] = words.w[w] >> 31 ? 1.0 : -1.0;
    } else {
      rb_box_muller(words.w[0], words.w[1], value);
      if (k + 32 < d)
        rb_box_muller(words.w[2], words.w[3], value + 2);
    }
    for (uint32_t w = 0; w < 4 && k + 16 * w < d; w++)
      x[k + 16 * w] = value[w];
  }
}
