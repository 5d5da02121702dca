// SPDX-License-Identifier: Apache-2.0
#include "report/gatephrases.h"

#include <math.h>

#include "report/figure.h"
#include "report/phrase.h"

static const char *plural(size_t n) {
  return n == 1 ? "" : "s";
}

/* To one decimal, and never minus nothing. */
static double percent_of(double shift) {
  return rint(1000 * expm1(shift)) / 10 + 0.0;
}

void rb_gatephrases_change(const rb_gate_shift *shift, char text[RB_GATEPHRASES_ROOM]) {
  text[0] = '\0';
  if (!isfinite(shift->value))
    return;
  int n = snprintf(text, RB_GATEPHRASES_ROOM, "%+.1f %%", percent_of(shift->value));
  if (isfinite(shift->lo) && isfinite(shift->hi))
    snprintf(text + n, RB_GATEPHRASES_ROOM - (size_t)n, " (%+.1f..%+.1f)", percent_of(shift->lo),
             percent_of(shift->hi));
}

bool rb_gatephrases_claim(const rb_gate *gate, char **out, rb_err *err) {
  const size_t *n = gate->n_state;
  char margin[RB_FIGURE_ROOM];
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  rb_figure_one(margin, RB_FIGURE_PERCENT, gate->margin, "");
  fputs(gate->code == RB_DONE                        ? "no regression"
        : gate->code == RB_REGRESSION                ? "regression"
        : gate->code == RB_WRONG                     ? "wrong results"
        : gate->code == RB_FAILED                    ? "cells failed"
        : gate->code == RB_MISSING                   ? "cells are missing"
        : n[RB_GATE_NOT_COMPARABLE] == gate->n_cells ? "not comparable"
                                                     : "inconclusive",
        t.to);
  fprintf(t.to, ": of %zu cell%s", gate->n_cells, plural(gate->n_cells));
  const char *separator = " ";
  for (int i = 0; i < RB_GATE_N_STATES; i++)
    if (n[i]) {
      fprintf(t.to, "%s%zu %s", separator, n[i], rb_gate_states[i]);
      separator = ", ";
    }
  if (gate->n_differ)
    fprintf(t.to, "; counts of %zu differ", gate->n_differ);
  fprintf(t.to, "; margin %s", margin);
  return rb_phrase_close(&t, err);
}

bool rb_gatephrases_cell(const rb_gate_cell *cell, char **out, rb_err *err) {
  char change[RB_GATEPHRASES_ROOM] = "";
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  if (cell->timed)
    rb_gatephrases_change(rb_gate_deciding(cell), change);
  fputs(rb_gate_states[cell->state], t.to);
  const struct {
    const char *before, *text;
  } parts[] = {{": time ", change}, {"; ", cell->reason}, {"; ", cell->exact}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (parts[i].text[0])
      fprintf(t.to, "%s%s", parts[i].before, parts[i].text);
  return rb_phrase_close(&t, err);
}

/* Pairs that the unsure cells want; 0 if no number would do. */
static size_t pairs_wanted(const rb_gate *gate) {
  size_t most = 0;
  for (size_t i = 0; i < gate->n_cells; i++) {
    const rb_gate_cell *cell = &gate->cells[i];
    const rb_gate_shift *shift = rb_gate_deciding(cell);
    if (cell->state != RB_GATE_UNSURE)
      continue;
    size_t wanted = rb_gate_pairs_wanted(shift->value, shift->sd, log1p(gate->margin));
    if (wanted == 0 || wanted > RB_GATE_PAIRS)
      return 0;
    most = wanted > most ? wanted : most;
  }
  return most;
}

static bool has_unconfirmed(const rb_gate *gate) {
  for (size_t i = 0; i < gate->n_cells; i++)
    if (gate->cells[i].suspect && gate->cells[i].second.n_base == 0)
      return true;
  return false;
}

static void put_unsure(const rb_gate *gate, FILE *to) {
  size_t wanted = pairs_wanted(gate);
  if (!gate->paired)
    fputs(
        "unsure: give more runs, at least 3 and better 5 a side (--base TRACE, --new TRACE), made "
        "on a quiet machine; `relubench ab` decides finer, as its sides share the machine's state",
        to);
  else if (wanted > gate->n_base)
    fprintf(to, "unsure: about %zu pairs would decide (--pairs %zu)", wanted, wanted);
  else if (wanted)
    fputs("unsure: another comparison of as many pairs may decide; do not repeat it until it suits",
          to);
  else
    fputs("unsure: the shift is too near the margin, or the machine too noisy, for any number of "
          "pairs: stop what else runs, fix the clock, or choose another --margin; `relubench "
          "calibrate` tells which margin this machine supports",
          to);
}

bool rb_gatephrases_step(const rb_gate *gate, int i, char **out, rb_err *err) {
  const size_t *n = gate->n_state;
  size_t n_failed = 0;
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  for (size_t j = 0; j < gate->n_cells; j++)
    n_failed += gate->cells[j].failed;
  if (i == 0 && n[RB_GATE_WRONG])
    fputs("wrong: mend the result first; `relubench show` of the new trace says more, and nothing "
          "is said of its speed until it is right",
          t.to);
  if (i == 1 && n_failed)
    fputs("failed: the reason is the driver's or the compiler's; run the suite again once it is "
          "mended",
          t.to);
  if (i == 2 && n[RB_GATE_MISSING] > n_failed)
    fputs("missing: run the whole suite again; cells that were dropped on purpose need a new "
          "baseline",
          t.to);
  if (i == 3 && n[RB_GATE_SLOWER])
    fputs("slower: `relubench show` of both sides tells which phase; if it is meant, keep the new "
          "traces as the baseline",
          t.to);
  if (i == 4 && gate->n_differ)
    fputs("counts: what the device is asked to do has changed; if it is meant, keep the new traces "
          "as the baseline",
          t.to);
  if (i == 5 && !gate->paired && has_unconfirmed(gate))
    fputs(
        "suspects: run the suite again, 3 times or more, and add each trace with --confirm TRACE; "
        "only fresh data decide",
        t.to);
  else if (i == 5 && n[RB_GATE_UNSURE])
    put_unsure(gate, t.to);
  if (i == 6 && n[RB_GATE_NOT_COMPARABLE])
    fputs("not comparable: compare runs of one suite on one device; a baseline belongs to the "
          "device that it was made on",
          t.to);
  return rb_phrase_close(&t, err);
}
