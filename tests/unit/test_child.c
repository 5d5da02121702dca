// SPDX-License-Identifier: Apache-2.0
/* Proves: rb_child_run() hands the whole input over and takes the whole output while both are
 * larger than a pipe holds, keeps the last line of standard error, and turns a missing program, a
 * code (unless it is asked for), a signal, a wish to stop, a child that hangs (also with its
 * streams closed) and one that writes without end into one error each, with nothing left running.
 * Fails if input is written before output is read, if SIGPIPE kills the program or reaches the
 * child ignored, or if a limit is not kept. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "base/child.h"
#include "base/clock.h"

static rb_err err;
static char *output, said[RB_CHILD_SAID_ROOM];
static size_t n_output;

static bool run_shell(const char *script, const char *input, size_t n_input, double max_seconds) {
  const char *const argv[] = {"sh", "-c", script, NULL};
  rb_child child = {.argv = argv,
                    .input = input,
                    .n_input = n_input,
                    .max_output = 1 << 20,
                    .max_seconds = max_seconds,
                    .locale = "C.UTF-8",
                    .advice = "get a shell"};
  return rb_child_run(&child, &output, &n_output, said, &err);
}

static void expect_error(const char *wanted) {
  cr_expect_str_eq(err.text, wanted);
  cr_expect_eq(err.kind, RB_FAILED);
  cr_expect_null(output);
  cr_expect(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "a child is left");
}

Test(child, large_input_comes_back_whole) {
  size_t n = 1000003;
  char *input = malloc(n);
  for (size_t i = 0; i < n; i++)
    input[i] = (char)(i * 7 + i / 251);
  cr_assert(run_shell("cat", input, n, 30), "%s", err.text);
  cr_expect_eq(n_output, n);
  cr_expect(n_output == n && memcmp(output, input, n) == 0);
  cr_expect_eq(output[n_output], 0);
  cr_expect_str_eq(said, "");
  free(output);
  free(input);
}

Test(child, last_line_of_its_talk_is_kept) {
  cr_assert(run_shell("printf 'one\\n\\n   two words \\n \\n' >&2; echo out", "", 0, 30));
  cr_expect_str_eq(said, "two words ");
  cr_expect_str_eq(output, "out\n");
  free(output);
  cr_expect(
      !run_shell("yes x | head -c 100000 >&2; printf '\\n  bad line' >&2; exit 3", "", 0, 30));
  expect_error("sh ended with code 3: bad line");
  cr_expect(!run_shell("exit 1", "", 0, 30));
  expect_error("sh ended with code 1: it did not say why");
}

Test(child, environment_is_ours_but_for_the_locale) {
  setenv("LC_ALL", "xx_YY", 1);
  setenv("RB_CHILD_TEST", "kept", 1);
  cr_assert(run_shell("echo $LC_ALL $RB_CHILD_TEST; env | grep -c LC_ALL", "", 0, 30));
  cr_expect_str_eq(output, "C.UTF-8 kept\n1\n");
  free(output);
}

Test(child, missing_program) {
  const char *const argv[] = {"/nonexistent/plotter", NULL};
  rb_child child = {
      .argv = argv, .locale = "C", .input = "", .max_seconds = 5, .advice = "install it"};
  cr_expect(!rb_child_run(&child, &output, &n_output, said, &err));
  expect_error("cannot start /nonexistent/plotter: No such file or directory; install it");
}

Test(child, input_that_nobody_reads) {
  char *input = calloc(1, 1 << 20);
  cr_expect(run_shell("exec <&-; sleep 0.05; echo done", input, 1 << 20, 30), "%s", err.text);
  cr_expect_str_eq(output, "done\n");
  free(output);
  free(input);
}

Test(child, signals) {
  cr_expect(!run_shell("kill -9 $$", "", 0, 30));
  expect_error("sh was ended by signal 9");
  /* `yes` ends by SIGPIPE, which it must not inherit ignored. */
  cr_expect(run_shell("{ yes; echo $? >&2; } | head -n 1", "", 0, 30), "%s", err.text);
  cr_expect_str_eq(said, "141");
  free(output);
  struct sigaction now;
  sigaction(SIGPIPE, NULL, &now);
  cr_expect(now.sa_handler == SIG_DFL, "what SIGPIPE did before is back");
}

Test(child, limits) {
  rb_host_time start = rb_clock_now();
  cr_expect(!run_shell("exec sleep 20", "", 0, 0.2));
  expect_error("sh was not done after 0.2 s and was stopped");
  cr_expect(!run_shell("exec sleep 20 >&- 2>&-", "", 0, 0.2));
  expect_error("sh was not done after 0.2 s and was stopped");
  cr_expect(!run_shell("exec yes", "", 0, 20));
  expect_error("sh wrote more than 1048576 bytes and was stopped");
  cr_expect_lt(rb_clock_since_s(start), 10);
}

Test(child, code_that_is_asked_for) {
  const char *const argv[] = {"sh", "-c", "echo out; echo why >&2; exit 4", NULL};
  int code = -1;
  rb_child child = {.argv = argv,
                    .max_output = 100,
                    .max_seconds = 30,
                    .locale = "C.UTF-8",
                    .advice = "get a shell",
                    .code = &code};
  cr_assert(rb_child_run(&child, &output, &n_output, said, &err), "%s", err.text);
  cr_expect_eq(code, 4);
  cr_expect_str_eq(output, "out\n");
  cr_expect_str_eq(said, "why");
  free(output);
}

Test(child, stops) {
  const char *const argv[] = {"sleep", "60", NULL};
  atomic_int stop = SIGINT;
  rb_host_time start = rb_clock_now();
  rb_child child = {.argv = argv,
                    .max_output = 100,
                    .max_seconds = 60,
                    .locale = "C.UTF-8",
                    .advice = "get it",
                    .stop = &stop};
  cr_expect_not(rb_child_run(&child, &output, &n_output, said, &err));
  expect_error("sleep was interrupted");
  cr_expect(rb_clock_since_s(start) < 30);
}
