// SPDX-License-Identifier: Apache-2.0
#include "report/devices.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/figure.h"
#include "report/wrap.h"

enum { AT_DEVICE, AT_NAME, AT_PLATFORM, AT_DRIVER, AT_WHEN, AT_GFLOPS, AT_GB };
static const rb_column columns[] = {
    {.name = "device", .type = RB_COLUMN_TEXT},
    {.name = "device_name", .type = RB_COLUMN_TEXT},
    {.name = "platform", .type = RB_COLUMN_TEXT},
    {.name = "driver", .type = RB_COLUMN_TEXT},
    {.name = "when", .type = RB_COLUMN_TEXT},
    {.name = "roof_gflops", .type = RB_COLUMN_REAL},
    {.name = "roof_gb_per_s", .type = RB_COLUMN_REAL},
};

static void put_device(const rb_record *record, rb_table *table) {
  rb_table_row(table);
  rb_table_text(table, AT_DEVICE, rb_record_get_text(record, RB_F_device));
  rb_table_text(table, AT_NAME, rb_record_get_text(record, RB_F_device_name));
  rb_table_text(table, AT_PLATFORM, rb_record_get_text(record, RB_F_platform));
  rb_table_text(table, AT_DRIVER, rb_record_get_text(record, RB_F_driver));
  rb_table_text(table, AT_WHEN, rb_record_get_text(record, RB_F_when));
  rb_table_real(table, AT_GFLOPS, rb_record_get_real(record, RB_F_roof_gflops));
  rb_table_real(table, AT_GB, rb_record_get_real(record, RB_F_roof_gb_per_s));
}

static bool is_type(const rb_record *record, const char *wanted) {
  return rb_record_is_text(record, RB_F_type, wanted) && rb_record_has(record, RB_F_device);
}

static bool is_listed(const rb_record *const *listed, size_t n, const rb_record *record) {
  for (size_t i = 0; i < n; i++)
    if (rb_load_compare(listed[i], record, RB_F_device) == 0)
      return true;
  return false;
}

bool rb_devices_table(const rb_load *load, rb_table **out, rb_err *err) {
  const rb_record *listed[RB_MAX_DEVICES];
  size_t n = 0;
  if (!rb_table_open(columns, sizeof columns / sizeof columns[0], out, err))
    return false;
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < load->trace->n_records && n < RB_MAX_DEVICES; i++) {
      const rb_record *record = load->trace->records[i];
      if (!is_type(record, pass ? "cell" : "roof") || (pass && is_listed(listed, n, record)))
        continue;
      put_device(record, *out);
      listed[n++] = record;
    }
  return true;
}

size_t rb_devices_find(const rb_load *load, const rb_record *devices[RB_MAX_DEVICES]) {
  size_t n = 0;
  for (size_t i = 0; i < load->trace->n_records && n < RB_MAX_DEVICES; i++) {
    const rb_record *record = load->trace->records[i];
    if ((is_type(record, "roof") || is_type(record, "cell")) && !rb_load_is_reference(record) &&
        !is_listed(devices, n, record))
      devices[n++] = record;
  }
  return n;
}

const char *rb_devices_name(const rb_record *record) {
  const char *name = rb_record_get_text(record, RB_F_device_name);
  name = name ? name : rb_record_get_text(record, RB_F_device);
  return name ? name : "a device without a name";
}

double rb_devices_scatter(const rb_load *load, const rb_record *device) {
  double n = 0, mean = 0, sum = 0;
  for (size_t i = 0; i < load->trace->n_records; i++) {
    const rb_record *record = load->trace->records[i];
    double roof = rb_record_get_real(record, RB_F_roof_gflops);
    if (!is_type(record, "roof") || rb_load_compare(record, device, RB_F_device) != 0 ||
        !isfinite(roof) || !(roof > 0))
      continue;
    double off = log(roof) - mean;
    mean += off / ++n;
    sum += off * (log(roof) - mean); /* Welford's update */
  }
  return n > 1 ? sqrt(sum / (n - 1)) : 0;
}

size_t rb_devices_roof(const rb_load *load, const rb_record *device, rb_field field,
                       double best_lo_hi[3]) {
  double lo = INFINITY, hi = 0;
  size_t n = 0;
  for (size_t i = 0; i < load->trace->n_records; i++) {
    const rb_record *record = load->trace->records[i];
    double roof = rb_record_get_real(record, field);
    if (!is_type(record, "roof") || rb_load_compare(record, device, RB_F_device) != 0 ||
        !isfinite(roof))
      continue;
    lo = roof < lo ? roof : lo;
    hi = roof > hi ? roof : hi;
    n++;
  }
  best_lo_hi[0] = best_lo_hi[2] = n ? hi : NAN;
  best_lo_hi[1] = n ? lo : NAN;
  return n;
}

/* "compute 235 GFLOP/s (117..235)"; returns how many probes measured it. */
static size_t put_roof(const rb_load *load, const rb_record *device, rb_field field,
                       const char *before, const char *unit, FILE *out) {
  char text[RB_FIGURE_ROOM];
  double roof[3];
  size_t n = rb_devices_roof(load, device, field, roof);
  rb_figure_range(text, RB_FIGURE_REAL, roof, unit);
  if (n)
    fprintf(out, "%s%s", before, text);
  return n;
}

/* "71 %..75 %" of their flop, if timed cells did not do all of it. */
static bool put_done(const rb_load *load, FILE *out, rb_err *err) {
  char text[2 * RB_FIGURE_ROOM + 128], figures[2][RB_FIGURE_ROOM];
  double lo = 1, hi = 0;
  for (size_t i = 0; i < load->n_cells; i++) {
    double done = rb_load_done(load->cells[i]);
    if (done < 1 && rb_record_has(load->cells[i], RB_F_roof_fraction)) {
      lo = fmin(lo, done);
      hi = fmax(hi, done);
    }
  }
  if (hi == 0)
    return true;
  rb_figure_one(figures[0], RB_FIGURE_PERCENT, lo, "");
  rb_figure_one(figures[1], RB_FIGURE_PERCENT, hi, "");
  bool one = strcmp(figures[0], figures[1]) == 0;
  snprintf(text, sizeof text,
           "shares are of what was done: sums over subsets and integers leave %s%s%s of "
           "the flop",
           figures[0], one ? "" : " to ", one ? "" : figures[1]);
  return rb_wrap_put(out, "  roof       ", text, err);
}

bool rb_devices_roofs(const rb_load *load, FILE *out, rb_err *err) {
  const rb_record *devices[RB_MAX_DEVICES];
  size_t n = rb_devices_find(load, devices), room = 0;
  bool ok = true;
  for (size_t i = 0; ok && i < n; i++) {
    char *text = NULL;
    FILE *memory = rb_mem_stream(&text, &room);
    if (!memory)
      return rb_fail(err, RB_FAILED, "out of memory while writing roofs");
    if (n > 1)
      fprintf(memory, "%s: ", rb_devices_name(devices[i]));
    size_t n_flop = put_roof(load, devices[i], RB_F_roof_gflops, "compute ", "GFLOP/s", memory);
    size_t n_copy = put_roof(load, devices[i], RB_F_roof_gb_per_s, n_flop ? ", copy " : "copy ",
                             "GB/s", memory);
    size_t probes = n_flop > n_copy ? n_flop : n_copy;
    if (probes > 1)
      fprintf(memory, "; best of %zu probes", probes);
    fclose(memory);
    ok = probes == 0 || rb_wrap_put(out, "  roofs      ", text, err);
    free(text);
  }
  return ok && put_done(load, out, err);
}
