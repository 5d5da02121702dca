// SPDX-License-Identifier: Apache-2.0
/* Proves: the device is listed with sane facts and is found by index, name and kind; sessions and
 * networks open and close many times, the last as good as the first; a kernel that does not build
 * is RB_FAILED with the device's own message, and the session goes on; the loader is named. Fails
 * if a handle is kept wrongly, the build log is lost, or a failed build poisons the program table.
 * Leaks of host memory show in the sanitizer build. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cl/program.h"
#include "fixture.h"
#include "net/train.h"

static void expect_selected(const fixture *f, const char *selector) {
  size_t chosen[256], n_chosen = 0;
  rb_err err = {0};
  bool found = false;
  cr_assert(rb_device_select(f->devices, f->n_devices, selector, chosen, &n_chosen, &err), "%s",
            err.text);
  for (size_t i = 0; i < n_chosen; i++)
    found = found || f->devices + chosen[i] == f->device;
  cr_assert(found, "'%s' did not select '%s'", selector, f->device->name);
}

Test(session, device) {
  fixture f = fixture_open("session device", false);
  const rb_device *d = f.device;
  char text[64];
  cr_assert(d->name[0] && d->platform[0] && d->version[0] && d->driver[0] && d->identity[0]);
  cr_assert(d->compute_units >= 1 && d->group_size >= 1 && d->compiler);
  cr_assert_geq(d->global_bytes, d->allocation_bytes);
  cr_assert_gt(d->allocation_bytes, 1u << 20);
  cr_assert_eq(rb_session_device(f.session), d);
  snprintf(text, sizeof text, "%u:%u", d->platform_index, d->device_index);
  expect_selected(&f, text);
  expect_selected(&f, d->name);
  expect_selected(&f, rb_device_kind_names[d->kind]);
  expect_selected(&f, "all");
  size_t chosen[256], n_chosen;
  rb_err err = {0};
  cr_assert_not(rb_device_select(f.devices, f.n_devices, "63:255", chosen, &n_chosen, &err));
  cr_assert_eq(err.kind, RB_NO_DEVICE);
  char loader[256] = "";
  rb_session_loader(loader, sizeof loader);
  cr_assert(loader[0]);
  fixture_close(&f);
  fixture_no_leaks();
}

/* W+ of one small training, right or the test ends. */
static void train(fixture *f, const rb_problem *p, char hash[65]) {
  rb_layout layout = fixture_layout(f, p, RB_BACKEND_NATIVE, 0, NULL);
  rb_trained trained;
  rb_err err = {0};
  cr_assert(rb_train_device(f->session, p, &layout, &trained, &err), "%s", err.text);
  cr_assert(trained.error <= 1, "%s", trained.where);
  memcpy(hash, trained.hash, 65);
  rb_train_free(&trained);
  cr_assert_eq(rb_session_live_bytes(f->session), 0);
}

Test(session, many) {
  enum { SESSIONS = 100, NETS = 5 };
  char first[65], hash[65];
  fixture f = fixture_open("session many", true);
  rb_problem p = fixture_problem(&f.random, 40);
  train(&f, &p, first);
  fixture_close(&f);
  for (int i = 0; i < SESSIONS; i++) {
    f = fixture_open("session many", i % 2);
    for (int k = 0; i % 20 == 0 && k < NETS; k++) {
      train(&f, &p, hash);
      cr_assert_str_eq(hash, first);
    }
    fixture_close(&f);
  }
  fixture_no_leaks();
}

static void fails_to_build(fixture *f, const rb_problem *p, const char *text, const char *message) {
  rb_layout layout = fixture_layout(f, p, RB_BACKEND_NATIVE, 0, NULL);
  rb_net *net = NULL;
  rb_err err = {0};
  rb_program_plant("update.cl", text);
  cr_assert_not(rb_net_open(f->session, p, &layout, NULL, &net, &err), "'%s' was built", text);
  rb_program_plant("update.cl", NULL);
  cr_assert_eq(err.kind, RB_FAILED);
  cr_assert(strstr(err.text, "update"), "%s", err.text);
  cr_assert(strstr(err.text, message), "'%s' is not in: %s", message, err.text);
  cr_assert_null(net);
  cr_assert_eq(rb_session_live_bytes(f->session), 0);
}

Test(session, build_failure) {
  fixture f = fixture_open("session build", true);
  rb_problem p = fixture_problem(&f.random, 40);
  char hash[65];
  fails_to_build(&f, &p, "__kernel void update(__global float *W) { W[0] = nowhere_declared; }\n",
                 "nowhere_declared");
  fails_to_build(&f, &p, "#error what the device says\n", "what the device says");
  fails_to_build(&f, &p, "__kernel void another(__global float *W) { W[0] = 1; }\n", "'update'");
  fixture_close(&f);
  f = fixture_open("session build", true);
  fails_to_build(&f, &p, "#error what the device says\n", "what the device says");
  train(&f, &p, hash);
  fixture_close(&f);
  fixture_no_leaks();
}
