// SPDX-License-Identifier: Apache-2.0
/* OpenCL devices: one table of facts drives list, JSON and the header of a run. */
#ifndef RB_CL_DEVICE_H
#define RB_CL_DEVICE_H
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/* X(field, OpenCL parameter, title). Numbers are kept as uint64_t. */
#define RB_DEVICE_TEXTS(X)                                                                         \
  X(name, CL_DEVICE_NAME, "name")                                                                  \
  X(vendor, CL_DEVICE_VENDOR, "vendor")                                                            \
  X(version, CL_DEVICE_VERSION, "OpenCL version")                                                  \
  X(c_version, CL_DEVICE_OPENCL_C_VERSION, "OpenCL C version")                                     \
  X(driver, CL_DRIVER_VERSION, "driver")
#define RB_DEVICE_NUMBERS(X)                                                                       \
  X(compute_units, cl_uint, CL_DEVICE_MAX_COMPUTE_UNITS, "compute units")                          \
  X(clock_mhz, cl_uint, CL_DEVICE_MAX_CLOCK_FREQUENCY, "clock, MHz as reported")                   \
  X(global_bytes, cl_ulong, CL_DEVICE_GLOBAL_MEM_SIZE, "global memory, bytes")                     \
  X(allocation_bytes, cl_ulong, CL_DEVICE_MAX_MEM_ALLOC_SIZE, "largest buffer, bytes")             \
  X(local_bytes, cl_ulong, CL_DEVICE_LOCAL_MEM_SIZE, "local memory, bytes")                        \
  X(group_size, size_t, CL_DEVICE_MAX_WORK_GROUP_SIZE, "largest work-group")                       \
  X(vector_width, cl_uint, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, "native float vector width")       \
  X(timer_ns, size_t, CL_DEVICE_PROFILING_TIMER_RESOLUTION, "timer resolution, ns")                \
  X(align_bits, cl_uint, CL_DEVICE_MEM_BASE_ADDR_ALIGN, "buffer alignment, bits")                  \
  X(compiler, cl_bool, CL_DEVICE_COMPILER_AVAILABLE, "online compiler")

enum { RB_DEVICE_TEXT = 256, RB_VARIANT_TEXT = 48 };

typedef enum rb_device_kind { RB_KIND_GPU, RB_KIND_CPU, RB_KIND_ACCELERATOR } rb_device_kind;
extern const char *const rb_device_kind_names[]; /* "gpu" "cpu" "accelerator" */

struct _cl_device_id;
typedef struct rb_device {
  struct _cl_device_id *handle;
  unsigned platform_index, device_index; /* the P:D of selectors */
  rb_device_kind kind;
  char platform[RB_DEVICE_TEXT], platform_version[RB_DEVICE_TEXT];
  char uuid[40], pci[20]; /* empty when the driver does not say */
  char identity[RB_DEVICE_TEXT * 2 +
                8];              /* uuid:.., pci:.., or platform / name without volatile parts */
  char variant[RB_VARIANT_TEXT]; /* the kernels to use on it (net/variant.h); empty = as declared */
  char extensions[4096];
  bool dot_products; /* a CPU that adds products of pairs of integers at once (AVX-512 VNNI) */
  unsigned compute_capability; /* NVIDIA's, its first number; 0 = another's device */
  char fault[RB_DEVICE_TEXT];  /* the first question it did not answer: call and code; or empty */
#define X(field, parameter, title) char field[RB_DEVICE_TEXT];
  RB_DEVICE_TEXTS(X)
#undef X
#define X(field, type, parameter, title) uint64_t field;
  RB_DEVICE_NUMBERS(X)
#undef X
} rb_device;

/* Every device of every platform into *out (n_out), owned by the caller (free()). No platform or no
 * device is not an error: *n_out is 0. Platforms that fail to answer are skipped, but RB_NO_DEVICE
 * names call and code if that leaves no device. */
bool rb_device_list(rb_device **out, size_t *n_out, rb_err *err);

/* Devices that selector names, best first, into chosen (room for n): indices into devices.
 * Forms: P:D, gpu | cpu | accelerator | all, uuid:.., pci:.., or a case-insensitive part of
 * "platform / name". NULL or "": the single best (GPU before CPU before accelerator; then explicit
 * vectors, compute units, platform order). A kind or "all" may give many. Errors: RB_NO_DEVICE if
 * none matches; RB_USAGE if a name part or id matches several (the text lists them) or the form is
 * malformed. */
bool rb_device_select(const rb_device *devices, size_t n, const char *selector, size_t *chosen,
                      size_t *n_chosen, rb_err *err);
/* The devices of this machine that selector names, best first, into *out (n of them, at least one),
 * owned by the caller (free()). Errors: those of both functions above. */
bool rb_device_choose(const char *selector, rb_device **out, size_t *n, rb_err *err);
/* platform / name with parts that change with driver updates (LLVM and kernel versions in
 * parentheses) stripped, into out (room bytes). */
void rb_device_stable_name(const char *platform, const char *name, char *out, size_t room);

#endif
