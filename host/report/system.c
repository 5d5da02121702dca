// SPDX-License-Identifier: Apache-2.0
#include "report/system.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/devices.h"
#include "report/growth.h"

static bool same_text(const rb_record *a, const rb_record *b, rb_field field) {
  const char *left = a ? rb_record_get_text(a, field) : NULL;
  const char *right = b ? rb_record_get_text(b, field) : NULL;
  return strcmp(left ? left : "", right ? right : "") == 0;
}

/* The cell after the header run belongs to system: traces may be concatenated. */
static bool belongs(const rb_system *system, const rb_record *run, const rb_record *cell) {
  return same_text(system->first, cell, RB_F_device) &&
         same_text(system->first, cell, RB_F_driver) &&
         same_text(system->first, cell, RB_F_backend) &&
         (system->run == run || (same_text(system->run, run, RB_F_git_revision) &&
                                 same_text(system->run, run, RB_F_tool_version)));
}

/* A cell of the walk over traces. */
typedef struct visit {
  size_t trace;
  const rb_load *load;
  const rb_record *run, *cell;
} visit;

/* Its system, a new one if there is none; out->n where there are too many. */
static size_t find_system(rb_systems *out, const visit *at) {
  size_t i = 0;
  while (i < out->n &&
         (out->list[i].trace != at->trace || !belongs(&out->list[i], at->run, at->cell)))
    i++;
  if (i == out->n && i < RB_SYSTEM_MOST)
    out->list[out->n++] = (rb_system){.load = at->load,
                                      .trace = at->trace,
                                      .run = at->run,
                                      .first = at->cell,
                                      .partner = RB_SYSTEM_NONE};
  return i;
}

static bool too_many(rb_err *err) {
  return rb_fail(err, RB_USAGE,
                 "these traces hold more than %d devices, backends and builds: compare fewer of "
                 "them at a time",
                 RB_SYSTEM_MOST);
}

/* Calls for each cell of each trace; a pass counts, the next one stores. */
static bool walk(const rb_load *loads, size_t n, bool store, rb_systems *out, rb_err *err) {
  for (size_t t = 0; t < n; t++) {
    visit at = {.trace = t, .load = &loads[t]};
    for (size_t i = 0, cell = 0; i < loads[t].trace->n_records; i++) {
      const rb_record *record = loads[t].trace->records[i];
      if (rb_record_is_text(record, RB_F_type, "run"))
        at.run = record;
      if (cell == loads[t].n_cells || loads[t].cells[cell] != record)
        continue;
      cell++;
      at.cell = record;
      size_t found = find_system(out, &at);
      if (found == RB_SYSTEM_MOST)
        return too_many(err);
      if (store)
        out->list[found].cells[out->list[found].n_cells] = record;
      out->list[found].n_cells++;
    }
  }
  return true;
}

/* Insertion, stable: the reference behind the devices of its trace. */
static void sort_systems(rb_systems *systems) {
  for (size_t i = 1; i < systems->n; i++)
    for (size_t j = i; j > 0; j--) {
      rb_system *before = &systems->list[j - 1], *after = &systems->list[j], kept = *after;
      if (before->trace != after->trace || !rb_load_is_reference(before->first) ||
          rb_load_is_reference(after->first))
        break;
      *after = *before;
      *before = kept;
    }
}

/* ---- partners ---- */

/* It has the device, driver and build of the first system, or is the reference beside it. */
static bool is_base(const rb_systems *systems, size_t i) {
  const rb_system *first = &systems->list[0], *one = &systems->list[i];
  return one->trace == 0 && same_text(first->run, one->run, RB_F_git_revision) &&
         same_text(first->run, one->run, RB_F_tool_version) &&
         (rb_load_is_reference(one->first) || (same_text(first->first, one->first, RB_F_device) &&
                                               same_text(first->first, one->first, RB_F_driver)));
}

static void find_partners(rb_systems *systems) {
  size_t n_compared = 0;
  for (size_t i = 1; i < systems->n; i++) {
    if (is_base(systems, i))
      continue;
    systems->list[i].partner = 0;
    for (size_t j = 0; j < systems->n; j++)
      if (is_base(systems, j) &&
          same_text(systems->list[i].first, systems->list[j].first, RB_F_backend)) {
        systems->list[i].partner = (int)j;
        break;
      }
    n_compared++;
  }
  for (size_t i = 1; n_compared == 0 && i < systems->n; i++)
    systems->list[i].partner = 0;
}

bool rb_systems_find(const rb_load *loads, size_t n, rb_systems *out, rb_err *err) {
  void *memory = NULL;
  size_t n_cells = 0;
  *out = (rb_systems){0};
  for (size_t i = 0; i < n; i++)
    n_cells += loads[i].n_cells;
  if (!walk(loads, n, false, out, err) ||
      !rb_alloc(&memory, n_cells, sizeof *out->cells, "cells of the systems", err))
    return false;
  out->cells = memory;
  for (size_t i = 0, used = 0; i < out->n; i++) {
    out->list[i].cells = out->cells + used;
    used += out->list[i].n_cells;
    out->list[i].n_cells = 0;
    out->list[i].run_error =
        fmax(RB_GROWTH_RUN_ERROR, rb_devices_scatter(out->list[i].load, out->list[i].first));
  }
  if (!walk(loads, n, true, out, err))
    return false;
  sort_systems(out);
  find_partners(out);
  return true;
}

void rb_systems_free(rb_systems *systems) {
  free(systems->cells);
  *systems = (rb_systems){0};
}

const char *rb_system_energy(const rb_system *system) {
  const char *reason = NULL;
  for (size_t i = 0; i < system->n_cells; i++) {
    const char *text = rb_record_get_text(system->cells[i], RB_F_energy);
    if (text && rb_record_has(system->cells[i], RB_F_energy_j))
      return text;
    reason = reason ? reason : text;
  }
  reason = reason ? reason : system->run ? rb_record_get_text(system->run, RB_F_energy) : NULL;
  return reason ? reason : "unavailable: the trace does not say";
}
