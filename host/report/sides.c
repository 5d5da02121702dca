// SPDX-License-Identifier: Apache-2.0
#include "report/sides.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "report/devices.h"
#include "report/exact.h"
#include "report/fingerprint.h"
#include "report/phrase.h"
#include "report/reasons.h"
#include "report/sidetime.h"

/* ---- what decides before any statistics ---- */

static void say(rb_gate_cell *out, rb_gate_state state, const char *before, const char *text) {
  out->state = state;
  snprintf(out->reason, sizeof out->reason, "%s%.*s", before, RB_GATE_TEXT - 64, text);
}

/* The first cell of a side with this status; NULL: none has it. */
static const rb_record *find_status(const rb_sidegroup *group, rb_side side, rb_status wanted) {
  for (size_t i = 0; i < group->n_of[side]; i++)
    if (rb_load_status(group->of[side][i].cell) == wanted)
      return group->of[side][i].cell;
  return NULL;
}

/* A status of one side that ends the matter. base: it makes the cell not comparable, whatever it
 * is; else one run of several that was interrupted is no loss. */
static bool has_bad_side(const rb_sidegroup *group, rb_side side, bool base, rb_gate_cell *out) {
  static const struct {
    rb_status status;
    rb_gate_state state;
    const char *before, *before_base;
  } bad[] = {
      {RB_STATUS_WRONG, RB_GATE_WRONG, "wrong: ", "wrong in the baseline: "},
      {RB_STATUS_FAILED, RB_GATE_MISSING, "failed: ", "failed in the baseline: "},
      {RB_STATUS_INTERRUPTED, RB_GATE_MISSING, "interrupted: ", "interrupted in the baseline: "}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    const rb_record *cell = find_status(group, side, bad[i].status);
    if (!cell || (bad[i].status == RB_STATUS_INTERRUPTED && !base && group->n_of[side] > 1))
      continue;
    say(out, base ? RB_GATE_NOT_COMPARABLE : bad[i].state,
        base ? bad[i].before_base : bad[i].before, rb_reasons_text(cell));
    out->failed = !base && bad[i].status == RB_STATUS_FAILED;
    return true;
  }
  return false;
}

static bool is_absent(const rb_sidegroup *group, bool related, rb_gate_cell *out) {
  if (group->n_of[RB_SIDE_FRESH])
    return false;
  if (group->elsewhere)
    say(out, RB_GATE_NOT_COMPARABLE, "the new run is of another device: ", group->elsewhere);
  else if (!related)
    say(out, RB_GATE_NOT_COMPARABLE, "", "the new run is of another suite: no cell in common");
  else
    say(out, RB_GATE_MISSING, "", "not in the new run");
  return true;
}

/* Whether a run has several cells of the configuration: pairs would not know which. */
static bool is_ambiguous(const rb_sidegroup *group) {
  for (size_t i = 1; i < group->n; i++)
    if (group->cells[i].side == group->cells[i - 1].side &&
        group->cells[i].trace == group->cells[i - 1].trace)
      return true;
  return false;
}

/* ---- a cell ---- */

/* load: of the first trace of the baseline. */
static bool name_cell(const rb_load *load, const rb_record *cell, rb_gate_cell *out, rb_err *err) {
  const char *part = rb_record_get_text(cell, RB_F_part), *id = rb_record_get_text(cell, RB_F_id);
  char *text = NULL;
  rb_phrase t;
  if (!rb_phrase_open(&t, &text, err))
    return false;
  rb_load_name(load, cell, true, t.to);
  bool ok = rb_phrase_close(&t, err);
  snprintf(out->name, sizeof out->name, "%s", text ? text : "");
  snprintf(out->part, sizeof out->part, "%s", part ? part : "");
  snprintf(out->id, sizeof out->id, "%s", id ? id : "");
  free(text);
  return ok;
}

