// SPDX-License-Identifier: Apache-2.0
/* The devices of a trace and the roofs that were measured on them. */
#ifndef RB_REPORT_DEVICES_H
#define RB_REPORT_DEVICES_H
#include "report/load.h"
#include "report/table.h"

enum { RB_MAX_DEVICES = 64 }; /* further devices and roofs are left out */

/* For json: a row per roof record, then one per device that only cells name. Errors: RB_FAILED when
 * memory is out. */
bool rb_devices_table(const rb_load *load, rb_table **out, rb_err *err);
/* The first record of each device into devices (the reference's host is none); returns how many. */
size_t rb_devices_find(const rb_load *load, const rb_record *devices[RB_MAX_DEVICES]);
/* Its name, or its identity if the driver told none; never NULL. Untrusted. */
const char *rb_devices_name(const rb_record *record);
/* Scatter of the compute roofs that were measured on the device of record: the standard deviation
 * of their logarithms, 0 for fewer than two. */
double rb_devices_scatter(const rb_load *load, const rb_record *record);
/* A roof (RB_F_roof_gflops or RB_F_roof_gb_per_s) of the device of record: the best, which rates
 * are compared with, and the range over the probes; NAN for none. Returns how many there were. */
size_t rb_devices_roof(const rb_load *load, const rb_record *record, rb_field field,
                       double best_lo_hi[3]);
/* Writes a line per device with roofs: the best of each, which rates are compared with, and the
 * range over the probes. */
bool rb_devices_roofs(const rb_load *load, FILE *out, rb_err *err);

#endif
