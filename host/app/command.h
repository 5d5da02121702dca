// SPDX-License-Identifier: Apache-2.0
/* The commands: each parses its own line (argv[0] is "relubench <command>") and returns the exit
 * code. */
#ifndef RB_APP_COMMAND_H
#define RB_APP_COMMAND_H
#include "base/err.h"

int rb_command_ab(int argc, char **argv);
int rb_command_build_kernels(int argc, char **argv);
int rb_command_calibrate(int argc, char **argv);
int rb_command_check(int argc, char **argv);
int rb_command_compare(int argc, char **argv);
int rb_command_export(int argc, char **argv);
int rb_command_list(int argc, char **argv);
int rb_command_plot(int argc, char **argv);
int rb_command_tune(int argc, char **argv);
int rb_command_report(int argc, char **argv);
int rb_command_roof(int argc, char **argv);
int rb_command_run(int argc, char **argv);
int rb_command_scaling(int argc, char **argv);
int rb_command_show(int argc, char **argv);
int rb_command_verdict(int argc, char **argv);
int rb_command_verify(int argc, char **argv);

/* Prints "relubench: <text>" on standard error; returns the exit code. */
int rb_command_fail(const rb_err *err);

#endif
