// SPDX-License-Identifier: Apache-2.0
#include "report/fingerprint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/growth.h"

/* First record with this field in the traces of a side; NULL if there is none. */
static const rb_record *find_with(const rb_trace *traces, size_t n, rb_field field) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < traces[i].n_records; j++)
      if (rb_record_has(traces[i].records[j], field))
        return traces[i].records[j];
  return NULL;
}

typedef struct wanted {
  const char *key;
  char value[RB_GATE_TEXT / 4];
} wanted;

static void take_fact(void *context, const char *key, double value, const char *text) {
  wanted *w = context;
  (void)value;
  if (strcmp(key, w->key) == 0 && text)
    snprintf(w->value, sizeof w->value, "%.*s", (int)sizeof w->value - 1, text);
}

/* A fact about the host into w->value; "" if the header has none. */
static void find_fact(const rb_record *run, const char *key, wanted *w) {
  *w = (wanted){.key = key};
  if (run)
    rb_record_each(run, RB_F_host, take_fact, w);
}

/* The text of a field, or of the fact of the host. */
static void find_text(const rb_trace *traces, size_t n, rb_field field, const char *fact,
                      wanted *w) {
  const rb_record *record = find_with(traces, n, field);
  if (fact)
    find_fact(record, fact, w);
  else if (record)
    snprintf(w->value, sizeof w->value, "%.*s", (int)sizeof w->value - 1,
             rb_record_get_text(record, field));
}

static bool note_differences(const rb_sides_stage *stage, bool paired, rb_gate *gate, rb_err *err) {
  static const struct {
    const char *name;
    rb_field field;
    const char *fact;
    bool of_check; /* sides of `ab` may differ in it on purpose, or cannot */
  } all[] = {{"driver", RB_F_driver, NULL, false},
             {"program", RB_F_git_revision, NULL, true},
             {"processor", RB_F_host, "cpu", true},
             {"suite file or overrides", RB_F_suite_hash, NULL, true}};
  bool ok = true;
  for (size_t i = 0; ok && i < sizeof all / sizeof *all; i++) {
    wanted base = {0}, fresh = {0};
    if (paired && all[i].of_check)
      continue;
    find_text(stage->base, stage->n_base, all[i].field, all[i].fact, &base);
    find_text(stage->fresh, stage->n_fresh, all[i].field, all[i].fact, &fresh);
    if (base.value[0] && fresh.value[0] && strcmp(base.value, fresh.value) != 0)
      ok = rb_gate_note(gate, err, "another %s: %.12s%s in the baseline, %.12s%s here", all[i].name,
                        base.value, strlen(base.value) > 12 ? ".." : "", fresh.value,
                        strlen(fresh.value) > 12 ? ".." : "");
  }
  return ok;
}

double rb_fingerprint_load(const rb_record *run) {
  wanted load, cpus;
  char *end;
  find_fact(run, "load", &load);
  find_fact(run, "cpus", &cpus);
  double average = strtod(load.value, &end);
  double each = end == load.value ? NAN : average / atof(cpus.value);
  return isfinite(each) && each >= 0 ? each : NAN;
}

/* The largest load average for each processor when a run of these traces began; 0 if none says. */
static double busiest(const rb_trace *traces, size_t n) {
  double most = 0;
  for (size_t i = 0; i < n; i++) {
    double each = rb_fingerprint_load(find_with(&traces[i], 1, RB_F_host));
    most = each > most ? each : most;
  }
  return most;
}

/* Of ln of the compute roofs of one side: the farthest two. */
static double roof_range(const rb_trace *traces, size_t n) {
  double lo = INFINITY, hi = -INFINITY;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < traces[i].n_records; j++) {
      double roof = rb_record_get_real(traces[i].records[j], RB_F_roof_gflops);
      if (rb_record_is_text(traces[i].records[j], RB_F_type, "roof") && roof > 0) {
        lo = fmin(lo, log(roof));
        hi = fmax(hi, log(roof));
      }
    }
  return hi > lo ? hi - lo : 0;
}

static bool note_busy(const rb_trace *traces, size_t n, const char *side, rb_gate *gate,
                      rb_err *err) {
  double load = busiest(traces, n), roofs = roof_range(traces, n);
  bool ok = true;
  if (load > RB_FINGERPRINT_IDLE)
    ok = rb_gate_note(gate, err,
                      "the host was busy when a run of %s began: load average %.2f for each "
                      "processor",
                      side, load);
  if (ok && roofs > RB_GROWTH_QUIET)
    ok = rb_gate_note(gate, err,
                      "roofs in the runs of %s differ by %.0f %%: the machine did something else "
                      "too, or changed its clock",
                      side, 100 * expm1(roofs));
  return ok;
}

/* Of the differences of the pairs, the worst cell. */
static bool note_scatter(rb_gate *gate, rb_err *err) {
  double most = 0;
  for (size_t i = 0; i < gate->n_cells; i++)
    if (gate->cells[i].timed && gate->cells[i].first.sd > most)
      most = gate->cells[i].first.sd;
  return most <= RB_GROWTH_QUIET ||
         rb_gate_note(gate, err,
                      "pairs differ among each other by up to %.0f %%: the machine did something "
                      "else too",
                      100 * expm1(most));
}

bool rb_fingerprint_note(const rb_sides *sides, rb_gate *gate, rb_err *err) {
  const rb_sides_stage *stage = &sides->first;
  if (!note_differences(stage, sides->paired, gate, err))
    return false;
  /* Of pairs each run loads the machine for the next; the first one tells what else there was. */
  if (sides->paired)
    return note_busy(stage->base, 1, "this comparison", gate, err) && note_scatter(gate, err);
  return note_busy(stage->base, stage->n_base, "the baseline", gate, err) &&
         note_busy(stage->fresh, stage->n_fresh, "the new side", gate, err);
}
