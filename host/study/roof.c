// SPDX-License-Identifier: Apache-2.0
#include "study/roof.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/philox.h"
#include "cl/buffer.h"
#include "cl/launch.h"
#include "cl/spans.h"

enum { TURN = 8 };                                            /* steps a turn (probe.cl) */
enum { ITEMS_PER_UNIT_CPU = 256, ITEMS_PER_UNIT_GPU = 2048 }; /* enough to fill either kind */
enum { GROUP_CPU = 16 }; /* work-items: so that the groups spread evenly over the cores */
/* llvmpipe (Mesa 22.3) leaves any loop after 65,535 turns, silently. */
enum { TURNS_MOST = 60000 };
enum {
  COPY_LEAST = 64 << 10,
  COPY_CPU = 64 << 20,
  COPY_GPU = 256 << 20
};                          /* bytes; beyond the caches of most devices */
enum { PATTERN = 1 << 20 }; /* bytes of random data that repeat */
enum { N_WIDTHS = 4 };

static const double long_enough_ns = 20e6, trial_ns = 4e6;
static const double trials_budget_ns = 250e6; /* of each probe */
static const double grain = 0x1p-22; /* of the numbers in probe_fma; all stay below 2^24 of it */

typedef struct shape {
  unsigned width, chains; /* as in rb_probe */
  rb_arithmetic by;
} shape;

/* By what multiplies: steps a turn, so few with tensor cores that all sums stay below 2^24 grains;
 * what a step adds to a sum; multiply-adds of it that a work-item does, with tensor cores its part
 * of a warp's 16 x 8 x lines, three of TF32 counted as one. */
static const struct {
  unsigned steps, addends;
  double multiply_adds;
} products[RB_N_ARITHMETICS] = {
    [RB_ARITHMETIC_MULTIPLY_ADD] = {TURN, 1, 1},
    [RB_ARITHMETIC_TF32X3] = {4, 8, 16.0 * 8 * 8 / 32 / 3},
    [RB_ARITHMETIC_HALF] = {2, 16, 16.0 * 8 * 16 / 32},
};
enum { GROUP_TENSOR = 128 }; /* work-items */

static shape tensor_shape(rb_arithmetic by) {
  return (shape){1, 8, by};
}

static bool is_tensor(shape s) {
  return s.by != RB_ARITHMETIC_MULTIPLY_ADD;
}

typedef struct prober {
  rb_session *session;
  unsigned n_launches; /* that count */
  rb_random random;
  double spent_ns; /* by the launches so far */
  double host_ns;  /* of the last launch, by the host's clock */
  bool host_clock; /* it counted */
} prober;

/* What is launched: a kernel with its arguments, or the copy command (kernel NULL). */
typedef struct job {
  rb_kernel *kernel;
  rb_ndrange range;
  rb_arg args[5];
  size_t n_args;
  rb_buffer *in, *out;
  double work; /* flop or bytes of one launch */
} job;

enum { OPTIONS = 64 };
static const unsigned all_widths[N_WIDTHS] = {16, 8, 4, 1};
/* As many chains as hide the latency of two pipes (8 where it is 4 cycles), half as many again, and
 * as many as half of 32 registers; in the order in which they are tried. */
static const unsigned all_chains[] = {12, 8, 16};
enum { N_CHAINS = sizeof all_chains / sizeof *all_chains };

static void fma_options(shape s, char out[OPTIONS]) {
  snprintf(out, OPTIONS, "-DVW=%u -DCHAINS=%u -DTURN=%u%s", s.width, s.chains, products[s.by].steps,
           rb_variant_arithmetic_option(s.by));
}

static const char *fma_entry(shape s) {
  return is_tensor(s) ? "probe_tensor" : "probe_fma";
}

static void copy_options(unsigned width, char out[OPTIONS]) {
  snprintf(out, OPTIONS, "-DVW=%u", width);
}

