// SPDX-License-Identifier: Apache-2.0
#include "cl/internal.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

const char *const rb_device_kind_names[] = {"gpu", "cpu", "accelerator", NULL};

/* Device identity queries that are extensions (cl_khr_device_uuid, cl_khr_pci_bus_info). */
enum { DEVICE_UUID = 0x106A, DEVICE_PCI = 0x410F };

static void copy_info(cl_device_id device, cl_device_info what, char *out, size_t room) {
  char text[4096] = "";
  size_t n = 0;
  if (clGetDeviceInfo(device, what, 0, NULL, &n) == CL_SUCCESS && n <= sizeof text)
    clGetDeviceInfo(device, what, n, text, NULL);
  text[sizeof text - 1] = 0;
  snprintf(out, room, "%s", text);
}

void rb_device_stable_name(const char *platform, const char *name, char *out, size_t room) {
  char joined[2 * RB_DEVICE_TEXT + 8], kept[sizeof joined];
  snprintf(joined, sizeof joined, "%s / %s", platform, name);
  /* Mesa writes "llvmpipe (LLVM 15.0.6, 256 bits)" and "Radeon (navi10, LLVM 15, DRM 3.49, 6.1.0)".
   */
  size_t n = 0;
  int depth = 0;
  for (const char *c = joined; *c; c++) {
    if (*c == '(')
      depth++;
    if (depth == 0)
      kept[n++] = *c;
    if (*c == ')' && depth > 0)
      depth--;
  }
  while (n > 0 && kept[n - 1] == ' ')
    n--;
  kept[n] = 0;
  snprintf(out, room, "%s", kept);
}

static void fill_identity(rb_device *d) {
  if (strstr(d->extensions, "cl_khr_device_uuid")) {
    unsigned char uuid[16] = {0};
    if (clGetDeviceInfo(d->handle, DEVICE_UUID, sizeof uuid, uuid, NULL) == CL_SUCCESS) {
      bool some = false;
      for (int i = 0; i < 16; i++) {
        snprintf(d->uuid + 2 * i, 3, "%02x", uuid[i]);
        some = some || uuid[i];
      }
      if (!some)
        d->uuid[0] = 0;
    }
  }
  if (strstr(d->extensions, "cl_khr_pci_bus_info")) {
    cl_uint pci[4] = {0}; /* domain, bus, device, function */
    if (clGetDeviceInfo(d->handle, DEVICE_PCI, sizeof pci, pci, NULL) == CL_SUCCESS)
      snprintf(d->pci, sizeof d->pci, "%04x:%02x:%02x.%x", pci[0] & 0xffff, pci[1] & 0xff,
               pci[2] & 0xff, pci[3] & 0xf);
  }
  if (d->uuid[0])
    snprintf(d->identity, sizeof d->identity, "uuid:%s", d->uuid);
  else if (d->pci[0])
    snprintf(d->identity, sizeof d->identity, "pci:%s", d->pci);
  else
    rb_device_stable_name(d->platform, d->name, d->identity, sizeof d->identity);
}

static void fill(rb_device *d, cl_platform_id platform, cl_device_id device) {
  d->handle = device;
  clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof d->platform - 1, d->platform, NULL);
  clGetPlatformInfo(platform, CL_PLATFORM_VERSION, sizeof d->platform_version - 1,
                    d->platform_version, NULL);
  cl_device_type type = 0;
  clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
  d->kind = type & CL_DEVICE_TYPE_GPU   ? RB_KIND_GPU
            : type & CL_DEVICE_TYPE_CPU ? RB_KIND_CPU
                                        : RB_KIND_ACCELERATOR;
  copy_info(device, CL_DEVICE_EXTENSIONS, d->extensions, sizeof d->extensions);
#define X(field, parameter, title) copy_info(device, parameter, d->field, sizeof d->field);
  RB_DEVICE_TEXTS(X)
#undef X
#define X(field, type_, parameter, title)                                                          \
  {                                                                                                \
    type_ value = 0;                                                                               \
    if (clGetDeviceInfo(device, parameter, sizeof value, &value, NULL) == CL_SUCCESS)              \
      d->field = (uint64_t)value;                                                                  \
  }
  RB_DEVICE_NUMBERS(X)
#undef X
  fill_identity(d);
}

bool rb_device_list(rb_device **out, size_t *n_out, rb_err *err) {
  enum { MAX_PLATFORMS = 64, MAX_DEVICES = 256 };
  cl_platform_id platforms[MAX_PLATFORMS];
  cl_uint n_platforms = 0;
  void *list = NULL;
  size_t room = 0, n = 0;
  *out = NULL;
  *n_out = 0;
  if (clGetPlatformIDs(MAX_PLATFORMS, platforms, &n_platforms) != CL_SUCCESS)
    n_platforms = 0; /* the loader answers -1001 when no driver is registered */
  if (n_platforms > MAX_PLATFORMS)
    n_platforms = MAX_PLATFORMS;
  for (cl_uint p = 0; p < n_platforms; p++) {
    cl_device_id ids[MAX_DEVICES];
    cl_uint n_ids = 0;
    if (clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, MAX_DEVICES, ids, &n_ids) != CL_SUCCESS)
      continue; /* rusticl and Clover without a driver are platforms with no device */
    if (n_ids > MAX_DEVICES)
      n_ids = MAX_DEVICES;
    for (cl_uint i = 0; i < n_ids; i++) {
      if (!rb_grow(&list, &room, n + 1, sizeof(rb_device), "device list", err)) {
        free(list);
        return false;
      }
      rb_device *d = (rb_device *)list + n++;
      d->platform_index = p;
      d->device_index = i;
      fill(d, platforms[p], ids[i]);
    }
  }
  *out = list;
  *n_out = n;
  return true;
}
