// SPDX-License-Identifier: Apache-2.0
#include "app/pairopts.h"
#include "app/args.h"

enum { KEY_PAIRS = 1024, KEY_ORDER, KEY_QUIET }; /* apart from those of parents */

static const struct argp_option options[] = {
    {"pairs", KEY_PAIRS, "N", 0, "pairs of runs, 8 to 256 (default: 20)", 0},
    {"order-seed", KEY_ORDER, "N", 0, "seed of the order of the runs (default: 1)", 0},
    {"quiet", KEY_QUIET, NULL, 0, "no progress", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  rb_pairing *p = state->input;
  switch (key) {
  case KEY_PAIRS:
    p->n_pairs = rb_pairing_number(state, "--pairs", arg, RB_GATE_LEAST, RB_GATE_PAIRS);
    return 0;
  case KEY_ORDER:
    p->seed = rb_pairing_number(state, "--order-seed", arg, 0, UINT32_MAX);
    return 0;
  case KEY_QUIET:
    p->quiet = true;
    return 0;
  case ARGP_KEY_ARG:
    if (p->suite)
      rb_args_fail(state, "one suite at a time: unexpected '%s'", arg);
    p->suite = arg;
    return 0;
  case ARGP_KEY_NO_ARGS:
    rb_args_fail(state, "which suite? one whose cells take a second or so");
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

const struct argp rb_pairopts_argp = {options, parse, NULL, NULL, NULL, NULL, NULL};
