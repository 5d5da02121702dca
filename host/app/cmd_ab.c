// SPDX-License-Identifier: Apache-2.0
#include "app/args.h"
#include "app/command.h"
#include "app/gateformat.h"
#include "app/pairopts.h"
#include "app/stop.h"

enum { KEY_A = 256, KEY_B, KEY_A_BINARY, KEY_B_BINARY, KEY_MARGIN, KEY_KEEP };

typedef struct ab_options {
  rb_pairing pairing;
  rb_pairing_side a, b;
  rb_gateformat format;
} ab_options;

static const struct argp_option options[] = {
    {"a", KEY_A, "OPTIONS", 0, "options of `run` on side A, the baseline, as one text", 0},
    {"b", KEY_B, "OPTIONS", 0, "options of `run` on side B, the new one", 0},
    {"a-binary", KEY_A_BINARY, "PROGRAM", 0, "the program of side A (default: this one)", 0},
    {"b-binary", KEY_B_BINARY, "PROGRAM", 0, "the program of side B (default: this one)", 0},
    {"margin", KEY_MARGIN, "FRACTION", 0,
     "slower by less is no regression, such as 0.02 or 2% (default: what calibrate found for this "
     "device and suite, else 2%)",
     0},
    {"keep", KEY_KEEP, "FOLDER", 0, "keep the traces of all runs there", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  ab_options *o = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &o->pairing;
    state->child_inputs[1] = &o->format;
    return 0;
  case KEY_A:
    rb_pairing_words(state, "--a", arg, &o->a);
    return 0;
  case KEY_B:
    rb_pairing_words(state, "--b", arg, &o->b);
    return 0;
  case KEY_A_BINARY:
    o->a.program = arg;
    return 0;
  case KEY_B_BINARY:
    o->b.program = arg;
    return 0;
  case KEY_MARGIN:
    rb_calibration_parse(state, arg, &o->pairing.margin);
    return 0;
  case KEY_KEEP:
    o->pairing.keep = arg;
    return 0;
  case ARGP_KEY_SUCCESS:
    if (!o->a.n_words && !o->b.n_words && !o->a.program && !o->b.program)
      rb_args_fail(state, "what differs? --a and --b take options, --a-binary and --b-binary "
                          "programs; `relubench calibrate` compares a program with itself");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

int rb_command_ab(int argc, char **argv) {
  const struct argp_child children[] = {
      {&rb_pairopts_argp, 0, NULL, 0}, rb_gateformat_child[0], {0}};
  const struct argp argp = {
      options,
      parse,
      "SUITE",
      "Compares two programs, option sets or devices: runs SUITE on both sides in turns, each run "
      "a "
      "process of its own, and judges the pairs. What looks slower is run again, and only that "
      "decides. Exit code 0 if nothing is worse, 1 a regression, 4 wrong results, 5 failures, 6 "
      "inconclusive, 7 cells are missing.",
      children,
      NULL,
      NULL};
  ab_options o = {.pairing = {.n_pairs = 20, .seed = 1, .number = 1, .count = 1}};
  rb_gate gate = {0};
  rb_err err;
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = rb_stop_install(&err);
  const atomic_int *stop = rb_stop_defer();
  o.pairing.sides[0] = &o.a;
  o.pairing.sides[1] = &o.b;
  o.pairing.stop = stop;
  ok = ok && rb_pairing_gate(&o.pairing, &gate, NULL, &err) &&
       (*stop || rb_gateformat_show(&o.format, &gate, stdout, &err));
  int code = *stop ? 128 + *stop : gate.code;
  rb_gate_free(&gate);
  return ok ? code : rb_command_fail(&err);
}
