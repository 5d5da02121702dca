// SPDX-License-Identifier: Apache-2.0
#include "report/comparephrases.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/stats.h"
#include "report/devices.h"
#include "report/figure.h"
#include "report/growth.h"
#include "report/phrase.h"

enum { HASH_DIGITS = 12 }; /* of a hash that people see */

static const char *text_of(const rb_record *record, rb_field field, const char *otherwise) {
  const char *text = record ? rb_record_get_text(record, field) : NULL;
  return text ? text : otherwise;
}

static const char *plural(size_t n) {
  return n == 1 ? "" : "s";
}

bool rb_comparephrases_claim(const rb_compare *compare, char **out, rb_err *err) {
  size_t n_refused = 0;
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  for (size_t i = 0; i < compare->n_pairs; i++)
    n_refused += compare->pairs[i].n_state[RB_COMPARE_REFUSED];
  fprintf(t.to, "%zu system%s in %zu trace%s: ", compare->systems.n, plural(compare->systems.n),
          compare->n_traces, plural(compare->n_traces));
  if (compare->n_pairs == 0)
    fputs("nothing to compare one with", t.to);
  else if (compare->n_compared == 0)
    fputs("nothing can be compared", t.to);
  else
    fprintf(t.to, "%zu timed cell%s compared", compare->n_compared, plural(compare->n_compared));
  if (n_refused)
    fprintf(t.to, ", %zu not comparable", n_refused);
  return rb_phrase_close(&t, err);
}

bool rb_comparephrases_system(const rb_compare *compare, size_t i, bool numbered, char **out,
                              rb_err *err) {
  const rb_system *one = &compare->systems.list[i];
  const char *identity = rb_record_get_text(one->first, RB_F_device);
  bool reference = rb_load_is_reference(one->first);
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  if (numbered)
    fprintf(t.to, "%zu: ", i + 1);
  const char *name = rb_devices_name(one->first);
  const char *platform = rb_record_get_text(one->first, RB_F_platform);
  fprintf(t.to, "%s%s%s", platform ? platform : "", platform ? " / " : "", name);
  if (!reference)
    fprintf(t.to, ", driver %s, %s", text_of(one->first, RB_F_driver, "unknown"),
            text_of(one->first, RB_F_backend, "unknown backend"));
  /* Without UUID or address the identity is "platform / name" already. */
  if (identity && !reference && strcmp(identity, name) != 0 && !strstr(identity, " / "))
    fprintf(t.to, "; %s", identity);
  fprintf(t.to, "; suite %s %.*s; relubench %s %.*s, %s", text_of(one->run, RB_F_suite, "unknown"),
          HASH_DIGITS, text_of(one->run, RB_F_suite_hash, ""),
          text_of(one->run, RB_F_tool_version, "-"), HASH_DIGITS,
          text_of(one->run, RB_F_git_revision, "unknown"),
          text_of(one->run, RB_F_started, "an unknown time"));
  if (compare->paths)
    fprintf(t.to, "; %s", compare->paths[one->trace]);
  return rb_phrase_close(&t, err);
}

bool rb_comparephrases_pair(const rb_compare_pair *pair, char **out, rb_err *err) {
  const size_t *n = pair->n_state;
  size_t n_compared = n[RB_COMPARE_FASTER] + n[RB_COMPARE_SLOWER] + n[RB_COMPARE_UNSURE];
  char mean[RB_FIGURE_ROOM], least[RB_FIGURE_ROOM], most[RB_FIGURE_ROOM];
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  rb_figure_one(mean, RB_FIGURE_REAL, pair->mean, "");
  rb_figure_one(least, RB_FIGURE_REAL, pair->range[0], "");
  rb_figure_one(most, RB_FIGURE_REAL, pair->range[1], "");
  fprintf(t.to, "%zu against %zu: ", pair->other + 1, pair->base + 1);
  if (n_compared == 0)
    fputs("no timed cell can be compared", t.to);
  else
    fprintf(t.to,
            "%s times as fast (geometric mean of %zu cell%s, from %s to %s); faster in %zu, slower "
            "in %zu, not told apart in %zu",
            mean, n_compared, plural(n_compared), least, most, n[RB_COMPARE_FASTER],
            n[RB_COMPARE_SLOWER], n[RB_COMPARE_UNSURE]);
  if (n[RB_COMPARE_REFUSED])
    fprintf(t.to, "; %zu not comparable", n[RB_COMPARE_REFUSED]);
  if (n[RB_COMPARE_UNTIMED])
    fprintf(t.to, "; %zu right in both, without a time to compare", n[RB_COMPARE_UNTIMED]);
  return rb_phrase_close(&t, err);
}

bool rb_comparephrases_target(const rb_compare *compare, const rb_compare_pair *pair, char **out,
                              rb_err *err) {
  size_t n[2][3] = {{0}}, n_compared = 0;
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  for (size_t i = 0; i < pair->n_cells; i++) {
    if (pair->cells[i].state > RB_COMPARE_UNSURE)
      continue;
    n_compared++;
    for (int j = 0; j < 2; j++)
      n[j][pair->cells[i].quality[j].state]++;
  }
  if (n_compared)
    fprintf(t.to, "sin-theta <= %g is reached by %zu in %zu of %zu cell%s, by %zu in %zu",
            compare->target, pair->base + 1, n[0][RB_QUALITY_REACHED], n_compared,
            plural(n_compared), pair->other + 1, n[1][RB_QUALITY_REACHED]);
  size_t n_unknown = n[0][RB_QUALITY_UNKNOWN] + n[1][RB_QUALITY_UNKNOWN];
  if (n_unknown)
    fprintf(t.to, "; not known of %zu, whose trace lacks sin-theta (after each of several rounds)",
            n_unknown);
  return rb_phrase_close(&t, err);
}

