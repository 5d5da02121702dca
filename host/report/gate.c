// SPDX-License-Identifier: Apache-2.0
#include "report/gate.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/philox.h"
#include "base/stats.h"

const char *const rb_gate_states[] = {"same",           "faster",  "slower", "unsure",
                                      "not-comparable", "missing", "wrong",  NULL};

/* Chances are sums of rounded numbers, and 1 / 20 is one of them. */
static bool rejects(double p) {
  return p <= RB_GATE_ALPHA * (1 + 1e-9);
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median_of(const double *sorted, size_t n) {
  return n % 2 ? sorted[n / 2] : 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]);
}

static double square_sum(const double *x, size_t n) {
  double mean = 0, sum = 0;
  for (size_t i = 0; i < n; i++)
    mean += x[i] / (double)n;
  for (size_t i = 0; i < n; i++)
    sum += (x[i] - mean) * (x[i] - mean);
  return sum;
}

static void refuse(rb_gate_shift *out) {
  out->p_slower = out->p_nothing = out->p_same = out->p_faster = 1;
}

/* ---- rank distributions ---- */

/* *below[w] = P(rank sum <= w), w = 0..n(n+1)/2, of the signed-rank test: every rank counts with
 * chance 1/2. */
static bool signed_ranks(size_t n, double **below, rb_err *err) {
  size_t most = n * (n + 1) / 2;
  if (!rb_alloc((void **)below, most + 1, sizeof **below, "rank distribution", err))
    return false;
  double *p = *below;
  p[0] = 1;
  for (size_t rank = 1; rank <= n; rank++)
    for (size_t w = rank * (rank + 1) / 2 + 1; w-- > 0;)
      p[w] = 0.5 * (p[w] + (w >= rank ? p[w - rank] : 0));
  for (size_t w = 1; w <= most; w++)
    p[w] += p[w - 1];
  return true;
}

/* *below[u] = P(U <= u), u = 0..m n, of Mann and Whitney's U: the recursion by where the largest
 * value belongs, P(m, n, u) = m/(m+n) P(m-1, n, u-n) + n/(m+n) P(m, n-1, u). Rows over n for one m
 * at a time. */
static bool rank_sums(size_t m, size_t n, double **below, rb_err *err) {
  size_t room = m * n + 1;
  double *rows = NULL; /* (n + 1) x room: P(i, j, .) for the current i */
  *below = NULL;
  if (!rb_alloc((void **)&rows, (n + 1) * room, sizeof *rows, "rank distribution", err) ||
      !rb_alloc((void **)below, room, sizeof **below, "rank distribution", err)) {
    free(rows);
    return false;
  }
  for (size_t j = 0; j <= n; j++)
    rows[j * room] = 1; /* i = 0 */
  for (size_t i = 1; i <= m; i++)
    for (size_t j = 1; j <= n; j++)
      for (size_t u = i * j + 1; u-- > 0;) {
        double *old = &rows[j * room], with = u >= j ? old[u - j] : 0;
        double without = rows[(j - 1) * room + u];
        old[u] = ((double)i * with + (double)j * without) / (double)(i + j);
      }
  memcpy(*below, rows + n * room, room * sizeof *rows);
  free(rows);
  for (size_t u = 1; u < room; u++)
    (*below)[u] += (*below)[u - 1];
  return true;
}

/* The largest c with P(statistic <= c) <= alpha: the c-th of the sorted values, from 0, is the
 * lower bound. False if there is none. */
static bool critical(const double *below, size_t most, size_t *c) {
  size_t i = 0;
  while (i <= most && rejects(below[i]))
    i++;
  *c = i ? i - 1 : 0;
  return i > 0;
}

/* ---- pairs ---- */

typedef struct ranked {
  double size;
  bool against;
} ranked;

/* What is against the hypothesis gets the higher rank among equals. */
static int by_size(const void *a, const void *b) {
  const ranked *x = a, *y = b;
  int order = (x->size > y->size) - (x->size < y->size);
  return order ? order : (int)x->against - (int)y->against;
}

/* P of "the shift is not above at" (sign 1) or "not below" (-1). */
static double signed_rank_p(const double *d, size_t n, double at, int sign, const double *below,
                            ranked *room) {
  size_t sum = 0;
  for (size_t i = 0; i < n; i++) {
    double x = sign * (d[i] - at);
    room[i] = (ranked){fabs(x), x <= 0};
  }
  qsort(room, n, sizeof *room, by_size);
  for (size_t i = 0; i < n; i++)
    sum += room[i].against ? i + 1 : 0;
  return below[sum];
}

