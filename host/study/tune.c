// SPDX-License-Identifier: Apache-2.0
#include "study/tune.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "cl/spans.h"
#include "net/train.h"
#include "net/variant.h"

enum { SAMPLES_FIRST = 1024, SAMPLES_MOST = 1 << 18 };
enum { REPETITIONS = 4, FINALISTS = 4, TURNS = 10, PARAMETERS = 5, CHOICES = 9 };
static const double round_s = 0.04; /* a timed round is made at least so long */
static const double hopeless = 8;   /* times slower than the best in small: not timed in full */
static const double gain = 1.01;    /* a move must bring this much */

enum { NO_LIMIT = 255 }; /* of registers */

typedef struct axis {
  unsigned values[CHOICES]; /* ascending, ended by 0 */
} axis;

static const axis axes[][PARAMETERS] = {
    [RB_VERSION_PANELS] = {{{1, 4, 8, 16}},
                           {{1, 2, 3, 4, 8, 16}},
                           {{2, 4, 6, 8, 10, 12, 14, 16}},
                           {{2, 4, 6, 8, 12, 16, 24, 32}},
                           {{1, 2, 4, 5, 6, 7, 8}}},
    [RB_VERSION_TILES] = {{{4, 8, 16, 32}},
                          {{1, 2, 4, 8}},
                          {{4, 8, 16, 32}},
                          {{1, 4, 16, 64, 256}},
                          {{96, 128, 168, NO_LIMIT}}},
    [RB_VERSION_PIPELINE] = {{{1, 4, 8, 16}}, {{1, 2, 4, 8}}, {{1, 2, 4, 8, 16}}, {{0}}, {{0}}},
};

/* Tried before anything is moved. */
static const char *const starts[] = {"vector16",
                                     "bytes-16-2-8-8-7",
                                     "signs-8-2-8-8-6",
                                     "panels-16-2-8-8-6",
                                     "vector8",
                                     "vector4",
                                     "tiles",
                                     "panels-8-2-8-8-6",
                                     "panels-4-2-4-8-4",
                                     "panels-1-8-4-8",
                                     "tiles-8-4-16-16",
                                     "tiles-16-4-16-64",
                                     "tiles-16-8-8-64",
                                     "tiles-16-8-8-64-128",
                                     "tf32x3",
                                     "tf32x3-16-8-8-64-128",
                                     "tf32x3-8-8-8-64-128",
                                     "pipeline"};

/* Of CLBlast's kernel Xgemm; what it ships comes first, as nothing brings that back. Large register
 * tiles in small work-groups, no local memory: what suits devices that are CPUs; and a GPU's. */
static const char *const blas_sets[] = {
    RB_TUNE_SHIPPED,
#define SET(kwg, kwi, group, mwg, nwg, local, vwm, vwn)                                            \
  "GEMMK=0 KREG=1 KWG=" #kwg " KWI=" #kwi " MDIMA=" #group " MDIMC=" #group " MWG=" #mwg           \
  " NDIMB=" #group " NDIMC=" #group " NWG=" #nwg " SA=" #local " SB=" #local                       \
  " STRM=0 STRN=0 VWM=" #vwm " VWN=" #vwn
    SET(32, 2, 2, 32, 64, 0, 8, 8),
    SET(32, 2, 2, 32, 32, 0, 8, 8),
    SET(32, 2, 4, 64, 64, 0, 8, 8),
    SET(16, 2, 1, 8, 32, 0, 8, 8),
    SET(32, 2, 2, 16, 64, 0, 8, 8),
    SET(32, 2, 8, 64, 64, 1, 4, 4),
    SET(16, 2, 16, 64, 64, 1, 2, 2),
#undef SET
};

static void parameters_of(const rb_variant *v, unsigned out[PARAMETERS]) {
  const unsigned panels[PARAMETERS] = {v->width, v->vectors, v->rows, v->neurons, v->subset};
  const unsigned tiles[PARAMETERS] = {v->group, v->per, v->depth, v->lanes_per_row,
                                      v->registers ? v->registers : NO_LIMIT};
  const unsigned pipeline[PARAMETERS] = {v->width, v->rows, v->neurons};
  const unsigned *const by_version[] = {
      [RB_VERSION_PANELS] = panels, [RB_VERSION_TILES] = tiles, [RB_VERSION_PIPELINE] = pipeline};
  memcpy(out, by_version[v->version], sizeof panels);
}

