// SPDX-License-Identifier: Apache-2.0
#include "report/reasons.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/escape.h"
#include "report/wrap.h"

enum { MAX_REASONS = 20, MAX_NAMES = 4 };

/* Cells of one status and reason. */
typedef struct reason {
  rb_status status;
  const char *text;
  const rb_record *cells[MAX_NAMES];
  size_t n;
} reason;

typedef struct reasons {
  reason list[MAX_REASONS];
  size_t n, n_left_out; /* reasons; cells with further ones */
} reasons;

const char *rb_reasons_text(const rb_record *cell) {
  const char *text = rb_record_get_text(cell, RB_F_reason);
  return text ? text : "no reason is recorded";
}

static void add_cell(reasons *to, const rb_record *cell, rb_status status) {
  const char *text = rb_reasons_text(cell);
  size_t i = 0;
  while (i < to->n && (to->list[i].status != status || strcmp(to->list[i].text, text) != 0))
    i++;
  if (i == MAX_REASONS) {
    to->n_left_out++;
    return;
  }
  if (i == to->n)
    to->list[to->n++] = (reason){.status = status, .text = text};
  reason *one = &to->list[i];
  if (one->n < MAX_NAMES)
    one->cells[one->n] = cell;
  one->n++;
}

/* "2 cells: no-head native shared, no-head clblast shared", owned by the caller. */
static bool name_cells(const rb_load *load, const reason *one, char **out, rb_err *err) {
  size_t room = 0;
  FILE *memory = rb_mem_stream(out, &room);
  if (!memory)
    return rb_fail(err, RB_FAILED, "out of memory while writing reasons");
  if (one->n > 1)
    fprintf(memory, "%zu cells: ", one->n);
  for (size_t i = 0; i < one->n && i < MAX_NAMES; i++) {
    fputs(i ? ", " : "", memory);
    rb_load_name(load, one->cells[i], true, memory);
  }
  if (one->n > MAX_NAMES)
    fprintf(memory, " and %zu more", one->n - MAX_NAMES);
  return fclose(memory) == 0 || rb_fail(err, RB_FAILED, "out of memory while writing reasons");
}

static bool put_people(const reason *one, const char *names, FILE *out, rb_err *err) {
  char label[32];
  snprintf(label, sizeof label, "  %-12s", rb_status_names[one->status]);
  return rb_wrap_put(out, label, one->text, err) && rb_wrap_put(out, "              ", names, err);
}

static bool put_markdown(const reason *one, const char *names, FILE *out, rb_err *err) {
  char *clean = NULL, *cells = NULL;
  bool ok = rb_escape_copy(one->text, RB_ESCAPE_MARKDOWN, 0, &clean, err) &&
            rb_escape_copy(names, RB_ESCAPE_MARKDOWN, 0, &cells, err);
  if (ok)
    fprintf(out, "- %s: %s (%s)\n", rb_status_names[one->status], clean, cells);
  free(clean);
  free(cells);
  return ok;
}

bool rb_reasons_put(const rb_load *load, rb_format format, FILE *out, rb_err *err) {
  reasons found = {.n = 0};
  bool md = format == RB_FORMAT_MD, ok = true;
  for (int status = RB_N_STATUS - 1; status > RB_STATUS_OK; status--)
    for (size_t i = 0; i < load->n_cells && load->n_status[status]; i++)
      if (rb_load_status(load->cells[i]) == (rb_status)status)
        add_cell(&found, load->cells[i], (rb_status)status);
  if (found.n)
    fputs(md ? "\n" : "not ok\n", out);
  for (size_t i = 0; ok && i < found.n; i++) {
    char *names = NULL;
    ok = name_cells(load, &found.list[i], &names, err) &&
         (md ? put_markdown : put_people)(&found.list[i], names, out, err);
    free(names);
  }
  if (found.n_left_out)
    fprintf(out, "%sand %zu cells with further reasons; --cells --format csv lists all\n",
            md ? "- " : "  ", found.n_left_out);
  return ok;
}