/* P of "nothing changed, or it is faster": so many pairs or more say slower, each with chance 1/2.
 * Ranks would be moved by a few runs that something held up for long. */
static double sign_p(const double *d, size_t n) {
  double chance = pow(0.5, (double)n), sum = chance; /* of k pairs that do not say slower */
  size_t against = 0;
  for (size_t i = 0; i < n; i++)
    against += d[i] <= 0;
  for (size_t k = 1; k <= against; k++)
    sum += chance *= (double)(n - k + 1) / (double)k;
  return fmin(sum, 1);
}

bool rb_gate_paired(const double *d, size_t n, double margin, rb_gate_shift *out, rb_err *err) {
  double *below = NULL, *walsh = NULL;
  ranked *room = NULL;
  size_t n_walsh = n * (n + 1) / 2, used = 0, c = 0;
  assert(n <= RB_GATE_PAIRS && margin > 0);
  *out = (rb_gate_shift){.value = NAN, .lo = NAN, .hi = NAN, .sd = NAN, .n_base = n, .n_fresh = n};
  refuse(out);
  if (n == 0)
    return true;
  bool ok = signed_ranks(n, &below, err) &&
            rb_alloc((void **)&walsh, n_walsh, sizeof *walsh, "averages of pairs", err) &&
            rb_alloc((void **)&room, n, sizeof *room, "ranks", err);
  if (ok) {
    for (size_t i = 0; i < n; i++)
      for (size_t j = i; j < n; j++)
        walsh[used++] = 0.5 * (d[i] + d[j]);
    qsort(walsh, n_walsh, sizeof *walsh, by_value);
    out->value = median_of(walsh, n_walsh);
    out->sd = n > 1 ? sqrt(square_sum(d, n) / (double)(n - 1)) : NAN;
    out->able = n >= RB_GATE_LEAST && critical(below, n_walsh, &c);
  }
  if (ok && out->able) {
    out->lo = walsh[c];
    out->hi = walsh[n_walsh - 1 - c];
    out->p_slower = signed_rank_p(d, n, margin, 1, below, room);
    out->p_nothing = sign_p(d, n);
    out->p_same = signed_rank_p(d, n, margin, -1, below, room);
    out->p_faster = signed_rank_p(d, n, -margin, -1, below, room);
  }
  free(below);
  free(walsh);
  free(room);
  return ok;
}

void rb_gate_order(uint64_t seed, size_t n, bool *fresh_first) {
  rb_random random = rb_random_make(seed, RB_STREAM_ORDER);
  for (size_t i = 0; i < n; i++)
    fresh_first[i] = rb_random_below(&random, 2) != 0;
}

/* ---- runs ---- */

/* From the median absolute deviation, which a run in twenty that something disturbed leaves alone.
 * For normal values without bias: factors of C. Croux, P. J. Rousseeuw, "Time-efficient algorithms
 * for two highly robust estimators of scale", Computational Statistics 1 (1992). n <= RB_GATE_RUNS.
 */
static double robust_variance(const double *x, size_t n) {
  static const double factors[] = {0, 0, 1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107};
  double values[RB_GATE_RUNS];
  if (n < 2)
    return 0;
  memcpy(values, x, n * sizeof *x);
  double middle = rb_stats_spread(values, n).median;
  for (size_t i = 0; i < n; i++)
    values[i] = fabs(x[i] - middle);
  double factor = n < sizeof factors / sizeof *factors ? factors[n] : (double)n / ((double)n - 0.8);
  double sd = 1.4826 * factor * rb_stats_spread(values, n).median;
  return sd * sd;
}

typedef struct sides {
  const double *base, *fresh;
  size_t n_base, n_fresh;
  const double *below;     /* of U */
  double known, estimated; /* variances of the difference */
  double value;
} sides;

/* P of "the shift is not above at" (sign 1) or "not below" (-1): of the normal and of the t law
 * whichever is larger, where the ranks alone say it too; else theirs. */