static void write_variant(const rb_variant *v, const unsigned p[PARAMETERS],
                          char text[RB_VARIANT_TEXT]) {
  const char *tiles = rb_arithmetic_names[v->arithmetic];
  if (v->version == RB_VERSION_PIPELINE)
    snprintf(text, RB_VARIANT_TEXT, "pipeline-%u-%u-%u", p[0], p[1], p[2]);
  else if (v->version == RB_VERSION_PANELS)
    snprintf(text, RB_VARIANT_TEXT, "%s-%u-%u-%u-%u-%u",
             !v->signs || p[4] == 1 ? "panels"
             : v->integers == 4     ? "bytes"
                                    : "signs",
             p[0], p[1], p[2], p[3], p[4]);
  else if (p[4] != NO_LIMIT)
    snprintf(text, RB_VARIANT_TEXT, "%s-%u-%u-%u-%u-%u", tiles, p[0], p[1], p[2], p[3], p[4]);
  else
    snprintf(text, RB_VARIANT_TEXT, "%s-%u-%u-%u-%u", tiles, p[0], p[1], p[2], p[3]);
}

/* The same parameters have one text, whatever name they came with. */
static bool settle(const char *wanted, const rb_device *device, char text[RB_VARIANT_TEXT]) {
  rb_variant v;
  rb_err ignored;
  unsigned p[PARAMETERS];
  if (!rb_variant_parse(wanted, &v, &ignored))
    return false;
  v.integers = rb_layout_integers(device, &v);
  parameters_of(&v, p);
  write_variant(&v, p, text);
  return true;
}

typedef struct search {
  rb_session *session;
  rb_tune *tune;
  rb_host_time start;
  double best_small, best; /* GFLOP/s */
} search;

static rb_problem problem_of(unsigned d, unsigned m, unsigned T, unsigned n) {
  rb_problem p = rb_problem_default();
  rb_err ignored;
  p.d = d;
  p.m = m;
  p.T = T;
  p.n1 = p.n2 = n;
  rb_problem_settle(&p, &ignored); /* such sizes are valid */
  return p;
}

/* Fastest of some rounds, GFLOP/s; a first one compiles and is not counted. */
static bool rounds(search *s, const rb_problem *p, const rb_variant *v, int n, double *gflops,
                   double *seconds, rb_err *err) {
  rb_layout layout;
  rb_net *net = NULL;
  bool ok = rb_layout_make(s->session, p, s->tune->backend, 0, v, &layout, err) &&
            rb_net_open(s->session, p, &layout, NULL, &net, err);
  *seconds = INFINITY;
  for (int i = 0; ok && i <= n && !*s->tune->stop; i++) {
    rb_spans_begin(s->session); /* nobody reads the events: the tape must not grow */
    rb_host_time start = rb_clock_now();
    ok = rb_net_reset(net, err) && rb_net_round(net, 0, err) && rb_session_finish(s->session, err);
    if (i > 0)
      *seconds = fmin(*seconds, rb_clock_since_s(start));
  }
  *gflops = rb_problem_flop(p) / *seconds * 1e-9;
  rb_net_close(net);
  return ok;
}

/* Samples, no fewer than now, that make a round of this variant long enough. */
static bool choose_samples(search *s, const rb_variant *v, rb_err *err) {
  double gflops, seconds = 0;
  rb_tune *t = s->tune;
  for (t->n = t->n ? t->n : SAMPLES_FIRST; t->n < SAMPLES_MOST; t->n *= 2) {
    rb_problem p = problem_of(t->d, t->m, 4, t->n / 4);
    if (!rounds(s, &p, v, 1, &gflops, &seconds, err))
      return false;
    if (seconds >= round_s)
      break;
  }
  return true;
}

/* Odd sizes, per-task and shared: everything is compared with the reference. */
static bool verify(search *s, const rb_variant *v, rb_candidate *c, rb_err *err) {
  for (int shared = 0; shared < 2; shared++) {
    rb_problem p = problem_of(61, 53, 3, 43);
    rb_layout layout;
    rb_trained trained;
    p.inputs = shared ? RB_INPUTS_SHARED : RB_INPUTS_PER_TASK;
    if (!rb_layout_make(s->session, &p, s->tune->backend, 0, v, &layout, err) ||
        !rb_train_device(s->session, &p, &layout, &trained, err))
      return false;
    if (!(trained.error <= c->error)) {
      c->error = trained.error;
      snprintf(c->reason, sizeof c->reason, "%s", trained.where);
    }
    rb_train_free(&trained);
  }
  return true;
}

