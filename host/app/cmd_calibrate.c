// SPDX-License-Identifier: Apache-2.0
#include "app/args.h"
#include "app/cachefolder.h"
#include "app/command.h"
#include "app/format.h"
#include "app/pairopts.h"
#include "app/stop.h"
#include "report/noise.h"

enum { KEY_RUN = 256, KEY_BINARY, KEY_GATES, KEY_MARGIN, KEY_NO_CACHE, MOST_GATES = 10000 };

typedef struct calibrate_options {
  rb_pairing pairing;
  rb_pairing_side side;
  bool no_cache;
  rb_format format;
} calibrate_options;

static const struct argp_option options[] = {
    {"run", KEY_RUN, "OPTIONS", 0, "options of `run`, as one text", 0},
    {"binary", KEY_BINARY, "PROGRAM", 0, "the program (default: this one)", 0},
    {"gates", KEY_GATES, "N", 0, "gates of the program against itself (default: 5)", 0},
    {"margin", KEY_MARGIN, "FRACTION", 0, "margin of these gates (default: 2%)", 0},
    {"no-cache", KEY_NO_CACHE, NULL, 0, "do not keep the margin", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  calibrate_options *o = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &o->pairing;
    state->child_inputs[1] = &o->format;
    return 0;
  case KEY_RUN:
    rb_pairing_words(state, "--run", arg, &o->side);
    return 0;
  case KEY_BINARY:
    o->side.program = arg;
    return 0;
  case KEY_GATES:
    o->pairing.count = rb_pairing_number(state, "--gates", arg, 1, MOST_GATES);
    return 0;
  case KEY_MARGIN:
    rb_calibration_parse(state, arg, &o->pairing.margin);
    return 0;
  case KEY_NO_CACHE:
    o->no_cache = true;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

/* All gates; *sample: the first trace of the first one. */
static bool run_gates(calibrate_options *o, rb_noise *noise, rb_trace *sample, rb_err *err) {
  uint64_t seed = o->pairing.seed;
  bool ok = true;
  for (size_t i = 0; ok && i < o->pairing.count && !*o->pairing.stop; i++) {
    rb_gate gate = {0};
    o->pairing.number = i + 1;
    o->pairing.seed = seed + i;
    ok = rb_pairing_gate(&o->pairing, &gate, i == 0 ? sample : NULL, err) &&
         (*o->pairing.stop || rb_noise_add(noise, &gate, err));
    rb_gate_free(&gate);
  }
  return ok;
}

static bool keep(const calibrate_options *o, const rb_noise *noise, const rb_trace *sample,
                 bool *kept, rb_err *err) {
  rb_cache *cache = NULL;
  *kept = false;
  if (o->no_cache || rb_noise_margin(noise) > RB_NOISE_MOST)
    return true;
  if (!rb_cachefolder_open(&cache, err))
    return false;
  rb_calibration_put(cache, sample,
                     (rb_calibration){rb_noise_margin(noise), rb_noise_worst_sd(noise)});
  *kept = cache && !rb_cache_complaint(cache);
  rb_cachefolder_close(cache, o->pairing.quiet);
  return true;
}

int rb_command_calibrate(int argc, char **argv) {
  const struct argp_child children[] = {{&rb_pairopts_argp, 0, NULL, 0}, rb_format_child[0], {0}};
  const struct argp argp = {
      options,
      parse,
      "SUITE",
      "Compares a program with itself, as `ab` compares two: how often that raises a false alarm "
      "on "
      "this machine, which effect it can detect, and the margin that follows, which is kept for "
      "`ab` and `check`. Exit code 6 if that would be above 10%.",
      children,
      NULL,
      NULL};
  calibrate_options o = {
      .pairing = {.n_pairs = 20, .seed = 1, .count = 5, .margin = RB_GATE_MARGIN}};
  rb_noise noise = {0};
  rb_trace sample = {0};
  rb_err err;
  bool kept = false;
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = rb_stop_install(&err);
  const atomic_int *stop = rb_stop_defer();
  o.pairing.sides[0] = o.pairing.sides[1] = &o.side;
  o.pairing.stop = stop;
  ok = ok && run_gates(&o, &noise, &sample, &err) &&
       (*stop || (keep(&o, &noise, &sample, &kept, &err) &&
                  rb_noise_show(&noise, kept, o.format, stdout, &err)));
  int code = *stop                                                      ? 128 + *stop
             : noise.n_gates && rb_noise_margin(&noise) > RB_NOISE_MOST ? RB_INCONCLUSIVE
                                                                        : RB_DONE;
  rb_noise_free(&noise);
  rb_trace_free(&sample);
  return ok ? code : rb_command_fail(&err);
}
