// SPDX-License-Identifier: Apache-2.0
#include "report/shares.h"

#include <math.h>
#include <string.h>

static const double TINY_SHARE = 0.01;

void rb_shares_put(const rb_load *load, const rb_load_row *row, unsigned folded, double *values,
                   rb_table *table, size_t column) {
  for (size_t phase = 0; phase <= load->n_phases; phase++) {
    size_t n = 0;
    for (size_t i = 0; i < row->n_cells && !(folded >> phase & 1); i++) {
      double shares[RB_LOAD_MAX_PHASES + 1];
      rb_load_shares(load, row->cells[i], shares);
      for (size_t j = 0; phase == load->n_phases && j < phase; j++)
        shares[phase] += folded >> j & 1 ? shares[j] : 0;
      if (rb_load_is_rated(row->cells[i]) && isfinite(shares[phase]))
        values[n++] = shares[phase];
    }
    if (n)
      rb_table_real(table, column + phase, rb_stats_spread(values, n).median);
  }
}

unsigned rb_shares_fold(const rb_load *load, const char *mode, size_t most) {
  double largest[RB_LOAD_MAX_PHASES + 1] = {0};
  unsigned folded = 0;
  size_t left = load->n_phases;
  for (size_t i = 0; i < load->n_cells; i++) {
    double shares[RB_LOAD_MAX_PHASES + 1];
    if (!rb_load_is_rated(load->cells[i]) ||
        (mode && strcmp(rb_load_mode(load->cells[i]), mode) != 0))
      continue;
    rb_load_shares(load, load->cells[i], shares);
    for (size_t j = 0; j < load->n_phases; j++)
      largest[j] = shares[j] > largest[j] ? shares[j] : largest[j];
  }
  for (;;) {
    size_t least = load->n_phases;
    for (size_t j = 0; j < load->n_phases; j++)
      if (!(folded >> j & 1) && (least == load->n_phases || largest[j] < largest[least]))
        least = j;
    if (least == load->n_phases || (left <= most && largest[least] >= TINY_SHARE))
      return folded;
    folded |= 1u << least;
    left--;
  }
}
