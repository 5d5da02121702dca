// SPDX-License-Identifier: Apache-2.0
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "app/command.h"
#include "report/escape.h"
#include "rb_version.h"

static const struct {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *about;
} commands[] = {
    {"list", rb_command_list, "the OpenCL devices that -d can choose"},
    {"run", rb_command_run, "run a suite on a device and write a trace"},
    {"show", rb_command_show, "what a trace says: table, json, csv or md"},
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
    fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].about);
  fputs("\n  relubench COMMAND --help   options of a command\n"
        "  relubench --version        version and revision\n\n"
        "Exit codes: 0 done, 2 usage, 3 no device, 4 wrong result, 5 failure, 6 inconclusive,\n"
        "130 and 143 interrupted; docs/CLI.md has the whole list.\n",
        out);
}

int rb_command_fail(const rb_err *err) {
  char text[sizeof err->text], *rest = text, *line;
  memcpy(text, err->text, sizeof text);
  fputs("relubench: ", stderr);
  while ((line = strsep(&rest, "\n"))) { /* a build log has several */
    rb_escape_print(stderr, line);
    fputc('\n', stderr);
  }
  return err->kind;
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
      return commands[i].run(argc - 1, argv + 1);
    }
  fprintf(stderr, "relubench: unknown command '%s'; there are list, run, show and verify\n", name);
  return RB_USAGE;
}

int main(int argc, char **argv) {
  argp_err_exit_status = RB_USAGE;
  int code = dispatch(argc, argv);
  /* Data that could not be written is a failure, even if it only shows when the stream is closed.
   */
  if (fclose(stdout) != 0) {
    fprintf(stderr, "relubench: writing to standard output failed\n");
    code = rb_worse(code, RB_FAILED);
  }
  exit(code);
}