void rb_roof_programs(bool tensor_cores, rb_program_visit *visit, void *context) {
  char options[OPTIONS];
  for (rb_arithmetic by = 0; tensor_cores && by < RB_N_ARITHMETICS; by++)
    if (is_tensor(tensor_shape(by))) {
      fma_options(tensor_shape(by), options);
      visit(context, "probe", fma_entry(tensor_shape(by)), options);
    }
  for (size_t w = 0; w < N_WIDTHS; w++) {
    copy_options(all_widths[w], options);
    visit(context, "probe", "probe_copy", options);
    for (size_t c = 0; c < N_CHAINS; c++) {
      const shape s = {all_widths[w], all_chains[c], RB_ARITHMETIC_MULTIPLY_ADD};
      fma_options(s, options);
      visit(context, "probe", fma_entry(s), options);
    }
  }
}

/* Time of one launch, by the device's clock where it can be trusted. */
static bool launch(prober *p, const job *j, double *ns, rb_err *err) {
  rb_spans spans;
  rb_spans_begin(p->session);
  rb_host_time start = rb_clock_now();
  bool ok = j->kernel
                ? rb_kernel_launch(p->session, j->kernel, j->range, j->args, j->n_args, "roof", err)
                : rb_buffer_copy(j->in, 0, j->out, 0, rb_buffer_bytes(j->in), "roof", err);
  if (!ok || !rb_session_finish(p->session, err))
    return false;
  uint64_t host_ns = rb_clock_between_ns(start, rb_clock_now());
  if (!rb_spans_collect(p->session, host_ns, &spans, err))
    return false;
  p->host_ns = fmax((double)host_ns, 1);
  p->host_clock = !spans.trusted;
  *ns = fmax((double)(spans.trusted ? spans.device_ns : host_ns), 1);
  p->spent_ns += *ns;
  return true;
}

/* The launches that count. */
static bool measure(prober *p, const job *j, rb_probe *out, rb_err *err) {
  double *rates = NULL, ns;
  bool ok = rb_alloc((void **)&rates, p->n_launches, sizeof *rates, "launches", err);
  for (unsigned i = 0; ok && i < p->n_launches; i++) {
    ok = launch(p, j, &ns, err);
    rates[i] = ok ? j->work / ns : 0;
    out->host_clock = out->host_clock || p->host_clock;
    out->best = fmax(out->best, rates[i]);
  }
  if (ok)
    out->spread = rb_stats_spread(rates, p->n_launches);
  free(rates);
  return ok;
}

/* ---- multiply-adds ---- */

typedef struct fma_probe {
  shape shape;
  job job;
  float *start, *sums; /* (count) */
  uint32_t count, turns;
} fma_probe;

static void fma_close(fma_probe *f) {
  rb_buffer_free(f->job.in);
  rb_buffer_free(f->job.out);
  free(f->start);
  free(f->sums);
}

static void set_turns(fma_probe *f, double turns) {
  f->turns = (uint32_t)fmin(fmax(turns, 1), TURNS_MOST);
  f->job.args[4] = rb_arg_u32(f->turns);
  f->job.work = 2.0 * products[f->shape.by].steps * f->shape.chains * f->count * f->turns *
                products[f->shape.by].multiply_adds;
}

static bool fma_open(prober *p, shape s, fma_probe *f, rb_err *err) {
  const rb_device *device = rb_session_device(p->session);
  bool cpu = device->kind == RB_KIND_CPU;
  uint32_t per_unit = cpu ? ITEMS_PER_UNIT_CPU : ITEMS_PER_UNIT_GPU;
  uint32_t items = (uint32_t)(device->compute_units ? device->compute_units : 1) * per_unit;
  char options[OPTIONS];
  fma_options(s, options);
  *f = (fma_probe){.shape = s, .count = items * s.width};
  job *j = &f->job;
  if (!rb_alloc((void **)&f->start, f->count, sizeof *f->start, "probe", err) ||
      !rb_alloc((void **)&f->sums, f->count, sizeof *f->sums, "probe", err) ||
      !rb_buffer_create(p->session, "probe input", f->count, sizeof(float), &j->in, err) ||
      !rb_buffer_create(p->session, "probe output", f->count, sizeof(float), &j->out, err) ||
      !rb_kernel_get(p->session, "probe", fma_entry(s), options, &j->kernel, err))
    return false;
  for (uint32_t i = 0; i < f->count; i++)
    f->start[i] = (float)(grain * ((double)rb_random_below(&p->random, 1 << 15) - (1 << 14)));
  if (is_tensor(s))
    j->range = (rb_ndrange){items, 1, GROUP_TENSOR, 1};
  else if (cpu && device->group_size >= GROUP_CPU)
    j->range = (rb_ndrange){items, 1, GROUP_CPU, 1};
  else
    j->range = (rb_ndrange){items, 1, 0, 0};
  j->args[0] = rb_arg_buffer(j->in);
  j->args[1] = rb_arg_buffer(j->out);
  j->args[2] = rb_arg_f32(1);
  j->args[3] = rb_arg_f32((float)grain);
  j->n_args = 5;
  set_turns(f, 1);
  return rb_buffer_write(j->in, 0, f->count * sizeof(float), f->start, "roof", err);
}

