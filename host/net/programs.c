// SPDX-License-Identifier: Apache-2.0
/* Which kernels a problem and its layout need, and with which options they are built. */
#include <stdio.h>
#include <string.h>
#include "net/ops.h"

typedef enum option_set {
  SET_common,
  SET_law,
  SET_labels,
  SET_bins,
  SET_forward,
  SET_signs,
  SET_backward,
  SET_subsets
} option_set;

static const struct {
  const char *entry, *file;
  option_set set;
} kernels[RB_N_KERNELS] = {
#define X(name, file, options) {#name, #file, SET_##options},
    RB_NET_KERNELS(X)
#undef X
};

enum { BINS_MOST_LOG2 = 3 }; /* 2^r vectors of sums that fit registers beside the rest */

void rb_ops_options(const rb_layout *l, char text[RB_OPS_OPTIONS]) {
  const rb_variant *v = &l->variant;
  snprintf(text, RB_OPS_OPTIONS, "-DVW=%u -DLANES_PER_ROW=%u -DPANEL=%u", v->width,
           v->lanes_per_row, l->panel);
}

static void options_of(const rb_problem *p, const rb_layout *l, rb_net_kernel k,
                       char text[RB_OPS_OPTIONS]) {
  const rb_variant *v = &l->variant;
  rb_ops_options(l, text);
  size_t used = strlen(text), room = RB_OPS_OPTIONS - used;
  bool products = kernels[k].set == SET_forward || kernels[k].set == SET_backward;
  const char *law = p->law == RB_LAW_RADEMACHER ? " -DRADEMACHER=1" : "";
  if (kernels[k].set == SET_law)
    snprintf(text + used, room, "%s", law);
  else if (kernels[k].set == SET_labels)
    snprintf(text + used, room, "%s -DR=%u -DROWS_PER_ITEM=%u -DINTEGERS=%u", law, p->r,
             l->label_rows, l->integers);
  else if (kernels[k].set == SET_bins && p->r <= BINS_MOST_LOG2)
    snprintf(text + used, room, " -DBINS=%u", 1u << p->r);
  else if (products && v->version == RB_VERSION_TILES) {
    int n = snprintf(text + used, room, " -DVARIANT=1 -DGROUP=%u -DPER=%u -DDEPTH=%u%s", v->group,
                     v->per, v->depth, rb_variant_arithmetic_option(v->arithmetic));
    if (v->registers)
      snprintf(text + used + n, room - (size_t)n, " -DREGISTERS=%u -cl-nv-maxrregcount=%u",
               v->registers, v->registers);
  } else if (products && v->version == RB_VERSION_PIPELINE)
    snprintf(text + used, room, " -DVARIANT=2 -DTS=%u -DTJ=%u", v->rows, v->neurons);
  else if (kernels[k].set == SET_forward)
    snprintf(text + used, room, " -DVARIANT=0 -DPV=%u -DTS=%u", v->vectors, v->rows);
  else if (kernels[k].set == SET_signs)
    snprintf(text + used, room, " -DPV=%u -DTS=%u -DINTEGERS=%u -DDOT_PRODUCTS=%d", v->vectors,
             v->rows, l->integers, l->dot_products);
  else if (kernels[k].set == SET_backward)
    snprintf(text + used, room, " -DVARIANT=0 -DPV=%u -DTJ=%u", v->vectors, v->neurons);
  else if (kernels[k].set == SET_subsets)
    snprintf(text + used, room, " -DPV=%u -DSUBSET=%u -DENTRIES=%u", v->vectors, v->subset,
             rb_variant_entries(v));
}

