// SPDX-License-Identifier: Apache-2.0
/* Choosing devices by what the user wrote. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/mem.h"
#include "cl/device.h"

/* Better devices first: GPU, CPU, accelerator; then explicit vectors (a CPU driver that wants them
 * beats one that emulates a GPU on the same CPU), then compute units, then the loader's order. */
static bool better(const rb_device *a, const rb_device *b) {
  if (a->kind != b->kind)
    return a->kind < b->kind;
  if ((a->vector_width > 1) != (b->vector_width > 1))
    return a->vector_width > 1;
  return a->compute_units > b->compute_units;
}

static void sort_chosen(const rb_device *devices, size_t *chosen, size_t n) {
  for (size_t i = 1; i < n; i++) /* insertion: stable, and n is small */
    for (size_t k = i; k > 0 && better(&devices[chosen[k]], &devices[chosen[k - 1]]); k--) {
      size_t swap = chosen[k];
      chosen[k] = chosen[k - 1];
      chosen[k - 1] = swap;
    }
}

static bool contains_fold(const char *text, const char *part) {
  size_t n = strlen(part);
  for (; *text; text++)
    if (strncasecmp(text, part, n) == 0)
      return true;
  return n == 0;
}

typedef enum form {
  FORM_BEST,
  FORM_ALL,
  FORM_KIND,
  FORM_INDEX,
  FORM_UUID,
  FORM_PCI,
  FORM_NAME
} form;

typedef struct query {
  form form;
  rb_device_kind kind;
  unsigned platform, device;
  const char *text;
} query;

static bool parse(const char *selector, query *q, rb_err *err) {
  *q = (query){.text = selector};
  if (selector == NULL || *selector == 0) {
    q->form = FORM_BEST;
    return true;
  }
  if (strcasecmp(selector, "all") == 0) {
    q->form = FORM_ALL;
    return true;
  }
  for (int kind = 0; rb_device_kind_names[kind]; kind++)
    if (strcasecmp(selector, rb_device_kind_names[kind]) == 0) {
      q->form = FORM_KIND;
      q->kind = (rb_device_kind)kind;
      return true;
    }
  if (isdigit((unsigned char)selector[0])) {
    int used = 0;
    if (sscanf(selector, "%9u:%9u%n", &q->platform, &q->device, &used) == 2 &&
        selector[used] == 0) {
      q->form = FORM_INDEX;
      return true;
    }
    if (strchr(selector, ':') && strspn(selector, "0123456789:") == strlen(selector))
      return rb_fail(err, RB_USAGE,
                     "device '%.128s' is not PLATFORM:DEVICE, such as 0:0 (see relubench list)",
                     selector);
    if (strspn(selector, "0123456789") == strlen(selector))
      return rb_fail(
          err, RB_USAGE,
          "device '%.128s': a bare index is ambiguous; write PLATFORM:DEVICE, such as 0:0 "
          "(see relubench list)",
          selector);
  }
  if (strncasecmp(selector, "uuid:", 5) == 0 || strncasecmp(selector, "pci:", 4) == 0) {
    q->form = tolower((unsigned char)selector[0]) == 'u' ? FORM_UUID : FORM_PCI;
    q->text = strchr(selector, ':') + 1;
    if (*q->text == 0)
      return rb_fail(err, RB_USAGE, "device '%s': nothing after the colon", selector);
    return true;
  }
  q->form = FORM_NAME;
  return true;
}

static bool matches(const query *q, const rb_device *d) {
  char full[2 * RB_DEVICE_TEXT + 8];
  switch (q->form) {
  case FORM_BEST:
  case FORM_ALL:
    return true;
  case FORM_KIND:
    return d->kind == q->kind;
  case FORM_INDEX:
    return d->platform_index == q->platform && d->device_index == q->device;
  case FORM_UUID:
    return d->uuid[0] && strncasecmp(d->uuid, q->text, strlen(q->text)) == 0;
  case FORM_PCI:
    return d->pci[0] && strcasecmp(d->pci, q->text) == 0;
  case FORM_NAME:
    snprintf(full, sizeof full, "%s / %s", d->platform, d->name);
    return contains_fold(full, q->text) || contains_fold(d->platform_version, q->text);
  }
  return false;
}

/* "0:0 platform / name; 1:0 ..." of the given devices. */
static void name_them(const rb_device *devices, const size_t *which, size_t n, char *text,
                      size_t room) {
  size_t used = 0;
  text[0] = 0;
  for (size_t i = 0; i < n && used < room; i++) {
    const rb_device *d = &devices[which[i]];
    int more = snprintf(text + used, room - used, "%s%u:%u '%s / %s'%s%s", i ? "; " : "",
                        d->platform_index, d->device_index, d->platform, d->name,
                        d->fault[0] ? ", of which " : "", d->fault);
    used += more > 0 ? (size_t)more : 0;
  }
}

bool rb_device_select(const rb_device *devices, size_t n, const char *selector, size_t *chosen,
                      size_t *n_chosen, rb_err *err) {
  query q;
  char names[1200];
  *n_chosen = 0;
  if (!parse(selector, &q, err))
    return false;
  if (n == 0)
    return rb_fail(
        err, RB_NO_DEVICE,
        "no OpenCL device found; install a driver (pocl-opencl-icd runs on any CPU), or set "
        "RUSTICL_ENABLE=llvmpipe if Mesa's is the only one");
  for (size_t i = 0; i < n; i++)
    if (matches(&q, &devices[i]))
      chosen[(*n_chosen)++] = i;
  if (*n_chosen == 0) {
    for (size_t i = 0; i < n; i++)
      chosen[i] = i;
    name_them(devices, chosen, n, names, sizeof names);
    return rb_fail(err, RB_NO_DEVICE, "no device matches '%.128s'; there are: %s", selector, names);
  }
  sort_chosen(devices, chosen, *n_chosen);
  if (q.form == FORM_BEST)
    *n_chosen = 1;
  if (*n_chosen > 1 && q.form != FORM_ALL && q.form != FORM_KIND) {
    name_them(devices, chosen, *n_chosen, names, sizeof names);
    return rb_fail(err, RB_USAGE,
                   "device '%.128s' is ambiguous: %s; write PLATFORM:DEVICE or more of the name",
                   selector, names);
  }
  return true;
}

bool rb_device_choose(const char *selector, rb_device **out, size_t *n, rb_err *err) {
  rb_device *all = NULL;
  size_t n_all, *chosen = NULL;
  *out = NULL;
  bool ok = rb_device_list(&all, &n_all, err) &&
            rb_alloc((void **)&chosen, n_all, sizeof *chosen, "devices", err) &&
            rb_device_select(all, n_all, selector, chosen, n, err) &&
            rb_alloc((void **)out, *n, sizeof **out, "devices", err);
  for (size_t i = 0; ok && i < *n; i++)
    (*out)[i] = all[chosen[i]];
  free(chosen);
  free(all);
  return ok;
}
