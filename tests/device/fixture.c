// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "cl/program.h"
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

static bool find_device(rb_device **devices, size_t *n, const rb_device **device, rb_err *err) {
  size_t *chosen = NULL, n_chosen = 0;
  if (!rb_device_list(devices, n, err))
    return false;
  chosen = calloc(*n + 1, sizeof *chosen);
  bool ok = rb_device_select(*devices, *n, getenv("RB_TEST_DEVICE"), chosen, &n_chosen, err);
  if (ok)
    *device = *devices + chosen[0];
  free(chosen);
  return ok;
}

enum { SKIPPED = 77 };

/* 0, or what to exit with where the device is absent. */
static int announce(void) {
  rb_err err = {0};
  rb_device *devices = NULL;
  const rb_device *device = NULL;
  size_t n = 0;
  int status = 0;
  if (find_device(&devices, &n, &device, &err)) {
    printf("device '%s / %s'; repeat these numbers with RB_TEST_SEED=%s\n", device->platform,
           device->name, getenv("RB_TEST_SEED"));
  } else if (err.kind == RB_NO_DEVICE) {
    printf("SKIPPED, NOTHING WAS TESTED: %s\n", err.text);
    status = SKIPPED;
  } else {
    printf("%s\n", err.text);
    status = 1;
  }
  fflush(stdout);
  free(devices);
  return status;
}

/* The drivers are asked in a process of their own: what they start and keep must not be in the one
 * that Criterion copies for every test. */
int main(int argc, char **argv) {
  char seed[32];
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)time(NULL));
  setenv("RB_TEST_SEED", seed, 0);
  pid_t child = fork();
  if (child == 0)
    _exit(announce());
  int status = 1;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  struct criterion_test_set *tests = criterion_initialize();
  if (criterion_handle_args(argc, argv, true))
    status = !criterion_run_all_tests(tests);
  criterion_finalize(tests);
  return status;
}