/* What a curve holds fixed: the shape, and what tells it from others of the pair. */
static rb_load_set fixed_along(const rb_compare_pair *pair, const rb_crossover *one) {
  rb_load_set set = rb_load_bit(RB_F_d) | rb_load_bit(RB_F_T) | rb_load_bit(RB_F_m) |
                    rb_load_bit(RB_F_n1) | rb_load_bit(RB_F_n2);
  const rb_record **cells = NULL;
  rb_err ignored = {0};
  if (rb_alloc((void **)&cells, pair->n_crossovers, sizeof *cells, "curves", &ignored)) {
    for (size_t i = 0; i < pair->n_crossovers; i++)
      cells[i] = pair->crossovers[i].cell;
    set |= rb_load_told(cells, pair->n_crossovers);
  }
  free(cells);
  return set & ~(rb_growth_along((rb_growth_axis)one->axis) | rb_match_apart() |
                 rb_load_bit(RB_F_eta_a) | rb_load_bit(RB_F_eta_w));
}

bool rb_comparephrases_crossover(const rb_compare_pair *pair, const rb_crossover *one, char **out,
                                 rb_err *err) {
  rb_growth_axis axis = (rb_growth_axis)one->axis;
  const char *name = rb_growth_axes[axis];
  size_t base = pair->base + 1, other = pair->other + 1;
  bool faster = one->state == RB_CROSSOVER_FASTER;
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  fprintf(t.to, "over %s at ", name);
  rb_load_write(one->cell, fixed_along(pair, one), true, t.to);
  if (one->state == RB_CROSSOVER_UP || one->state == RB_CROSSOVER_DOWN)
    fprintf(t.to, ": %zu overtakes %zu at %s = %.3g (between %" PRIu64 " and %" PRIu64 ")",
            one->state == RB_CROSSOVER_UP ? other : base,
            one->state == RB_CROSSOVER_UP ? base : other, name, one->size, one->between[0],
            one->between[1]);
  else if (one->state == RB_CROSSOVER_UNSURE)
    fprintf(t.to,
            ": no crossover in range, and no size from %" PRIu64 " to %" PRIu64
            " at which the two are told apart",
            one->range[0], one->range[1]);
  else
    fprintf(t.to,
            ": no crossover in range; %zu is the faster one at %zu of %zu sizes from %" PRIu64
            " to %" PRIu64 ", and at none the other",
            faster ? other : base, one->n_told, one->n_sizes, one->range[0], one->range[1]);
  return rb_phrase_close(&t, err);
}

bool rb_comparephrases_energy(const rb_compare *compare, size_t i, char **out, rb_err *err) {
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  fprintf(t.to, "energy of %zu: %s", i + 1, rb_system_energy(&compare->systems.list[i]));
  return rb_phrase_close(&t, err);
}

/* ---- notes ---- */

static void put_suites(const rb_compare *compare, FILE *to) {
  if (!compare->suites_differ)
    return;
  fputs("the suites differ (", to);
  for (size_t i = 0; i < compare->n_traces; i++)
    fprintf(to, "%s%s %.*s", i ? ", " : "", text_of(compare->loads[i].run, RB_F_suite, "unknown"),
            HASH_DIGITS, text_of(compare->loads[i].run, RB_F_suite_hash, ""));
  fputs("): cells are matched by their configuration", to);
}

static void put_clocks(const rb_compare *compare, FILE *to) {
  for (size_t i = 0; i < compare->n_pairs; i++)
    if (compare->pairs[i].clocks_differ) {
      fprintf(to,
              "%zu and %zu were not timed by the same kind of clock: the host's also counts the "
              "time between commands",
              compare->pairs[i].base + 1, compare->pairs[i].other + 1);
      return;
    }
}

static void put_few(const rb_compare *compare, FILE *to) {
  size_t n = 0;
  for (size_t i = 0; i < compare->n_pairs; i++)
    for (size_t j = 0; j < compare->pairs[i].n_cells; j++)
      n += compare->pairs[i].cells[j].state == RB_COMPARE_UNSURE &&
           isnan(compare->pairs[i].cells[j].ratio[1]);
  if (n)
    fprintf(to, "%zu ratio%s without an interval: that takes %d repetitions on either side", n,
            plural(n), RB_STATS_LEAST);
}

static void put_idle(const rb_compare *compare, FILE *to) {
  const rb_systems *systems = &compare->systems;
  const char *separator = "";
  for (size_t i = 0; i < systems->n; i++) {
    bool used = systems->list[i].partner != RB_SYSTEM_NONE;
    for (size_t j = 0; j < systems->n; j++)
      used = used || systems->list[j].partner == (int)i;
    if (used || systems->n == 1)
      continue;
    fprintf(to, "%s%zu", separator, i + 1);
    separator = ", ";
  }
  if (separator[0])
    fputs(": no other system has this backend to be compared with", to);
}

bool rb_comparephrases_note(const rb_compare *compare, int which, char **out, rb_err *err) {
  static void (*const notes[RB_COMPAREPHRASES_NOTES])(const rb_compare *, FILE *) = {
      put_suites, put_clocks, put_few, put_idle};
  rb_phrase t;
  if (!rb_phrase_open(&t, out, err))
    return false;
  notes[which](compare, t.to);
  return rb_phrase_close(&t, err);
}