/* The variant that a candidate is, or the device's own beside CLBlast's parameters. */
static bool take(search *s, const char *text, rb_variant *v, rb_err *err) {
  if (s->tune->backend == RB_BACKEND_NATIVE)
    return rb_variant_parse(text, v, err);
  *v = rb_variant_choose(rb_session_device(s->session));
  return strcmp(text, RB_TUNE_SHIPPED) == 0 || rb_blas_use(s->session, text, err);
}

/* One candidate, if it was not tried before. A failure is a result. Without tensor cores
 * multiply-adds do what they would, three for one, which nothing is gained by. */
static void try(search *s, const char *wanted) {
  rb_tune *t = s->tune;
  const rb_device *device = rb_session_device(s->session);
  char text[RB_BLAS_TEXT];
  snprintf(text, sizeof text, "%s", wanted);
  rb_variant v;
  rb_err err = {0};
  if (t->n_candidates == RB_TUNE_CANDIDATES || *t->stop)
    return;
  if (t->backend == RB_BACKEND_NATIVE &&
      (!settle(wanted, device, text) || !rb_variant_parse(text, &v, &err) ||
       !rb_variant_fits(&v, device) ||
       (v.arithmetic != RB_ARITHMETIC_MULTIPLY_ADD && !rb_variant_tensor_cores(device))))
    return;
  for (size_t i = 0; i < t->n_candidates; i++)
    if (strcmp(t->candidates[i].variant, text) == 0)
      return;
  rb_candidate *c = &t->candidates[t->n_candidates++];
  double small = 0, seconds;
  *c = (rb_candidate){.status = "failed"};
  snprintf(c->variant, sizeof c->variant, "%s", text);
  if (t->progress)
    t->progress(t->progress_context, t->n_candidates, rb_clock_since_s(s->start), t->budget_s,
                text);
  rb_problem probe = problem_of(128, 128, 2, 256);
  bool ok = take(s, text, &v, &err) && verify(s, &v, c, &err);
  if (ok && !(c->error <= 1)) {
    c->status = "wrong";
    return;
  }
  c->reason[0] = 0;
  ok = ok && rounds(s, &probe, &v, 1, &small, &seconds, &err);
  if (ok && small * hopeless < s->best_small) {
    c->status = "slow";
    return;
  }
  s->best_small = fmax(s->best_small, small);
  rb_problem p = problem_of(t->d, t->m, 4, 1);
  ok = ok && (t->n > 0 || choose_samples(s, &v, &err));
  p = problem_of(t->d, t->m, 4, t->n / 4);
  ok = ok && rounds(s, &p, &v, REPETITIONS, &c->gflops, &seconds, &err);
  if (!ok) {
    snprintf(c->reason, sizeof c->reason, "%.150s", err.text);
    return;
  }
  c->status = "ok";
  if (c->gflops > s->best) {
    s->best = c->gflops;
    t->best = t->n_candidates - 1;
  }
}

static bool time_left(const search *s) {
  return !*s->tune->stop && rb_clock_since_s(s->start) < s->tune->budget_s;
}

/* The first variant that works may be far slower than the best, whose rounds then are short, and
 * fill a large device badly: more samples, and the near ones again with these. */
static bool choose_again(search *s, rb_err *err) {
  rb_tune *t = s->tune;
  uint32_t before = t->n;
  double near = s->best / 2, seconds;
  rb_variant v;
  if (!rb_variant_parse(t->candidates[t->best].variant, &v, err) || !choose_samples(s, &v, err))
    return false;
  if (t->n < 4 * before) {
    t->n = before;
    return true;
  }
  s->best = 0;
  for (size_t i = 0; i < t->n_candidates && !*t->stop && (time_left(s) || i <= t->best); i++) {
    rb_candidate *c = &t->candidates[i];
    rb_problem p = problem_of(t->d, t->m, 4, t->n / 4);
    if (c->gflops < near)
      continue;
    if (!rb_variant_parse(c->variant, &v, err) ||
        !rounds(s, &p, &v, REPETITIONS, &c->gflops, &seconds, err))
      return false;
    if (c->gflops > s->best) {
      s->best = c->gflops;
      t->best = i;
    }
  }
  return true;
}

