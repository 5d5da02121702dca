// SPDX-License-Identifier: Apache-2.0
/* Proves: a kernel that writes one element before or past a buffer is caught by the guard words, by
 * name and side, in a training as well; the same kernel unbroken is not flagged, nor is anything in
 * a session that does not check. Fails if guards are missing on a side, are not read back, or are
 * set where payload lies. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cl/program.h"
#include "fixture.h"
#include "net/train.h"

static const char first_line[] = "if (k >= ldx || j >= m)\n    return;\n";

/* Trains with the text planted in update.cl, whose W holds exactly ldx * m floats. */
static bool train(fixture *f, const char *to, rb_err *err) {
  rb_problem p = fixture_problem(&f->random, 70);
  char *text = fixture_mutate("update.cl", first_line, to);
  rb_program_plant("update.cl", text);
  rb_layout layout = fixture_layout(f, &p, RB_BACKEND_NATIVE, 0, NULL);
  rb_trained trained;
  bool ok = rb_train_device(f->session, &p, &layout, &trained, err);
  if (ok)
    rb_train_free(&trained);
  rb_program_plant("update.cl", NULL);
  free(text);
  return ok;
}

static void caught(const char *write, const char *side) {
  char to[160];
  snprintf(to, sizeof to, "if (k == 0 && j == 0)\n    %s = 1.0f;\n  %s", write, first_line);
  fixture f = fixture_open(write, true);
  rb_err err = {0};
  cr_assert_not(train(&f, to, &err), "a write %s the buffer was not caught", side);
  cr_assert_eq(err.kind, RB_WRONG, "%s", err.text);
  cr_assert(strstr(err.text, "'W'") && strstr(err.text, side), "%s", err.text);
  fixture_close(&f);
  fixture_no_leaks();
}

Test(guards, past) {
  caught("W[(ulong)ldx * m]", "after");
}

Test(guards, before) {
  caught("(W - 1)[0]", "before");
}

Test(guards, clean) {
  for (int checking = 0; checking < 2; checking++) {
    fixture f = fixture_open("guards clean", checking);
    rb_err err = {0};
    cr_assert(train(&f, first_line, &err), "%s", err.text);
    cr_assert(rb_session_check_guards(f.session, &err), "%s", err.text);
    fixture_close(&f);
  }
}

/* One changed byte in the middle of a guard is enough, wherever the buffer lies in the list. */
Test(guards, every_buffer) {
  fixture f = fixture_open("guards every buffer", true);
  rb_buffer *buffers[3] = {0};
  static const char *const names[] = {"one", "two", "three"};
  rb_err err = {0};
  for (int i = 0; i < 3; i++)
    cr_assert(rb_buffer_create(f.session, names[i], 5, sizeof(float), &buffers[i], &err), "%s",
              err.text);
  cr_assert(rb_session_check_guards(f.session, &err), "%s", err.text);
  char *text = fixture_mutate("update.cl", first_line,
                              "if (k == 0)\n    ((__global uchar *)W)[4 * ldx * m + 37] ^= 1;\n"
                              "  return;\n");
  rb_program_plant("update.cl", text);
  rb_kernel *kernel = NULL;
  cr_assert(rb_kernel_get(f.session, "update", "update", "-DVW=1", &kernel, &err), "%s", err.text);
  const rb_arg args[] = {rb_arg_buffer(buffers[1]),
                         rb_arg_buffer(buffers[0]),
                         rb_arg_f32(1),
                         rb_arg_f32(1),
                         rb_arg_u32(5),
                         rb_arg_u32(1)};
  cr_assert(rb_kernel_launch(f.session, kernel, (rb_ndrange){1, 1, 0, 0}, args, 6, "test", &err),
            "%s", err.text);
  cr_assert_not(rb_session_check_guards(f.session, &err));
  cr_assert(strstr(err.text, "'two'") && strstr(err.text, "byte 38 after"), "%s", err.text);
  rb_program_plant("update.cl", NULL);
  free(text);
  for (int i = 0; i < 3; i++)
    rb_buffer_free(buffers[i]);
  fixture_close(&f);
  fixture_no_leaks();
}