static bool judge_cell(const rb_sides *sides, const rb_sidegroup *group, rb_gate_cell *out,
                       rb_err *err) {
  const rb_record *base = group->of[RB_SIDE_BASE]->cell, *fresh = group->of[RB_SIDE_FRESH]->cell;
  if (sides->paired && is_ambiguous(group)) {
    say(out, RB_GATE_NOT_COMPARABLE, "", "several cells of a run match it");
    return true;
  }
  if (!rb_exact_compare(base, fresh, sides->paired, out, err))
    return false;
  if (!rb_sidetime_is_timed(base) || !rb_sidetime_is_timed(fresh))
    return true;
  out->timed = rb_sidetime_has_common_clock(group);
  if (!out->timed)
    say(out, RB_GATE_NOT_COMPARABLE, "", "one side is timed by the device, the other by the host");
  return rb_sidetime_judge(sides, group, out, err);
}

/* ---- all cells ---- */

static bool note_absences(const rb_sidegroups *groups, rb_gate *gate, rb_err *err) {
  size_t n = 0;
  for (size_t i = 0; i < groups->n; i++) {
    size_t n_fresh = groups->list[i].n_of[RB_SIDE_FRESH];
    n += n_fresh > 0 && n_fresh < gate->n_fresh;
  }
  return (n == 0 || rb_gate_note(gate, err, "%zu cell%s not in every run of the new side", n,
                                 n == 1 ? " is" : "s are")) &&
         (groups->n_new == 0 ||
          rb_gate_note(gate, err, "%zu cell%s of the new side %s not in the baseline",
                       groups->n_new, groups->n_new == 1 ? "" : "s",
                       groups->n_new == 1 ? "is" : "are"));
}

static bool judge_all(const rb_sides *sides, const rb_sidegroups *groups, const rb_load *load,
                      rb_gate *gate, rb_err *err) {
  bool ok = rb_alloc((void **)&gate->cells, groups->n, sizeof *gate->cells, "cells", err);
  for (size_t i = 0; ok && i < groups->n; i++) {
    const rb_sidegroup *group = &groups->list[i];
    const rb_record *base = group->of[RB_SIDE_BASE]->cell;
    rb_gate_cell *out = &gate->cells[gate->n_cells++];
    ok =
        name_cell(load, base, out, err) &&
        (is_absent(group, groups->related, out) || has_bad_side(group, RB_SIDE_FRESH, false, out) ||
         has_bad_side(group, RB_SIDE_BASE, !sides->paired, out) ||
         has_bad_side(group, RB_SIDE_FRESH_AGAIN, false, out) ||
         judge_cell(sides, group, out, err));
    if (gate->suite[0] == 0 && rb_record_has(base, RB_F_suite))
      snprintf(gate->suite, sizeof gate->suite, "%.*s", RB_GATE_NAME - 1,
               rb_record_get_text(base, RB_F_suite));
    if (gate->device[0] == 0 && !rb_load_is_reference(base))
      snprintf(gate->device, sizeof gate->device, "%.*s", RB_GATE_NAME - 1, rb_devices_name(base));
  }
  return ok && note_absences(groups, gate, err);
}

static bool check_sizes(const rb_sides *c, rb_err *err) {
  const size_t sizes[] = {c->first.n_base, c->first.n_fresh, c->second.n_base, c->second.n_fresh};
  size_t most = c->paired ? RB_GATE_PAIRS : RB_GATE_RUNS;
  for (int i = 0; i < 4; i++)
    if (sizes[i] > most)
      return rb_fail(err, RB_USAGE, "%zu traces on one side; at most %zu can be compared", sizes[i],
                     most);
  return true;
}

bool rb_sides_gate(const rb_sides *sides, rb_gate *out, rb_err *err) {
  rb_load load = {0};
  rb_sidegroups groups = {0};
  *out = (rb_gate){.paired = sides->paired,
                   .margin = sides->margin,
                   .n_base = sides->first.n_base,
                   .n_fresh = sides->first.n_fresh,
                   .n_confirm = sides->second.n_fresh};
  bool ok = check_sizes(sides, err) && rb_load_trace(&sides->first.base[0], false, &load, err);
  if (ok && load.n_cells == 0)
    ok = rb_fail(err, RB_INCONCLUSIVE,
                 "the baseline has no cells, so there is nothing to compare with");
  ok = ok && rb_sidegroups_find(sides, &groups, err) &&
       judge_all(sides, &groups, &load, out, err) && rb_fingerprint_note(sides, out, err) &&
       rb_gate_decide(out, err);
  rb_sidegroups_free(&groups);
  rb_load_free(&load);
  return ok;
}
