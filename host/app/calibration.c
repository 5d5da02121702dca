// SPDX-License-Identifier: Apache-2.0
#include "app/calibration.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "app/args.h"
#include "app/cachefolder.h"
#include "base/mem.h"

static const char kind[] = "calibration";
enum { TEXT = 128 };

void rb_calibration_parse(const struct argp_state *state, const char *text, double *margin) {
  char *end;
  double value = strtod(text, &end);
  if (end != text && strcmp(end, "%") == 0) {
    value /= 100;
    end++;
  }
  if (end == text || *end || !(value > 0 && value <= 1))
    rb_args_fail(state, "--margin %.64s: a fraction above 0 and at most 1, such as 0.02 or 2%%",
                 text);
  *margin = value;
}

/* What it depends on, owned by the caller; NULL if the trace does not say it or memory is out. */
static char *key_of(const rb_trace *trace, size_t *n) {
  char *key = NULL;
  for (size_t i = 0; i < trace->n_records; i++) {
    const rb_record *record = trace->records[i];
    const char *device = rb_record_get_text(record, RB_F_device);
    const char *suite = rb_record_get_text(record, RB_F_suite);
    if (!rb_record_is_text(record, RB_F_type, "cell") || !device || !suite)
      continue;
    FILE *out = rb_mem_stream(&key, n);
    if (out)
      fprintf(out, "%s\n%s\n", device, suite);
    if (out && fclose(out) == 0)
      return key;
    break;
  }
  free(key);
  return NULL;
}

bool rb_calibration_get(rb_cache *cache, const rb_trace *trace, rb_calibration *out) {
  size_t n_key = 0, n = 0;
  void *data = NULL;
  char *key = key_of(trace, &n_key), text[TEXT], rest;
  bool ok = key && rb_cache_get(cache, kind, key, n_key, &data, &n) && n > 0 && n < TEXT;
  if (ok) {
    memcpy(text, data, n);
    text[n] = 0;
    ok = sscanf(text, "margin %lf sd %lf%c", &out->margin, &out->sd, &rest) == 2 &&
         out->margin > 0 && out->margin <= 1 && out->sd >= 0 && out->sd <= 1;
  }
  free(data);
  free(key);
  return ok;
}

bool rb_calibration_find(double given, const rb_trace *base, rb_calibration *out, bool *kept,
                         rb_err *err) {
  rb_cache *cache = NULL;
  if (!rb_cachefolder_open(&cache, err))
    return false;
  *kept = rb_calibration_get(cache, base, out);
  rb_cachefolder_close(cache, true);
  if (!*kept)
    *out = (rb_calibration){.margin = RB_GATE_MARGIN};
  if (given > 0)
    out->margin = given;
  *kept = *kept && !(given > 0);
  return true;
}

bool rb_calibration_note(rb_gate *gate, rb_err *err) {
  return rb_gate_note(gate, err, "the margin is what calibrate found for this device and suite");
}

void rb_calibration_put(rb_cache *cache, const rb_trace *trace, rb_calibration value) {
  size_t n_key = 0;
  char *key = key_of(trace, &n_key), text[TEXT];
  int n = snprintf(text, sizeof text, "margin %.17g sd %.17g", value.margin, value.sd);
  if (key)
    rb_cache_put(cache, kind, key, n_key, text, (size_t)n);
  free(key);
}
