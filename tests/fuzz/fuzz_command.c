// SPDX-License-Identifier: Apache-2.0
/* A command line, a word a line, through main() and argp to the point where the command would begin
 * its work. Proves: whatever the words, they are taken or refused with the code of a usage error;
 * nothing else ends the process. exit(), atexit() and argp_parse() are replaced by the linker
 * (CMakeLists.txt): the first two so that the fuzzer goes on, the third to stop behind it. */
#include <argp.h>
#include <setjmp.h>
#include "base/err.h"
#include "fuzz.h"

enum { MAX_WORDS = 40, TAKEN = 1000 };
static jmp_buf begin;
static bool inside; /* of main(): the fuzzer itself ends the process as it likes */

int relubench_main(int argc, char **argv); /* main() of app/main.c */
_Noreturn void __real_exit(int code);
_Noreturn void __wrap_exit(int code);
int __real_atexit(void (*f)(void));
int __wrap_atexit(void (*f)(void));
error_t __real_argp_parse(const struct argp *argp, int argc, char **argv, unsigned flags, int *at,
                          void *input);
error_t __wrap_argp_parse(const struct argp *argp, int argc, char **argv, unsigned flags, int *at,
                          void *input);
const char *__lsan_default_suppressions(void);

void __wrap_exit(int code) {
  if (!inside)
    __real_exit(code);
  longjmp(begin, TAKEN + code);
}

int __wrap_atexit(void (*f)(void)) {
  return inside ? 0 : __real_atexit(f);
}

/* Without --help and --usage, after which libc itself would end the process. */
error_t __wrap_argp_parse(const struct argp *argp, int argc, char **argv, unsigned flags, int *at,
                          void *input) {
  if (__real_argp_parse(argp, argc, argv, flags | ARGP_NO_HELP | ARGP_NO_EXIT, at, input) != 0)
    return EINVAL;
  longjmp(begin, TAKEN);
}

/* A refusal from inside of argp leaves its memory behind. */
const char *__lsan_default_suppressions(void) {
  return "leak:argp_parse";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  char *text = fuzz_text(data, n), *argv[MAX_WORDS + 2] = {"relubench"};
  int argc = 1;
  for (char *word = text; word && argc <= MAX_WORDS;) {
    char *end = strchr(word, '\n');
    argv[argc++] = word;
    if (end)
      *end++ = 0;
    word = end;
  }
  inside = true;
  int code = setjmp(begin);
  if (code == 0)
    relubench_main(argc, argv);
  inside = false;
  REQUIRE(code == TAKEN || code == TAKEN + RB_USAGE);
  free(text);
  return 0;
}