static double two_sample_p(const sides *s, double at, int sign) {
  size_t against = 0;
  for (size_t i = 0; i < s->n_base; i++)
    for (size_t j = 0; j < s->n_fresh; j++)
      against += sign * (s->fresh[j] - s->base[i] - at) <= 0;
  double ranks = s->below[against], distance = sign * (s->value - at);
  double p = rb_stats_t_above(distance / sqrt(s->known), RB_STATS_NORMAL);
  if (s->n_base + s->n_fresh > 2)
    p = fmax(p, rb_stats_t_above(distance / sqrt(s->estimated), s->n_base + s->n_fresh - 2));
  return rejects(ranks) ? p : fmax(p, ranks);
}

static void find_bounds(const sides *s, const double *differences, size_t c, rb_gate_shift *out) {
  size_t n = s->n_base * s->n_fresh, degrees = s->n_base + s->n_fresh - 2;
  double half = rb_stats_t(1 - RB_GATE_ALPHA, RB_STATS_NORMAL) * sqrt(s->known);
  half = fmax(half, rb_stats_t(1 - RB_GATE_ALPHA, degrees) * sqrt(s->estimated));
  out->lo = fmin(differences[c], s->value - half);
  out->hi = fmax(differences[n - 1 - c], s->value + half);
}

bool rb_gate_unpaired(const double *base, size_t n_base, const double *fresh, size_t n_fresh,
                      rb_gate_known known, double margin, rb_gate_shift *out, rb_err *err) {
  double *below = NULL, *differences = NULL;
  size_t n = n_base * n_fresh, used = 0, c = 0;
  assert(n_base <= RB_GATE_RUNS && n_fresh <= RB_GATE_RUNS && margin > 0 && known.run > 0);
  *out = (rb_gate_shift){
      .value = NAN, .lo = NAN, .hi = NAN, .sd = NAN, .n_base = n_base, .n_fresh = n_fresh};
  refuse(out);
  out->p_nothing = 0;
  if (n == 0)
    return true;
  bool ok = rank_sums(n_base, n_fresh, &below, err) &&
            rb_alloc((void **)&differences, n, sizeof *differences, "differences of runs", err);
  if (ok) {
    for (size_t i = 0; i < n_base; i++)
      for (size_t j = 0; j < n_fresh; j++)
        differences[used++] = fresh[j] - base[i];
    qsort(differences, n, sizeof *differences, by_value);
    size_t degrees = n_base + n_fresh - 2;
    double both = 1 / (double)n_base + 1 / (double)n_fresh;
    double scatter = (double)(n_base - 1) * robust_variance(base, n_base) +
                     (double)(n_fresh - 1) * robust_variance(fresh, n_fresh);
    scatter = degrees ? scatter / (double)degrees : 0;
    sides s = {base,
               fresh,
               n_base,
               n_fresh,
               below,
               known.run * both + known.session,
               scatter * both + known.session,
               median_of(differences, n)};
    out->value = s.value;
    out->sd = degrees ? sqrt(scatter) : NAN;
    out->able = critical(below, n, &c);
    if (out->able)
      find_bounds(&s, differences, c, out);
    out->p_slower = two_sample_p(&s, margin, 1);
    out->p_same = two_sample_p(&s, margin, -1);
    out->p_faster = two_sample_p(&s, -margin, -1);
  }
  free(below);
  free(differences);
  return ok;
}

/* What is measured of a run: time, time against the roof, lower quartile against the roof. */
enum { N_MEASURES = 3, MAIN = 1 };

static double measure(const rb_gate_run *run, int which) {
  double roof = isfinite(run->ln_roof) ? run->ln_roof : 0;
  return which == 0 ? run->ln_time : which == 1 ? run->ln_time + roof : run->ln_early + roof;
}

/* Of the median values of both sides; NAN if a run has no roof. */
static double roof_difference(const rb_gate_run *base, size_t n_base, const rb_gate_run *fresh,
                              size_t n_fresh) {
  double roofs[RB_GATE_RUNS];
  for (size_t i = 0; i < n_base; i++)
    roofs[i] = base[i].ln_roof;
  for (size_t i = 0; i < n_base; i++)
    if (!isfinite(roofs[i]))
      return NAN;
  double before = rb_stats_spread(roofs, n_base).median;
  for (size_t i = 0; i < n_fresh; i++)
    roofs[i] = fresh[i].ln_roof;
  for (size_t i = 0; i < n_fresh; i++)
    if (!isfinite(roofs[i]))
      return NAN;
  return rb_stats_spread(roofs, n_fresh).median - before;
}

