// SPDX-License-Identifier: Apache-2.0
#include "app/direct.h"
#include <stdlib.h>
#include "app/cachefolder.h"
#include "app/prebuilt.h"
#include "base/mem.h"
#include "cl/blas.h"
#include "net/tuning.h"
#include "net/variant.h"
#include "study/run.h"

static bool needs_device(const rb_plan *plan) {
  for (size_t i = 0; i < plan->n_cells; i++)
    if (plan->cells[i].backend != RB_BACKEND_REFERENCE)
      return true;
  return false;
}

/* The first cell that wants CLBlast, or NULL. */
static const rb_cell *first_of_clblast(const rb_plan *plan) {
  for (size_t i = 0; i < plan->n_cells; i++)
    if (plan->cells[i].backend == RB_BACKEND_CLBLAST)
      return &plan->cells[i];
  return NULL;
}

bool rb_direct_choose(const rb_runopts *opts, const rb_plan *plan, rb_direct *out, rb_err *err) {
  *out = (rb_direct){.opts = opts, .plan = plan, .n = 1};
  if (needs_device(plan) && !rb_device_choose(opts->device, &out->devices, &out->n, err)) {
    out->n = 0;
    return false;
  }
  return rb_alloc((void **)&out->sessions, out->n, sizeof *out->sessions, "sessions", err) &&
         (opts->no_cache || rb_cachefolder_open(&out->cache, err));
}

const rb_device *rb_direct_device(const rb_direct *direct, size_t i) {
  return direct->devices ? &direct->devices[i] : NULL;
}

/* What is given, else what `tune` found. */
static bool choose_variant(const rb_direct *direct, rb_device *device, bool notes, rb_err *err) {
  char tuned[RB_TUNING_TEXT];
  rb_variant given;
  if (direct->opts->variant) {
    if (!rb_variant_parse(direct->opts->variant, &given, err) ||
        !rb_variant_check(&given, device, err))
      return false;
    snprintf(device->variant, sizeof device->variant, "%s", direct->opts->variant);
  } else if (rb_tuning_get(direct->cache, device, RB_BACKEND_NATIVE, tuned)) {
    snprintf(device->variant, sizeof device->variant, "%.*s", RB_VARIANT_TEXT - 1, tuned);
    if (notes)
      fprintf(stderr, "relubench: kernels %s, tuned on this device\n", device->variant);
  }
  return true;
}

static bool tune_blas(const rb_direct *direct, rb_session *session, bool notes, rb_err *err) {
  char tuned[RB_TUNING_TEXT];
  if (first_of_clblast(direct->plan) == NULL ||
      !rb_tuning_get(direct->cache, rb_session_device(session), RB_BACKEND_CLBLAST, tuned))
    return true;
  if (!rb_blas_use(session, tuned, err))
    return false;
  if (notes)
    fprintf(stderr, "relubench: CLBlast %s, tuned on this device\n", tuned);
  return true;
}

bool rb_direct_open(rb_direct *direct, size_t i, bool notes, rb_err *err) {
  if (direct->devices == NULL)
    return true;
  rb_device *device = &direct->devices[i];
  rb_session **session = &direct->sessions[i];
  if (!rb_prebuilt_find(direct->opts->kernels, direct->opts->variant, device, direct->n,
                        first_of_clblast(direct->plan), &direct->offline, err))
    return false;
  if (!direct->offline && !choose_variant(direct, device, notes, err))
    return false;
  if (!rb_session_open(device, direct->opts->check, session, err))
    return false;
  rb_session_use_cache(*session, direct->cache);
  if (direct->offline)
    rb_offline_serve(direct->offline, *session);
  return tune_blas(direct, *session, notes, err) && rb_run_preflight(direct->plan, *session, err);
}

void rb_direct_close(rb_direct *direct, bool in_haste, bool quiet) {
  for (size_t i = 0; direct->sessions && i < direct->n; i++)
    if (direct->sessions[i]) {
      if (in_haste)
        rb_session_use_cache(direct->sessions[i], NULL);
      rb_session_close(direct->sessions[i]);
    }
  rb_offline_close(direct->offline);
  rb_cachefolder_close(direct->cache, quiet);
  free(direct->sessions);
  free(direct->devices);
  *direct = (rb_direct){0};
}
