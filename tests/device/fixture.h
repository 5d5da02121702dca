// SPDX-License-Identifier: Apache-2.0
/* What the device tests share: the device that RB_TEST_DEVICE selects, its session, and random
 * numbers that RB_TEST_SEED repeats. fixture.c holds main(): where the device is absent it says so
 * and exits with 77, which ctest shows as skipped. Every function here ends the test on an error.
 */
#ifndef TEST_FIXTURE_H
#define TEST_FIXTURE_H
#include "base/philox.h"
#include "net/ops.h"
#include "net/verify.h"

typedef struct fixture {
  rb_device *devices;
  size_t n_devices;
  const rb_device *device;
  rb_session *session;
  rb_random random;
} fixture;

/* checking: guard words around every buffer. test: names the stream of random numbers. */
fixture fixture_open(const char *test, bool checking);
void fixture_close(fixture *f);
/* For a test's end: in the sanitizer build, nothing may be lost by now but what lsan.supp names.
 * Criterion does not look at what a test's process says when it ends. */
void fixture_no_leaks(void);

/* Uniform in low..high. */
uint32_t fixture_between(rb_random *random, uint32_t low, uint32_t high);
/* A size of 1..most that favours the edges of vectors and tiles: 1, 15..17, 63..65, .. */
uint32_t fixture_size(rb_random *random, uint32_t most);
/* Every law, sampling and ablation may come; d and m up to most, few tasks and samples. Settled. */
rb_problem fixture_problem(rb_random *random, uint32_t most);
/* "d=3 r=2 ..." of it, in a static buffer. */
const char *fixture_describe(const rb_problem *problem, const rb_layout *layout);

/* Whether the device can launch the variant's groups; if not, says so aloud. */
/* A declared variant or parameters of one. */
rb_variant fixture_variant(const char *text);
bool fixture_runs(const fixture *f, const rb_variant *variant);
/* tile 0: chosen; variant NULL: chosen. One of width 4 draws and labels by rows of a work-item on
 * every device, as only CPUs with vectors do else. */
rb_layout fixture_layout(fixture *f, const rb_problem *problem, rb_backend backend, uint32_t tile,
                         const rb_variant *variant);
rb_net *fixture_net(fixture *f, const rb_problem *problem, rb_backend backend, uint32_t tile,
                    const rb_variant *variant);

/* The text of kernels/<file> with its only `from` replaced by `to`, owned by the caller; several or
 * no occurrences end the test. */
char *fixture_mutate(const char *file, const char *from, const char *to);

#endif
