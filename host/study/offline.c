// SPDX-License-Identifier: Apache-2.0
#include "study/offline.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "cl/build.h"
#include "cl/program.h"
#include "net/round.h"
#include "study/roof.h"

/* ---- which programs ---- */

typedef struct listing {
  rb_kernelset *set;
  bool ok;
  rb_err *err;
} listing;

static void add(void *context, const char *file, const char *entry, const char *options) {
  listing *l = context;
  char flags[RB_BUILD_FLAGS];
  rb_build_flags(options, flags);
  l->ok = l->ok && rb_kernelset_add(l->set, file, entry, flags, l->err);
}

bool rb_offline_list(const rb_device *device, const rb_variant *variant, rb_kernelset *out,
                     rb_err *err) {
  listing l = {out, true, err};
  *out = (rb_kernelset){0};
  snprintf(out->variant, sizeof out->variant, "%s", variant->name);
  rb_net_programs(device, variant, add, &l);
  rb_roof_programs(rb_variant_tensor_cores(device), add, &l);
  return l.ok;
}

void rb_offline_sign(rb_kernelset *set, const rb_device *device, const char *tool_version) {
  snprintf(set->tool_version, sizeof set->tool_version, "%s", tool_version);
  rb_program_hash(set->kernels_sha256);
  snprintf(set->device, sizeof set->device, "%s", device->identity);
  snprintf(set->device_name, sizeof set->device_name, "%s", device->name);
  snprintf(set->platform, sizeof set->platform, "%s", device->platform);
  snprintf(set->platform_version, sizeof set->platform_version, "%s", device->platform_version);
  snprintf(set->driver, sizeof set->driver, "%s", device->driver);
}

/* ---- in place of the compiler ---- */

/* A version of the tool with the same kernels may use them. */
static bool fits(const rb_offline *o, const rb_device *device, rb_err *err) {
  rb_kernelset here = {0};
  rb_offline_sign(&here, device, o->set.tool_version);
  snprintf(here.variant, sizeof here.variant, "%s", o->set.variant);
  const struct {
    const char *name, *there, *here;
  } rows[] = {
#define X(field) {#field, o->set.field, here.field},
      RB_KERNELSET_TEXTS(X)
#undef X
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (strcmp(rows[i].there, rows[i].here) != 0)
      return rb_fail(
          err, RB_USAGE,
          "the programs in %.512s are for %s '%.128s', here it is '%.128s': write others "
          "with `relubench build-kernels -d %u:%u -o DIR`",
          o->folder, rows[i].name, rows[i].there, rows[i].here, device->platform_index,
          device->device_index);
  return true;
}

static bool all_whole(const rb_offline *o, rb_err *err) {
  for (size_t i = 0; i < o->set.n; i++) {
    void *bytes = NULL;
    size_t n;
    if (!rb_kernelset_binary(o->folder, &o->set.programs[i], &bytes, &n, err))
      return false;
    free(bytes);
  }
  return true;
}

/* What any run of the variant may ask for is there. */
static bool all_there(const rb_offline *o, const rb_device *device, rb_err *err) {
  rb_variant variant;
  rb_kernelset wanted = {0};
  bool ok = rb_variant_parse(o->set.variant, &variant, err) &&
            rb_offline_list(device, &variant, &wanted, err);
  for (size_t i = 0; ok && i < wanted.n; i++) {
    const rb_kernelset_program *p = &wanted.programs[i];
    if (rb_kernelset_find(&o->set, p->file, p->options) == NULL)
      ok = rb_fail(err, RB_FAILED,
                   "%.512s has no program of kernels/%s.cl with '%s': write all of them with "
                   "`relubench build-kernels --variant %s -o DIR`",
                   o->folder, p->file, p->options, o->set.variant);
  }
  rb_kernelset_free(&wanted);
  return ok;
}

bool rb_offline_open(const char *folder, const rb_device *device, rb_offline **out, rb_err *err) {
  rb_offline *o = NULL;
  *out = NULL;
  if (!rb_alloc((void **)&o, 1, sizeof *o, "programs", err))
    return false;
  if (!rb_copy_text(&o->folder, folder, err) || !rb_kernelset_read(folder, &o->set, err) ||
      !fits(o, device, err) || !all_there(o, device, err) || !all_whole(o, err)) {
    rb_offline_close(o);
    return false;
  }
  *out = o;
  return true;
}

void rb_offline_close(rb_offline *o) {
  if (o == NULL)
    return;
  rb_kernelset_free(&o->set);
  free(o->folder);
  free(o);
}

static bool get(void *context, const char *file, const char *flags, void **bytes, size_t *n,
                rb_err *err) {
  const rb_offline *o = context;
  const rb_kernelset_program *program = rb_kernelset_find(&o->set, file, flags);
  if (program == NULL)
    return rb_fail(err, RB_FAILED, "%.512s has no program of kernels/%s.cl with '%s'", o->folder,
                   file, flags);
  return rb_kernelset_binary(o->folder, program, bytes, n, err);
}

void rb_offline_serve(rb_offline *o, rb_session *session) {
  rb_build_use(session, (rb_binaries){get, o});
}