static rb_gate_known known_of(const rb_gate_run *base, size_t n_base, const rb_gate_run *fresh,
                              size_t n_fresh, double run_sd) {
  double errors = 0, roofs = roof_difference(base, n_base, fresh, n_fresh);
  for (size_t i = 0; i < n_base; i++)
    errors += base[i].error * base[i].error / (double)(n_base + n_fresh);
  for (size_t i = 0; i < n_fresh; i++)
    errors += fresh[i].error * fresh[i].error / (double)(n_base + n_fresh);
  double session = isfinite(roofs) ? RB_GATE_SESSION_SD : RB_GATE_UNMEASURED_SD;
  return (rb_gate_known){
      run_sd * run_sd + errors,
      2 * session * session +
          (isfinite(roofs) ? RB_GATE_ROOF_DOUBT * RB_GATE_ROOF_DOUBT * roofs * roofs : 0)};
}

bool rb_gate_runs(const rb_gate_run *base, size_t n_base, const rb_gate_run *fresh, size_t n_fresh,
                  double run_sd, double margin, rb_gate_shift *out, rb_err *err) {
  double left[RB_GATE_RUNS], right[RB_GATE_RUNS];
  rb_gate_shift shifts[N_MEASURES];
  assert(n_base > 0 && n_base <= RB_GATE_RUNS && n_fresh > 0 && n_fresh <= RB_GATE_RUNS);
  rb_gate_known known = known_of(base, n_base, fresh, n_fresh, run_sd);
  for (int k = 0; k < N_MEASURES; k++) {
    for (size_t i = 0; i < n_base; i++)
      left[i] = measure(&base[i], k);
    for (size_t i = 0; i < n_fresh; i++)
      right[i] = measure(&fresh[i], k);
    if (!rb_gate_unpaired(left, n_base, right, n_fresh, known, margin, &shifts[k], err))
      return false;
  }
  *out = shifts[MAIN];
  for (int k = 0; k < N_MEASURES; k++) {
    out->p_slower = fmax(out->p_slower, shifts[k].p_slower);
    out->p_faster = fmax(out->p_faster, shifts[k].p_faster);
  }
  return true;
}

/* ---- sizes ---- */

static double both_quantiles(void) {
  return rb_stats_t(0.95, RB_STATS_NORMAL) + rb_stats_t(0.8, RB_STATS_NORMAL);
}

double rb_gate_detectable(double sd, size_t n) {
  return both_quantiles() * sd / sqrt((double)n);
}

size_t rb_gate_pairs_wanted(double shift, double sd, double margin) {
  double distance = fabs(margin - shift), wanted = both_quantiles() * sd / distance;
  wanted = ceil(wanted * wanted);
  if (!(distance > 0) || !(wanted <= 1e6))
    return 0;
  return wanted < RB_GATE_LEAST ? RB_GATE_LEAST : (size_t)wanted;
}

/* ---- deciding ---- */

static bool is_confirmed(const rb_gate_cell *cell) {
  return cell->second.n_base > 0;
}

const rb_gate_shift *rb_gate_deciding(const rb_gate_cell *cell) {
  return cell->suspect && is_confirmed(cell) ? &cell->second : &cell->first;
}

/* To be held against RB_GATE_ALPHA. */
static double p_of(const rb_gate_cell *cell, bool second, bool slower) {
  const rb_gate_shift *shift = second ? &cell->second : &cell->first;
  if (!slower)
    return shift->p_faster;
  return fmax(shift->p_slower, shift->p_nothing * (RB_GATE_ALPHA / RB_GATE_ALPHA_NOTHING));
}

typedef struct tested {
  rb_gate_cell *cell;
  double p;
} tested;

static int by_p(const void *a, const void *b) {
  const tested *x = a, *y = b;
  return (x->p > y->p) - (x->p < y->p);
}

/* Holm's step-down over the timed cells (second: over the suspects); those that it rejects get
 * `state`. room (n_cells). */
static void step_down(rb_gate *gate, bool second, bool slower, rb_gate_state state, tested *room) {
  size_t n = 0;
  for (size_t i = 0; i < gate->n_cells; i++) {
    rb_gate_cell *cell = &gate->cells[i];
    if (cell->timed && (!second || (cell->suspect && is_confirmed(cell))))
      room[n++] = (tested){cell, p_of(cell, second, slower)};
  }
  qsort(room, n, sizeof *room, by_p);
  for (size_t i = 0; i < n && rejects(room[i].p * (double)(n - i)); i++)
    room[i].cell->state = state;
}

