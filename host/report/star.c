// SPDX-License-Identifier: Apache-2.0
#include "report/star.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static bool is_censored(const rb_record *cell) {
  return rb_record_get_truth(cell, RB_F_censored);
}

/* The cell's own estimate; false if no trial stands behind it or the features may be wrong. */
static bool star_of(const rb_record *cell, rb_spread *star) {
  return rb_load_has_learned(cell) && rb_record_get_integer(cell, RB_F_n_trials) > 0 &&
         rb_record_get_spread(cell, RB_F_star, star) &&
         (isfinite(star->median) || is_censored(cell));
}

bool rb_star_numbers(const rb_load_row *row, double *values, double value_lo_hi[3]) {
  rb_spread star = {NAN, NAN, NAN, 0}, one;
  size_t n = 0;
  bool censored = false;
  for (size_t i = 0; i < row->n_cells; i++)
    if (star_of(row->cells[i], &one)) {
      star = one;
      values[n++] = one.median;
      censored |= is_censored(row->cells[i]);
    }
  if (censored)
    star = (rb_spread){NAN, n == 1 ? star.lo : NAN, NAN, 0};
  else if (n > 1)
    star = rb_stats_spread(values, n);
  memcpy(value_lo_hi, (const double[3]){star.median, star.lo, star.hi}, 3 * sizeof(double));
  return n > 0;
}

bool rb_star_text(const rb_load_row *row, double *values, char text[RB_FIGURE_ROOM]) {
  const rb_record *first = row->cells[0];
  double numbers[3];
  rb_spread ignored;
  size_t n = 0, n_censored = 0;
  if (!rb_star_numbers(row, values, numbers))
    return false;
  for (size_t i = 0; i < row->n_cells; i++) {
    bool counts = star_of(row->cells[i], &ignored);
    n += counts;
    n_censored += counts && is_censored(row->cells[i]);
  }
  bool neurons = rb_record_is_text(first, RB_F_quantity, "m");
  uint64_t most = rb_record_get_integer(first, neurons ? RB_F_m : RB_F_n);
  if (n_censored == n)
    snprintf(text, RB_FIGURE_ROOM, "> %" PRIu64, most);
  else if (n_censored)
    snprintf(text, RB_FIGURE_ROOM, "%zu of %zu > %" PRIu64, n_censored, n, most);
  else
    rb_figure_range(text, RB_FIGURE_REAL, numbers, "");
  return true;
}

/* ---- headline ---- */

/* How much a cell says in one line: learned features, then samples, then dimension. */
static bool says_more(const rb_record *a, const rb_record *b) {
  bool multitask = rb_record_is_text(a, RB_F_source, "multitask"),
       n = rb_record_is_text(a, RB_F_quantity, "n");
  if (multitask != rb_record_is_text(b, RB_F_source, "multitask"))
    return multitask;
  if (n != rb_record_is_text(b, RB_F_quantity, "n"))
    return n;
  return rb_load_compare(a, b, RB_F_d) > 0;
}

void rb_star_headline(const rb_load *load, FILE *out) {
  const rb_record *best = NULL;
  char text[RB_FIGURE_ROOM];
  double value;
  rb_spread ignored;
  for (size_t i = 0; i < load->n_cells; i++)
    if (star_of(load->cells[i], &ignored) && (!best || says_more(load->cells[i], best)))
      best = load->cells[i];
  if (!best)
    return;
  const char *quantity = rb_record_get_text(best, RB_F_quantity);
  if (!quantity || !rb_star_text(&(rb_load_row){&best, 1}, &value, text))
    return;
  fprintf(out, "; %s* %s at d=%" PRIu64, quantity, text, rb_record_get_integer(best, RB_F_d));
  const rb_field words[] = {RB_F_sampler, RB_F_source, RB_F_task};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (rb_record_has(best, words[i]) &&
        (words[i] != RB_F_sampler || !rb_record_is_text(best, RB_F_sampler, "direct")))
      fprintf(out, " %s", rb_record_get_text(best, words[i]));
}
