// SPDX-License-Identifier: Apache-2.0
#include "report/exact.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/load.h"
#include "report/phrase.h"

/* The differences so far. */
typedef struct found {
  FILE *to;
  size_t n;
} found;

static void begin(found *of) {
  fputs(of->n++ ? "; " : "", of->to);
}

/* ---- launches ---- */

typedef struct launches {
  found *of;
  const rb_record *other;
  bool is_base; /* of whose phases these are */
  const char *phase;
  double in_other; /* NAN: none */
} launches;

static void take(void *context, const char *phase, double n, const char *text) {
  launches *l = context;
  (void)text;
  if (strcmp(phase, l->phase) == 0)
    l->in_other = n;
}

/* Phases of the new side are looked at only where the baseline lacks them. */
static void match(void *context, const char *phase, double n, const char *text) {
  launches *l = context;
  (void)text;
  l->phase = phase;
  l->in_other = NAN;
  rb_record_each(l->other, RB_F_launches, take, l);
  double other = isnan(l->in_other) ? 0 : l->in_other;
  if (n == other || (!l->is_base && !isnan(l->in_other)))
    return;
  begin(l->of);
  fprintf(l->of->to, "launches of %s: %.0f, were %.0f", phase, l->is_base ? other : n,
          l->is_base ? n : other);
}

static void compare_launches(const rb_record *base, const rb_record *fresh, found *of) {
  if (!rb_record_has(base, RB_F_launches) || !rb_record_has(fresh, RB_F_launches))
    return;
  rb_record_each(base, RB_F_launches, match, &(launches){of, fresh, true, NULL, NAN});
  rb_record_each(fresh, RB_F_launches, match, &(launches){of, base, false, NULL, NAN});
}

/* ---- a cell ---- */

static void compare_numbers(const rb_record *base, const rb_record *fresh, found *of) {
  static const rb_field fields[] = {RB_F_flop, RB_F_peak_device_bytes};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    if (!rb_record_has(base, fields[i]) || !rb_record_has(fresh, fields[i]) ||
        rb_load_compare(base, fresh, fields[i]) == 0)
      continue;
    begin(of);
    fprintf(of->to, "%s: %.17g, were %.17g", rb_schema[fields[i]].name,
            rb_record_get_real(fresh, fields[i]), rb_record_get_real(base, fields[i]));
  }
}

static bool same_kernels(const rb_record *a, const rb_record *b) {
  static const rb_field fields[] = {RB_F_backend, RB_F_variant, RB_F_tile, RB_F_chunk};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (rb_load_compare(a, b, fields[i]) != 0)
      return false;
  return true;
}

bool rb_exact_compare(const rb_record *base, const rb_record *fresh, bool paired, rb_gate_cell *out,
                      rb_err *err) {
  char *text = NULL;
  rb_phrase t;
  if (!rb_phrase_open(&t, &text, err))
    return false;
  found of = {t.to, 0};
  if (same_kernels(base, fresh)) {
    compare_launches(base, fresh, &of);
    compare_numbers(base, fresh, &of);
    out->differs = of.n && !paired;
  } else if (!paired) {
    const char *was = rb_record_get_text(base, RB_F_variant);
    const char *is = rb_record_get_text(fresh, RB_F_variant);
    fprintf(t.to, "other kernels, so counts are not compared: %s, were %s", is ? is : "none",
            was ? was : "none");
  }
  bool ok = rb_phrase_close(&t, err);
  snprintf(out->exact, sizeof out->exact, "%s", text ? text : "");
  free(text);
  return ok;
}
