// SPDX-License-Identifier: Apache-2.0
#include "app/format.h"
#include "app/args.h"

enum { KEY_JSON = 300, KEY_FORMAT };

static const struct argp_option options[] = {
    {"format", KEY_FORMAT, "FORMAT", 0, "table (default), json, csv or md", 0},
    {"json", KEY_JSON, NULL, 0, "the same as --format json", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  rb_format *format = state->input;
  rb_err err;
  switch (key) {
  case ARGP_KEY_INIT:
    rb_args_quiet(state);
    return 0;
  case KEY_FORMAT:
    if (!rb_format_parse(arg, format, &err))
      rb_args_fail(state, "%s", err.text);
    return 0;
  case KEY_JSON:
    *format = RB_FORMAT_JSON;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp argp = {options, parse, NULL, NULL, NULL, NULL, NULL};
const struct argp_child rb_format_child[] = {{&argp, 0, NULL, 0}, {0}};
