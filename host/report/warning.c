// SPDX-License-Identifier: Apache-2.0
#include "report/warning.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "report/figure.h"

static void put_interrupted(const rb_load *load, FILE *out) {
  if (load->interrupted)
    fprintf(out, "the run did not reach its end: %zu of %" PRIu64 " planned cells are here",
            load->n_cells, load->n_planned);
  else if (load->n_cells < load->n_planned)
    fprintf(out, "cells are missing: %zu of %" PRIu64 " planned cells are here", load->n_cells,
            load->n_planned);
}

static void put_mixed(const rb_load *load, FILE *out) {
  const char *before = "the run went on by --resume-anyway: ";
  for (size_t i = 0; i < load->trace->n_records; i++) {
    const char *mixed = rb_record_get_text(load->trace->records[i], RB_F_mixed);
    if (mixed) {
      fprintf(out, "%s%s", before, mixed);
      before = "; ";
    }
  }
}

static void put_rate(const rb_record *cell, FILE *out) {
  char rate[RB_FIGURE_ROOM], fraction[RB_FIGURE_ROOM];
  rb_figure_one(rate, RB_FIGURE_REAL, rb_record_get_real(cell, RB_F_gflops), "GFLOP/s");
  rb_figure_one(fraction, RB_FIGURE_PERCENT, rb_record_get_real(cell, RB_F_roof_fraction), "");
  fprintf(out, ": %s, %s of the roof", rate, fraction);
}

/* "3 cells <what> (first: <name>...)" if any cell is so. */
static void put_cells(const rb_load *load, rb_warning which, FILE *out) {
  static const char *const whats[] = {
      [RB_WARNING_ABOVE_ROOF] = "above the roof: implausible, rates left out",
      [RB_WARNING_HOST_CLOCK] = "timed by the host's clock instead of the device's",
      [RB_WARNING_WIDE] = "with a wider interval of the median than the suite asks",
      [RB_WARNING_SMALL_TILE] = "on smaller tiles than wanted: the device refused memory"};
  const rb_record *first = NULL;
  size_t n = 0;
  for (size_t i = 0; i < load->n_cells; i++) {
    const rb_record *cell = load->cells[i];
    bool is = which == RB_WARNING_ABOVE_ROOF   ? rb_load_is_above_roof(cell)
              : which == RB_WARNING_HOST_CLOCK ? rb_load_is_host_clock(cell)
              : which == RB_WARNING_WIDE       ? rb_load_is_wide(cell)
                                               : rb_load_is_small_tile(cell);
    first = is && !first ? cell : first;
    n += is;
  }
  if (!first)
    return;
  fprintf(out, "%zu cell%s %s (first: ", n, n == 1 ? "" : "s", whats[which]);
  rb_load_name(load, first, true, out);
  if (which == RB_WARNING_ABOVE_ROOF)
    put_rate(first, out);
  else if (which == RB_WARNING_HOST_CLOCK)
    fprintf(out, ": %s", rb_record_get_text(first, RB_F_clock));
  else if (which == RB_WARNING_SMALL_TILE)
    fprintf(out, ": %" PRIu64 " samples in place of %" PRIu64,
            rb_record_get_integer(first, RB_F_tile),
            rb_record_get_integer(first, RB_F_tile_refused));
  fputc(')', out);
}

bool rb_warning_text(const rb_load *load, rb_warning which, char **out, rb_err *err) {
  size_t n = 0;
  *out = NULL;
  FILE *memory = rb_mem_stream(out, &n);
  if (!memory)
    return rb_fail(err, RB_FAILED, "out of memory while looking for warnings");
  if (which == RB_WARNING_UNSEALED && !load->sealed)
    fputs("the trace is not sealed: its run did not end in order, or the file was cut", memory);
  else if (which == RB_WARNING_INTERRUPTED)
    put_interrupted(load, memory);
  else if (which == RB_WARNING_MIXED)
    put_mixed(load, memory);
  else if (which != RB_WARNING_UNSEALED)
    put_cells(load, which, memory);
  bool ok = fclose(memory) == 0;
  if (!ok || n == 0) {
    free(*out);
    *out = NULL;
  }
  return ok || rb_fail(err, RB_FAILED, "out of memory while looking for warnings");
}
