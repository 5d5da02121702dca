// SPDX-License-Identifier: Apache-2.0
/* What the tests of comparisons share: several traces, built one after the other. */
#ifndef COMPARE_FIXTURE_H
#define COMPARE_FIXTURE_H
#include "report/compareshow.h"
#include "summary_fixture.h"

enum { MOST_TRACES = 70 };
static rb_trace traces[MOST_TRACES];
static size_t n_traces;
static rb_compare compare;

/* What was added since the last one becomes a trace. */
static inline void end_trace(void) {
  cr_assert_lt(n_traces, MOST_TRACES);
  traces[n_traces++] = built();
  records = NULL;
  n_records = room = 0;
}

static inline void clear_all(void) {
  rb_compare_free(&compare);
  for (size_t i = 0; i < n_traces; i++) {
    for (size_t j = 0; j < traces[i].n_records; j++)
      rb_record_free(traces[i].records[j]);
    free(traces[i].records);
  }
  n_traces = 0;
  clear();
}

/* A header of suite "speed", and two roofs that agree. */
static inline rb_record *begin_trace(const char *device) {
  rb_record *run = added(rb_record_new("run"));
  rb_record_text(run, RB_F_suite, "speed");
  rb_record_text(run, RB_F_suite_hash, "0123456789abcdef");
  rb_record_text(run, RB_F_tool_version, "0.1.0");
  rb_record_text(run, RB_F_git_revision, "fedcba98");
  add_roof(device, 192, 12);
  add_roof(device, 192, 12);
  return run;
}

/* A timed cell of T tasks whose median is known to +-half relative; 1e6 samples a repetition. */
static inline rb_record *add_work(const char *device, uint64_t T, double ns, double half) {
  rb_record *cell = add_timed(T, 100);
  rb_record_text(cell, RB_F_device, device);
  rb_record_text(cell, RB_F_device_name, "GPU");
  rb_record_text(cell, RB_F_driver, "1.2");
  rb_record_text(cell, RB_F_part, "p");
  rb_record_spread(cell, RB_F_time_ns, (rb_spread){ns, ns * (1 - half), ns * (1 + half), 12});
  rb_record_real(cell, RB_F_samples_per_s, 1e6 / ns * 1e9);
  return cell;
}

static inline const rb_compare *compared(double target) {
  rb_compare_free(&compare);
  cr_assert(rb_compare_traces(traces, NULL, n_traces, target, &compare, &err), "%s", err.text);
  return &compare;
}

/* The only pair. */
static inline const rb_compare_pair *only_pair(void) {
  compared(RB_QUALITY_TARGET);
  cr_assert_eq(compare.n_pairs, 1, "%zu pairs", compare.n_pairs);
  return &compare.pairs[0];
}

/* The only cell of the only pair. */
static inline const rb_compare_cell *only_cell(void) {
  const rb_compare_pair *pair = only_pair();
  cr_assert_eq(pair->n_cells, 1, "%zu cells", pair->n_cells);
  return &pair->cells[0];
}

static inline char *compare_text(rb_format format) {
  FILE *out = open_memstream(&taken, &n_taken);
  cr_assert(rb_compareshow(&compare, format, out, &err), "%s", err.text);
  fclose(out);
  return taken;
}

/* As people read it, in one line with single spaces. */
static inline char *compare_flat(void) {
  char *text = compare_text(RB_FORMAT_TABLE), *to = text;
  for (const char *from = text; *from; from++)
    if (*from != ' ' && *from != '\n')
      *to++ = *from;
    else if (to > text && to[-1] != ' ')
      *to++ = ' ';
  *to = '\0';
  return text;
}

#endif
