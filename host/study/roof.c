// SPDX-License-Identifier: Apache-2.0
#include "study/roof.h"
#include <math.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/philox.h"
#include "cl/buffer.h"
#include "cl/launch.h"
#include "cl/spans.h"
#include "net/variant.h"

enum { CHAINS = 8, LAUNCHES = 8 };
enum { ITEMS_PER_UNIT_CPU = 64, ITEMS_PER_UNIT_GPU = 2048 }; /* enough to fill either kind */
/* llvmpipe (Mesa 22.3) leaves any loop after 65,535 turns, silently: longer launches get more items
 * instead. */
enum { STEPS_MOST = 1 << 15, ITEMS_MOST = 1 << 24 };
enum {
  COPY_LEAST = 64 << 10,
  COPY_CPU = 64 << 20,
  COPY_GPU = 256 << 20
}; /* bytes; beyond any cache */
static const double long_enough_ns = 20e6;

typedef struct probe {
  rb_session *session;
  rb_variant variant;
  char options[128];
} probe;

/* Time of one launch, by the device's clock where it can be trusted. */
static bool timed(probe *p, rb_kernel *kernel, rb_range range, const rb_arg *args, size_t n_args,
                  double *ns, rb_err *err) {
  rb_spans spans;
  rb_spans_begin(p->session);
  rb_host_time start = rb_clock_now();
  if (!rb_kernel_launch(p->session, kernel, range, args, n_args, "roof", err) ||
      !rb_session_finish(p->session, err))
    return false;
  uint64_t host_ns = rb_clock_between_ns(start, rb_clock_now());
  if (!rb_spans_collect(p->session, host_ns, &spans, err))
    return false;
  *ns = (double)(spans.trusted ? spans.device_ns : host_ns);
  return true;
}

/* Random floats: rows of 64 normals. */
static bool fill(probe *p, rb_buffer *buffer, uint32_t count, rb_err *err) {
  rb_kernel *kernel;
  const rb_arg args[] = {
      rb_arg_buffer(buffer),  rb_arg_u32(64), rb_arg_u32(0),          rb_arg_u32(64),
      rb_arg_u32(count / 64), rb_arg_u32(1),  rb_arg_u32(0),          rb_arg_u32(RB_STREAM_PROBE),
      rb_arg_u32(0),          rb_arg_u32(0),  rb_arg_u32(count / 64), rb_arg_u32(1)};
  rb_range range = {16 / p->variant.width, count / 64, 0, 0};
  return rb_kernel_get(p->session, "inputs", "inputs", p->options, &kernel, err) &&
         rb_kernel_launch(p->session, kernel, range, args, sizeof args / sizeof *args, "roof",
                          err) &&
         rb_session_finish(p->session, err);
}

/* LAUNCHES launches of `items` work-items if the first takes long enough, else one. */
static bool fma_launches(probe *p, uint32_t items, uint32_t steps, double *gflops, double *ns,
                         rb_err *err) {
  uint32_t count = items * p->variant.width;
  rb_buffer *in = NULL, *out = NULL;
  rb_kernel *kernel;
  bool ok = rb_buffer_create(p->session, "probe input", count, sizeof(float), &in, err) &&
            rb_buffer_create(p->session, "probe output", count, sizeof(float), &out, err) &&
            rb_kernel_get(p->session, "probe", "probe_fma", p->options, &kernel, err) &&
            fill(p, in, count, err);
  const rb_arg args[] = {rb_arg_buffer(in), rb_arg_buffer(out), rb_arg_u32(steps)};
  for (int launch = 0; ok && launch < LAUNCHES; launch++) {
    ok = timed(p, kernel, (rb_range){items, 1, 0, 0}, args, sizeof args / sizeof *args, ns, err);
    *gflops = fmax(*gflops, 2.0 * CHAINS * p->variant.width * steps * items / *ns);
    if (*ns < long_enough_ns)
      break;
  }
  rb_buffer_free(in);
  rb_buffer_free(out);
  return ok;
}

static bool measure_fma(probe *p, double *gflops, rb_err *err) {
  const rb_device *device = rb_session_device(p->session);
  uint32_t per_unit = device->kind == RB_KIND_CPU ? ITEMS_PER_UNIT_CPU : ITEMS_PER_UNIT_GPU;
  uint32_t items = (uint32_t)(device->compute_units ? device->compute_units : 1) * per_unit;
  uint32_t steps = 16;
  double ns = 0;
  bool ok = true;
  /* Only launches that are long enough count, or the largest. */
  do {
    *gflops = 0;
    ok = fma_launches(p, items, steps, gflops, &ns, err);
    uint32_t factor = ns * 4 < long_enough_ns ? 4 : 2;
    if (steps < STEPS_MOST)
      steps *= factor;
    else
      items *= factor;
  } while (ok && ns < long_enough_ns && items < ITEMS_MOST);
  return ok;
}

static bool measure_copy(probe *p, double *gb_per_s, rb_err *err) {
  const rb_device *device = rb_session_device(p->session);
  uint64_t most = device->kind == RB_KIND_CPU ? COPY_CPU : COPY_GPU;
  most = most < device->allocation_bytes / 4 ? most : device->allocation_bytes / 4;
  *gb_per_s = 0;
  rb_kernel *kernel;
  if (!rb_kernel_get(p->session, "probe", "probe_copy", p->options, &kernel, err))
    return false;
  double ns = 0;
  bool ok = true;
  for (uint64_t bytes = COPY_LEAST; ok; bytes *= 4) {
    bool last = bytes * 4 > most;
    uint32_t count = (uint32_t)(bytes / sizeof(float));
    rb_buffer *in = NULL, *out = NULL;
    const rb_range range = {count / p->variant.width, 1, 0, 0};
    ok = rb_buffer_create(p->session, "probe input", count, sizeof(float), &in, err) &&
         rb_buffer_create(p->session, "probe output", count, sizeof(float), &out, err) &&
         fill(p, in, count, err);
    const rb_arg args[] = {rb_arg_buffer(in), rb_arg_buffer(out), rb_arg_u32(count)};
    ok = ok && timed(p, kernel, range, args, sizeof args / sizeof *args, &ns, err);
    last = last || ns > long_enough_ns;
    for (int launch = 0; ok && last && launch < LAUNCHES; launch++) {
      ok = timed(p, kernel, range, args, sizeof args / sizeof *args, &ns, err);
      *gb_per_s = fmax(*gb_per_s, 2.0 * (double)bytes / ns);
    }
    rb_buffer_free(in);
    rb_buffer_free(out);
    if (last)
      break;
  }
  return ok;
}

bool rb_roof_measure(rb_session *session, rb_roof *out, rb_err *err) {
  probe p = {.session = session, .variant = rb_variant_choose(rb_session_device(session))};
  snprintf(p.options, sizeof p.options, "-DVW=%u", p.variant.width);
  return (measure_fma(&p, &out->gflops, err) && measure_copy(&p, &out->gb_per_s, err)) ||
         rb_prefix(err, "measuring the roofs");
}