fixture fixture_open(const char *test, bool checking) {
  fixture f = {0};
  rb_err err = {0};
  const char *seed_text = getenv("RB_TEST_SEED");
  uint64_t seed = seed_text ? strtoull(seed_text, NULL, 10) : 1;
  for (const char *c = test; *c; c++)
    seed = (seed ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
  f.random = rb_random_make(seed, RB_STREAM_CHECK);
  cr_assert(find_device(&f.devices, &f.n_devices, &f.device, &err), "%s", err.text);
  cr_assert(rb_session_open(f.device, checking, &f.session, &err), "%s", err.text);
  return f;
}

void fixture_close(fixture *f) {
  rb_session_close(f->session);
  free(f->devices);
  *f = (fixture){0};
}

void fixture_no_leaks(void) {
#ifdef __SANITIZE_ADDRESS__
  cr_assert(__lsan_do_recoverable_leak_check() == 0, "memory was lost: see LeakSanitizer's report");
#endif
}

uint32_t fixture_between(rb_random *random, uint32_t low, uint32_t high) {
  return low + rb_random_below(random, high - low + 1);
}

uint32_t fixture_size(rb_random *random, uint32_t most) {
  static const uint32_t edges[] = {1, 2, 15, 16, 17, 31, 33, 63, 64, 65, 79, 127, 129, 191};
  if (rb_random_below(random, 2)) {
    uint32_t edge = edges[rb_random_below(random, sizeof edges / sizeof *edges)];
    if (edge <= most)
      return edge;
  }
  return fixture_between(random, 1, most);
}

rb_problem fixture_problem(rb_random *random, uint32_t most) {
  rb_problem p = rb_problem_default();
  rb_err err = {0};
  p.seed = (uint64_t)rb_random_u32(random) << 32 | rb_random_u32(random);
  p.d = fixture_size(random, most);
  p.m = fixture_size(random, most);
  p.r = fixture_between(random, 1, p.d < 4 ? p.d : 4);
  p.T = fixture_between(random, 1, 7);
  p.n1 = rb_random_below(random, 3) ? fixture_between(random, 1, 60)
                                    : fixture_between(random, RB_LAYOUT_HEAD_SAMPLES, 140);
  p.n2 = fixture_between(random, 1, 60);
  p.rounds = fixture_between(random, 1, 3);
  p.law = rb_random_below(random, 2) ? RB_LAW_RADEMACHER : RB_LAW_GAUSSIAN;
  p.tasks = rb_random_below(random, 2) ? RB_TASKS_IID : RB_TASKS_BALANCED;
  p.inputs = rb_random_below(random, 2) ? RB_INPUTS_SHARED : RB_INPUTS_PER_TASK;
  p.ablation = (rb_ablation)rb_random_below(random, 3);
  if (p.ablation == RB_ABLATION_SAME_BATCH)
    p.n2 = p.n1;
  p.decay = rb_random_below(random, 2) ? 1 : 0.25;
  cr_assert(rb_problem_settle(&p, &err), "%s", err.text);
  return p;
}

const char *fixture_describe(const rb_problem *p, const rb_layout *l) {
  static char text[320];
  snprintf(
      text, sizeof text,
      "d=%u r=%u m=%u T=%u n1=%u n2=%u rounds=%u %s %s %s %s decay=%g seed=%llu, %s %s tile=%u",
      p->d, p->r, p->m, p->T, p->n1, p->n2, p->rounds, rb_law_names[p->law],
      rb_task_law_names[p->tasks], rb_sampling_names[p->inputs], rb_ablation_names[p->ablation],
      p->decay, (unsigned long long)p->seed, rb_backend_names[l->backend], l->variant.name,
      l->tile);
  return text;
}

rb_variant fixture_variant(const char *text) {
  rb_variant variant;
  rb_err err = {0};
  cr_assert(rb_variant_parse(text, &variant, &err), "%s", err.text);
  return variant;
}

bool fixture_runs(const fixture *f, const rb_variant *variant) {
  if (rb_variant_fits(variant, f->device))
    return true;
  printf("SKIPPED: the groups of variant %s do not fit device '%s' (%llu work-items, %llu bytes)\n",
         variant->name, f->device->name, (unsigned long long)f->device->group_size,
         (unsigned long long)f->device->local_bytes);
  fflush(stdout);
  return false;
}

rb_layout fixture_layout(fixture *f, const rb_problem *problem, rb_backend backend, uint32_t tile,
                         const rb_variant *variant) {
  rb_layout layout;
  rb_err err = {0};
  cr_assert(rb_layout_make(f->session, problem, backend, tile, variant, &layout, &err), "%s",
            err.text);
  if (variant && variant->version == RB_VERSION_PANELS && variant->width == 4)
    layout.label_rows = RB_LAYOUT_LABEL_ROWS;
  if (variant && variant->rows == 4) /* as on processors that lack them */
    layout.dot_products = false;
  return layout;
}

rb_net *fixture_net(fixture *f, const rb_problem *problem, rb_backend backend, uint32_t tile,
                    const rb_variant *variant) {
  rb_layout layout = fixture_layout(f, problem, backend, tile, variant);
  rb_net *net = NULL;
  rb_err err = {0};
  cr_assert(rb_net_open(f->session, problem, &layout, NULL, &net, &err), "%s", err.text);
  return net;
}

char *fixture_mutate(const char *file, const char *from, const char *to) {
  const char *text = NULL;
  for (const rb_kernel_file *k = rb_kernel_files; k->name; k++)
    if (strcmp(k->name, file) == 0)
      text = k->text;
  cr_assert(text, "kernels/%s is not part of this program", file);
  const char *at = strstr(text, from);
  cr_assert(at, "kernels/%s holds no '%s'", file, from);
  cr_assert(strstr(at + 1, from) == NULL, "kernels/%s holds '%s' twice", file, from);
  size_t before = (size_t)(at - text), room = strlen(text) + strlen(to) + 1;
  char *out = calloc(room, 1);
  cr_assert(out);
  memcpy(out, text, before);
  snprintf(out + before, room - before, "%s%s", to, at + strlen(from));
  return out;
}
