// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "app/args.h"
#include "app/command.h"
#include "app/env.h"
#include "app/format.h"
#include "base/mem.h"
#include "cl/device.h"

typedef struct list_options {
  const char *device;
  rb_format format;
} list_options;

static const struct argp_option options[] = {
    {"device", 'd', "DEVICE", 0,
     "only the devices that DEVICE names (default: RELUBENCH_DEVICE, else all)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
  list_options *o = state->input;
  switch (key) {
  case ARGP_KEY_INIT:
    state->child_inputs[0] = &o->format;
    return 0;
  case 'd':
    o->device = arg;
    return 0;
  case ARGP_KEY_ARG:
    rb_args_fail(state, "unexpected argument '%s'", arg);
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

enum { SHOWN = 7 }; /* columns for people; the rest only for programs */
static const rb_column columns[] = {
    {.name = "device", .title = "-d", .type = RB_COLUMN_TEXT},
    {.name = "kind", .type = RB_COLUMN_TEXT},
    {.name = "platform", .type = RB_COLUMN_TEXT},
    {.name = "name", .type = RB_COLUMN_TEXT},
    {.name = "driver", .type = RB_COLUMN_TEXT},
    {.name = "identity", .type = RB_COLUMN_TEXT},
    {.name = "global_bytes", .title = "memory", .type = RB_COLUMN_BYTES},
    {.name = "platform_version", .type = RB_COLUMN_TEXT},
    {.name = "vendor", .type = RB_COLUMN_TEXT},
    {.name = "version", .type = RB_COLUMN_TEXT},
    {.name = "c_version", .type = RB_COLUMN_TEXT},
    {.name = "uuid", .type = RB_COLUMN_TEXT},
    {.name = "pci", .type = RB_COLUMN_TEXT},
    {.name = "compute_units", .type = RB_COLUMN_INTEGER},
    {.name = "clock_mhz", .type = RB_COLUMN_INTEGER},
    {.name = "allocation_bytes", .type = RB_COLUMN_INTEGER},
    {.name = "local_bytes", .type = RB_COLUMN_INTEGER},
    {.name = "group_size", .type = RB_COLUMN_INTEGER},
    {.name = "vector_width", .type = RB_COLUMN_INTEGER},
    {.name = "timer_ns", .type = RB_COLUMN_INTEGER},
    {.name = "align_bits", .type = RB_COLUMN_INTEGER},
    {.name = "extensions", .type = RB_COLUMN_TEXT},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

static void add_row(rb_table *table, const rb_device *d) {
  char index[32];
  snprintf(index, sizeof index, "%u:%u", d->platform_index, d->device_index);
  const char *texts[] = {index,
                         rb_device_kind_names[d->kind],
                         d->platform,
                         d->name,
                         d->driver,
                         d->identity,
                         d->platform_version,
                         d->vendor,
                         d->version,
                         d->c_version,
                         d->uuid[0] ? d->uuid : NULL,
                         d->pci[0] ? d->pci : NULL,
                         d->extensions};
  const uint64_t numbers[] = {d->global_bytes,     d->compute_units, d->clock_mhz,
                              d->allocation_bytes, d->local_bytes,   d->group_size,
                              d->vector_width,     d->timer_ns,      d->align_bits};
  size_t n_texts = 0, n_numbers = 0;
  rb_table_row(table);
  for (size_t i = 0; i < N_COLUMNS; i++)
    if (columns[i].type == RB_COLUMN_TEXT)
      rb_table_text(table, i, texts[n_texts++]);
    else
      rb_table_integer(table, i, numbers[n_numbers++]);
}

int rb_command_list(int argc, char **argv) {
  static const struct argp argp = {
      options,         parse, NULL, "Lists the OpenCL devices. None is no error.",
      rb_format_child, NULL,  NULL};
  list_options o = {.device = rb_env_device()};
  rb_device *devices = NULL;
  rb_table *table = NULL;
  size_t *chosen = NULL, n = 0, n_chosen = 0;
  rb_err err = {.kind = RB_DONE};
  rb_args_parse(&argp, argc, argv, &o);
  bool ok = rb_device_list(&devices, &n, &err) &&
            rb_alloc((void **)&chosen, n, sizeof *chosen, "device list", &err) &&
            rb_table_open(columns, N_COLUMNS, &table, &err) &&
            (n == 0 ||
             rb_device_select(devices, n, o.device ? o.device : "all", chosen, &n_chosen, &err));
  for (size_t i = 0; ok && i < n_chosen; i++) {
    const rb_device *d = &devices[chosen[i]];
    add_row(table, d);
    if (d->fault[0])
      fprintf(stderr, "relubench: device %u:%u: %s; what it did not say is empty or 0\n",
              d->platform_index, d->device_index, d->fault);
  }
  for (size_t i = SHOWN; ok && i < N_COLUMNS; i++)
    if (o.format == RB_FORMAT_TABLE || o.format == RB_FORMAT_MD)
      rb_table_hide(table, i);
  if (ok && n == 0)
    fprintf(stderr,
            "relubench: no OpenCL device; pocl-opencl-icd is a driver that runs on any CPU\n");
  ok = ok && rb_table_write(table, o.format, stdout, &err);
  rb_table_free(table);
  free(chosen);
  free(devices);
  return ok ? RB_DONE : rb_command_fail(&err);
}
