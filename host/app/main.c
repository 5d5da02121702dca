// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "app/command.h"
#include "base/mem.h"
#include "report/escape.h"
#include "rb_version.h"

static const struct {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *about;
} commands[] = {
    {"list", rb_command_list, "the OpenCL devices that -d can choose"},
    {"run", rb_command_run, "run a suite on a device and write a trace"},
    {"tune", rb_command_tune, "find the fastest kernels for a device, and keep them"},
    {"build-kernels", rb_command_build_kernels,
     "the programs of a variant as binaries, for devices without a compiler"},
    {"roof", rb_command_roof, "what a device reaches at most: GFLOP/s and GB/s"},
    {"show", rb_command_show, "what a trace says: table, json, csv or md"},
    {"compare", rb_command_compare,
     "devices, drivers, backends or builds on cells that traces share"},
    {"check", rb_command_check, "whether a new run is slower or wrong, against a stored baseline"},
    {"ab", rb_command_ab, "two programs, option sets or devices against each other, in pairs"},
    {"calibrate", rb_command_calibrate, "what this machine's noise lets `ab` and `check` see"},
    {"verdict", rb_command_verdict, "whether n* and m* depend on d, from the trials of a trace"},
    {"scaling", rb_command_scaling, "how time and memory of a trace grow with n, T, m and d"},
    {"plot", rb_command_plot, "n* and accuracies of a trace as figures: SVG, PNG or PDF"},
    {"export", rb_command_export,
     "a trace in the format of another tool: CI, dashboards, benchstat"},
    {"report", rb_command_report, "traces as one HTML page: rates, roofs, verdicts, comparison"},
    {"verify", rb_command_verify, "whether traces are whole and unaltered"},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void print_help(FILE *out) {
  fputs(
      "Usage: relubench COMMAND [OPTION...]\n"
      "OpenCL benchmark that trains a network whose right answer is known, and verifies before it "
      "times.\n\n",
      out);
  for (int i = 0; i < N_COMMANDS; i++)
    fprintf(out, "  %-13s %s\n", commands[i].name, commands[i].about);
  fputs("\n  relubench COMMAND --help   options of a command\n"
        "  relubench --version        version and revision\n\n"
        "Exit codes: 0 done, 1 regression, 2 usage, 3 no device, 4 wrong result, 5 failure,\n"
        "6 inconclusive, 7 missing, 130 and 143 interrupted; docs/CLI.md has the whole list.\n",
        out);
}

static int exit_code;
static bool has_failed; /* and said so */

int rb_command_fail(const rb_err *err) {
  has_failed = true;
  fputs("relubench: ", stderr);
  rb_escape_print(stderr, err->text);
  fputc('\n', stderr);
  return err->kind;
}

/* What has no error to return leaves out what it had no memory for. `run` is not asked: its trace
 * is what counts, and says in its records what failed. */
static int look_for_gaps(int code) {
  rb_err err;
  if (!rb_mem_was_out() || has_failed || rb_worse(code, RB_FAILED) == code)
    return code;
  rb_fail(&err, RB_FAILED, "out of memory: what was written to standard output may not be whole");
  return rb_command_fail(&err);
}

static int dispatch(int argc, char **argv) {
  if (argc < 2) {
    print_help(stderr);
    return RB_USAGE;
  }
  const char *name = argv[1];
  if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
    print_help(stdout);
    return RB_DONE;
  }
  if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
    printf("relubench %s (%s, %s build)\n", RB_VERSION, RB_REVISION, RB_BUILD_TYPE);
    return RB_DONE;
  }
  for (int i = 0; i < N_COMMANDS; i++)
    if (strcmp(name, commands[i].name) == 0) {
      char whole[32]; /* what argp shows in its messages */
      snprintf(whole, sizeof whole, "relubench %s", name);
      argv[1] = whole;
      int code = commands[i].run(argc - 1, argv + 1);
      return commands[i].run == rb_command_run ? code : look_for_gaps(code);
    }
  char there[256] = "";
  for (int i = 0; i < N_COMMANDS; i++) {
    size_t used = strlen(there);
    const char *between = i == 0 ? "" : i < N_COMMANDS - 1 ? ", " : " and ";
    snprintf(there + used, sizeof there - used, "%s%s", between, commands[i].name);
  }
  rb_err err;
  rb_fail(&err, RB_USAGE, "unknown command '%.64s'; there are %s", name, there);
  return rb_command_fail(&err);
}

/* A closed descriptor would be given to the next file, and text for people would land in a trace.
 * What takes its place cannot be used the way it is meant, so that data still fail to be written.
 */
static void fill_streams(void) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
      _exit(RB_FAILED);
}

/* Data that could not be written are a failure, even if it only shows when the stream is closed. At
 * exit, as argp prints its help and ends the process. */
static void close_output(void) {
  if (fclose(stdout) == 0)
    return;
  if (!has_failed)
    fprintf(stderr, "relubench: cannot write to standard output: %s\n", strerror(errno));
  _exit(rb_worse(exit_code, RB_FAILED));
}

int main(int argc, char **argv) {
  fill_streams();
  signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is an error like a full disk */
  atexit(close_output);
  exit_code = dispatch(argc, argv);
  exit(exit_code);
}