static bool used(const rb_problem *p, const rb_layout *l, rb_net_kernel k) {
  bool shared = p->inputs == RB_INPUTS_SHARED;
  bool head = p->ablation != RB_ABLATION_NO_HEAD;
  switch (k) {
  case RB_KERNEL_forward:
  case RB_KERNEL_backward:
    return l->backend == RB_BACKEND_NATIVE;
  case RB_KERNEL_forward_active:
    return l->subsets && !l->signs;
  case RB_KERNEL_backward_subsets:
    return l->subsets;
  case RB_KERNEL_forward_signs:
  case RB_KERNEL_forward_integers:
  case RB_KERNEL_signs_pack:
  case RB_KERNEL_signs_inputs:
    return l->signs;
  case RB_KERNEL_inputs_labels_integers:
    return l->signs && l->fused_labels && l->label_rows > 0;
  case RB_KERNEL_forward_pack:
    return l->fused;
  case RB_KERNEL_inputs_labels:
    return l->fused_labels;
  case RB_KERNEL_head_subsets:
  case RB_KERNEL_head_panels:
  case RB_KERNEL_subsets_pack:
    return l->signed_heads;
  case RB_KERNEL_forward_head:
  case RB_KERNEL_head_add:
    return head && l->fused_head;
  case RB_KERNEL_forward_activation:
    return l->fused && !shared && !l->subsets;
  case RB_KERNEL_forward_activation_shared:
    return l->fused && shared;
  case RB_KERNEL_head_sum:
    return head && !shared;
  case RB_KERNEL_head_bins:
  case RB_KERNEL_head_from_bins:
    return head && shared;
  case RB_KERNEL_head_to_bins:
  case RB_KERNEL_activation_norms:
    return shared;
  case RB_KERNEL_activation_shared:
    return shared && !l->fused;
  case RB_KERNEL_activation:
    return !shared && !l->fused;
  default:
    return true;
  }
}

bool rb_ops_build(rb_net *net, rb_err *err) {
  for (int k = 0; k < RB_N_KERNELS; k++) {
    char options[RB_OPS_OPTIONS];
    if (!used(&net->problem, &net->layout, k))
      continue;
    options_of(&net->problem, &net->layout, k, options);
    if (!rb_kernel_get(net->session, kernels[k].file, kernels[k].entry, options, &net->kernels[k],
                       err))
      return false;
  }
  return true;
}

void rb_net_options(const rb_problem *p, const rb_layout *l,
                    void (*visit)(void *context, const char *kernel, const char *options),
                    void *context) {
  for (int k = 0; k < RB_N_KERNELS; k++)
    if (used(p, l, k)) {
      char options[RB_OPS_OPTIONS];
      options_of(p, l, k, options);
      visit(context, kernels[k].entry, options);
    }
}

void rb_net_programs(const rb_device *device, const rb_variant *v, rb_program_visit *visit,
                     void *context) {
  static const rb_law laws[] = {RB_LAW_GAUSSIAN, RB_LAW_RADEMACHER};
  static const rb_sampling samplings[] = {RB_INPUTS_PER_TASK, RB_INPUTS_SHARED};
  char options[RB_OPS_OPTIONS];
  unsigned panel = rb_variant_panel(v);
  rb_layout l = {.variant = *v, .backend = RB_BACKEND_NATIVE, .panel = panel};
  l.fused = l.fused_head = rb_layout_fuses(&l);
  l.label_rows = rb_layout_label_rows(device, v);
  l.dot_products = device->dot_products;
  l.integers = rb_layout_integers(device, v);
  for (uint32_t i = 0; i < 8 * RB_MAX_R; i++) {
    rb_problem p = {.law = laws[i % 2], .inputs = samplings[i / 2 % 2], .r = i / 8 + 1};
    l.subsets = i / 4 % 2 && v->subset > 1 && p.inputs == RB_INPUTS_PER_TASK;
    l.signs = l.signed_heads = l.subsets && v->signs;
    l.fused_labels = rb_layout_fuses_labels(v, p.r);
    for (int k = 0; k < RB_N_KERNELS; k++)
      if (used(&p, &l, k)) {
        options_of(&p, &l, k, options);
        visit(context, kernels[k].file, kernels[k].entry, options);
      }
  }
  rb_ops_options(&l, options);
  visit(context, "features", "features", options);
  visit(context, "features", "features_net", options);
}
