// SPDX-License-Identifier: Apache-2.0
/* A device selector over made-up devices; the first byte says how many there are. Proves: what is
 * chosen are devices, each once; only "all" and a kind may give several; every refusal has its exit
 * code.
 */
#include <strings.h>
#include "cl/device.h"
#include "fuzz.h"

enum { N_DEVICES = 5 };
static const rb_device devices[N_DEVICES] = {
    {.platform = "NVIDIA CUDA",
     .name = "H100",
     .kind = RB_KIND_GPU,
     .compute_units = 132,
     .vector_width = 1,
     .uuid = "6a3f0000-1111-2222-3333-444455556666",
     .pci = "0000:01:00.0",
     .platform_version = "OpenCL 3.0 CUDA"},
    {.platform = "NVIDIA CUDA",
     .name = "H100",
     .kind = RB_KIND_GPU,
     .device_index = 1,
     .compute_units = 132,
     .vector_width = 1,
     .uuid = "6a3f0000-1111-2222-3333-444455556667",
     .pci = "0000:02:00.0",
     .platform_version = "OpenCL 3.0 CUDA"},
    {.platform = "Portable Computing Language",
     .name = "cpu-skylake",
     .kind = RB_KIND_CPU,
     .platform_index = 1,
     .compute_units = 2,
     .vector_width = 16,
     .platform_version = "PoCL 3.1"},
    {.platform = "rusticl",
     .name = "llvmpipe (LLVM 15.0.6)",
     .kind = RB_KIND_GPU,
     .platform_index = 2,
     .compute_units = 2,
     .vector_width = 4,
     .platform_version = "OpenCL 3.0"},
    {.platform = "", .name = "", .kind = RB_KIND_ACCELERATOR, .platform_index = 3}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  if (n == 0)
    return 0;
  size_t n_devices = data[0] % (N_DEVICES + 1), chosen[N_DEVICES], n_chosen = 99;
  bool seen[N_DEVICES] = {false};
  rb_err err = {0};
  char *text = fuzz_text(data + 1, n - 1);
  bool ok = rb_device_select(devices, n_devices, text, chosen, &n_chosen, &err);
  if (ok) {
    bool is_all = strcasecmp(text, "all") == 0, is_kind = false;
    for (int kind = 0; rb_device_kind_names[kind]; kind++)
      is_kind = is_kind || strcasecmp(text, rb_device_kind_names[kind]) == 0;
    REQUIRE(n_chosen == 1 || (n_chosen > 1 && n_chosen <= n_devices && (is_all || is_kind)));
    for (size_t i = 0; i < n_chosen; i++) {
      REQUIRE(chosen[i] < n_devices && !seen[chosen[i]]);
      REQUIRE(devices[chosen[i]].kind == devices[chosen[0]].kind || is_all);
      seen[chosen[i]] = true;
    }
  } else {
    REQUIRE((err.kind == RB_USAGE || err.kind == RB_NO_DEVICE) && err.text[0]);
  }
  free(text);
  return 0;
}