/* Whether the last launch made all its turns: its sums are exact. */
static bool fma_check(fma_probe *f, rb_err *err) {
  double chains = f->shape.chains, steps = (double)products[f->shape.by].steps * f->turns;
  steps *= products[f->shape.by].addends;
  if (!rb_buffer_read(f->job.out, 0, f->count * sizeof(float), f->sums, "roof", err))
    return false;
  for (uint32_t i = 0; i < f->count; i++) {
    double sum = f->start[i] * (chains * (chains + 1) / 2) + chains * steps * grain;
    if (f->sums[i] != sum)
      return rb_fail(
          err, RB_WRONG, "%s with %u chains of %u floats and %u turns: sum %u is %.9g, not %.9g",
          fma_entry(f->shape), f->shape.chains, f->shape.width, f->turns, i, f->sums[i], sum);
  }
  return true;
}

/* More turns until a launch takes that long. */
static bool fma_grow(prober *p, fma_probe *f, double least_ns, rb_err *err) {
  for (;;) {
    double ns;
    if (!launch(p, &f->job, &ns, err))
      return false;
    if (ns >= least_ns || f->turns == TURNS_MOST)
      return true;
    set_turns(f, f->turns * (ns * 4 < least_ns ? 4.0 : 2.0));
  }
}

/* Into *rate the better of two launches that are long enough, by the host's clock: the device's may
 * be off by half in short ones (spans.h) and make the wrong shape win. known: the best rate of
 * other shapes, from which the first length follows, or 0. */
static bool fma_try(prober *p, shape s, double known, double *rate, rb_err *err) {
  fma_probe f;
  double first = 0, ns;
  bool ok = fma_open(p, s, &f, err) && launch(p, &f.job, &ns, err); /* warms up */
  if (ok)
    set_turns(&f, known > 0 ? known * trial_ns / (f.job.work * 4) : 16);
  ok = ok && fma_grow(p, &f, trial_ns, err);
  if (ok)
    first = f.job.work / p->host_ns;
  ok = ok && launch(p, &f.job, &ns, err) && fma_check(&f, err);
  *rate = ok ? fmax(first, f.job.work / p->host_ns) : 0;
  fma_close(&f);
  return ok;
}

/* Floats in the vectors that the device says are its own. */
static unsigned own_width(const rb_device *device) {
  return device->vector_width >= 16  ? 16
         : device->vector_width >= 8 ? 8
         : device->vector_width >= 4 ? 4
                                     : 1;
}

/* Widths, the device's own first; single floats are what GPUs take, and what some compilers for
 * CPUs make vectors of. */
static void order_widths(const rb_device *device, unsigned widths[N_WIDTHS]) {
  size_t n = 0;
  widths[n++] = own_width(device);
  for (size_t i = 0; i < N_WIDTHS; i++)
    if (all_widths[i] != widths[0])
      widths[n++] = all_widths[i];
}

/* Each width with each number of chains; but one number alone where that is far behind. */
static bool fma_trials(prober *p, shape *best, double *best_rate, rb_err *err) {
  static const double far_behind = 0.7;
  unsigned widths[N_WIDTHS];
  order_widths(rb_session_device(p->session), widths);
  *best_rate = 0;
  for (size_t w = 0; w < N_WIDTHS; w++)
    for (size_t c = 0; c < N_CHAINS; c++) {
      const shape tried = {widths[w], all_chains[c], RB_ARITHMETIC_MULTIPLY_ADD};
      double rate;
      if (*best_rate > 0 && p->spent_ns > trials_budget_ns)
        return true;
      if (!fma_try(p, tried, *best_rate, &rate, err))
        return false;
      if (rate < far_behind * *best_rate)
        break;
      if (rate > *best_rate) {
        *best_rate = rate;
        *best = tried;
      }
    }
  return true;
}

