// SPDX-License-Identifier: Apache-2.0
/* An OpenCL layer between the program and Oclgrind, for two things:
 *
 * - It turns every fill of a buffer into one write of the same bytes. Oclgrind 21.10 replaces the
 *   whole initialisation map of a buffer at each host store (src/plugins/Uninitialized.cpp,
 *   allocAndStoreShadowMemory), and a fill is as many host stores as it has patterns, so a filled
 *   buffer counts as uninitialised but for its first pattern.
 * - It appends the name of each kernel that is launched, once, to the file named by
 *   RB_WITNESS_KERNELS: proof that the layer was loaded (the loader ignores a wrong path silently)
 *   and that every kernel ran. */
#define CL_TARGET_OPENCL_VERSION 300
#include <CL/cl_layer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cl_icd_dispatch table;
static const cl_icd_dispatch *below;

static void note(const char *name) {
  const char *path = getenv("RB_WITNESS_KERNELS");
  static char seen[64][64];
  static size_t n_seen;
  for (size_t i = 0; i < n_seen; i++)
    if (strcmp(seen[i], name) == 0)
      return;
  if (n_seen < sizeof seen / sizeof *seen)
    snprintf(seen[n_seen++], sizeof *seen, "%s", name);
  FILE *file = path ? fopen(path, "a") : NULL;
  if (file == NULL)
    return;
  fprintf(file, "%s\n", name);
  fclose(file);
}

static cl_int CL_API_CALL launch(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                                 const size_t *offset, const size_t *global, const size_t *local,
                                 cl_uint n_wait, const cl_event *wait, cl_event *event) {
  char name[256] = "";
  if (below->clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL) ==
      CL_SUCCESS)
    note(name);
  return below->clEnqueueNDRangeKernel(queue, kernel, dimensions, offset, global, local, n_wait,
                                       wait, event);
}

static cl_int CL_API_CALL fill(cl_command_queue queue, cl_mem buffer, const void *pattern,
                               size_t pattern_bytes, size_t offset, size_t bytes, cl_uint n_wait,
                               const cl_event *wait, cl_event *event) {
  char *data = malloc(bytes);
  if (data == NULL)
    return CL_OUT_OF_HOST_MEMORY;
  for (size_t k = 0; k < bytes; k++)
    data[k] = ((const char *)pattern)[k % pattern_bytes];
  cl_int code =
      below->clEnqueueWriteBuffer(queue, buffer, CL_TRUE, offset, bytes, data, n_wait, wait, event);
  free(data);
  return code;
}

CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info name, size_t room, void *value,
                                               size_t *size) {
  cl_layer_api_version version = CL_LAYER_API_VERSION_100;
  if (name != CL_LAYER_API_VERSION || (value && room < sizeof version))
    return CL_INVALID_VALUE;
  if (value)
    memcpy(value, &version, sizeof version);
  if (size)
    *size = sizeof version;
  return CL_SUCCESS;
}

CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint n_entries, const cl_icd_dispatch *target,
                                            cl_uint *n_ours, const cl_icd_dispatch **ours) {
  if (n_entries < sizeof table / sizeof(void *))
    return CL_INVALID_VALUE;
  below = target;
  table.clEnqueueNDRangeKernel = launch;
  table.clEnqueueFillBuffer = fill;
  *n_ours = sizeof table / sizeof(void *);
  *ours = &table;
  return CL_SUCCESS;
}