static int index_of(const axis *a, unsigned value) {
  for (int i = 0; i < CHOICES && a->values[i]; i++)
    if (a->values[i] == value)
      return i;
  return -1;
}

/* One parameter of the best after the other, one step up and down, until none helps. */
static void climb(search *s) {
  rb_tune *t = s->tune;
  bool moved = true;
  while (moved && time_left(s)) {
    char from[RB_VARIANT_TEXT], text[RB_VARIANT_TEXT];
    double before = s->best;
    rb_variant v;
    rb_err ignored;
    unsigned p[PARAMETERS];
    snprintf(from, sizeof from, "%s", t->candidates[t->best].variant);
    rb_variant_parse(from, &v, &ignored);
    parameters_of(&v, p);
    for (int i = 0; i < PARAMETERS; i++)
      for (int step = -1; step <= 1 && time_left(s); step += 2) {
        const axis *a = &axes[v.version][i];
        unsigned changed[PARAMETERS];
        int at = index_of(a, p[i]) + step;
        if (at < 0 || at >= CHOICES || a->values[at] == 0)
          continue;
        memcpy(changed, p, sizeof changed);
        changed[i] = a->values[at];
        write_variant(&v, changed, text);
        try(s, text);
      }
    moved = s->best > gain * before;
  }
  t->in_time = time_left(s);
}

/* The best few again, in turns. */
static bool decide(search *s, rb_err *err) {
  rb_tune *t = s->tune;
  size_t chosen[FINALISTS] = {0}, n = 0;
  double rates[FINALISTS][TURNS];
  for (; n < FINALISTS; n++) {
    size_t next = t->n_candidates;
    for (size_t i = 0; i < t->n_candidates; i++) {
      bool taken = t->candidates[i].gflops <= 0;
      for (size_t k = 0; k < n; k++)
        taken = taken || chosen[k] == i;
      if (!taken &&
          (next == t->n_candidates || t->candidates[i].gflops > t->candidates[next].gflops))
        next = i;
    }
    if (next == t->n_candidates)
      break;
    chosen[n] = next;
  }
  rb_problem p = problem_of(t->d, t->m, 4, t->n / 4);
  for (int turn = 0; turn < TURNS && !*t->stop; turn++)
    for (size_t k = 0; k < n; k++) {
      rb_variant v;
      double seconds;
      size_t i = (k + (size_t)turn) % n;
      if (!rb_variant_parse(t->candidates[chosen[i]].variant, &v, err) ||
          !rounds(s, &p, &v, 1, &rates[i][turn], &seconds, err))
        return false;
    }
  if (*t->stop)
    return true;
  for (size_t k = 0; k < n; k++)
    t->candidates[chosen[k]].final = rb_stats_spread(rates[k], TURNS);
  t->best = chosen[0];
  for (size_t k = 1; k < n; k++)
    if (t->candidates[chosen[k]].final.median > t->candidates[t->best].final.median)
      t->best = chosen[k];
  return true;
}

bool rb_tune_run(rb_session *session, rb_tune *tune, rb_err *err) {
  search s = {.session = session, .tune = tune, .start = rb_clock_now()};
  tune->n_candidates = tune->best = 0;
  tune->n = 0;
  if (tune->backend == RB_BACKEND_NATIVE) {
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
      try(&s, starts[i]);
    if (s.best > 0 && time_left(&s) && !choose_again(&s, err))
      return false;
    if (s.best > 0)
      climb(&s);
    if (s.best > 0)
      return decide(&s, err);
  } else {
    for (size_t i = 0; i < sizeof blas_sets / sizeof *blas_sets && (i == 0 || time_left(&s)); i++)
      try(&s, blas_sets[i]);
    tune->in_time = time_left(&s);
    if (s.best > 0)
      return true;
  }
  for (size_t i = 0; i < tune->n_candidates; i++)
    if (strcmp(tune->candidates[i].status, "wrong") == 0)
      return rb_fail(err, RB_WRONG, "no kernel variant is right on device '%s'; %s: %s",
                     rb_session_device(session)->name, tune->candidates[i].variant,
                     tune->candidates[i].reason);
  return *tune->stop || rb_fail(err, RB_FAILED, "no kernel variant works on device '%s'; %s: %s",
                                rb_session_device(session)->name, tune->candidates[0].variant,
                                tune->candidates[0].reason);
}