/* The launches of the shape that its trials found the fastest. */
static bool measure_shape(prober *p, shape best, double rate, rb_probe *out, rb_err *err) {
  fma_probe f = {0};
  bool ok = fma_open(p, best, &f, err);
  if (ok)
    set_turns(&f, rate * long_enough_ns / f.job.work);
  ok = ok && fma_grow(p, &f, long_enough_ns, err) && measure(p, &f.job, out, err) &&
       fma_check(&f, err);
  out->width = best.width;
  out->chains = best.chains;
  out->by = best.by;
  fma_close(&f);
  return ok;
}

static bool measure_fma(prober *p, rb_probe *out, rb_err *err) {
  shape best = {0};
  double rate;
  p->spent_ns = 0;
  return fma_trials(p, &best, &rate, err) && measure_shape(p, best, rate, out, err);
}

static bool measure_tensor(prober *p, bool all, rb_roof *out, rb_err *err) {
  const rb_device *device = rb_session_device(p->session);
  rb_arithmetic own = rb_variant_choose(device).arithmetic;
  double rate;
  for (rb_arithmetic by = 0; by < RB_N_ARITHMETICS && rb_variant_tensor_cores(device); by++)
    if (is_tensor(tensor_shape(by)) && (all || by == own) &&
        !(fma_try(p, tensor_shape(by), 0, &rate, err) &&
          measure_shape(p, tensor_shape(by), rate, &out->arithmetic[by], err)))
      return false;
  return true;
}

/* ---- copies ---- */

static size_t piece(uint64_t bytes) {
  return bytes < PATTERN ? bytes : PATTERN;
}

static bool copy_open(prober *p, uint64_t bytes, const uint32_t *pattern, job *j, rb_err *err) {
  *j = (job){.work = 2.0 * (double)bytes};
  bool ok = rb_buffer_create(p->session, "probe input", bytes, 1, &j->in, err) &&
            rb_buffer_create(p->session, "probe output", bytes, 1, &j->out, err);
  for (uint64_t at = 0; ok && at < bytes; at += PATTERN)
    ok = rb_buffer_write(j->in, at, piece(bytes), pattern, "roof", err);
  return ok;
}

static bool copy_check(const job *j, const uint32_t *pattern, rb_err *err) {
  uint32_t *found = NULL;
  bool ok = rb_alloc((void **)&found, PATTERN, 1, "probe", err);
  size_t bytes = rb_buffer_bytes(j->out), n = piece(bytes);
  for (size_t at = 0; ok && at < bytes; at += n) {
    ok = rb_buffer_read(j->out, at, n, found, "roof", err);
    if (ok && memcmp(found, pattern, n) != 0)
      ok = rb_fail(err, RB_WRONG, "the copy probe: bytes %zu to %zu differ from what was copied",
                   at, at + n - 1);
  }
  free(found);
  return ok;
}

/* Sets what copies: a kernel, or for width 0 the driver's command. */
static bool copy_by(prober *p, unsigned width, job *j, rb_err *err) {
  char options[OPTIONS];
  uint32_t count = (uint32_t)(rb_buffer_bytes(j->in) / sizeof(float));
  j->kernel = NULL;
  if (width == 0)
    return true;
  copy_options(width, options);
  j->range = (rb_ndrange){count / width, 1, 0, 0};
  j->args[0] = rb_arg_buffer(j->in);
  j->args[1] = rb_arg_buffer(j->out);
  j->args[2] = rb_arg_u32(count);
  j->n_args = 3;
  return rb_kernel_get(p->session, "probe", "probe_copy", options, &j->kernel, err);
}

