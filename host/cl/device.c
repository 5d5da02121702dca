// SPDX-License-Identifier: Apache-2.0
#include "cl/internal.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

const char *const rb_device_kind_names[] = {"gpu", "cpu", "accelerator", NULL};

/* Queries that are extensions (cl_khr_device_uuid, cl_khr_pci_bus_info,
 * cl_nv_device_attribute_query). */
enum { DEVICE_UUID = 0x106A, DEVICE_PCI = 0x410F, DEVICE_COMPUTE_CAPABILITY = 0x4000 };

/* Writes down the first failure. A driver that does not know the question is none. */
static bool answered(char fault[RB_DEVICE_TEXT], const char *call, const char *what, cl_int code) {
  if (code != CL_SUCCESS && code != CL_INVALID_VALUE && fault[0] == 0)
    snprintf(fault, RB_DEVICE_TEXT, "%s (%s) answered %s (%d)", call, what, rb_cl_error_name(code),
             code);
  return code == CL_SUCCESS;
}

static bool ask(rb_device *d, cl_device_info what, const char *name, size_t n, void *out) {
  return answered(d->fault, "clGetDeviceInfo", name,
                  clGetDeviceInfo(d->handle, what, n, out, NULL));
}

static void ask_text(rb_device *d, cl_device_info what, const char *name, char *out, size_t room) {
  char text[4096] = "";
  size_t n = 0;
  if (answered(d->fault, "clGetDeviceInfo", name, clGetDeviceInfo(d->handle, what, 0, NULL, &n)) &&
      n <= sizeof text)
    ask(d, what, name, n, text);
  text[sizeof text - 1] = 0;
  snprintf(out, room, "%s", text);
}

static void ask_platform(rb_device *d, cl_platform_id platform, cl_platform_info what,
                         const char *name, char out[RB_DEVICE_TEXT]) {
  answered(d->fault, "clGetPlatformInfo", name,
           clGetPlatformInfo(platform, what, RB_DEVICE_TEXT - 1, out, NULL));
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
    if (ask(d, DEVICE_UUID, "UUID", sizeof uuid, uuid)) {
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
    if (ask(d, DEVICE_PCI, "PCI address", sizeof pci, pci))
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

/* Of this machine's CPU, which a device of that kind is; its compiler does not say. */
static bool cpu_has_dot_products(void) {
#if defined __x86_64__ && defined __GNUC__
  return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

static void fill(rb_device *d, cl_platform_id platform, cl_device_id device) {
  d->handle = device;
  ask_platform(d, platform, CL_PLATFORM_NAME, "name", d->platform);
  ask_platform(d, platform, CL_PLATFORM_VERSION, "version", d->platform_version);
  cl_device_type type = 0;
  ask(d, CL_DEVICE_TYPE, "kind", sizeof type, &type);
  d->kind = type & CL_DEVICE_TYPE_GPU   ? RB_KIND_GPU
            : type & CL_DEVICE_TYPE_CPU ? RB_KIND_CPU
                                        : RB_KIND_ACCELERATOR;
  ask_text(d, CL_DEVICE_EXTENSIONS, "extensions", d->extensions, sizeof d->extensions);
#define X(field, parameter, title) ask_text(d, parameter, title, d->field, sizeof d->field);
  RB_DEVICE_TEXTS(X)
#undef X
#define X(field, type_, parameter, title)                                                          \
  {                                                                                                \
    type_ value = 0;                                                                               \
    if (ask(d, parameter, title, sizeof value, &value))                                            \
      d->field = (uint64_t)value;                                                                  \
  }
  RB_DEVICE_NUMBERS(X)
#undef X
  cl_uint major = 0;
  if (strstr(d->extensions, "cl_nv_device_attribute_query") &&
      ask(d, DEVICE_COMPUTE_CAPABILITY, "compute capability", sizeof major, &major))
    d->compute_capability = major;
  d->dot_products = d->kind == RB_KIND_CPU && cpu_has_dot_products();
  fill_identity(d);
}

bool rb_device_list(rb_device **out, size_t *n_out, rb_err *err) {
  enum { MAX_PLATFORMS = 64, MAX_DEVICES = 256, NO_DRIVER = -1001 /* by the loader */ };
  cl_platform_id platforms[MAX_PLATFORMS];
  cl_uint n_platforms = 0;
  char fault[RB_DEVICE_TEXT] = "";
  void *list = NULL;
  size_t room = 0, n = 0;
  *out = NULL;
  *n_out = 0;
  cl_int code = clGetPlatformIDs(MAX_PLATFORMS, platforms, &n_platforms);
  if (code == NO_DRIVER || !answered(fault, "clGetPlatformIDs", "all", code))
    n_platforms = 0;
  if (n_platforms > MAX_PLATFORMS)
    n_platforms = MAX_PLATFORMS;
  for (cl_uint p = 0; p < n_platforms; p++) {
    cl_device_id ids[MAX_DEVICES];
    cl_uint n_ids = 0;
    code = clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, MAX_DEVICES, ids, &n_ids);
    /* Rusticl and Clover without a driver are platforms with no device. */
    if (code == CL_DEVICE_NOT_FOUND || !answered(fault, "clGetDeviceIDs", "all kinds", code))
      continue;
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
  return n > 0 || fault[0] == 0 ||
         rb_fail(err, RB_NO_DEVICE, "no OpenCL device found: %s; see if its driver is whole",
                 fault);
}