static void explain(const rb_gate *gate, rb_gate_cell *cell) {
  const rb_gate_shift *shift = rb_gate_deciding(cell);
  char *out = cell->reason;
  size_t room = sizeof cell->reason;
  bool undecided = cell->state == RB_GATE_UNSURE;
  const char *what = gate->paired ? "pairs" : "runs a side";
  if (cell->suspect && !is_confirmed(cell))
    snprintf(out, room, "suspect: slower at first, and not confirmed on fresh data yet");
  else if (cell->suspect && cell->state == RB_GATE_SLOWER)
    snprintf(out, room, "slower at first, and again on fresh data");
  else if (cell->suspect)
    snprintf(out, room, "slower at first, not on fresh data%s",
             undecided ? ", which do not exclude it" : "");
  else if (undecided && !shift->able && gate->paired)
    snprintf(out, room, "%zu %s cannot decide anything; %d are the least", shift->n_base, what,
             RB_GATE_LEAST);
  else if (undecided && !shift->able)
    snprintf(out, room, "%zu and %zu runs cannot decide anything; 3 a side are the least",
             shift->n_base, shift->n_fresh);
  else if (undecided && shift->hi > log1p(gate->margin))
    snprintf(out, room, "a shift of %+.1f %% to %+.1f %% is possible; the margin is %.1f %%",
             100 * expm1(shift->lo), 100 * expm1(shift->hi), 100 * gate->margin);
}

static void settle(rb_gate_cell *cell) {
  const rb_gate_shift *shift = rb_gate_deciding(cell);
  cell->state = RB_GATE_UNSURE;
  if ((!cell->suspect || is_confirmed(cell)) && shift->able && rejects(shift->p_same))
    cell->state = RB_GATE_SAME;
}

static int code_of(const rb_gate_cell *cell) {
  static const int codes[] = {RB_DONE,         RB_DONE,    RB_REGRESSION, RB_INCONCLUSIVE,
                              RB_INCONCLUSIVE, RB_MISSING, RB_WRONG};
  int code = cell->failed ? RB_FAILED : codes[cell->state];
  return cell->differs ? rb_worse(code, RB_REGRESSION) : code;
}

bool rb_gate_decide(rb_gate *gate, rb_err *err) {
  tested *room = NULL;
  if (!rb_alloc((void **)&room, gate->n_cells, sizeof *room, "tests of cells", err))
    return false;
  gate->n_suspects = gate->n_differ = 0;
  memset(gate->n_state, 0, sizeof gate->n_state);
  for (size_t i = 0; i < gate->n_cells; i++) {
    rb_gate_cell *cell = &gate->cells[i];
    cell->suspect = cell->timed && cell->first.able && cell->first.p_slower <= RB_GATE_SCREEN;
    gate->n_suspects += cell->suspect;
    gate->n_differ += cell->differs;
    if (cell->timed)
      settle(cell);
  }
  step_down(gate, false, false, RB_GATE_FASTER, room);
  step_down(gate, true, true, RB_GATE_SLOWER, room);
  gate->code = gate->n_cells ? RB_DONE : RB_INCONCLUSIVE;
  for (size_t i = 0; i < gate->n_cells; i++) {
    if (gate->cells[i].timed)
      explain(gate, &gate->cells[i]);
    gate->n_state[gate->cells[i].state]++;
    gate->code = rb_worse(gate->code, code_of(&gate->cells[i]));
  }
  free(room);
  return true;
}

bool rb_gate_note(rb_gate *gate, rb_err *err, const char *format, ...) {
  size_t room = gate->n_notes;
  va_list args;
  if (!rb_grow((void **)&gate->notes, &room, gate->n_notes + 1, sizeof *gate->notes, "notes", err))
    return false;
  va_start(args, format);
  vsnprintf(gate->notes[gate->n_notes], sizeof *gate->notes, format, args);
  va_end(args);
  gate->n_notes++;
  return true;
}

void rb_gate_free(rb_gate *gate) {
  free(gate->cells);
  free(gate->notes);
  *gate = (rb_gate){0};
}