/* The fastest way to copy this job's buffers, then the launches that count. */
static bool copy_best(prober *p, job *j, rb_probe *out, rb_err *err) {
  enum { LAUNCHES = 3 }; /* the first of them warms up */
  unsigned ways[N_WIDTHS + 1] = {0};
  order_widths(rb_session_device(p->session), ways + 1);
  double best_ns = INFINITY, ns;
  p->spent_ns = 0;
  for (size_t i = 0; i <= N_WIDTHS && (i < 2 || p->spent_ns < trials_budget_ns); i++) {
    if (!copy_by(p, ways[i], j, err))
      return false;
    for (int k = 0; k < LAUNCHES; k++) {
      if (!launch(p, j, &ns, err))
        return false;
      if (k > 0 && p->host_ns < best_ns) {
        best_ns = p->host_ns;
        out->width = ways[i];
      }
    }
  }
  out->bytes = rb_buffer_bytes(j->in);
  /* What the other ways copied must not pass for what this one does. */
  return copy_by(p, out->width, j, err) && rb_buffer_zero(j->out, "roof", err) &&
         measure(p, j, out, err);
}

static bool measure_copy(prober *p, rb_probe *out, rb_err *err) {
  const rb_device *device = rb_session_device(p->session);
  uint64_t most = device->kind == RB_KIND_CPU ? COPY_CPU : COPY_GPU;
  most = most < device->allocation_bytes / 4 ? most : device->allocation_bytes / 4;
  uint32_t *pattern = NULL;
  bool ok = rb_alloc((void **)&pattern, PATTERN, 1, "probe", err), last = false;
  for (size_t i = 0; ok && i < PATTERN / sizeof *pattern; i++)
    pattern[i] = rb_random_u32(&p->random);
  for (uint64_t bytes = COPY_LEAST; ok && !last; bytes *= 4) {
    job j;
    double ns = 0;
    ok = copy_open(p, bytes, pattern, &j, err) && launch(p, &j, &ns, err);
    if (!ok && err->memory && bytes > COPY_LEAST) { /* as much as the device gives */
      ok = true;
      most = bytes / 4;
      bytes /= 16; /* and once more what it gave */
      rb_buffer_free(j.in);
      rb_buffer_free(j.out);
      continue;
    }
    last = bytes * 4 > most || ns > long_enough_ns;
    if (last)
      ok = ok && copy_best(p, &j, out, err) && copy_check(&j, pattern, err);
    rb_buffer_free(j.in);
    rb_buffer_free(j.out);
  }
  free(pattern);
  return ok;
}

bool rb_roof_measure(rb_session *session, unsigned n_launches, bool all, rb_roof *out,
                     rb_err *err) {
  prober p = {
      .session = session, .n_launches = n_launches, .random = rb_random_make(1, RB_STREAM_PROBE)};
  *out = (rb_roof){0};
  if (!measure_fma(&p, &out->arithmetic[RB_ARITHMETIC_MULTIPLY_ADD], err) ||
      !measure_tensor(&p, all, out, err) || !measure_copy(&p, &out->copy, err))
    return rb_prefix(err, "measuring the roofs");
  out->gflops = rb_roof_compute(out, rb_session_device(session))->best;
  out->gb_per_s = out->copy.best;
  return true;
}

const rb_probe *rb_roof_compute(const rb_roof *roof, const rb_device *device) {
  const rb_probe *own = &roof->arithmetic[rb_variant_choose(device).arithmetic];
  return own->best > 0 ? own : &roof->arithmetic[RB_ARITHMETIC_MULTIPLY_ADD];
}

void rb_roof_describe(const rb_probe *probe, char *text, size_t room) {
  unsigned long long mib = probe->bytes >> 20, kib = probe->bytes >> 10;
  if (probe->by == RB_ARITHMETIC_TF32X3)
    snprintf(text, room, "%u chains of 3 x TF32", probe->chains);
  else if (probe->by == RB_ARITHMETIC_HALF)
    snprintf(text, room, "%u chains of halves", probe->chains);
  else if (probe->chains)
    snprintf(text, room, "%u chains of %u float%s", probe->chains, probe->width,
             probe->width == 1 ? "" : "s");
  else if (probe->width)
    snprintf(text, room, "vectors of %u float%s, %llu %s", probe->width,
             probe->width == 1 ? "" : "s", mib ? mib : kib, mib ? "MiB" : "KiB");
  else
    snprintf(text, room, "copy command, %llu %s", mib ? mib : kib, mib ? "MiB" : "KiB");
}
